package queueing

import "testing"

// breakdownsChain has state 2n while up and 2n + 1 while down, with n present.
func breakdownsChain(lambda, service, up, down float64, longest int, whileIdle bool) (n int, jumps []jump) {
	for i := range longest + 1 {
		if i > 0 || whileIdle {
			jumps = append(jumps, jump{2 * i, 2*i + 1, 1 / up})
		}
		jumps = append(jumps, jump{2*i + 1, 2 * i, 1 / down})
		if i < longest {
			jumps = append(jumps, jump{2 * i, 2*i + 2, lambda}, jump{2*i + 1, 2*i + 3, lambda}, jump{2*i + 2, 2 * i, 1 / service})
		}
	}
	return 2 * (longest + 1), jumps
}

// Means against LU, distributions against matrix exponentials of the chain of
// one request.
func TestMM1Breakdowns(t *testing.T) {
	for _, r := range []struct{ lambda, service, up, down float64 }{
		{0.5, 1, 4, 1}, {0.2, 1, 1, 2}, {0.6, 1, 0.3, 0.1}, {0.55, 0.5, 40, 6},
	} {
		q, err := NewMM1Breakdowns(r.lambda, r.service, r.up, r.down)
		if err != nil {
			t.Fatal(err)
		}
		const longest = 120
		n, jumps := breakdownsChain(r.lambda, r.service, r.up, r.down, longest, true)
		pi := luStationary(t, n, jumps)
		present := 0.0
		for s, p := range pi {
			present += float64(s/2) * p
		}
		f := q.Figures()
		near(t, "L", f.Present, present, 1e-6)
		near(t, "P(idle)", f.PIdle, pi[0], 1e-6)

		// one request with n ahead of it leaves after n + 1 services
		var own []jump
		exit := make([]float64, n)
		exit[0] = 1 / r.service
		for i := range longest + 1 {
			own = append(own, jump{2 * i, 2*i + 1, 1 / r.up}, jump{2*i + 1, 2 * i, 1 / r.down})
			if i > 0 {
				own = append(own, jump{2 * i, 2*i - 2, 1 / r.service})
			}
		}
		chain := newAbsorbing(n, own, exit)
		for _, x := range []float64{0.2, 1, 5} {
			near(t, "response", q.Response().Survival(x), chain.survival(pi, ones(n), x), 1e-6)
		}
		// its service begins when nobody is ahead and the server is up
		var before []jump
		end := make([]float64, n)
		for _, j := range own {
			switch {
			case j.from == 0:
			case j.to == 0:
				end[j.from] += j.rate
			default:
				before = append(before, j)
			}
		}
		end[0] = 1 // left out of the start below
		waits := append([]float64{0}, pi[1:]...)
		chain = newAbsorbing(n, before, end)
		for _, x := range []float64{0, 0.2, 1, 5} {
			near(t, "waiting", q.Waiting().Survival(x), chain.survival(waits, ones(n), x), 1e-6)
		}
		checkTime(t, "response", q.Response(), 1e-5)
		checkTime(t, "waiting", q.Waiting(), 1e-5)
	}
}

func TestMM1BusyBreakdowns(t *testing.T) {
	q, err := NewMM1BusyBreakdowns(0.5, 1, 4, 1)
	if err != nil {
		t.Fatal(err)
	}
	n, jumps := breakdownsChain(0.5, 1, 4, 1, 150, false)
	pi := luStationary(t, n, jumps)
	present := 0.0
	for s, p := range pi {
		present += float64(s/2) * p
	}
	near(t, "L", q.Figures().Present, present, 1e-8)
	near(t, "P(idle)", q.Figures().PIdle, pi[0], 1e-8)
}

// A server that never breaks down, or is repaired at once, is M/M/1.
func TestMM1BreakdownsLimits(t *testing.T) {
	m, _ := NewMM1(0.7, 1)
	// with a repair rate of μ − λ both poles and the repair rate meet
	for _, times := range [][2]float64{{1e12, 1}, {1, 1e-12}, {1e12, 1 / 0.3}, {1e50, 1 / 0.3}, {1, 1e-50}} {
		q, err := NewMM1Breakdowns(0.7, 1, times[0], times[1])
		if err != nil {
			t.Fatal(err)
		}
		near(t, "R", q.Figures().Response, m.Figures().Response, 1e-9)
		near(t, "W", q.Figures().Waiting, m.Figures().Waiting, 1e-9)
		near(t, "p99", q.Response().Quantile(0.99), m.Response().Quantile(0.99), 1e-9)
	}
}
