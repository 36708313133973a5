package simulate

import (
	"math"

	"github.com/headroom/headroom/internal/arrivals"
	"github.com/headroom/headroom/scenarios"
)

// setUpFlow prepares what the source needs beyond its gaps: its load changes, it
// has states, comes in batches or follows a log.
func (k *kernel) setUpFlow(src *source, i int, s *streams) {
	if k.shapes != nil {
		src.shape = k.shapes[i]
	}
	if !src.open {
		return
	}
	switch {
	case src.shape != nil, src.kind == scenarios.MMPP, src.kind == scenarios.Batch, src.kind == scenarios.Replay:
		src.flow = arrivals.New(src.process, src.name, src.shape, src.gaps, s.named)
	}
}

// nextArrival is the instant of the next arrival; +Inf when there is none.
func (k *kernel) nextArrival(s *source) float64 {
	if s.flow != nil {
		return s.flow.Next(k.until)
	}
	return k.now + s.nextGap()
}

// batchOf is how many requests come at once.
func (s *source) batchOf() int {
	if s.flow == nil {
		return 1
	}
	return s.flow.Batch()
}

// changeUsers lets users of a closed workload join, as the load goes up, and
// says when to look again. As it goes down, who is done thinking leaves instead
// of asking (see [kernel.mayAsk]). Who joins begins with a think time, as all
// do at the start.
func (k *kernel) changeUsers(i int32) {
	s := &k.sources[i]
	sh := s.shape
	s.wanted = int(math.Round(float64(s.users) * sh.Factor(k.now)))
	for s.there < s.wanted {
		s.there++
		k.schedule(s.think.draw(), evThought, i)
	}
	if next := sh.NextChange(k.now, s.users); next < k.until {
		k.push(next, evArrival|uint32(i))
	}
}

// mayAsk reports whether the user who is done thinking stays; if not, there is
// one less.
func (s *source) mayAsk() bool {
	if s.open || s.shape == nil || s.there <= s.wanted {
		return true
	}
	s.there--
	return false
}
