package queueing

import (
	"errors"
	"fmt"
	"math"
	"testing"
)

// Equal branches have a closed form, which the chain has to find again.
func TestForkChain(t *testing.T) {
	for _, rho := range []float64{.01, .1, .5, .82} {
		c := newForkChain(rho, rho)
		longest, err := c.solve()
		if err != nil {
			t.Fatal(err)
		}
		within(t, fmt.Sprintf("longest at %v", rho), longest, rho*(12-rho)/8/(1-rho), 1e-7)
	}
}

// A branch that is hardly ever used leaves the other one.
func TestForkJoinTwoApart(t *testing.T) {
	for _, s2 := range []float64{1e-12, 1e-4} {
		got, err := ForkJoinTwo(1, .9, s2)
		if err != nil {
			t.Fatal(err)
		}
		within(t, "one branch", got, .9/(1-.9), 3*s2+1e-8)
	}
	// no load at all: the larger of two service times
	got, err := ForkJoinTwo(0, 1, .5)
	if err != nil {
		t.Fatal(err)
	}
	within(t, "no load", got, 1+.5-1/3., 1e-12)
}

func TestForkJoinBadInput(t *testing.T) {
	for _, in := range [][3]float64{
		{math.NaN(), 1, 1},
		{math.Inf(1), 1, 1},
		{-1, 1, 1},
		{.5, 0, 1},
		{.5, 1, math.NaN()},
		{.5, 1, math.Inf(1)},
		{.99, 1, .999}, // more states than the chain may have
	} {
		if _, err := ForkJoinTwo(in[0], in[1], in[2]); !errors.Is(err, ErrInput) {
			t.Errorf("%v: %v", in, err)
		}
	}
	for _, n := range []int{0, -1, math.MaxInt} {
		if _, err := NewForkJoin(.5, 1, n); !errors.Is(err, ErrInput) {
			t.Errorf("%d branches: %v", n, err)
		}
	}
	var unstable *UnstableError
	if _, err := ForkJoinTwo(1, .3, 1.5); !errors.As(err, &unstable) || unstable.Load != 1.5 {
		t.Errorf("overload: %v", err)
	}
	if _, err := NewForkJoin(1, 1, 3); !errors.Is(err, ErrUnstable) {
		t.Errorf("overload: %v", err)
	}
}

// Figures of Nelson and Tantawi's formula and simulations, at service time 1.
func TestForkJoinPrinted(t *testing.T) {
	for _, c := range []struct {
		n                 int
		rho, formula, sim float64
	}{
		{2, .5, 2.875, 2.875},
		{2, .8, 7, 7},
		{2, .9, 13.875, 13.875},
		{3, .5, 3.397727, 0},
		{4, .5, 3.789773, 0},
		{8, .5, 4.784821, 0},
		{4, .8, 8.930303, 9.150354},
		{8, .8, 11.03, 11.35753},
		{16, .5, 5.824325, 5.869226},
	} {
		q, err := NewForkJoin(c.rho, 1, c.n)
		if err != nil {
			t.Fatal(err)
		}
		what := fmt.Sprintf("%d branches at %v", c.n, c.rho)
		within(t, what, q.NelsonTantawi(), c.formula, 1e-6)
		if c.sim == 0 {
			continue
		}
		within(t, what+", Nelson and Tantawi", q.NelsonTantawi(), c.sim, .03)
		within(t, what+", Varki", q.VarkiMerchantChen(), c.sim, .08)
		least, most := q.Bounds()
		if !(least < c.sim && c.sim < most) {
			t.Errorf("%s: %v is not within %v and %v", what, c.sim, least, most)
		}
	}
	one, err := NewForkJoin(.4, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	within(t, "one branch", one.NelsonTantawi(), 10, 1e-12)
	within(t, "one branch", one.VarkiMerchantChen(), 10, 1e-12)
}
