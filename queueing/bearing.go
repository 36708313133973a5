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
	bearingSteps = 12
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
	if ratio == 0 || !x.holdsThreads() {
		return b, nil
	}
	low, high := b, b // stable, and not
	low.factor = 0
	cores, _ := x.coreLoads(open)
	high.factor = 1 / slices.Max(cores)
	try := func(factor float64) error {
		y, err := x.settledAt(ctx, factor, bearingTol/50)
		if err != nil {
			return err
		}
		ratio, name := y.fullest(y.openRequests())
		if y.overloaded() || ratio >= 1 {
			high = bearing{factor, name}
		} else {
			low = bearing{factor, y.deepest(name)}
		}
		return nil
	}
	if x.overloaded() {
		high = bearing{math.Min(1, high.factor), name}
	} else {
		low = bearing{1, x.deepest(name)}
	}
	for step := range bearingSteps {
		if high.factor-low.factor <= bearingTol*high.factor {
			break
		}
		next := (low.factor + high.factor) / 2
		if step == 0 && high.factor > 1 {
			next = math.Max(next, high.factor*(1-bearingTol)) // often threads abound
		}
		if err := try(next); err != nil {
			return b, err
		}
	}
	if low.factor == 0 {
		low.name = high.name
	}
	return bearing{(low.factor + high.factor) / 2, low.name}, nil
}

// settledAt is the same model at so many times its open load, settled as exactly
// as ever or to a relative change of rough.
func (x *solver) settledAt(ctx context.Context, factor, rough float64) (*solver, error) {
	y := x.well.newSolver()
	y.rough = rough
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
