package queueing

import (
	"math"

	"github.com/headroom/headroom/scenarios"
)

// closedKnown are the means of several closed workloads in a flat network, from
// which the views of its stations are found, and not the other way round.
type closedKnown struct {
	f     *flat
	exact bool // and not those of the Linearizer
	r     MixedResult
}

// mostKnownWork bounds what [MixedConvolution] is asked to do: beyond it the
// Linearizer is (populations times servers).
const mostKnownWork = 1e6

// know solves several closed workloads as a flat network where they are one. It
// leaves nil where they are not, or where what is open is too much.
func (x *solver) know() *closedKnown {
	f, err := newFlat(x.m)
	if err != nil {
		return nil
	}
	for w, rate := range x.requests { // which may be asked about at another load
		if x.m.Workloads[w].Open() {
			f.x.requests[w], f.net.Classes[w].Rate = rate, rate
		}
	}
	k := &closedKnown{f: f, exact: f.work() <= mostKnownWork}
	for _, is := range f.misfits() {
		switch is.kind {
		case parallelSteps, throughTopics, threadsRunOut, turnedAway, pickedReplicas, notPoisson, infiniteVariance, tooManyStations:
			return nil
		case generalInOrder:
			k.exact = false
		case noClosed, someClosed, someOpen, severalClosed, inCircles, openAtServers, tooManyPopulations, tooManyThreads:
		}
	}
	if k.exact {
		k.r, err = MixedConvolution(f.net)
	} else {
		k.r, err = Linearizer(f.ordered())
	}
	if err != nil || k.f.busiest(k.r) > 1+1e-9 {
		return nil
	}
	return k
}

// method says how the means are known.
func (k *closedKnown) method() Method {
	if k.exact {
		return Method{Name: "closed network by convolution", Exact: true, Assumes: "product form"}
	}
	return Method{Name: "closed network by the Linearizer", Assumes: offLinearizer}
}

// take brings the throughput of the closed workloads up to date and returns its
// largest relative change.
func (x *solver) take(k *closedKnown) float64 {
	change := 0.0
	for _, w := range x.closed.workloads {
		now := k.r.Throughput[w]
		change = math.Max(change, math.Abs(now-x.requests[w])/math.Max(now, 1e-300))
		x.requests[w] = now
	}
	return change
}

// knownViews fills in the views of a group: those in which the requests of a
// workload find so many others that they take as long as is known.
func (x *solver) knownViews(id, i int, st *station, g *group) bool {
	k := x.closed.known
	at := k.f.stationOf(id, i)
	if at < 0 {
		return false
	}
	users, total := 0, 0.0
	var steps, took float64 // of open requests (1/s), and their number (1)
	for w := range x.m.Workloads {
		present := k.r.Present[w][at]
		users += x.m.Workloads[w].Users
		total += present
		if x.m.Workloads[w].Open() {
			steps += k.r.Throughput[w] * k.f.net.Classes[w].Visits[at]
			took += present
		}
	}
	open := st.productForm(g.cores, seenMean(g.cores, total, users))
	if steps > 0 {
		open = st.viewTaking(g, viewOpen, users, took/steps)
	}
	g.views = make([]view, x.viewers)
	for v := range g.views {
		g.views[v] = open
	}
	for _, w := range x.closed.workloads {
		if visits := k.f.net.Classes[w].Visits[at]; visits > 0 {
			g.views[x.view[w]] = st.viewTaking(g, x.view[w], users-1, k.r.Residence[w][at]/visits)
		}
	}
	g.pIdle = 1 - open.pWait
	return true
}

// viewTaking is the view of a viewer that finds so many at the cores on average
// that its CPU steps take the given time there (s).
func (st *station) viewTaking(g *group, viewer, users int, time float64) view {
	at := func(mean float64) view { return st.productForm(g.cores, seenMean(g.cores, mean, users)) }
	off := func(mean float64) float64 {
		v, steps, took := at(mean), 0.0, 0.0
		for i, d := range st.demands {
			if rate := st.asked[viewer][i]; rate > 0 && d.Mean() > 0 {
				m, _ := v.respondMoments(d, st.service.Discipline == scenarios.PS)
				steps += rate
				took += rate * m
			}
		}
		if steps == 0 {
			return 0 // not known yet
		}
		return took/steps/time - 1
	}
	lo, hi := 0.0, math.Max(1, float64(users))
	below, above := off(lo), off(hi)
	for range 40 { // open requests are beyond the users
		if above >= 0 {
			break
		}
		hi *= 2
		above = off(hi)
	}
	if below >= 0 || above <= 0 {
		return at(0)
	}
	return at(illinois(off, lo, hi, below, above))
}
