package simulate

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// FuzzCalls simulates random small models whose callers give up, try again and
// take back, and holds every path to the laws, to its seed, and to an end in
// which nothing is left over.
func FuzzCalls(f *testing.F) {
	for seed := range uint64(150) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		m := impatientModel(seed)
		p, err := compile(m)
		if err != nil {
			t.Fatal(err)
		}
		lawful(t, p, seed, 100_000, 5, (*kernel).ending, func(k *kernel) {
			if k.live != 0 && !deadlocked(k) {
				t.Fatalf("%d records left over", k.live)
			}
			if k.live == 0 {
				idle(t, k)
				allGivenBack(t, k)
			}
		})
	})
}

// allGivenBack holds that no errand and no join is in use.
func allGivenBack(t *testing.T, k *kernel) {
	t.Helper()
	n := int32(0)
	for e := k.freeErrand; e != nobody; e = k.errands.at(e).next {
		n++
	}
	if n != k.errands.n {
		t.Fatalf("%d errands of %d given back", n, k.errands.n)
	}
	n = 0
	for j := k.freeJoin; j != nobody; j = k.joins.at(j).next {
		n++
	}
	if n != k.joins.n {
		t.Fatalf("%d joins of %d given back", n, k.joins.n)
	}
}

// FuzzRunCalls simulates such models as a user would.
func FuzzRunCalls(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(seed, uint8(seed))
	}
	f.Fuzz(func(t *testing.T, seed uint64, kind uint8) {
		o := Options{Seed: seed, Replications: 4, MaxEvents: 200_000, Precision: 0.1, MaxTime: -1}
		if kind%2 == 1 {
			o.Duration, o.Warmup = 5, 1
		}
		r, err := Run(context.Background(), impatientModel(seed), o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := json.Marshal(r); err != nil {
			t.Fatal(err)
		}
		for _, v := range r.Check(0.02) {
			t.Log(v)
		}
	})
}

// impatientModel is a random model whose calls carry options, and in which some
// calls are fan-outs and some steps fail.
func impatientModel(seed uint64) *scenarios.Model {
	m := randomModel(seed)
	r := rand.New(rand.NewPCG(seed, 98))
	if r.IntN(3) == 0 {
		m.Network.Loss = 0.05
	}
	for i := range m.Operations {
		m.Operations[i].Steps = impatient(m, r, m.Operations[i].Steps)
		if len(m.Operations[i].Steps) > 0 {
			guarded(m, r, scenarios.OpID(i))
		}
	}
	for i := range m.Workloads {
		m.Workloads[i].Steps = impatient(m, r, m.Workloads[i].Steps)
	}
	return m
}

// guarded lets an operation hold a key or one of a pool while it runs, or
// makes its data one of several copies.
func guarded(m *scenarios.Model, r *rand.Rand, id scenarios.OpID) {
	op := &m.Operations[id]
	s := &m.Services[op.Service]
	at := op.Steps[0].Path()
	switch r.IntN(6) {
	case 0:
		s.Locks = append(s.Locks, scenarios.LockTable{Name: at, Keys: 3})
		op.Steps = []scenarios.Step{scenarios.Lock{
			At: scenarios.At(at + "/lock"), Lock: scenarios.LockID(len(s.Locks) - 1), Mode: scenarios.LockMode(r.IntN(3)),
			Count: 1 + r.IntN(2), Retry: &scenarios.Retry{Attempts: 3, Factor: 1, Most: 1}, Steps: op.Steps,
		}}
	case 1:
		s.Pools = append(s.Pools, scenarios.Pool{Name: at, Size: 1 + r.IntN(2), Backlog: r.IntN(4) - 1})
		op.Steps = append([]scenarios.Step{scenarios.Acquire{At: scenarios.At(at + "/acquire"), Pool: scenarios.PoolID(len(s.Pools) - 1), Timeout: 0.2 * float64(r.IntN(2))}}, op.Steps...)
	case 2:
		if s.Replication == nil && s.Balancing != scenarios.Shared {
			n := s.Replicas
			s.Failures, s.Scaling = nil, nil // not together
			s.Replication = &scenarios.Replication{
				Mode: scenarios.Quorum, Copies: n, Write: 1 + r.IntN(n), Read: 1 + r.IntN(n), Keys: 3, Lag: dist.Exponential(0.05),
				Writes: []scenarios.OpID{id},
			}
		}
	}
}

func impatient(m *scenarios.Model, r *rand.Rand, steps []scenarios.Step) []scenarios.Step {
	var out []scenarios.Step
	for _, s := range steps {
		switch s := s.(type) {
		case scenarios.Call:
			if r.IntN(3) == 0 {
				f := scenarios.FanOut{At: s.At, Op: s.Op, Options: randomOptions(r, true)}
				f.Width = r.IntN(m.FanOutWidth(f) + 1)
				f.Need = r.IntN(m.FanOutWidth(f) + 1)
				out = append(out, f)
				continue
			}
			s.Options = randomOptions(r, false)
			out = append(out, s)
		case scenarios.Parallel:
			for i := range s.Branches {
				s.Branches[i] = impatient(m, r, s.Branches[i])
			}
			out = append(out, s)
		case scenarios.Choose:
			for i := range s.Branches {
				s.Branches[i].Steps = impatient(m, r, s.Branches[i].Steps)
			}
			out = append(out, s)
		case scenarios.Cache:
			s.Then, s.Else = impatient(m, r, s.Then), impatient(m, r, s.Else)
			out = append(out, s)
		case scenarios.Repeat:
			s.Steps = impatient(m, r, s.Steps)
			out = append(out, s)
		case scenarios.CPU:
			out = append(out, s)
			if r.IntN(4) == 0 {
				out = append(out, scenarios.Fail{At: s.At + "/fail", P: 0.2 * r.Float64()})
			}
		default:
			out = append(out, s)
		}
	}
	return out
}

func randomOptions(r *rand.Rand, fan bool) scenarios.CallOptions {
	var o scenarios.CallOptions
	if r.IntN(2) == 0 {
		o.Timeout = 0.3 * r.Float64()
	}
	if r.IntN(3) == 0 {
		o.Hedge = &scenarios.Hedge{After: max(0, 0.2*r.Float64()-0.05), Copies: 2 + r.IntN(3)}
	}
	o.Cancel = (fan || o.Timeout > 0 || o.Hedge != nil) && r.IntN(2) == 0
	if r.IntN(2) == 0 {
		o.Retry = &scenarios.Retry{Attempts: 2 + r.IntN(3), Backoff: dist.Const(0), Factor: 1 + r.Float64(), Most: 0.5, Jitter: scenarios.Jitter(r.IntN(4)), Budget: float64(r.IntN(2)) * 0.3}
		if r.IntN(3) > 0 {
			o.Retry.Backoff = dist.Exponential(0.05)
		}
	}
	if r.IntN(4) == 0 {
		o.Breaker = &scenarios.Breaker{Failures: 0.3, Minimum: 3, Window: 2, Open: 0.5, Probes: 1 + r.IntN(3)}
	}
	return o
}
