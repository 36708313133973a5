package queueing

import (
	"errors"
	"math"
	"testing"

	"github.com/headroom/headroom/scenarios/dist"
)

// With equal rates the chain must find what [NewMMcPriority] has in closed form.
func TestPriorityRatesEqual(t *testing.T) {
	for _, c := range []int{1, 3} {
		n := float64(c)
		q, err := NewMMcPriorityRates([2]float64{0.3 * n, 0.4 * n}, [2]float64{1, 1}, c)
		if err != nil {
			t.Fatal(err)
		}
		want, _ := NewMMcPriority([]float64{0.3 * n, 0.4 * n}, 1, c, false)
		for k := range want {
			closeTo(t, "wait", q[k].Figures().Waiting, want[k].Figures().Waiting, 1e-5)
			closeTo(t, "P(wait)", q[k].Figures().PWait, want[k].Figures().PWait, 1e-5)
		}
	}
}

// With one server the chain must find the closed form of M/G/1 for unlike rates,
// also where the line of the quick class gets long behind a slow one.
func TestPriorityRatesOneServer(t *testing.T) {
	for _, r := range []struct{ lambda, service [2]float64 }{
		{[2]float64{0.3, 4}, [2]float64{1, 0.1}},
		{[2]float64{2, 0.05}, [2]float64{0.3, 3}},
	} {
		q, err := NewMMcPriorityRates(r.lambda, r.service, 1)
		if err != nil {
			t.Fatal(err)
		}
		var classes []ServiceClass
		for k := range r.lambda {
			classes = append(classes, ServiceClass{r.lambda[k], dist.Exponential(r.service[k])})
		}
		want, err := NewMG1Priority(classes, false)
		if err != nil {
			t.Fatal(err)
		}
		for k := range want {
			closeTo(t, "wait", q[k].Figures().Waiting, want[k].Figures().Waiting, 1e-5)
		}
	}
}

// At the heaviest load and with lines that are not alike the chain still settles,
// and keeps the laws of flow.
func TestJSQ2Heavy(t *testing.T) {
	for _, r := range []struct {
		lambda  float64
		service [2]float64
	}{{1.8, [2]float64{1, 1}}, {0.9 * 101, [2]float64{1, 0.01}}} {
		q, err := NewJSQ2(r.lambda, r.service)
		if err != nil {
			t.Fatal(err)
		}
		closeTo(t, "flow", q.Lines[0].Throughput+q.Lines[1].Throughput, r.lambda, 1e-7)
		one, _ := NewMMc(r.lambda, r.service[0], 2)
		if r.service[0] == r.service[1] && !(q.Total.Response > one.Figures().Response) {
			t.Errorf("%v: response %v is not above that of one line", r, q.Total.Response)
		}
	}
}

// Two equal servers at ρ = 0.8 take the 2.956 services that [evenly] quotes; flow is conserved, and both lines are alike.
func TestJSQ2Equal(t *testing.T) {
	q, err := NewJSQ2(1.6, [2]float64{1, 1})
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(q.Total.Response-2.956) > 0.003 {
		t.Errorf("response %v, want 2.956", q.Total.Response)
	}
	closeTo(t, "utilization", q.Lines[0].Utilization, 0.8, 1e-8)
	closeTo(t, "alike", q.Lines[0].Present, q.Lines[1].Present, 1e-8)
}

// Flow through unequal lines adds up to what arrives.
func TestJSQ2Flow(t *testing.T) {
	q, err := NewJSQ2(2, [2]float64{1, 0.5})
	if err != nil {
		t.Fatal(err)
	}
	closeTo(t, "flow", q.Lines[0].Throughput+q.Lines[1].Throughput, 2, 1e-7)
}

func TestChainInput(t *testing.T) {
	for _, f := range []func() error{
		func() error { _, err := NewJSQ2(math.NaN(), [2]float64{1, 1}); return err },
		func() error { _, err := NewJSQ2(1, [2]float64{1, 0}); return err },
		func() error { _, err := NewJSQ2(1.99, [2]float64{1, 1}); return err },
		func() error { _, err := NewMMcPriorityRates([2]float64{1, -1}, [2]float64{1, 1}, 3); return err },
		func() error { _, err := NewMMcPriorityRates([2]float64{1, 1}, [2]float64{1, 1}, 17); return err },
	} {
		if err := f(); !errors.Is(err, ErrInput) {
			t.Errorf("got %v, want an InputError", err)
		}
	}
	if _, err := NewJSQ2(2, [2]float64{1, 1}); !errors.Is(err, ErrUnstable) {
		t.Error(err)
	}
	if _, err := NewMMcPriorityRates([2]float64{1, 1}, [2]float64{1, 1}, 2); !errors.Is(err, ErrUnstable) {
		t.Error(err)
	}
}
