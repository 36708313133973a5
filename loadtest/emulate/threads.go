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
