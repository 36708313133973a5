package scenarios

import "math"

// Load is by how much the load of the scenario is multiplied at time at (s) of
// the test; after its end it is what it was at the end.
func (t *Test) Load(at float64) float64 {
	last := 1.0
	for i := range t.Phases {
		p := &t.Phases[i]
		if at < p.For {
			return p.at(max(at, 0))
		}
		at -= p.For
		last = p.at(p.For)
	}
	return last
}

// at is the load at time t (s) of the phase (1).
func (p *Phase) at(t float64) float64 {
	if p.Period > 0 {
		return p.From + (p.To-p.From)*(1-math.Cos(2*math.Pi*t/p.Period))/2
	}
	if p.For <= 0 {
		return p.To
	}
	return p.From + (p.To-p.From)*t/p.For
}
