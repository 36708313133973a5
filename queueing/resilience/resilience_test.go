package resilience

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/headroom/headroom/queueing/internal/domain"
	"github.com/headroom/headroom/scenarios/dist"
)

func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol*math.Abs(want)) {
		t.Errorf("%s: got %.9g, want %.9g to %g", what, got, want, tol)
	}
}

// Che's approximation of 10 000 objects under Zipf(0.8), and what 2·10⁷ simulated
// requests hit.
func TestLRU(t *testing.T) {
	p, err := Zipf(10_000, 0.8)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		size                int
		formula, simulation float64
	}{{100, 0.1566246, 0.1568607}, {1000, 0.4366597, 0.4367874}} {
		q, err := NewLRU(p, c.size)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "hits", q.Hit, c.formula, 1e-6)
		near(t, "hits", q.Hit, c.simulation, 0.003)
	}
	if q, err := NewLRU(p, 10_000); err != nil || q.Hit != 1 {
		t.Errorf("room for all: %v %v", q, err)
	}
	if q, err := NewLRU(p, 0); err != nil || q.Hit != 0 {
		t.Errorf("room for none: %v %v", q, err)
	}
	// equal popularity: each item is in the cache with probability size/items
	if q, err := NewLRU([]float64{1, 1, 1, 1}, 1); err != nil || math.Abs(q.Hit-0.25) > 1e-12 {
		t.Errorf("equal: %v %v", q, err)
	}
}

// Retries in layers, as published: 4 attempts in each of 3 layers are 64 at the
// database when all fail.
func TestLayered(t *testing.T) {
	for _, c := range []struct {
		q                float64
		attempts, layers int
		mean, fail       float64
	}{
		{1, 4, 3, 64, 1},
		{1, 3, 5, 243, 1},
		{0.5, 4, 3, 2, 5.421011e-20},
		{0.1, 3, 3, 1.111111, 1e-27},
	} {
		got, err := Layered(c.q, c.attempts, c.layers)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "attempts", got.Mean, c.mean, 1e-6)
		near(t, "failures", got.Fail, c.fail, 1e-6)
	}
}

// Hedging after the 95th percentile, lognormal answers with a median of 10 ms.
func TestHedged(t *testing.T) {
	one := dist.LognormalOf(0.010*math.Exp(0.32), math.Sqrt(math.Expm1(0.64)))
	h, err := NewHedged(one, one.Quantile(0.95))
	if err != nil {
		t.Fatal(err)
	}
	all := func(of Lasting, p float64) float64 {
		q, err := AllOf(of, 100, p)
		if err != nil {
			t.Fatal(err)
		}
		return q
	}
	near(t, "delay", one.Quantile(0.95), 0.03728041, 1e-6)
	near(t, "extra", h.Extra(), 0.05, 1e-9)
	near(t, "p99", h.Quantile(0.99), 0.04893494, 1e-6)
	near(t, "p99.9", h.Quantile(0.999), 0.06482106, 1e-6)
	near(t, "median of 100 without", all(one, 0.5), 0.07168026, 1e-6)
	near(t, "median of 100", all(h, 0.5), 0.0512838, 1e-6)
	near(t, "p99 of 100 without", all(one, 0.99), 0.1957412, 1e-6)
	near(t, "p99 of 100", all(h, 0.99), 0.08444736, 1e-6)
}

// exponential is M/M/1: a response of rate μ − Λ.
func exponential(fresh, timeout float64, attempts int) Retrying {
	return Retrying{
		Fresh: fresh, Capacity: 1, Timeout: timeout, Attempts: attempts,
		Late: func(offered, t float64) float64 { return math.Exp(-(1 - offered) * t) },
	}
}

// The loads found satisfy the equation, and there are as many as there should be.
func TestRegimes(t *testing.T) {
	for _, c := range []struct {
		fresh, timeout float64
		attempts       int
		want           int
	}{
		{0.5, 20, 1, 1},  // no retries
		{0.3, 20, 3, 1},  // even three times as much can be borne
		{0.6, 20, 3, 3},  // light, the edge, and congested for good
		{0.97, 20, 3, 1}, // too much as it is: congested
		{0.6, 0, 2, 1},   // nobody waits at all
	} {
		r := exponential(c.fresh, c.timeout, c.attempts)
		got, err := r.Regimes()
		if err != nil || len(got) != c.want {
			t.Errorf("%+v: %v %v", c, got, err)
			continue
		}
		for i, g := range got {
			q := 1.0
			if g.Offered < 1 {
				q = math.Exp(-(1 - g.Offered) * c.timeout)
			}
			sum := 0.0
			for k := range c.attempts {
				sum += math.Pow(q, float64(k))
			}
			near(t, "attempts", c.fresh*sum, g.Offered, 1e-9)
			near(t, "goodput", g.Goodput, c.fresh*(1-math.Pow(q, float64(c.attempts))), 1e-9)
			if g.Lasting != (i != 1) {
				t.Errorf("%+v: regime %d lasting %v", c, i, g.Lasting)
			}
		}
	}
}

// attempts simulates a line in order of arrival whose callers try again at the
// timeout: the attempts per second in the second half, when the line begins with
// so much work (s).
func attempts(r Retrying, backlog float64, requests int, seed uint64) float64 {
	rng := rand.New(rand.NewPCG(seed, 0))
	type again struct {
		at   float64
		left int
	}
	var later []again // in order: the timeout is the same for all
	next, now, work, last := 0.0, 0.0, backlog, 0.0
	made, fresh, from := 0, 0, 0.0
	for fresh < requests {
		left := r.Attempts - 1
		if len(later) > 0 && later[0].at < next {
			now, left = later[0].at, later[0].left
			later = later[1:]
		} else {
			now = next
			next += rng.ExpFloat64() / r.Fresh
			fresh++
		}
		if fresh == requests/2 && from == 0 {
			from, made = now, 0
		}
		made++
		work = math.Max(0, work-(now-last)) + rng.ExpFloat64()/r.Capacity
		last = now
		if work > r.Timeout && left > 0 {
			later = append(later, again{now + r.Timeout, left - 1})
		}
	}
	return float64(made) / (now - from)
}

// The same system rests at the light load when it begins empty and at the
// congested one when it begins with a backlog. The seed is fixed; another
// seed gives a light load more than 3 % off about once in a thousand (its
// standard error is below 1 %).
func TestMetastable(t *testing.T) {
	r := exponential(0.45, 20, 3)
	got, err := r.Regimes()
	if err != nil || len(got) != 3 {
		t.Fatal(got, err)
	}
	near(t, "from empty", attempts(r, 0, 100_000, 1), got[0].Offered, 0.03)
	near(t, "from a backlog", attempts(r, 1000, 100_000, 1), got[2].Offered, 0.03)
}

// What is not a load, a time or a probability is refused by name.
func TestInput(t *testing.T) {
	for _, v := range []float64{math.NaN(), math.Inf(1), -1} {
		r := exponential(v, 1, 2)
		_, fresh := r.Regimes()
		r = exponential(0.5, v, 2)
		_, timeout := r.Regimes()
		_, share := Attempts(v, 2)
		_, layers := Layered(0.5, 2, 0)
		_, zipf := Zipf(10, v)
		_, popularity := NewLRU([]float64{1, v}, 1)
		_, none := NewLRU([]float64{0, 0}, 1)
		_, size := NewLRU([]float64{1}, -1)
		_, delay := NewHedged(dist.Exponential(1), v)
		_, branches := AllOf(dist.Exponential(1), 0, 0.5)
		for i, err := range []error{fresh, timeout, share, layers, zipf, popularity, none, size, delay, branches} {
			if !errors.Is(err, domain.ErrInput) {
				t.Errorf("%v, check %d: %v", v, i, err)
			}
		}
	}
}
