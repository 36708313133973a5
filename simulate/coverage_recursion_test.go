package simulate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/headroom/headroom/measure"
)

// recursion is a measurer whose replications follow requests by a recursion in
// place of a calendar: the procedure and the intervals are those of a study, but
// nothing of the simulator is in it, and it takes a tenth of the time.
type recursion struct {
	lines     []*follower
	precision float64
	start     float64 // of the measured part (s)
}

// follower is one replication: the requests in order of their arrival.
type follower struct {
	respond func(at float64) float64 // the response time of the next one (s)
	gap     func() float64           // between arrivals (s)
	next    float64                  // when it arrives (s)
	seen    histogram
	aside   histogram
}

func (l *follower) until(end float64) {
	for l.next < end {
		l.seen.add(l.respond(l.next))
		l.next += l.gap()
	}
}

// run follows a system with a seed to a precision. What is thrown away first is
// what a study does: 2000 requests or a hundred times what it takes to settle.
func (of *recursive) run(seed uint64, precision float64) *recursion {
	x := &recursion{precision: precision, start: max(pilotTotal/of.rate, of.settles)}
	for i := range defaultReplications {
		f := of.start(rand.New(rand.NewPCG(seed, uint64(i))))
		f.until(x.start)
		f.seen.reset()
		x.lines = append(x.lines, f)
	}
	untilPrecise(x, max(x.start, tailRequests*100/of.rate))
	return x
}

func (x *recursion) measureUpTo(length float64) {
	for _, l := range x.lines {
		l.until(x.start + length)
	}
}

func (x *recursion) measureAnew() {
	for _, l := range x.lines {
		x.start = max(x.start, l.next)
		l.aside, l.seen = l.seen, histogram{}
	}
}

func (x *recursion) takeBack()              {}
func (x *recursion) longestLength() float64 { return math.Inf(1) }
func (x *recursion) halted() bool           { return false }

func (x *recursion) times() sample {
	s := make(sample, len(x.lines))
	for i, l := range x.lines {
		s[i] = &l.seen
	}
	return s
}

func (x *recursion) assess() need {
	var out need
	for _, s := range []seen{x.times().seenMean(), x.times().seenQuantile(0.99)} {
		out.width = max(out.width, square(relative(s.Estimate)/x.precision))
		out.worth = max(out.worth, s.short)
	}
	return out
}

// inOrder is c servers in order of arrival ([KiWo55]): the next
// request goes to the one that is free first.
func inOrder(r *rand.Rand, c int, rate float64, demand func() float64) *follower {
	free := make([]float64, c)
	return &follower{
		gap: func() float64 { return r.ExpFloat64() / rate },
		respond: func(at float64) float64 {
			first := 0
			for i, f := range free {
				if f < free[first] {
					first = i
				}
			}
			free[first] = max(free[first], at) + demand()
			return free[first] - at
		},
	}
}

// recursive is a system of [truths] that a recursion follows.
type recursive struct {
	truth
	rate    float64 // of arrivals (1/s)
	settles float64 // within this time (s)
	start   func(r *rand.Rand) *follower
}

// recursives are those of them that there are.
func recursives() []recursive {
	servers := func(c int, rho, settles float64) recursive {
		rate := rho * float64(c)
		return recursive{mmcTruth(c, rho), rate, settles, func(r *rand.Rand) *follower { return inOrder(r, c, rate, r.ExpFloat64) }}
	}
	p := (1 + math.Sqrt(9.0/11)) / 2 // of balanced means, c² = 10
	return []recursive{
		servers(1, 0.5, 0), servers(1, 0.9, 20_000), servers(8, 0.8, 0),
		{hyperTruth(0.5, 10), 0.5, 8000, func(r *rand.Rand) *follower {
			return inOrder(r, 1, 0.5, func() float64 {
				if r.Float64() < p {
					return r.ExpFloat64() / (2 * p)
				}
				return r.ExpFloat64() / (2 * (1 - p))
			})
		}},
		{forkTruth(0.5), 0.5, 0, func(r *rand.Rand) *follower {
			a, b := inOrder(r, 1, 0.5, r.ExpFloat64), inOrder(r, 1, 0.5, r.ExpFloat64)
			return &follower{gap: a.gap, respond: func(at float64) float64 { return max(a.respond(at), b.respond(at)) }}
		}},
	}
}

// coverage is that of so many runs with seeds 1, 2, …
func (of *recursive) coverage(precision float64, runs int) covered {
	c := covered{runs: runs, busy: -1}
	for seed := range uint64(runs) {
		x := of.run(seed+1, precision)
		holds := func(n *int, e measure.Estimate, want float64) {
			if e.Lo <= want && want <= e.Hi {
				*n++
			}
		}
		holds(&c.mean, x.times().seenMean().Estimate, of.mean)
		holds(&c.p99, x.times().seenQuantile(0.99).Estimate, of.p99)
		for _, f := range x.lines {
			c.requests += f.next * of.rate / float64(runs)
		}
	}
	return c
}

// The procedure on M/M/1 and M/M/8 by recursion, 40 seeds of each: an interval
// that holds the truth in 95 % of runs does so in fewer than 32 of 40 for one set
// of seeds in 7000; one of the four does for one in 1900. Of all 160, between 1
// and 17 do not hold it, as of such intervals in all but one set in 700. The seeds
// stay.
func TestCoverageByRecursion(t *testing.T) {
	if testing.Short() {
		t.Skip("some seconds")
	}
	const runs = 40
	misses := 0
	for _, of := range []recursive{recursives()[0], recursives()[2]} {
		c := of.coverage(0.1, runs)
		t.Log(c.row(of.name))
		if c.mean < 32 || c.p99 < 32 {
			t.Errorf("%s: mean covered by %d, p99 by %d of %d", of.name, c.mean, c.p99, runs)
		}
		misses += 2*runs - c.mean - c.p99
	}
	if misses < 1 || misses > 17 {
		t.Errorf("%d of %d intervals miss the truth, want about 8", misses, 4*runs)
	}
}

// The report of `make coverage` on the systems that a recursion follows.
func TestCoverageByRecursionInFull(t *testing.T) {
	runs, precision := fullCoverage(t)
	for _, of := range recursives() {
		t.Run(strings.ReplaceAll(of.name, "/", ""), func(t *testing.T) {
			c := of.coverage(precision, runs)
			fmt.Println(c.row(of.name + ", by recursion"))
		})
	}
}
