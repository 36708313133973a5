package emulate

import (
	"math/rand/v2"
	"sync"

	"github.com/headroom/headroom/internal/variate"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// stream is a named random stream that several requests draw from, in the
// order in which they come to it.
type stream struct {
	mu sync.Mutex
	r  *rand.Rand
}

func newStream(seed uint64, name string) *stream {
	return &stream{r: variate.Stream(seed, 0, name)}
}

// share draws from 0 to 1.
func (s *stream) share() float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.r.Float64()
}

// below draws a whole number from 0 to n-1.
func (s *stream) below(n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.r.IntN(n)
}

// sample draws from a distribution.
func (s *stream) sample(d dist.Dist) float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return d.Sample(s.r)
}

// stepStreams makes the stream of every step that draws, by its path.
func stepStreams(seed uint64, m *scenarios.Model) map[string]*stream {
	streams := map[string]*stream{}
	for _, op := range m.Operations {
		scenarios.WalkSteps(op.Steps, func(s scenarios.Step) {
			streams[s.Path()] = newStream(seed, s.Path())
		})
	}
	return streams
}
