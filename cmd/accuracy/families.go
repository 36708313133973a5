package main

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// family is a kind of random scenario.
type family struct {
	name, text string
	draw       func(g *generator)
	holds      bool // what a simulation carries beyond its limits says nothing of them
}

// families are the kinds of scenario that the table has a row for.
func families() []family {
	return []family{
		{"open", "open workloads, exponential and lognormal demands, no limit on threads", func(g *generator) {
			g.tiers(false, false)
			g.open()
		}, false},
		{"in order", "the same with every service first come first served", func(g *generator) {
			g.tiers(false, true)
			g.open()
		}, false},
		{"closed", "closed workloads, no limit on threads", func(g *generator) {
			g.tiers(false, false)
			g.closed()
		}, false},
		{"layered, open", "threads held during nested calls, open workloads", func(g *generator) {
			g.tiers(true, false)
			g.open()
		}, false},
		{"layered, closed", "threads held during nested calls, closed workloads", func(g *generator) {
			g.tiers(true, false)
			g.closed()
		}, false},
		{"holds", "pools, locks and caches of keys, open workloads", func(g *generator) {
			g.tiers(false, false)
			g.holds()
			g.open()
		}, true},
	}
}

// generator fills a model in.
type generator struct {
	r *rand.Rand
	m *scenarios.Model
}

func draw(f family, seed uint64) *scenarios.Model {
	g := &generator{
		r: rand.New(rand.NewPCG(seed, 2026)),
		m: &scenarios.Model{Name: fmt.Sprintf("%s %d", f.name, seed), Part: 1, Live: scenarios.Live{Cells: 1}},
	}
	f.draw(g)
	return g.m
}

// tiers makes two to four tiers of one to three services each; every operation
// works and calls some operations of the next tier. With limited, most services
// have few threads.
func (g *generator) tiers(limited, inOrder bool) {
	var tiers [][]scenarios.OpID
	for tier := range 2 + g.r.IntN(3) {
		var ops []scenarios.OpID
		for range 1 + g.r.IntN(3) {
			s := scenarios.Service{
				Name: fmt.Sprintf("s%d", len(g.m.Services)), Replicas: 1, Cores: 1 + g.r.IntN(4), Backlog: scenarios.Unlimited,
			}
			if inOrder {
				s.Discipline = scenarios.FIFO
			}
			if limited && g.r.IntN(5) > 0 {
				s.Threads = s.Cores + g.r.IntN(12)
				if tier == 0 {
					s.Threads *= 3 // a front end has more
				}
			}
			for i := range 1 + g.r.IntN(2) {
				op := scenarios.OpID(len(g.m.Operations))
				s.Operations = append(s.Operations, op)
				g.m.Operations = append(g.m.Operations, scenarios.Operation{
					Name: fmt.Sprintf("%s.o%d", s.Name, i), Service: scenarios.ServiceID(len(g.m.Services)),
				})
				ops = append(ops, op)
			}
			g.m.Services = append(g.m.Services, s)
		}
		tiers = append(tiers, ops)
	}
	for tier, ops := range tiers {
		for _, op := range ops {
			o := &g.m.Operations[op]
			at := func() scenarios.At { return scenarios.At(fmt.Sprintf("%s/%d", o.Name, len(o.Steps))) }
			o.Steps = append(o.Steps, scenarios.CPU{At: at(), Demand: g.demand()})
			if tier+1 == len(tiers) {
				continue
			}
			for range 1 + g.r.IntN(3) {
				next := tiers[tier+1][g.r.IntN(len(tiers[tier+1]))]
				o.Steps = append(o.Steps, scenarios.Call{At: at(), Op: next})
			}
			if g.r.IntN(2) == 0 {
				o.Steps = append(o.Steps, scenarios.CPU{At: at(), Demand: g.demand()})
			}
		}
	}
}

// demand is exponential in three cases of four, and more variable else.
func (g *generator) demand() dist.Dist {
	mean := 0.001 + 0.009*g.r.Float64()
	if g.r.IntN(4) == 0 {
		return dist.LognormalOf(mean, 1.5)
	}
	return dist.Exponential(mean)
}

// entry is a random operation of a service of the first tier.
func (g *generator) entry() []scenarios.Share {
	n := 0
	for n < len(g.m.Operations) && g.m.Operations[n].Service == 0 {
		n++
	}
	return []scenarios.Share{{Op: scenarios.OpID(g.r.IntN(n)), P: 1}}
}

// open gives the model one or two open workloads, of 1/s each: scaled later.
func (g *generator) open() {
	for i := range 1 + g.r.IntN(2) {
		g.m.Workloads = append(g.m.Workloads, scenarios.Workload{
			Name: fmt.Sprintf("w%d", i), Mix: g.entry(),
			Arrivals: &scenarios.Arrivals{Kind: scenarios.Poisson, Rate: 1, Gap: dist.Exponential(1)},
		})
	}
}

// closed gives the model one or two closed workloads.
func (g *generator) closed() {
	for i := range 1 + g.r.IntN(2) {
		g.m.Workloads = append(g.m.Workloads, scenarios.Workload{
			Name: fmt.Sprintf("w%d", i), Mix: g.entry(),
			Users: 1 + g.r.IntN(40), Think: dist.Exponential(0.02 + 0.3*g.r.Float64()),
		})
	}
}

// scaled is the model with so many times its open load.
func scaled(m *scenarios.Model, factor float64) *scenarios.Model {
	out := *m
	out.Workloads = slices.Clone(m.Workloads)
	for i := range out.Workloads {
		if a := out.Workloads[i].Arrivals; a != nil {
			more := *a
			more.Rate *= factor
			more.Gap = dist.Exponential(1 / more.Rate)
			out.Workloads[i].Arrivals = &more
		}
	}
	return &out
}
