package emulate

// gauge is a number that goes up and down, and its integral over time. Changes
// may be told out of order: what counts is when each took place.
type gauge struct {
	level  int
	from   float64 // start of the time integrated over
	moment float64 // sum of change × (its instant - from)
}

// add changes the number by d at the instant at.
func (g *gauge) add(at float64, d int) {
	g.level += d
	g.moment += float64(d) * max(0, at-g.from)
}

// begin starts the integral anew.
func (g *gauge) begin(at float64) { g.from, g.moment = at, 0 }

// area is the integral up to t, which no change told so far comes after (s).
func (g *gauge) area(t float64) float64 { return float64(g.level)*(t-g.from) - g.moment }
