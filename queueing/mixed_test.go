package queueing

import (
	"math"
	"math/rand/v2"
	"testing"
)

// randomMixed is a network drawn from a seed: closed and maybe open classes
// over delays and single servers, or any stations.
func randomMixed(seed uint64, any bool, most int) MixedNetwork {
	r := rand.New(rand.NewPCG(seed, 5))
	k, closed, open := 1+r.IntN(4), 1+r.IntN(3), r.IntN(3)
	var m MixedNetwork
	for i := range k {
		s := MixedStation{Servers: min(1, r.IntN(4))}
		switch {
		case !any || i == 0 && k > 2:
		case r.IntN(2) == 0:
			s.Servers = 2 + r.IntN(5)
		default:
			s.Rates = []float64{0.5 + r.Float64()}
			for range r.IntN(4) {
				s.Rates = append(s.Rates, 0.5+2*r.Float64())
			}
		}
		m.Stations = append(m.Stations, s)
	}
	for j := range closed + open {
		c := MixedClass{Think: r.Float64() * 5 * float64(r.IntN(2))}
		if j < closed {
			c.Users = r.IntN(most + 1)
		}
		for range k {
			c.Demands = append(c.Demands, math.Exp(3*r.NormFloat64()/2)*boolTo(r.IntN(5) > 0))
		}
		if c.Think == 0 && k > 0 && c.Users > 0 {
			c.Demands[0]++
		}
		m.Classes = append(m.Classes, c)
	}
	for i, s := range m.Stations { // open classes take up to three quarters
		for j := closed; j < closed+open; j++ {
			if i == 0 {
				m.Classes[j].Rate = 1
			}
			if !s.isDelay() && m.Classes[j].Demands[i] > 0 {
				m.Classes[j].Rate = math.Min(m.Classes[j].Rate, 0.75*r.Float64()*s.shared(0).full()/float64(open)/m.Classes[j].Demands[i])
			}
		}
	}
	return m
}

// compareMixed compares two solutions.
func compareMixed(t *testing.T, what string, got, want MixedResult, tol float64) {
	t.Helper()
	for j := range want.Throughput {
		near(t, what+": throughput", got.Throughput[j], want.Throughput[j], tol)
		near(t, what+": response", got.Response[j], want.Response[j], tol)
		for k := range want.Residence[j] {
			near(t, what+": residence", got.Residence[j][k], want.Residence[j][k], tol)
			near(t, what+": present", got.Present[j][k], want.Present[j][k], tol)
			near(t, what+": utilization", got.Utilization[j][k], want.Utilization[j][k], tol)
		}
	}
}

// Mean value analysis and convolution share no step: 1000 networks of single
// servers and delays.
func TestMixedMVAAgainstConvolution(t *testing.T) {
	for seed := range uint64(1000) {
		m := randomMixed(seed, false, 12)
		a, err := MixedMVA(m)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		b, err := MixedConvolution(m)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		compareMixed(t, "convolution", b, a, 1e-8)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}
