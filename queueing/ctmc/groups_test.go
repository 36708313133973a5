package ctmc

import (
	"math"
	"testing"
)

// A line of 256 clusters of 8 states, in each of which a thousand moves are made
// for one to the next cluster. Slow or not, moves up and down between neighbours
// leave the long run geometric. Without groups, the sweeps do not settle.
func TestSweepGroups(t *testing.T) {
	const states, cluster, r = 2048, 8, 0.998
	number := func(i int) int { return i/cluster*cluster + i%cluster*3%cluster } // no order within a cluster
	place := make([]int, states)
	for i := range states {
		place[number(i)] = i
	}
	edge := func(i int) float64 { // between i and i + 1
		if i%cluster == cluster-1 {
			return 1e-3
		}
		return 1
	}
	c, err := New(states, func(k int, add func(int, float64)) {
		i := place[k]
		if i < states-1 {
			add(number(i+1), r*edge(i))
		}
		if i > 0 {
			add(number(i-1), edge(i-1))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.sweep()
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < states; i += 11 {
		want := (1 - r) * math.Pow(r, float64(i)) / (1 - math.Pow(r, states))
		if got := p[number(i)]; math.Abs(got-want) > 1e-8*want {
			t.Errorf("state %d: %g, want %g", i, got, want)
		}
	}
}
