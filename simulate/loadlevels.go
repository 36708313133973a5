package simulate

import (
	"math"

	"github.com/headroom/headroom/internal/kinds"
	"github.com/headroom/headroom/internal/variate"
	"github.com/headroom/headroom/measure"
)

// levels are the figures of a load in steps, step by step, of all replications.
func (s *study) levels() []measure.Level {
	var out []measure.Level
	interval := s.reps[0].rec.interval
	for _, w := range kinds.Windows(s.o.Test) {
		from, to := int(math.Ceil(w.From/interval-1e-9)), int(math.Floor(w.To/interval+1e-9))
		for i := range s.workloads {
			if l, ok := s.level(i, from, to); ok {
				l.Load = w.Load
				out = append(out, l)
			}
		}
	}
	return out
}

// level is a workload in the intervals from … to−1; false where there is none.
func (s *study) level(i, from, to int) (measure.Level, bool) {
	var well, came, mean, present, failed, tails ratio
	var all []weighted
	seconds := 0.0
	for r := range s.reps {
		line := s.reps[r].rec.line.workloads[i]
		var sum stretch
		var times []weighted
		for j := from; j < min(to, len(line)); j++ {
			x := &line[j]
			sum.length += x.length
			sum.n += x.n
			sum.failed += x.failed
			sum.sum += x.sum
			sum.started += x.started
			sum.present += x.present
			for _, t := range x.times {
				times = append(times, weighted{t, x.each})
			}
		}
		if !(sum.length > 0) {
			return measure.Level{}, false
		}
		seconds = sum.length
		well, came = append(well, pair{sum.n, sum.length}), append(came, pair{sum.started, sum.length})
		mean, present = append(mean, pair{sum.sum, sum.n}), append(present, pair{sum.present, sum.length})
		failed = append(failed, pair{sum.failed, sum.n + sum.failed})
		all = append(all, times...)
		if p := weightedQuantile(times, 0.99); !math.IsNaN(p) {
			tails = append(tails, pair{p, 1})
		}
	}
	out := measure.Level{
		Workload: s.workloads[i].name, Seconds: seconds, Offered: rate(came), Throughput: rate(well),
		Failed: failed.figure(0, 1), InSystem: rate(present), Mean: rate(mean),
	}
	if p := weightedQuantile(all, 0.99); !math.IsNaN(p) {
		out.P99 = measure.Exactly(p)
		if _, off := tails.estimate(); len(tails) == len(s.reps) && len(tails) > 1 {
			half := off.half()
			out.P99 = figure(p, p-half, p+half, 0, math.Inf(1))
		}
	}
	return out, true
}

// answer answers the question of the test.
func (s *study) answer(r *measure.Result) {
	r.Test.Levels = s.levels()
	kinds.Conclude(s.o.Test, kinds.NamesOf(s.model), r, variate.Stream(s.o.Seed, 0, "simulate/test"))
}
