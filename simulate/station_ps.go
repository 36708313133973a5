package simulate

import (
	"math"
	"slices"
)

// share is the state of cores under egalitarian processor sharing. With n
// demands on c cores each is served at rate min(1, c/n), all alike, so one
// number tells how far everyone is: the service that a demand would have been
// given had it been there all along. A demand of d that comes when that stands
// at v is met when it stands at v + d, whoever comes and goes meanwhile; so
// demands lie in a heap by that mark, and to come or to go costs O(log n).
// (The attained-service form of processor sharing, as in Kleinrock, Queueing
// Systems II, 1976, section 4.4.)
type share struct {
	attained float64 // by who came when the cores were last idle (s)
	asOf     float64 // the instant of that (s)
	due      float64 // when the first demand will be met if nobody comes (s)
	alarm    float64 // when the calendar looks at it next (s)
	seq      uint32  // the event that does; others are stale
	marks    []mark
	order    uint32 // of the next mark
	still    bool   // the cores stand still
}

// mark is a demand: who asked, and when it is met.
type mark struct {
	at    float64 // in attained service (s)
	order uint32  // of coming, for ties
	frame int32
}

func (m *mark) before(o *mark) bool {
	return m.at < o.at || m.at == o.at && int32(m.order-o.order) < 0
}

// shareIn adds a demand.
func (k *kernel) shareIn(f int32, r *replica, demand float64) bool {
	if demand <= 0 {
		return true
	}
	s := &r.share
	n := len(s.marks)
	cores := r.station.cores
	switch {
	case n == 0:
		s.attained, s.asOf, s.order = 0, k.now, 0 // start afresh: no digits lost
		s.alarm = math.Inf(1)
	default:
		s.advance(k.now, n, cores)
	}
	if n < cores {
		k.takeCore(r)
	} else {
		r.busy++
	}
	k.frames.at(f).state = sharing
	s.order++
	m := mark{at: s.attained + demand, order: s.order, frame: f}
	s.push(m)
	// With a core for everyone, who comes delays nobody.
	if n >= cores || s.marks[0].frame == f {
		k.setAlarm(r)
	}
	return false
}

// shareDone takes out the demand that is met, if the event is not stale, and
// lets its frame go on.
func (k *kernel) shareDone(i int32, seq uint32) int32 {
	r := &k.replicas[i]
	s := &r.share
	if seq != s.seq {
		return nobody
	}
	s.alarm = math.Inf(1)
	if k.now < s.due { // who came since has made it later
		k.setAlarm(r)
		return nobody
	}
	done := s.pop()
	s.attained, s.asOf = done.at, k.now
	r.station.served += k.frames.at(done.frame).demand
	if len(s.marks) < r.station.cores {
		k.giveCore(r)
	} else {
		r.busy--
	}
	if r.station.ordered {
		k.nextOrdered(r)
	}
	if len(s.marks) > 0 {
		k.setAlarm(r)
	}
	return done.frame
}

// advance brings the attained service up to the instant now.
func (s *share) advance(now float64, n, cores int) {
	if s.still {
		s.asOf = now
		return
	}
	rate := 1.0
	if n > cores {
		rate = float64(cores) / float64(n)
	}
	s.attained += (now - s.asOf) * rate
	s.asOf = now
}

// setAlarm works out when the first demand will be met, and sees that the
// calendar looks at it no later than then. An event that comes too early is
// left where it is: when it happens it is put off, which is cheaper than to
// schedule a new one with every arrival.
func (k *kernel) setAlarm(r *replica) {
	s := &r.share
	if s.still {
		return
	}
	slow := 1.0
	if n, cores := len(s.marks), r.station.cores; n > cores {
		slow = float64(n) / float64(cores)
	}
	s.due = s.asOf + max(0, s.marks[0].at-s.attained)*slow
	if s.due < s.alarm {
		s.alarm = s.due
		s.seq = k.push(s.due, evShare|uint32(k.frames.at(s.marks[0].frame).replica))
	}
}

// push puts a mark in its place in the heap, where marks[0] is the first.
func (s *share) push(m mark) {
	if len(s.marks) == cap(s.marks) { // twice as many: less is left behind than by quarters
		s.marks = slices.Grow(s.marks, max(len(s.marks), 16))
	}
	s.marks = append(s.marks, m)
	s.up(len(s.marks)-1, m)
}

// pop takes out the first mark.
func (s *share) pop() mark {
	first := s.marks[0]
	last := len(s.marks) - 1
	m := s.marks[last]
	s.marks = s.marks[:last]
	if last > 0 {
		s.down(0, m)
	}
	return first
}

// remove takes out mark i.
func (s *share) remove(i int) {
	last := len(s.marks) - 1
	m := s.marks[last]
	s.marks = s.marks[:last]
	switch {
	case i == last:
	case i > 0 && m.before(&s.marks[(i-1)/2]):
		s.up(i, m)
	default:
		s.down(i, m)
	}
}

// up puts m in the empty place i of the heap, or above it. It and down are not
// of any type that can be ordered: such ones would take half as long again.
func (s *share) up(i int, m mark) {
	h := s.marks
	for i > 0 {
		parent := (i - 1) / 2
		if !m.before(&h[parent]) {
			break
		}
		h[i] = h[parent]
		i = parent
	}
	h[i] = m
}

// down puts m in the empty place i of the heap, or below it.
func (s *share) down(i int, m mark) {
	h := s.marks
	for {
		child := 2*i + 1
		if child >= len(h) {
			break
		}
		if child+1 < len(h) && h[child+1].before(&h[child]) {
			child++
		}
		if !h[child].before(&m) {
			break
		}
		h[i] = h[child]
		i = child
	}
	h[i] = m
}
