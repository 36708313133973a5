package queueing

import (
	"math"
	"math/cmplx"
)

// mdcWait is the waiting time of [MDc].
type mdcWait struct{ q MDc }

func (d mdcWait) Mean() float64     { return d.q.first }
func (d mdcWait) Variance() float64 { return math.Max(0, d.q.second-d.q.first*d.q.first) }

// longer is P(Q > n).
func (q MDc) longer(n float64) float64 {
	last := float64(len(q.more) - 1)
	switch {
	case n < 0:
		return 1
	case n > last:
		return q.more[len(q.more)-1] * math.Pow(q.decay, n-last)
	}
	return q.more[int(n)]
}

func (d mdcWait) Survival(t float64) float64 {
	q := d.q
	switch {
	case t < 0:
		return 1
	case q.lambda == 0 || math.IsInf(t, 1):
		return 0
	}
	k := math.Floor(t/q.service) + 1
	y := math.Max(0, q.lambda*(k*q.service-t))
	m := k*float64(q.c) - 1
	// The sum is about that of a Poisson law of mean y/decay.
	centre := y / q.decay
	sum := 0.0
	first := math.Max(0, math.Floor(math.Min(y, centre)-12*math.Sqrt(y)-40))
	most := centre + 12*math.Sqrt(centre) + 40
	for j := first; j <= most; j++ {
		sum += poisson(j, y) * q.longer(m-j)
	}
	return math.Min(1, sum)
}

// poisson is the probability of j events when y are expected.
func poisson(j, y float64) float64 {
	if y == 0 {
		if j == 0 {
			return 1
		}
		return 0
	}
	g, _ := math.Lgamma(j + 1)
	return math.Exp(j*math.Log(y) - y - g)
}

func (d mdcWait) CDF(t float64) float64 { return 1 - d.Survival(t) }

func (d mdcWait) Quantile(p float64) float64 {
	return quantileSearch(d, p, math.Max(d.q.first, 1e-3*d.q.service))
}

// LST is that of the number in line at 1 − s/λ, by the distributional law of
// Little ([HaNe71]): those in line are the arrivals during a wait. From the
// recursion for the line,
//
//	E[z^Q] = Σ_(j<c) y_j·(z^c − z^j)/(z^c − e^(−a(1−z)))
//
// with y_j the probability of j at the station.
func (d mdcWait) LST(s complex128) complex128 {
	q := d.q
	if q.lambda == 0 || s == 0 {
		return 1
	}
	z := 1 - s/complex(q.lambda, 0)
	c := q.c
	gone := cmplx.Exp(-s * complex(q.service, 0))
	if cmplx.Abs(z) < 1 {
		sum, power := complex128(0), complex128(1)
		top := cpow(z, c)
		for _, p := range q.present {
			sum += complex(p, 0) * (top - power)
			power *= z
		}
		return sum / (top - gone)
	}
	sum, power, inverse := complex128(0), complex128(1), 1/z
	for j := c - 1; j >= 0; j-- {
		power *= inverse // z^(j−c)
		sum += complex(q.present[j], 0) * (1 - power)
	}
	return sum / (1 - power*gone)
}
