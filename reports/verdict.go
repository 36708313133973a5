package reports

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// sentence is one thing that a reader must know first.
type sentence struct {
	mood mood
	text string
}

// holds says whether the system holds, by everything that is known of it.
func (p *Page) holds(parts []*part) []sentence {
	if len(parts) == 0 {
		return nil // chapters alone: nothing was judged
	}
	var out []sentence
	name := p.title()
	for _, x := range parts {
		for _, n := range x.results {
			if !n.Result.Stable {
				return []sentence{{bad, unstable(name, x, n, p.Model)}}
			}
		}
	}
	t := tallyOf(parts)
	switch {
	case t.total == 0:
		out = append(out, sentence{good, name + " is stable at this load. No objectives are set."})
	case t.failed > 0:
		out = append(out, sentence{bad, fmt.Sprintf("%s %s: %s.", name, misses(t.failed, t.total), strings.Join(firstFew(t.failures), "; "))})
	case t.undecided > 0:
		out = append(out, sentence{doubtful, fmt.Sprintf("%s holds as far as can be told: %s undecided: %s.", name, open(t.undecided, t.total), strings.Join(firstFew(t.doubts), "; "))})
	default:
		out = append(out, sentence{good, fmt.Sprintf("%s holds at this load: %s.", name, allPass(t.total))})
	}
	if s := headroomOf(parts, p.Model); s != nil {
		out = append(out, sentence{neutral, s.sentence()})
	}
	return out
}

func allPass(n int) string {
	if n == 1 {
		return "its objective passes"
	}
	return fmt.Sprintf("all %d objectives pass", n)
}

func open(n, of int) string {
	switch {
	case of == 1:
		return "its objective is"
	case n == 1:
		return fmt.Sprintf("1 of %d objectives is", of)
	}
	return fmt.Sprintf("%d of %d objectives are", n, of)
}

func misses(n, of int) string {
	switch {
	case of == 1:
		return "does not meet its objective"
	case n == of:
		return fmt.Sprintf("meets none of its %d objectives", of)
	}
	return fmt.Sprintf("does not meet %d of %d objectives", n, of)
}

// firstFew keeps a sentence short.
func firstFew(s []string) []string {
	const most = 3
	if len(s) > most {
		return append(slices.Clone(s[:most]), fmt.Sprintf("and %d more", len(s)-most))
	}
	return s
}

func unstable(name string, x *part, n Named, m *scenarios.Model) string {
	s := name + " does not hold: it is unstable under this load; lines grow without end"
	if n.Result.Bottleneck != "" {
		s = fmt.Sprintf("%s does not hold: it is unstable under this load. %s is saturated; lines grow without end", name, n.Result.Bottleneck)
	}
	if h := headroomIn(x, n, m); h != nil && h.factor > 0 && h.factor < 1 {
		s += fmt.Sprintf(". It can bear %s of the load", share.text(h.factor))
	}
	return s + "."
}

// tally counts objectives by their worst verdict over all results.
type tally struct {
	total, passed, failed, undecided int
	failures, doubts                 []string // what and where, for a sentence
	missed, unknown                  []string // subject and metric of those that failed, and were undecided
}

func tallyOf(parts []*part) tally {
	type key struct{ subject, metric string }
	worst := map[key]measure.Verdict{}
	said := map[key]string{}
	var order []key
	for _, x := range parts {
		for _, n := range x.results {
			for _, o := range n.Result.Objectives {
				k := key{o.Subject, o.Metric}
				old, seen := worst[k]
				if !seen {
					order = append(order, k)
				}
				if !seen || severity(o.Verdict) > severity(old) {
					worst[k] = o.Verdict
					said[k] = said1(o, n.Name)
				}
			}
		}
	}
	t := tally{total: len(order)}
	for _, k := range order {
		switch worst[k] {
		case measure.Pass:
			t.passed++
		case measure.Fail:
			t.failed++
			t.failures = append(t.failures, said[k])
			t.missed = append(t.missed, k.subject+" "+k.metric)
		default:
			t.undecided++
			t.doubts = append(t.doubts, said[k])
			t.unknown = append(t.unknown, k.subject+" "+k.metric)
		}
	}
	return t
}

func severity(v measure.Verdict) int {
	switch v {
	case measure.Pass:
		return 0
	case measure.Fail:
		return 2
	default:
		return 1
	}
}

// said1 is one judgement in words: "uploads p99 is 162 ms, limit 150 ms (measured)".
func said1(o measure.Objective, name string) string {
	u := metricUnit(o.Metric)
	if !o.Value.Known() {
		what := "is not known"
		if o.Verdict == measure.Fail {
			what = "grows without end"
		}
		return fmt.Sprintf("%s %s %s, limit %s (%s)", o.Subject, o.Metric, what, u.plain(o.Limit), name)
	}
	return fmt.Sprintf("%s %s is %s, limit %s (%s)", o.Subject, o.Metric, u.estimate(o.Value), u.plain(o.Limit), name)
}

// headroom is how far the load can grow before something saturates.
type headroom struct {
	bottleneck string
	factor     float64 // of the load now; 0 where all workloads are closed
	most       float64 // the largest throughput of a closed workload (1/s)
	workload   string
}

func (h *headroom) sentence() string {
	if h.factor > 0 && h.factor <= 1 {
		return fmt.Sprintf("%s is saturated: it can bear %s of this load.", h.bottleneck, share.text(h.factor))
	}
	if h.factor > 0 {
		return fmt.Sprintf("The load can grow to %s times what it is before %s saturates.", number.plain(h.factor), h.bottleneck)
	}
	return fmt.Sprintf("%s is the bottleneck: it bounds the throughput of %s to %s.", h.bottleneck, h.workload, perSecond.text(h.most))
}

// headroomOf takes the headroom from the first result that knows it: of the
// largest part, a prediction before a measurement.
func headroomOf(parts []*part, m *scenarios.Model) *headroom {
	var best *headroom
	at := 0.0
	for _, x := range parts {
		for _, n := range x.results {
			if h := headroomIn(x, n, m); h != nil && (best == nil || x.share > at) {
				best, at = h, x.share
			}
		}
	}
	return best
}

func headroomIn(x *part, n Named, m *scenarios.Model) *headroom {
	r := n.Result
	if r.Bottleneck == "" || len(r.Saturation) == 0 {
		return nil
	}
	h := &headroom{bottleneck: r.Bottleneck}
	for _, name := range x.subjects(nil)[kindWorkload] {
		limit, ok := r.Saturation[name]
		if !ok || !(limit > 0) || math.IsInf(limit, 0) {
			continue
		}
		if w := r.Workloads[name]; w != nil && w.Offered.Value > 0 && !closed(m, name) {
			if f := limit / w.Offered.Value; h.factor == 0 || f < h.factor {
				h.factor = f
			}
			continue
		}
		if h.most == 0 || limit < h.most {
			h.most, h.workload = limit, name
		}
	}
	if h.factor == 0 && h.most == 0 {
		return nil
	}
	return h
}

func closed(m *scenarios.Model, workload string) bool {
	if m == nil {
		return false
	}
	w, ok := m.WorkloadByName(workload)
	return ok && !w.Open()
}
