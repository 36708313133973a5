package simulate

import (
	"github.com/headroom/headroom/internal/rules"
	"github.com/headroom/headroom/scenarios"
)

// lineState is what a line for a thread needs beyond its ends, where it is not
// simply in order of arrival.
type lineState struct {
	tails []int32 // by rank the last of it, under [scenarios.PriorityLine]
	codel rules.CoDel
}

// newThreadLine is an empty line of service s.
func newThreadLine(s *service) line {
	l := newLine()
	switch s.guard.Line {
	case scenarios.PriorityLine:
		l.state = &lineState{tails: make([]int32, s.ranks)}
		for i := range l.state.tails {
			l.state.tails[i] = nobody
		}
	case scenarios.CoDel:
		l.state = &lineState{}
	}
	return l
}

// standIn puts v in a line: last, or where its rank belongs.
func (p *pools) standIn(l *line, v int32) {
	if l.state == nil || l.state.tails == nil {
		p.enqueue(l, v)
		return
	}
	fr := p.frame(v)
	before := nobody
	for r := int(fr.rank); r >= 0 && before == nobody; r-- {
		before = l.state.tails[r]
	}
	l.state.tails[fr.rank] = v
	if before == l.tail || l.n == 0 {
		p.enqueue(l, v)
		return
	}
	after := l.head
	if before == nobody {
		l.head = v
	} else {
		after = p.frame(before).next
		p.frame(before).next = v
	}
	fr.prev, fr.next = before, after
	p.frame(after).prev = v
	l.n++
}

// takeOut takes v out of a line, wherever it stands.
func (p *pools) takeOut(l *line, v int32) {
	fr := p.frame(v)
	if l.state != nil && l.state.tails != nil && l.state.tails[fr.rank] == v {
		l.state.tails[fr.rank] = nobody
		if v != l.head && p.frame(fr.prev).rank == fr.rank {
			l.state.tails[fr.rank] = fr.prev
		}
	}
	p.unqueue(l, v)
}

// nextInLine takes out of a line whoever gets the next free thread, or returns
// nobody when none is left: a managed line may drop all that wait.
func (k *kernel) nextInLine(s *station, l *line) int32 {
	if l.n == 0 {
		return nobody
	}
	v := l.head
	switch s.guard.Line {
	case scenarios.LIFOLine:
		v = l.tail
	case scenarios.AdaptiveLIFO:
		if k.now-k.frame(l.head).since > s.guard.Target {
			v = l.tail
		}
	case scenarios.CoDel:
		return k.managed(s, l)
	}
	k.takeOut(l, v)
	return v
}

// goneFrom takes visit v, which has no thread and is in line no more, off its
// service.
func (k *kernel) goneFrom(s *station, v int32) {
	fr := k.frame(v)
	s.lined.add(-1, k.now)
	s.present.add(-1, k.now)
	s.stayed += k.now - fr.born
	k.tally.operations[fr.op].failed++
	if i := fr.replica; i != nobody {
		k.exit(&k.replicas[i], i)
	}
}

// turnAway lets a visit that is at no service any more tell how it ended, at
// this instant but after what is under way.
func (k *kernel) turnAway(v int32, how outcome) {
	fr := k.frame(v)
	fr.pc, fr.state, fr.fate, fr.host = turnedAway, answering, how, nobody
	k.ready = append(k.ready, v)
}

// lineOf is the line that visit v stands in.
func (k *kernel) lineOf(s *station, fr *frame) *line {
	if fr.replica == nobody {
		return &s.central
	}
	return &k.replicas[fr.replica].line
}

// quit lets a visit leave the line that it still stands in: its patience is
// over. Events of those who have got a thread meanwhile are stale; they are
// told by the instant.
func (k *kernel) quit(v int32) int32 {
	fr := k.frame(v)
	if fr.kind == free || fr.state != inLine || fr.demand != k.now {
		return nobody
	}
	s := &k.stations[k.operations[fr.op].service]
	k.takeOut(k.lineOf(s, fr), v)
	k.goneFrom(s, v)
	return k.answer(v, outAbandoned)
}

// fill lets those who wait begin, as long as r has threads free.
func (k *kernel) fill(s *station, r *replica, i int32) {
	if s.threads == 0 {
		return
	}
	for r.hasThread() {
		l := k.nextLine(s, r)
		if l == nil || l == &s.central && !r.balanced() {
			return
		}
		v := k.nextInLine(s, l)
		if v == nobody {
			continue // all of that line were dropped
		}
		fr := k.frame(v)
		if k.inside != nil {
			k.account(v)
		}
		fr.state = atWork
		s.lined.add(-1, k.now)
		if fr.replica == nobody {
			fr.replica = i
			k.enter(r, i)
		}
		fr.waited += k.now - fr.since
		k.takeThread(r, i)
		k.ready = append(k.ready, v)
	}
}
