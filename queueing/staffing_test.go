package queueing

import (
	"math"
	"testing"
)

// Exact and square-root staffing so that 10 % wait at most.
func TestStaffForWait(t *testing.T) {
	for _, r := range []struct {
		load              float64
		servers           int
		pWait, squareRoot float64
	}{
		{10, 16, 0.05734033, 14.49103},
		{100, 115, 0.09544102, 114.2019},
		{1000, 1046, 0.0966927, 1044.91},
		{10000, 10143, 0.09915449, 10142.02},
	} {
		s, err := StaffForWait(r.load, 0.1)
		if err != nil {
			t.Fatal(err)
		}
		c, err := ServersForWait(r.load, 0.1)
		if s.Servers != r.servers || c != r.servers || err != nil {
			t.Errorf("load %v: %d and %d servers (%v), want %d", r.load, s.Servers, c, err, r.servers)
		}
		near(t, "P(wait)", s.PWait, r.pWait, 1e-6)
		near(t, "β", s.Beta, 1.420187, 1e-6)
		near(t, "a + β·√a", s.SquareRoot, r.squareRoot, 1e-6)
		near(t, "P(wait) of the rule", s.SquareRootPWait, ErlangC(int(math.Ceil(r.squareRoot)), r.load), 1e-12)
	}
	near(t, "limit", HalfinWhitt(1.079516), 0.1935512, 1e-6)
	near(t, "a million erlangs", HalfinWhitt(1), ErlangC(1_001_000, 1e6), 1e-3)
}

// One server fewer must break the goal, and the load found must meet it.
func TestInverses(t *testing.T) {
	for _, load := range []float64{0, 0.3, 4, 17.5, 300} {
		for _, p := range []float64{1e-6, 0.01, 0.3} {
			c, err := ServersForLoss(load, p)
			if err != nil || ErlangB(c, load) > p || c > 0 && ErlangB(c-1, load) <= p {
				t.Errorf("loss %v at %v erlangs: %d servers, %v", p, load, c, err)
			}
			c, err = ServersForWait(load, p)
			if err != nil || ErlangC(c, load) > p || c > 1 && ErlangC(c-1, load) <= p {
				t.Errorf("wait %v at %v erlangs: %d servers, %v", p, load, c, err)
			}
		}
	}
	for _, c := range []int{1, 2, 10, 500} {
		for _, p := range []float64{1e-6, 0.01, 0.3, 0.99} {
			a, err := LoadForLoss(c, p)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "loss", ErlangB(c, a), p, 1e-9)
			a, err = LoadForWait(c, p)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "wait", ErlangC(c, a), p, 1e-9)
		}
	}
	a, _ := LoadForLoss(1, 0.2)
	near(t, "one server", a, 0.25, 1e-10) // a/(1 + a) = p
	a, _ = LoadForWait(1, 0.2)
	near(t, "one server", a, 0.2, 1e-10)
}

// The fewest servers that keep a time do, and one fewer does not, by the
// distributions of M/M/c.
func TestServersForTimes(t *testing.T) {
	within := func(c int, lambda, limit float64, of func(MMc) Time) float64 {
		q, err := NewMMc(lambda, 0.5, c)
		if err != nil {
			return 0
		}
		return of(q).CDF(limit)
	}
	for _, lambda := range []float64{0.1, 1.9, 40, 400} {
		for _, p := range []float64{0.5, 0.8, 0.99} {
			c, err := ServersForWaitWithin(lambda, 0.5, 0.1, p)
			if err != nil || within(c, lambda, 0.1, MMc.Waiting) < p || c > 1 && within(c-1, lambda, 0.1, MMc.Waiting) >= p {
				t.Errorf("λ = %v, p = %v: %d servers, %v", lambda, p, c, err)
			}
			c, err = ServersForResponseWithin(lambda, 0.5, 2.4, p)
			if err != nil || within(c, lambda, 2.4, MMc.Response) < p || c > 1 && within(c-1, lambda, 2.4, MMc.Response) >= p {
				t.Errorf("λ = %v, p = %v: %d servers, %v", lambda, p, c, err)
			}
		}
	}
	if _, err := ServersForResponseWithin(1, 0.5, 2.2, 0.99); err == nil {
		t.Error("no number of servers answers 99 % within 4.4 mean service times")
	}
}
