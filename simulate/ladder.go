package simulate

import "math"

// ladder holds the events of a calendar that come later than those of its heap,
// in no order but by rough time: it costs the same to put one in and to take it
// out however many there are, where a heap of millions misses the cache at
// every level. It is the ladder queue of [TaGT05] with our heap for its bottom.
//
// A rung cuts a span of time into buckets. A bucket that is too full when its
// turn comes is cut up by the next rung. What comes after the span of the first
// rung waits in top, of which a new first rung is made when all are done. The
// bucket of an event is a monotone function of its time, rounding included, so
// events of two buckets are never out of order, and those of one are put in
// order by the heap.
type ladder struct {
	rungs  []rung // the coarsest first; each cuts up the bucket at hand of the one before
	top    bucket
	n      int // events
	blocks records[block]
	free   int32 // block
}

// rung is a span of time in buckets.
type rung struct {
	start   float64 // (s)
	perTime float64 // buckets (1/s)
	hand    int     // the bucket whose events are in the heap or in the next rung
	buckets []bucket
}

// bucket is a set of events, in blocks.
type bucket struct {
	last int32 // block, the others behind it; nobody when there is none
	used int32 // events in the last block
	n    int32 // events
}

// block is a part of a bucket.
type block struct {
	events [perBlock]event
	behind int32
}

const (
	perBlock   = 31
	spreadFrom = 4096 // events in the heap before those that come later are put aside
	cutFrom    = 1024 // events in a bucket before it is cut up
	perBucket  = 64   // events in a bucket, on average, where it is
	mostOnRung = 4096 // buckets: as many ends of buckets as the cache holds
	mostRungs  = 16   // deeper than that, times differ beyond measure: to the heap with them
)

func newLadder() ladder { return ladder{top: emptyBucket(), free: nobody} }

func emptyBucket() bucket { return bucket{last: nobody} }

// bucketAt is the bucket of a time; it may be one past the last.
func (r *rung) bucketAt(at float64) int {
	x := (at - r.start) * r.perTime
	switch {
	case !(x > 0):
		return 0
	case x >= float64(len(r.buckets)):
		return len(r.buckets)
	}
	return int(x)
}

// add puts an event in its bucket, or reports that it belongs in the heap.
func (l *ladder) add(e event) bool {
	for i := range l.rungs {
		r := &l.rungs[i]
		j := r.bucketAt(e.at)
		if j == len(r.buckets) {
			if i == 0 {
				l.put(&l.top, e)
				return true
			}
			j--
		}
		if j > r.hand {
			l.put(&r.buckets[j], e)
			return true
		}
	}
	return false
}

// put puts an event in a bucket.
func (l *ladder) put(b *bucket, e event) {
	if b.last == nobody || b.used == perBlock {
		l.extend(b)
	}
	l.blocks.at(b.last).events[b.used] = e
	b.used++
	b.n++
	l.n++
}

// extend gives a bucket one more block.
func (l *ladder) extend(b *bucket) {
	i := l.free
	if i == nobody {
		i = l.blocks.grow()
	} else {
		l.free = l.blocks.at(i).behind
	}
	l.blocks.at(i).behind = b.last
	b.last, b.used = i, 0
}

// walk calls f for the events of a bucket, a block at a time.
func (l *ladder) walk(b bucket, f func(events []event)) {
	for i, used := b.last, b.used; i != nobody; used = perBlock {
		k := l.blocks.at(i)
		f(k.events[:used])
		i = k.behind
	}
}

// drain calls f for the events of a bucket and gives its blocks back.
func (l *ladder) drain(b bucket, f func(events []event)) {
	for i, used := b.last, b.used; i != nobody; used = perBlock {
		k := l.blocks.at(i)
		f(k.events[:used])
		i, k.behind, l.free = k.behind, l.free, i
	}
	l.n -= int(b.n)
}

// each calls f for every event.
func (l *ladder) each(f func(e event)) {
	all := func(events []event) {
		for _, e := range events {
			f(e)
		}
	}
	for i := range l.rungs {
		for _, b := range l.rungs[i].buckets {
			l.walk(b, all)
		}
	}
	l.walk(l.top, all)
}

// next takes the next bucket with events in it out of the finest rung, or out
// of top, and reports whether there is one.
func (l *ladder) next() (bucket, bool) {
	for l.n > 0 {
		if len(l.rungs) == 0 {
			b := l.top
			l.top = emptyBucket()
			return b, true
		}
		r := &l.rungs[len(l.rungs)-1]
		for r.hand++; r.hand < len(r.buckets); r.hand++ {
			if b := r.buckets[r.hand]; b.n > 0 {
				r.buckets[r.hand] = emptyBucket()
				return b, true
			}
		}
		l.rungs = l.rungs[:len(l.rungs)-1]
	}
	return bucket{}, false
}

// cut makes a new finest rung of a bucket's events, unless they are few or
// cannot be told apart.
func (l *ladder) cut(b bucket) bool {
	if b.n <= cutFrom || len(l.rungs) == mostRungs {
		return false
	}
	least, most := math.Inf(1), 0.0
	l.walk(b, func(events []event) {
		for i := range events {
			least, most = min(least, events[i].at), max(most, events[i].at)
		}
	})
	n := min(int(b.n/perBucket), mostOnRung)
	perTime := float64(n) / (most - least) * (1 - 1e-9) // the last event is in the last bucket
	if !(perTime > 0) || math.IsInf(perTime, 1) {
		return false
	}
	r := l.newRung(n)
	r.start, r.perTime = least, perTime
	l.drain(b, func(events []event) {
		for _, e := range events {
			l.put(&r.buckets[r.bucketAt(e.at)], e)
		}
	})
	return true
}

// newRung adds a rung of n empty buckets, in the room of one that was there.
func (l *ladder) newRung(n int) *rung {
	if len(l.rungs) < cap(l.rungs) {
		l.rungs = l.rungs[:len(l.rungs)+1]
	} else {
		l.rungs = append(l.rungs, rung{})
	}
	r := &l.rungs[len(l.rungs)-1]
	if cap(r.buckets) < n {
		r.buckets = make([]bucket, n)
	}
	r.buckets, r.hand = r.buckets[:n], -1
	for i := range r.buckets {
		r.buckets[i] = emptyBucket()
	}
	return r
}

// refill fills the empty heap with the events that come next, and reports
// whether there are any.
func (c *calendar) refill() bool {
	l := &c.later
	c.limit = math.Inf(1)
	for {
		b, ok := l.next()
		if !ok {
			break
		}
		if !l.cut(b) {
			c.adopt(b)
			break
		}
	}
	if l.n == 0 {
		l.rungs = l.rungs[:0]
		c.limit = math.Inf(1)
	}
	c.most = max(spreadFrom, 2*len(c.heap))
	return len(c.heap) > root
}

// adopt makes a heap of a bucket's events.
func (c *calendar) adopt(b bucket) {
	c.limit = 0
	c.later.drain(b, func(events []event) {
		c.heap = append(c.heap, events...)
		for i := range events {
			c.limit = max(c.limit, events[i].at)
		}
	})
	if len(c.heap) > root+1 {
		for i := (len(c.heap)-1)/4 + 2; i >= root; i-- {
			c.down(i, c.heap[i])
		}
	}
}

// spread puts the events of a heap that is full on a rung, and takes back those
// that come first.
func (c *calendar) spread() {
	b := emptyBucket()
	for _, e := range c.heap[root:] {
		c.later.put(&b, e)
	}
	c.heap = c.heap[:root]
	if c.later.cut(b) {
		c.refill()
		return
	}
	limit := c.limit
	c.adopt(b)
	c.limit = max(limit, c.limit)
	c.most = 2 * len(c.heap)
}
