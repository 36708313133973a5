package profiling

import (
	"fmt"
	"math"

	"github.com/headroom/headroom/profiles/pprof"
	"github.com/headroom/headroom/reports"
)

// Verdict is the difference in sentences: all of it, and what got dearer first.
func Verdict(d *pprof.Difference) []string {
	out := []string{}
	if d.PerRequest {
		s := fmt.Sprintf("A request costs %s of %s, before %s: %s", amount(d.Unit, d.Total.Head), what(d.Type), amount(d.Unit, d.Total.Base), by(d, &d.Total))
		if !d.Total.Sure {
			s += "; that is within what runs differ by themselves"
		}
		out = append(out, s)
	}
	sure := 0
	for i := range d.Self {
		c := &d.Self[i]
		if !c.Sure || c.By.Value <= 0 {
			break
		}
		if sure++; sure > 3 {
			continue
		}
		s := fmt.Sprintf("%s got dearer: %s, %s", c.Name, by(d, c), relative(c))
		if c.Under != "" {
			s += ", called from " + Short(c.Under)
		}
		out = append(out, s)
	}
	switch {
	case sure > 3:
		out = append(out, fmt.Sprintf("%d more functions got dearer", sure-3))
	case sure == 0:
		out = append(out, "No function got surely dearer")
	}
	return out
}

func by(d *pprof.Difference, c *pprof.Change) string {
	s := amount(d.Unit, c.By.Value)
	if d.Unit == "1" && !d.PerRequest {
		s = reports.Share(c.By.Value)
	}
	if c.By.Value > 0 {
		s = "+" + s
	}
	if c.By.Uncertain() {
		if d.Unit == "1" && !d.PerRequest {
			return s + fmt.Sprintf(" (%s to %s)", reports.Share(c.By.Lo), reports.Share(c.By.Hi))
		}
		return s + fmt.Sprintf(" (%s to %s)", amount(d.Unit, c.By.Lo), amount(d.Unit, c.By.Hi))
	}
	return s
}

func relative(c *pprof.Change) string {
	if r := c.Relative(); math.IsInf(r, 1) {
		return "new"
	} else if c.Head == 0 {
		return "gone"
	} else {
		return reports.Change(r)
	}
}

// Changes are the tables of a difference.
func Changes(d *pprof.Difference, top int) []reports.Chapter {
	var out []reports.Chapter
	for _, x := range []struct {
		title string
		list  []pprof.Change
	}{{"What changed, of functions themselves", d.Self}, {"What changed, with what they call", d.Cum}} {
		c := reports.Chapter{Title: x.title, Columns: columns("function", "before", "now", "change", "relative", "<sure", "<called from")}
		for i := range x.list {
			if len(c.Rows) >= top {
				break
			}
			ch := &x.list[i]
			if ch.By.Value == 0 {
				continue
			}
			sure := "–"
			switch {
			case ch.Sure && ch.By.Value > 0:
				sure = "dearer"
			case ch.Sure:
				sure = "cheaper"
			}
			under := Short(ch.Under)
			if under == "" {
				under = "–"
			}
			show := func(v float64) string {
				if d.PerRequest {
					return amount(d.Unit, v)
				}
				return reports.Share(v)
			}
			c.Rows = append(c.Rows, []string{Short(ch.Name), show(ch.Base), show(ch.Head), by(d, ch), relative(ch), sure, under})
		}
		if len(c.Rows) == 0 {
			c.Sentences = []string{"Nothing."}
		}
		out = append(out, c)
	}
	out[1].Columns = out[1].Columns[:6]
	if d.Skipped > 0 {
		out[0].Sentences = append(out[0].Sentences, fmt.Sprintf("%s too small to be tested, on both sides below 0.2 %% of all.", plural(d.Skipped, "function")))
	}
	return append(out, caveatChapter(d.Caveats)...)
}
