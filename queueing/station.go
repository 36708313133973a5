package queueing

import (
	"math"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// station is one service as a queueing station: what its cores are asked for,
// and how those who ask see them.
type station struct {
	service *scenarios.Service
	demands []dist.Dist
	asked   [][]float64 // by viewer and demand: CPU steps (1/s), all replicas
	mix     mixMoments
	groups  []group
	threads []threadLine // by group; empty without a limit
}

// mixMoments are those of the demand of a CPU step drawn from all that are asked
// for.
type mixMoments struct {
	rate          float64 // CPU steps (1/s), all replicas
	mean          float64 // (s)
	second, third float64 // moments about 0 (s², s³)
	exponential   bool    // all of them are, with one mean
}

func (m mixMoments) scv() float64 {
	if m.mean == 0 {
		return 0
	}
	return math.Max(0, m.second/(m.mean*m.mean)-1)
}

// residual is the mean of what is left of a demand at an arbitrary instant of
// it, the time scale on which those in service change.
func (m mixMoments) residual() float64 {
	switch {
	case m.mean == 0:
		return 0
	case math.IsInf(m.second, 1):
		return 1000 * m.mean
	}
	return m.second / (2 * m.mean)
}

// skew is E[S³]/E[S]³, 0 when it does not exist.
func (m mixMoments) skew() float64 {
	if s := m.third / (m.mean * m.mean * m.mean); !math.IsInf(s, 1) && !math.IsNaN(s) {
		return s
	}
	return 0
}

// group is a set of equal replicas.
type group struct {
	share
	cores   int
	visits  float64   // CPU steps of one replica (1/s)
	load    float64   // offered to one replica, in cores
	sources int       // partitions whose batches one replica works on
	callers int       // partitions whose batches call it; 0 where there are too many to count
	views   []view    // by viewer
	total   []float64 // distribution of the number at the cores over time; nil where pIdle says all
	pIdle   float64   // one or more cores are idle
	open    openLook  // what views and pIdle are of
	up      int       // replicas that are up in the state that this stands for; 0 where none fail
	cleared float64   // how often all requests of a replica are lost (1/s)
	burst   burst     // how it was looked at, where requests come in bursts
	cut     bool      // more of its sources may be there than are looked at
}

// openLook says that views are those of open requests alone, and by how much
// waits were lengthened for feedback.
type openLook struct {
	is  bool
	fed float64
}

// view is how one kind of request sees the cores of a replica.
type view struct {
	chain psChain  // under processor sharing
	line  lineWait // in order of arrival
	pWait float64  // an arrival finds all cores busy
	idle  float64  // a core is idle, at an arbitrary instant
	still *standstill
}

// slow is the response to a demand under either discipline.
func (v view) respondMoments(d dist.Dist, ps bool) (mean, variance float64) {
	m := v.still.moment()
	if ps {
		mean, variance = v.chain.respondMoments(d)
		return m.mean + mean, m.variance + variance
	}
	return m.mean + v.line.mean + d.Mean(), m.variance + v.line.variance + d.Variance()
}

// lineWait is the wait in line for a core.
type lineWait struct {
	mean, variance float64
	time           Time // nil: the Pollaczek–Khinchine transform of the station's demands, at load rho
	rho            float64
	response       Time // to a demand of the station, where it is known in closed form
}

func lineOf(t Time) lineWait { return lineWait{mean: t.Mean(), variance: t.Variance(), time: t} }

// capacity is the number of cores that share one line.
func capacity(s *scenarios.Service) int {
	if s.Balancing == scenarios.Shared {
		return s.Replicas * s.Cores
	}
	return s.Cores
}

// newStation gathers what the cores of a service are asked for.
func (x *solver) newStation(id int) station {
	var st station
	x.gather(&st, id)
	return st
}

// gather is newStation in the memory of a station that is no longer needed.
func (x *solver) gather(st *station, id int) {
	s := &x.m.Services[id]
	n := len(x.p.demands[id])
	if len(st.asked) != x.viewers {
		st.asked = make([][]float64, x.viewers)
	}
	if len(st.asked[0]) == n {
		for _, row := range st.asked {
			clear(row)
		}
	} else {
		all := make([]float64, x.viewers*n)
		for v := range st.asked {
			st.asked[v] = all[v*n : (v+1)*n]
		}
	}
	*st = station{service: s, demands: x.p.demands[id], asked: st.asked, groups: st.groups[:0]}
	for _, op := range s.Operations {
		for _, u := range x.p.ops[op].uses {
			for v := range x.viewers {
				st.asked[v][u.demand] += x.rates.calls[v][op] * (u.fixed + u.perMsg)
			}
		}
	}
	for t, topic := range x.m.Topics {
		if op := &x.p.ops[topic.Consumer]; int(op.service) == id {
			for _, u := range op.uses {
				st.asked[viewBatch][u.demand] += x.rates.batches[t]*u.fixed + x.rates.messages[t]*u.perMsg
			}
		}
	}
	st.mix = st.moments()
	st.groups = x.groupsOf(id, st)
}

func (st *station) moments() mixMoments {
	m := mixMoments{exponential: true}
	mean := -1.0
	for i, d := range st.demands {
		rate := 0.0
		for v := range st.asked {
			rate += st.asked[v][i]
		}
		if rate == 0 || d.IsZero() {
			continue
		}
		m.rate += rate
		m.mean += rate * d.Mean()
		m.second += rate * d.Moment(2)
		m.third += rate * d.Moment(3)
		if d.Family() != dist.FamilyExponential || mean >= 0 && d.Mean() != mean {
			m.exponential = false
		}
		mean = d.Mean()
	}
	if m.rate > 0 {
		m.mean /= m.rate
		m.second /= m.rate
		m.third /= m.rate
	}
	return m
}

// work is the load of the viewers from … on, in cores, all replicas.
func (st *station) work(viewers ...int) float64 {
	sum := 0.0
	for _, v := range viewers {
		for i, d := range st.demands {
			if r := st.asked[v][i]; r > 0 {
				sum += r * d.Mean()
			}
		}
	}
	return sum
}

// load is that of all.
func (st *station) load() float64 { return st.mix.rate * st.mix.mean }

// groupsOf splits the load over the replicas. Batches go to the replica of
// their partition, not through the balancing.
func (x *solver) groupsOf(id int, st *station) []group {
	s := st.service
	if crashes(s) {
		return st.splitByState()
	}
	sources := x.sources[id]
	fed, fedVisits := 0.0, 0.0
	if sources > 0 {
		fed = st.work(viewBatch)
		for _, r := range st.asked[viewBatch] {
			fedVisits += r
		}
	}
	called := st.load() - fed
	out := st.groups[:0]
	var one [1]share
	for _, sh := range appendShares(one[:0], s) {
		g := group{share: sh, cores: capacity(s), load: called * sh.each, visits: (st.mix.rate - fedVisits) * sh.each}
		if sources == 0 {
			g.callers = x.callersOf(id)
			out = append(out, g)
			continue
		}
		n := s.Replicas
		if s.Balancing == scenarios.Shared {
			n = 1
		}
		for _, part := range []struct{ replicas, sources int }{{sources % n, sources/n + 1}, {n - sources%n, sources / n}} {
			h := g
			h.replicas = sh.replicas * float64(part.replicas) / float64(n)
			h.sources = part.sources
			h.load += fed * float64(part.sources) / float64(sources)
			h.visits += fedVisits * float64(part.sources) / float64(sources)
			if h.replicas > 0 {
				out = append(out, h)
			}
		}
	}
	return out
}

// overload is the first group that is offered more than its cores can do.
func (st *station) overload() (load, cores float64, over bool) {
	for _, g := range st.groups {
		if c := float64(g.cores); g.load >= c*(1-1e-12) && g.load > load && !g.passing(st.service.Replicas) {
			load, cores, over = g.load, c, true
		}
	}
	return load, cores, over
}

// look fills in how the requests see every group of an open station.
func (x *solver) look(id int, st *station) {
	fed := 1.0
	if x.fed != nil {
		fed = x.fed[id]
	}
	for i := range st.groups {
		g := &st.groups[i]
		limited := len(st.threads) > i && st.threads[i].limits
		if before := g.open; !limited && before.is && before.fed == fed {
			continue // nothing else has moved, or the station would be a new one
		}
		g.open, g.burst = openLook{}, burstLeft
		if len(g.views) != x.viewers {
			g.views = x.newViews()
		}
		clear(g.views)
		switch {
		case limited:
			x.lookThrough(st, g, &st.threads[i])
		case x.tooMuch(st, g):
			// not known yet, or not to be borne: as if it were idle
			for j := range g.views {
				g.views[j] = st.viewOf(g.cores, []float64{1})
			}
			x.over[id] = x.over[id] || !x.turnsAway(id)
		case x.closedViews(id, i, st, g):
		case g.sources > 0:
			x.lookSources(id, st, g)
		case g.callers > 0 && !balanced(st.service):
			x.lookCallers(id, st, g)
		default:
			v := x.lookOpen(id, st, g)
			v = st.withRepairs(g, v)
			for j := range g.views {
				g.views[j] = v
			}
			x.lookOrdered(st, g)
			g.pIdle = v.idle
			g.open = openLook{true, fed}
		}
	}
}

// newViews are those of one group, which are made many at a time.
func (x *solver) newViews() []view {
	if len(x.spareViews) < x.viewers {
		x.spareViews = make([]view, x.viewers*min(64, len(x.m.Services)))
	}
	out := x.spareViews[:x.viewers:x.viewers]
	x.spareViews = x.spareViews[x.viewers:]
	return out
}

// tooMuch reports whether a replica is offered more than its cores can do.
func (x *solver) tooMuch(st *station, g *group) bool {
	return x.openLoad(st, g) >= float64(g.cores)*(1-1e-12) && !g.passing(st.service.Replicas)
}

// balanced reports whether requests are sent where few are.
func balanced(s *scenarios.Service) bool {
	return s.Replicas > 1 && (s.Balancing == scenarios.LeastRequests || s.Balancing == scenarios.PowerOfTwo)
}

// lookOpen is the view of a replica that is fed by open requests only.
func (x *solver) lookOpen(id int, st *station, g *group) view {
	s := st.service
	n, c, a := s.Replicas, g.cores, g.load
	if a == 0 {
		v := st.viewOf(c, []float64{1})
		v.idle = 1
		return v
	}
	if v, ok := st.lookCleared(g); ok {
		return v
	}
	if v, ok := x.lookBursts(id, st, g); ok {
		return v
	}
	scv := x.arrivalSCV(id, st)
	switch {
	case balanced(s) && s.Balancing == scenarios.LeastRequests:
		seen := evenly(n, c, a)
		return st.viewOf(c, seen).at(a, c, seen)
	case balanced(s):
		seen := twoOf(n, c, a)
		return st.viewOf(c, seen).at(a, c, seen)
	case s.Balancing == scenarios.RoundRobin && n > 1:
		scv /= float64(n)
	case n > 1 && s.Balancing != scenarios.Shared:
		scv = 1 + (scv-1)*g.each
	}
	if math.Abs(scv-1) > 1e-9 {
		return x.lookRenewal(id, st, g, scv)
	}
	if s.Discipline == scenarios.PS {
		return x.sharedView(st, c, a)
	}
	v := st.lookFIFO(g)
	v.idle = 1 - v.pWait
	if x.fed != nil {
		v.line = v.line.lengthened(x.fed[id], v.pWait)
	}
	return v
}

// sharedView is the view of a replica under processor sharing whose requests come
// as a Poisson stream. Replicas that are alike have one view, so that their laws
// are found to be the same.
func (x *solver) sharedView(st *station, c int, a float64) view {
	tau := st.mix.residual()
	for _, known := range x.likes.known {
		if known.c == c && known.load == a && known.tau == tau {
			return known.view
		}
	}
	v := st.viewOf(c, mmcSeen(c, a, ErlangC(c, a)))
	v.idle = 1 - v.pWait
	x.likes.known[x.likes.next] = likeView{c, a, tau, v}
	x.likes.next = (x.likes.next + 1) % len(x.likes.known)
	return v
}

// lately are the views of some replicas that were looked at last.
type lately struct {
	known [8]likeView
	next  int
}

type likeView struct {
	c         int
	load, tau float64
	view      view
}

// at fills in the probability of an idle core for offered load a, from what
// arrivals see, Poisson or not: as many go up from n present as come down from
// n + 1, so that p_(n+1)·min(n+1, c) = a·seen_n.
func (v view) at(a float64, c int, seen []float64) view {
	busy := 0.0
	for n, p := range seen {
		if n >= c-1 {
			busy += p * a / float64(c)
		}
	}
	v.idle = math.Max(0, 1-busy)
	return v
}

// viewOf is the view of a station at which a request finds n others with
// probability seen[n]. In order of arrival it waits for the n − c + 1 departures
// that make room, each after a time of rate c/S; for other than exponential
// demands that wait is stretched by (1 + c²)/2, as in M/G/1.
func (st *station) viewOf(c int, seen []float64) view {
	v := view{}
	for n, p := range seen {
		if n >= c {
			v.pWait += p
		}
	}
	if st.service.Discipline == scenarios.PS {
		v.chain = newPSChain(c, math.Max(st.mix.residual(), 1e-300), seen)
		return v
	}
	stretch := 1.0
	if !st.mix.exponential && !math.IsInf(st.mix.second, 1) {
		stretch = (1 + st.mix.scv()) / 2
	}
	v.line = lineOf(st.lineBehind(c, seen, stretch))
	return v
}

// productForm is viewOf for closed requests: in order of arrival the wait is as
// if demands were exponential, as the solution of the network took it to be.
func (st *station) productForm(c int, seen []float64) view {
	v := st.viewOf(c, seen)
	if st.service.Discipline != scenarios.PS {
		v.line = lineOf(st.lineBehind(c, seen, 1))
	}
	return v
}

// lineBehind is the wait behind the line that is found.
func (st *station) lineBehind(c int, seen []float64, stretch float64) erlangMix {
	m := erlangMix{atom: 1, rate: float64(c) / math.Max(st.mix.mean*stretch, 1e-300)}
	if c < len(seen) {
		m.weights = seen[c:]
	}
	for _, w := range m.weights {
		m.atom -= w
	}
	m.atom = math.Max(0, m.atom)
	return m
}

// lookFIFO is the view of an M/G/c station in order of arrival: exact for one
// core or exponential demands.
func (st *station) lookFIFO(g *group) view {
	m := st.mix
	switch {
	case m.exponential:
		q := newMMc(g.visits, m.mean, g.cores)
		v := view{pWait: q.pWait, line: lineOf(q.Waiting())}
		v.line.response = q.Response()
		return v
	case g.cores == 1:
		rho := g.load
		w := g.visits * m.second / (2 * (1 - rho))
		return view{pWait: rho, line: lineWait{
			mean: w, variance: w*w + g.visits*m.third/(3*(1-rho)), rho: rho,
		}}
	}
	q := newMGc(g.visits, m.mean, m.scv(), m.skew(), g.cores)
	return view{pWait: q.pWait, line: lineOf(q.waiting().simple())}
}

// lookRenewal is the view of a station whose arrivals are not Poisson: scv is
// that of their gaps. One core with exponential demands, fed by one workload
// alone, is exact; the rest is approximate.
func (x *solver) lookRenewal(id int, st *station, g *group, scv float64) view {
	m := st.mix
	if gap, alone := x.onlySource(id); alone && m.exponential && g.cores == 1 && g.replicas == 1 {
		if q, err := NewGIM1(gap, m.mean); err == nil {
			if st.service.Discipline == scenarios.PS {
				seen := seenRenewal(1, g.load, q.sigma(), q.sigma()/q.rest)
				return st.viewOf(1, seen).at(g.load, 1, seen)
			}
			v := view{pWait: q.sigma(), line: lineOf(q.Waiting()), idle: 1 - g.load}
			v.line.response = q.Response()
			return v
		}
	}
	if st.service.Discipline == scenarios.PS {
		q := newGGc(g.visits, m.mean, scv, 1, 0, g.cores)
		seen := seenRenewal(g.cores, g.load, q.pWait, q.wait/m.mean)
		return st.viewOf(g.cores, seen).at(g.load, g.cores, seen)
	}
	q := newGGc(g.visits, m.mean, scv, m.scv(), m.skew(), g.cores)
	v := view{pWait: q.pWait, line: lineOf(q.waiting().simple())}
	return v.at(g.load, g.cores, seenRenewal(g.cores, g.load, q.pWait, q.wait/m.mean))
}

// lookSources is the view of a replica on which batches of so many partitions
// run, besides open requests.
func (x *solver) lookSources(id int, st *station, g *group) {
	open, demand, think := x.source(id, st, g)
	all := seenWithSources(g.cores, open, g.sources, demand, think)
	g.cut = cutSources(all, open, g.sources)
	v := st.viewOf(g.cores, all)
	for j := range g.views {
		g.views[j] = v
	}
	g.views[viewBatch] = st.viewOf(g.cores, seenWithSources(g.cores, open, g.sources-1, demand, think))
	g.pIdle = 1 - v.pWait
}

// mostCallers is the number of partitions from which on what their batches call
// is as good as Poisson.
const mostCallers = 64

// callersOf is how many partitions there are whose batches call a service, 0 if
// none or too many.
func (x *solver) callersOf(id int) int {
	n := 0
	for t, topic := range x.m.Topics {
		for _, op := range x.m.Services[id].Operations {
			if x.tr.fixed[t][op]+x.tr.perMsg[t][op] > 0 {
				n += max(1, topic.Partitions)
				break
			}
		}
	}
	if n > mostCallers {
		return 0
	}
	return n
}

// lookCallers is the view of a replica that the batches of a few partitions
// call, besides other requests: each partition has one batch in hand, and that
// calls one thing after the other.
func (x *solver) lookCallers(id int, st *station, g *group) {
	batches, calls := 0.0, st.work(viewCalls)
	for t := range x.m.Topics {
		for _, op := range st.service.Operations {
			if x.tr.fixed[t][op]+x.tr.perMsg[t][op] > 0 {
				batches += x.rates.batches[t]
				break
			}
		}
	}
	open := (st.load() - calls) * g.each
	demand, think := 0.0, 1.0
	if batches > 0 && calls > 0 {
		demand = calls * g.each / batches
		think = thinkOf(g.cores, open, g.callers, demand, float64(g.callers)/batches)
	}
	v := st.viewOf(g.cores, seenWithSources(g.cores, open, g.callers, demand, think))
	for j := range g.views {
		g.views[j] = v
	}
	g.views[viewCalls] = st.viewOf(g.cores, seenWithSources(g.cores, open, g.callers-1, demand, think))
	g.pIdle = 1 - v.pWait
}

// source describes one partition as the cores of its replica see it: the open
// load besides it (cores), the demand of one batch and the time between two of
// them on the cores (s), such that batches come as often as they do.
func (x *solver) source(id int, st *station, g *group) (open, demand, think float64) {
	batches := 0.0
	for t, topic := range x.m.Topics {
		if int(x.p.ops[topic.Consumer].service) == id {
			batches += x.rates.batches[t]
		}
	}
	fed := st.work(viewBatch)
	sources := float64(x.sources[id])
	open = (st.load() - fed) * g.each
	if batches == 0 || fed == 0 {
		return open, 0, 1
	}
	demand = fed / batches
	return open, demand, thinkOf(g.cores, open, g.sources, demand, sources/batches)
}

// thinkOf is the time that a source spends elsewhere in a cycle (s): what is left
// of it. On the cores it is slowed down by what it finds there, which depends on
// that time in turn.
func thinkOf(cores int, open float64, sources int, demand, cycle float64) float64 {
	least := 1e-9 * cycle
	if sources <= cores && open == 0 { // a core for everybody
		return math.Max(cycle-demand, least)
	}
	over := func(think float64) float64 {
		slow := 0.0
		for n, p := range seenWithSources(cores, open, sources-1, demand, think) {
			slow += p * math.Max(1, float64(n+1)/float64(cores))
		}
		return think + slow*demand - cycle
	}
	if sources > manySources {
		// all of them at the station are too many to be gone through: who leaves
		// no time is known without, and where it is short is looked for from above
		if float64(sources)*demand >= cycle*(float64(cores)-open) {
			return least
		}
		for low := cycle / 2; low > least; low /= 2 {
			if below := over(low); below < 0 {
				return illinois(over, low, 2*low, below, over(2*low))
			}
		}
		return least
	}
	below := over(least)
	if below >= 0 {
		return least
	}
	think := illinois(over, least, cycle, below, over(cycle))
	return math.Max(think, least)
}

// arrivalSCV is the squared coefficient of variation of the gaps between the CPU
// steps of a service: 1, but for what workloads with other than Poisson
// arrivals bring to it directly.
func (x *solver) arrivalSCV(id int, st *station) float64 {
	scv := 1.0
	for w := range x.m.Workloads {
		wl := &x.m.Workloads[w]
		if !wl.Open() || wl.Arrivals.Kind == scenarios.Poisson {
			continue
		}
		direct := 0.0
		for _, op := range st.service.Operations {
			if x.tr.starts[w][op] > 0 && len(x.p.ops[op].uses) > 0 {
				direct += x.requests[w] * x.tr.starts[w][op]
			}
		}
		if share := direct / st.mix.rate; share > 0 {
			own := 1 + (gapSCV(wl.Arrivals)-1)*math.Min(1, direct/x.requests[w])
			scv += math.Min(1, share) * (own - 1)
		}
	}
	return math.Max(0, scv)
}

func gapSCV(a *scenarios.Arrivals) float64 {
	switch a.Kind {
	case scenarios.Constant:
		return 0
	case scenarios.Renewal:
		return a.Gap.SCV()
	}
	return 1
}

// onlySource is the gap between the requests of the one workload that feeds a
// service, if there is just one, every request of it is one CPU step there, and
// nothing else comes.
func (x *solver) onlySource(id int) (gap dist.Dist, alone bool) {
	if len(x.m.Topics) > 0 {
		return gap, false
	}
	for w := range x.m.Workloads {
		wl := &x.m.Workloads[w]
		brings, once := 0.0, true
		for op, visits := range x.tr.workload[w] {
			if int(x.p.ops[op].service) != id || visits == 0 {
				continue
			}
			brings += visits
			uses := x.p.ops[op].uses
			once = once && len(uses) == 1 && uses[0].fixed == 1 && visits == x.tr.starts[w][op]
		}
		switch {
		case brings == 0:
			continue
		case alone || brings != 1 || !once || !wl.Open():
			return gap, false
		}
		alone = true
		gap = wl.Arrivals.Gap
		if wl.Arrivals.Kind == scenarios.Constant {
			gap = dist.Const(1 / x.requests[w])
		}
	}
	return gap, alone
}
