package emulate

// threads are the threads of one replica.
type threads struct {
	limit int // 0 = unlimited
	held  int
	given []float64 // instants at which the idle threads were given back, in that order
	fresh int       // threads never held so far
}

func newThreads(limit int) threads { return threads{limit: limit, fresh: limit} }

// free reports whether a thread is idle.
func (t *threads) free() bool { return t.limit == 0 || t.held < t.limit }

// take holds an idle thread for a request that came at the instant at, and
// returns when it got it: a thread may have been given back a moment after a
// request came whose message was slow.
func (t *threads) take(at float64) float64 {
	t.held++
	switch {
	case t.limit == 0:
	case t.fresh > 0:
		t.fresh--
	default:
		at = max(at, t.given[0])
		t.given = t.given[1:]
	}
	return at
}

// give makes a held thread idle from the instant at on.
func (t *threads) give(at float64) {
	t.held--
	if t.limit > 0 {
		t.given = append(t.given, at)
	}
}

// line is where requests wait for a thread, first come first served: one line a
// replica, or one for all of a service under shared balancing.
type line struct {
	bound   int // scenarios.Unlimited = no bound
	waiting []*visit
}

// full reports whether one more request finds no room.
func (l *line) full() bool { return l.bound >= 0 && len(l.waiting) >= l.bound }

// join puts a request in its place by the instant at which it came, which is
// the end unless its message was slow.
func (l *line) join(v *visit) {
	i := len(l.waiting)
	for i > 0 && l.waiting[i-1].arrived > v.arrived {
		i--
	}
	l.waiting = append(l.waiting, nil)
	copy(l.waiting[i+1:], l.waiting[i:])
	l.waiting[i] = v
}

// call takes the first request out that may go to r, or returns nil.
func (l *line) call(r *replica) *visit {
	for i, v := range l.waiting {
		if v.replica == nil || v.replica == r {
			copy(l.waiting[i:], l.waiting[i+1:])
			l.waiting[len(l.waiting)-1] = nil
			l.waiting = l.waiting[:len(l.waiting)-1]
			return v
		}
	}
	return nil
}
