package dist

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Dist is a distribution of a value that is never negative: a time (s) or a
// count (1). It is immutable and safe for use by several goroutines; the zero
// Dist is always 0.
type Dist struct {
	law  law  // nil stands for the constant 0
	form form // how the language writes it
}

// law is what every family implements. Arguments are finite unless a method
// says otherwise; moments are those about zero.
type law interface {
	moment(k int) float64 // k = 1, 2, 3; +Inf where it does not exist
	variance() float64    // not by difference of moments, which cancels
	cdf(x float64) float64
	survival(x float64) float64
	quantile(p float64) float64 // 0 < p < 1: the least x with cdf(x) ≥ p
	bounds() (least, most float64)
	lst(s complex128) complex128 // Im s ≥ 0, Re s ≥ 0, s ≠ 0
	sample(r *rand.Rand) float64
}

// Family says which kind of distribution d is.
func (d Dist) Family() Family { return d.form.family }

// Unit says what a value of d counts.
func (d Dist) Unit() Unit { return d.form.unit }

// IsZero reports whether d is always 0.
func (d Dist) IsZero() bool { return d.Max() == 0 }

// Mean is E[X] (s or 1).
func (d Dist) Mean() float64 { return d.Moment(1) }

// Variance is E[X²] − E[X]² (s² or 1), +Inf where the second moment is.
func (d Dist) Variance() float64 {
	if d.law == nil {
		return 0
	}
	return d.law.variance()
}

// Stddev is the square root of the variance (s or 1).
func (d Dist) Stddev() float64 { return math.Sqrt(d.Variance()) }

// SCV is the squared coefficient of variation (1): variance over squared mean.
// That of the constant 0 is 0.
func (d Dist) SCV() float64 {
	if d.IsZero() {
		return 0
	}
	m := d.Mean()
	return d.Variance() / m / m
}

// Moment is E[Xᵏ] for k = 1, 2 or 3, and NaN for any other k; +Inf where the
// moment does not exist.
func (d Dist) Moment(k int) float64 {
	switch {
	case k < 1 || k > 3:
		return math.NaN()
	case d.law == nil:
		return 0
	}
	return d.law.moment(k)
}

// CDF is P(X ≤ x), accurate in the lower tail.
func (d Dist) CDF(x float64) float64 {
	switch {
	case math.IsNaN(x):
		return math.NaN()
	case x < 0:
		return 0
	case math.IsInf(x, 1) || d.law == nil:
		return 1
	}
	return d.law.cdf(x)
}

// Survival is P(X > x), accurate in the upper tail.
func (d Dist) Survival(x float64) float64 {
	switch {
	case math.IsNaN(x):
		return math.NaN()
	case x < 0:
		return 1
	case math.IsInf(x, 1) || d.law == nil:
		return 0
	}
	return d.law.survival(x)
}

// Quantile is the least x with P(X ≤ x) ≥ p; at p = 0 and 1 the ends of the
// support. It is NaN when p is not a probability.
func (d Dist) Quantile(p float64) float64 {
	switch {
	case !(p >= 0 && p <= 1):
		return math.NaN()
	case d.law == nil:
		return 0
	case p == 0:
		least, _ := d.law.bounds()
		return least
	case p == 1:
		return d.Max()
	}
	return d.law.quantile(p)
}

// Min is the lower end of the support (s or 1).
func (d Dist) Min() float64 { return d.Quantile(0) }

// Max is the upper end of the support (s or 1), +Inf for most families.
func (d Dist) Max() float64 {
	if d.law == nil {
		return 0
	}
	_, most := d.law.bounds()
	return most
}

// LST is the Laplace–Stieltjes transform E[exp(−sX)] for s (1/s, or 1 for a
// count) with Re s ≥ 0. It is NaN outside that half-plane: heavy tails have no
// transform there. The absolute error is below 1e-10, and near rounding where
// the family has a closed form; each family's file says which.
func (d Dist) LST(s complex128) complex128 {
	switch {
	case !(real(s) >= 0) || math.IsNaN(imag(s)):
		return complex(math.NaN(), math.NaN())
	case s == 0 || d.law == nil:
		return 1
	case math.IsInf(real(s), 0) || math.IsInf(imag(s), 0):
		return 0
	case imag(s) < 0:
		v := d.law.lst(complex(real(s), -imag(s)))
		return complex(real(v), -imag(v))
	}
	return d.law.lst(s)
}

// Sample draws one value with r. It allocates nothing.
func (d Dist) Sample(r *rand.Rand) float64 {
	if d.law == nil {
		return 0
	}
	return d.law.sample(r)
}

// Scaled is the distribution of f·X, of the same family. f is a finite number
// of at least 0; Scaled panics otherwise, as it does when f·X leaves the range
// of a float64.
func (d Dist) Scaled(f float64) Dist {
	switch {
	case !(f >= 0) || math.IsInf(f, 1):
		panic(fmt.Sprintf("dist: scale of %v by %v: want a finite factor of at least 0", d, f))
	case d.law == nil || f == 1:
		return d
	case f == 0:
		return mustBuild(constForm(0, d.form.unit))
	}
	return mustBuild(d.form.scaled(f, d.law))
}

// Equal reports whether a and b are written the same and draw the same values.
func (d Dist) Equal(o Dist) bool {
	if d.String() != o.String() || d.form.unit != o.form.unit {
		return false
	}
	a, ok := d.law.(*empirical)
	if !ok {
		return true
	}
	b, ok := o.law.(*empirical)
	return ok && a.equal(b)
}
