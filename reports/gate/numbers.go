package gate

import (
	"fmt"
	"math"
	"strconv"

	"github.com/headroom/headroom/measure"
)

// shown is a figure in its unit, to four digits.
func shown(v float64, unit string) string {
	digits := func(x float64) string { return strconv.FormatFloat(x, 'g', 4, 64) }
	a := math.Abs(v)
	switch unit {
	case "s":
		switch {
		case a >= 1 || a == 0:
			return digits(v) + " s"
		case a >= 1e-3:
			return digits(1e3*v) + " ms"
		}
		return digits(1e6*v) + " µs"
	case "1/s":
		return digits(v) + "/s"
	case "share":
		return digits(100*v) + " %"
	case "B":
		if a >= 1e4 {
			return digits(v/1e3) + " kB"
		}
		return digits(v) + " B"
	}
	return digits(v)
}

// percent is a share with its sign, or of errors a difference in percentage points.
func percent(v float64, metric string) string {
	if metric == "errors" {
		return fmt.Sprintf("%+.3g pp", 100*v)
	}
	return fmt.Sprintf("%+.1f %%", 100*v)
}

// changed is a change with its interval.
func (c *Comparison) changed() string {
	e := c.Change
	switch {
	case !e.Known():
		return "–"
	case !e.Uncertain():
		return percent(e.Value, c.Metric)
	}
	return fmt.Sprintf("%s (%s to %s)", percent(e.Value, c.Metric), percent(e.Lo, c.Metric), percent(e.Hi, c.Metric))
}

// allowed is the tolerance as a change.
func (c *Comparison) allowed() string {
	if better(c.Metric) {
		return percent(-c.Tolerance, c.Metric)
	}
	return percent(c.Tolerance, c.Metric)
}

// figureOf is a figure of a check with its interval.
func figureOf(e measure.Estimate, unit string) string {
	switch {
	case !e.Known():
		return "–"
	case !e.Uncertain():
		return shown(e.Value, unit)
	}
	return fmt.Sprintf("%s (%s to %s)", shown(e.Value, unit), shown(e.Lo, unit), shown(e.Hi, unit))
}

// bound is a limit in words.
func (c *Check) bound() string {
	switch {
	case len(c.Within) == 2:
		return shown(c.Within[0], c.Unit) + " to " + shown(c.Within[1], c.Unit)
	case c.AtLeast:
		return "at least " + shown(c.Limit, c.Unit)
	}
	return "at most " + shown(c.Limit, c.Unit)
}
