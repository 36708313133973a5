package simulate

import (
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// FuzzLaws simulates random small models and holds every path to the laws, to
// its seed, and to an end in which nothing is left over.
func FuzzLaws(f *testing.F) {
	for seed := range uint64(60) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		m := randomModel(seed)
		p, err := compile(m)
		if err != nil {
			t.Fatal(err)
		}
		lawful(t, p, seed, 200_000, 5, (*kernel).ending, func(k *kernel) {
			if k.live != 0 && !deadlocked(k) {
				t.Fatalf("%d records left over", k.live)
			}
			if k.live == 0 {
				idle(t, k)
			}
		})
	})
}

// lawful simulates a program twice, with at most so many events, and holds it to
// the laws in every round of 4 s, to its seed, and to an end: with nothing new
// coming it runs on to the instant ending, and over looks at what is left then.
func lawful(t *testing.T, p *program, seed uint64, budget int64, rounds int, ending func(*kernel) float64, over func(*kernel)) {
	t.Helper()
	var rows [2]totals
	for i := range rows {
		k := newKernel(p, streams{seed: seed})
		k.budget = budget
		for n := range rounds {
			k.run(float64(n+1) * 4)
			if err := k.checkLaws(); err != nil {
				t.Fatal(err)
			}
		}
		rows[i] = k.totals()
		if k.halt != notHalted {
			continue
		}
		k.until = k.now
		k.run(ending(k))
		if err := k.checkLaws(); err != nil {
			t.Fatal(err)
		}
		over(k)
	}
	for i := range rows[0] {
		if rows[0][i] != rows[1][i] {
			t.Fatalf("column %d is %v and then %v", i, rows[0][i], rows[1][i])
		}
	}
}

// ending is an instant by which all that is under way must have ended: never,
// but where failures and autoscalers go on for ever.
func (k *kernel) ending() float64 {
	for i := range k.stations {
		if k.stations[i].varies {
			return k.now + 20_000
		}
	}
	return math.Inf(1)
}

// deadlocked reports whether requests wait for threads of services that hold
// theirs while they call one another, as systems do.
func deadlocked(k *kernel) bool {
	for i := range k.stations {
		if k.stations[i].lined.n > 0 {
			return true
		}
	}
	return k.halt != notHalted
}

// idle holds that a system in which nothing is under way shows it.
func idle(t *testing.T, k *kernel) {
	t.Helper()
	for i := range k.stations {
		s := &k.stations[i]
		all := float64(s.replicas)
		if s.varies {
			all = s.on.n
		}
		if s.present.n != 0 || s.lined.n != 0 || s.queued.n != 0 || s.busy.n != 0 || s.idle.n != all {
			t.Fatalf("%s: %v present, %v and %v in line, %v busy, %v idle of %v", s.name, s.present.n, s.lined.n, s.queued.n, s.busy.n, s.idle.n, s.replicas)
		}
	}
	for i := range k.replicas {
		if r := &k.replicas[i]; r.present != 0 || r.threads != 0 || r.busy != 0 || r.line.n != 0 || r.queue.n != 0 || len(r.share.marks)+len(r.wait.heap) != 0 {
			t.Fatalf("replica %d: %+v", i, r)
		}
	}
}

// FuzzRun simulates random small models as a user would, for a little while:
// no panic, and a result that is one.
func FuzzRun(f *testing.F) {
	for seed := range uint64(12) {
		f.Add(seed, uint8(seed))
	}
	f.Fuzz(func(t *testing.T, seed uint64, kind uint8) {
		o := Options{Seed: seed, Replications: 4, MaxEvents: 400_000, Precision: 0.1, MaxTime: -1}
		if kind%2 == 1 {
			o.Duration, o.Warmup = 5, 1
		}
		r, err := Run(context.Background(), randomModel(seed), o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := json.Marshal(r); err != nil {
			t.Fatal(err)
		}
	})
}

// builder makes a random model from a seed.
type builder struct {
	*system
	r *rand.Rand
}

func randomModel(seed uint64) *scenarios.Model {
	b := &builder{newSystem("random"), rand.New(rand.NewPCG(seed, 99))}
	if b.r.IntN(2) == 0 {
		b.Network.Latency = b.time(0.01)
	}
	for i := range 1 + b.r.IntN(4) {
		v := scenarios.Service{
			Name: string(rune('a' + i)), Replicas: 1 + b.r.IntN(5), Cores: 1 + b.r.IntN(3),
			Discipline: scenarios.Discipline(b.r.IntN(2)), Balancing: scenarios.Balancing(b.r.IntN(6)),
			Backlog: scenarios.Unlimited, HashKeys: 1 + b.r.IntN(20), HashSkew: b.r.Float64(),
		}
		if b.r.IntN(2) == 0 {
			v.Threads = 1 + b.r.IntN(4)
			v.Backlog = b.r.IntN(6) - 1
		}
		if seed%2 == 1 {
			b.rules(&v)
		}
		b.service(v)
	}
	// An operation calls only those made before it, so that calls come to an end.
	for i := range 1 + b.r.IntN(6) {
		at := scenarios.ServiceID(b.r.IntN(len(b.Services)))
		b.op(at, string(rune('a'+i)), b.steps(3, true, true)...)
		if b.r.IntN(3) == 0 {
			b.Topics = append(b.Topics, scenarios.Topic{
				Name: string(rune('t' + len(b.Topics))), Partitions: 1 + b.r.IntN(4),
				Consumer: scenarios.OpID(len(b.Operations) - 1), Batch: 1 + b.r.IntN(5),
			})
		}
	}
	for i := range 1 + b.r.IntN(3) {
		b.workload(string(rune('u' + i)))
	}
	return b.Model
}

// rules makes a service picky about whom it serves when, and its replicas
// slow, failing or scaled.
func (b *builder) rules(v *scenarios.Service) {
	maybe := func() bool { return b.r.IntN(3) == 0 }
	v.Discipline = scenarios.Discipline(b.r.IntN(7))
	v.Choices = []int{0, 2, 3, 9}[b.r.IntN(4)]
	if maybe() {
		v.Guard.Rate, v.Guard.Burst = 1+4*b.r.Float64(), 1+3*b.r.Float64()
	}
	if v.Threads > 0 {
		v.Guard.Line = scenarios.Line(b.r.IntN(5))
		v.Guard.Target, v.Guard.Interval = 0.01+0.1*b.r.Float64(), 0.1
		if maybe() {
			v.Guard.Patience = b.time(0.2)
		}
		if maybe() {
			v.Guard.Shed = 0.1
		}
	}
	if v.Balancing == scenarios.Shared && v.Threads == 0 {
		return
	}
	if maybe() {
		v.Slow = scenarios.Slow{Replicas: b.r.IntN(v.Replicas + 1), Speed: 0.3}
	}
	if b.r.IntN(2) == 0 {
		v.Failures = &scenarios.Failures{Up: dist.Exponential(0.2 + 3*b.r.Float64()), Down: dist.Exponential(0.5), Pause: b.r.IntN(2) == 0}
	}
	if b.r.IntN(2) == 0 {
		v.Scaling = &scenarios.Autoscale{
			Metric: scenarios.ScalingMetric(b.r.IntN(3)), Target: 0.1 + b.r.Float64(), Min: 1, Max: v.Replicas + b.r.IntN(4),
			Interval: 0.1 + b.r.Float64(), Delay: b.r.Float64(), Cooldown: b.r.Float64(),
		}
	}
}

func (b *builder) time(mean float64) dist.Dist {
	switch b.r.IntN(6) {
	case 0:
		return dist.Const(mean)
	case 1:
		return dist.LognormalOf(mean, 1+b.r.Float64())
	case 2:
		return dist.Const(0)
	case 3:
		return dist.UniformOf(0, 2*mean)
	}
	return dist.Exponential(mean)
}

func (b *builder) steps(depth int, cores, publish bool) []scenarios.Step {
	var out []scenarios.Step
	for range b.r.IntN(4) {
		out = append(out, b.step(depth, cores, publish))
	}
	return out
}

func (b *builder) step(depth int, cores, publish bool) scenarios.Step {
	kind := b.r.IntN(9)
	if depth == 0 {
		kind %= 4
	}
	switch kind {
	case 0, 1:
		if cores {
			return b.cpu(b.time(0.05))
		}
	case 2:
		if n := len(b.Operations); n > 0 {
			return b.call(scenarios.OpID(b.r.IntN(n)))
		}
	case 3:
		if n := len(b.Topics); n > 0 && publish {
			return b.publish(scenarios.TopicID(b.r.IntN(n)))
		}
	case 4, 5:
		branches := make([][]scenarios.Step, 1+b.r.IntN(3))
		for i := range branches {
			branches[i] = b.steps(depth-1, cores, publish)
		}
		return b.parallel(1+b.r.IntN(len(branches)), branches...)
	case 6:
		return scenarios.Choose{At: b.at(), Branches: []scenarios.Branch{
			{P: 0.25, Steps: b.steps(depth-1, cores, publish)}, {P: 0.75, Steps: b.steps(depth-1, cores, publish)},
		}}
	case 7:
		return scenarios.Cache{At: b.at(), Hit: b.r.Float64(), Then: b.steps(depth-1, cores, publish), Else: b.steps(depth-1, cores, publish)}
	case 8:
		if b.r.IntN(2) == 0 {
			return b.each(b.steps(depth-1, cores, publish)...)
		}
		return b.repeat(dist.UniformOf(0, 3), b.steps(depth-1, cores, publish)...)
	}
	return b.wait(b.time(0.1))
}

func (b *builder) workload(name string) {
	w := scenarios.Workload{Name: name, Priority: len(b.Workloads) % 2}
	if b.r.IntN(2) == 0 {
		w.Arrivals = &scenarios.Arrivals{Kind: scenarios.ArrivalKind(b.r.IntN(3)), Rate: 5, Gap: dist.GammaOf(0.2, 1.5)}
	} else {
		w.Users, w.Think = 1+b.r.IntN(10), dist.Exponential(0.5)
	}
	ops := len(b.Operations)
	share := func(p float64) scenarios.Share { return scenarios.Share{Op: scenarios.OpID(b.r.IntN(ops)), P: p} }
	switch b.r.IntN(3) {
	case 0:
		w.Mix = []scenarios.Share{share(0.4), share(0.6)}
	case 1:
		w.Steps = append(b.steps(2, false, true), b.call(scenarios.OpID(b.r.IntN(ops))))
	case 2:
		w.Route = &scenarios.Route{Start: []scenarios.Share{share(1)}, Next: map[scenarios.OpID][]scenarios.Share{}}
		for op := range ops {
			w.Route.Next[scenarios.OpID(op)] = []scenarios.Share{share(0.3), share(0.4)}
		}
	}
	b.Workloads = append(b.Workloads, w)
}
