package queueing

import (
	"errors"
	"math"
	"testing"

	"github.com/headroom/headroom/scenarios/dist"
)

func threeClasses() []ServiceClass {
	return []ServiceClass{
		{0.2, dist.HyperExponential([]float64{0.3, 0.7}, []float64{1.8, 0.3})},
		{0.4, dist.Const(0.5)},
		{0.3, dist.ErlangOf(1.2, 2)},
	}
}

// Moments found as series agree with the transforms that are inverted, and the
// inverted distribution with both.
func TestPriorityTransforms(t *testing.T) {
	for _, preemptive := range []bool{false, true} {
		q, err := NewMG1Priority(threeClasses(), preemptive)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range q {
			checkTransform(t, "wait", s.Waiting())
			checkTransform(t, "response", s.Response())
			closeTo(t, "mean", s.Waiting().Mean(), s.Figures().Waiting, 1e-12)
			area, h := 0.0, s.Response().Mean()/40
			for i := range 4000 { // ∫ P(R > t) dt by the midpoint rule
				area += h * s.Response().Survival((float64(i)+0.5)*h)
			}
			closeTo(t, "mean by the distribution", area, s.Figures().Response, 2e-3)
		}
	}
}

// The work that waits does not depend on the order: Σ ρ_k·W_k is conserved
// ([Klei75]) when services are not interrupted.
func TestPriorityConservation(t *testing.T) {
	classes := threeClasses()
	q, _ := NewMG1Priority(classes, false)
	f, _ := NewMG1Classes(classes)
	var got, want float64
	for k := range classes {
		got += q[k].Figures().Utilization * q[k].Figures().Waiting
		want += f[k].Figures().Utilization * f[k].Figures().Waiting
	}
	closeTo(t, "Σ ρ·W", got, want, 1e-12)
	// two classes of one law: the first, preempting, sees M/G/1 alone
	p, _ := NewMG1Priority(classes, true)
	alone, _ := NewMG1(classes[0].Lambda, classes[0].Service)
	closeTo(t, "first class", p[0].Figures().Response, alone.Figures().Response, 1e-12)
	closeTo(t, "first class variance", p[0].Response().Variance(), alone.Response().Variance(), 1e-11)
	closeTo(t, "first class tail", p[0].Response().Survival(3), alone.Response().Survival(3), 1e-6)
}

// M/M/c with priorities is M/M/c as a whole, and M/G/1 with priorities for one
// server.
func TestMMcPriorityReduces(t *testing.T) {
	lambdas := []float64{1, 2, 0.7}
	for _, preemptive := range []bool{false, true} {
		q, err := NewMMcPriority(lambdas, 0.9, 4, preemptive)
		if err != nil {
			t.Fatal(err)
		}
		m, _ := NewMMc(3.7, 0.9, 4)
		closeTo(t, "L", q.Total().Present, m.Figures().Present, 1e-12)
		closeTo(t, "P(idle)", q.Total().PIdle, m.Figures().PIdle, 1e-12)
		one, _ := NewMMcPriority(lambdas, 0.2, 1, preemptive)
		var classes []ServiceClass
		for _, l := range lambdas {
			classes = append(classes, ServiceClass{l, dist.Exponential(0.2)})
		}
		g, _ := NewMG1Priority(classes, preemptive)
		for k := range lambdas {
			closeTo(t, "one server", one[k].Figures().Response, g[k].Figures().Response, 1e-11)
		}
	}
	q, _ := NewMMcPriority([]float64{3.7}, 0.9, 4, false)
	m, _ := NewMMc(3.7, 0.9, 4)
	closeTo(t, "one class P(W > 1)", q[0].Waiting().Survival(1), m.Waiting().Survival(1), 1e-7)
	closeTo(t, "one class variance", q[0].Waiting().Variance(), m.Waiting().Variance(), 1e-11)
}

func TestPriorityInput(t *testing.T) {
	one := dist.Exponential(1)
	if _, err := NewMG1Priority(nil, true); !errors.Is(err, ErrInput) {
		t.Error(err)
	}
	if _, err := NewMG1Priority([]ServiceClass{{math.NaN(), one}}, true); !errors.Is(err, ErrInput) {
		t.Error(err)
	}
	if _, err := NewMG1Priority([]ServiceClass{{0.5, one}, {0.5, one}}, false); !errors.Is(err, ErrUnstable) {
		t.Error(err)
	}
	if _, err := NewMMcPriority([]float64{0, 1}, 1, 2, true); !errors.Is(err, ErrInput) {
		t.Error(err)
	}
	if _, err := NewMMcPriority([]float64{1, 1}, 1, 2, false); !errors.Is(err, ErrUnstable) {
		t.Error(err)
	}
	// a class without a third moment has a wait with no variance, not NaN
	q, err := NewMG1Priority([]ServiceClass{{0.1, one}, {0.1, dist.ParetoOf(2.5, 1)}}, false)
	if err != nil {
		t.Fatal(err)
	}
	if v := q[1].Waiting().Variance(); !math.IsInf(v, 1) {
		t.Errorf("variance %v, want +Inf", v)
	}
}
