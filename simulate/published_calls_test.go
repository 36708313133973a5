package simulate

import (
	"testing"

	"github.com/headroom/headroom/measure"
)

// by is what figures of a publication are read by.
type by = map[string]reader

func timeOf(workload string, of func(*measure.Times) measure.Estimate) reader {
	return func(r *measure.Result) float64 { return of(r.Workloads[workload].Response).Value }
}

func p50Of(workload string) reader {
	return timeOf(workload, func(t *measure.Times) measure.Estimate { return t.P50 })
}

func p90Of(workload string) reader {
	return timeOf(workload, func(t *measure.Times) measure.Estimate { return t.P90 })
}

func p95Of(workload string) reader {
	return timeOf(workload, func(t *measure.Times) measure.Estimate { return t.P95 })
}

func p999Of(workload string) reader {
	return timeOf(workload, func(t *measure.Times) measure.Estimate { return t.P999 })
}

// shareAbove is the share of the response times above limit (s), where none is near it.
func shareAbove(workload string, limit float64) reader {
	return func(r *measure.Result) float64 {
		share := 0.0
		for _, p := range r.Workloads[workload].Response.Histogram {
			if p.Le <= limit {
				share = p.P
			}
		}
		return 1 - share
	}
}

func visitsOf(operation string) reader {
	return func(r *measure.Result) float64 { return r.Operations[operation].Visits.Value }
}

// extra is by how much visits exceed so many a request, as a share of these.
func extra(operation string, planned float64) reader {
	return func(r *measure.Result) float64 { return r.Operations[operation].Visits.Value/planned - 1 }
}

// inverse is 1/x, times f.
func inverse(f float64, read reader) reader {
	return func(r *measure.Result) float64 { return f / read(r) }
}

func product(a, b reader) reader {
	return func(r *measure.Result) float64 { return a(r) * b(r) }
}

// What is published of fan-outs, chains, quorums and votes.
func TestPublishedJoins(t *testing.T) {
	published(t, []publication{
		{id: "MSV-01", n: 60_000, long: 400_000, figures: by{
			"N=100, p=1%": shareAbove("users", 0.5), "mean latency, N=100": times(1000, meanOf("users")),
		}},
		{id: "MSV-01", sets: "services.leaf.replicas=10", n: 100_000, long: 1e6, figures: by{
			"N=10, p=1%": shareAbove("users", 0.5),
		}},
		{id: "MSV-01", sets: "services.leaf.replicas=2000;services.leaf.operations.get[0].wait=mixture(99.99%:10ms, 0.01%:1s)", more: 3, long: 100_000, figures: by{
			"N=2000, p=0.01%": shareAbove("users", 0.5),
		}},
		{id: "MSV-04", n: 600_000, long: 4e6, figures: by{
			"series: mean": times(1000, meanOf("series")), "series: P50": times(1000, p50Of("series")), "series: P95": times(1000, p95Of("series")),
			"series: P99": times(1000, p99Of("series")), "series: P99.9": times(1000, p999Of("series")),
			"parallel: P50": times(1000, p50Of("parallel")), "parallel: P99": times(1000, p99Of("parallel")),
		}},
		{id: "MSV-08", long: 4e6, figures: by{
			"series: mean": times(1000, meanOf("series")), "series: P50": times(1000, p50Of("series")), "series: P90": times(1000, p90Of("series")),
			"series: P99": times(1000, p99Of("series")), "series: P99.9": times(1000, p999Of("series")),
			"parallel: P50": times(1000, p50Of("parallel")), "parallel: P99": times(1000, p99Of("parallel")),
		}},
		{id: "MSV-07", more: 3, long: 300_000, figures: by{
			"P(request contains at least one slow shard call)": shareAbove("users", 0.2), "P(latency >= 250 ms)": shareAbove("users", 0.2),
			"P(latency >= 310 ms)": shareAbove("users", 0.28), "P(latency <= 8 ms)": less(shareAbove("users", 0.03)),
		}},
		{id: "LF-02", n: 400_000, long: 4e6, figures: by{
			"1 of 4: mean": times(1000, meanOf("one")), "1 of 4: P99": times(1000, p99Of("one")),
			"2 of 4 (majority of 5): mean": times(1000, meanOf("two")), "2 of 4 (majority of 5): P99": times(1000, p99Of("two")),
			"4 of 4: mean": times(1000, meanOf("all")), "4 of 4: P99": times(1000, p99Of("all")),
			"asynchronous: mean": times(1000, meanOf("none")),
		}},
		{id: "LF-02", sets: "services.follower.replicas=2", n: 400_000, long: 4e6, figures: by{
			"1 of 2 (semi-synchronous): mean": times(1000, meanOf("one")), "1 of 2 (semi-synchronous): P99": times(1000, p99Of("one")),
			"all of 2 (fully synchronous): mean": times(1000, meanOf("all")), "all of 2 (fully synchronous): P99": times(1000, p99Of("all")),
		}},
		{id: "LF-07", n: 100_000, long: 1e6, figures: by{
			"2 of 3: mean": times(1000, meanOf("users")), "2 of 3: P50": times(1000, p50Of("users")), "2 of 3: P99": times(1000, p99Of("users")),
		}},
		{id: "LF-07", sets: "services.leader.operations.write[1].fanout.join=3", n: 100_000, long: 1e6, figures: by{
			"all of 3: mean": times(1000, meanOf("users")), "all of 3: P50": times(1000, p50Of("users")), "all of 3: P99": times(1000, p99Of("users")),
		}},
		{id: "LF-07", sets: "services.follower.replicas=6;services.leader.operations.write[1].fanout.join=3", n: 100_000, long: 1e6, figures: by{
			"3 of 6 (majority of 7): mean": times(1000, meanOf("users")), "3 of 6 (majority of 7): P50": times(1000, p50Of("users")),
			"3 of 6 (majority of 7): P99": times(1000, p99Of("users")),
		}},
		{id: "QRM-03", more: 12, n: 0, long: 9e6, figures: by{
			"LNKD-SSD R=1 W=1: P99.9 read latency": times(1000, p999Of("read1")), "LNKD-SSD R=1 W=1: P99.9 write latency": times(1000, p999Of("write1")),
			"LNKD-SSD R=2 W=1: P99.9 read latency": times(1000, p999Of("read2")), "LNKD-SSD R=1 W=2: P99.9 write latency": times(1000, p999Of("write2")),
			"LNKD-DISK R=1 W=1: P99.9 write latency": times(1000, p999Of("disk1")), "LNKD-DISK R=1 W=2: P99.9 write latency": times(1000, p999Of("disk2")),
			"WAN R=1 W=1: P99.9 read latency": times(1000, p999Of("wan")), "WAN R=1 W=1: P99.9 write latency": times(1000, p999Of("wan1")),
			"WAN R=1 W=2: P99.9 write latency": times(1000, p999Of("wan2")),
		}},
		{id: "PS-01", more: 8, time: 4000, figures: by{
			"P=8 sync: time per update": inverse(1, rateOf("sync")), "P=32 sync: time per update": inverse(1, rateOf("wide")),
			"P=32: gradients per second, sync": times(32, rateOf("wide")), "P=32, K=24 K-sync: time per update": inverse(1, rateOf("some")),
			"P=32, K=24 K-batch-sync: time per update": inverse(24, rateOf("async")), "P=32 async: time per update": inverse(1, rateOf("async")),
			"P=32: gradients per second, async": rateOf("async"),
		}},
		{id: "PS-03", more: 3, time: 2000, figures: by{
			"b=0: mean time per update": meanOf("update"), "b=0: useful share of workers times speed (normalised N/(N+b)/time)": times(50.0/50, rateOf("update")),
		}},
		{id: "PS-03", sets: "services.worker.replicas=51", time: 2000, figures: by{
			"b=1: mean time per update": meanOf("update"), "b=1: useful share of workers times speed (normalised N/(N+b)/time)": times(50.0/51, rateOf("update")),
		}},
		{id: "PS-03", sets: "services.worker.replicas=52", time: 2000, figures: by{
			"b=2: mean time per update": meanOf("update"), "b=2: useful share of workers times speed (normalised N/(N+b)/time)": times(50.0/52, rateOf("update")),
		}},
		{id: "PS-03", sets: "services.worker.replicas=54", time: 2000, figures: by{
			"b=4: mean time per update": meanOf("update"), "b=4: useful share of workers times speed (normalised N/(N+b)/time)": times(50.0/54, rateOf("update")),
		}},
		{id: "PS-03", sets: "services.worker.replicas=56", time: 2000, figures: by{
			"b=6: mean time per update": meanOf("update"), "b=6: useful share of workers times speed (normalised N/(N+b)/time)": times(50.0/56, rateOf("update")),
		}},
		{id: "STRAT-11", n: 600_000, long: 4e6, figures: by{
			"mean time to 3 of 5 replies": times(1000, meanOf("replies")), "majority of 7, p=0.9": less(failedOf("majority")),
			"majority of 5, unequal": less(failedOf("unequal")),
		}},
		{id: "FAIL-02", n: 600_000, long: 4e6, figures: by{
			"series of 5": less(failedOf("series")),
		}},
		{id: "FAIL-02-b", n: 200_000, long: 2e6, figures: by{
			"each doubled, series of 5": less(failedOf("doubled")), "2 of 3": less(failedOf("majority")),
		}},
		{id: "MON-02", n: 500_000, long: 4e6, figures: by{
			"true P99 of the mix": func(r *measure.Result) float64 { return 1000 * r.Services["web"].Response.P99.Value },
		}},
	})
}

// What is published of retries, hedges, copies and lost messages.
func TestPublishedCalls(t *testing.T) {
	published(t, []publication{
		{id: "MSV-03-3", n: 1000, figures: by{
			"L=3,a=4,p=1: database attempts per user action": visitsOf("db.read"),
		}},
		{id: "MSV-03-5", n: 1000, figures: by{
			"L=5,a=3,p=1: database attempts per user action": visitsOf("db.read"),
		}},
		{id: "MSV-03-3", sets: "services.db.operations.read[0].fail=50%", n: 300_000, figures: by{
			"L=3,a=4,p=0.5: mean database attempts": visitsOf("db.read"), "L=3,a=4,p=0.5: P(user action fails)": failedOf("users"),
		}},
		{id: "MSV-03-3", sets: "services.db.operations.read[0].fail=10%;services.one.operations.do[0].retry.attempts=3;services.two.operations.do[0].retry.attempts=3;services.three.operations.do[0].retry.attempts=3", n: 100_000, figures: by{
			"L=3,a=3,p=0.1: mean database attempts": visitsOf("db.read"), "L=3,a=3,p=0.1: P(user action fails)": failedOf("users"),
		}},
		{id: "STRAT-03", n: 1e6, long: 4e6, figures: by{
			"extra requests": extra("replica.get", 1), "P99 with": times(1000, p99Of("users")), "P99.9 with": times(1000, p999Of("users")),
		}},
		{id: "STRAT-03", sets: "workloads.users.does.hedge.after=1h", n: 1e6, long: 4e6, figures: by{
			"hedge delay d (P95)": times(1000, p95Of("users")), "P99 without": times(1000, p99Of("users")), "P99.9 without": times(1000, p999Of("users")),
		}},
		{id: "STRAT-03-fan", n: 30_000, long: 300_000, figures: by{
			"fan-out 100: median with": times(1000, p50Of("users")), "fan-out 100: P99 with": times(1000, p99Of("users")),
		}},
		{id: "STRAT-03-fan", sets: "workloads.users.does.hedge.after=1h", long: 300_000, figures: by{
			"fan-out 100: median without": times(1000, p50Of("users")), "fan-out 100: P99 without": times(1000, p99Of("users")),
		}},
		{id: "STRAT-04", n: 5000, long: 1e6, figures: by{
			"extra requests": extra("leaf.get", 100),
		}},
		{id: "STRAT-04", long: 1e6, figures: by{
			"hedged P99.9 (independent copies)": times(1000, p999Of("users")),
		}},
		{id: "STRAT-04", sets: "workloads.users.does.hedge.after=1h", more: 8, long: 1e6, figures: by{
			"unhedged P99.9": times(1000, p999Of("users")),
		}},
		{id: "STRAT-05", sets: "workloads.users.does.fanout.width=1", n: 400_000, long: 4e6, figures: by{
			"k=10 d=1 lambda=0.7: mean response": meanOf("users"),
		}},
		{id: "STRAT-05", n: 300_000, long: 4e6, figures: by{
			"k=10 d=2 lambda=0.7: mean response": meanOf("users"),
		}},
		{id: "STRAT-05", sets: "workloads.users.does.fanout.width=3", n: 200_000, long: 4e6, figures: by{
			"k=10 d=3 lambda=0.7: mean response": meanOf("users"),
		}},
		{id: "STRAT-05", sets: "workloads.users.does.fanout.width=10", long: 4e6, figures: by{
			"k=10 d=10 lambda=0.7: mean response": meanOf("users"),
		}},
		{id: "STRAT-05", sets: "services.server.replicas=4;workloads.users.arrivals=poisson(3.6/s)", more: 2, long: 1e7, figures: by{
			"k=4 d=2 lambda=0.9: mean response": meanOf("users"),
		}},
		{id: "STRAT-06", n: 300_000, long: 4e6, figures: by{
			"exponential rho=0.30: duplicated mean": meanOf("users"),
		}},
		{id: "STRAT-06", sets: "workloads.users.does.fanout.width=1", n: 200_000, long: 4e6, figures: by{
			"exponential rho=0.30: single-copy mean": meanOf("users"),
		}},
		{id: "STRAT-06", sets: "workloads.users.arrivals=poisson(72/s)", n: 300_000, long: 4e6, figures: by{
			"exponential rho=0.36: duplicated mean": meanOf("users"),
		}},
		{id: "STRAT-06", sets: "workloads.users.arrivals=poisson(72/s);workloads.users.does.fanout.width=1", long: 4e6, figures: by{
			"exponential rho=0.36: single-copy mean": meanOf("users"),
		}},
		{id: "STRAT-06", sets: "workloads.users.arrivals=poisson(48/s);services.server.operations.run[0].cpu=1s", long: 4e6, figures: by{
			"deterministic rho=0.24: duplicated mean": meanOf("users"),
		}},
		{id: "STRAT-06", sets: "workloads.users.arrivals=poisson(48/s);services.server.operations.run[0].cpu=1s;workloads.users.does.fanout.width=1", long: 4e6, figures: by{
			"deterministic rho=0.24: single-copy mean": meanOf("users"),
		}},
		{id: "STRAT-06", sets: "workloads.users.arrivals=poisson(56/s);services.server.operations.run[0].cpu=1s", long: 4e6, figures: by{
			"deterministic rho=0.28: duplicated mean": meanOf("users"),
		}},
		{id: "STRAT-06", sets: "workloads.users.arrivals=poisson(56/s);services.server.operations.run[0].cpu=1s;workloads.users.does.fanout.width=1", long: 4e6, figures: by{
			"deterministic rho=0.28: single-copy mean": meanOf("users"),
		}},
		{id: "STRAT-06", sets: "services.server.replicas=20;workloads.users.arrivals=poisson(5.16/s);services.server.operations.run[0].cpu=1s", n: 400_000, long: 4e6, figures: by{
			"deterministic, N=20 servers, rho=0.258: duplicated mean": meanOf("users"),
		}},
		{id: "STRAT-06", sets: "services.server.replicas=20;workloads.users.arrivals=poisson(5.3/s);services.server.operations.run[0].cpu=1s", long: 4e6, figures: by{
			"deterministic, N=20 servers, rho=0.265: duplicated mean": meanOf("users"),
		}},
		{id: "STRAT-08", n: 200_000, figures: by{
			"lambda=280: goodput before": rateOf("users"),
		}},
		{id: "STRAT-09", n: 1000, figures: by{
			"a: attempts per request, 3 attempts, no budget": visitsOf("backend.do"),
		}},
		{id: "STRAT-09", sets: "workloads.users.does.retry.budget=10%", n: 100_000, figures: by{
			"a: attempts per request with a 10 % budget": visitsOf("backend.do"),
		}},
		{id: "STRAT-12", n: 400_000, long: 4e6, figures: by{
			"P(direct probe of a live member fails)": failedOf("direct"), "P(false suspicion per probe)": product(failedOf("direct"), failedOf("indirect")),
		}},
	})
}
