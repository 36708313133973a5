package simulate

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

func asJSON(t *testing.T, r *measure.Result) []byte {
	t.Helper()
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// One seed, one result, to the last bit, on any number of workers and cores and
// whether or not the latter changes meanwhile; another seed, another.
func TestDeterminism(t *testing.T) {
	m := everything()
	for name, o := range map[string]Options{
		"to a precision": {Seed: 3, Precision: 0.1, MaxEvents: 2_000_000, MaxTime: -1},
		"for a time":     {Seed: 3, Duration: 60, Warmup: 5, Replications: 16, MaxTime: -1},
	} {
		t.Run(name, func(t *testing.T) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
			run := func(seed uint64, workers, procs int, told func(float64, string)) []byte {
				runtime.GOMAXPROCS(procs)
				o := o
				o.Seed, o.Workers, o.Progress = seed, workers, told
				r, err := Run(context.Background(), m, o)
				if err != nil {
					t.Fatal(err)
				}
				return asJSON(t, r)
			}
			want := run(3, 1, 1, nil)
			for _, procs := range []int{1, 2, 4} {
				if !bytes.Equal(run(3, 16, procs, nil), want) {
					t.Errorf("16 workers on %d cores: another result than of one on one", procs)
				}
			}
			procs := 0
			changing := func(float64, string) {
				procs++
				runtime.GOMAXPROCS(1 + procs%4)
			}
			if !bytes.Equal(run(3, 16, 2, changing), want) {
				t.Error("16 workers on cores that come and go: another result than of one on one")
			}
			if bytes.Equal(run(4, 1, 2, nil), want) {
				t.Error("another seed gives the same result")
			}
		})
	}
}

// A result has every figure that a simulation can know, and obeys the laws.
func TestWholeResult(t *testing.T) {
	r, err := Run(context.Background(), everything(), Options{Seed: 3, Precision: 0.05, MaxTime: -1})
	if err != nil {
		t.Fatal(err)
	}
	known := func(what string, es ...measure.Estimate) {
		t.Helper()
		for i, e := range es {
			if !e.Known() {
				t.Errorf("%s: figure %d is not known", what, i)
			}
		}
	}
	times := func(what string, x *measure.Times) {
		t.Helper()
		if x == nil {
			t.Errorf("%s: no times", what)
			return
		}
		known(what, x.Mean, x.Stddev, x.P50, x.P90, x.P95, x.P99, x.P999, x.Max)
		if n := len(x.Histogram); n < 60 || n > 200 {
			t.Errorf("%s: %d points", what, n)
		}
		for i, p := range x.Histogram {
			if i > 0 && (p.Le <= x.Histogram[i-1].Le || p.P < x.Histogram[i-1].P) || p.Lo > p.P || p.Hi < p.P {
				t.Errorf("%s: point %d is %+v after %+v", what, i, p, x.Histogram[max(i-1, 0)])
			}
		}
	}
	for name, w := range r.Workloads {
		known(name, w.Offered, w.Throughput, w.Failed, w.InSystem)
		times(name, w.Response)
	}
	for name, o := range r.Operations {
		known(name, o.Throughput, o.Visits)
		times(name, o.Response)
	}
	for name, s := range r.Services {
		known(name, s.Replicas, s.Utilization, s.Throughput, s.Present, s.Waiting, s.ThreadsBusy, s.Rejected, s.PIdle, s.PWait)
		times(name, s.Response)
		if s.WaitingTime == nil || s.ServiceTime == nil {
			t.Errorf("%s: no waiting or service time", name)
		}
	}
	for name, x := range r.Topics {
		known(name, x.Throughput, x.Depth, x.Batch)
		times(name, x.Delay)
	}
	if r.Series == nil || len(r.Series.Workloads) != len(r.Workloads) || len(r.Series.Services) != len(r.Services) {
		t.Error("no series")
	}
	if r.Bottleneck == "" || len(r.Saturation) != len(r.Workloads) || r.Run.Requests == 0 || r.Run.Replications != 32 || !(r.Run.Warmup > 0) || !(r.Run.Duration > 0) {
		t.Errorf("bottleneck %q, saturation %v, run %+v", r.Bottleneck, r.Saturation, r.Run)
	}
}

// A system that is offered more than it has cores for has no response time, at
// any seed and however far above; it is told which service, and by how much
// its work grows.
func TestOverload(t *testing.T) {
	for _, rho := range []float64{1, 1.05, 3} {
		r, err := Run(context.Background(), mmc(2, rho), Options{Seed: 5})
		if err != nil {
			t.Fatal(err)
		}
		w, s := r.Workloads["users"], r.Services["web"]
		if r.Stable || w.Response != nil || w.InSystem.Known() || s.Present.Known() || s.Response != nil || s.WaitingTime != nil {
			t.Errorf("load %v: stable %v, response %v, present %v", rho, r.Stable, w.Response, s.Present)
		}
		if len(r.Caveats) == 0 || r.Caveats[0].Where != "services.web" || !strings.Contains(r.Caveats[0].Effect, "grows by") {
			t.Errorf("load %v: caveats %v", rho, r.Caveats)
		}
		if got := r.Saturation["users"]; math.Abs(got-2) > 1e-9 {
			t.Errorf("load %v: saturates at %v, want 2", rho, got)
		}
		if rho == 3 {
			within(t, "throughput", w.Throughput, 2, 0.02)
			within(t, "utilization", s.Utilization, 1, 0.01)
		}
	}
}

// Threads held during a call are a limit that the cores do not show: 4 threads
// held for 0.1 s and more carry fewer than 40 requests a second.
func TestOverloadOfThreads(t *testing.T) {
	s := newSystem("threads")
	db := s.op(s.service(scenarios.Service{Name: "db", Cores: 100}), "x", s.cpu(dist.Exponential(0.1)))
	web := s.service(scenarios.Service{Name: "web", Threads: 4, Backlog: scenarios.Unlimited})
	s.poisson("users", 60, s.op(web, "x", s.cpu(dist.Exponential(0.001)), s.call(db)))
	r, err := Run(context.Background(), s.Model, Options{Seed: 5, MaxEvents: 20_000_000})
	if err != nil {
		t.Fatal(err)
	}
	if r.Stable || r.Workloads["users"].Response != nil {
		t.Errorf("stable %v, response %v", r.Stable, r.Workloads["users"].Response)
	}
	within(t, "throughput", r.Workloads["users"].Throughput, 40/1.01, 0.02)
	if got := r.Saturation["users"]; math.Abs(got/(40/1.01)-1) > 0.02 || r.Bottleneck != "web" {
		t.Errorf("%q saturates at %v, want web at %v", r.Bottleneck, got, 40/1.01)
	}
	r, err = Run(context.Background(), s.Model, Options{Seed: 5, Duration: 100})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Saturation["users"]; r.Stable || math.Abs(got/(40/1.01)-1) > 0.05 {
		t.Errorf("for 100 s: stable %v, saturates at %v, want %v", r.Stable, got, 40/1.01)
	}
}

// The same with a bounded backlog has a steady state, and is told that its
// threads are the limit.
func TestShortOfThreads(t *testing.T) {
	s := newSystem("threads")
	db := s.op(s.service(scenarios.Service{Name: "db", Cores: 100}), "x", s.cpu(dist.Exponential(0.1)))
	web := s.service(scenarios.Service{Name: "web", Threads: 4, Backlog: 10})
	s.poisson("users", 60, s.op(web, "x", s.cpu(dist.Exponential(0.001)), s.call(db)))
	r := solve(t, s.Model, 0.05)
	if r.Workloads["users"].Failed.Value < 0.3 || !hasCaveat(r, "threads are scarcer than cores") {
		t.Errorf("failed %v, caveats %v", r.Workloads["users"].Failed, r.Caveats)
	}
}

// Demands of infinite variance are simulated, with a warning.
func TestHeavyTails(t *testing.T) {
	r, err := Run(context.Background(), single(fifo(4), dist.ParetoOf(1.8, 0.1), 1), Options{Seed: 5, MaxEvents: 5_000_000})
	if err != nil {
		t.Fatal(err)
	}
	asJSON(t, r)
	if !hasCaveat(r, "without a variance") {
		t.Errorf("caveats %v", r.Caveats)
	}
}

func hasCaveat(r *measure.Result, what string) bool {
	for _, c := range r.Caveats {
		if strings.Contains(c.What, what) {
			return true
		}
	}
	return false
}

// A cancelled simulation returns what it has, says so, and comes back at once.
func TestCancellation(t *testing.T) {
	for _, after := range []time.Duration{0, time.Millisecond, 200 * time.Millisecond} {
		ctx, cancel := context.WithTimeout(context.Background(), after)
		r, err := Run(ctx, mmc(1, 0.99), Options{Seed: 1, Precision: 1e-4})
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		if !r.Interrupted || !hasCaveat(r, "interrupted") {
			t.Errorf("after %v: interrupted %v, caveats %v", after, r.Interrupted, r.Caveats)
		}
		asJSON(t, r)
	}
}

// Each bound ends the simulation with a caveat and the precision reached.
func TestBounds(t *testing.T) {
	bounded := func(o Options) *measure.Result {
		t.Helper()
		o.Seed, o.Precision = 1, 1e-3
		r, err := Run(context.Background(), mmc(1, 0.9), o)
		if err != nil {
			t.Fatal(err)
		}
		if r.Interrupted || !r.Workloads["users"].Response.Mean.Uncertain() {
			t.Errorf("%+v: interrupted %v", o, r.Interrupted)
		}
		return r
	}
	if r := bounded(Options{MaxTime: 300 * time.Millisecond}); !hasCaveat(r, "the time allowed, 300ms, was over") {
		t.Errorf("time: %v", r.Caveats)
	}
	a, b := bounded(Options{MaxEvents: 3_000_000}), bounded(Options{MaxEvents: 3_000_000, Workers: 1})
	if !hasCaveat(a, "precision not reached") {
		t.Errorf("events: %v", a.Caveats)
	}
	if !bytes.Equal(asJSON(t, a), asJSON(t, b)) {
		t.Error("a bound on events makes the result depend on the number of workers")
	}
	r, err := Run(context.Background(), mmc(1, 0.99), Options{Seed: 1, MaxInProgress: 32 * 60})
	if err != nil {
		t.Fatal(err)
	}
	if !hasCaveat(r, "bound on memory") || r.Stable {
		t.Errorf("memory: stable %v, %v", r.Stable, r.Caveats)
	}
}

// A run of fixed length measures exactly that, and its series add up to it.
func TestFixedLength(t *testing.T) {
	m := mmc(1, 0.5)
	r, err := Run(context.Background(), m, Options{Seed: 9, Duration: 200, Warmup: 50})
	if err != nil {
		t.Fatal(err)
	}
	if r.Run.Duration != 200 || r.Run.Warmup != 50 || r.Run.Replications != 1 || !r.Stable {
		t.Errorf("run %+v", r.Run)
	}
	w, v := r.Workloads["users"], r.Series.Workloads["users"]
	if w.Response.Mean.Uncertain() || !w.Response.Mean.Known() {
		t.Errorf("one path has a mean of %+v", w.Response.Mean)
	}
	if len(v.Throughput) != 200 || r.Series.Interval != 1 || len(r.Series.Services["web"].Utilization) != 200 {
		t.Fatalf("%d intervals of %v s", len(v.Throughput), r.Series.Interval)
	}
	if got := average(v.Throughput); math.Abs(got-w.Throughput.Value) > 1e-9 {
		t.Errorf("throughput %v by interval and %v in all", got, w.Throughput.Value)
	}
	if got := average(r.Series.Services["web"].Utilization); math.Abs(got-r.Services["web"].Utilization.Value) > 1e-9 {
		t.Errorf("utilization %v by interval and %v in all", got, r.Services["web"].Utilization.Value)
	}
	many, err := Run(context.Background(), m, Options{Seed: 9, Duration: 200, Warmup: 50, Replications: 40})
	if err != nil {
		t.Fatal(err)
	}
	within(t, "mean", many.Workloads["users"].Response.Mean, 2, 0.2)
}

// Overloaded for a time is a thing that can be simulated: its figures are
// those of that time.
func TestFixedLengthOverloaded(t *testing.T) {
	r, err := Run(context.Background(), single(fifo(1), dist.Const(1), 2), Options{Seed: 9, Duration: 100})
	if err != nil {
		t.Fatal(err)
	}
	w := r.Workloads["users"]
	if r.Stable || w.Response == nil || w.Response.Max.Value < 60 || !hasCaveat(r, "no steady state") {
		t.Errorf("stable %v, response %+v, %v", r.Stable, w.Response, r.Caveats)
	}
}

// Paths are what Run simulates for the same seeds.
func TestPaths(t *testing.T) {
	o := Options{Duration: 100, Warmup: 10, Seeds: []uint64{1, 2, 3, 4, 5}}
	paths, err := Paths(context.Background(), everything(), o)
	if err != nil || len(paths) != 5 {
		t.Fatalf("%d paths, %v", len(paths), err)
	}
	for _, p := range paths {
		one := o
		one.Seed = p.Seed
		r, err := Run(context.Background(), everything(), one)
		if err != nil {
			t.Fatal(err)
		}
		for name, w := range r.Workloads {
			got := p.Workloads[name]
			if got.Mean != w.Response.Mean.Value || got.P50 != w.Response.P50.Value || got.P99 != w.Response.P99.Value && w.Response.P99.Known() {
				t.Errorf("seed %d, %s: %+v, and %v, %v by Run", p.Seed, name, got, w.Response.Mean, w.Response.P99)
			}
		}
	}
	if _, err := Paths(context.Background(), everything(), Options{Duration: 1}); err == nil {
		t.Error("no error without seeds")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Paths(ctx, everything(), Options{Duration: 1e6, Seeds: []uint64{1}}); err == nil {
		t.Error("no error when cancelled")
	}
}

// Progress rises to at most 1.
func TestProgress(t *testing.T) {
	var mu sync.Mutex
	var seen []float64
	_, err := Run(context.Background(), mmc(1, 0.9), Options{Seed: 1, Precision: 1e-3, MaxTime: 700 * time.Millisecond, Progress: func(done float64, note string) {
		mu.Lock()
		defer mu.Unlock()
		if note == "" {
			t.Error("no note")
		}
		seen = append(seen, done)
	}})
	if err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	for i, x := range seen {
		if x < 0 || x > 1 || i > 0 && x < seen[i-1] {
			t.Errorf("progress %v", seen)
		}
	}
}

// A system in which time does not pass is an error, not an endless loop.
func TestStuck(t *testing.T) {
	if testing.Short() {
		t.Skip("twenty million events")
	}
	m := closedSingle(scenarios.Service{}, 1, dist.Const(0), dist.Const(0))
	if _, err := Run(context.Background(), m, Options{}); err == nil || !strings.Contains(err.Error(), "without time going on") {
		t.Errorf("error %v", err)
	}
}

// Bad options and bad models are errors that say what and where.
func TestErrors(t *testing.T) {
	for _, o := range []Options{{Precision: -1}, {Precision: math.NaN()}, {Duration: math.Inf(1)}, {Replications: 1}, {MaxEvents: -1}, {Warmup: -1}} {
		if _, err := Run(context.Background(), mmc(1, 0.5), o); err == nil {
			t.Errorf("no error for %+v", o)
		}
	}
	for _, c := range []struct {
		want  string
		spoil func(m *scenarios.Model)
	}{
		{"no workload", func(m *scenarios.Model) { m.Workloads = nil }},
		{"services.web", func(m *scenarios.Model) { m.Services[0].Cores = 0 }},
		{"0 requests a second", func(m *scenarios.Model) { m.Workloads[0].Arrivals.Rate = 0 }},
		{"does nothing", func(m *scenarios.Model) { m.Workloads[0].Mix = nil }},
		{"sum to 0.5", func(m *scenarios.Model) { m.Workloads[0].Mix[0].P = 0.5 }},
		{"operation 7", func(m *scenarios.Model) { m.Workloads[0].Mix[0].Op = 7 }},
		{"a client has no cores", func(m *scenarios.Model) {
			m.Workloads[0].Mix = nil
			m.Workloads[0].Steps = []scenarios.Step{scenarios.CPU{At: "s", Demand: dist.Const(1)}}
		}},
		{"same numbers", func(m *scenarios.Model) {
			m.Operations[0].Steps = append(m.Operations[0].Steps, m.Operations[0].Steps[0])
		}},
		{"not known", func(m *scenarios.Model) { m.Operations[0].Steps = []scenarios.Step{nil} }},
		{"keys", func(m *scenarios.Model) { m.Services[0].Balancing = scenarios.Hash }},
		{"join of 3 of 1", func(m *scenarios.Model) {
			m.Operations[0].Steps = []scenarios.Step{scenarios.Parallel{At: "p", Need: 3, Branches: [][]scenarios.Step{nil}}}
		}},
		{"topic 0 of 0", func(m *scenarios.Model) { m.Operations[0].Steps = []scenarios.Step{scenarios.Publish{At: "p"}} }},
	} {
		m := mmc(1, 0.5)
		c.spoil(m)
		if _, err := Run(context.Background(), m, Options{}); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "simulate: ") {
			t.Errorf("error %v, want one that says %q", err, c.want)
		}
	}
}
