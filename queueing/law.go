package queueing

import "math"

// facts are what is known of a law without its transform.
type facts struct {
	mean, variance float64 // (s), (s²)
	third          float64 // third central moment (s³)
	shift          float64 // the time is never below this (s)
	atom           float64 // probability of the time being shift
	exact          Time    // the distribution, where it is known in closed form
}

// central is the third central moment that goes with a third moment about 0.
func (f facts) central(raw float64) float64 {
	return raw - 3*f.mean*f.variance - f.mean*f.mean*f.mean
}

// raw is the third moment about 0.
func (f facts) raw() float64 {
	return f.third + 3*f.mean*f.variance + f.mean*f.mean*f.mean
}

// law is the distribution of a time, by its transform. Block i is the transform
// of what the time is above its shift, at the nodes of lattice time i.
type law interface {
	facts() *facts
	block(g *lattice, i int) *block
}

// memo keeps the blocks of a law.
type memo struct {
	is     facts
	blocks [phases][]*block
}

func (m *memo) facts() *facts { return &m.is }

// slot is where block i is kept; empty reports that it is yet to be computed.
func (m *memo) slot(g *lattice, i int) (b *block, empty bool) {
	blocks := m.blocks[g.phase]
	if blocks == nil {
		blocks = make([]*block, g.hi-g.lo+1)
		m.blocks[g.phase] = blocks
	}
	p := &blocks[i-g.lo]
	if *p != nil {
		return *p, false
	}
	*p = g.new()
	return *p, true
}

// constantLaw is always its shift.
type constantLaw struct{ memo }

func newConstantLaw(v float64) *constantLaw {
	return &constantLaw{memo{is: facts{mean: v, shift: v, atom: 1}}}
}

func (l *constantLaw) block(g *lattice, i int) *block {
	b, empty := l.slot(g, i)
	if empty {
		for k := range b {
			b[k] = 1
		}
	}
	return b
}

// leaf is a law whose transform is a formula.
type leaf struct {
	memo
	fill func(s, out *block)
}

func (l *leaf) block(g *lattice, i int) *block {
	b, empty := l.slot(g, i)
	if empty {
		l.fill(g.at(i), b)
	}
	return b
}

// newLeaf is a law with the given facts and transform above the shift.
func newLeaf(is facts, lst func(complex128) complex128) *leaf {
	return &leaf{memo{is: is}, func(s, out *block) {
		for k, x := range s {
			out[k] = lst(x)
		}
	}}
}

// newTimeLaw is the law of a time known in closed form, with probability atom of
// being 0.
func newTimeLaw(t Time, atom float64) law {
	is := facts{mean: t.Mean(), variance: t.Variance(), atom: atom, exact: t}
	if m, ok := t.(expMix); ok {
		raw := 0.0
		for _, e := range m.terms {
			raw += 6 * e.weight / (e.rate * e.rate * e.rate)
		}
		is.third = is.central(raw)
		return &leaf{memo{is: is}, m.fill}
	}
	// that of a gamma law with the same mean and variance; it matters only for
	// sums of so many times that their distribution is narrow
	is.third = 2 * is.variance * is.variance / is.mean
	return newLeaf(is, t.LST)
}

// fill is LST at all points of a block, in the order that keeps the processor
// busy: it is half the work of a solution.
func (m expMix) fill(s, out *block) {
	for k := range out {
		out[k] = complex(m.atom, 0)
	}
	x := real(s[0]) // the same for all
	for _, e := range m.terms {
		if e.weight < 1e-10 {
			continue
		}
		d := x + e.rate
		square := d * d
		scale := e.weight * e.rate
		for k := range out {
			y := imag(s[k])
			f := scale / (square + y*y)
			out[k] += complex(f*d, -f*y)
		}
	}
}

// sumLaw is the sum of independent times.
type sumLaw struct {
	memo
	parts []law
}

// newSum adds laws; constants among them only shift it.
func newSum(parts ...law) law {
	if len(parts) == 1 {
		return parts[0]
	}
	is := facts{atom: 1}
	vary, last := 0, law(nil)
	for _, p := range parts {
		f := p.facts()
		is.mean += f.mean
		is.variance += f.variance
		is.third += f.third
		is.shift += f.shift
		is.atom *= f.atom
		if _, ok := p.(*constantLaw); !ok {
			vary++
			last = p
		}
	}
	switch {
	case vary == 0:
		return newConstantLaw(is.shift)
	case vary == 1 && is.shift == last.facts().shift:
		return last
	}
	l := &sumLaw{memo: memo{is: is}, parts: make([]law, 0, vary)}
	for _, p := range parts {
		if _, ok := p.(*constantLaw); !ok {
			l.parts = append(l.parts, p)
		}
	}
	return l
}

func (l *sumLaw) block(g *lattice, i int) *block {
	if len(l.parts) == 1 {
		return l.parts[0].block(g, i)
	}
	b, empty := l.slot(g, i)
	if !empty {
		return b
	}
	*b = *l.parts[0].block(g, i)
	for _, p := range l.parts[1:] {
		f := p.block(g, i)
		for k := range b {
			x, y := b[k], f[k]
			b[k] = complex(real(x)*real(y)-imag(x)*imag(y), real(x)*imag(y)+imag(x)*real(y))
		}
	}
	return b
}

// mixLaw is one of several times, drawn by weight.
type mixLaw struct {
	memo
	weights []float64
	parts   []law
}

// newMix mixes laws; weights sum to 1.
func newMix(weights []float64, parts []law) law {
	if len(parts) == 1 && weights[0] > 0 {
		return parts[0]
	}
	l := &mixLaw{}
	second, third := 0.0, 0.0
	l.is.shift = math.Inf(1)
	for i, p := range parts {
		w := weights[i]
		if w <= 0 {
			continue
		}
		f := p.facts()
		l.is.mean += w * f.mean
		second += w * (f.variance + f.mean*f.mean)
		third += w * f.raw()
		l.is.shift = math.Min(l.is.shift, f.shift)
		l.weights = append(l.weights, w)
		l.parts = append(l.parts, p)
	}
	if len(l.parts) == 0 {
		return newConstantLaw(0)
	}
	if len(l.parts) == 1 {
		return l.parts[0]
	}
	if m, ok := mergeExponentials(l.weights, l.parts); ok {
		return newTimeLaw(m, m.atom)
	}
	l.is.variance = math.Max(0, second-l.is.mean*l.is.mean)
	l.is.third = l.is.central(third)
	for i, p := range l.parts {
		if f := p.facts(); f.shift == l.is.shift {
			l.is.atom += l.weights[i] * f.atom
		}
	}
	return l
}

// mergeExponentials makes one mixture of exponentials of several.
func mergeExponentials(weights []float64, parts []law) (expMix, bool) {
	var out expMix
	for i, p := range parts {
		f := p.facts()
		if f.mean == 0 {
			out.atom += weights[i]
			continue
		}
		var m expMix
		switch t := f.exact.(type) {
		case expMix:
			m = t
		case *spectral:
			m = t.known()
		default:
			return out, false
		}
		out.atom += weights[i] * m.atom
		for _, t := range m.terms {
			out.terms = append(out.terms, expTerm{weights[i] * t.weight, t.rate})
		}
	}
	return out, true
}

func (l *mixLaw) block(g *lattice, i int) *block {
	b, empty := l.slot(g, i)
	if !empty {
		return b
	}
	s := g.at(i)
	for j, p := range l.parts {
		w := l.weights[j]
		by := p.facts().shift - l.is.shift
		if _, constant := p.(*constantLaw); constant && by == 0 {
			for k := range b {
				b[k] += complex(w, 0)
			}
			continue
		}
		f := p.block(g, i)
		if by > 0 {
			for k := range b {
				b[k] += complex(w, 0) * f[k] * expNeg(s[k], by)
			}
			continue
		}
		for k := range b {
			b[k] += complex(w*real(f[k]), w*imag(f[k]))
		}
	}
	return b
}

// countLaw is the sum of a random number of independent times with one law:
// first + j of them with probability p[j].
type countLaw struct {
	memo
	first int
	p     []float64
	part  law
}

func newCountLaw(c counts, part law) law {
	f := part.facts()
	l := &countLaw{first: c.first, p: c.p, part: part}
	if len(c.p) == 1 && c.first == 0 {
		return newConstantLaw(0)
	}
	if len(c.p) == 1 && c.first == 1 {
		return part
	}
	mean, variance, third := c.moments()
	l.is.mean = mean * f.mean
	l.is.variance = mean*f.variance + variance*f.mean*f.mean
	l.is.third = mean*f.third + 3*variance*f.mean*f.variance + third*f.mean*f.mean*f.mean
	l.is.shift = float64(c.first) * f.shift
	l.is.atom = c.p[0] * math.Pow(f.atom, float64(c.first))
	if f.shift == 0 {
		l.is.atom = 0
		for j, p := range c.p {
			l.is.atom += p * math.Pow(f.atom, float64(c.first+j))
		}
	}
	return l
}

func (l *countLaw) block(g *lattice, i int) *block {
	b, empty := l.slot(g, i)
	if !empty {
		return b
	}
	f := l.part.block(g, i)
	by := l.part.facts().shift
	s := g.at(i)
	for k := range b {
		x := f[k]
		base := cpow(x, l.first)
		if by > 0 {
			x *= expNeg(s[k], by)
		}
		sum := complex128(0)
		for j := len(l.p) - 1; j >= 0; j-- {
			sum = sum*x + complex(l.p[j], 0)
		}
		b[k] = base * sum
	}
	return b
}

// pollaczekLaw is the waiting time of M/G/1 with the given service time.
type pollaczekLaw struct {
	memo
	rho     float64
	service law
}

func (l *pollaczekLaw) block(g *lattice, i int) *block {
	b, empty := l.slot(g, i)
	if !empty {
		return b
	}
	f, s := l.service.block(g, i), g.at(i)
	is := l.service.facts()
	for k := range b {
		b[k] = pollaczek(l.rho, is.mean, s[k], f[k]*expNeg(s[k], is.shift))
	}
	return b
}
