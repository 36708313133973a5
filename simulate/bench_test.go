package simulate

import (
	"testing"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// benchmark runs a model in one kernel until b.N requests have been answered,
// with all that is recorded in earnest.
func benchmark(b *testing.B, m *scenarios.Model) { benchmarkWith(b, m, func(*kernel) {}) }

// benchmarkWith does so with a kernel that was prepared.
func benchmarkWith(b *testing.B, m *scenarios.Model, prepare func(k *kernel)) {
	p, err := compile(m)
	if err != nil {
		b.Fatal(err)
	}
	k := newKernel(p, streams{seed: 1})
	prepare(k)
	answered := func() int64 { return k.sources[0].well }
	step := 1000 / m.Workloads[0].Arrivals.Rate
	for answered() < 200_000 { // into the steady state
		k.run(k.now + step)
	}
	b.ReportAllocs()
	b.ResetTimer()
	start, events, used := answered(), k.events, cpuTime()
	for answered()-start < int64(b.N) {
		k.run(k.now + step)
	}
	used = cpuTime() - used
	n := float64(answered() - start)
	b.ReportMetric(n/used.Seconds(), "requests/cpu-s")
	b.ReportMetric(float64(k.events-events)/n, "events/request")
}

// The first three are those of make bench-peers, which a loop written by hand
// in C simulates too.

func BenchmarkMM1(b *testing.B)       { benchmark(b, mmc(1, 0.8)) }
func BenchmarkMM8(b *testing.B)       { benchmark(b, mmc(8, 0.8)) }
func BenchmarkThreeTier(b *testing.B) { benchmark(b, threeTier()) }

// BenchmarkThreeTierInside is what it costs to take response times apart.
func BenchmarkThreeTierInside(b *testing.B) { benchmarkWith(b, threeTier(), (*kernel).keepLedger) }

func BenchmarkPS1(b *testing.B) { benchmark(b, single(scenarios.Service{}, dist.Exponential(1), 0.8)) }

func BenchmarkPS8(b *testing.B) {
	benchmark(b, single(scenarios.Service{Cores: 8}, dist.Exponential(1), 6.4))
}
func BenchmarkTiers(b *testing.B) { benchmark(b, tiers()) }

func BenchmarkLeastRequests(b *testing.B) {
	benchmark(b, single(scenarios.Service{Replicas: 5000, Balancing: scenarios.LeastRequests}, dist.Exponential(1), 4000))
}

// threeTier is an open network: three services, each of which works and then
// asks the next.
func threeTier() *scenarios.Model {
	s := newSystem("three tiers")
	at := func(name string, cores int) scenarios.ServiceID {
		return s.service(scenarios.Service{Name: name, Cores: cores, Discipline: scenarios.FIFO})
	}
	web, app, db := at("web", 2), at("app", 4), at("db", 4)
	read := s.op(db, "read", s.cpu(dist.Exponential(0.0045)))
	page := s.op(app, "page", s.cpu(dist.Exponential(0.004)), s.call(read))
	s.poisson("shoppers", 700, s.op(web, "get", s.cpu(dist.Exponential(0.002)), s.call(page)))
	return s.Model
}
