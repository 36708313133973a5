package queueing

import "math"

// powerSeries is a power series in s up to s³: what the first three moments of a
// time know of its transform.
type powerSeries [4]float64

func (a powerSeries) plus(b powerSeries) powerSeries {
	for i := range a {
		a[i] += b[i]
	}
	return a
}

func (a powerSeries) times(b powerSeries) powerSeries {
	var c powerSeries
	for i := range a {
		for j := range len(c) - i {
			if a[i] != 0 && b[j] != 0 { // a moment may be +Inf
				c[i+j] += a[i] * b[j]
			}
		}
	}
	return c
}

func (a powerSeries) scaled(f float64) powerSeries {
	for i := range a {
		if a[i] != 0 {
			a[i] *= f
		}
	}
	return a
}

// over divides two series without constant terms; the result ends at s².
func (a powerSeries) over(b powerSeries) powerSeries {
	var c powerSeries
	for i := range len(c) - 1 {
		c[i] = a[i+1]
		for j := range i {
			c[i] -= c[j] * b[i-j+1]
		}
		c[i] /= b[1]
	}
	return c
}

// lstSeries is the transform of a service time at a series without constant term.
func lstSeries(service Service, at powerSeries) powerSeries {
	square := at.times(at)
	return powerSeries{1}.
		plus(at.scaled(-service.Moment(1))).
		plus(square.scaled(service.Moment(2) / 2)).
		plus(square.times(at).scaled(-service.Moment(3) / 6))
}

// variance is that of the time of which a is the transform; +Inf where a moment
// that it needs is.
func (a powerSeries) variance() float64 {
	v := 2*a[2] - a[1]*a[1]
	if math.IsNaN(v) {
		return math.Inf(1)
	}
	return math.Max(0, v)
}

// delay is s + λ − λ·B*(s): while class after class above is served, time runs
// for those below as if s were this.
func (b busyPeriod) delay(s complex128) complex128 {
	if b.lambda == 0 {
		return s
	}
	return s + complex(b.lambda, 0)*(1-b.lst(s))
}

// delaySeries is delay as a power series in s, up to s³.
func (b busyPeriod) delaySeries() powerSeries {
	if b.lambda == 0 {
		return powerSeries{0, 1}
	}
	m := b.moments()
	return powerSeries{0, 1 + b.lambda*m[1], -b.lambda * m[2] / 2, b.lambda * m[3] / 6}
}
