package simulate

import (
	"context"
	"math"
	"testing"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

func lockOf(service, name string, of func(*measure.Hold) measure.Estimate) reader {
	return func(r *measure.Result) float64 { return of(r.Services[service].Locks[name]).Value }
}

func blocked(h *measure.Hold) measure.Estimate { return h.PWait }
func linedUp(h *measure.Hold) measure.Estimate { return h.Waiting }
func askedOf(h *measure.Hold) measure.Estimate { return h.Asked }

// perOne divides a figure by another.
func perOne(a, b reader) reader {
	return func(r *measure.Result) float64 { return a(r) / b(r) }
}

func freshAt(service string) reader {
	return func(r *measure.Result) float64 { return 1 - r.Services[service].Stale.Value }
}

func staleAt(service string) reader {
	return func(r *measure.Result) float64 { return r.Services[service].Stale.Value }
}

func foundAt(service string) reader {
	return func(r *measure.Result) float64 { return r.Services[service].CacheHits.Value }
}

// triesFor is how often an optimistic lock was tried for each commit.
func triesFor(lock, workload string) reader {
	return perOne(lockOf("db", lock, askedOf), rateOf(workload))
}

// What is published of transactions that lock, or find out at the end.
func TestPublishedTransactions(t *testing.T) {
	occ := func(id, users, keys, count, name string, time float64) publication {
		return publication{
			id: id, time: time, sets: "workloads.clients.users=" + users + ";services.db.operations.commit[0].keys=" + keys + ";services.db.operations.commit[0].count=" + count,
			figures: figures{
				name + ": commits per unit time": rateOf("clients"),
				name + ": attempts per commit":   triesFor("item", "clients"),
			},
		}
	}
	locks := func(id, users, keys, name string, time float64) publication {
		return publication{
			id: id, time: time, more: 15, sets: "workloads.clients.users=" + users + ";services.db.operations.transact[0].keys=" + keys,
			figures: figures{
				name + ": commits per unit time":                 rateOf("clients"),
				name + ": P(lock request blocks)":                lockOf("db", "item", blocked),
				name + ": mean fraction of transactions waiting": perOne(lockOf("db", "item", linedUp), inProgress("clients")),
			},
		}
	}
	published(t, []publication{
		{id: "TXN-02", time: 20000, figures: figures{
			"N=10: OCC attempts per commit":     triesFor("row", "clients"),
			"N=10: OCC commits per unit time":   rateOf("clients"),
			"N=10: OCC wasted fraction of work": less(perOne(rateOf("clients"), lockOf("db", "row", askedOf))),
		}},
		{id: "TXN-02", sets: "workloads.clients.users=2", time: 20000, figures: figures{
			"N=2: OCC attempts per commit": triesFor("row", "clients"), "N=2: OCC commits per unit time": rateOf("clients"),
		}},
		{id: "TXN-02", sets: "workloads.clients.users=50", time: 10000, figures: figures{
			"N=50: OCC attempts per commit": triesFor("row", "clients"), "N=50: OCC commits per unit time": rateOf("clients"),
		}},
		{id: "TXN-02-lock", more: 3, time: 20000, figures: figures{
			"lock: commits per unit time, any N": rateOf("clients"), "N=10: lock mean response": meanOf("clients"),
		}},
		locks("TXN-03", "10", "500", "N=10 k=4 D=500", 20000),
		locks("TXN-03", "25", "500", "N=25 k=4 D=500", 10000),
		locks("TXN-03-8", "25", "1000", "N=25 k=8 D=1000", 20000),
		locks("TXN-03-8", "50", "1000", "N=50 k=8 D=1000", 20000),
		occ("TXN-04", "20", "1000", "4", "N=20 k=4 D=1000", 4000),
		occ("TXN-04", "50", "1000", "4", "N=50 k=4 D=1000", 2000),
		occ("TXN-04", "50", "1000", "8", "N=50 k=8 D=1000", 2000),
		occ("TXN-06", "30", "500", "6", "N=30 k=6 D=500", 2000),
		occ("TXN-06", "100", "2000", "3", "N=100 k=3 D=2000", 1000),
		{id: "TXN-05", n: 400_000, figures: figures{
			"mean time to decision at the coordinator": times(1000, meanOf("transactions")),
			"P99 time to decision":                     times(1000, p99Of("transactions")),
		}},
	})
}

// aborts per commit of TXN-03: a transaction that would wait for itself fails,
// and its client begins another at once.
func TestPublishedDeadlocks(t *testing.T) {
	aborts := perOne(failedOf("clients"), less(failedOf("clients")))
	all := []publication{
		{id: "TXN-03-8", sets: "workloads.clients.users=25", time: 25000, figures: figures{"N=25 k=8 D=1000: aborts per commit": aborts}},
		{id: "TXN-03-8", sets: "workloads.clients.users=50", time: 15000, figures: figures{"N=50 k=8 D=1000: aborts per commit": aborts}},
	}
	published(t, all)
}

// What is published of caches, partitions, copies and barriers.
func TestPublishedData(t *testing.T) {
	slack := func(s string) publication {
		return publication{
			id: "PS-02", sets: "workloads.workers.does.steps[1].barrier.slack=" + s, time: 8000, more: 2,
			figures: figures{"s=" + s + ": mean time per iteration": perOne(inProgress("workers"), rateOf("workers"))},
		}
	}
	wars := func(lag, name string) publication {
		return publication{
			id: "QRM-02", sets: "services.store.replication.lag=exp(" + lag + ")", time: 30000, more: 4,
			figures: figures{name + ": P(consistent at t=0)": freshAt("store")},
		}
	}
	const ssd = `"mixture(91.22%: pareto(alpha=10, min=0.235ms), 8.78%: exp(0.602409639ms))"`
	const disk = `"mixture(38%: pareto(alpha=1.51, min=1.05ms), 62%: exp(5.464480874ms))"`
	fits := func(lag, name, write, read string) publication {
		return publication{
			id: "QRM-03-read", time: 60000, more: 4,
			sets:    "services.store.replication.lag=" + lag + ";services.store.replication.write=" + write + ";services.store.replication.read=" + read,
			figures: figures{name + " R=" + read + " W=" + write + ": P(consistent at t=0)": freshAt("store")},
		}
	}
	published(t, []publication{
		slack("0"), slack("1"), slack("2"), slack("4"), slack("8"), slack("16"),
		{id: "WEB-12", n: 2e6, figures: figures{"C=100: hit ratio": foundAt("cache")}},
		{id: "WEB-12", sets: "services.cache.operations.get[0].cache.size=1000", n: 2e6, figures: figures{"C=1000: hit ratio": foundAt("cache")}},
		{id: "PART-02", n: 2e6, figures: figures{"total 6000/s: mean response (skewed)": times(1000, meanOf("clients"))}},
		{id: "PART-02", sets: "services.store.partitions=16", n: 1e6, figures: figures{"total 6000/s: mean response without skew": times(1000, meanOf("clients"))}},
		{id: "PART-04", more: 3, n: 2e6, figures: figures{"range: mean response": times(1000, meanOf("clients"))}},
		{id: "PART-04-hash", n: 2e6, figures: figures{
			"hash: partition arrival rate incl. scatter": times(0.25, throughputAt("store")),
			"hash: mean response of point requests":      times(1000, meanOf("points")),
		}},
		{id: "PART-06", more: 5, n: 1e6, figures: figures{"range: mean response": times(1000, meanOf("clients"))}},
		{id: "PART-06-hash", n: 1e6, figures: figures{
			"hash: partition arrival rate": times(0.25, throughputAt("store")), "hash: mean response of point requests": times(1000, meanOf("points")),
		}},
		{id: "PART-05", more: 3, n: 1e6, figures: figures{
			"title store utilisation": busyAt("titles"), "credit store utilisation": busyAt("credits"),
			"title-only queries: mean": times(1000, meanOf("single")), "joined queries: mean": times(1000, meanOf("joined")),
		}},
		wars("0.25ms", "W mean 0.25"), wars("1ms", "W mean 1"), wars("10ms", "W mean 10"),
		fits(ssd, "LNKD-SSD", "1", "1"), fits(ssd, "LNKD-SSD", "2", "1"), fits(ssd, "LNKD-SSD", "1", "2"),
		fits(disk, "LNKD-DISK", "1", "1"), fits(disk, "LNKD-DISK", "2", "1"), fits(disk, "LNKD-DISK", "1", "2"),
		{id: "LF-01", more: 4, n: 1e6, figures: figures{"P(stale read), exponential D": staleAt("db")}},
		{id: "LF-01", sets: "services.db.replication.lag=100ms", more: 4, n: 1e6, figures: figures{"P(stale read), constant D": staleAt("db")}},
		{id: "ALB-06", n: 1e6, figures: figures{"b: mean update response": times(1000, meanOf("views"))}},
	})
}

func inProgress(workload string) reader {
	return func(r *measure.Result) float64 { return r.Workloads[workload].InSystem.Value }
}

// What is published of votes, elections and reads that scale.
func TestPublishedVotes(t *testing.T) {
	most := func(n string) publication {
		return publication{id: "LF-05", sets: "services.node.replicas=" + n, n: 20_000, figures: figures{
			"n=" + n + ": largest request rate": func(r *measure.Result) float64 { return r.Saturation["clients"] },
		}}
	}
	hours := func(workload string) reader { return times(1.0/3600, meanOf(workload)) }
	published(t, []publication{
		most("1"), most("3"), most("5"), most("10"),
		{id: "STRAT-07", n: 1e6, figures: figures{"majority of 3": less(failedOf("of-three")), "majority of 5": less(failedOf("of-five"))}},
		{id: "STRAT-07-life", time: 1e9, figures: figures{"TMR mean life": hours("triple"), "simplex mean life": hours("simplex")}},
		{id: "LF-03", time: 2000, figures: figures{
			"expected earliest timeout, s=4 (fraction of range)": func(r *measure.Result) float64 {
				return r.Workloads["crashes"].Response.Mean.Value/0.1 - 1
			},
		}},
	})
}

// TestPublishedFreeze holds that what is due while a system stands still waits
// from then on, as coordinated omission would not say (Tene).
func TestPublishedFreeze(t *testing.T) {
	m, err := scenarios.Load("testdata/published/LOAD-02.yaml", scenarios.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := Run(context.Background(), m, Options{Seed: 1, Duration: 200, Replications: 1, MaxTime: -1})
	if err != nil {
		t.Fatal(err)
	}
	w := r.Workloads["clients"].Response
	for name, got := range map[string]float64{"correct mean": w.Mean.Value, "correct P50": w.P50.Value} {
		f := publishedFigures(t)["LOAD-02"][name]
		if off := math.Abs(got - f.Value); !(off <= max(f.Rel*f.Value, f.Abs)) {
			t.Errorf("%s is %v, want %v", name, got, f.Value)
		}
	}
}
