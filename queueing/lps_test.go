package queueing

import (
	"math"
	"testing"
)

// uniformised is the probability not to have ended by t, summed over the jumps
// of a chain made as fast as its fastest state.
func uniformised(start []float64, jumps []jump, exit []float64, t float64) float64 {
	leave := append([]float64(nil), exit...)
	for _, j := range jumps {
		leave[j.from] += j.rate
	}
	fastest := 0.0
	for _, r := range leave {
		fastest = math.Max(fastest, r)
	}
	at, left := append([]float64(nil), start...), 0.0
	for n, weight := 0, math.Exp(-fastest*t); float64(n) < fastest*t+12*math.Sqrt(fastest*t)+40; n++ {
		next := make([]float64, len(at))
		for i, p := range at {
			left += weight * p
			next[i] += p * (1 - leave[i]/fastest)
		}
		for _, j := range jumps {
			next[j.to] += at[j.from] * j.rate / fastest
		}
		at = next
		weight *= fastest * t / float64(n+1)
	}
	return left
}

// lpsChain follows one request: in service with n others at the station, or
// waiting with so many ahead in line and so many behind.
func lpsChain(lambda, service float64, c, k, most int) (states int, jumps []jump, exit []float64, waiting func(ahead, behind int) int) {
	waiting = func(ahead, behind int) int { return 2*most + ahead*most + behind }
	states = 2*most + most*most
	exit = make([]float64, states)
	for n := range 2 * most {
		here := min(n+1, k)
		each := math.Min(float64(here), float64(c)) / float64(here) / service
		exit[n] = each
		if n > 0 {
			jumps = append(jumps, jump{n, n - 1, each * float64(here-1)})
		}
		if n+1 < 2*most {
			jumps = append(jumps, jump{n, n + 1, lambda})
		}
	}
	for ahead := range most {
		for behind := range most {
			from := waiting(ahead, behind)
			to := k - 1 + behind
			if ahead > 0 {
				to = waiting(ahead-1, behind)
			}
			jumps = append(jumps, jump{from, to, float64(c) / service})
			if behind+1 < most {
				jumps = append(jumps, jump{from, waiting(ahead, behind+1), lambda})
			}
		}
	}
	return states, jumps, exit, waiting
}

func TestLPS(t *testing.T) {
	for _, r := range []struct {
		lambda float64
		c, k   int
	}{{0.5, 1, 2}, {1.2, 2, 3}, {1.9, 3, 5}, {0.6, 1, 1}} {
		q, err := NewLPS(r.lambda, 1, r.c, r.k)
		if err != nil {
			t.Fatal(err)
		}
		const most = 45
		n, jumps, exit, waiting := lpsChain(r.lambda, 1, r.c, r.k, most)
		var all []jump
		for i := range r.k + most - 1 {
			all = append(all, jump{i, i + 1, r.lambda}, jump{i + 1, i, float64(min(i+1, r.c))})
		}
		start, queue := make([]float64, n), 0.0
		for i, p := range luStationary(t, r.k+most, all) {
			if i < r.k {
				start[i] = p
			} else {
				start[waiting(i-r.k, 0)] = p
				queue += p
			}
		}
		near(t, "P(wait for a thread)", 1-q.Waiting().CDF(0), queue, 1e-7)
		d := q.Response()
		for _, x := range []float64{0.1, 1, 4, 12} {
			near(t, "response", d.Survival(x), uniformised(start, jumps, exit, x), 2e-6)
		}
		checkTime(t, "response", d, 1e-5)
	}
}

// As many threads as cores are M/M/c in order of arrival, and no limit is
// processor sharing.
func TestLPSLimits(t *testing.T) {
	for _, c := range []int{1, 4} {
		lambda := 0.8 * float64(c)
		m, _ := NewMMc(lambda, 1, c)
		ps, _ := NewPS(lambda, 1, c)
		for k, want := range map[int]Station{c: m, 100_000: ps} {
			q, err := NewLPS(lambda, 1, c, k)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "W", q.Figures().Waiting, want.Figures().Waiting, 1e-9)
			near(t, "R", q.Figures().Response, want.Figures().Response, 1e-12)
			near(t, "variance", q.Response().Variance(), want.Response().Variance(), 1e-6) // PS cuts its chain
			for _, p := range []float64{0.1, 0.5, 0.99} {
				near(t, "quantile", q.Response().Quantile(p), want.Response().Quantile(p), 1e-7)
			}
		}
	}
	for _, rho := range []float64{0.1, 0.5, 0.8, 0.95} { // M/M/1 under processor sharing, [CoMT70]
		q, _ := NewLPS(rho, 1, 1, 100_000)
		near(t, "variance", q.Response().Variance(), (2+rho)/((1-rho)*(1-rho)*(2-rho)), 1e-9)
	}
	if q, _ := NewLPS(0.999, 1, 1, 100_000); q.Response() != nil {
		t.Error("a response time over tens of thousands of threads is not known")
	}
	few, _ := NewLPS(1.5, 1, 8, 2) // more cores than threads
	m, _ := NewMMc(1.5, 1, 2)
	near(t, "p99", few.Response().Quantile(0.99), m.Response().Quantile(0.99), 1e-7)
	idle, _ := NewLPS(0, 2, 3, 5)
	near(t, "alone", idle.Response().Quantile(0.5), 2*math.Ln2, 1e-7)
}
