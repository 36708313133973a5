package queueing

import (
	"math"
	"math/bits"
	"testing"

	"github.com/headroom/headroom/scenarios/dist"
)

// unlikeChain is the chain of (set of busy servers, line) by brute force.
func unlikeChain(lambda float64, rates []float64, longest int, fastest bool) (n int, jumps []jump) {
	full := 1<<len(rates) - 1
	for set := range full {
		idle := len(rates) - bits.OnesCount(uint(set))
		taken := false
		for i, r := range rates { // fastest first
			switch {
			case set>>i&1 == 1:
				jumps = append(jumps, jump{set, set &^ (1 << i), r})
			case !fastest:
				jumps = append(jumps, jump{set, set | 1<<i, lambda / float64(idle)})
			case !taken:
				jumps, taken = append(jumps, jump{set, set | 1<<i, lambda}), true
			}
		}
	}
	total := 0.0
	for i, r := range rates {
		jumps = append(jumps, jump{full, full &^ (1 << i), r})
		total += r
	}
	for j := range longest {
		jumps = append(jumps, jump{full + j, full + j + 1, lambda}, jump{full + j + 1, full + j, total})
	}
	return full + longest + 1, jumps
}

func TestHeterogeneous(t *testing.T) {
	for _, rates := range [][]float64{{3, 1}, {2, 2, 0.5}, {1, 0.7, 0.4, 0.1}, {5}} {
		for _, choice := range []IdleChoice{FastestIdle, RandomIdle} {
			total := 0.0
			for _, r := range rates {
				total += r
			}
			lambda := 0.7 * total
			q, err := NewHeterogeneous(lambda, rates, choice)
			if err != nil {
				t.Fatal(err)
			}
			n, jumps := unlikeChain(lambda, rates, 120, choice == FastestIdle)
			full := 1<<len(rates) - 1
			var wait, line, busy float64
			for s, p := range luStationary(t, n, jumps) {
				if s < full {
					busy += p * float64(bits.OnesCount(uint(s)))
					continue
				}
				wait += p
				line += p * float64(s-full)
				busy += p * float64(len(rates))
			}
			f := q.Figures()
			near(t, choice.String()+": P(wait)", f.PWait, wait, 1e-9)
			near(t, choice.String()+": Lq", f.InLine, line, 1e-9)
			near(t, choice.String()+": busy", f.Utilization*float64(len(rates)), busy, 1e-9)
			near(t, choice.String()+": R, by Little's law", f.Response, (line+busy)/lambda, 1e-9)
			checkTime(t, choice.String()+": response", q.Response(), 1e-5)
		}
	}
}

// Equal servers are M/M/c, however many.
func TestHeterogeneousEqual(t *testing.T) {
	m, _ := NewMMc(80, 1, 100)
	rates := ones(100)
	for _, choice := range []IdleChoice{FastestIdle, RandomIdle} {
		q, err := NewHeterogeneous(80, rates, choice)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "P(wait)", q.Figures().PWait, m.Figures().PWait, 1e-10)
		near(t, "p99", q.Response().Quantile(0.99), m.Response().Quantile(0.99), 1e-9)
	}
}

func TestLoadDependent(t *testing.T) {
	m, _ := NewMMc(2.2, 1, 3)
	ps, _ := NewPS(2.2, 1, 3)
	q, err := NewLoadDependent(2.2, []float64{1, 2, 3})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "L", q.Figures().Present, m.Figures().Present, 1e-12)
	near(t, "R", q.Figures().Response, m.Figures().Response, 1e-12)
	shared := q.Shared().Response()
	near(t, "variance", shared.Variance(), ps.Response().Variance(), 1e-8)
	for _, p := range []float64{0.1, 0.5, 0.99} {
		near(t, "quantile", shared.Quantile(p), ps.Response().Quantile(p), 1e-7)
	}

	// one that thrashes
	rates := []float64{3, 5, 6, 5, 4, 3}
	q, err = NewLoadDependent(2, rates)
	if err != nil {
		t.Fatal(err)
	}
	const n = 120
	var jumps []jump
	for i := range n {
		jumps = append(jumps, jump{i, i + 1, 2}, jump{i + 1, i, rates[min(i, 5)]})
	}
	present := 0.0
	pi := luStationary(t, n+1, jumps)
	for i, p := range pi {
		near(t, "p(n)", q.Present(i), p, 1e-9)
		present += float64(i) * p
	}
	near(t, "L", q.Figures().Present, present, 1e-10)
	near(t, "P(idle)", q.Figures().PIdle, pi[0], 1e-10)
	checkTime(t, "shared", q.Shared().Response(), 1e-5)

	// rates as unlike as they may be
	q, err = NewLoadDependent(1e-3, []float64{1e-200, 1e200, 1e-2})
	if err != nil {
		t.Fatal(err)
	}
	if f := q.Figures(); math.IsNaN(f.Present) || math.IsInf(f.Present, 0) {
		t.Errorf("L is %v", f.Present)
	}
}

func TestMGccAndMGInf(t *testing.T) {
	service := dist.LognormalOf(0.5, 2)
	q, err := NewMGcc(30, service, 20)
	if err != nil {
		t.Fatal(err)
	}
	k, _ := NewMMcK(30, 0.5, 20, 20)
	for n := range 21 {
		near(t, "p(n)", q.Present(n), k.Present(n), 1e-10)
	}
	f, g := q.Figures(), k.Figures()
	near(t, "loss", f.PLoss, g.PLoss, 1e-10)
	near(t, "L", f.Present, g.Present, 1e-10)
	near(t, "P(idle)", f.PIdle, g.PIdle, 1e-10)
	near(t, "p90", q.Response().Quantile(0.9), service.Quantile(0.9), 1e-12)
	inf, err := NewMGInf(6, service)
	if err != nil {
		t.Fatal(err)
	}
	p := math.Exp(-3)
	for n := range 12 {
		near(t, "Poisson", inf.Present(n), p, 1e-10)
		p *= 3 / float64(n+1)
	}
}
