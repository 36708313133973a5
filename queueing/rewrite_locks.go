package queueing

import (
	"fmt"
	"math"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// lockUse is in which modes the keys of a lock are taken.
type lockUse struct{ exclusive, shared bool }

// tier is some keys of a lock, about as popular as each other, or looked at one
// by one: a service with a replica for each.
type tier struct {
	service scenarios.ServiceID
	share   float64 // of those who ask for a key (1)
	keys    float64
}

// hotKeys is how many keys of a lock are looked at one by one, and tierGrowth how
// many times as far a tier of the others reaches as the one before.
const (
	hotKeys    = 64
	tierGrowth = 4
)

// tiersOf are the keys of a lock as services.
func (w *rewrite) tiersOf(key holdKey) []tier {
	if t := w.keys[key]; t != nil {
		return t
	}
	s := &w.from.Services[key.service]
	table := s.Locks[key.index]
	name := s.Name + " lock '" + table.Name + "'"
	add := func(share float64, keys int, o scenarios.Service) {
		o.Name, o.Replicas, o.Cores, o.Backlog = name, keys, 1, scenarios.Unlimited
		if o.Threads = 1; !w.uses[key].exclusive {
			o.Threads = 0 // those who share do not wait for each other
		}
		t := tier{share: share, keys: float64(keys)}
		t.service = w.addService(o, heldPart{kind: holding, owner: key.service, hold: key, tier: len(w.keys[key])})
		w.keys[key] = append(w.keys[key], t)
	}
	if table.Skew == 0 || table.Keys == 1 {
		add(1, table.Keys, scenarios.Service{})
		return w.keys[key]
	}
	sum := func(from, to int) float64 { // of the ranks from … to − 1, not normalised
		out := 0.0
		if to-from <= 4*hotKeys {
			for i := from; i < to; i++ {
				out += math.Pow(float64(i), -table.Skew)
			}
			return out
		}
		a, b := float64(from)-0.5, float64(to)-0.5
		if table.Skew == 1 {
			return math.Log(b / a)
		}
		return (math.Pow(b, 1-table.Skew) - math.Pow(a, 1-table.Skew)) / (1 - table.Skew)
	}
	hot := min(table.Keys, hotKeys)
	shares, sizes, total := []float64{sum(1, hot+1)}, []int{hot}, 0.0
	for from := hot + 1; from <= table.Keys; from *= tierGrowth {
		to := min(from*tierGrowth, table.Keys+1)
		shares, sizes = append(shares, sum(from, to)), append(sizes, to-from)
	}
	for _, x := range shares {
		total += x
	}
	first := 1
	for i, x := range shares {
		o := scenarios.Service{}
		if i == 0 && hot > 1 {
			o.Balancing, o.HashKeys, o.HashSkew = scenarios.Hash, hot, table.Skew
		} else if i > 0 {
			name = fmt.Sprintf("%s lock '%s', keys from %d on", s.Name, table.Name, first)
		}
		add(x/total, sizes[i], o)
		first += sizes[i]
	}
	return w.keys[key]
}

// through is a call to one of the tiers of a lock or pool. What it does there may
// depend on the tier.
func (w *rewrite) through(key holdKey, kind func(tier int) gate, body func(tier int) []scenarios.Step) []scenarios.Step {
	tiers := w.keys[key]
	out := scenarios.Choose{}
	for i, t := range tiers {
		g := kind(i)
		steps := body(i)
		if g.op = w.addOp(t.service, steps); g.shared {
			w.m.Operations[g.op].Steps = nil
			g.body = w.addOp(w.counter(), steps)
		}
		p := w.partOf(int(t.service))
		p.gates = append(p.gates, g)
		branch := []scenarios.Step{scenarios.Call{Op: g.op}}
		if g.shared {
			branch = append(branch, scenarios.Call{Op: g.body})
		}
		out.Branches = append(out.Branches, scenarios.Branch{P: t.share, Steps: branch})
	}
	if len(out.Branches) == 1 {
		return out.Branches[0].Steps
	}
	return []scenarios.Step{out}
}

// counter is the service of operations that are only there to be counted.
func (w *rewrite) counter() scenarios.ServiceID {
	if w.watch < 0 {
		w.watch = w.addService(scenarios.Service{Name: "counted", Replicas: 1, Cores: 1, Backlog: scenarios.Unlimited}, heldPart{kind: counting, owner: -1})
	}
	return w.watch
}

// lock is a call to the keys of a lock, one within the other where there are
// several. Readers of a lock that has writers too stand in the same line and
// then go on; a writer waits, first in line, for those of them that are there.
//
//   - Accuracy: keys within keys of the same lock within 5 % in throughput of two
//     published runs of two-phase locking with up to 0.24 of all waiting ([TaGS85]
//     has the model); deadlocks are left out.
//   - Source: [RoSe95].
func (w *rewrite) lock(s scenarios.Lock) []scenarios.Step {
	key := holdKey{w.owner, false, int(s.Lock)}
	if w.unfit[key] == "" && w.fed && perMessage(s.Steps) {
		w.refuse(key, "held while the messages of a batch are worked on")
	}
	w.depth[key]++
	body := w.list(s.Steps, false)
	w.depth[key]--
	if w.unfit[key] != "" {
		return body
	}
	if s.Mode == scenarios.Optimistic {
		return w.optimistic(s, key, body)
	}
	tiers := w.tiersOf(key)
	shared, mixed := s.Mode == scenarios.SharedLock, w.uses[key].shared && w.uses[key].exclusive
	for range max(1, s.Count) {
		inside := body
		body = w.through(key, func(int) gate { return gate{shared: shared && mixed, body: -1} }, func(i int) []scenarios.Step {
			if drain := w.know.drain[w.m.Services[tiers[i].service].Name]; mixed && !shared && drain > 0 {
				return append([]scenarios.Step{scenarios.Wait{Time: dist.Exponential(drain)}}, inside...)
			}
			return inside
		})
	}
	if w.depth[key] > 0 {
		w.note(scenarios.Feature{
			Word: scenarios.WordLock, What: "circles of waits for lock \"" + w.nameOf(key) + "\"",
			Where: "services." + w.from.Services[w.owner].Name, Effect: "requests that would wait for themselves wait, and do not fail",
		})
	}
	return body
}

// note adds to what is left out, once.
func (w *rewrite) note(f scenarios.Feature) {
	for _, have := range w.left {
		if have == f {
			return
		}
	}
	w.left = append(w.left, f)
}
