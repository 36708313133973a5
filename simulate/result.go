package simulate

import (
	"fmt"
	"math"

	"github.com/headroom/headroom/measure"
)

// result puts the figures of all replications together.
func (s *study) result() *measure.Result {
	m := s.model
	r := &measure.Result{
		Schema:   measure.Schema,
		Kind:     measure.Prediction,
		Method:   measure.Simulation,
		Scenario: measure.Scenario{Name: m.Name, SHA256: m.Digest},
		Stable:   s.stable,

		Workloads:  make(map[string]*measure.Workload),
		Operations: make(map[string]*measure.Operation),
		Services:   make(map[string]*measure.Service),
	}
	if m.Part != 1 {
		r.Scenario.Part = m.Part
	}
	windows := s.windows()
	for i := range s.workloads {
		r.Workloads[s.workloads[i].name] = s.workload(i, windows)
	}
	for i := range s.operations {
		r.Operations[s.operations[i].name] = s.operation(i, windows)
	}
	for i := range s.services {
		r.Services[s.services[i].name] = s.service(i, windows)
	}
	s.topicsOf(r, windows)
	s.jobsOf(r, windows)
	if rec := s.reps[0].rec; rec != nil && rec.done > 0 {
		r.Series = rec.series
		if rec.line != nil {
			r.Series, r.Test = s.overTime(), s.test()
			s.answer(r)
		}
	}
	s.limits(r)
	if s.o.Test != nil {
		r.Saturation = nil // the load that it would be compared with changes
	}
	r.Run = s.run(windows)
	r.Caveats = s.reservations(r)
	return r
}

// windows is what happened in the measured part of every replication.
func (s *study) windows() []totals {
	out := make([]totals, len(s.reps))
	for i, r := range s.reps {
		out[i] = r.window()
	}
	return out
}

// over is the ratio of two columns.
func over(windows []totals, num, den int) ratio {
	r := make(ratio, len(windows))
	for i, w := range windows {
		r[i] = pair{w[num], w[den]}
	}
	return r
}

// per divides a ratio by f.
func (r ratio) per(f float64) ratio {
	for i := range r {
		r[i].den *= f
	}
	return r
}

// plus adds another ratio of the same denominators.
func (r ratio) plus(o ratio) ratio {
	for i := range r {
		r[i].num += o[i].num
	}
	return r
}

// limited reports whether response times and numbers present are figures at
// all: they are not when they grow without end, but are those of a run of fixed
// length however it would go on.
func (s *study) limited() bool { return s.stable || s.o.Duration > 0 }

// rate is a figure without an upper bound.
func rate(r ratio) measure.Estimate { return r.figure(0, math.Inf(1)) }

func (s *study) workload(i int, w []totals) *measure.Workload {
	c := s.sourceCol(i)
	out := &measure.Workload{
		Offered:    rate(over(w, c+srcStarted, atTime)),
		Throughput: rate(over(w, c+srcWell, atTime)),
		Failed:     measure.Exactly(0),
	}
	lost := s.losses(i, w)
	if s.mayFail() {
		out.Failed = lost.share()
	}
	for how := outWell + 1; how < outcomes; how++ {
		if n := s.lostBy(i, how, w); n > 0 {
			if out.Failures == nil {
				out.Failures = make(map[string]int64)
			}
			out.Failures[how.String()] += n
		}
	}
	if s.limited() {
		out.InSystem = rate(over(w, c+srcRunning, atTime))
		out.Response = s.responses(i).times()
		out.Breakdown = s.breakdown(i)
	}
	return out
}

// losses are the requests of workload i that failed, by those that ended.
func (s *study) losses(i int, w []totals) ratio {
	out := make(ratio, len(s.reps))
	for j, r := range s.reps {
		n := int64(0)
		for how := outWell + 1; how < outcomes; how++ {
			n += s.lostIn(j, i, how, w)
		}
		out[j] = pair{float64(n), float64(n + r.k.tally.responses[i].n)}
	}
	return out
}

// lostIn is how many requests of workload i failed in one way in replication j:
// of those that ended in the measured part, or, in a run of fixed length, of
// those that began in it.
func (s *study) lostIn(j, i int, how outcome, w []totals) int64 {
	if s.o.Duration == 0 {
		return int64(w[j][s.sourceCol(i)+srcFates+int(how)])
	}
	return s.reps[j].k.sources[i].lost[how]
}

// lostBy is the same over all replications.
func (s *study) lostBy(i int, how outcome, w []totals) int64 {
	n := int64(0)
	for j := range s.reps {
		n += s.lostIn(j, i, how, w)
	}
	return n
}

// mayFail reports whether any request may fail: a service turns some away, a
// lock finds a circle, a pool has no room, or a call may.
func (s *study) mayFail() bool {
	if s.fails {
		return true
	}
	for i := range s.services {
		if svc := &s.services[i]; svc.bounded || svc.crashes() {
			return true
		}
	}
	return len(s.lockSteps) > 0 || len(s.acquires) > 0
}

func (s *study) operation(i int, w []totals) *measure.Operation {
	c := s.operationCol(i)
	visits := over(w, c+opAsked, atTime)
	for j := range visits {
		visits[j].den = 0
		for k := range s.workloads {
			visits[j].den += w[j][s.sourceCol(k)+srcStarted]
		}
	}
	out := &measure.Operation{Throughput: rate(over(w, c+opDone, atTime)), Visits: rate(visits)}
	if s.mayFail() || s.cancels {
		ended := over(w, c+opLost, c+opLost)
		for j := range ended {
			ended[j].den += w[j][c+opDone]
		}
		out.Failed = ended.share()
	}
	if s.limited() {
		out.Response = s.visits(i).times()
	}
	return out
}

func (s *study) service(i int, w []totals) *measure.Service {
	svc, c := &s.services[i], s.stationCol(i)
	replicas := float64(s.model.Services[i].Replicas)
	out := &measure.Service{
		Replicas:    measure.Exactly(replicas),
		Utilization: s.utilization(i, w).figure(0, 1),
		Cost:        s.cost(i, w),
		Throughput:  rate(s.answered(i, w)),
		Rejected:    measure.Exactly(0),
		PIdle:       over(w, c+stIdle, atTime).per(float64(svc.replicas)).share(),
		PWait:       over(w, c+stFound, c+stArrivals).share(),
		ServiceTime: s.sample(func(k *kernel) *histogram { return &k.tally.stations[i].work }).times(),
	}
	if svc.bounded || svc.crashes() {
		out.Rejected = over(w, c+stRefused, c+stArrivals).share()
	}
	if svc.varies {
		out.Replicas = rate(over(w, c+stOn, atTime))
		out.PIdle = over(w, c+stIdle, c+stOn).share()
	}
	if s.limited() || svc.threads > 0 { // else nothing limits how many are held
		out.ThreadsBusy = rate(s.held(i, w))
	}
	s.serviceData(out, i, w)
	if !s.limited() {
		return out
	}
	out.Present = rate(over(w, c+stPresent, atTime))
	out.Waiting = rate(s.line(i, w))
	out.WaitingTime = s.sample(func(k *kernel) *histogram { return &k.tally.stations[i].waiting }).times()
	out.Response = s.serviceTimes(svc).times()
	return out
}

// utilization is the time that the cores of service i were busy, as a part of
// that for which they were up.
func (s *study) utilization(i int, w []totals) ratio {
	if svc := &s.services[i]; svc.varies {
		return over(w, s.stationCol(i)+stBusy, s.stationCol(i)+stOn).per(float64(svc.cores))
	}
	return over(w, s.stationCol(i)+stBusy, atTime).per(s.services[i].capacity())
}

// answered are the requests that service i answered well.
func (s *study) answered(i int, w []totals) ratio {
	done := over(w, atTime, atTime)
	for j := range done {
		done[j].num = 0
		for _, op := range s.services[i].ops {
			done[j].num += w[j][s.operationCol(int(op))+opDone]
		}
	}
	return done
}

// line is the number in line at service i, for a thread or for a core.
func (s *study) line(i int, w []totals) ratio {
	c := s.stationCol(i)
	return over(w, c+stLined, atTime).plus(over(w, c+stQueued, atTime))
}

// held is the time for which threads of service i were held.
func (s *study) held(i int, w []totals) ratio {
	c := s.stationCol(i)
	out := over(w, c+stLined, atTime)
	for j := range out {
		out[j].num = w[j][c+stPresent] - out[j].num
	}
	return out
}

// serviceTimes are the response times of all operations of a service.
func (s *study) serviceTimes(svc *service) sample {
	out := make(sample, len(s.reps))
	for j, r := range s.reps {
		out[j] = &histogram{}
		for _, op := range svc.ops {
			out[j].merge(&r.k.tally.operations[op].response)
		}
	}
	return out
}

// run says how the result was made.
func (s *study) run(w []totals) measure.Run {
	run := measure.Run{
		Seed: s.o.Seed, Warmup: s.warmup, Replications: len(s.reps), Detail: s.detail(),
	}
	for _, row := range w {
		run.Duration += row[atTime] / float64(len(w))
		for i := range s.workloads {
			run.Requests += int64(row[s.sourceCol(i)+srcWell] + row[s.sourceCol(i)+srcFailed])
		}
	}
	if !s.steady {
		run.Warmup = s.reps[0].start[atTime]
	}
	return run
}

func (s *study) detail() string {
	d := "discrete-event simulation"
	if n := len(s.reps); n > 1 {
		d += fmt.Sprintf(", %d independent replications", n)
	}
	if s.steady && s.o.Duration == 0 {
		d += fmt.Sprintf("; the first %.4g s of each cut off (MSER-5: %.4g s)",
			s.warmup, s.settling.cut*(s.warmup-s.planning)) + s.precisionReached()
	}
	if rec := s.reps[0].rec; rec != nil && rec.line == nil && len(s.reps) > 1 {
		d += "; series of the first replication"
	}
	return d
}
