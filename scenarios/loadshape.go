package scenarios

import (
	"fmt"
	"math"
)

// Factor is what the load of the scenario is multiplied by at the instant t (s)
// after the start of the test; before it as at its start, and after it as at its
// end.
func (t *Test) Factor(at float64) float64 {
	if len(t.Phases) == 0 {
		return 1
	}
	if at < 0 {
		return t.Phases[0].factor(0)
	}
	for i := range t.Phases {
		p := &t.Phases[i]
		if at < p.For || i == len(t.Phases)-1 {
			return p.factor(math.Min(at, p.For))
		}
		at -= p.For
	}
	return 1
}

// factor is that of a phase at an instant of its own.
func (p *Phase) factor(at float64) float64 {
	if p.Period > 0 {
		return (p.From+p.To)/2 - (p.To-p.From)/2*math.Cos(2*math.Pi*at/p.Period)
	}
	return p.From + (p.To-p.From)*at/p.For
}

// Peak is the largest factor of the test.
func (t *Test) Peak() float64 {
	peak := 0.0
	for i := range t.Phases {
		p := &t.Phases[i]
		peak = math.Max(peak, p.factor(0))
		if p.Period > 0 && p.For >= p.Period/2 {
			peak = math.Max(peak, p.To)
		}
		peak = math.Max(peak, p.factor(p.For))
	}
	return peak
}

// Surge is a stretch of a test that asks for more than the test does at its end.
type Surge struct {
	What         string  // as "phase 2" or "phases 2 to 4"
	Began, Ended float64 // after the start of the test (s)
}

// Surges are the stretches of phases whose load is above the one that the test
// ends with, those that something comes after; none where the last phase has no
// one load to come back to.
func (t *Test) Surges() []Surge {
	last := t.Phases[len(t.Phases)-1]
	if last.Period > 0 || last.From != last.To {
		return nil
	}
	var out []Surge
	at, open, began := 0.0, -1, 0.0
	for i, p := range t.Phases {
		high := max(p.From, p.To) > last.To*(1+1e-9)
		switch {
		case high && open < 0:
			open, began = i, at
		case !high && open >= 0:
			what := fmt.Sprintf("phase %d", open+1)
			if i > open+1 {
				what = fmt.Sprintf("phases %d to %d", open+1, i)
			}
			out = append(out, Surge{What: what, Began: began, Ended: at})
			open = -1
		}
		at += p.For
	}
	return out
}

// String is the word of the language for a kind of test.
func (k TestKind) String() string {
	if words := testKindWords().known; int(k) < len(words) {
		return words[k]
	}
	return fmt.Sprintf("TestKind(%d)", int(k))
}

// TestByName finds a test.
func (m *Model) TestByName(name string) (*Test, bool) {
	for i := range m.Tests {
		if m.Tests[i].Name == name {
			return &m.Tests[i], true
		}
	}
	return nil, false
}

// Meant reports whether a test is about workload i.
func (t *Test) Meant(i int) bool {
	for _, w := range t.Workloads {
		if w == i {
			return true
		}
	}
	return len(t.Workloads) == 0
}
