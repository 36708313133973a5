package queueing

import "math"

// xnum is a number m·2^(512·e) that is not negative: normalising constants of
// closed networks leave the range of float64 at some hundred users. It keeps m
// within 2^±256, so that sums and products of neighbours cost what they cost
// in float64.
type xnum struct {
	m float64
	e int
}

const (
	xStep = 512
	xHigh = 0x1p256
	xLow  = 0x1p-256
)

func xOf(v float64) xnum { return xnum{v, 0}.norm() }

func (a xnum) norm() xnum {
	for a.m >= xHigh && a.m <= math.MaxFloat64 { // an infinite one stays what it is
		a.m *= 0x1p-512
		a.e++
	}
	for a.m < xLow && a.m > 0 {
		a.m *= 0x1p512
		a.e--
	}
	return a
}

func (a xnum) times(v float64) xnum {
	if v < xHigh && v > xLow || v == 0 {
		return xnum{a.m * v, a.e}.norm()
	}
	return a.by(xOf(v))
}

func (a xnum) by(b xnum) xnum { return xnum{a.m * b.m, a.e + b.e}.norm() }

func (a xnum) plus(b xnum) xnum {
	switch {
	case a.m == 0:
		return b
	case b.m == 0 || a.e > b.e+1:
		return a
	case b.e > a.e+1:
		return b
	case a.e > b.e:
		return xnum{a.m + b.m*0x1p-512, a.e}.norm()
	case b.e > a.e:
		return xnum{a.m*0x1p-512 + b.m, b.e}.norm()
	}
	return xnum{a.m + b.m, a.e}.norm()
}

// over is a/b as a plain number.
func (a xnum) over(b xnum) float64 {
	if a.m == 0 {
		return 0
	}
	return math.Ldexp(a.m/b.m, xStep*(a.e-b.e))
}
