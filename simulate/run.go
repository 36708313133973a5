// Package simulate predicts the performance of a [scenarios.Model] by
// discrete-event simulation: every request is followed through every line and
// core, so nothing is assumed of the system that the model does not say.
//
// [Run] simulates independent replications on all cores until the answer is as
// precise as asked for, and returns a [measure.Result] whose figures carry 95 %
// intervals. [Paths] tells how much short runs of the same system differ by
// chance. Both are functions of the seed alone.
//
// The package draws nothing from a global generator, never reads the clock to
// decide what a figure is, and prints nothing.
package simulate

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// study is one call of [Run]: the replications of a program and what has been
// decided about them.
type study struct {
	*program
	o        Options
	traffic  traffic
	batch    traffic // what runs of jobs ask for
	sure     traffic // what is asked for whatever fails
	reps     []*replication
	stop     *atomic.Bool
	progress *progress

	settling settling
	warmup   float64 // where the measured part begins (s)
	planning float64 // of that, the rounds that the length was planned by (s)
	steady   bool    // the measured part has begun
	stable   bool    // there is a steady state
	aims     []*aim  // figures whose precision is asked for
	err      error
}

// Run simulates m and returns what is so seen. It is an error when m cannot be
// simulated, or when the simulation breaks a law that every path obeys. A
// cancelled context is not: the result then holds what was simulated.
func Run(ctx context.Context, m *scenarios.Model, o Options) (*measure.Result, error) {
	s, err := prepare(m, o, new(atomic.Bool))
	if err != nil {
		return nil, err
	}
	defer s.progress.stop()
	inner, cancel := s.bounded(ctx)
	defer cancel()
	defer context.AfterFunc(inner, func() { s.stop.Store(true) })()

	if s.o.Duration > 0 {
		s.fixedLength()
	} else {
		s.toPrecision()
	}
	return s.conclude(ctx)
}

// prepare sets up the study of a model; its progress must be stopped.
func prepare(m *scenarios.Model, o Options, stop *atomic.Bool) (*study, error) {
	o, err := o.filled()
	if err != nil {
		return nil, err
	}
	p, err := compile(m)
	if err != nil {
		return nil, err
	}
	aims, err := p.aimsAt(o)
	if err != nil {
		return nil, err
	}
	p.shapes = o.shapesOf(p)
	if o.OverTime && o.Duration == 0 {
		if o.Duration, err = settlingTime(p, o, aims, stop); err != nil {
			return nil, err
		}
	}
	p.faultline = o.faultsOf(p.model)
	o.Replications = o.replicationsFor(p)
	return newStudy(p, o, aims, stop), nil
}

// bounded is a context that ends when the time allowed is over.
func (s *study) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if s.o.MaxTime > 0 {
		return context.WithTimeout(ctx, s.o.MaxTime)
	}
	return ctx, func() {}
}

// conclude checks what was simulated and makes a result of it.
func (s *study) conclude(ctx context.Context) (*measure.Result, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	r := s.result()
	switch {
	case !s.any(cancelled):
	case ctx.Err() != nil:
		r.Interrupted = true
		s.cutShort(r, "it was interrupted")
	default:
		s.cutShort(r, fmt.Sprintf("the time allowed, %v, was over", s.o.MaxTime))
	}
	return r, nil
}

func newStudy(p *program, o Options, aims []*aim, stop *atomic.Bool) *study {
	s := &study{program: p, o: o, aims: aims, traffic: newTraffic(p), batch: jobTraffic(p), stop: stop, stable: true}
	s.sure = s.traffic
	if p.bends {
		s.sure = newTraffic(p.weighing(weighSure))
	}
	s.progress = newProgress(o.Replications, o.Progress)
	for i := range o.Replications {
		k := newKernel(p, streams{seed: o.Seed, replication: i})
		if o.Breakdown {
			k.keepLedger()
		}
		k.stop = s.stop
		k.clock = &s.progress.clocks[i]
		k.budget = max(o.MaxEvents/int64(o.Replications), checkEvery)
		k.room = max(o.MaxInProgress/o.Replications, 1)
		s.reps = append(s.reps, &replication{k: k, start: k.totals()})
	}
	return s
}

// check holds every replication to the laws.
func (s *study) check() error {
	if s.err != nil {
		return s.err
	}
	for _, r := range s.reps {
		if r.k.err != nil {
			return r.k.err
		}
		if err := r.k.checkLaws(); err != nil {
			return err
		}
	}
	return nil
}

// all lets f work on every replication, on all cores.
func (s *study) all(f func(r *replication)) {
	each(len(s.reps), s.o.Workers, func(i int) { f(s.reps[i]) })
}

// any reports whether a replication halted for the given reason.
func (s *study) any(reason halt) bool {
	for _, r := range s.reps {
		if r.k.halt == reason {
			return true
		}
	}
	return false
}

// halted reports whether a replication halted before its time.
func (s *study) halted() bool {
	return s.any(cancelled) || s.any(outOfEvents) || s.any(outOfRoom) || s.any(stuck)
}

// fixedLength simulates the time asked for and no more.
func (s *study) fixedLength() {
	o := s.o
	s.progress.aim(o.Warmup + o.Duration)
	s.progress.say("simulating")
	interval := o.Interval
	if interval == 0 {
		interval = niceInterval(o.Duration)
	}
	s.warmup = o.Warmup
	s.all(func(r *replication) {
		if o.follows() {
			r.recorded(o.Warmup, o.Duration, interval, true)
			return
		}
		if r != s.reps[0] {
			r.fixed(o.Warmup, o.Duration, 0)
			return
		}
		r.fixed(o.Warmup, o.Duration, interval)
	})
	s.steady = true
	s.stable = !s.endsOverloaded() && !s.piles()
}
