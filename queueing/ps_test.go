package queueing

import (
	"fmt"
	"math"
	"testing"

	"github.com/headroom/headroom/scenarios/dist"
)

// taggedLST is the transform of the response time of an exponential demand of
// rate kappa by the equations of the tagged request themselves: with n others,
//
//	(s + b + d + κr)·f_n = b·f_(n+1) + d·f_(n−1) + κr
//
// one tridiagonal system for every s, solved by elimination.
func taggedLST(lambda, mu float64, c int, seen []float64, kappa float64, s complex128) complex128 {
	n := len(seen)
	diag, rhs := make([]complex128, n), make([]complex128, n)
	up := make([]complex128, n)
	for i := range n {
		r := math.Min(1, float64(c)/float64(i+1))
		b, d := lambda, float64(i)*mu*r
		if i == n-1 {
			b = 0
		}
		diag[i], rhs[i], up[i] = s+complex(b+d+kappa*r, 0), complex(kappa*r, 0), complex(b, 0)
		if i > 0 {
			m := complex(d, 0) / diag[i-1]
			diag[i] -= m * up[i-1]
			rhs[i] += m * rhs[i-1]
		}
	}
	f := complex128(0)
	sum := complex128(0)
	for i := n - 1; i >= 0; i-- {
		f = (rhs[i] + up[i]*f) / diag[i]
		sum += complex(seen[i], 0) * f
	}
	return sum
}

func TestPSAgainstTaggedRequest(t *testing.T) {
	for _, c := range []int{1, 2, 8} {
		for _, rho := range []float64{0.3, 0.8, 0.95} {
			for _, kappa := range []float64{0.2, 1, 5} {
				q, err := NewPS(rho*float64(c), 1, c)
				if err != nil {
					t.Fatal(err)
				}
				d, _ := q.ResponseTo(1 / kappa)
				lst := func(s complex128) complex128 {
					return taggedLST(rho*float64(c), 1, c, q.chain.seen, kappa, s)
				}
				for _, x := range []float64{0.01, 0.1, 0.5, 1, 3, 8} {
					at := x * d.Mean()
					if want := Survival(lst, at); math.Abs(d.Survival(at)-want) > 1e-5 {
						t.Errorf("c=%d ρ=%v κ=%v: P(T > %.3g means) = %.9g, the chain says %.9g", c, rho, kappa, x, d.Survival(at), want)
					}
				}
			}
		}
	}
}

// The moments of M/M/1-PS: mean 1/(μ − λ), variance (2 + ρ)/(2 − ρ) times its
// square ([CoMT70]); the mean of M/M/c-PS is that of M/M/c.
func TestPSMoments(t *testing.T) {
	for _, rho := range []float64{0.1, 0.5, 0.9, 0.99} {
		q, _ := NewPS(rho, 1, 1)
		d := q.Response()
		near(t, "mean", d.Mean(), 1/(1-rho), 1e-9)
		near(t, "variance", d.Variance(), (2+rho)/(2-rho)/(1-rho)/(1-rho), 1e-4)
	}
	for _, c := range []int{1, 3, 40} {
		q, _ := NewPS(0.9*float64(c), 1, c)
		fifo, _ := NewMMc(0.9*float64(c), 1, c)
		near(t, "mean", q.Response().Mean(), fifo.Figures().Response, 1e-9)
	}
}

// Given exactly x seconds of demand, the mean is x/(1 − ρ), and the variance
// averages with that of an exponential demand to the known one.
func TestPSExactDemand(t *testing.T) {
	q, _ := NewPS(0.7, 1, 1)
	sum, square := 0.0, 0.0
	const n = 20000
	for i := range n {
		x := -math.Log1p(-(float64(i) + 0.5) / n)
		d, _ := q.ResponseToExactly(x)
		near(t, "mean", d.Mean(), x/0.3, 1e-9)
		near(t, "no slowdown", d.CDF(x), 0.3*math.Exp(-0.7*x), 1e-9)
		sum += d.Mean() / n
		square += (d.Variance() + d.Mean()*d.Mean()) / n
	}
	near(t, "variance", square-sum*sum, 2.7/1.3/0.09, 3e-3)
}

// At one server the variance of the response to x is exact for general demands
// of the others too, with the wait of M/G/1 in order of arrival in it ([Yash87]):
//
//	Var = 2/(1 − ρ)²·∫_0^x (x − y)·P(W > y) dy
//
// of which the chain keeps the exponential with the same mean.
func TestPSGeneralOthers(t *testing.T) {
	const rho = 0.7
	for _, d := range []dist.Dist{dist.Exponential(1), dist.Const(1), dist.LognormalOf(1, 1.5)} {
		mg, _ := NewMG1(rho, d)
		w := mg.Waiting()
		tau := d.Moment(2) / 2
		ch := newPSChain(1, tau, mmcSeen(1, rho, rho))
		for _, x := range []float64{0.3, 1, 4, 20} {
			integral, n := 0.0, 400
			for i := range n {
				y := (float64(i) + 0.5) / float64(n) * x
				integral += (x - y) * w.Survival(y) * x / float64(n)
			}
			near(t, fmt.Sprintf("%v: variance of the response to %v", d, x), ch.variance(x), 2*integral/(1-rho)/(1-rho), 0.12)
		}
	}
}

// Responses to general demands keep the insensitive mean, exactly.
func TestPSRespondMean(t *testing.T) {
	for _, c := range []int{1, 4} {
		ch := newPSChain(c, 1.3, mmcSeen(c, 0.75*float64(c), ErlangC(c, 0.75*float64(c))))
		for _, d := range []dist.Dist{
			dist.Const(2), dist.Exponential(2), dist.HyperExponential([]float64{1, 2}, []float64{5, 1}),
			dist.LognormalOf(2, 1.5), dist.ErlangOf(2, 4), dist.UniformOf(1, 3), dist.ParetoOf(2.2, 1), dist.EmpiricalOf([]float64{1, 2, 9}, nil),
			dist.MixtureOf([]float64{1, 1}, []dist.Dist{dist.Const(1), dist.GammaOf(3, 0.5)}),
		} {
			l := ch.respond(d).facts()
			near(t, d.String()+": mean", l.mean, ch.slowdown*d.Mean(), 1e-9)
			m, v := ch.respondMoments(d)
			near(t, d.String()+": mean by moments", m, l.mean, 1e-9)
			tol := 0.05
			if d.Family() == dist.FamilyPareto { // its moments stand for a gamma distribution's
				tol = 0.2
			}
			near(t, d.String()+": variance by moments", v, l.variance, tol)
		}
	}
}

// The number that is found, under the exotic balancings and sources.
func TestSeen(t *testing.T) {
	// the supermarket model, two choices (table of the source, recomputed)
	for rho, want := range map[float64]float64{0.5: 1.26568604, 0.7: 1.61445377, 0.9: 2.61405738, 0.95: 3.383046} {
		seen, present := pairChoice(1, rho)
		near(t, fmt.Sprintf("two choices at %v", rho), meanOf(seen)+1, want, 1e-5)
		near(t, "Little's law there", meanOf(present), rho*want, 1e-5)
	}
	// two single servers, joining the shorter line: 2.955736 by a truncated chain
	near(t, "shortest of two lines", meanOf(evenly(2, 1, 0.8))+1, 2.955736, 0.01)
	near(t, "no balancing to do", meanOf(evenly(1, 2, 1.5)), meanOf(mmcSeen(2, 1.5, ErlangC(2, 1.5))), 1e-9)
	// the machine-repair model, against the convolution algorithm
	r, err := Convolution(ClosedNetwork{Users: 7, Think: 3, Stations: []ClosedStation{{Demand: 1.2, Servers: 2}}})
	if err != nil {
		t.Fatal(err)
	}
	seen := seenWithSources(2, 0, 6, 1.2, 3)
	for n, p := range r.Stations[0].Seen {
		near(t, fmt.Sprintf("machine repair, %d found", n), seen[n], p, 1e-9)
	}
	// open requests beside them, against the mixed convolution
	open := ClosedStation{Demand: 1.2, Servers: 2, OpenLoad: 0.8}
	r, err = Convolution(ClosedNetwork{Users: 7, Think: 3, Stations: []ClosedStation{open}})
	if err != nil {
		t.Fatal(err)
	}
	mixed := seenMixed(open, r.Stations[0].Seen)
	for n, p := range seenWithSources(2, 0.8, 6, 1.2, 3) {
		if p > 1e-6 {
			near(t, fmt.Sprintf("mixed, %d found", n), mixed[n], p, 1e-6)
		}
	}
	near(t, "the mean asked for", meanOf(seenMean(3, 4.5, 20)), 4.5, 1e-9)
	near(t, "the mean asked for, many users", meanOf(seenMean(3, 4.5, 100000)), 4.5, 1e-6)
}

func TestHashShares(t *testing.T) {
	// four keys of weights 1, 1/2, 1/3, 1/4 on three replicas: 0 and 3 meet
	total := 1 + 0.5 + 1.0/3 + 0.25
	got := hashShares(4, 1, 3)
	for i, want := range []float64{1.25 / total, 0.5 / total, 1.0 / 3 / total} {
		near(t, "share", got[i].each, want, 1e-12)
	}
	for _, c := range []struct {
		keys     int
		skew     float64
		replicas int
	}{{1, 0, 1}, {1000, 0.9, 7}, {10_000_000, 1, 300}, {5_000_000, 1.3, 40}} {
		sum, n := 0.0, 0.0
		for _, s := range hashShares(c.keys, c.skew, c.replicas) {
			sum += s.each * s.replicas
			n += s.replicas
		}
		near(t, "shares sum to", sum, 1, 1e-9)
		near(t, "replicas", n, float64(c.replicas), 0)
	}
}
