package queueing

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// randomWeights is a small network of delays and single servers with weights.
func randomWeights(seed uint64) SwitchingNetwork {
	r := rand.New(rand.NewPCG(seed, 77))
	classes, queues := 2+r.IntN(2), 1+r.IntN(2)
	n := SwitchingNetwork{Stations: []MixedStation{{}}}
	for range queues {
		s := MixedStation{Servers: 1}
		for range classes {
			s.Weights = append(s.Weights, math.Exp(1.2*r.NormFloat64()))
		}
		n.Stations = append(n.Stations, s)
	}
	for j := range classes {
		n.Users, n.Reference = append(n.Users, 1+r.IntN(4)), append(n.Reference, 0)
		row := []float64{0.3 + 4*r.Float64()}
		for k := range queues {
			row = append(row, math.Exp(0.9*r.NormFloat64()))
			n.Hops = append(n.Hops, Hop{0, j, k + 1, j, 1 / float64(queues)}, Hop{k + 1, j, 0, j, 1})
		}
		n.Service = append(n.Service, row)
	}
	return n
}

// The Linearizer with unequal weights against chains: how far off it is, as its
// comment says.
func TestUnequalAgainstMarkov(t *testing.T) {
	var off []float64
	for seed := range uint64(150) {
		n := randomWeights(seed)
		want, err := n.Markov(nil, 1500)
		if err != nil {
			continue // too large
		}
		got, err := n.Solve(Linearizer)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for j := range n.Users {
			off = append(off, math.Abs(got.Throughput[j][0]/want.Throughput[j][0]-1))
		}
	}
	slices.Sort(off)
	if half, most := off[len(off)/2], off[len(off)*9/10]; !(half <= 0.015) || !(most <= 0.09) || len(off) < 300 {
		t.Errorf("of %d throughputs half are within %v and nine of ten within %v, want 0.015 and 0.09", len(off), half, most)
	}
}

// With many users who seldom come, arrivals are Poisson, and response times
// those of the open queue, whose linear equations are solved as such.
func TestUnequalOpenLimit(t *testing.T) {
	lambda, service, weight := []float64{0.3, 0.2, 0.1}, []float64{1, 0.5, 3}, []float64{1, 4, 0.5}
	m := MixedNetwork{Stations: []MixedStation{{Servers: 1, Weights: weight}}}
	a, b := mat.NewDense(3, 3, nil), mat.NewVecDense(3, service)
	const users = 20_000 // of more, the Linearizer settles to a share that is large at the queue
	for k := range lambda {
		m.Classes = append(m.Classes, MixedClass{Users: users, Think: users / lambda[k], Demands: service[k : k+1]})
		a.Set(k, k, 1)
		for j := range lambda {
			h := lambda[j] * weight[j] / (weight[j]/service[j] + weight[k]/service[k])
			a.Set(k, k, a.At(k, k)-h)
			a.Set(k, j, a.At(k, j)-h)
		}
	}
	var want mat.VecDense
	if err := want.SolveVec(a, b); err != nil {
		t.Fatal(err)
	}
	for name, method := range map[string]func(MixedNetwork) (MixedResult, error){"Schweitzer": Schweitzer, "Linearizer": Linearizer} {
		got, err := method(m)
		if err != nil {
			t.Fatal(err)
		}
		for k := range lambda {
			near(t, name, got.Response[k], want.AtVec(k), 5e-4)
		}
	}
}

// Equal weights are none, and weights that nearly are change little.
func TestUnequalEqual(t *testing.T) {
	n := randomWeights(5)
	for k := range n.Stations {
		n.Stations[k].Weights = nil
	}
	plain, err := n.Solve(Linearizer)
	if err != nil {
		t.Fatal(err)
	}
	for w, tol := range map[float64]float64{2: 1e-12, 2.0001: 0.1} {
		for k := range n.Stations[1:] {
			n.Stations[k+1].Weights = []float64{2, w, 2}[:len(n.Users)]
		}
		got, err := n.Solve(Linearizer)
		if err != nil {
			t.Fatal(err)
		}
		for j := range n.Users {
			near(t, "throughput", got.Throughput[j][0], plain.Throughput[j][0], tol)
		}
	}
}
