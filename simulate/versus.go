package simulate

import (
	"context"
	"fmt"
	"math"
	"sync"
	"sync/atomic"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// Compare simulates two models with common random numbers, and returns by how
// much their figures differ: every replication of one has a partner of the
// other whose arrivals, demands and choices come from the same named streams,
// so that most of what chance does is in both and not in the difference
// ([LaKe00]). The intervals of differences and ratios are paired
// ones: Student's t of what the partners differ by.
//
// Both have the same warm-up, the longer of the two, and the same length, which
// is right when every difference of the figures aimed at is known to the
// precision asked for, as a share of the figure of base. Models that are built
// differently are compared just as well, with intervals that are as wide as
// independent runs would make them where they share no streams.
func Compare(ctx context.Context, base, other *scenarios.Model, o Options) (*measure.Versus, error) {
	if o.Replications == 1 {
		return nil, fmt.Errorf("simulate: one replication shows no difference; want at least 2")
	}
	if o.Duration > 0 && o.Replications == 0 {
		o.Replications = defaultReplications // one path has no interval
	}
	o.Progress = turns(o.Progress)
	stop := new(atomic.Bool)
	a, err := prepare(base, o, stop)
	if err != nil {
		return nil, err
	}
	o.Replications = len(a.reps)
	b, err := prepare(other, o, stop)
	if err != nil {
		a.progress.stop()
		return nil, err
	}
	defer a.progress.stop()
	defer b.progress.stop()
	inner, cancel := a.bounded(ctx)
	defer cancel()
	defer context.AfterFunc(inner, func() { stop.Store(true) })()

	v := &versus{a, b}
	if o.Duration > 0 {
		a.fixedLength()
		b.fixedLength()
	} else {
		v.toPrecision()
	}
	return v.result(ctx)
}

// versus is two studies, replication by replication.
type versus struct{ base, other *study }

func (v *versus) both(f func(s *study)) {
	f(v.base)
	f(v.other)
}

// turns makes one progress of those of two studies that take turns: it never goes
// back.
func turns(tell func(done float64, note string)) func(done float64, note string) {
	if tell == nil {
		return nil
	}
	var mu sync.Mutex
	most := 0.0
	return func(done float64, note string) {
		mu.Lock()
		defer mu.Unlock()
		most = max(most, done)
		tell(most, note)
	}
}

// toPrecision simulates both until the differences are known well enough.
func (v *versus) toPrecision() {
	settled := v.base.runPilots()
	if settled = v.other.runPilots() && settled; !settled {
		return
	}
	warmup := max(v.base.warmup, v.other.warmup)
	v.both(func(s *study) {
		s.all(func(r *replication) { r.advance(warmup) })
		s.warmup = warmup
		s.startMeasuring()
	})
	v.both(func(s *study) { s.record(v.base.firstLength()) })
	untilPrecise(v, max(v.base.firstLength(), v.other.firstLength()))
}

func (v *versus) measureUpTo(length float64) { v.both(func(s *study) { s.measureUpTo(length) }) }
func (v *versus) measureAnew()               { v.both((*study).measureAnew) }
func (v *versus) takeBack()                  { v.both((*study).takeBack) }
func (v *versus) halted() bool               { return v.base.halted() || v.other.halted() }

func (v *versus) longestLength() float64 {
	return min(v.base.longestLength(), v.other.longestLength())
}

// assess looks at the differences aimed at.
func (v *versus) assess() need {
	var out need
	wa, wb := v.base.windows(), v.other.windows()
	v.both(func(s *study) { s.assess() }) // for what each result says of itself
	for _, aim := range v.base.aims {
		a, b, ok := v.pair(aim.subject, aim.metric, wa, wb)
		if !ok {
			continue
		}
		if by := difference(a, b); a.Value != 0 {
			out.width = max(out.width, square((by.Hi-by.Lo)/2/math.Abs(a.Value)/aim.precision))
		}
		out.worth = max(out.worth, a.short, b.short)
	}
	return out
}

// pair is the same figure of both, where both have it.
func (v *versus) pair(of subject, metric string, wa, wb []totals) (a, b seen, ok bool) {
	other, err := v.other.findOf(of)
	if err != nil {
		return a, b, false
	}
	a, b = v.base.see(of, metric, wa), v.other.see(other, metric, wb)
	return a, b, a.Known() && b.Known() && len(a.moves) == len(b.moves)
}

// difference is other − base, by pairs.
func difference(base, other seen) measure.Estimate {
	value := other.Value - base.Value
	off := differ(base.moves, other.moves, 1).off()
	return figure(value, value-off.below, value+off.above, math.Inf(-1), math.Inf(1))
}

// quotient is other / base, by pairs: to first order its error is that of
// other − q·base, by base. It is not known where base is 0.
func quotient(base, other seen) measure.Estimate {
	if base.Value == 0 {
		return measure.Estimate{}
	}
	q := other.Value / base.Value
	off := differ(base.moves, other.moves, q).off()
	return figure(q, q-off.below/base.Value, q+off.above/base.Value, 0, math.Inf(1))
}

// differ is what each pair adds to the error of other − q·base.
func differ(base, other moves, q float64) moves {
	out := make(moves, len(base))
	for i := range out {
		out[i] = other[i] - q*base[i]
	}
	return out
}

// gain is how many times the variance of independent runs is that of pairs.
func gain(base, other seen) measure.Estimate {
	paired := square(differ(base.moves, other.moves, 1).sd())
	if paired == 0 {
		return measure.Estimate{}
	}
	return measure.Exactly((square(base.moves.sd()) + square(other.moves.sd())) / paired)
}

// result puts the two side by side.
func (v *versus) result(ctx context.Context) (*measure.Versus, error) {
	out := &measure.Versus{Schema: measure.VersusSchema, Replications: len(v.base.reps)}
	var err error
	if out.Base, err = v.base.conclude(ctx); err != nil {
		return nil, err
	}
	if out.Other, err = v.other.conclude(ctx); err != nil {
		return nil, err
	}
	if !v.base.comparable() || !v.other.comparable() {
		out.Caveats = append(out.Caveats, measure.Caveat{
			What: "simulate: nothing to compare", Effect: "both must have a steady state, and come to it, for their figures to differ by anything lasting",
		})
		return out, nil
	}
	wa, wb := v.base.windows(), v.other.windows()
	for _, of := range v.base.subjects() {
		if of.kind == scenarios.OfOperation {
			continue
		}
		if _, err := v.other.findOf(of); err != nil {
			out.Caveats = append(out.Caveats, measure.Caveat{What: "simulate: not in both", Where: of.where(), Effect: "it is left out of the differences"})
			continue
		}
		for _, metric := range metricsOf(of.kind) {
			if a, b, ok := v.pair(of, metric, wa, wb); ok && !a.scarce && !b.scarce && (a.Value != 0 || b.Value != 0) {
				out.Differences = append(out.Differences, measure.Difference{
					Kind: noun(of.kind), Subject: of.name, Metric: metric,
					Base: a.Estimate, Other: b.Estimate, By: difference(a, b), Ratio: quotient(a, b), Gain: gain(a, b),
				})
			}
		}
	}
	return out, nil
}

// comparable reports whether the figures of a study are of the system and not
// of how long it ran, and are of the same time as those of another.
func (s *study) comparable() bool { return s.steady && s.limited() }
