package simulate

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// FuzzMessages simulates random small models whose topics do all that topics
// can, with jobs beside them, and holds every path to the laws, to its seed,
// and to an end.
func FuzzMessages(f *testing.F) {
	for seed := range uint64(60) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		m := messagingModel(seed)
		p, err := compile(m)
		if err != nil {
			t.Fatal(err)
		}
		lawful(t, p, seed, 100_000, 4, func(k *kernel) float64 { return k.now + 20_000 }, func(k *kernel) {
			if k.live == 0 {
				idle(t, k)
				nothingQueued(t, k)
			}
		})
		if seed%4 == 0 {
			if _, err := Run(context.Background(), m, Options{Seed: seed, Replications: 3, MaxEvents: 100_000, Precision: 0.2, MaxTime: -1}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// nothingQueued holds that topics and jobs in which nothing is under way show it.
func nothingQueued(t *testing.T, k *kernel) {
	t.Helper()
	for i := range k.tally.topics {
		if f := &k.tally.topics[i]; f.depth.n != 0 || f.waiting.n != 0 {
			t.Fatalf("topic %d: %v on it, %v of them waiting", i, f.depth.n, f.waiting.n)
		}
	}
	for i := range k.publishers {
		if p := &k.publishers[i]; p.line.n != 0 || p.blocked.n != 0 {
			t.Fatalf("topic %d: %v publishers wait", i, p.blocked.n)
		}
	}
	for i := range k.messages.n {
		if m := k.messages.at(i); m.topic != nobody {
			t.Fatalf("message %d: %+v", i, *m)
		}
	}
	for i := range k.jobs {
		if k.jobs[i].running.n != 0 {
			t.Fatalf("job %d: %v runs", i, k.jobs[i].running.n)
		}
	}
}

// messagingModel is a random model with more to its topics, and with jobs.
func messagingModel(seed uint64) *scenarios.Model {
	m := randomModel(seed)
	r := rand.New(rand.NewPCG(seed, 7))
	maybe := func() bool { return r.IntN(2) == 0 }
	for i := range m.Topics {
		t := &m.Topics[i]
		if maybe() {
			if op := scenarios.OpID(r.IntN(int(t.Consumer) + 1)); op != t.Consumer {
				t.Groups = []scenarios.OpID{op}
			}
		}
		if maybe() {
			t.Linger = r.Float64()
		}
		if maybe() {
			t.Capacity, t.Full = 1+r.IntN(5), scenarios.FullRule(r.IntN(3))
		}
		if maybe() {
			t.Keys, t.Skew = 1+r.IntN(9), r.Float64()
		}
		if maybe() {
			t.Delivery, t.Attempts = scenarios.AtLeastOnce, 1+r.IntN(3)
			if maybe() {
				t.AckTimeout = r.Float64() / 4
			}
			if maybe() && i > 0 {
				to := scenarios.TopicID(r.IntN(i))
				t.DeadLetter = &to
			}
		}
	}
	op := func() scenarios.OpID { return scenarios.OpID(r.IntN(len(m.Operations))) }
	for _, name := range []string{"one", "two"}[:r.IntN(3)] {
		j := scenarios.Job{Name: name}
		if maybe() {
			j.Every = dist.Exponential(3)
		}
		for s := range 1 + r.IntN(3) {
			st := scenarios.Stage{Name: string(rune('a' + s)), Tasks: 1 + r.IntN(9), Op: op(), Slots: r.IntN(5), Local: r.Float64(), Fetch: dist.Exponential(0.1)}
			if maybe() {
				st.Speculate = 1 + r.Float64()
			}
			if s > 1 && maybe() {
				st.After = []int{0}
			}
			if maybe() {
				st.Shuffle = dist.Exponential(0.1)
			}
			j.Stages = append(j.Stages, st)
		}
		m.Jobs = append(m.Jobs, j)
	}
	return m
}
