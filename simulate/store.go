package simulate

import (
	"math"

	"github.com/headroom/headroom/scenarios"
)

// storeSpec is a cache that holds some of many keys.
type storeSpec struct {
	service int32
	keys    popularity
	size    int32 // 0 = all
	policy  scenarios.Eviction
	draw    int32 // picks keys
	ttl     int32 // draws how long an object lasts; nobody = for ever
}

// store is a cache at work. The objects in it are in a list by key: the first is
// the next to go.
type store struct {
	*storeSpec
	next, prev []int32 // by key; the last place is the head of the list
	in         []bool
	until      []float64       // how long the object may be used (s)
	uses       []int32         // under LFU: how often it was asked for since it came
	last       map[int32]int32 // under LFU: the last object of the list with so many uses
	n          int32

	asked, hits int64
}

func newStore(spec *storeSpec) store {
	n := spec.keys.n
	s := store{storeSpec: spec, in: make([]bool, n)}
	if spec.ttl != nobody {
		s.until = make([]float64, n)
	}
	if spec.size > 0 {
		s.next, s.prev = make([]int32, n+1), make([]int32, n+1)
		s.next[n], s.prev[n] = int32(n), int32(n)
		if spec.policy == scenarios.LFU {
			s.uses, s.last = make([]int32, n), make(map[int32]int32)
		}
	}
	return s
}

func (k *kernel) setUpStores() {
	k.stores = make([]store, len(k.program.stores))
	for i := range k.stores {
		k.stores[i] = newStore(&k.program.stores[i])
	}
}

// find asks a cache for a key, and puts its object in where it was not: it is
// there as soon as it was asked for (the independent reference model).
func (k *kernel) find(i int32) bool {
	s := &k.stores[i]
	key := s.keys.pick(k.samples[s.draw].draw())
	s.asked++
	if s.in[key] && (s.until == nil || k.now < s.until[key]) {
		s.hits++
		s.touch(key)
		return true
	}
	if s.until != nil {
		s.until[key] = k.now + k.samples[s.ttl].draw()
	}
	s.put(key)
	return false
}

// touch notes that an object was asked for.
func (s *store) touch(key int32) {
	if s.size == 0 {
		return
	}
	switch s.policy {
	case scenarios.LRU:
		s.unlink(key)
		s.link(key, s.prev[s.keys.n])
	case scenarios.LFU:
		s.use(key, s.uses[key]+1)
	}
}

// put brings an object in, for which another goes where there is no room.
func (s *store) put(key int32) {
	if s.in[key] { // and too old: it comes anew
		if s.size > 0 {
			s.unlink(key)
			s.n--
		}
	}
	s.in[key] = true
	if s.size == 0 {
		return
	}
	if s.n == s.size {
		first := s.next[s.keys.n]
		s.unlink(first)
		s.in[first] = false
		s.n--
	}
	s.n++
	if s.policy == scenarios.LFU {
		s.uses[key] = 0
		s.link(key, int32(s.keys.n))
		s.last[0] = key
		s.use(key, 1)
		return
	}
	s.link(key, s.prev[s.keys.n])
}

// use moves an object behind all that were asked for as often or less: of those
// asked for equally often, the one that was so first goes first.
func (s *store) use(key, uses int32) {
	behind, some := s.last[uses]
	if !some {
		if behind = s.last[uses-1]; behind == key {
			behind = s.prev[key]
		}
	}
	s.unlink(key)
	s.uses[key] = uses
	s.last[uses] = key
	s.link(key, behind)
}

// link puts an object behind another in the list.
func (s *store) link(key, behind int32) {
	next := s.next[behind]
	s.next[behind], s.prev[key] = key, behind
	s.next[key], s.prev[next] = next, key
}

func (s *store) unlink(key int32) {
	if s.last != nil {
		s.leaveUses(key)
	}
	s.next[s.prev[key]], s.prev[s.next[key]] = s.next[key], s.prev[key]
}

// leaveUses keeps track of the last object with as many uses as key, which goes.
func (s *store) leaveUses(key int32) {
	u := s.uses[key]
	if s.last[u] != key {
		return
	}
	if before := s.prev[key]; before != int32(s.keys.n) && s.uses[before] == u {
		s.last[u] = before
	} else {
		delete(s.last, u)
	}
}

// hitRatio tells how often a cache hits when it is asked for one key after
// another, without regard to the time that objects last: an upper end where
// they do not last for ever. It asks often enough for three digits.
func (spec *storeSpec) hitRatio(draw func() float64) float64 {
	if spec.size == 0 {
		return 1
	}
	ageless := *spec
	ageless.ttl = nobody
	s := newStore(&ageless)
	ask := func() bool {
		key := s.keys.pick(draw())
		if s.in[key] {
			s.touch(key)
			return true
		}
		s.put(key)
		return false
	}
	for i := 0; i < 20*int(spec.size)+100_000; i++ {
		ask()
	}
	const asked = 400_000
	hits := 0
	for range asked {
		if ask() {
			hits++
		}
	}
	return math.Min(float64(hits)/asked, 1)
}
