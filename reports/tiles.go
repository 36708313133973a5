package reports

import (
	"fmt"
	"strings"

	"github.com/headroom/headroom/measure"
)

// tiles say at a glance whether the system holds, whether the model can be
// trusted, how much room is left, and what all this was found at.
func (p *Page) tiles(parts []*part) []tileView {
	if len(parts) == 0 {
		return nil
	}
	return []tileView{objectivesTile(parts), p.errorTile(parts), p.headroomTile(parts), loadTile(parts)}
}

func tile(label, value, detail string, m mood, word string) tileView {
	return tileView{Label: label, Value: value, Detail: detail, Mood: m.class(), Symbol: m.symbol(), Word: word}
}

func objectivesTile(parts []*part) tileView {
	const label = "Objectives"
	for _, x := range parts {
		for _, n := range x.results {
			if !n.Result.Stable {
				return tile(label, "unstable", n.Name+" finds no steady state at this load", bad, "fails")
			}
		}
	}
	t := tallyOf(parts)
	switch {
	case t.total == 0:
		return tile(label, "none set", "the system is stable at this load", neutral, "")
	case t.failed > 0:
		detail := "not met: " + strings.Join(firstFew(t.missed), ", ")
		if t.undecided > 0 {
			detail += "; undecided: " + strings.Join(firstFew(t.unknown), ", ")
		}
		return tile(label, fmt.Sprintf("%d of %d met", t.passed, t.total), detail, bad, "fails")
	case t.undecided > 0:
		return tile(label, fmt.Sprintf("%d of %d met", t.passed, t.total), "undecided: "+strings.Join(firstFew(t.doubts), "; "), doubtful, "undecided")
	}
	return tile(label, fmt.Sprintf("%d of %d met", t.passed, t.total), tightest(parts), good, "holds")
}

func (p *Page) errorTile(parts []*part) tileView {
	t := p.trustOf(parts)
	if t == nil {
		if parts[0].results[0].Result.Kind == measure.Measurement {
			return tile("Model error", "no prediction", "nothing to compare the measurement with", neutral, "")
		}
		return tile("Model error", "not measured", "a prediction alone; run it live to see how far off it is", neutral, "")
	}
	label, word := "Model error", map[mood]string{good: "can be trusted", doubtful: "with care", bad: "not to be trusted"}[t.mood]
	if !t.measured {
		label, word = "Model agreement", map[mood]string{good: "agree", doubtful: "differ somewhat", bad: "differ"}[t.mood]
	}
	value := share.ceiling(t.mean) + " mean"
	if t.tailKnown {
		value += ", " + share.ceiling(t.tail) + " p99"
	}
	return tile(label, value, fmt.Sprintf("%s against %s, the worst workload", t.subject, t.reference), t.mood, word)
}

func (p *Page) headroomTile(parts []*part) tileView {
	const label = "Headroom"
	h := headroomOf(parts, p.Model)
	if h == nil {
		return tile(label, missing, "no result says where the system saturates", neutral, "")
	}
	if h.factor == 0 {
		return tile(label, perSecond.text(h.most), fmt.Sprintf("the most that %s lets through, for %s", h.bottleneck, h.workload), neutral, "")
	}
	m, word := good, "room to grow"
	switch {
	case h.factor < 1:
		m, word = bad, "overloaded"
	case h.factor < 1.2:
		m, word = doubtful, "little room"
	}
	return tile(label, number.plain(h.factor)+" × the load", h.bottleneck+" saturates first", m, word)
}

// loadTile says what load all this was found at.
func loadTile(parts []*part) tileView {
	total, known := 0.0, false
	x := parts[0]
	for _, y := range parts {
		if y.share > x.share {
			x = y
		}
	}
	for _, n := range x.results {
		if known {
			break
		}
		for _, w := range n.Result.Workloads {
			if w == nil {
				continue
			}
			switch {
			case w.Offered.Known():
				total, known = total+w.Offered.Value, true
			case w.Throughput.Known():
				total, known = total+w.Throughput.Value, true
			}
		}
	}
	value := missing
	if known {
		value = perSecond.text(total)
	}
	return tile("Load", value, loadDetail(parts), neutral, "")
}

func loadDetail(parts []*part) string {
	for _, x := range parts {
		i := x.byMethod(measure.LoadTest)
		if i < 0 {
			continue
		}
		run := x.results[i].Result.Run
		said := []string{}
		if x.share < 1 {
			said = append(said, x.label())
		}
		if run.Duration > 0 {
			said = append(said, seconds.plain(run.Duration))
		}
		if run.Requests > 0 {
			said = append(said, number.text(float64(run.Requests))+" requests")
		}
		return strings.Join(append([]string{"run live"}, strings.Join(said, ", ")), ": ")
	}
	return "all workloads together"
}
