package emulate

import (
	"math"
	"testing"

	"github.com/headroom/headroom/scenarios"
)

// replicasWith makes replicas with so many requests each.
func replicasWith(present ...int) []*replica {
	var all []*replica
	for i, n := range present {
		r := &replica{index: i, present: n, threads: newThreads(2), standing: standing{listed: true}}
		r.threads.held = n
		all = append(all, r)
	}
	return all
}

// Shares of the picks, within 4.5 standard deviations of the binomial.
func TestBalancing(t *testing.T) {
	third := []float64{1. / 3, 1. / 3, 1. / 3}
	for _, x := range []struct {
		name     string
		service  scenarios.Service
		replicas []*replica
		want     []float64
	}{
		{"random", scenarios.Service{Balancing: scenarios.Random}, replicasWith(9, 0, 0), third},
		{"round-robin", scenarios.Service{Balancing: scenarios.RoundRobin}, replicasWith(9, 0, 0), third},
		{"least", scenarios.Service{Balancing: scenarios.LeastRequests}, replicasWith(1, 0, 0), []float64{0, 0.5, 0.5}},
		// The busiest is taken when both picks are of it, which cannot be; each of
		// the others in the pairs they are in, but for the one with the better.
		{"two choices", scenarios.Service{Balancing: scenarios.PowerOfTwo}, replicasWith(2, 1, 0), []float64{0, 1. / 3, 2. / 3}},
		{"hash", scenarios.Service{Balancing: scenarios.Hash, HashKeys: 4, HashSkew: 1}, replicasWith(0, 0, 0), []float64{0.48 + 0.12, 0.24, 0.16}},
		{"shared", scenarios.Service{Balancing: scenarios.Shared}, replicasWith(2, 1, 1), []float64{0, 1, 0}},
		{"one", scenarios.Service{Balancing: scenarios.Random}, replicasWith(5), []float64{1}},
	} {
		b := newBalancer(1, &x.service)
		const n = 20_000
		got := make([]float64, len(x.replicas))
		for range n {
			got[b.pick(x.replicas, x.replicas).index]++
		}
		for i, p := range x.want {
			if math.Abs(got[i]-n*p) > 4.5*math.Sqrt(n*p*(1-p))+1 {
				t.Errorf("%s: replica %d was picked %v times of %d, want about %.0f", x.name, i, got[i], n, n*p)
			}
		}
	}
	shared := newBalancer(1, &scenarios.Service{Balancing: scenarios.Shared})
	busy := replicasWith(2, 2)
	if r := shared.pick(busy, busy); r != nil {
		t.Errorf("shared: replica %d was picked without a free thread", r.index)
	}
}
