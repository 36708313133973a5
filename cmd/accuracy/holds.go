package main

import (
	"fmt"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// holds gives some operations a pool around what they do but for their first
// step, a lock around one more step, or a cache of keys before what they call.
func (g *generator) holds() {
	for i := range g.m.Operations {
		op := &g.m.Operations[i]
		s := &g.m.Services[op.Service]
		switch g.r.IntN(5) {
		case 0:
			g.pool(s, op)
		case 1, 2:
			g.lock(s, op)
		case 3:
			g.cache(op)
		}
	}
}

// pool is about as large as a limit on threads would be.
func (g *generator) pool(s *scenarios.Service, op *scenarios.Operation) {
	if len(s.Pools) == 0 {
		s.Pools = []scenarios.Pool{{Name: "pool", Size: s.Cores + g.r.IntN(8), Backlog: scenarios.Unlimited}}
	}
	at := func(part string) scenarios.At { return scenarios.At(op.Name + "/" + part) }
	steps := []scenarios.Step{op.Steps[0], scenarios.Acquire{At: at("acquire")}}
	steps = append(steps, op.Steps[1:]...)
	steps = append(steps, scenarios.CPU{At: at("held"), Demand: g.demand()})
	if g.r.IntN(2) == 0 {
		steps = append(steps, scenarios.Release{At: at("release")}, scenarios.CPU{At: at("after"), Demand: g.demand()})
	}
	op.Steps = steps
}

// lock is exclusive in two cases of three; the third is shared with a quarter of
// writers. In one of four something waits while it is held.
func (g *generator) lock(s *scenarios.Service, op *scenarios.Operation) {
	keys := []int{1, 4, 30, 1000}[g.r.IntN(4)]
	name := fmt.Sprintf("lock%d", len(s.Locks))
	s.Locks = append(s.Locks, scenarios.LockTable{Name: name, Keys: keys, Skew: []float64{0, 0.8}[g.r.IntN(2)]})
	at := func(part string) scenarios.At { return scenarios.At(op.Name + "/" + part) }
	held := func(part string) []scenarios.Step {
		if g.r.IntN(4) == 0 {
			return []scenarios.Step{scenarios.Wait{At: at(part + "/0"), Time: dist.Exponential(0.005)}}
		}
		return []scenarios.Step{scenarios.CPU{At: at(part + "/0"), Demand: g.demand()}}
	}
	id := scenarios.LockID(len(s.Locks) - 1)
	write := scenarios.Lock{At: at("write"), Lock: id, Steps: held("write")}
	if g.r.IntN(3) > 0 {
		op.Steps = append(op.Steps, write)
		return
	}
	read := scenarios.Lock{At: at("read"), Lock: id, Mode: scenarios.SharedLock, Steps: held("read")}
	op.Steps = append(op.Steps, scenarios.Choose{At: at("mode"), Branches: []scenarios.Branch{
		{P: 0.25, Steps: []scenarios.Step{write}}, {P: 0.75, Steps: []scenarios.Step{read}},
	}})
}

// cache spares the calls and what follows them, where there are any.
func (g *generator) cache(op *scenarios.Operation) {
	if len(op.Steps) < 2 {
		return
	}
	store := &scenarios.Store{
		Keys: 1000, Skew: 0.6 + 0.6*g.r.Float64(), Size: 20 + g.r.IntN(300),
		Policy: []scenarios.Eviction{scenarios.LRU, scenarios.LRU, scenarios.FIFOStore}[g.r.IntN(3)],
	}
	if g.r.IntN(3) == 0 {
		store.TTL = dist.Const(0.5 + 10*g.r.Float64())
	}
	op.Steps = []scenarios.Step{op.Steps[0], scenarios.Cache{At: scenarios.At(op.Name + "/cache"), Store: store, Else: op.Steps[1:]}}
}
