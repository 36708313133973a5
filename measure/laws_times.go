package measure

import "math"

// times checks the distribution of a time.
func (c *checker) times(where string, t *Times) {
	if t == nil {
		return
	}
	c.figure(where+".mean", t.Mean)
	c.figure(where+".stddev", t.Stddev)
	last, lastName := Estimate{}, ""
	for _, p := range t.percentiles() {
		c.figure(where+"."+p.name, p.Estimate)
		if !p.Known() {
			continue
		}
		if last.Known() && p.Value < last.Value*(1-c.tolerance)-tiny {
			c.breaks("percentiles rise", where, lastName+" ≤ "+p.name, p.Value, last.Value)
		}
		last, lastName = p.Estimate, p.name
	}
	if t.Max.Known() && t.Mean.Known() && t.Mean.Lo > t.Max.Hi*(1+c.tolerance)+tiny {
		c.breaks("percentiles rise", where, "mean ≤ max", t.Mean.Value, t.Max.Value)
	}
	c.histogram(where, t)
}

type percentile struct {
	name string
	p    float64 // 1 for the maximum
	Estimate
}

func (t *Times) percentiles() []percentile {
	return []percentile{
		{"p50", 0.5, t.P50},
		{"p90", 0.9, t.P90},
		{"p95", 0.95, t.P95},
		{"p99", 0.99, t.P99},
		{"p999", 0.999, t.P999},
		{"max", 1, t.Max},
	}
}

// histogram checks that the distribution function is one, and that it goes
// through the percentiles.
func (c *checker) histogram(where string, t *Times) {
	h := t.Histogram
	for i, p := range h {
		switch {
		case p.P < -tiny || p.P > 1+tiny || p.Lo > p.Hi+tiny:
			c.breaks("distribution function", where+".histogram", "shares are between 0 and 1, and bands have their low end first", p.P, 1)
			return
		case i > 0 && p.Le <= h[i-1].Le:
			c.breaks("distribution function", where+".histogram", "times rise", p.Le, h[i-1].Le)
			return
		case i > 0 && p.P < h[i-1].P-tiny:
			c.breaks("distribution function", where+".histogram", "shares rise with the times", p.P, h[i-1].P)
			return
		}
	}
	for _, q := range t.percentiles() {
		if q.p < 1 && q.Known() && !c.through(where, h, q) {
			return
		}
	}
}

// through checks that a distribution function passes the level of a percentile
// where the percentile says. It is there to catch a wrong unit or a shifted
// array, not a rounding: a tenth of what lies beyond the percentile is allowed,
// and two ways of estimating a tail differ by less than the interval.
func (c *checker) through(where string, h []Point, q percentile) bool {
	slack := 0.1*(1-q.p) + c.tolerance
	const law = "distribution function"
	for _, p := range h {
		if p.Le < math.Min(q.Lo, q.Value)*(1-0.01-c.tolerance) && p.P > q.p+slack {
			c.breaks(law, where+".histogram", "it reaches the level of "+q.name+" there and not before", p.Le, q.Value)
			return false
		}
		if p.Le > math.Max(q.Hi, q.Value)*(1+0.01+c.tolerance) && p.P < q.p-slack {
			c.breaks(law, where+".histogram", "it has reached the level of "+q.name+" there", p.Le, q.Value)
			return false
		}
	}
	return true
}
