package queueing

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/headroom/headroom/scenarios"
)

// solver holds a solution while its parts settle: how often things are asked
// for depends on the size of batches and on the throughput of closed workloads,
// these on response times, and those on how often things are asked for.
type solver struct {
	m    *scenarios.Model
	p    *plan
	tr   *traffic
	well planned // p and tr as long as nothing is turned away

	view     []int // viewer of each workload's requests
	viewers  int
	sources  []int     // by service: partitions whose batches it works on
	requests []float64 // by workload (1/s)
	batch    []float64 // by topic: mean messages in a batch
	least    []float64 // by topic: a size of batch that is known to be too small
	swing    []swing   // by topic: how the size of its batches comes to rest
	success  []float64 // by operation: probability that a call ends well

	spareViews []view // see newViews
	likes      lately
	rates      rates
	nothing    []moment // see noCalls
	work       threadWork
	of         paced // what the rates are of
	stations   []station
	response   [][]moment // by viewer and operation
	bulk       []BulkResult
	closed     *closedState
	from       [][]origin         // by service: where its requests come from
	fed        []float64          // by service: see feedback
	stay       map[[2]int]float64 // by service and group: how long requests are there (s)

	// what does not hold
	down      []bool  // by service: offered more than it can do
	over      []bool  // by service: so it seems in this round
	late      []bool  // by topic: more than its consumer can do
	rough     float64 // relative change that is small enough for the purpose
	unsettled float64 // relative change of the last round where rounds did not settle; 0 where they did

	brief   bool     // see Options
	only    []string // see Options
	recalls bool     // whether the visits of some request are not taken as independent

	tries []*tries // calls that are not just waited for

	left []scenarios.Feature // words of the scenario that are not modelled
	held *rewrite            // the model as it was written; nil where it is as it was
}

// planned is what of a model does not depend on its load.
type planned struct {
	p     *plan
	tr    *traffic
	calls []tries // as they begin
	fails bool    // whether some step fails by itself
}

// newSolver begins anew with a plan that is made already.
func (well planned) newSolver() *solver {
	m := well.p.m
	x := &solver{
		m: m, p: well.p, tr: well.tr, well: well, viewers: viewClosed,
		view: make([]int, len(m.Workloads)), sources: make([]int, len(m.Services)),
		requests: make([]float64, len(m.Workloads)), batch: make([]float64, len(m.Topics)), least: make([]float64, len(m.Topics)),
		swing: make([]swing, len(m.Topics)), bulk: make([]BulkResult, len(m.Topics)), stay: make(map[[2]int]float64),
		down: make([]bool, len(m.Services)), over: make([]bool, len(m.Services)), late: make([]bool, len(m.Topics)),
	}
	for w := range m.Workloads {
		if wl := &m.Workloads[w]; wl.Open() {
			x.requests[w] = arrivalRate(wl.Arrivals)
		} else {
			x.view[w] = x.viewers
			x.viewers++
		}
	}
	x.rank()
	if x.viewers == viewClosed && len(m.Topics) == 0 {
		x.viewers = 1 // there are no batches
	}
	for t, topic := range m.Topics {
		x.sources[x.p.ops[topic.Consumer].service] += max(1, topic.Partitions)
		x.batch[t] = float64(max(1, topic.Batch))
	}
	x.response = make([][]moment, x.viewers)
	for v := range x.response {
		x.response[v] = make([]moment, len(m.Operations))
	}
	x.closed = x.newClosedState()
	for _, t := range well.calls {
		x.tries = append(x.tries, &t)
	}
	return x
}

// arrivalRate is that of an arrival process (1/s).
func arrivalRate(a *scenarios.Arrivals) float64 {
	if a.Kind == scenarios.Renewal && !(a.Rate > 0) {
		return 1 / a.Gap.Mean()
	}
	return a.Rate
}

// maxRounds bounds the rounds of settle. Without topics, closed workloads and
// thread limits there is one; with them usually less than ten.
const maxRounds = 250

// settle goes round until nothing moves.
func (x *solver) settle(ctx context.Context) error {
	if err := x.findOverloads(); err != nil {
		return err
	}
	change := 0.0
	for round := range maxRounds {
		if err := ctx.Err(); err != nil {
			return err
		}
		var err error
		if change, err = x.round(round); err != nil {
			return err
		}
		if change < math.Max(settled(round), x.rough) && !x.giveUp() {
			return nil
		}
	}
	x.giveUp()
	x.unsettled = change
	return nil
}

// settled is the relative change below which a round counts as the last: nine
// digits, and fewer where they will not come.
func settled(round int) float64 {
	switch {
	case round < 60:
		return 1e-9
	case round < 150:
		return 1e-6
	}
	return 1e-4
}

// round brings everything up to date once and returns the largest relative
// change.
func (x *solver) round(round int) (float64, error) {
	clear(x.over)
	x.bringRates()
	if round < maxRounds-1 && x.backOff() {
		return 1, nil
	}
	change, err := 0.0, error(nil)
	if x.closed != nil && len(x.closed.workloads) > 1 && !x.closed.tried {
		x.closed.known, x.closed.tried = x.know(), true
	}
	x.boundClosed()
	if x.closed != nil && x.closed.ahead() {
		if change, err = x.solveClosed(round); err != nil {
			return 0, err
		}
	}
	for id := range x.stations {
		if x.down[id] {
			x.lookAway(&x.stations[id])
			continue
		}
		x.look(id, &x.stations[id])
	}
	x.operationMoments()
	if x.closed != nil && !x.closed.ahead() {
		if change, err = x.solveClosed(round); err != nil {
			return 0, err
		}
		if round == 0 {
			change = 1
		}
	}
	change = math.Max(change, x.solveFeedback())
	change = math.Max(change, x.solveThreads(round))
	change = math.Max(change, x.settleTries())
	change = math.Max(change, x.settleCrashes())
	if x.well.fails && x.success == nil {
		x.passOn()
		change = 1
	}
	return math.Max(change, x.solveBulk(round)), nil
}

// bringRates brings the rates and stations up to date. Where nothing that they
// follow from has moved, as in all rounds for threads alone, they are kept, with
// what open requests see there.
func (x *solver) bringRates() {
	now := paced{tr: x.tr, requests: slices.Clone(x.requests), batch: slices.Clone(x.batch)}
	if x.stations != nil && x.of.equal(now) {
		return
	}
	x.of = now
	x.rates = x.tr.rates(x.p, x.requests, x.batch, x.view, x.viewers)
	before := x.stations
	x.stations = make([]station, len(x.m.Services))
	groups, rows := make([]group, len(x.stations)), make([][]float64, x.viewers*len(x.stations)) // most have one
	for id := range x.stations {
		x.stations[id].groups, groups = groups[:0:1], groups[1:]
		x.stations[id].asked, rows = rows[:x.viewers:x.viewers], rows[x.viewers:]
		x.gather(&x.stations[id], id)
		if before != nil {
			x.stations[id].threads = before[id].threads
		}
	}
}

// paced is what rates follow from.
type paced struct {
	tr       *traffic
	requests []float64 // by workload (1/s)
	batch    []float64 // by topic (1)
}

func (p paced) equal(q paced) bool {
	return p.tr == q.tr && slices.Equal(p.requests, q.requests) && slices.Equal(p.batch, q.batch)
}

// backOff makes batches larger when their present size, which is only a guess
// yet, would overload a service that full batches do not.
func (x *solver) backOff() bool {
	if len(x.batch) == 0 {
		return false
	}
	over := false
	for id := range x.stations {
		if st := &x.stations[id]; !x.down[id] {
			for i := range st.groups {
				g := &st.groups[i]
				over = over || g.sources == 0 && x.openLoad(st, g) >= 0.9999*float64(g.cores)
			}
		}
	}
	if !over {
		return false
	}
	moved := false
	for t := range x.batch {
		most := float64(max(1, x.m.Topics[t].Batch))
		next := math.Sqrt(x.batch[t] * most)
		moved = moved || next > x.batch[t]*(1+1e-9)
		x.least[t] = math.Max(x.least[t], x.batch[t])
		x.batch[t] = next
	}
	return moved
}

// openLoad is the load on one replica of a group, in cores, without those
// requests of which there are only so many: closed ones, and the batches that it
// works on.
func (x *solver) openLoad(st *station, g *group) float64 {
	limited := 0.0
	for v := viewClosed; v < x.viewers && x.closed != nil; v++ {
		limited += st.work(v)
	}
	if g.sources > 0 {
		limited += st.work(viewBatch)
		return (st.load() - limited) * g.each
	}
	return g.load - limited*g.each
}

// lookAway gives the views of a service that has no steady state: as if it were
// idle. What passes through it is not answered for.
func (x *solver) lookAway(st *station) {
	for i := range st.groups {
		g := &st.groups[i]
		g.views = make([]view, x.viewers)
		for v := range g.views {
			g.views[v] = st.viewOf(g.cores, []float64{1})
			g.views[v].pWait = 1
		}
		g.pIdle = 0
	}
}

// findOverloads marks the services and topics that cannot carry what is asked
// of them even in full batches. Closed workloads overload nothing.
func (x *solver) findOverloads() error {
	for id := range x.m.Services {
		if x.turnsAway(id) {
			return nil // then what the others are offered is not known yet
		}
	}
	x.bringRates()
	for id := range x.stations {
		if _, _, over := x.stations[id].overload(); over {
			x.down[id] = true
		}
	}
	return nil
}

// turnsAway reports whether a service has a bound on its line, and so no load
// that it cannot bear.
func (x *solver) turnsAway(id int) bool {
	s := &x.m.Services[id]
	return s.Threads > 0 && s.Backlog >= 0
}

// giveUp marks the services that are still offered too much when all else has
// settled; it reports whether there are new ones. Those that only wait for
// others of them may do well without.
func (x *solver) giveUp() bool {
	var found []int
	for id, over := range x.over {
		if !over || x.down[id] {
			continue
		}
		waits := false
		for callee, o := range x.over {
			waits = waits || o && callee != id && x.callRate(id, callee) > 0
		}
		if !waits {
			found = append(found, id)
		}
	}
	for _, id := range found {
		x.down[id] = true
	}
	return len(found) > 0
}

// solveThreads works out what thread limits do, and what they turn away.
func (x *solver) solveThreads(round int) float64 {
	if !x.limitsThreads() {
		return 0
	}
	change, turnsAway := 0.0, false
	x.from = blend(x.from, x.origins(), stride(round))
	for id := range x.stations {
		st := &x.stations[id]
		threads, backlog := x.limitsOf(id)
		if threads == 0 {
			threads = x.crowd(id)
		}
		if threads == 0 || x.down[id] || x.onlyFed(id, st, threads) {
			continue
		}
		lines := make([]threadLine, len(st.groups))
		for i := range st.groups {
			lines[i] = x.newLine(id, i, threads, backlog, stride(round))
			x.over[id] = x.over[id] || lines[i].over
			turnsAway = turnsAway || lines[i].loss > 1e-15
		}
		for i := range lines {
			if i < len(st.threads) {
				before, now := &st.threads[i], &lines[i]
				change = math.Max(change, math.Abs(now.mean-before.mean)/math.Max(held(x, id), 1e-300))
				change = math.Max(change, math.Abs(now.loss-before.loss))
				if x.closed != nil && round > 0 {
					now.near(before, stride(round))
				}
			} else if lines[i].limits {
				change = 1
			}
		}
		st.threads = lines
	}
	if turnsAway {
		change = math.Max(change, x.passOn())
	}
	return change
}

// limitsThreads reports whether some service has a limit on its threads.
func (x *solver) limitsThreads() bool {
	return slices.ContainsFunc(x.m.Services, func(s scenarios.Service) bool { return s.Threads > 0 })
}

// newLine works out one group's line for its threads.
func (x *solver) newLine(id, group, threads, backlog int, part float64) threadLine {
	g := &x.stations[id].groups[group]
	lambda, cpu, held := x.inThreads(id, g)
	full := backlog >= 0 && x.tooMuch(&x.stations[id], g) // however many they are
	if !full && float64(threads) > 4*(lambda*held+20)+40/math.Max(1e-3, 1-g.load/float64(g.cores)) {
		return threadLine{held: lambda * held} // so many that their limit is never felt
	}
	if x.held != nil && !(held < endlessHold) {
		return threadLine{held: float64(threads), load: 2 * float64(threads), over: true}
	}
	key := [2]int{id, group}
	stay := held + x.threadWait(id, viewOpen).mean
	if before, ok := x.stay[key]; ok { // as late as the cycles that it is a part of
		stay = before + part*(stay-before)
	}
	x.stay[key] = stay
	d := threadDemand{
		from: x.comersTo(id, g, lambda, stay),
		cpu:  cpu, elsewhere: held - x.coreTime(id, group),
	}
	if !(d.elsewhere >= 1e-9*held) { // nor where both are infinite
		d.elsewhere = 0
	}
	d.cpuSCV, d.heldSCV = x.variability(id)
	cores := g.cores
	if x.held != nil {
		cores = x.heldOnCores(id, g, lambda, held, threads, &d)
	}
	if threads > mostThreads {
		return x.work.many(d, cores, threads, backlog)
	}
	return x.work.line(d, cores, threads, backlog)
}

// crowd is how many requests there can be at a service without a limit of its
// own when all are from services whose threads run out; 0 where any number can be.
func (x *solver) crowd(id int) int {
	most, felt := 0.0, false
	for _, o := range x.from[id] {
		most += o.most()
		felt = felt || o.full > feltCrowd
	}
	if !felt || most > mostThreads {
		return 0
	}
	return int(math.Ceil(most))
}

func held(x *solver, id int) float64 {
	sum := 0.0
	for _, op := range x.m.Services[id].Operations {
		sum = math.Max(sum, x.response[viewOpen][op].mean)
	}
	return sum
}

// onlyFed reports whether a service has nothing but batches to do, and a thread
// for each that can be in progress.
func (x *solver) onlyFed(id int, st *station, threads int) bool {
	for v := range x.viewers {
		for _, op := range st.service.Operations {
			if x.rates.calls[v][op] > 0 {
				return false
			}
		}
	}
	most := 0
	for _, g := range st.groups {
		most = max(most, g.sources)
	}
	return most <= threads
}

// limitsOf are the threads and the backlog behind one line of a service.
func (x *solver) limitsOf(id int) (threads, backlog int) {
	s := &x.m.Services[id]
	threads, backlog = s.Threads, s.Backlog
	if s.Balancing == scenarios.Shared {
		threads *= s.Replicas
	}
	return threads, backlog
}

// inThreads is how many requests come to one replica of a group (1/s), their
// mean demand on its cores, and how long they hold a thread (s).
func (x *solver) inThreads(id int, g *group) (lambda, cpu, held float64) {
	st := &x.stations[id]
	for v := range x.viewers {
		for _, op := range st.service.Operations {
			r := x.rates.calls[v][op] * g.each
			lambda += r
			held += r * (x.response[v][op].mean - x.threadWait(id, v).mean)
			for _, u := range x.p.ops[op].uses {
				cpu += r * (u.fixed + u.perMsg) * st.demands[u.demand].Mean() / x.admitted(id)
			}
		}
	}
	for t, topic := range x.m.Topics {
		if op := &x.p.ops[topic.Consumer]; int(op.service) == id {
			r := x.rates.batches[t] * st.weight(g, viewBatch) / g.replicas
			lambda += r
			held += r * (x.fedMoments(t, x.batch[t]).mean - x.threadWait(id, viewBatch).mean)
			for _, u := range op.uses {
				cpu += r * (u.fixed + u.perMsg*x.batch[t]) * st.demands[u.demand].Mean() / x.admitted(id)
			}
		}
	}
	if lambda == 0 {
		return 0, 0, 0
	}
	return lambda, cpu / lambda, held / lambda
}

// coreTime is how long a request is at the cores of a replica, in line and
// served (s), over all its CPU steps.
func (x *solver) coreTime(id, group int) float64 {
	st := &x.stations[id]
	g := &st.groups[group]
	lambda, _, _ := x.inThreads(id, g)
	if lambda == 0 {
		return 0
	}
	sum := 0.0
	for v := range x.viewers {
		for k, d := range st.demands {
			if st.asked[v][k] > 0 {
				m, _ := g.views[v].respondMoments(d, st.service.Discipline == scenarios.PS)
				sum += st.asked[v][k] * st.weight(g, v) / g.replicas * m
			}
		}
	}
	return sum / lambda / x.admitted(id)
}

// admitted is the share of its arrivals that a service lets in.
func (x *solver) admitted(id int) float64 { return math.Max(1e-12, 1-x.rejected(id)) }

// passOn lets failures propagate: a call that is turned away fails the caller.
func (x *solver) passOn() float64 {
	success := make([]float64, len(x.p.ops))
	for i := range success {
		success[i] = 1
	}
	for range 200 {
		moved := 0.0
		for _, op := range x.p.order {
			c := counter{p: x.p, service: x.p.ops[op].service, success: success, tries: x.tries}
			well := c.steps(x.m.Operations[op].Steps, 1, false) * (1 - x.rejected(int(x.p.ops[op].service))) * x.survives(int(op))
			moved = math.Max(moved, math.Abs(well-success[op]))
			success[op] = well
		}
		if moved < 1e-14 {
			break
		}
	}
	change := 0.0
	for i, s := range success {
		before := 1.0
		if x.success != nil {
			before = x.success[i]
		}
		change = math.Max(change, math.Abs(s-before))
	}
	x.success = success
	admitted := make([]float64, len(x.p.ops))
	for i := range admitted {
		admitted[i] = x.admitted(int(x.p.ops[i].service))
	}
	x.p = x.p.recount(success, admitted, x.tries)
	if tr, err := newTraffic(x.p, success, x.tries); err == nil {
		x.tr = tr
	}
	return change
}

// rejected is the share of its arrivals that a service turns away.
func (x *solver) rejected(id int) float64 {
	st := &x.stations[id]
	sum := x.noneUp(id)
	for i := range st.threads {
		sum += st.weight(&st.groups[i], viewOpen) * st.threads[i].loss
	}
	return sum
}

// errNoModel is a nil model.
var errNoModel = errors.New("queueing: no model to solve")

func badModel(err error) error { return fmt.Errorf("queueing: %w", err) }
