package dist

import (
	"math"
	"math/cmplx"
)

// Nodes and weights of the Gauss–Legendre rule of 8 points on [−1, 1]
// ([AbSt64] table 25.4).
var gauss8 = [4][2]float64{
	{0.183434642495649805, 0.362683783378361983},
	{0.525532409916328986, 0.313706645877887287},
	{0.796666477413626740, 0.222381034453374471},
	{0.960289856497536232, 0.101228536290376259},
}

// panel applies the rule to one interval.
func panel(from, to float64, f func(x float64) complex128) complex128 {
	mid, half := (from+to)/2, (to-from)/2
	var sum complex128
	for _, g := range gauss8 {
		sum += complex(g[1]*half, 0) * (f(mid-g[0]*half) + f(mid+g[0]*half))
	}
	return sum
}

// overTail integrates f(x)·P(X > x) over x > 0 along the real axis, in panels
// that no step of the distribution function crosses and that are no wider than
// widest. It ends where done says so; ok is false when that takes too long.
func overTail(d oracle, widest float64, done func(x, survival float64) bool, f func(x float64) complex128) (v complex128, ok bool) {
	var sum complex128
	x := 0.0
	if d.Min() > 0 {
		sum = along(0, d.Min(), widest, f)
		x = d.Min()
	}
	sd := math.Sqrt(d.Variance())
	steps := d.steps()
	for n := 0; n < 6000; n++ {
		if x >= d.Max() || x > 0 && done(x, d.Survival(x)) {
			return sum, true
		}
		end := x + min(0.1*x, widest)
		if x == 0 {
			end = min(1e-17*d.Mean(), widest*1e-15)
			if q := d.Quantile(1e-17); q > 0 {
				end = min(end, q/4)
			}
		}
		if sd > 0 && !math.IsInf(sd, 1) {
			end = min(end, x+max(0.3*sd, 0.05*(x-d.Mean())))
		}
		for _, b := range steps {
			if b > x && b < end {
				end = b
			}
		}
		sum += panel(x, end, func(x float64) complex128 { return complex(d.Survival(x), 0) * f(x) })
		x = end
	}
	return 0, false
}

// along integrates f over an interval in panels of equal width.
func along(from, to, widest float64, f func(x float64) complex128) complex128 {
	n := max(1, math.Ceil((to-from)/widest))
	var sum complex128
	for i := range int(min(n, 1e5)) {
		sum += panel(from+(to-from)*float64(i)/n, from+(to-from)*float64(i+1)/n, f)
	}
	return sum
}

// transformByTail is E[exp(−sX)] = 1 − s·∫ exp(−s·x)·P(X > x) dx: slow, and
// sharing no step with the transforms under test.
func transformByTail(d oracle, s complex128) (v complex128, ok bool) {
	done := func(x, survival float64) bool {
		return survival*math.Exp(-real(s)*x)*(1+x*cmplx.Abs(s)) < 1e-14
	}
	v, ok = overTail(d, 0.7/cmplx.Abs(s), done, func(x float64) complex128 { return cmplx.Exp(-s * complex(x, 0)) })
	return 1 - s*v, ok
}

// momentByTail is E[Xᵏ] = ∫ k·xᵏ⁻¹·P(X > x) dx.
func momentByTail(d oracle, k int, about float64) (float64, bool) {
	n := float64(k)
	done := func(x, survival float64) bool { return x > d.Mean() && survival*math.Pow(x, n) < 1e-14*about }
	v, ok := overTail(d, math.Inf(1), done, func(x float64) complex128 { return complex(n*math.Pow(x, n-1), 0) })
	return real(v), ok
}

// oracle is what the checks ask of a distribution. Checks take it in place of
// a Dist so that a test can hand them a wrong one.
type oracle interface {
	Mean() float64
	Variance() float64
	Moment(k int) float64
	CDF(x float64) float64
	Survival(x float64) float64
	Quantile(p float64) float64
	Min() float64
	Max() float64
	LST(s complex128) complex128
	steps() []float64
}

// steps are the places where the distribution function jumps or bends.
func (d Dist) steps() []float64 {
	switch l := d.law.(type) {
	case *empirical:
		return l.values
	case mixture:
		var out []float64
		for _, p := range l.parts {
			out = append(append(out, p.Min(), p.Max()), p.steps()...)
		}
		return out
	}
	return []float64{d.Min(), d.Max()}
}
