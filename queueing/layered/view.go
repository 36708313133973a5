package layered

import "math"

// view finds the completion rates of one class at a station, μ(j) with j of it
// present, from those of the station, ν(J) with J of all: with weights
//
//	K(j) = Σ_B c(B)·Π_{i=j+1}^{j+B} i/ν(i)    μ(j) = ν(j)·K(j−1)/K(j)
//
// where c is the background. It is exact for product form with all other
// classes' other stations as delays ([BCMP75], [ChHW75]).
func (l *link) view(b background) {
	s := l.to
	size := min(l.from.limit, most)
	if size > len(s.nu) && s.task == nil && len(b.c) == 1 {
		size = min(size, max(1, len(s.nu)))
	}
	slow := s.slower(l)
	l.rates = make([]float64, size)
	before, scale := b.weigh(s, 0)
	for j := 1; j <= size; j++ {
		k, sc := b.weigh(s, j)
		rate := s.at(j)
		if s.task == nil && s.prioritised() { // a shadow processor serves this class alone
			rate = float64(min(j, s.servers)) / max(s.service.mean, shortest)
		}
		l.rates[j-1] = rate * before / k * math.Exp(scale-sc) * slow / s.weight(l)
		before, scale = k, sc
	}
	if s.task == nil {
		l.trim()
	}
}

// trim forgets rates that no longer change.
func (l *link) trim() {
	n := len(l.rates)
	for n > 1 && math.Abs(l.rates[n-2]-l.rates[n-1]) <= 1e-9*l.rates[n-1] {
		n--
	}
	l.rates = l.rates[:n]
}

// weigh is K(j) and the logarithm of what it must be multiplied with.
func (b background) weigh(s *station, j int) (k, scale float64) {
	term := b.c[0]
	k = term
	for i := 1; i < len(b.c); i++ {
		if b.c[i-1] == 0 {
			break
		}
		step := float64(j+i) / s.at(j+i) * b.c[i] / b.c[i-1] / b.unit
		term *= step
		k += term
		if k > 1e200 {
			k, term, scale = k*1e-200, term*1e-200, scale+200*math.Ln10
		}
		if step < 1 && term < 1e-13*k {
			break
		}
	}
	return k, scale
}

// spread adds to the distribution of all present at the station what it is when
// this class is there as present says.
func (l *link) spread(b background, weight float64, out []float64) {
	s := l.to
	terms := make([]float64, len(b.c))
	for j, p := range l.present {
		if p == 0 {
			continue
		}
		terms[0] = 1
		total := 1.0
		n := 1
		for i := 1; i < len(b.c) && b.c[i-1] > 0; i++ {
			terms[i] = terms[i-1] * float64(j+i) / s.at(j+i) * b.c[i] / b.c[i-1] / b.unit
			total += terms[i]
			n = i + 1
			if total > 1e200 {
				for k := range n {
					terms[k] *= 1e-200
				}
				total *= 1e-200
			}
		}
		for i := range n {
			out[min(j+i, len(out)-1)] += weight * p * terms[i] / total
		}
	}
}
