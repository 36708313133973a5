package layered

import "math"

// background is how many others there can be at a station: coefficient B of
//
//	Π_u (1 + x/Z_u)^(n_u) · e^(λx)
//
// weighs B of them, each class u having n_u customers that are away for Z_u (s)
// between visits, and λ being open arrivals. With u(J) = Π i/ν(i) over i ≤ J,
// coefficient times u(B) is the product-form probability of B present of
// classes whose other stations are delays ([BCMP75]). It is scaled by unit^B.
type background struct {
	c    []float64
	unit float64 // (s)
}

// nobody is the background of a station for its only customer.
var nobody = background{[]float64{1}, 1}

// rate is arrivals with n present (1/s).
func (b background) rate(n int) float64 {
	if n+1 >= len(b.c) || b.c[n] == 0 {
		return 0
	}
	return float64(n+1) * b.c[n+1] / b.c[n] / b.unit
}

// others is the background at a station of depth for one of its customers, or
// of all if that is nil.
func (s *station) others(but *link, depth int) background {
	type part struct {
		l     *link
		kept  []float64
		often float64
	}
	var parts []part
	load := s.open
	for _, l := range s.clients {
		if l == but || l.visits == 0 || !s.meets(but, l) {
			continue
		}
		kept, often := l.from.busy, 1.0
		if but != nil {
			often = but.interlock(l)
			kept = thin(kept, min(1, often))
			often = max(1, often)
		}
		parts = append(parts, part{l, kept, often})
		for n, p := range kept {
			if n > 0 && p > 0 {
				load += p * float64(n) / l.away(n) * often
			}
		}
	}
	if load == 0 {
		return nobody
	}
	b := background{poisson(s.open, 20/load, depth), 20 / load}
	for _, p := range parts {
		b.c = multiply(b.c, s.population(p.l, p.kept, p.often, b.unit, depth), depth)
	}
	return b
}

// away is the mean time between visits with n threads busy (s).
func (l *link) away(n int) float64 {
	cycle := float64(n) / max(l.from.through[n]*l.visits, 1e-300)
	return max(cycle-l.resid[n], 1e-6*cycle+shortest)
}

// population is the coefficients of one class with a random number of busy
// threads, who come so much more often than on average; each number is normed by
// itself, with the mean number of others beside it, so that it keeps its
// probability.
func (s *station) population(l *link, kept []float64, often, unit float64, depth int) []float64 {
	var out []float64
	beside := s.beyond(l)
	for n, p := range kept {
		if p < 1e-9 {
			continue
		}
		if n == 0 {
			out = plus(out, []float64{p})
			continue
		}
		z := l.away(n) / often
		size := min(n, depth)
		c := make([]float64, size+1)
		c[0] = 1
		norm, weight := 1.0, 1.0
		for b := 1; b <= size; b++ {
			c[b] = c[b-1] * float64(n-b+1) / float64(b) * unit / z * s.weight(l)
			at := float64(b) + beside
			weight *= float64(n-b+1) / z * s.weight(l) * at / float64(b) / s.near(at)
			norm += weight
			if weight < 1e-14*norm || norm > 1e250 {
				c = c[:b+1]
				break
			}
		}
		for b := range c {
			c[b] *= p / norm
		}
		out = plus(out, c)
	}
	return out
}

// beyond is the mean number present of all but one class.
func (s *station) beyond(l *link) float64 {
	if s.prioritised() {
		return 0 // only equals meet there
	}
	rest := -mean(l.present, count(len(l.present)))
	if s.seen != nil {
		rest += mean(s.seen, count(len(s.seen)))
	}
	return max(0, rest)
}

// countless is a number present (1) beyond which it is not counted: layers that
// do not come to agree may get there, and further than integers do.
const countless = 1e9

// near is replies with a number present that need not be whole (1/s).
func (s *station) near(n float64) float64 {
	if !(n < countless) { // not a number, either
		n = countless
	}
	low := math.Floor(n)
	return s.at(int(low))*(low+1-n) + s.at(int(low)+1)*(n-low)
}

// weight is what turns a class's arrivals into the station's unit: at processor
// sharing each class brings its own work (s); elsewhere all are alike (1).
func (s *station) weight(l *link) float64 {
	if s.discipline == PS {
		return max(l.own, shortest)
	}
	return 1
}

func poisson(rate, unit float64, depth int) []float64 {
	if rate == 0 {
		return []float64{1}
	}
	c := make([]float64, depth+1)
	c[0] = 1
	for b := 1; b <= depth; b++ {
		c[b] = c[b-1] * rate * unit / float64(b)
	}
	return c
}

func plus(a, b []float64) []float64 {
	if len(b) > len(a) {
		a = append(a, make([]float64, len(b)-len(a))...)
	}
	for i, x := range b {
		a[i] += x
	}
	return a
}

func multiply(a, b []float64, depth int) []float64 {
	if len(a) == 1 && a[0] == 1 {
		return b
	}
	c := make([]float64, min(len(a)+len(b)-1, depth+1))
	for i, x := range a {
		for j, y := range b {
			if i+j < len(c) {
				c[i+j] += x * y
			}
		}
	}
	return c
}
