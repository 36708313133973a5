package traces

import (
	"cmp"
	"math"
	"slices"
)

// interval is a time in which a visit was at work itself (ns).
type interval struct{ begin, end int64 }

func (v *service) occupy(begin, end int64) {
	if end > begin && len(v.at) < maxIntervals {
		v.at = append(v.at, interval{begin, end})
	}
}

// together is how many visits were at work at once, at most.
func (v *service) together() int {
	type change struct {
		at   int64
		more int
	}
	all := make([]change, 0, 2*len(v.at))
	for _, i := range v.at {
		all = append(all, change{i.begin, 1}, change{i.end, -1})
	}
	slices.SortFunc(all, func(a, b change) int {
		return cmp.Or(cmp.Compare(a.at, b.at), a.more-b.more) // ends first
	})
	now, most := 0, 0
	for _, c := range all {
		now += c.more
		most = max(most, now)
	}
	return most
}

// slowdown is how much longer than its demand work takes in a replica of c
// cores that has a cores' worth of it: 1 + C(c, a)/(c−a) in the mean, with
// Erlang's C [Erla17], exactly for processor sharing and Poisson arrivals, and
// with waiting times (1 + scv)/2 as long in order of arrival, nearly.
func slowdown(c int, a, scv float64, fifo bool) float64 {
	if a >= float64(c) {
		return math.Inf(1)
	}
	b := 1.0 // Erlang's B
	for k := 1; k <= c; k++ {
		b = a * b / (float64(k) + a*b)
	}
	rho := a / float64(c)
	more := b / (1 - rho*(1-b)) / (float64(c) - a)
	if fifo {
		more *= (1 + scv) / 2
	}
	return 1 + more
}

// inOrder reports whether work is served in order of arrival: then how long it
// waits does not depend on its demand; under sharing it grows with it.
func (v *service) inOrder() bool {
	if v.slowed < 200 || !(v.spread > 0) || !(v.busy.mean > 0) {
		return false
	}
	shared := v.line / (v.busy.mean * float64(v.busy.n)) // slope under sharing
	return shared > 1e-3 && v.covariance/v.spread < shared/2
}

// coresByWaiting is the number of cores of a replica that explains how long work
// waited for one, in a system that was seen for so long (s).
func (v *service) coresByWaiting(seen float64) (cores int, fifo bool) {
	const most = 1024
	fifo = v.inOrder()
	work := v.busy.mean * float64(v.busy.n)
	if !(work > 0) || !(seen > 0) {
		return 1, fifo
	}
	a := work / seen / float64(v.replicas)
	seenMore := v.line / work
	// Beyond what so many visits can show, more cores make no difference.
	noise := 1 / float64(v.busy.n)
	best, apart := 1, math.Inf(1)
	for c := max(1, int(a)); c <= most; c++ {
		more := slowdown(c, a, v.busy.scv(), fifo) - 1
		d := math.Abs(math.Log((seenMore + noise) / (more + noise)))
		if d < apart*0.95 {
			best, apart = c, d
		}
		if more < noise {
			break
		}
	}
	return best, fifo
}
