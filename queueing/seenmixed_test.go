package queueing

import "testing"

// With n closed requests at one server in product form, the number of open ones
// is negative binomial: its mean is (n+1)·ρ/(1−ρ), however small the chance of
// none of them is ([ReLa80]).
func TestSeenMixedOfMany(t *testing.T) {
	for _, n := range []int{0, 3, 30, 380, 3000} {
		for _, rho := range []float64{0.1, 0.5, 0.9, 0.98} {
			want := float64(n) + float64(n+1)*rho/(1-rho)
			if want > 0.5*maxPSStates {
				continue
			}
			closed := make([]float64, n+1)
			closed[n] = 1
			got := meanOf(seenMixed(ClosedStation{Demand: 1, Servers: 1, OpenLoad: rho}, closed))
			near(t, "mean number", got, want, 1e-6)
		}
	}
}

// The share that open requests leave of several servers stays a number where
// its series is beyond any that a float64 holds: about a tenth of a thousand.
func TestLeftOfManyServers(t *testing.T) {
	s := ClosedStation{Demand: 1, Servers: 1000, OpenLoad: 900}
	near(t, "with one more than the servers", s.left(1001), 100, 1e-12)
	near(t, "with as many as the servers", s.left(1000), 100, 1e-9)
	// with one closed request, all of it: some core is nearly always free
	if got := s.left(1); !(got > 0.99 && got <= 1) {
		t.Errorf("one closed request gets %v of a server", got)
	}
	before := 0.0
	for n := 1; n <= 1001; n += 50 {
		if got := s.left(n); !(got >= before*(1-1e-9) && got <= 100*(1+1e-9)) {
			t.Errorf("%d closed requests get %v, fewer %v", n, got, before)
		} else {
			before = got
		}
	}
}
