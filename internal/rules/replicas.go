package rules

import (
	"cmp"
	"math"
	"slices"

	"github.com/headroom/headroom/scenarios"
)

// tolerance is how far a metric may be off its target before an autoscaler
// does something: the default of the Kubernetes horizontal pod autoscaler (1).
const tolerance = 0.1

// Wanted is how many replicas an autoscaler wants that measured a metric with so
// many up: as many as those times metric over target, rounded up ([Kube24]);
// false where it is content.
func Wanted(a *scenarios.Autoscale, up, metric float64) (int, bool) {
	if math.Abs(metric/a.Target-1) <= tolerance {
		return 0, false
	}
	want := int(math.Ceil(min(up*metric/a.Target, float64(a.Max)) - 1e-9))
	return min(max(want, a.Min), a.Max), true
}

// Glance is what an autoscaler sees of a service: areas under what it looks at,
// and a count, all from the same instant on.
type Glance struct {
	Busy, On, Present float64 // cores busy, replicas up, requests present, times seconds (s)
	Came              int64   // requests (1)
}

// Scale is how many replicas of so many cores an autoscaler wants by what has
// come to be between two looks; false where it is content, or saw nothing up.
func Scale(a *scenarios.Autoscale, cores int, was, now Glance) (int, bool) {
	up := now.On - was.On // replicas times seconds
	if !(up > 0) {
		return 0, false
	}
	metric := 0.0
	switch a.Metric {
	case scenarios.ScaleByUtilization:
		metric = (now.Busy - was.Busy) / (up * float64(cores))
	case scenarios.ScaleByPresent:
		metric = (now.Present - was.Present) / up
	case scenarios.ScaleByRate:
		metric = float64(now.Came-was.Came) / up
	}
	return Wanted(a, up/a.Interval, metric)
}

// Spread gives partitions to replicas by what was asked of them: the one that
// was asked most first, each to the replica that has least so far (longest
// processing time first, Graham 1969). It returns the replica of each.
func Spread(asked []int64, replicas int) []int32 {
	order := make([]int, len(asked))
	for p := range order {
		order[p] = p
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(asked[b], asked[a]) })
	loads := make([]int64, replicas)
	owner := make([]int32, len(asked))
	for _, p := range order {
		least := 0
		for r := range loads {
			if loads[r] < loads[least] {
				least = r
			}
		}
		owner[p] = int32(least)
		loads[least] += asked[p]
	}
	return owner
}
