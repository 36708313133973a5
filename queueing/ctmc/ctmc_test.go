package ctmc_test

import (
	"errors"
	"math"
	"testing"

	"github.com/headroom/headroom/queueing/ctmc"
	"github.com/headroom/headroom/queueing/internal/domain"
)

func near(t *testing.T, what string, got, want, rel float64) {
	t.Helper()
	if !(math.Abs(got-want) <= rel*math.Abs(want)) {
		t.Errorf("%s: got %.15g, want %.15g (off by %.2g)", what, got, want, math.Abs(got/want-1))
	}
}

func mm1(t testing.TB, lambda, mu float64, most int) *ctmc.Chain {
	t.Helper()
	c, err := ctmc.BirthDeath(most, func(int) float64 { return lambda }, func(int) float64 { return mu })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func id(n int) float64 { return float64(n) }

// M/M/1 from empty at λ = 0.8, μ = 1: values of an independent computation, six
// digits.
func TestTransientMM1(t *testing.T) {
	c := mm1(t, 0.8, 1, 400)
	p := make([]float64, c.States())
	p[0] = 1
	before := 0.0
	for _, row := range []struct{ t, number float64 }{
		{1, .551552}, {5, 1.469461}, {10, 2.030282}, {20, 2.647635}, {50, 3.405039}, {100, 3.791873},
	} {
		next, bound, err := c.Transient(p, row.t-before, 1e-13)
		if err != nil {
			t.Fatal(err)
		}
		if bound > 1e-12 || bound < 1e-16 {
			t.Errorf("bound of the error is %g", bound)
		}
		p, before = next, row.t
		near(t, "E[N(t)]", ctmc.Mean(p, id), row.number, 5e-7)
		if row.t == 10 {
			near(t, "p0(10)", p[0], .286423, 2e-6)
		}
	}
}

// A chain of two states has p(t) = π + (p(0) − π)·e^(−(a+b)t).
func TestTransientTwoStates(t *testing.T) {
	const a, b = 3.0, 0.5
	c, err := ctmc.BirthDeath(1, func(int) float64 { return a }, func(int) float64 { return b })
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []float64{0, 1e-6, 0.1, 1, 30, 3000} {
		p, bound, err := c.Transient([]float64{1, 0}, at, 1e-15)
		if err != nil {
			t.Fatal(err)
		}
		want := a / (a + b) * -math.Expm1(-(a+b)*at)
		if off := math.Abs(p[1] - want); off > bound || bound > 1e-11 {
			t.Errorf("p1(%g): got %.17g, want %.17g: off by %g, bound %g", at, p[1], want, off, bound)
		}
	}
}

func TestPoisson(t *testing.T) {
	for _, mean := range []float64{0, 1e-9, 0.3, 1, 7, 7.5, 400, 2.5e6} {
		first, w, outside := ctmc.Poisson(mean, 1e-14)
		if outside > 1e-14 {
			t.Errorf("mean %g leaves %g outside", mean, outside)
		}
		m1, m2 := 0.0, 0.0
		for k, x := range w {
			n := float64(first + k)
			m1 += x * n
			m2 += x * (n - mean) * (n - mean)
			if lg, _ := math.Lgamma(n + 1); mean > 0 && mean < 1000 && x > 1e-10 {
				near(t, "weight", x, math.Exp(n*math.Log(mean)-mean-lg), 1e-11)
			}
		}
		if off := math.Abs(m1 - mean); off > 1e-12*mean+1e-13 {
			t.Errorf("mean %g comes out as %g", mean, m1)
		}
		if off := math.Abs(m2 - mean); off > 1e-9*mean+1e-13 {
			t.Errorf("variance of mean %g comes out as %g", mean, m2)
		}
	}
}

// Elimination keeps the digits of states that are hardly ever seen.
func TestStationaryTail(t *testing.T) {
	const rho = 0.05
	p, err := mm1(t, rho, 1, 150).Stationary()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 1, 50, 150} {
		near(t, "p_n", p[n], (1-rho)*math.Pow(rho, float64(n)), 1e-13)
	}
	if p, err = mm1(t, 40, 1, 500).Stationary(); err != nil { // overloaded: the weights span 800 powers of ten
		t.Fatal(err)
	}
	near(t, "p_K", p[500], 1-1.0/40, 1e-13)
}

// Two stations in tandem have a product form; the long moves make the band wide,
// so this is solved by sweeps.
func TestStationarySweeps(t *testing.T) {
	const m, lambda, mu1, mu2 = 60, 0.3, 1.0, 0.7
	type state struct{ a, b int }
	scatter := func(s state) state { return state{s.a * 37 % (m + 1), s.b * 23 % (m + 1)} } // numbers without order
	at := map[state]int{}
	var states []state
	for a := range m + 1 {
		for b := range m + 1 {
			s := scatter(state{a, b})
			at[s] = len(states)
			states = append(states, s)
		}
	}
	c, err := ctmc.New(len(states), func(i int, add func(int, float64)) {
		s := states[i]
		if s.a < m {
			add(at[state{s.a + 1, s.b}], lambda)
		}
		if s.a > 0 && s.b < m {
			add(at[state{s.a - 1, s.b + 1}], mu1)
		}
		if s.b > 0 {
			add(at[state{s.a, s.b - 1}], mu2)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Stationary()
	if err != nil {
		t.Fatal(err)
	}
	r1, r2 := lambda/mu1, lambda/mu2
	near(t, "L1", ctmc.Mean(p, func(i int) float64 { return float64(states[i].a) }), r1/(1-r1), 1e-9)
	near(t, "L2", ctmc.Mean(p, func(i int) float64 { return float64(states[i].b) }), r2/(1-r2), 1e-9)
	near(t, "p00", p[at[state{}]], (1-r1)*(1-r2), 1e-9)
}

// Two queues, each arrival joining the shorter one: R = 2.955736 at λ = 1.6,
// μ = 1, from an independent truncated chain.
func TestExploreShortestQueue(t *testing.T) {
	type state struct{ less, more int }
	sorted := func(a, b int) state { return state{min(a, b), max(a, b)} }
	c, states, err := ctmc.Explore(state{}, 20_000, func(s state, add func(state, float64)) {
		if s.more < 120 {
			if s.less == s.more {
				add(state{s.less, s.more + 1}, 1.6)
			} else {
				add(state{s.less + 1, s.more}, 1.6)
			}
		}
		if s.less > 0 {
			add(state{s.less - 1, s.more}, 1)
		}
		if s.more > 0 {
			add(sorted(s.less, s.more-1), 1)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Stationary()
	if err != nil {
		t.Fatal(err)
	}
	n := ctmc.Mean(p, func(i int) float64 { return float64(states[i].less + states[i].more) })
	near(t, "R", n/1.6, 2.955736, 3e-7)
}

func TestBadInput(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	two := mm1(t, 1, 1, 1)
	start := []float64{1, 0}
	input := map[string]func() error{
		"no states":  func() error { _, err := ctmc.New(0, nil); return err },
		"state":      func() error { _, err := ctmc.New(2, func(_ int, add func(int, float64)) { add(2, 1) }); return err },
		"rate":       func() error { _, err := ctmc.New(2, func(_ int, add func(int, float64)) { add(1, nan) }); return err },
		"negative":   func() error { _, err := ctmc.New(2, func(_ int, add func(int, float64)) { add(0, -1) }); return err },
		"time":       func() error { _, _, err := two.Transient(start, -1, 1e-9); return err },
		"long":       func() error { _, _, err := two.Transient(start, 1e300, 1e-9); return err },
		"time inf":   func() error { _, _, err := two.Transient(start, inf, 1e-9); return err },
		"eps":        func() error { _, _, err := two.Transient(start, 1, 0); return err },
		"eps 1":      func() error { _, _, err := two.Transient(start, 1, 1); return err },
		"start":      func() error { _, _, err := two.Transient([]float64{.5, .6}, 1, .1); return err },
		"start NaN":  func() error { _, _, err := two.Transient([]float64{nan, 1}, 1, .1); return err },
		"start long": func() error { _, _, err := two.Transient([]float64{1}, 1, .1); return err },
		"absorbing": func() error {
			c, _ := ctmc.New(2, func(i int, add func(int, float64)) { add(1, 1) })
			_, err := c.Stationary()
			return err
		},
		"endless": func() error {
			_, _, err := ctmc.Explore(0, 100, func(n int, add func(int, float64)) { add(n+1, 1) })
			return err
		},
		"explore rate": func() error {
			_, _, err := ctmc.Explore(0, 100, func(n int, add func(int, float64)) { add(n+1, inf) })
			return err
		},
	}
	for what, f := range input {
		if err := f(); !errors.Is(err, domain.ErrInput) {
			t.Errorf("%s: error is %v, want bad input", what, err)
		}
	}
}

func BenchmarkTransient(b *testing.B) {
	c := mm1(b, 0.8, 1, 400)
	p := make([]float64, c.States())
	p[0] = 1
	for b.Loop() {
		if _, _, err := c.Transient(p, 100, 1e-12); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStationary(b *testing.B) {
	c := mm1(b, 0.8, 1, 10_000)
	for b.Loop() {
		if _, err := c.Stationary(); err != nil {
			b.Fatal(err)
		}
	}
}
