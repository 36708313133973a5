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
