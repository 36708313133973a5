package queueing

import (
	"fmt"
	"testing"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// Requests that line up several times in a row, at a load of 0.8. The times are
// simulated (s, to 1 %; the p99 of the lognormal ones to some per cent).
func TestFeedback(t *testing.T) {
	for _, c := range []struct {
		visits    int
		demand    dist.Dist
		mean, p99 float64
		tail      float64 // tolerance of the p99
	}{
		{2, dist.Const(0.01), 0.0743, 0.2896, 0.04},
		{4, dist.Const(0.01), 0.1700, 0.6766, 0.04},
		{6, dist.Const(0.01), 0.2682, 1.0767, 0.06},
		{2, dist.ErlangOf(0.01, 2), 0.0870, 0.3646, 0.03},
		{6, dist.ErlangOf(0.01, 2), 0.2839, 1.1731, 0.03},
		{2, dist.LognormalOf(0.01, 2), 0.1782, 1.1119, 0.15},
		{4, dist.LognormalOf(0.01, 2), 0.2903, 1.5949, 0.25},
		{6, dist.LognormalOf(0.01, 2), 0.3957, 2.0141, 0.30},
	} {
		m := oneStation(scenarios.FIFO, 1, 1, c.demand, 80/float64(c.visits))
		steps := &m.Operations[0].Steps
		for i := 1; i < c.visits; i++ {
			*steps = append(*steps, scenarios.CPU{At: scenarios.At(fmt.Sprintf("s.op/%d", i)), Demand: c.demand})
		}
		got := solve(t, m).Workloads["w"].Response
		name := fmt.Sprintf("%d times %v: ", c.visits, c.demand)
		near(t, name+"mean", got.Mean.Value, c.mean, 0.03)
		near(t, name+"p99", got.P99.Value, c.p99, c.tail)
	}
}
