package arrivals

import (
	"math"
	"testing"

	"github.com/headroom/headroom/scenarios"
)

// shaped is a test of every kind of phase.
func shaped() *scenarios.Test {
	return &scenarios.Test{Name: "all", Phases: []scenarios.Phase{
		{For: 10, From: 1, To: 1},
		{For: 5, From: 1, To: 4},
		{For: 3, From: 0, To: 0},
		{For: 7, From: 4, To: 0},
		{For: 25, From: 0.5, To: 1.5, Period: 10},
		{For: 8, From: 0, To: 2, Period: 4},
		{For: 2, From: 2, To: 2},
	}}
}

// TestShape holds the integral of the load against a sum over small steps, and
// its inverse against itself.
func TestShape(t *testing.T) {
	test := shaped()
	const warmup = 4.0
	s := NewShape(test, warmup)
	const h = 1e-3
	sum, phase := 0.0, 0
	for i := 1; float64(i)*h < warmup+test.Duration()+5; i++ {
		at := float64(i) * h
		mid := at - h/2
		sum += h * test.Factor(mid-warmup)
		if f := s.Factor(mid); math.Abs(f-test.Factor(mid-warmup)) > 1e-9 {
			t.Fatalf("factor %v at %v, want %v", f, mid, test.Factor(mid-warmup))
		}
		if m := s.Mass(at); math.Abs(m-sum) > 1e-4 {
			t.Fatalf("integral %v at %v, want %v", m, at, sum)
		}
		var back float64
		back, phase = s.Inverse(s.Mass(at), phase)
		if math.Abs(s.Mass(back)-s.Mass(at)) > 1e-9 || back > at+1e-4 {
			t.Fatalf("inverse %v at %v", back, at)
		}
	}
}

// TestShapeEnds holds that nothing comes any more when the load stays at 0.
func TestShapeEnds(t *testing.T) {
	s := NewShape(&scenarios.Test{Phases: []scenarios.Phase{{For: 10, From: 2, To: 0}, {For: 1, From: 0, To: 0}}}, 0)
	if at, _ := s.Inverse(10, 0); math.Abs(at-10) > 1e-6 {
		t.Errorf("the last of it at %v", at)
	}
	if at, _ := s.Inverse(10.001, 0); !math.IsInf(at, 1) {
		t.Errorf("more than there is at %v", at)
	}
}
