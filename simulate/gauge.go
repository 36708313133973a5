package simulate

// gauge is a number that changes over time, such as the requests in progress,
// and the area under it. The area up to t is n·t − Σ Δ·tΔ over the changes Δ,
// so that a change costs two multiplications and needs no time of the last one.
type gauge struct {
	n   float64 // now (1)
	sum float64 // −Σ Δ·t (s)
}

// add changes the number by d at the instant t.
func (g *gauge) add(d, t float64) {
	g.n += d
	g.sum -= d * t
}

// area is the integral of the number from 0 to t (s).
func (g *gauge) area(t float64) float64 { return g.n*t + g.sum }
