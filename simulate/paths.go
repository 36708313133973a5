package simulate

import (
	"context"
	"fmt"
	"math"
	"sync/atomic"

	"github.com/headroom/headroom/scenarios"
)

// PathSummary is what one run of a system shows.
type PathSummary struct {
	Seed      uint64
	Workloads map[string]PathTimes
}

// PathTimes are the response times of one workload in one run.
type PathTimes struct {
	Requests int64   // answered well (1)
	Mean     float64 // (s); NaN when there was none
	P50, P99 float64 // (s); NaN when there was none
}

// Paths simulates one run for each of o.Seeds: from an empty system, for
// o.Warmup and then o.Duration seconds, as replication 0 of that seed, which is
// the path that a live run of the seed takes. Together they tell how far a run
// as short as that strays by chance. When the context ends, the runs that were
// complete come with its error.
func Paths(ctx context.Context, m *scenarios.Model, o Options) ([]PathSummary, error) {
	o, err := o.filled()
	if err != nil {
		return nil, err
	}
	if o.Duration == 0 || len(o.Seeds) == 0 {
		return nil, fmt.Errorf("simulate: paths of %v s for %d seeds; want a duration above 0 and at least one seed", o.Duration, len(o.Seeds))
	}
	p, err := compile(m)
	if err != nil {
		return nil, err
	}
	stop := new(atomic.Bool)
	release := context.AfterFunc(ctx, func() { stop.Store(true) })
	defer release()

	runs := make([]PathSummary, len(o.Seeds))
	errs := make([]error, len(o.Seeds))
	each(len(runs), o.Workers, func(i int) {
		if !stop.Load() {
			runs[i], errs[i] = path(p, o, o.Seeds[i], stop)
		}
	})
	var whole []PathSummary
	for i, r := range runs {
		if errs[i] != nil {
			return nil, errs[i]
		}
		if r.Workloads != nil {
			whole = append(whole, r)
		}
	}
	return whole, ctx.Err()
}

// path simulates one run; its summary is empty when it was stopped.
func path(p *program, o Options, seed uint64, stop *atomic.Bool) (PathSummary, error) {
	k := newKernel(p, streams{seed: seed})
	k.stop = stop
	k.budget = max(o.MaxEvents/int64(len(o.Seeds)), checkEvery)
	k.room = max(o.MaxInProgress/o.Workers, 1)
	r := &replication{k: k}
	r.fixed(o.Warmup, o.Duration, 0)
	switch {
	case k.err != nil:
		return PathSummary{}, k.err
	case k.halt == outOfEvents || k.halt == outOfRoom:
		return PathSummary{}, fmt.Errorf("simulate: seed %d: out of the events or the memory allowed at %v s of %v s; want a shorter duration or more of them", seed, k.now, o.Warmup+o.Duration)
	case k.halt != notHalted:
		return PathSummary{}, nil
	}
	if err := k.checkLaws(); err != nil {
		return PathSummary{}, err
	}
	out := PathSummary{Seed: seed, Workloads: make(map[string]PathTimes)}
	for i := range k.sources {
		h := &k.tally.responses[i]
		t := PathTimes{Requests: h.n, Mean: math.NaN(), P50: math.NaN(), P99: math.NaN()}
		if h.n > 0 {
			one := sample{h}
			all := one.pooled()
			t.Mean, _ = one.mean().estimate()
			t.P50, t.P99 = all.quantile(0.5), all.quantile(0.99)
		}
		out.Workloads[k.sources[i].name] = t
	}
	return out, nil
}
