package queueing

import (
	"errors"
	"math"
	"testing"

	"github.com/headroom/headroom/scenarios/dist"
)

// For sizes uniform on (0, 1) the integrals of [NewMG1BySize] are elementary:
// ρ(x) = k·x² with k = λ/2.
func TestBySizeUniform(t *testing.T) {
	for _, lambda := range []float64{0.4, 1.2, 1.8} {
		k := lambda / 2
		first := lambda/6*(1/(2*(1-k))+math.Atanh(math.Sqrt(k))/(2*math.Sqrt(k))) + 0.5
		preempt := lambda/6/(2*k*k)*(1/(1-k)+math.Log1p(-k)-1) - math.Log1p(-k)/(2*k)
		for order, want := range map[SizeOrder]float64{ShortestFirst: first, ShortestFirstPreempt: preempt} {
			q, err := NewMG1BySize(lambda, dist.UniformOf(0, 1), order)
			if err != nil {
				t.Fatal(err)
			}
			closeTo(t, "uniform", q.Figures().Response, want, 1e-6)
		}
	}
}

// Where all have one size, nobody passes anybody.
func TestBySizeConstant(t *testing.T) {
	m, _ := NewMG1(0.8, dist.Const(1))
	for _, order := range []SizeOrder{ShortestFirst, ShortestFirstPreempt, ShortestRemainingFirst} {
		q, err := NewMG1BySize(0.8, dist.Const(1), order)
		if err != nil {
			t.Fatal(err)
		}
		closeTo(t, "one size", q.Figures().Response, m.Figures().Response, 1e-3)
	}
}

func TestBySizeInput(t *testing.T) {
	if _, err := NewMG1BySize(math.NaN(), dist.Exponential(1), ShortestFirst); !errors.Is(err, ErrInput) {
		t.Error(err)
	}
	if _, err := NewMG1BySize(0.5, dist.Exponential(1), 7); !errors.Is(err, ErrInput) {
		t.Error(err)
	}
	if _, err := NewMG1BySize(1, dist.Exponential(1), ShortestFirst); !errors.Is(err, ErrUnstable) {
		t.Error(err)
	}
}
