package loadtest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"sync"
	"time"

	"github.com/headroom/headroom/internal/arrivals"
	"github.com/headroom/headroom/loadtest/driver"
	"github.com/headroom/headroom/loadtest/driver/web"
	"github.com/headroom/headroom/loadtest/internal/alarm"
	"github.com/headroom/headroom/loadtest/watch"
	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// Run puts the load of m on a system and measures how the system bears it.
//
// The load runs for o.Warmup and then o.Duration seconds. What is due within
// the latter is counted, each request with its own fate: its end is waited for,
// o.Timeout seconds at most. When ctx ends, Run stops at once and returns what
// was measured until then, marked as interrupted.
func Run(ctx context.Context, m *scenarios.Model, o Options) (*measure.Result, error) {
	r, err := newRun(ctx, m, o)
	if err != nil {
		return nil, err
	}
	return r.do(ctx)
}

// run is one load on one system.
type run struct {
	model   *scenarios.Model
	left    []scenarios.Feature // words of the scenario that the load does not follow
	options Options
	clock   *alarm.Clock
	zero    int64 // the start of the measured time on the clock (ns)

	hangUp   func() // closes the connections that are idle
	recorder *recorder
	live     *live // nil when nobody watches
	watcher  *watch.Watcher
	journeys *journeys
	requests *requests
	attack   *attack // nil without open workloads
	head     Head
	shapes   []*arrivals.Shape // of the loads, by workload; nil without a test
	throttle *throttle         // of users
	warden   *warden           // nil where nothing ends the run early
	observed bool              // the measured time has begun
	ended    string            // what ended it before its time; empty: nothing

	pace, hit context.Context // end when nothing more is to be sent; when what is in flight is to be cut
	stopPace  context.CancelFunc
	stop      context.CancelCauseFunc
}

func newRun(ctx context.Context, m *scenarios.Model, o Options) (*run, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	if len(m.Workloads) == 0 {
		return nil, fmt.Errorf("loadtest: %s has no workloads: there is no load to put on anything", m.Name)
	}
	disturbances := disturbancesOf(m, o)
	m, left := m.Plain(words()...)
	throttle, err := o.Caps.throttle(m, o.Test)
	if err != nil {
		return nil, err
	}
	t, err := targetOf(m, o)
	if err != nil {
		return nil, err
	}
	streams, err := newStreams(m, o.Seed)
	if err != nil {
		return nil, err
	}
	g := guard{o.Allow}
	if o.MaxConnections == 0 {
		o.MaxConnections = connectionsFor(m, o.Test)
	}
	engine, err := newEngine(g, o, &m.Live.TLS, o.MaxConnections+users(m, o.Test))
	if err != nil {
		return nil, err
	}
	live := newRequests(m, t, g, engine, o.Seed)
	calls, err := callsFor(ctx, m, t, g, engine, live, o.MaxConnections+users(m, o.Test))
	if err == nil {
		err = live.prepare(ctx)
	}
	if err != nil {
		live.other.close()
		return nil, err
	}
	r := &run{
		model: m, left: left, options: o, clock: o.Clock, head: headOf(m, o, t),
		hangUp: func() { engine.Close(); live.other.close() }, requests: live,
		shapes: shapesOf(m, o.Test, o.Warmup), throttle: throttle, warden: newWarden(o.Caps, o.aborts()...),
	}
	r.head.Disturbances = disturbances
	r.journeys = &journeys{
		exchanger: &exchanger{calls: calls, timeout: o.timeout(), now: r.now},
		model:     m, wait: r.wait, streams: streams, errands: newErrands(m, o.Seed),
	}
	return r, r.observe(ctx, g)
}

// callsFor makes the requests for every operation that a workload can ask
// for, and no others: a scenario need not say how its inner ones are asked for.
func callsFor(ctx context.Context, m *scenarios.Model, t target, g guard, engine web.Engine, live *requests, connections int) (map[scenarios.OpID]driver.Call, error) {
	out := map[scenarios.OpID]driver.Call{}
	admitted := map[string]bool{}
	var errs []error
	for _, op := range asked(m) {
		if call, err := live.elsewhere(ctx, op, connections); call != nil || err != nil {
			out[op], errs = call, append(errs, err)
			continue
		}
		request, status, err := t.template(op)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if !admitted[request.URL.Host] {
			admitted[request.URL.Host] = true
			errs = append(errs, g.admit(ctx, request.URL))
		}
		var call driver.Call
		if _, ours := t.(emulated); ours {
			call, err = newMarked(engine, request, status)
		} else if call, err = live.call(op); call == nil && err == nil {
			call, err = web.NewCall(engine, request, status)
		}
		errs = append(errs, err)
		out[op] = call
	}
	return out, errors.Join(errs...)
}

// users is how many there are at most at once.
func users(m *scenarios.Model, t *scenarios.Test) int {
	n := 0
	for i := range m.Workloads {
		n += int(math.Ceil(float64(m.Workloads[i].Users) * peakOf(t, i)))
	}
	return n
}

func headOf(m *scenarios.Model, o Options, t target) Head {
	h := Head{
		Scenario: measure.Scenario{Name: m.Name, SHA256: m.Digest},
		Seed:     o.Seed, Started: time.Now().UTC(),
		Warmup: o.Warmup, Duration: o.Duration, Timeout: o.Timeout,
		Connections: o.MaxConnections, Target: t.name(), Engine: o.Engine, Host: thisHost(),
		Direct: direct(m),
		Test:   o.Test,
	}
	if m.Part != 1 {
		h.Scenario.Part = m.Part
	}
	for i := range m.Workloads {
		h.Workloads = append(h.Workloads, m.Workloads[i].Name)
	}
	for i := range m.Operations {
		h.Operations = append(h.Operations, m.Operations[i].Name)
	}
	return h
}

// now is the time since the start of the measured time.
func (r *run) now() time.Duration { return time.Duration(r.clock.Nanos() - r.zero) }

// wait returns when until has come.
func (r *run) wait(ctx context.Context, until time.Duration) error {
	return r.clock.WaitUntil(ctx, float64(r.zero+int64(until))/1e9)
}

// lead is the time between the decision to start and the start (ns).
const lead = int64(20 * time.Millisecond)

// do drives the load, closes the file of hits and makes the result of it.
func (r *run) do(ctx context.Context) (result *measure.Result, err error) {
	if r.clock == nil {
		r.clock = alarm.New()
		defer func() { err = errors.Join(err, r.clock.Close()) }()
	}
	if r.recorder, err = newRecorder(r.options.Hits, &r.head); err != nil {
		return nil, err
	}
	if r.options.Hits == "" {
		defer func() { err = errors.Join(err, os.Remove(r.recorder.file.Name())) }()
	}
	if r.options.Watch != nil {
		r.live = newLive(r.head.Workloads)
	}
	ctx, noData := context.WithCancel(ctx)
	defer noData()
	defer r.requests.begin(ctx)()
	r.journeys.record, r.journeys.exhausted = r.record, noData
	r.pace, r.stopPace = context.WithCancel(ctx)
	defer r.stopPace()
	r.hit, r.stop = context.WithCancelCause(context.WithoutCancel(ctx))
	defer r.stop(nil)

	warmup := duration(r.options.Warmup)
	r.zero = r.clock.Nanos() + lead + int64(warmup)
	unwatch := r.watch(ctx, -warmup)
	end := r.conduct(ctx, r.start(-warmup))
	unwatch(end)
	if err := r.recorder.finish(end); err != nil {
		return nil, err
	}
	if result, err = ResultOf(r.recorder.file.Name()); err != nil {
		return nil, err
	}
	if r.options.Observer != nil && r.observed {
		r.options.Observer.End(result)
	}
	return result, nil
}

// start sets every workload going; the channel is closed when all have ended.
func (r *run) start(from time.Duration) <-chan struct{} {
	carry := func(due time.Duration, q request) {
		r.live.begin(due, q.workload)
		defer r.live.end(q.workload)
		r.warden.began(q.workload, due)
		h := r.journeys.carry(r.hit, due, q)
		r.warden.ends(&h)
	}
	until := duration(r.options.Duration)
	var all sync.WaitGroup
	if p := newPlan(r.model, r.shapes, r.options.Seed, seconds(until-from)); len(p.ahead) > 0 {
		r.attack = &attack{
			plan: p, connections: r.options.MaxConnections, catchUp: r.options.CatchUp, zero: from,
			wait: r.wait, now: r.now, carry: carry, discard: r.discard(Unsent),
		}
		all.Go(func() { r.attack.run(r.pace, r.options.Engine) })
	}
	for i := range r.model.Workloads {
		if w := &r.model.Workloads[i]; !w.Open() {
			c := newCrowd(w, i, shapeOf(r.shapes, i), r.options.Seed)
			c.throttle = r.throttle
			c.wait, c.now, c.carry = r.wait, r.now, carry
			all.Go(func() { c.run(r.pace, from, until) })
		}
	}
	ended := make(chan struct{})
	go func() {
		all.Wait()
		r.journeys.behind.Wait()
		close(ended)
	}()
	return ended
}
