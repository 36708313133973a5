package queueing

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/queueing/layered"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// solveLayers solves a model as a layered queueing network: each replica of a
// service is a task with its threads on a processor of its own, each workload a
// task that calls them, and waits and the network are tasks without a line.
//
//   - Accuracy: that of package layered. The order of a request's steps is lost
//     but for how often it calls what; work comes in equal slices between calls.
//   - Source: [RoSe95].
//
// [RoSe95]: https://doi.org/10.1109/32.403785
func solveLayers(ctx context.Context, f *flat) (*measure.Result, error) {
	l := &asLayers{f: f, of: make([][]int, len(f.x.m.Services)), known: make(map[string]bool)}
	l.build()
	r, err := layered.Solve(ctx, &l.m, layered.Options{Rounds: mostLayerRounds})
	c := (*layered.ConvergenceError)(nil)
	if errors.As(err, &c) && c.Change < nearly { // it may do so roughly
		r, err = layered.Solve(ctx, &l.m, layered.Options{Tolerance: roughly})
	}
	if u := (*UnstableError)(nil); errors.As(err, &u) {
		return l.unstable(u), nil
	}
	if err != nil {
		return nil, err
	}
	out := l.result(r)
	if c != nil { // and did
		out.Caveats = append(out.Caveats, measure.Caveat{
			What: "queueing: the layers agree with each other but roughly", Effect: fmt.Sprintf("figures still moved by up to %.2g %%", 100*r.Change),
		})
	}
	return out, nil
}

// roughly is the relative change at which layers that will not agree any
// closer count as agreed (1).
const roughly = 2e-3

// nearly is the relative change that is close enough to try so (1), after as many
// rounds as most models need and more.
const (
	nearly          = 2e-2
	mostLayerRounds = 200
)

// asLayers is a model as a layered one.
type asLayers struct {
	f  *flat
	m  layered.Model
	of [][]int // by service: tasks, one for each replica

	first [][]int         // by operation: its tasks, one for each replica
	tasks []int           // by workload
	known map[string]bool // delays that there are
}

// build makes tasks of services, then of workloads.
func (l *asLayers) build() {
	x := l.f.x
	l.first = make([][]int, len(x.p.ops))
	for id := range x.m.Services {
		if l.f.comesTo(id) {
			l.service(id)
		}
	}
	for w := range x.m.Workloads {
		l.workload(w)
	}
}

func entryName(op, replica int) string { return fmt.Sprintf("op%d.%d", op, replica) }

// service adds a task for each replica.
func (l *asLayers) service(id int) {
	x := l.f.x
	s := &x.m.Services[id]
	replica := 0
	for _, part := range sharesOf(s) {
		for range int(math.Round(part.replicas)) {
			name := fmt.Sprintf("s%d.%d", id, replica)
			p := layered.Processor{Name: name, Discipline: layered.PS, Servers: capacity(s)}
			if l.f.inOrder(id) {
				p.Discipline = layered.FCFS
			}
			t := layered.Task{Name: name, Processor: name}
			if l.f.threadsMatter(id) {
				t.Threads, _ = x.limitsOf(id)
			}
			for _, op := range s.Operations {
				if !l.f.comesToOp(int(op)) {
					continue
				}
				l.first[op] = append(l.first[op], len(l.m.Tasks))
				t.Entries = append(t.Entries, layered.Entry{Name: entryName(int(op), replica), Phases: []layered.Phase{l.phase(int(op))}})
			}
			l.of[id] = append(l.of[id], len(l.m.Tasks))
			l.m.Processors, l.m.Tasks = append(l.m.Processors, p), append(l.m.Tasks, t)
			replica++
		}
	}
}

// phase is what one run of an operation does.
func (l *asLayers) phase(op int) layered.Phase {
	x := l.f.x
	var demand, steps, second float64
	id := int(x.p.ops[op].service)
	for _, u := range x.p.ops[op].uses {
		d := x.p.demands[id][u.demand]
		steps += u.called()
		demand += u.called() * d.Mean()
		second += u.called() * d.Moment(2)
	}
	p := layered.Phase{Demand: demand, SCV: 1}
	if demand > 0 {
		p.SCV = math.Max(0, second*steps/demand/demand-1)
	}
	for _, c := range x.p.ops[op].calls {
		p.Calls = append(p.Calls, l.calls(c.to, c.called())...)
	}
	idle := folder{x: x, service: id, batch: 1, calls: make([]moment, len(x.p.ops)), cores: nothing}
	if d := idle.steps(x.m.Operations[op].Steps).mean; d > 0 {
		p.Calls = append(p.Calls, layered.Call{Entry: l.delay(fmt.Sprintf("op%d", op), d), Mean: 1})
	}
	p.Fixed = straight(x.m.Operations[op].Steps) && countable(p.Calls)
	return p
}

// nothing is the time at cores that are left out.
func nothing(dist.Dist) moment { return moment{} }

// straight reports whether steps are the same every time.
func straight(steps []scenarios.Step) bool {
	for _, s := range steps {
		switch s.(type) {
		case scenarios.CPU, scenarios.Wait, scenarios.Call, scenarios.Publish:
		default:
			return false
		}
	}
	return true
}

// calls are so many calls of an operation, at any of its replicas.
func (l *asLayers) calls(op int, mean float64) []layered.Call {
	var out []layered.Call
	replica := 0
	for _, part := range sharesOf(&l.f.x.m.Services[l.f.x.p.ops[op].service]) {
		for range int(math.Round(part.replicas)) {
			if mean > 0 && part.each > 0 {
				out = append(out, layered.Call{Entry: entryName(op, replica), Mean: mean * part.each})
			}
			replica++
		}
	}
	return out
}

// delay adds a task without a line that takes a time (s), and names its entry.
func (l *asLayers) delay(of string, time float64) string {
	name := of + ".delay"
	if l.known[name] { // by another replica
		return name
	}
	l.known[name] = true
	l.m.Processors = append(l.m.Processors, layered.Processor{Name: name, Discipline: layered.Delay})
	l.m.Tasks = append(l.m.Tasks, layered.Task{
		Name: name, Processor: name,
		Entries: []layered.Entry{{Name: name, Phases: []layered.Phase{{Demand: time, SCV: 1}}}},
	})
	return name
}

// workload adds the task of the users of a workload or, of an open one, of
// those who wait for its requests.
func (l *asLayers) workload(w int) {
	x := l.f.x
	wl := &x.m.Workloads[w]
	name := fmt.Sprintf("w%d", w)
	p := layered.Phase{SCV: 1, Fixed: wl.Route == nil && len(wl.Mix) < 2 && straight(wl.Steps)}
	for op, starts := range x.tr.starts[w] {
		if starts > 0 {
			p.Calls = append(p.Calls, l.calls(op, starts)...)
		}
	}
	session := folder{x: x, service: -1, batch: 1, calls: make([]moment, len(x.p.ops)), cores: nothing}
	if d := session.steps(wl.Steps).mean; d > 0 {
		p.Calls = append(p.Calls, layered.Call{Entry: l.delay(name, d), Mean: 1})
	}
	p.Fixed = p.Fixed && countable(p.Calls)
	e := layered.Entry{Name: name, Phases: []layered.Phase{p}}
	t := layered.Task{Name: name, Processor: name}
	if wl.Open() {
		e.OpenRate = x.requests[w]
	} else {
		t.Reference, t.Threads, t.Think = true, wl.Users, wl.Think.Mean()
	}
	t.Entries = []layered.Entry{e}
	l.tasks = append(l.tasks, len(l.m.Tasks))
	l.m.Processors = append(l.m.Processors, layered.Processor{Name: name, Discipline: layered.Delay})
	l.m.Tasks = append(l.m.Tasks, t)
}

// countable reports whether calls are made in whole numbers.
func countable(calls []layered.Call) bool {
	for _, c := range calls {
		if c.Mean != math.Trunc(c.Mean) {
			return false
		}
	}
	return true
}

// result reads the figures of the model off those of its layers.
func (l *asLayers) result(of *layered.Result) *measure.Result {
	x := l.f.x
	r := x.newResult(fmt.Sprintf("method of layers, %d rounds", of.Rounds))
	entries := make(map[string]layered.EntryResult, len(of.Entries))
	for _, e := range of.Entries {
		entries[e.Name] = e
	}
	total := 0.0
	for w := range x.m.Workloads {
		wl := &x.m.Workloads[w]
		task := of.Tasks[l.tasks[w]]
		response := task.Response
		if wl.Open() {
			response = entries[task.Name].Open
		} else {
			x.requests[w] = task.Throughput
		}
		rate := x.requests[w]
		total += rate
		r.Workloads[wl.Name] = &measure.Workload{
			Offered: exactly(rate), Throughput: exactly(rate), Failed: exactly(0),
			Response: onlyMeanOf(response), InSystem: exactly(rate * response),
		}
	}
	x.setStations()
	took := make([]layerTimes, len(x.p.ops))
	for op := range x.p.ops {
		rate := 0.0
		for w, requests := range x.requests {
			rate += requests * x.tr.workload[w][op]
		}
		took[op] = l.took(op, rate, of, entries)
		out := &measure.Operation{Throughput: exactly(rate), Visits: exactly(rate / total)}
		if rate > 0 {
			out.Response = onlyMeanOf(took[op].held + took[op].waits)
		}
		r.Operations[x.m.Operations[op].Name] = out
	}
	held := l.services(r, took)
	if !held {
		l.f.saturation(r)
	}
	return r
}

// layerTimes are those of an operation: its rate (1/s), how long a run holds a
// thread, and waits for one (s).
type layerTimes struct{ rate, held, waits float64 }

func (l *asLayers) took(op int, rate float64, of *layered.Result, entries map[string]layered.EntryResult) layerTimes {
	out := layerTimes{rate: rate}
	replica := 0
	for _, part := range sharesOf(&l.f.x.m.Services[l.f.x.p.ops[op].service]) {
		for range int(math.Round(part.replicas)) {
			if replica < len(l.first[op]) {
				out.held += part.each * entries[entryName(op, replica)].Reply
				out.waits += part.each * of.Tasks[l.first[op][replica]].Waiting
			}
			replica++
		}
	}
	return out
}

// services fills in the figures of the services, and the bottleneck where
// threads are held; it reports whether they are.
func (l *asLayers) services(r *measure.Result, took []layerTimes) (held bool) {
	x := l.f.x
	fullest := 0.0
	for id := range x.m.Services {
		s, st := &x.m.Services[id], &x.stations[id]
		out := &measure.Service{Replicas: exactly(float64(s.Replicas)), Cost: costOf(s), Rejected: exactly(0)}
		r.Services[s.Name] = out
		rate, present, busy := 0.0, 0.0, 0.0
		for _, op := range s.Operations {
			t := took[op]
			rate += t.rate
			present += t.rate * (t.held + t.waits)
			busy += t.rate * t.held
		}
		out.Throughput, out.Present = exactly(rate), exactly(present)
		part := st.load() / float64(s.Replicas) / float64(s.Cores)
		out.Utilization = exactly(math.Min(1, part))
		if part > 1 {
			r.Caveats = append(r.Caveats, tooBusy(part, s.Name))
		}
		if rate > 0 {
			out.Response = onlyMeanOf(present / rate)
			if part <= 1 {
				out.ServiceTime = onlyMeanOf(st.load() / rate)
			}
		}
		if l.f.threadsMatter(id) && l.f.comesTo(id) {
			held = true
			most := float64(s.Threads * s.Replicas)
			out.ThreadsBusy = exactly(math.Min(busy, most))
			part = math.Max(part, busy/most)
		}
		if part > fullest {
			fullest, r.Bottleneck = part, s.Name
		}
	}
	return held
}

// unstable says that threads run out, or cores: which, is in the error.
func (l *asLayers) unstable(u *UnstableError) *measure.Result {
	r := l.f.unstableResult(ByLayers)
	r.Bottleneck, r.Saturation = "", nil
	where := "model"
	for id, tasks := range l.of {
		for _, t := range tasks {
			if l.m.Tasks[t].Name == u.Station {
				r.Bottleneck = l.f.x.m.Services[id].Name
				where = "services." + r.Bottleneck
			}
		}
	}
	r.Caveats = append(r.Caveats, measure.Caveat{
		What: fmt.Sprintf("queueing: offered %.4g times what it can do", u.Load/u.Capacity), Where: where,
		Effect: "no steady state: its threads, or its cores, have no time left; the times of all requests are left out",
	})
	return r
}
