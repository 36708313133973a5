package simulate

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync/atomic"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// TippingOptions say how to look for a tipping point.
type TippingOptions struct {
	Seed     uint64
	Runs     int       // of every spike, with different random numbers; 0 means 5
	Lengths  []float64 // of spikes (s); none means 1, 5 and 20 s
	Patience float64   // after a spike, until the system is looked at (s); 0 means 60 s, or ten times the spike
	Highest  float64   // load to try, as a multiple of the scenario's (1); 0 means 20

	MaxEvents int64 // of every run; 0 means 10⁸
	Workers   int   // runs at a time; 0 means GOMAXPROCS

	Progress func(done float64, note string) // as that of [Options]
}

// Rules of tipping.
const (
	isDown    = 0.5  // of the goodput before, for the load: below it a system has not come back
	isBack    = 0.9  // of it: at or above it for three looks in a row, nothing more is to come
	inWindows = 20   // looks in the time after a spike
	atEnd     = 5    // of these at the end, whose goodput decides
	enough    = 20   // requests answered before, for a workload to be looked at
	closeBy   = 1.05 // ratio of two loads between which the search stops

	defaultRuns     = 5
	defaultHighest  = 20
	defaultPatience = 60
	defaultProbe    = 100_000_000
	settleRequests  = 2000
)

func (o TippingOptions) filled() (TippingOptions, error) {
	if o.Runs < 0 || o.MaxEvents < 0 || o.Workers < 0 {
		return o, fmt.Errorf("simulate: tipping point: a number of runs, events or workers below 0")
	}
	if len(o.Lengths) == 0 {
		o.Lengths = []float64{1, 5, 20}
	}
	o.Lengths = slices.Sorted(slices.Values(o.Lengths))
	for _, l := range o.Lengths {
		if !(l > 0) || l > 1e9 {
			return o, fmt.Errorf("simulate: tipping point: a spike of %v s; want more than 0 and at most 1e9 s", l)
		}
	}
	setDefault(&o.Patience, max(defaultPatience, 10*o.Lengths[len(o.Lengths)-1]))
	if !(o.Patience > 0) || o.Patience > 1e9 {
		return o, fmt.Errorf("simulate: tipping point: %v s to come back; want more than 0 and at most 1e9 s", o.Patience)
	}
	setDefault(&o.Highest, defaultHighest)
	if !(o.Highest > 1) || o.Highest > 1e6 {
		return o, fmt.Errorf("simulate: tipping point: spikes of up to x%v; want more than x1 and at most x1e6", o.Highest)
	}
	setDefault(&o.Runs, defaultRuns)
	setDefault(&o.MaxEvents, defaultProbe)
	full, err := Options{Workers: o.Workers}.filled()
	o.Workers = full.Workers
	return o, err
}

// tipping is a search for a tipping point.
type tipping struct {
	*program
	o      TippingOptions
	settle float64 // from an empty system (s); as long again tells what is usual
	stop   *atomic.Bool
	err    error
	probes int
}

// TippingPoint looks for the smallest spikes of the load that m does not come
// back from by itself, for spikes of several lengths, and for the load at which
// it comes back: between that and the load that brings it down it is
// metastable, up or down by what happened to it before (hysteresis, [BrAC21]).
//
// It is down when, at the end of the time that it is given, some workload's
// goodput is below half of that before, in proportion to the load, in most runs.
// Runs of all spikes share their random numbers. The search halves an interval of
// loads, so it supposes that a higher spike is not easier to come back from.
func TippingPoint(ctx context.Context, m *scenarios.Model, o TippingOptions) (*measure.Tipping, error) {
	o, err := o.filled()
	if err != nil {
		return nil, err
	}
	p, err := compile(m)
	if err != nil {
		return nil, err
	}
	s := &tipping{program: p, o: o, stop: new(atomic.Bool)}
	defer context.AfterFunc(ctx, func() { s.stop.Store(true) })()
	if err := s.settles(); err != nil {
		return nil, err
	}
	out := s.search()
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("simulate: tipping point: %w", err)
	}
	return out, s.err
}

// settles chooses the time that an empty system is given to settle.
func (s *tipping) settles() error {
	o, err := Options{Seed: s.o.Seed, Workers: s.o.Workers}.filled()
	if err != nil {
		return err
	}
	aims, err := s.aimsAt(o)
	if err != nil {
		return err
	}
	if s.settle, err = settlingTime(s.program, o, aims, s.stop); err != nil {
		return err
	}
	rate := 0.0
	for i := range s.workloads {
		if w := &s.workloads[i]; w.open {
			rate += w.rate
		}
	}
	if rate > 0 {
		s.settle = max(s.settle, settleRequests/rate)
	}
	return nil
}

// search finds what there is to find.
func (s *tipping) search() *measure.Tipping {
	out := &measure.Tipping{Patience: s.o.Patience, Runs: s.o.Runs, Highest: s.o.Highest}
	fell := 0.0
	for _, l := range s.o.Lengths {
		// A spike that is no spike shows whether the system holds as it is.
		holds, breaks := s.between(1, s.o.Highest, fmt.Sprintf("spikes of %.4g s", l), func(x float64) []scenarios.Phase {
			return []scenarios.Phase{{For: l, From: x, To: x}, {For: s.o.Patience, From: 1, To: 1}}
		})
		out.Spikes = append(out.Spikes, measure.TippingSpike{Length: l, Holds: holds, Breaks: breaks})
		if breaks > 0 {
			fell = l
		}
	}
	_, out.BreaksAt = s.between(1, s.o.Highest, "loads that last", func(x float64) []scenarios.Phase {
		return []scenarios.Phase{{For: s.o.Patience, From: x, To: x}}
	})
	if fell == 0 || s.err != nil {
		return out
	}
	high := out.Spikes[slices.IndexFunc(out.Spikes, func(x measure.TippingSpike) bool { return x.Length == fell })].Breaks
	out.ReturnsAt, _ = s.between(0.05, 1, "loads to come back at", func(x float64) []scenarios.Phase {
		// What it has not done while it was down, it has to do first: it stays
		// down for a shorter time than it has to come back.
		return []scenarios.Phase{{For: fell, From: high, To: high}, {For: s.o.Patience / 4, From: 1, To: 1}, {For: 4 * s.o.Patience, From: x, To: x}}
	})
	return out
}

// between looks for the load, from lo to hi, beyond which a system goes down:
// the largest that it holds, 0 where that is none, and the least that it does
// not hold, 0 where that is none.
func (s *tipping) between(lo, hi float64, what string, phases func(x float64) []scenarios.Phase) (holds, breaks float64) {
	down := func(x float64) bool {
		s.probes++
		if s.o.Progress != nil {
			s.o.Progress(0, fmt.Sprintf("%s: x%.3g", what, x))
		}
		return s.err == nil && s.down(phases(x))
	}
	switch {
	case down(lo):
		return 0, lo
	case !down(hi):
		return hi, 0
	}
	for s.err == nil && hi/lo > closeBy {
		if x := math.Sqrt(lo * hi); down(x) {
			hi = x
		} else {
			lo = x
		}
	}
	return lo, hi
}

// down reports whether the system is down at the end of a load, in most runs.
func (s *tipping) down(phases []scenarios.Phase) bool {
	test := &scenarios.Test{Phases: append([]scenarios.Phase{{For: 2 * s.settle, From: 1, To: 1}}, phases...)}
	p := *s.program
	p.shapes = (&Options{Test: test}).shapesOf(&p)
	p.faultline = nil
	verdicts, errs := make([]bool, s.o.Runs), make([]error, s.o.Runs)
	each(s.o.Runs, s.o.Workers, func(i int) { verdicts[i], errs[i] = s.run(&p, i, test) })
	n := 0
	for i := range verdicts {
		if errs[i] != nil && s.err == nil {
			s.err = errs[i]
		}
		if verdicts[i] {
			n++
		}
	}
	return 2*n > s.o.Runs
}

// run is one run: whether the system is down at its end.
func (s *tipping) run(p *program, replication int, test *scenarios.Test) (bool, error) {
	k := newKernel(p, streams{seed: s.o.Seed, replication: replication})
	k.stop, k.budget, k.room = s.stop, s.o.MaxEvents, max(defaultInProgress/s.o.Runs, 1)
	k.run(s.settle)
	first := k.answers()
	k.run(2 * s.settle)
	usual := rates(first, k.answers(), s.settle)
	looked := 0
	for i, n := range usual {
		if n*s.settle >= enough {
			looked++
		} else {
			usual[i] = 0
		}
	}
	switch {
	case k.halt != notHalted:
		return k.givesUp()
	case looked == 0:
		return false, fmt.Errorf("simulate: tipping point: in %.4g s the system answers fewer than %d requests of any workload well, without a spike: it does not carry its load", s.settle, enough)
	}
	last := test.Phases[len(test.Phases)-1]
	from := test.Duration() - last.For
	k.run(from)
	step := last.For / inWindows
	before, well := k.answers(), 0
	var kept [][]float64
	for i := range inWindows {
		k.run(from + step*float64(i+1))
		if k.halt != notHalted {
			return k.givesUp()
		}
		now := k.answers()
		kept = append(kept, before)
		share := leastShare(rates(before, now, step), usual, last.To)
		before = now
		if well++; share < isBack {
			well = 0
		}
		// What answers as much as before and has no more in progress than in its
		// usual time will not fall again by itself.
		if well >= 3 && k.asBefore(usual, last.To) {
			return false, nil
		}
	}
	return leastShare(rates(kept[inWindows-atEnd], before, atEnd*step), usual, last.To) < isDown, nil
}

// givesUp says what a run that halted is: down where too much is in progress,
// and an error where it was cut short.
func (k *kernel) givesUp() (bool, error) {
	switch k.halt {
	case outOfRoom:
		return true, nil
	case cancelled:
		return false, nil // the caller knows
	case outOfEvents:
		return false, fmt.Errorf("simulate: tipping point: a run took more than %d events; give it less time to come back, or shorter spikes", k.budget)
	}
	return false, k.err
}

// answers are the requests of each workload that were answered well so far.
func (k *kernel) answers() []float64 {
	out := make([]float64, len(k.sources))
	for i := range k.sources {
		out[i] = float64(k.sources[i].well)
	}
	return out
}

// asBefore reports whether no workload has more in progress than it may have by
// chance: twice what a second brings.
func (k *kernel) asBefore(usual []float64, load float64) bool {
	for i := range k.sources {
		if s := &k.sources[i]; s.open && s.running.n > 2*max(usual[i]*load, 50) {
			return false
		}
	}
	return true
}

func rates(from, to []float64, time float64) []float64 {
	out := make([]float64, len(from))
	for i := range out {
		out[i] = (to[i] - from[i]) / time
	}
	return out
}

// leastShare is the least goodput of a workload, as a share of what is usual at
// a load; workloads whose usual goodput is 0 are left out.
func leastShare(now, usual []float64, load float64) float64 {
	least := math.Inf(1)
	for i := range now {
		if usual[i] > 0 {
			least = min(least, now[i]/(usual[i]*load))
		}
	}
	return least
}
