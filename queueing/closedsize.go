package queueing

import (
	"math"
	"math/bits"
)

// mostExactSteps bounds the multiplications of an exact recursion, and
// mostExactCells the numbers that it keeps: some ten seconds, and a gigabyte.
const (
	mostExactSteps = 2e9
	mostExactCells = 1 << 26

	mostRoundSteps = 3e8 // of one round of a fixed point, of which there may be many
	mostRoundCells = 1 << 24
)

// bounded wants an exact recursion to be one that ends in time.
func (w *want) bounded(steps, cells float64, otherwise string) {
	if !(steps <= mostExactSteps) {
		w.fail("work of the exact recursion", steps, "at most 2e9 steps, so fewer users, servers or stations; "+otherwise)
	}
	if !(cells <= mostExactCells) {
		w.fail("memory of the exact recursion", cells, "at most 67108864 numbers, so fewer users, servers or stations; "+otherwise)
	}
}

// size is what [Convolution] takes: each station is multiplied in once for every
// level of the halving, which costs a step for each user and number present
// until its speed settles.
func (c ClosedNetwork) size() (steps, cells float64) {
	users := float64(c.Users) + 1
	levels := float64(bits.Len(uint(len(c.Stations)))) + 1
	for _, s := range c.Stations {
		if s.isDelay() {
			continue
		}
		steps += s.copies() * levels * users * s.width(c.Users)
		if s.OpenLoad > 0 { // open requests are summed over, for every number of closed ones
			settled, full := float64(s.settled()), s.full()
			steps += 2 * s.copies() * math.Min(settled, users) * settled * full / math.Max(full-s.OpenLoad, 1e-3*full)
		}
		cells += 4 * users // without it, of itself, and its distributions
	}
	return steps, cells + levels*users
}

// width is the mean number of terms of a station's factor that one number of
// users takes: all below it where its series does not become geometric.
func (s ClosedStation) width(users int) float64 {
	settled := s.settled()
	slowing := false
	for _, r := range s.Rates {
		slowing = slowing || r > s.full()
	}
	if slowing || settled > users {
		return float64(users)/2 + 1
	}
	return float64(settled) + 1
}

// size is what [MixedConvolution] takes with populations p: a step for each of
// them, each class and each term of the series of stations of several servers,
// which may be as long as there are users.
func (m MixedNetwork) size(p *populations) (steps, cells float64) {
	all, classes, terms, several := float64(p.size), float64(len(p.users)), 1.0, 0
	for _, s := range m.Stations {
		if s.isDelay() || s.single() {
			terms++
			continue
		}
		several++
		terms += 2 * s.shared(0).width(2*p.total()) // its polynomial, and the derivative of it
	}
	levels := float64(bits.Len(uint(several))) + 1
	return all * classes * levels * terms, all * (levels + 3)
}

// serversSize is what [ServersMVA] takes: a step for each population, class and
// server, and the probabilities of as many numbers present in one plane.
func (m MixedNetwork) serversSize(p *populations) (steps, cells float64) {
	servers := 0.0
	for _, s := range m.Stations {
		servers += math.Max(1, float64(s.Servers))
	}
	plane := 1.0
	if len(p.stride) > 0 {
		plane = float64(p.stride[0])
	}
	return float64(p.size) * float64(len(p.users)) * servers, (plane + 2) * 2 * servers
}
