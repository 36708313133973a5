package queueing

import (
	"fmt"
	"math"

	"github.com/headroom/headroom/measure"
)

// report puts the series into a result; figures of the whole are means over it.
func (t *timed) report() *measure.Result {
	m := t.m
	r := &measure.Result{
		Schema: measure.Schema, Kind: measure.Prediction, Method: measure.Analytic,
		Scenario:  measure.Scenario{Name: m.Name, SHA256: m.Digest},
		Stable:    true,
		Workloads: make(map[string]*measure.Workload, len(m.Workloads)),
		Services:  make(map[string]*measure.Service, len(m.Services)),
		Series: &measure.Series{
			Interval:  t.interval,
			Workloads: make(map[string]measure.WorkloadSeries), Services: make(map[string]measure.ServiceSeries),
		},
		Test: &measure.Test{Duration: t.duration, Peak: 1},
		Run:  measure.Run{Detail: t.detail, Duration: t.duration},
	}
	if m.Part != 1 {
		r.Scenario.Part = m.Part
	}
	for w := range m.Workloads {
		t.reportWorkload(r, w)
	}
	most := 0.0
	for i := range m.Services {
		s := &m.Services[i]
		cores := float64(s.Replicas * s.Cores)
		use := make(measure.Values, t.intervals)
		for j := range use {
			use[j] = math.Min(1, t.series.Busy[i][j]/cores)
		}
		r.Series.Services[s.Name] = measure.ServiceSeries{Utilization: use, Present: t.series.AtStation[i]}
		mean := meanOver(use)
		r.Services[s.Name] = &measure.Service{
			Replicas: exactly(float64(s.Replicas)), Utilization: exactly(mean), Present: exactly(meanOver(t.series.AtStation[i])),
		}
		if mean > most*(1+1e-12) {
			most, r.Bottleneck = mean, s.Name
		}
	}
	if x := t.o.Test; x != nil {
		r.Test.Name, r.Test.Kind, r.Test.Peak = x.Name, x.Kind.String(), x.Peak()
	}
	r.Test.Recovery = t.recoveries()
	for _, f := range t.left {
		r.Caveats = append(r.Caveats, measure.Caveat{What: "queueing: not modelled: " + f.What, Where: f.Where, Effect: f.Effect})
	}
	r.Caveats = append(r.Caveats, t.caveats...)
	for _, x := range r.Test.Recovery {
		if x.Recovered == 0 {
			r.Caveats = append(r.Caveats, notSettledCaveat(x))
		}
	}
	return r
}

func (t *timed) reportWorkload(r *measure.Result, w int) {
	name := t.m.Workloads[w].Name
	s := t.series
	r.Series.Workloads[name] = measure.WorkloadSeries{
		Throughput: s.Throughput[w], Mean: s.Response[w], Offered: s.Offered[w], InSystem: s.Present[w],
	}
	ended, time := 0.0, 0.0
	for j, x := range s.Throughput[w] {
		if !math.IsNaN(s.Response[w][j]) {
			ended += x
			time += x * s.Response[w][j]
		}
	}
	out := &measure.Workload{
		Offered: exactly(meanOver(s.Offered[w])), Throughput: exactly(meanOver(s.Throughput[w])), InSystem: exactly(meanOver(s.Present[w])),
	}
	if ended > 0 {
		out.Response = &measure.Times{Mean: exactly(time / ended)}
	}
	r.Workloads[name] = out
}

func meanOver(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

// recoveredFactor is how many times the usual response time is still as usual.
const recoveredFactor = 1.5

// recoveries are how each workload comes back after the load was high: at the
// first interval from which the mean response time stays within one and a half
// times that before. Where the test begins with the high load, that at the end
// of the test is the usual one.
func (t *timed) recoveries() []measure.Recovery {
	var out []measure.Recovery
	surges := t.disturbances()
	for i, d := range surges {
		calm := t.duration
		if i+1 < len(surges) {
			calm = math.Max(d.ended, surges[i+1].began)
		}
		for w := range t.m.Workloads {
			mean := t.series.Response[w]
			first, last := t.index(d.ended), t.index(calm)
			usual := mean[t.intervals-1]
			if d.began > 0 {
				usual = mean[max(0, t.index(d.began)-1)]
			}
			if math.IsNaN(usual) {
				continue
			}
			x := measure.Recovery{
				Workload: t.m.Workloads[w].Name, After: d.what, Began: d.began, Ended: d.ended,
				Usual: usual, Bound: recoveredFactor * usual,
			}
			worst := 0.0
			for j := t.index(d.began); j < last; j++ {
				worst = math.Max(worst, math.Max(t.series.Present[w][j], t.series.Last[w][j]))
			}
			x.Worst = exactly(worst)
			at := -1
			for j := first; j < last; j++ {
				switch {
				case math.IsNaN(mean[j]) || mean[j] > x.Bound:
					at = -1
				case at < 0:
					at = j
				}
			}
			if at >= 0 {
				x.Recovered = 1
				x.Time = exactly(math.Max(0, t.interval*float64(at)-d.ended))
			}
			out = append(out, x)
		}
	}
	return out
}

// index is the first interval that begins at an instant or after.
func (t *timed) index(at float64) int {
	return min(t.intervals, int(math.Ceil(at/t.interval-1e-9)))
}

// checkSteady compares where the flows come to with the steady state of the
// formulas at the load that the test ends with.
func (t *timed) checkSteady(steady *measure.Result) {
	if steady == nil || !steady.Stable {
		return
	}
	for w := range t.m.Workloads {
		name := t.m.Workloads[w].Name
		x := steady.Workloads[name]
		if x == nil || !x.InSystem.Known() {
			continue
		}
		present := t.series.Present[w]
		last := present[len(present)-1]
		before := present[len(present)*9/10]
		settled := math.Abs(last-before) <= 0.01*last
		if want := x.InSystem.Value; settled && math.Abs(last-want) > 0.1*want {
			t.caveats = append(t.caveats, measure.Caveat{
				What: "queueing: flows and formulas differ", Where: "workloads." + name,
				Effect: fmt.Sprintf("at the end of the test %.4g are in progress by flows over time, and %.4g in the steady state at that load by formulas", last, want),
			})
		}
	}
}
