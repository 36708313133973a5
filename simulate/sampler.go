package simulate

import (
	"math/rand/v2"

	"github.com/headroom/headroom/internal/arrivals"
	"github.com/headroom/headroom/scenarios/dist"
)

// sampler draws from one distribution and one stream. The two families that
// most demands have are drawn here, with the very draws that [dist.Dist.Sample]
// makes (a test holds them together); calling through for them would cost a
// copy of the distribution every time.
type sampler struct {
	family sampleFamily
	mean   float64
	rand   *rand.Rand
	dist   dist.Dist
}

type sampleFamily uint8

const (
	sampleAny sampleFamily = iota
	sampleConst
	sampleExp
	sampleShare
)

// longest is the longest time there is (s): beyond it, no draw of a heavy tail
// makes a difference, and sums stay finite.
const longest = arrivals.Longest

func newSampler(d dist.Dist, r *rand.Rand) sampler {
	s := sampler{mean: d.Mean(), rand: r, dist: d}
	switch d.Family() {
	case dist.FamilyConst:
		s.family = sampleConst
	case dist.FamilyExponential:
		s.family = sampleExp
	}
	return s
}

// draw returns the next value.
func (s *sampler) draw() float64 {
	switch s.family {
	case sampleConst:
		return s.mean
	case sampleExp:
		return s.rand.ExpFloat64() * s.mean
	case sampleShare:
		return s.rand.Float64()
	}
	return s.other()
}

// other draws from any other family.
func (s *sampler) other() float64 {
	x := s.dist.Sample(s.rand)
	if !(x < longest) {
		return longest
	}
	return max(x, 0)
}
