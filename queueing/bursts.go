package queueing

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/headroom/headroom/queueing/qbd"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// mostBurstStates is how many states of a modulated workload are modelled, and
// mostBurstSize how large a batch: what is beyond comes as a Poisson stream, with
// a caveat.
const (
	mostBurstStates = 12
	mostBurstSize   = 2000
)

// burst says how a group was looked at whose requests come in bursts.
type burst uint8

const (
	burstLeft   burst = iota // it was not: as if they came as a Poisson stream
	burstExact               // as they come
	burstPassed              // as if those before it passed the bursts on as they came
	burstShared              // as they come, to cores that are shared
	burstFitted              // as they come, with demands fitted by phases
)

// burstable reports whether the arrivals of a workload are ones whose bursts are
// modelled.
func burstable(w *scenarios.Workload) bool {
	if !w.Open() {
		return false
	}
	switch w.Arrivals.Kind {
	case scenarios.MMPP:
		return len(w.Arrivals.States) <= mostBurstStates
	case scenarios.Batch:
		return w.Arrivals.Size.Survival(mostBurstSize+0.5) < 1e-12
	}
	return false
}

// inBursts reports whether the requests of a workload come in bursts.
func inBursts(w *scenarios.Workload) bool {
	return w.Open() && (w.Arrivals.Kind == scenarios.MMPP || w.Arrivals.Kind == scenarios.Batch)
}

// burstWords are the words for arrivals in bursts that are known of a model:
// those of which every use is.
func burstWords(m *scenarios.Model) (out []scenarios.Word) {
	known := map[scenarios.ArrivalKind]bool{scenarios.MMPP: true, scenarios.Batch: true}
	for w := range m.Workloads {
		if wl := &m.Workloads[w]; inBursts(wl) && !burstable(wl) {
			known[wl.Arrivals.Kind] = false
		}
	}
	if known[scenarios.MMPP] {
		out = append(out, scenarios.WordMMPP)
	}
	if known[scenarios.Batch] {
		out = append(out, scenarios.WordBatch)
	}
	return out
}

// burstSource is the workload in bursts that alone feeds a service, −1 if there is
// none. Its requests come there directly and once, each with one CPU step, or as
// they are passed on.
func (x *solver) burstSource(id int) (w int, direct bool, visits float64) {
	w = -1
	if len(x.m.Topics) > 0 {
		return -1, false, 0
	}
	for v := range x.m.Workloads {
		if !x.visitsService(v, id) {
			continue
		}
		if w >= 0 || !burstable(&x.m.Workloads[v]) {
			return -1, false, 0
		}
		w, direct = v, true
		for _, op := range x.m.Services[id].Operations {
			n := x.tr.workload[v][op]
			if n == 0 {
				continue
			}
			visits += n
			uses := x.p.ops[op].uses
			direct = direct && len(uses) == 1 && uses[0].fixed == 1 && uses[0].perMsg == 0 && math.Abs(n-x.tr.starts[v][op]) < 1e-12
		}
	}
	return w, direct && visits <= 1+1e-12, visits
}

// lookBursts is the view of a replica whose requests come in bursts: of a
// modulated process MMPP/PH/c by QBD, of batches M^X/M/c or M^X/G/1. A replica picked
// at random sees a part of each burst, and a modulated stream that is thinned at
// random stays one. Under processor sharing the number present is the same for
// exponential demands, and with it the mean time.
//
//   - Source: [Neut81], [Burk75]; that splitting keeps the kind [FiMe93].
func (x *solver) lookBursts(id int, st *station, g *group) (view, bool) {
	s := st.service
	if s.Discipline != scenarios.PS && s.Discipline != scenarios.FIFO || g.load >= float64(g.cores)*(1-1e-9) {
		return view{}, false
	}
	if s.Replicas > 1 && s.Balancing != scenarios.Random && s.Balancing != scenarios.Hash && s.Balancing != scenarios.Shared {
		return view{}, false
	}
	w, direct, visits := x.burstSource(id)
	if w < 0 {
		return view{}, false
	}
	q, how := Station(nil), burstExact
	a := x.m.Workloads[w].Arrivals
	switch {
	case a.Kind == scenarios.MMPP:
		q, how = st.modulated(g, a)
	case direct:
		q, how = x.batched(w, st, g, visits)
	}
	if q == nil {
		return view{}, false
	}
	if !direct {
		how = burstPassed
	}
	f, wait := q.Figures(), q.Waiting()
	if wait == nil {
		return view{}, false
	}
	if s.Discipline == scenarios.PS {
		seen := seenRenewal(g.cores, g.load, f.PWait, f.Waiting/st.mix.mean)
		v := st.viewOf(g.cores, seen)
		v.idle = f.PIdle
		if how == burstExact || how == burstFitted {
			how = burstShared
		}
		g.burst = how
		return v, true
	}
	g.burst = how
	return view{pWait: f.PWait, line: lineOf(wait), idle: f.PIdle}, true
}

// modulated is the station that a replica is to a modulated stream, whose states
// take turns.
func (st *station) modulated(g *group, a *scenarios.Arrivals) (Station, burst) {
	n := len(a.States)
	without, with := mat.NewDense(n, n, nil), mat.NewDense(n, n, nil)
	for i, state := range a.States {
		without.Set(i, (i+1)%n, 1/state.Stay)
		with.Set(i, i, g.visits*(state.Rate/a.Rate))
	}
	arrivals, err := qbd.NewMAP(without, with)
	if err != nil {
		return nil, burstLeft
	}
	service, how := st.phases()
	if service == nil {
		return nil, burstLeft
	}
	q, err := NewMAPPHc(arrivals, service, g.cores)
	if err != nil {
		return nil, burstLeft
	}
	return q, how
}

// phases are the demands of a station as a phase-type law: that of their first
// two moments where they are not exponential. Under processor sharing their mean
// is all that counts.
func (st *station) phases() (*qbd.PH, burst) {
	m := st.mix
	if m.exponential || st.service.Discipline == scenarios.PS {
		service, _ := qbd.Exponential(m.mean)
		return service, burstExact
	}
	scv := m.scv()
	if math.IsInf(m.second, 1) {
		return nil, burstLeft
	}
	service, err := qbd.FitTwo(m.mean, math.Max(scv, 1./20)) // of more phases, more even demands make little difference
	if err != nil {
		return nil, burstLeft
	}
	return service, burstFitted
}

// batched is the station that a replica is to batches of requests, each of which
// comes to it with the given probability.
func (x *solver) batched(w int, st *station, g *group, visits float64) (Station, burst) {
	a := x.m.Workloads[w].Arrivals
	size, mean := batchSizes(a.Size)
	if p := visits * g.each; p < 1-1e-12 {
		var some float64
		size, some = thinnedSizes(size, p)
		mean *= p / some
	}
	lambda := g.visits / mean
	exponential := st.mix.exponential || st.service.Discipline == scenarios.PS
	if exponential {
		q, err := NewMXMc(lambda, BatchOf(size...), st.mix.mean, g.cores)
		if err != nil {
			return nil, burstLeft
		}
		return q, burstExact
	}
	if g.cores > 1 {
		return nil, burstLeft
	}
	q, err := NewMXG1(lambda, BatchOf(size...), st.classOf(g, viewOpen).Service)
	if err != nil {
		return nil, burstLeft
	}
	return q, burstExact
}

// batchSizes are the probabilities of batches of 1, 2, … requests, and their mean:
// the law rounded, and at least 1.
func batchSizes(d dist.Dist) (p []float64, mean float64) {
	tail := 1.0
	for n := 1; n <= mostBurstSize+1 && tail > 1e-13; n++ {
		next := math.Min(tail, d.Survival(float64(n)+0.5))
		p = append(p, tail-next)
		mean += tail
		tail = next
	}
	return p, mean
}

// thinnedSizes are those of what is left of batches of which each request stays
// with probability p, where any does, and the probability that any does.
func thinnedSizes(size []float64, p float64) (out []float64, some float64) {
	out = make([]float64, len(size)+1)
	binomial := make([]float64, len(size)+1)
	binomial[0] = 1
	for n, q := range size {
		for k := n + 1; k > 0; k-- {
			binomial[k] = binomial[k]*(1-p) + binomial[k-1]*p
		}
		binomial[0] *= 1 - p
		for k, b := range binomial[:n+2] {
			out[k] += q * b
		}
	}
	for _, q := range out[1:] {
		some += q
	}
	return out[1:], some
}

// burstCaveats are those about a service whose requests come in bursts.
func (x *solver) burstCaveats(id int, add func(what, where, effect string)) {
	st := &x.stations[id]
	from := ""
	for w := range x.m.Workloads {
		if inBursts(&x.m.Workloads[w]) && x.visitsService(w, id) {
			from = x.m.Workloads[w].Name
		}
	}
	if from == "" || st.mix.rate == 0 || st.mix.mean == 0 {
		return
	}
	how := burstExact
	for i := range st.groups {
		if b := st.groups[i].burst; b == burstLeft || b > how && how != burstLeft {
			how = b
		}
	}
	where := "services." + st.service.Name
	switch how {
	case burstExact:
	case burstLeft:
		add("bursts of workloads."+from+" are not modelled here: requests are taken to come as a Poisson stream", where, "waits are too short")
	case burstPassed:
		add("bursts of workloads."+from+" are taken to come here as they come to the system", where, "waits are somewhat too long where bursts are short, or fill the services before")
	case burstShared:
		// simulated: c² of the demands 1 and 4, modulated and batch arrivals
		effect := "means were within 3 %, percentiles within 17 %, of what was simulated"
		if !st.mix.exponential {
			effect = "all is said as if demands were exponential: with demands of c² 4 means were up to 56 % too long, percentiles up to 69 %; simulate the model"
		}
		add("bursts of workloads."+from+" meet at shared cores", where, effect)
	case burstFitted:
		add("bursts of workloads."+from+" with demands by their first two moments", where, "the mean was within 1 %, percentiles within 11 %, of what was simulated for c² 4")
	}
}
