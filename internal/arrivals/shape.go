package arrivals

import (
	"math"
	"sort"

	"github.com/headroom/headroom/scenarios"
)

// Shape is how the load of a workload changes over time: its factor f(t) and
// the integral Λ(t) of that. An arrival process whose gaps are counted in Λ
// comes f(t) times as fast: the n-th request comes at Λ⁻¹(Tₙ), Tₙ when it would
// have come at an even load. Of a Poisson process this makes one of rate
// λ·f(t), exactly ([Cinl75]); any other keeps its burstiness.
type Shape struct {
	phases []scenarios.Phase
	starts []float64 // of the phases (s)
	masses []float64 // Λ there (s)
}

// NewShape is the shape of a test that begins after a warm-up (s) at the factor
// that the test begins with.
func NewShape(t *scenarios.Test, warmup float64) *Shape {
	s := &Shape{}
	first := t.Factor(0)
	if warmup > 0 {
		s.add(scenarios.Phase{For: warmup, From: first, To: first})
	}
	for _, p := range t.Phases {
		s.add(p)
	}
	last := t.Factor(t.Duration())
	s.add(scenarios.Phase{For: math.Inf(1), From: last, To: last})
	return s
}

func (s *Shape) add(p scenarios.Phase) {
	start, mass := 0.0, 0.0
	if n := len(s.phases); n > 0 {
		before := &s.phases[n-1]
		start = s.starts[n-1] + before.For
		mass = s.masses[n-1] + massIn(before, before.For)
	}
	s.phases = append(s.phases, p)
	s.starts = append(s.starts, start)
	s.masses = append(s.masses, mass)
}

// massIn is the integral of the factor of a phase over its first x seconds.
func massIn(p *scenarios.Phase, x float64) float64 {
	switch {
	case p.Period > 0:
		w := 2 * math.Pi / p.Period
		return (p.From+p.To)/2*x - (p.To-p.From)/2*math.Sin(w*x)/w
	case p.From == p.To:
		return p.From * x
	}
	return p.From*x + (p.To-p.From)*x*x/(2*p.For)
}

// PhaseAt is the phase of an instant.
func (s *Shape) PhaseAt(t float64) int {
	return max(sort.Search(len(s.starts), func(i int) bool { return s.starts[i] > t })-1, 0)
}

// Mass is Λ(t) (s).
func (s *Shape) Mass(t float64) float64 {
	i := s.PhaseAt(t)
	return s.masses[i] + massIn(&s.phases[i], t-s.starts[i])
}

// Factor is f(t) (1).
func (s *Shape) Factor(t float64) float64 {
	i := s.PhaseAt(t)
	p := &s.phases[i]
	x := t - s.starts[i]
	switch {
	case p.Period > 0:
		return (p.From+p.To)/2 - (p.To-p.From)/2*math.Cos(2*math.Pi*x/p.Period)
	case p.From == p.To:
		return p.From
	}
	return p.From + (p.To-p.From)*x/p.For
}

// Inverse is Λ⁻¹(m): the first instant that Λ has come to m at; +Inf when it
// never does. From says in which phase to look first, as instants ascend.
func (s *Shape) Inverse(m float64, from int) (t float64, phase int) {
	i := from
	for i+1 < len(s.phases) && s.masses[i+1] < m {
		i++
	}
	p := &s.phases[i]
	m -= s.masses[i]
	switch {
	case m <= 0:
		return s.starts[i], i
	case p.Period > 0:
		return s.starts[i] + inverseSine(p, m), i
	case p.From == p.To:
		return s.starts[i] + m/p.From, i // +Inf at factor 0
	}
	root := math.Sqrt(math.Max(0, p.From*p.From+2*(p.To-p.From)*m/p.For))
	return s.starts[i] + math.Min(2*m/(p.From+root), p.For), i
}

// inverseSine finds where the integral of a sine comes to m, by Newton's method
// kept within a bracket that is halved where it would leave it.
func inverseSine(p *scenarios.Phase, m float64) float64 {
	lo, hi := 0.0, p.For
	x := math.Min(m/((p.From+p.To)/2), hi)
	for range 200 {
		off := massIn(p, x) - m
		if off > 0 {
			hi = x
		} else {
			lo = x
		}
		rate := (p.From+p.To)/2 - (p.To-p.From)/2*math.Cos(2*math.Pi*x/p.Period)
		next := x - off/rate
		if !(next > lo && next < hi) {
			next = (lo + hi) / 2
		}
		if math.Abs(next-x) <= 1e-14*(x+next) || hi-lo <= 1e-14*hi {
			return next
		}
		x = next
	}
	return x
}

// looksAtSwing is into how many parts a swing of the load is cut, for users to
// join in each.
const looksAtSwing = 64

// NextChange is when the number of n users may have to change next, after t (s).
func (s *Shape) NextChange(t float64, n int) float64 {
	i := s.PhaseAt(t)
	p := &s.phases[i]
	end := s.starts[i] + p.For
	step := end - t
	switch {
	case p.Period > 0:
		step = p.Period / math.Max(looksAtSwing, math.Min(4*(p.To-p.From)*float64(n), 64*looksAtSwing))
	case p.From != p.To:
		step = p.For / math.Max(1, math.Ceil(math.Abs(p.To-p.From)*float64(n)))
	}
	if t+step >= end || !(t+step > t) {
		return end
	}
	return t + step
}
