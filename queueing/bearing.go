package queueing

import (
	"context"
	"math"
	"slices"

	"github.com/headroom/headroom/scenarios"
)

// bearing is how much more of its open load a system can bear.
type bearing struct {
	factor float64 // times the present load; +Inf without open load (1)
	name   string  // of the service that then is full
}

// The load that can be borne is looked for in at most so many steps, until it
// is known to so much of itself.
const (
	bearingSteps = 20
	bearingTol   = 5e-3
)

// bear finds the bearing of the settled system. Cores and consumers fill in
// proportion to the load. Threads do not: what is called answers later the more
// it is asked, and so threads are held for longer. Their limit is looked for by
// settling the system at other loads.
func (x *solver) bear(ctx context.Context) (bearing, error) {
	open := x.openRequests()
	ratio, name := x.fullest(open)
	b := bearing{1 / ratio, name}
	if ratio == 0 || !x.holdsThreads() && len(x.tries) == 0 {
		return b, nil
	}
	cores, _ := x.coreLoads(open)
	t := bearingTrial{low: b, high: b}
	t.low.factor, t.lowLoad, t.highLoad = 0, 0, ratio
	t.high.factor = 1 / slices.Max(cores)
	if x.overloaded() {
		t.high = bearing{math.Min(1, t.high.factor), name}
	} else {
		t.low, t.lowLoad, t.highLoad = bearing{1, x.deepest(name)}, ratio, math.NaN()
	}
	for step := range bearingSteps {
		if t.near() {
			break
		}
		next := t.next(step)
		y, err := x.settledAt(ctx, next, bearingTol/50)
		if err != nil {
			return b, err
		}
		ratio, name := y.fullest(y.openRequests())
		if y.overloaded() || ratio >= 1 {
			t.high, t.highLoad, t.falling = bearing{next, name}, ratio, true
		} else {
			t.low, t.lowLoad, t.falling = bearing{next, y.deepest(name)}, ratio, false
		}
	}
	if t.low.factor == 0 {
		t.low.name = t.high.name
	}
	return bearing{(t.low.factor + t.high.factor) / 2, t.low.name}, nil
}

// bearingTrial is what is known of a bearing: a load that is borne and one that
// is not, and the load of the fullest service then, as a part of what it can do,
// NaN where that is not known.
type bearingTrial struct {
	low, high         bearing
	lowLoad, highLoad float64
	falling           bool    // the last look was at too much
	width             float64 // from low to high, before the last look
}

// near reports whether the two are as near as is asked for.
func (t *bearingTrial) near() bool {
	return t.high.factor-t.low.factor <= bearingTol*t.high.factor
}

// next is the load to look at in a step: often threads abound, and cores are the
// limit; and otherwise the fullest service fills about in a straight line. The
// look goes a little to the other side of where that leads than the last one
// came from, so that the two may be near. After a look that left more than half,
// the next one halves.
func (t *bearingTrial) next(step int) float64 {
	width := t.high.factor - t.low.factor
	before := t.width
	t.width = width
	if step == 0 && t.high.factor > 1 {
		return math.Max(t.low.factor+width/2, t.high.factor*(1-bearingTol))
	}
	missing, excess := 1-t.lowLoad, math.Min(1, t.highLoad-1) // which may be without end
	at := width * missing / (missing + excess)
	beyond := 0.45 * bearingTol * t.high.factor
	if t.falling {
		beyond = -beyond
	}
	end := math.Min(0.9*bearingTol*t.high.factor, width/2) // a look there may be the last
	at = math.Max(end, math.Min(width-end, at+beyond))
	if step > 1 && width > before/2 || math.IsNaN(at) {
		at = width / 2
	}
	return t.low.factor + at
}

// settledAt is the same model at so many times its open load, settled as exactly
// as ever or to a relative change of rough.
func (x *solver) settledAt(ctx context.Context, factor, rough float64) (*solver, error) {
	y := x.well.newSolver()
	y.held, y.rough = x.held, rough
	for w, q := range x.openRequests() {
		if q > 0 {
			y.requests[w] = factor * q
		}
	}
	return y, y.settle(ctx)
}

// openRequests are those of the open workloads (1/s).
func (x *solver) openRequests() []float64 {
	open := make([]float64, len(x.requests))
	for w, q := range x.requests {
		if x.m.Workloads[w].Open() {
			open[w] = q
		}
	}
	return open
}

// overloaded reports whether some part of the system has no steady state.
func (x *solver) overloaded() bool {
	return slices.Contains(x.down, true) || slices.Contains(x.late, true)
}

// holdsThreads reports whether some service with a limit on its threads, and
// none on its line, calls another. Where a line has an end, nothing is known of
// the load that could be borne but what is carried.
func (x *solver) holdsThreads() bool {
	found := false
	for id := range x.m.Services {
		if x.turnsAway(id) {
			return false
		}
		if threads, _ := x.limitsOf(id); threads == 0 {
			continue
		}
		for _, op := range x.m.Services[id].Operations {
			found = found || len(x.p.ops[op].calls) > 0
		}
	}
	return found
}

// deepest follows full services from caller to callee: threads run out above
// because they do below, and the last that is about full is what to widen.
func (x *solver) deepest(name string) string {
	const about = 0.95
	id := slices.IndexFunc(x.m.Services, func(s scenarios.Service) bool { return s.Name == name })
	for range x.m.Services {
		next, most := -1, about*x.fullness(id)
		for callee := range x.m.Services {
			if f := x.fullness(callee); callee != id && f >= most && x.callRate(id, callee) > 0 {
				next, most = callee, f
			}
		}
		if next < 0 {
			break
		}
		id = next
	}
	return x.m.Services[id].Name
}

// fullness is the part of a service's cores or threads that is busy, whichever
// is more.
func (x *solver) fullness(id int) float64 {
	st, most := &x.stations[id], 0.0
	threads, _ := x.limitsOf(id)
	for i, g := range st.groups {
		most = math.Max(most, g.load/float64(g.cores))
		if threads > 0 && i < len(st.threads) {
			most = math.Max(most, st.threads[i].held/float64(threads))
		}
	}
	return most
}
