package simulate

import (
	"math"
	"math/rand/v2"

	"github.com/headroom/headroom/internal/arrivals"
	"github.com/headroom/headroom/scenarios"
)

// source is a workload at work.
type source struct {
	*workload
	gaps, mix, hopping *rand.Rand
	gap, think         sampler
	shape              *arrivals.Shape   // of its load; nil: it does not change
	flow               *arrivals.Process // nil where gaps drawn one after the other are all
	there, wanted      int               // users of a closed workload, where the load changes

	running gauge // requests in progress (1)
	started int64
	well    int64 // requests answered well
	failed  int64
	stayed  float64         // Σ response time of the requests that ended (s)
	lost    [outcomes]int64 // of the requests that response times are of, those that failed, by outcome
	fates   [outcomes]int64 // of all that ended, by outcome
}

func (k *kernel) setUpSources(s *streams) {
	k.sources = apart[source](len(k.program.workloads))
	for i := range k.sources {
		w := &k.program.workloads[i]
		src := &k.sources[i]
		*src = source{
			workload: w,
			gaps:     s.named("arrivals/" + w.name),
			mix:      s.named("mix/" + w.name),
			hopping:  s.named("route/" + w.name),
		}
		if w.open {
			src.gap = newSampler(w.gap, src.gaps)
			k.setUpFlow(src, i, s)
			if at := k.nextArrival(src); !math.IsInf(at, 1) {
				k.push(at, evArrival|uint32(i))
			}
			continue
		}
		k.setUpFlow(src, i, s)
		src.think = newSampler(w.think, s.named("think/"+w.name))
		if src.shape != nil {
			k.changeUsers(int32(i))
			continue
		}
		for range w.users {
			k.schedule(src.think.draw(), evThought, int32(i))
		}
	}
}

// nextGap draws the time to the next arrival.
func (s *source) nextGap() float64 {
	switch s.kind {
	case scenarios.Poisson:
		return s.gaps.ExpFloat64() / s.rate
	case scenarios.Constant:
		return 1 / s.rate
	}
	return s.gap.draw()
}

// arrival lets a request of an open workload arrive, and schedules the next.
func (k *kernel) arrival(i int32) int32 {
	s := &k.sources[i]
	if !s.open {
		k.changeUsers(i)
		return nobody
	}
	n := s.batchOf()
	if at := k.nextArrival(s); at < k.until {
		k.push(at, evArrival|uint32(i))
	}
	for range n - 1 {
		if f := k.ask(i); f != nobody {
			k.ready = append(k.ready, f)
		}
	}
	return k.ask(i)
}

// ask starts a request of a workload.
func (k *kernel) ask(i int32) int32 {
	if k.now >= k.until {
		return nobody
	}
	s := &k.sources[i]
	if !s.mayAsk() {
		return nobody
	}
	k.begun(i)
	if s.entry != nobody {
		f, fr := k.newFrame(client, nobody, s.entry)
		fr.due, fr.source, fr.rank = k.now, i, s.rank
		k.traceRoot(f, i)
		return f
	}
	op := s.start[0].target
	if len(s.start) > 1 {
		op = pick(s.start, s.mix.Float64())
	}
	return k.visit(i, op, k.now)
}

// begun counts a request of workload i that begins.
func (k *kernel) begun(i int32) {
	s := &k.sources[i]
	s.started++
	s.running.add(1, k.now)
	if k.counts(k.now) {
		k.pending++
	}
}

// visit lets a request of workload i, due at the given instant, arrive at an
// operation.
func (k *kernel) visit(i, op int32, due float64) int32 {
	v, fr := k.newFrame(request, op, k.operations[op].entry)
	fr.due, fr.source, fr.rank = due, i, k.sources[i].rank
	if k.inside != nil {
		k.inside.takeOver(v)
		k.traceRoot(v, i)
	}
	return k.arrive(v, fr)
}

// hop draws where a request of a route goes from an operation, or nobody when
// it ends there.
func (k *kernel) hop(i, op int32) int32 {
	s := &k.sources[i]
	ways := s.hops[op]
	if len(ways) == 0 {
		return nobody
	}
	u := s.hopping.Float64()
	if last := ways[len(ways)-1].upTo; u >= last && last < 1-1e-9 {
		return nobody
	}
	return pick(ways, u)
}

// answered ends a request of a workload; its user thinks of another.
func (k *kernel) answered(i int32, due float64, how outcome) {
	s := &k.sources[i]
	s.running.add(-1, k.now)
	t := k.now - due
	s.stayed += t
	counts := k.counts(due)
	if counts {
		k.pending--
	}
	s.fates[how]++
	switch {
	case how != outWell:
		s.failed++
		if counts {
			s.lost[how]++
		}
	default:
		s.well++
		if counts {
			k.tally.responses[i].add(t)
		}
	}
	if k.series != nil {
		k.series.ended(i, t, how)
	}
	if !s.open && s.slack < 0 {
		k.schedule(s.think.draw(), evThought, i)
	}
}

// endClient ends a session. A user who meets others at a barrier stays the
// same from one session to the next.
func (k *kernel) endClient(f int32, fr *frame, how outcome) int32 {
	source, due := fr.source, fr.due
	s := &k.sources[source]
	if k.inside != nil {
		k.settleAccount(f, source, due, how)
	}
	if s.slack < 0 {
		k.drop(f)
		k.answered(source, due, how)
		return nobody
	}
	fr.kind = resting
	k.answered(source, due, how)
	k.schedule(s.think.draw(), evAgain, f)
	return nobody
}

// askAgain begins the next session of a user.
func (k *kernel) askAgain(f int32) int32 {
	if k.now >= k.until {
		return nobody
	}
	fr := k.frames.at(f)
	fr.kind, fr.pc, fr.due = client, k.sources[fr.source].entry, k.now
	if k.inside != nil {
		k.inside.empty(&k.inside.accounts.at(f).chain)
		k.inside.open(f, k.now)
		k.traceRoot(f, fr.source)
	}
	k.begun(fr.source)
	return f
}
