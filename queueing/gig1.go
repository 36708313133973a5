package queueing

import (
	"math"
	"math/cmplx"

	"gonum.org/v1/gonum/integrate/quad"
)

// GIG1 is the GI/G/1 station: independent gaps between arrivals, independent
// service times, one server in order of arrival.
type GIG1 struct {
	lambda   float64
	service  Service
	like     GIM1 // the station that it is compared with
	likeGap  complexGap
	nodes    []gig1Node
	wait     float64 // E[W] (s)
	variance float64 // (s²)
	pWait    float64
	meanOnly bool // the gap has too long a tail for more
}

// gig1Node is one point of the integrals along the imaginary axis.
type gig1Node struct {
	omega, weight float64 // (1/s)
	log           complex128
}

// complexGap is the Erlang gap of the station compared with.
type complexGap struct {
	mean float64
	k    int
}

func (g complexGap) Moment(k int) float64 {
	m := 1.0
	for i := range k {
		m *= g.mean * (1 + float64(i)/float64(g.k))
	}
	return m
}

func (g complexGap) LST(s complex128) complex128 {
	return cpow(1/(1+s*complex(g.mean/float64(g.k), 0)), g.k)
}

// NewGIG1 is GI/G/1 with the given gap between arrivals and service time. With
// X = S − A and φ(ω) = E[exp(iωX)], the wait is the maximum of a random walk of
// steps X, and by Spitzer's identity
//
//	log W*(s) = Σ_n E[exp(−s·max(0, X_1 + … + X_n)) − 1]/n
//
// The sum is taken as its difference to that of an E_k/M/1 station, marked ′,
// whose steps have the same mean and variance and whose wait is known; what is
// left is a tame integral,
//
//	log W*(s)/W′*(s) = (1/2π)·∫ (1/(s + iω) − 1/(iω))·Λ(ω) dω,  Λ = log (1 − φ′)/(1 − φ)
//
// and, letting s go to 0 and to infinity, E[W] − E[W′] = −(1/π)·∫ Re Λ/ω² dω and
// log P(W = 0)/P(W′ = 0) = −(1/π)·∫ Im Λ/ω dω, both over ω > 0.
//
//   - Domain: gap and service with positive means and finite variances, of which
//     not both are discrete (then P(wait) and the distribution have two or three
//     digits); E[S] ≥ E[A] gives an [UnstableError]. A gap and a service that do
//     not vary never make anybody wait. A load from 0.9999 to 1 is an input error:
//     the transforms have too few digits to tell how far it is from 1.
//   - Accuracy: means 1e-7, of lognormal times 3e-6, as far as their transforms
//     have digits; P(wait) 1e-6; variances 1e-5, lognormal 5e-4 (tested against
//     M/G/1 and GI/M/1); distributions by inversion, see [Survival]. Of gaps with a
//     long tail, E[A³] > 20·E[A]·E[A²], only means are known, within 0.5 % of
//     GI/M/1 for lognormal gaps up to a coefficient of variation of 10, 1.4 % at 20.
//   - Source: [Spit56] for the identity, [AbCW93] for taking it along a line.
func NewGIG1(gap, service Service) (GIG1, error) {
	w := want{station: "GI/G/1"}
	w.positive("gap between arrivals", gap.Moment(1))
	w.positive("service time", service.Moment(1))
	w.notNegative("second moment of the gap", gap.Moment(2))
	w.notNegative("second moment of service", service.Moment(2))
	w.stable(service.Moment(1)/gap.Moment(1), 1)
	if rho := service.Moment(1) / gap.Moment(1); rho > 0.9999 && w.err == nil {
		w.fail("load", rho, "at most 0.9999, or 1 and more")
	}
	if w.err != nil {
		return GIG1{}, w.err
	}
	q := GIG1{lambda: 1 / gap.Moment(1), service: service}
	q.meanOnly = !(gap.Moment(3) <= longTail*gap.Moment(1)*gap.Moment(2))
	idle := gap.Moment(1) - service.Moment(1)
	v := varianceOf(gap) + varianceOf(service)
	if v <= steadyStep*idle*idle {
		return q, nil
	}
	q.compare(idle, v)
	edge := q.like.drain()
	if r := service.Moment(2) / service.Moment(3); r > 0 { // a long tail shows at low frequencies
		edge = math.Min(edge, r)
	}
	if r := gap.Moment(2) / gap.Moment(3); r > 0 && r < 0.25/gap.Moment(1) { // longer than exponential
		edge = math.Min(edge, r)
	}
	edge *= 0.05
	q.nodes = gig1Nodes(gap, service, q.likeGap, q.like, edge)
	q.settle(edge, service.Moment(3))
	return q, nil
}

// panelOrder is the number of points of a panel.
const panelOrder = 12

// longTail is E[A³]/(E[A]·E[A²]) of a gap from which on the variance of the wait,
// a difference of two numbers that grow with E[A³], is lost; it is 3 of an
// exponential gap, and 10 of a lognormal one with a coefficient of variation of 1.5.
const longTail = 20

// steadyStep is the SCV of a step below which nobody waits: the next arrival
// is ten standard deviations away when the server falls idle.
const steadyStep = 0.01

// varianceOf is E[X²] − E[X]², and 0 where that is rounding.
func varianceOf(s Service) float64 {
	m := s.Moment(1)
	if v := s.Moment(2) - m*m; v > 1e-14*m*m {
		return v
	}
	return 0
}

// compare finds the E_k/M/1 station with steps of mean −idle and variance v:
// a service of mean x and a gap of mean x + idle, so that x² + (x + idle)²/k = v.
func (q *GIG1) compare(idle, v float64) {
	k := int(math.Ceil(2 * idle * idle / v))
	k = max(k, 4)
	n := float64(k)
	// (n + 1)x² + 2·idle·x + idle² − n·v = 0
	x := (n*v - idle*idle) / (idle + math.Sqrt(idle*idle+(n+1)*(n*v-idle*idle)))
	q.likeGap = complexGap{x + idle, k}
	q.like = GIM1{1 / (x + idle), x, gim1Root(q.likeGap, x)}
}

// gig1Nodes are the points at which Λ is known. Panels grow with ω from the
// decay rate of the wait on but stay shorter than a swing of the transforms as
// long as these matter. The first panel ends at edge.
func gig1Nodes(gap, service Service, likeGap complexGap, like GIM1, edge float64) []gig1Node {
	const mostSteps = 2400
	var x, w [panelOrder]float64
	quad.Legendre{}.FixedLocations(x[:], w[:], -1, 1)
	swing := math.Pi / (gap.Moment(1) + service.Moment(1) + like.service + likeGap.mean)
	var nodes []gig1Node
	lo, width, swinging := 0.0, edge, 0
	for lo < 1e9*swing && swinging < mostSteps {
		for i := range x {
			omega := lo + width*(1+x[i])/2
			s := complex(0, omega)
			real1 := gap.LST(s) * service.LST(-s)
			like1 := likeGap.LST(s) / (1 - s*complex(like.service, 0))
			nodes = append(nodes, gig1Node{omega, width / 2 * w[i], log1m(like1) - log1m(real1)})
			if i == 0 && cmplx.Abs(real1) < 1e-13 {
				swinging = -1 << 30
			}
		}
		lo += width
		width = 0.4 * lo
		if swinging >= 0 && width > swing {
			width = swing
			swinging++
		}
	}
	return nodes
}

// settle works out the figures. That of the variance,
//
//	Var W − Var W′ = −(2/π)·∫ Im Λ/ω³ dω − lim Re Λ/ω²
//
// is the next term at s = 0. Near 0 the integrands of mean and variance are
// rounding divided by powers of ω, so that they are continued to it from
// beyond the first panel.
func (q *GIG1) settle(edge, third float64) {
	var mean, atom, second float64
	for i, n := range q.nodes {
		atom += n.weight * imag(n.log) / n.omega
		if i >= panelOrder {
			mean += n.weight * real(n.log) / (n.omega * n.omega)
			second += n.weight * imag(n.log) / (n.omega * n.omega * n.omega)
		}
	}
	near := func(part func(gig1Node) float64) (at0, area float64) {
		var x, y [3]float64
		for i := range x {
			n := q.nodes[panelOrder*(i+1)+panelOrder/2]
			x[i], y[i] = n.omega*n.omega, part(n)
		}
		return evenStart(x, y, edge)
	}
	flat, area := near(func(n gig1Node) float64 { return real(n.log) / (n.omega * n.omega) })
	mean += area
	_, area = near(func(n gig1Node) float64 { return imag(n.log) / (n.omega * n.omega * n.omega) })
	second += area
	like := q.like.Waiting()
	q.wait = math.Max(0, like.Mean()-mean/math.Pi)
	q.pWait = math.Min(1, math.Max(0, 1-q.like.rest*math.Exp(-atom/math.Pi)))
	q.variance = math.Max(0, like.Variance()-2*second/math.Pi-flat)
	if math.IsInf(third, 1) {
		q.variance = third
	}
}

// evenStart continues an even function, known at three points with squares x,
// as c + d·ω² + e·ω⁴ to 0, and integrates it from 0 to edge.
func evenStart(x, y [3]float64, edge float64) (at0, area float64) {
	d1 := (y[1] - y[0]) / (x[1] - x[0])
	d2 := (y[2] - y[1]) / (x[2] - x[1])
	e := (d2 - d1) / (x[2] - x[0])
	d := d1 - e*(x[0]+x[1])
	c := y[0] - d*x[0] - e*x[0]*x[0]
	z := edge * edge
	return c, edge * (c + z*(d/3+z*e/5))
}
