package simulate

import (
	"math"

	"github.com/headroom/headroom/scenarios"
)

// waiters are the demands that wait for a core where cores do not serve in order
// of arrival, the most urgent first. Those in service are in the replica's
// share, which has no more of them than there are cores, so that each is served
// at full speed.
type waiters struct {
	heap  []entry
	order uint32 // of the next demand
}

// entry is a demand that waits.
type entry struct {
	key   float64 // the least is the most urgent
	left  float64 // of the demand (s)
	order uint32  // of coming, for ties
	frame int32
}

func (e *entry) before(o *entry) bool {
	return e.key < o.key || e.key == o.key && int32(e.order-o.order) < 0
}

// key is how urgent a demand is of which so much is left.
func (k *kernel) key(r *replica, fr *frame, left float64) float64 {
	switch r.station.discipline {
	case scenarios.LIFO:
		return -k.now // of one instant, the first: they came together
	case scenarios.Priority, scenarios.PreemptivePriority:
		return float64(fr.rank)
	case scenarios.SJF, scenarios.SRPT:
		return left
	}
	return 0
}

// orderIn gives f a core, or a place among those that wait for one.
func (k *kernel) orderIn(f int32, fr *frame, r *replica) bool {
	s, w := r.station, &r.wait
	w.order++
	e := entry{left: fr.demand, order: w.order, frame: f}
	if len(r.share.marks) < s.cores {
		if fr.demand <= 0 {
			return true
		}
		k.begins(r, e)
		return false
	}
	e.key = k.key(r, fr, e.left)
	if s.preempts {
		if at := k.leastUrgent(r); k.preempted(r, at, &e) {
			return false
		}
	}
	k.waits(r, e)
	return false
}

// waits puts a demand among those that wait.
func (k *kernel) waits(r *replica, e entry) {
	fr := k.frame(e.frame)
	fr.since, fr.state = k.now, queueing
	r.station.queued.add(1, k.now)
	r.wait.push(e)
}

// begins gives a demand a core that is free.
func (k *kernel) begins(r *replica, e entry) {
	s := &r.share
	if n := len(s.marks); n == 0 {
		s.attained, s.asOf, s.alarm = 0, k.now, math.Inf(1)
	} else {
		s.advance(k.now, n, r.station.cores)
	}
	k.takeCore(r)
	k.frame(e.frame).state = sharing
	s.push(mark{at: s.attained + e.left, order: e.order, frame: e.frame})
	if s.marks[0].frame == e.frame {
		k.setAlarm(r)
	}
}

// nextOrdered gives the core that r has free to the most urgent.
func (k *kernel) nextOrdered(r *replica) {
	if len(r.wait.heap) == 0 {
		return
	}
	e := r.wait.pop()
	r.station.queued.add(-1, k.now)
	k.addWait(k.frame(e.frame))
	k.begins(r, e)
}

// leastUrgent is the mark of the demand in service that would be interrupted.
func (k *kernel) leastUrgent(r *replica) int {
	marks, at := r.share.marks, 0
	byRank := r.station.discipline == scenarios.PreemptivePriority
	for i := 1; i < len(marks); i++ {
		a, b := &marks[i], &marks[at]
		worse := a.at > b.at
		if byRank {
			ra, rb := k.frame(a.frame).rank, k.frame(b.frame).rank
			worse = ra > rb || ra == rb && int32(a.order-b.order) > 0
		}
		if worse {
			at = i
		}
	}
	return at
}

// preempted lets e interrupt the demand of a mark, if it is more urgent.
func (k *kernel) preempted(r *replica, at int, e *entry) bool {
	s := &r.share
	s.advance(k.now, len(s.marks), r.station.cores)
	m := s.marks[at]
	fr := k.frame(m.frame)
	left := max(0, m.at-s.attained)
	key := k.key(r, fr, left)
	if e.key >= key {
		return false
	}
	s.remove(at)
	k.giveCore(r)
	k.waits(r, entry{key: key, left: left, order: m.order, frame: m.frame})
	if e.left <= 0 {
		e.left = 0
	}
	k.begins(r, *e)
	if len(s.marks) > 0 {
		k.setAlarm(r) // the first may be another
	}
	return true
}

// unwait takes a demand off those that wait; what it was given it has got.
func (k *kernel) unwait(r *replica, f int32) {
	w := &r.wait
	for i := range w.heap {
		if e := w.heap[i]; e.frame == f {
			r.station.served += k.frame(f).demand - e.left
			rest := append(w.heap[:i], w.heap[i+1:]...)
			w.heap = rest[:0]
			for _, e := range rest {
				w.push(e)
			}
			return
		}
	}
}

func (w *waiters) push(e entry) {
	w.heap = append(w.heap, e)
	h := w.heap
	i := len(h) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if !e.before(&h[parent]) {
			break
		}
		h[i] = h[parent]
		i = parent
	}
	h[i] = e
}

func (w *waiters) pop() entry {
	h := w.heap
	first := h[0]
	last := len(h) - 1
	e := h[last]
	w.heap = h[:last]
	i := 0
	for {
		child := 2*i + 1
		if child >= last {
			break
		}
		if child+1 < last && h[child+1].before(&h[child]) {
			child++
		}
		if !h[child].before(&e) {
			break
		}
		h[i] = h[child]
		i = child
	}
	if last > 0 {
		h[i] = e
	}
	return first
}
