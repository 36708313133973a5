package simulate

import (
	"runtime"
	"testing"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// crowd is a system that a million requests are in after 1000 s, and what it is
// that they are all doing.
type crowd struct {
	name  string
	model *scenarios.Model
	bytes uint64 // no more than this, from setting up to the last of them
}

func crowds() []crowd {
	const rate, ever = 1000, 1e6
	waiting := newSystem("waiting")
	waiting.poisson("users", rate, waiting.op(waiting.service(scenarios.Service{Name: "web"}), "get", waiting.wait(dist.Const(ever))))
	thinking := newSystem("thinking")
	thinking.closed("users", 1_000_000, dist.Exponential(ever), thinking.op(thinking.service(scenarios.Service{Name: "web"}), "get", thinking.cpu(dist.Exponential(1))))
	return []crowd{
		{"waiting", waiting.Model, 200e6},
		{"thinking", thinking.Model, 40e6},
		{"on cores", single(scenarios.Service{Cores: 2_000_000, Discipline: scenarios.FIFO}, dist.Exponential(ever), rate), 200e6},
		{"sharing cores", single(scenarios.Service{Cores: 8}, dist.Exponential(ever), rate), 200e6},
		{"in line for a core", single(scenarios.Service{Cores: 8, Discipline: scenarios.FIFO}, dist.Exponential(ever), rate), 200e6},
		{"in line for a thread", single(scenarios.Service{Cores: 8, Threads: 8, Backlog: scenarios.Unlimited}, dist.Exponential(ever), rate), 200e6},
	}
}

// fill simulates until the crowd is there, and returns every byte that was
// allotted on the way, whether still in use or not: no collector's mood, no
// other figure is as strict, and no use of memory at any instant is above it.
func (c crowd) fill(tb testing.TB) (bytes uint64, k *kernel) {
	p, err := compile(c.model)
	if err != nil {
		tb.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	k = newKernel(p, streams{seed: 1})
	for at := 0.0; k.live < 1_000_000 && k.calendar.len() < 1_000_000; at += 10 {
		k.run(at)
	}
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc, k
}

// A million requests in progress fit into 200 MB, and a million users who think
// into far less.
func TestMillionInMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("simulates 6 million requests")
	}
	for _, c := range crowds() {
		t.Run(c.name, func(t *testing.T) {
			bytes, k := c.fill(t)
			t.Logf("%.0f MB", float64(bytes)/1e6)
			if bytes > c.bytes {
				t.Errorf("%d bytes for %d requests, want at most %d", bytes, max(k.live, k.calendar.len()), c.bytes)
			}
			if err := k.checkLaws(); err != nil {
				t.Error(err)
			}
		})
	}
}

// BenchmarkMillion reports what a million requests take, in all and at the end.
func BenchmarkMillion(b *testing.B) {
	for _, c := range crowds() {
		b.Run(c.name, func(b *testing.B) {
			for range b.N {
				bytes, k := c.fill(b)
				runtime.GC()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				b.ReportMetric(float64(bytes)/1e6, "MB-allotted")
				b.ReportMetric(float64(m.HeapInuse)/1e6, "MB-in-use")
				runtime.KeepAlive(k)
			}
		})
	}
}

// In the steady state an event allots no memory: over two million events, with
// every kind of step, there is less than one allocation in ten thousand, which
// is what it takes for a record in the numbers of requests and in the longest
// times seen to make room.
func TestNoAllocation(t *testing.T) {
	for _, m := range []*scenarios.Model{mmc(1, 0.8), mmc(8, 0.8), threeTier(), tiers(), everything()} {
		p, err := compile(m)
		if err != nil {
			t.Fatal(err)
		}
		k := newKernel(p, streams{seed: 1})
		run := func(events int64) int64 {
			for goal := k.events + events; k.events < goal; {
				k.run(k.now + 100)
			}
			return k.events
		}
		start := run(1_000_000)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		events := run(2_000_000) - start
		runtime.ReadMemStats(&after)
		if n := after.Mallocs - before.Mallocs; float64(n) > 1e-4*float64(events) {
			t.Errorf("%s: %d allocations in %d events", m.Name, n, events)
		} else {
			t.Logf("%s: %d allocations in %d events", m.Name, n, events)
		}
	}
}
