package queueing

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/headroom/headroom/scenarios/dist"
)

// Close to saturation the root of GI/M/1 is 1 but for rounding. Exponential gaps
// make it M/M/1; for others the wait comes to (c_a² + 1)/2 services over the rest
// of the load, Kingman's limit of heavy traffic.
func TestAlmostFull(t *testing.T) {
	for k := 2; k <= 11; k++ {
		rest := math.Pow(10, -float64(k))
		one, err := NewGIM1(dist.Exponential(1), 1-rest)
		if err != nil {
			t.Fatal(err)
		}
		near(t, fmt.Sprintf("GI/M/1 of M/M/1, %g from 1", rest), one.Figures().Waiting, (1-rest)*(1-rest)/rest, 1e-6)
		three, err := NewGIMc(dist.Exponential(1), 3-3*rest, 3)
		if err != nil {
			t.Fatal(err)
		}
		mmc, err := NewMMc(1, 3-3*rest, 3)
		if err != nil {
			t.Fatal(err)
		}
		near(t, fmt.Sprintf("GI/M/3 of M/M/3, %g from 1", rest), three.Figures().Waiting, mmc.Figures().Waiting, 1e-6)
		for _, cv := range []float64{0.5, 4} {
			q, err := NewGIM1(dist.GammaOf(1, cv), 1-rest)
			if err != nil {
				t.Fatal(err)
			}
			near(t, fmt.Sprintf("GI/M/1, cv %g, %g from 1", cv, rest), q.Figures().Waiting*rest, (cv*cv+1)/2, 3*(1+cv)*rest+1e-6)
		}
	}
}

// GI/G/1 with a lognormal gap and exponential service is GI/M/1, whose root
// comes from the transform on the real line. Its edge once followed the service
// alone, and the mean at a coefficient of variation of 10 was twice too long.
func TestLongTailedGaps(t *testing.T) {
	for cv, off := range map[float64]float64{1.5: 1e-4, 6: 0.005, 20: 0.02} {
		for _, load := range []float64{0.5, 0.9} {
			gap, service := dist.LognormalOf(1, cv), dist.Exponential(load)
			q, err := NewGIG1(gap, service)
			if err != nil {
				t.Fatal(err)
			}
			want, err := NewGIM1(gap, load)
			if err != nil {
				t.Fatal(err)
			}
			near(t, fmt.Sprintf("wait at cv %g and load %g", cv, load), q.Figures().Waiting, want.Figures().Waiting, off)
			if known := q.Waiting() != nil; known != (cv < 2) {
				t.Errorf("cv %g: distribution known: %v", cv, known)
			}
		}
	}
	if _, err := NewGIG1(dist.Exponential(1), dist.Exponential(1-1e-6)); !errors.Is(err, ErrInput) {
		t.Errorf("a load that cannot be told from 1: %v", err)
	}
}
