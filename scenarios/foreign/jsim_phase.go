package foreign

import "github.com/headroom/headroom/scenarios/dist"

// maxPhases bounds the phases of a phase-type distribution.
const maxPhases = 100

// phaseType is the time until a Markov chain that starts in phase i with
// probability alpha[i] and changes by the rates T ends. Its moments are
//
//		E[X] = α·x  and  E[X²] = 2·α·y,  where −T·x = 1 and −T·y = x
//
//	  - Source: [Neut81].
func (l lawReader) phaseType() dist.Dist {
	alpha := l.vector(l.par.parameter("alpha"))
	rows := l.par.parameter("T").vectors()
	n := len(rows)
	if n == 0 || n > maxPhases || len(alpha) != 1 || len(alpha[0]) != n {
		l.j.fail(l.line, "%s: want alpha and T with 1 to %d phases", l.what, maxPhases)
		return dist.Const(0)
	}
	m := make([][]float64, n)
	ones := make([]float64, n)
	for i, row := range rows {
		m[i] = make([]float64, n)
		ones[i] = 1
		if len(row.inner()) != n {
			l.j.fail(row.line, "%s: %d rates in a row of T; want %d", l.what, len(row.inner()), n)
			return dist.Const(0)
		}
		for k, v := range row.inner() {
			m[i][k] = -l.entry(v)
		}
	}
	x, ok := solve(m, ones)
	if !ok {
		l.j.fail(l.line, "%s: T has no way to end", l.what)
		return dist.Const(0)
	}
	y, _ := solve(m, x)
	mean, second := 0.0, 0.0
	for i, a := range alpha[0] {
		mean += a * x[i]
		second += 2 * a * y[i]
	}
	return l.alike("phase-type", mean, max(0, second-mean*mean))
}

// vectors are the rows of a matrix parameter.
func (e *element) vectors() []*element {
	var out []*element
	for _, k := range e.inner() {
		if len(k.inner()) > 0 {
			out = append(out, k)
		}
	}
	return out
}

// vector reads a parameter that is a vector, or a matrix of one row.
func (l lawReader) vector(e *element) [][]float64 {
	rows := e.vectors()
	if len(rows) == 0 && e != nil {
		rows = []*element{e}
	}
	var out [][]float64
	for _, row := range rows {
		var v []float64
		for _, k := range row.inner() {
			v = append(v, l.entry(k))
		}
		out = append(out, v)
	}
	return out
}

// entry is one number of a matrix, which may be negative.
func (l lawReader) entry(e *element) float64 {
	text := e.value()
	if len(text) > 1 && text[0] == '-' {
		x, _ := l.j.number(e.line, l.what+": a rate", text[1:])
		return -x
	}
	x, _ := l.j.number(e.line, l.what+": a rate", text)
	return x
}
