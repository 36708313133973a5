package simulate

import "math/bits"

// levels keeps the replicas of a service in order of a small number each has,
// such as its requests in progress: for every value the set of replicas that
// have it, as bits. A change costs a few instructions however many replicas
// there are; picking one at random of those with the least value reads one word
// for 64 replicas. Ties are told apart by index, never by history.
type levels struct {
	words int      // of one set
	bits  []uint64 // set of value v at [v·words : (v+1)·words]
	size  []int32  // members of every set
	least int      // least value that any replica has
}

// newLevels puts n replicas at 0.
func newLevels(n int) *levels {
	l := &levels{words: (n + 63) / 64}
	l.room(1)
	for i := range n {
		l.bits[i/64] |= 1 << (i % 64)
	}
	l.size[0] = int32(n)
	return l
}

// room makes room for values up to v.
func (l *levels) room(v int) {
	for len(l.size) <= v {
		l.size = append(l.size, 0)
		for range l.words {
			l.bits = append(l.bits, 0)
		}
	}
}

// move takes replica i from a value to one that differs by 1.
func (l *levels) move(i int32, from, to int) {
	if to >= len(l.size) {
		l.room(to)
	}
	word, bit := int(i/64), uint64(1)<<(i%64)
	l.bits[from*l.words+word] &^= bit
	l.bits[to*l.words+word] |= bit
	l.size[from]--
	l.size[to]++
	switch {
	case to < l.least:
		l.least = to
	case from == l.least && l.size[from] == 0:
		l.least = to // one higher: the replica that moved is there
	}
}

// ties is the number of replicas that have the least value.
func (l *levels) ties() int { return int(l.size[l.least]) }

// pick is the k-th of the replicas with the least value, by index.
func (l *levels) pick(k int) int32 {
	set := l.bits[l.least*l.words : (l.least+1)*l.words]
	for w, word := range set {
		n := bits.OnesCount64(word)
		if k >= n {
			k -= n
			continue
		}
		for ; k > 0; k-- {
			word &= word - 1
		}
		return int32(w*64 + bits.TrailingZeros64(word))
	}
	return 0 // not reached: k is below ties
}

// nowhere is the least value of no replicas.
const nowhere = 1 << 30

// take takes replica i, which has value v, out of the order.
func (l *levels) take(i int32, v int) {
	l.bits[v*l.words+int(i/64)] &^= uint64(1) << (i % 64)
	l.size[v]--
	for l.least < len(l.size) && l.size[l.least] == 0 {
		l.least++
	}
	if l.least == len(l.size) {
		l.least = nowhere
	}
}

// put puts it back, with value v.
func (l *levels) put(i int32, v int) {
	l.room(v)
	l.bits[v*l.words+int(i/64)] |= uint64(1) << (i % 64)
	l.size[v]++
	l.least = min(l.least, v)
}
