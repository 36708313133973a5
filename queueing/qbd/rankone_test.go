package qbd_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/headroom/headroom/queueing/qbd"
)

// Poisson arrivals and services of two exponential phases, as M/H₂/1: moves
// down end by one law. The mean is Pollaczek's and Khinchine's.
func TestMovesDownByOneLaw(t *testing.T) {
	const p, mu1, mu2 = 0.2, 0.4, 3.0
	mean, second := p/mu1+(1-p)/mu2, 2*p/mu1/mu1+2*(1-p)/mu2/mu2
	for _, rho := range []float64{.01, .5, .99} {
		lambda := rho / mean
		down := mat.NewDense(2, 2, []float64{mu1 * p, mu1 * (1 - p), mu2 * p, mu2 * (1 - p)})
		up, none := mat.NewDense(2, 2, []float64{lambda, 0, 0, lambda}), mat.NewDense(2, 2, nil)
		s, err := (&qbd.Process{
			Name: "M/H2/1",
			Start: []qbd.Level{
				{Up: mat.NewDense(1, 2, []float64{lambda * p, lambda * (1 - p)}), Local: mat.NewDense(1, 1, nil)},
				{Up: up, Local: none, Down: mat.NewDense(2, 1, []float64{mu1, mu2})},
			},
			Above: qbd.Level{Up: up, Local: none, Down: down},
		}).Solve()
		if err != nil {
			t.Fatal(err)
		}
		near(t, "P(0)", s.P(0), 1-rho, 1e-12)
		near(t, "mean", s.Mean(), rho+lambda*lambda*second/2/(1-rho), 1e-11)
	}
}

// Arrivals after gaps of two exponential phases in a mixture, as H₂/M/1: moves
// up end by one law. The response time of rates .2 and .8, the slower with
// probability .2, before a server of rate 2 is 0.7383341.
func TestMovesUpByOneLaw(t *testing.T) {
	const p, g1, g2, mu = 0.2, 0.2, 0.8, 2.0
	up := mat.NewDense(2, 2, []float64{g1 * p, g1 * (1 - p), g2 * p, g2 * (1 - p)})
	down, none := mat.NewDense(2, 2, []float64{mu, 0, 0, mu}), mat.NewDense(2, 2, nil)
	s, err := (&qbd.Process{
		Name:  "H2/M/1",
		Start: []qbd.Level{{Up: up, Local: none}},
		Above: qbd.Level{Up: up, Local: none, Down: down},
	}).Solve()
	if err != nil {
		t.Fatal(err)
	}
	const rate = 1 / (p/g1 + (1-p)/g2)
	near(t, "P(0)", s.P(0), 1-rate/mu, 1e-12)
	near(t, "R", s.Mean()/rate, .7383341, 1e-7)
}

// Arrivals after gaps of k exponential phases, as E_k/M/1: the root of
// η = (kλ/(kλ + μ(1 − η)))^k leaves 1 − η and gives the mean [Klei75].
func TestMovesUpByOneLawAtAnyLoad(t *testing.T) {
	for _, k := range []int{1, 2, 32} {
		for _, rho := range []float64{.05, .5, .8, .99, .9999} {
			rate := float64(k) * rho
			up, local, down := mat.NewDense(k, k, nil), mat.NewDense(k, k, nil), mat.NewDense(k, k, nil)
			up.Set(k-1, 0, rate)
			for i := range k {
				down.Set(i, i, 1)
				if i < k-1 {
					local.Set(i, i+1, rate)
				}
			}
			s, err := (&qbd.Process{
				Name:  "Ek/M/1",
				Start: []qbd.Level{{Up: up, Local: local}},
				Above: qbd.Level{Up: up, Local: local, Down: down},
			}).Solve()
			if err != nil {
				t.Fatal(err)
			}
			low, high := 0.0, 1-1e-6
			for range 200 { // below the root the right side is above the left one
				if mid := (low + high) / 2; math.Pow(rate/(rate+1-mid), float64(k)) > mid {
					low = mid
				} else {
					high = mid
				}
			}
			near(t, "mean", s.Mean(), rho/(1-low), 1e-10/(1-rho))
		}
	}
}
