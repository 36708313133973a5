package loadtest

import (
	"time"

	"github.com/headroom/headroom/internal/kinds"
	"github.com/headroom/headroom/internal/recovery"
	"github.com/headroom/headroom/internal/variate"
	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// levels are the figures of a load in steps, step by step; none of other loads.
type levels []level

type level struct {
	load      float64
	from      time.Duration
	workloads []*figures
}

func newLevels(t *scenarios.Test, workloads int, span time.Duration) levels {
	var out levels
	for _, w := range kinds.Windows(t) {
		from, to := duration(w.From), min(duration(w.To), span)
		if to-from < time.Millisecond {
			continue // the run was cut short
		}
		l := level{load: w.Load, from: from}
		for range workloads {
			l.workloads = append(l.workloads, newFigures(to-from))
		}
		out = append(out, l)
	}
	return out
}

func (ls levels) add(h *Hit) {
	for i := range ls {
		l := &ls[i]
		f := l.workloads[h.Workload]
		if h.Done < l.from || h.Due >= l.from+f.span {
			continue
		}
		shifted := *h
		shifted.Due, shifted.Sent, shifted.Done = h.Due-l.from, h.Sent-l.from, h.Done-l.from
		f.add(&shifted)
	}
}

// told are the levels as a result has them.
func (ls levels) told(names []string) []measure.Level {
	var out []measure.Level
	for i := range ls {
		for w, f := range ls[i].workloads {
			x := f.workload()
			l := measure.Level{
				Workload: names[w], Load: ls[i].load, Seconds: seconds(f.span),
				Offered: x.Offered, Throughput: x.Throughput, Failed: x.Failed, InSystem: x.InSystem,
			}
			if x.Response != nil {
				l.Mean, l.P99 = x.Response.Mean, x.Response.P99
			}
			out = append(out, l)
		}
	}
	return out
}

// test says what became of the test that the run followed, and of faults.
func (s *summary) test(r *measure.Result) *measure.Test {
	t := s.head.Test
	if t == nil && len(s.head.Disturbances) == 0 {
		return nil
	}
	out := &measure.Test{Duration: seconds(s.span), Peak: 1}
	if t != nil {
		out.Name, out.Kind, out.Peak = t.Name, t.Kind.String(), t.Peak()
	}
	once := func(values []float64) measure.Estimate { return measure.Exactly(values[0]) }
	for _, d := range s.head.Disturbances {
		for i, name := range s.head.Workloads {
			l := s.lines[i]
			x, ok := recovery.Of(name, [][]recovery.Stretch{l.measured()}, seconds(l.interval), d, once)
			if !ok {
				continue
			}
			out.Recovery = append(out.Recovery, x)
			if x.Recovered < 1 {
				r.Caveats = append(r.Caveats, measure.Caveat{
					What: "loadtest: not recovered from " + x.After, Where: "workloads." + name,
					Effect: "it had not come back when the test ended, or when something else happened; how long it takes is not known",
				})
			}
		}
	}
	out.Levels = s.levels.told(s.head.Workloads)
	r.Test = out
	kinds.Conclude(t, s.head.Workloads, r, variate.Stream(s.head.Seed, 0, "loadtest/test"))
	return out
}

// validity is that of the run: whatever a caveat says is not to be trusted.
func validity(caveats []measure.Caveat) *measure.Validity {
	v := &measure.Validity{Valid: true}
	for _, c := range caveats {
		if c.Effect == notTrusted {
			v.Valid = false
			v.Reasons = append(v.Reasons, c.What)
		}
	}
	return v
}
