package queueing

import (
	"errors"
	"math"
	"testing"

	"github.com/headroom/headroom/queueing/ctmc"
	"github.com/headroom/headroom/scenarios/dist"
)

// dpsChain is the mean number of each of two classes by the chain of their
// numbers, at most most of each.
func dpsChain(t *testing.T, c []WeightedClass, most int) [2]float64 {
	t.Helper()
	side := most + 1
	chain, err := ctmc.New(side*side, func(at int, add func(int, float64)) {
		n := [2]int{at / side, at % side}
		sum := float64(n[0])*c[0].Weight + float64(n[1])*c[1].Weight
		for k, step := range []int{side, 1} {
			if n[k] < most {
				add(at+step, c[k].Lambda)
			}
			if n[k] > 0 {
				add(at-step, float64(n[k])*c[k].Weight/sum/c[k].Service)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := chain.Stationary()
	if err != nil {
		t.Fatal(err)
	}
	return [2]float64{
		ctmc.Mean(p, func(i int) float64 { return float64(i / side) }),
		ctmc.Mean(p, func(i int) float64 { return float64(i % side) }),
	}
}

// The numbers present are those of the Markov chain.
func TestDPSAgainstChain(t *testing.T) {
	for _, c := range [][]WeightedClass{
		{{0.3, 1, 1}, {0.3, 1, 2}},
		{{0.3, 1, 5}, {0.1, 3, 1}},
		{{1, 0.4, 1}, {0.05, 4, 20}},
		{{0.02, 10, 3}, {3, 0.1, 1}},
	} {
		q, err := NewDPS(c)
		if err != nil {
			t.Fatal(err)
		}
		want := dpsChain(t, c, 100)
		for k := range want {
			closeTo(t, "present", q[k].Figures().Present, want[k], 1e-6)
		}
	}
}

// Equal weights share equally: every demand is stretched by 1/(1 − ρ).
func TestDPSEqualWeights(t *testing.T) {
	c := []WeightedClass{{0.2, 1, 7}, {0.01, 30, 7}, {0, 0.5, 7}, {5, 0.08, 7}}
	q, err := NewDPS(c)
	if err != nil {
		t.Fatal(err)
	}
	for k, x := range c {
		closeTo(t, "response", q[k].Figures().Response, x.Service/(1-0.9), 1e-12)
	}
}

// Whatever the weights, the work in the system is that of M/G/1, Σ λ_k·S_k²/(1 − ρ)
// with Σ λ_k·S_k·W_k of it in exponential demands; and extreme weights are
// preemptive priorities.
func TestDPSConservesWork(t *testing.T) {
	for _, g := range [][3]float64{{1, 2, 3}, {1, 1e3, 1e-3}, {1e60, 1, 1e-60}} {
		c := []WeightedClass{{0.2, 1, g[0]}, {0.01, 30, g[1]}, {5, 0.08, g[2]}}
		q, err := NewDPS(c)
		if err != nil {
			t.Fatal(err)
		}
		got, want := 0.0, 0.0
		for k, x := range c {
			got += x.Lambda * x.Service * q[k].Figures().Response
			want += x.Lambda * x.Service * x.Service / (1 - 0.9)
		}
		closeTo(t, "work", got, want, 1e-11)
	}
	q, _ := NewDPS([]WeightedClass{{0.5, 1, 1e30}, {0.1, 3, 1e-30}})
	first, _ := NewMG1Priority([]ServiceClass{{0.5, dist.Exponential(1)}, {0.1, dist.Exponential(3)}}, true)
	for k := range q {
		closeTo(t, "first or second", q[k].Figures().Response, first[k].Figures().Response, 1e-12)
	}
}

func TestDPSInput(t *testing.T) {
	ok := WeightedClass{0.5, 1, 1}
	if _, err := NewDPS(nil); !errors.Is(err, ErrInput) {
		t.Errorf("no classes: %v", err)
	}
	for _, v := range hostile {
		for i := range 3 {
			c := ok
			*[]*float64{&c.Lambda, &c.Service, &c.Weight}[i] = v
			q, err := NewDPS([]WeightedClass{{0.1, 1, 1}, c})
			if err == nil {
				if r := q.Total().Response; !(r > 0) || math.IsInf(r, 0) {
					t.Errorf("%+v: response %v", c, r)
				}
			} else if !errors.Is(err, ErrInput) && !errors.Is(err, ErrUnstable) {
				t.Errorf("%+v: %v", c, err)
			}
		}
	}
	var full *UnstableError
	if _, err := NewDPS([]WeightedClass{ok, {0.1, 5, 2}}); !errors.As(err, &full) || full.Capacity != 1 {
		t.Errorf("overload: %v", err)
	}
	if _, err := NewDPS(make([]WeightedClass, 1001)); !errors.Is(err, ErrInput) {
		t.Errorf("many classes: %v", err)
	}
}
