package queueing

import "math"

// curve is a distribution function that can be read at any time: the law
// inverted at lattice times, and a smooth line through them. The line is drawn
// through the probit of the survival over log t, where the distributions of
// queues are nearly straight, so that three times a decade would nearly do.
type curve struct {
	is    facts
	first float64   // log of the time of the first point
	step  float64   // in log of time, between points
	y     []float64 // −Φ⁻¹(S) at the points, never falling
	slope []float64 // per step

	// A mixture of laws that begin at different times is read part by part: its
	// line would have steps.
	weights []float64
	parts   []*curve
}

const (
	curveTail = 2e-5 // survival and distribution function are followed down to this
	curveHead = 4e-4
	curveSpan = 9 * latticePerDecade // but no further from the mean than that
	curveFew  = 16                   // points below which the times between those of the lattice are looked at too
	narrowest = 0.15                 // coefficient of variation below which three moments say more than an inversion
)

// newCurve inverts a law.
func newCurve(g *lattice, l law) *curve {
	c := &curve{is: *l.facts(), step: latticeStep}
	if c.is.exact != nil || c.constant() {
		return c
	}
	if m, ok := l.(*mixLaw); ok && m.steps() {
		c.weights = m.weights
		for _, p := range m.parts {
			c.parts = append(c.parts, newCurve(g, p))
		}
		return c
	}
	if c.narrow() {
		return c
	}
	first, s := follow(g, l)
	c.first = float64(first) * latticeStep
	if len(s) < curveFew {
		s = between(g, l, first, s)
		c.step /= phases
	}
	c.y = make([]float64, len(s))
	for i, v := range s {
		c.y[i] = probit(v)
	}
	c.slope = slopes(c.y)
	return c
}

// steps reports whether parts of the mixture begin later than others.
func (l *mixLaw) steps() bool {
	for _, p := range l.parts {
		if f := p.facts(); f.shift > l.is.shift && (f.atom > 0 || f.variance < 0.1*f.shift*f.shift) {
			return true
		}
	}
	return false
}

// follow inverts a law at lattice times from its mean up and down to where
// little is left of the tail and of the head.
func follow(g *lattice, l law) (first int, survival []float64) {
	is := l.facts()
	start := min(max(indexOf(is.mean-is.shift), g.lo), g.hi)
	var up, down []float64
	last := 1.0
	for i := start; i <= min(g.hi, start+curveSpan); i++ {
		s := math.Min(last, g.survival(l, i))
		up = append(up, s)
		if last = s; s < curveTail {
			break
		}
	}
	last = up[0]
	for i := start - 1; i >= max(g.lo, start-curveSpan); i-- {
		s := math.Max(last, g.survival(l, i))
		down = append(down, s)
		if last = s; s >= 1-is.atom-curveHead {
			break
		}
	}
	for i, j := 0, len(down)-1; i < j; i, j = i+1, j-1 {
		down[i], down[j] = down[j], down[i]
	}
	return start - len(down), append(down, up...)
}

// between puts the times of the other phases between those of the lattice.
func between(g *lattice, l law, first int, coarse []float64) []float64 {
	fine := make([]float64, 0, phases*len(coarse))
	for i, s := range coarse {
		fine = append(fine, s)
		if i == len(coarse)-1 {
			break
		}
		for p := 1; p < phases; p++ {
			s = math.Max(coarse[i+1], math.Min(s, g.shifted(p).survival(l, first+i)))
			fine = append(fine, s)
		}
	}
	for n := len(fine); n > 2 && fine[n-2] < curveTail; n-- { // noise
		fine = fine[:n-1]
	}
	return fine
}

// constant reports whether the law does not vary, narrow whether it varies so
// little that an inversion would smear it.
func (c *curve) constant() bool {
	rest := c.is.mean - c.is.shift
	return c.is.atom >= 1-1e-12 || !(rest > 1e-13*c.is.mean) || c.is.variance <= 1e-26*c.is.mean*c.is.mean
}

// always is the time that a constant law takes.
func (c *curve) always() float64 {
	if c.is.atom >= 1-1e-12 {
		return c.is.shift
	}
	return c.is.mean
}

func (c *curve) narrow() bool {
	rest := c.is.mean - c.is.shift
	return c.is.variance < narrowest*narrowest*rest*rest
}

// pearson is the gamma distribution that, shifted and perhaps turned over, has
// the mean, variance and third moment of a narrow law: its shape, and −1 where
// it is turned over. The shape is kept where the normal approximation to the
// cube root of a gamma variate ([WiHi31]) holds.
func (c *curve) pearson() (shape, sign float64) {
	skew := c.is.third / math.Pow(c.is.variance, 1.5)
	return 4 / math.Max(1e-8, math.Min(4, skew*skew)), math.Copysign(1, skew)
}

// narrowAt is the time with the normal deviate y.
func (c *curve) narrowAt(y float64) float64 {
	k, sign := c.pearson()
	root := math.Max(0, 1-1/(9*k)+sign*y/(3*math.Sqrt(k)))
	return math.Max(c.is.shift, c.is.mean+sign*math.Sqrt(c.is.variance)*(k*root*root*root-k)/math.Sqrt(k))
}

// narrowDeviate is the normal deviate of the time t.
func (c *curve) narrowDeviate(t float64) float64 {
	k, sign := c.pearson()
	ratio := 1 + sign*(t-c.is.mean)/math.Sqrt(c.is.variance)/math.Sqrt(k)
	return sign * 3 * math.Sqrt(k) * (math.Cbrt(math.Max(0, ratio)) - 1 + 1/(9*k))
}

// probit is −Φ⁻¹(s): the number of standard deviations with s above them.
func probit(s float64) float64 {
	const least = 1e-12
	return math.Sqrt2 * math.Erfcinv(2*math.Max(least, math.Min(1-least, s)))
}

// slopes are those of the cubic through evenly spaced points: fourth-order
// differences, held to what keeps the line from turning ([FrCa80]).
func slopes(y []float64) []float64 {
	n := len(y)
	m := make([]float64, n)
	for i := range m {
		switch {
		case n == 1:
		case i == 0:
			m[i] = y[1] - y[0]
		case i == n-1:
			m[i] = y[i] - y[i-1]
		case i == 1 || i == n-2:
			m[i] = (y[i+1] - y[i-1]) / 2
		default:
			m[i] = (8*(y[i+1]-y[i-1]) - (y[i+2] - y[i-2])) / 12
		}
		least := math.Inf(1)
		if i > 0 {
			least = y[i] - y[i-1]
		}
		if i < n-1 {
			least = math.Min(least, y[i+1]-y[i])
		}
		m[i] = math.Max(0, math.Min(m[i], 3*least))
	}
	return m
}

// hermite is the cubic of cell j at x in [0, 1] of it, and its slope.
func (c *curve) hermite(j int, x float64) (y, slope float64) {
	d := c.y[j+1] - c.y[j]
	a, b := c.slope[j]-d, -c.slope[j+1]+d
	y = c.y[j] + x*d + x*(1-x)*((1-x)*a+x*b)
	slope = d + (1-2*x)*((1-x)*a+x*b) + x*(1-x)*(b-a)
	return y, slope
}

// survival is P(T > t).
func (c *curve) survival(t float64) float64 {
	above := t - c.is.shift
	switch {
	case c.is.exact != nil:
		return c.is.exact.Survival(t)
	case above < 0:
		return 1
	case c.parts != nil:
		sum := 0.0
		for i, p := range c.parts {
			sum += c.weights[i] * p.survival(t)
		}
		return sum
	case c.constant():
		if above+1e-12*c.is.mean < c.always()-c.is.shift {
			return 1
		}
		return 0
	case above == 0:
		return 1 - c.is.atom
	case c.narrow():
		return 0.5 * math.Erfc(c.narrowDeviate(t)/math.Sqrt2)
	}
	at := (math.Log(above) - c.first) / c.step
	n := len(c.y)
	var y float64
	switch {
	case at <= 0:
		y = c.y[0]
		if c.is.atom == 0 { // on along the last slope, towards 1
			y += at * c.headSlope()
		}
	case at >= float64(n-1):
		y = c.y[n-1] + (at-float64(n-1))*c.tailSlope()
	default:
		j := int(at)
		y, _ = c.hermite(j, at-float64(j))
	}
	return math.Min(1-c.is.atom, 0.5*math.Erfc(y/math.Sqrt2))
}

func (c *curve) headSlope() float64 {
	if len(c.y) < 2 {
		return 1
	}
	return c.y[1] - c.y[0]
}

func (c *curve) tailSlope() float64 {
	if n := len(c.y); n >= 2 {
		return c.y[n-1] - c.y[n-2]
	}
	return 1
}

// quantile is the smallest t with P(T ≤ t) ≥ p, for p between curveHead and
// 1 − curveTail; it is NaN where the line does not reach.
func (c *curve) quantile(p float64) float64 {
	switch {
	case c.is.exact != nil:
		return c.is.exact.Quantile(p)
	case c.constant():
		return c.always()
	case p <= c.is.atom:
		return c.is.shift
	case c.parts != nil:
		return c.search(p)
	}
	y := probit(1 - p)
	if c.narrow() {
		return c.narrowAt(y)
	}
	return c.is.shift + math.Exp(c.first+c.step*c.position(y))
}

// search finds a quantile of a mixture between those of its parts.
func (c *curve) search(p float64) float64 {
	lo, hi := math.Inf(1), 0.0
	for _, part := range c.parts {
		q := part.quantile(p)
		lo, hi = math.Min(lo, q), math.Max(hi, q)
	}
	for range 100 {
		mid := (lo + hi) / 2
		if mid <= lo || mid >= hi || hi-lo < 1e-12*hi {
			break
		}
		if 1-c.survival(mid) >= p {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi
}

// position is where the line reaches y, in steps from its first point.
func (c *curve) position(y float64) float64 {
	n := len(c.y)
	if y <= c.y[0] {
		if s := c.headSlope(); s > 0 {
			return math.Max((y-c.y[0])/s, -2*latticePerDecade)
		}
		return 0
	}
	if y >= c.y[n-1] {
		if s := c.tailSlope(); s > 0 {
			return float64(n-1) + math.Min((y-c.y[n-1])/s, latticePerDecade)
		}
		return math.NaN()
	}
	lo, hi := 0, n-1
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; c.y[mid] <= y {
			lo = mid
		} else {
			hi = mid
		}
	}
	a, b, x := 0.0, 1.0, (y-c.y[lo])/(c.y[hi]-c.y[lo])
	for range 60 {
		v, slope := c.hermite(lo, x)
		if v < y {
			a = x
		} else {
			b = x
		}
		next := x - (v-y)/slope
		if !(next > a && next < b) {
			next = (a + b) / 2
		}
		if math.Abs(next-x) < 1e-13 {
			break
		}
		x = next
	}
	return float64(lo) + x
}
