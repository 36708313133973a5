package reports

import (
	"fmt"

	"github.com/headroom/headroom/measure"
)

// Tipping says which spikes a system does not come back from; none for a result
// that nobody asked this of.
func Tipping(r *measure.Result) []Chapter {
	if r == nil || r.Tipping == nil {
		return nil
	}
	t := r.Tipping
	c := Chapter{
		Title:   "Tipping point",
		Columns: []ChapterColumn{{Head: "a spike of"}, {Head: "comes back from", Numeric: true}, {Head: "stays down from", Numeric: true}},
		Sentences: []string{fmt.Sprintf(
			"Down is: %s after a spike, less than half of what was answered well before still is, in most of %d runs. Loads are multiples of the scenario's.",
			Seconds(t.Patience), t.Runs)},
	}
	breaks, itself := false, false
	for _, s := range t.Spikes {
		holds, down := times(s.Holds), "none up to "+times(t.Highest)
		if s.Holds == 0 {
			holds, itself = missing, true
		}
		if s.Breaks > 0 {
			down, breaks = times(s.Breaks), true
		}
		c.Rows = append(c.Rows, []string{Seconds(s.Length), holds, down})
	}
	c.Rows = append(c.Rows, lasting(t))
	c.Sentences = append(c.Sentences, verdictOf(t, breaks, itself))
	return []Chapter{c}
}

// lasting is the row of loads that last.
func lasting(t *measure.Tipping) []string {
	row := []string{"as long as it lasts", missing, "none up to " + times(t.Highest)}
	if t.BreaksAt > 0 {
		row[2] = times(t.BreaksAt)
	}
	return row
}

func verdictOf(t *measure.Tipping, breaks, itself bool) string {
	switch {
	case itself:
		return "It goes down at its own load, without a spike."
	case !breaks:
		return "It comes back from every spike that was tried."
	case t.ReturnsAt == 0:
		return "Once it is down, it came back at no load that was tried, down to x0.05: it must be started afresh, or its callers stopped."
	case t.ReturnsAt >= 1/1.06:
		return "Once it is down, it comes back at its own load, if more slowly than was waited for."
	case t.BreaksAt > 0:
		return fmt.Sprintf("It is metastable: once it is down, the load must fall below %s for it to come back, while it carries up to %s when it is up.", times(t.ReturnsAt), times(t.BreaksAt))
	}
	return fmt.Sprintf("It is metastable: once it is down, the load must fall below %s for it to come back.", times(t.ReturnsAt))
}

// times writes a multiple of the load, as "x2.5".
func times(x float64) string { return fmt.Sprintf("x%.3g", x) }
