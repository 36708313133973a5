package queueing

import (
	"fmt"
	"testing"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// Few replicas have short lines less surely than the limit of many says, and
// long ones far less often than two replicas. The times are simulated (ms, to
// 2 % or better).
func TestPowerOfTwoOfFewReplicas(t *testing.T) {
	for _, c := range []struct {
		discipline     scenarios.Discipline
		replicas       int
		load           float64
		mean, p50, p99 float64
	}{
		{scenarios.FIFO, 3, 0.70, 18.85, 13.82, 79.65},
		{scenarios.FIFO, 3, 0.85, 31.22, 23.47, 129.00},
		{scenarios.FIFO, 3, 0.95, 76.61, 56.08, 330.45},
		{scenarios.FIFO, 10, 0.70, 16.78, 12.58, 68.86},
		{scenarios.FIFO, 10, 0.85, 24.00, 19.22, 88.20},
		{scenarios.FIFO, 10, 0.95, 43.50, 36.67, 147.56},
		{scenarios.PS, 3, 0.85, 31.18, 17.11, 199.38},
		{scenarios.PS, 10, 0.70, 16.73, 10.59, 86.66},
		{scenarios.PS, 10, 0.85, 24.02, 14.85, 128.50},
		{scenarios.PS, 10, 0.95, 43.59, 25.77, 253.03},
	} {
		m := oneStation(c.discipline, c.replicas, 1, dist.Exponential(0.010), c.load*100*float64(c.replicas))
		m.Services[0].Balancing = scenarios.PowerOfTwo
		got := solve(t, m).Workloads["w"].Response
		name := fmt.Sprintf("discipline %v, %d replicas at %g: ", c.discipline, c.replicas, c.load)
		near(t, name+"mean", got.Mean.Value*1000, c.mean, 0.06)
		near(t, name+"p50", got.P50.Value*1000, c.p50, 0.04)
		near(t, name+"p99", got.P99.Value*1000, c.p99, 0.12)
	}
}
