package reports

import (
	"fmt"
	"strings"

	"github.com/headroom/headroom/measure"
)

// Differences is the chapter of a [measure.Versus]: every figure of both
// systems, by how much it differs, and how sure that is. Differences whose
// interval holds 0 are shown as "~".
func Differences(v *measure.Versus, base, other string) Chapter {
	c := Chapter{
		Title: "Differences under common random numbers",
		Sentences: []string{fmt.Sprintf(
			"%s less %s, by %d pairs of runs that were given the same arrivals, demands and choices. Intervals are of 95 %%, each by itself; ~ is a difference that may be none. Gain: how many times longer independent runs would have to be, to know as much.",
			other, base, v.Replications)},
		Columns: []ChapterColumn{{"of", false}, {"figure", false}, {base, true}, {other, true}, {"difference", true}, {"in per cent", true}, {"", false}, {"gain", true}},
	}
	for _, x := range v.Caveats {
		c.Sentences = append(c.Sentences, caveat{Caveat: x}.String())
	}
	for _, d := range v.Differences {
		u, sure, gain := versusUnit(d.Metric), "~", missing
		if d.Known() {
			sure = ""
		}
		if d.Gain.Known() {
			gain = Number(d.Gain.Value)
		}
		change := d.Ratio
		if change.Known() {
			change.Value, change.Lo, change.Hi = change.Value-1, change.Lo-1, change.Hi-1
		}
		c.Rows = append(c.Rows, []string{
			d.Subject, strings.ReplaceAll(d.Metric, "_", " "), u.text(d.Base.Value), u.text(d.Other.Value),
			signed(u, d.By), signed(share, change), sure, gain,
		})
	}
	return c
}

// versusUnit is the unit of a figure of a [measure.Versus].
func versusUnit(metric string) unit {
	switch metric {
	case "in_system", "present", "waiting":
		return number
	}
	return metricUnit(metric)
}

// signed is an estimate with the sign that differences have.
func signed(u unit, e measure.Estimate) string {
	s := u.estimate(e)
	if e.Known() && e.Value > 0 {
		s = "+" + s
	}
	return s
}
