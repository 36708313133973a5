package simulate

import (
	"math"
	"testing"

	"github.com/headroom/headroom/measure"
)

// TestPublishedMessages holds topics, and calls that stand for messages, to
// published figures and exact ones. Seeds are fixed; lengths are such that the
// tolerances are two standard deviations and more.
func TestPublishedMessages(t *testing.T) {
	const inf = "n=inf: "
	msg03 := func(p string) map[string]reader {
		return map[string]reader{p + "deliveries per message": deliveries("queue"), p + "mean time to completion": delayOf("queue")}
	}
	published(t, []publication{
		{id: "MSG-01", time: 30_000, figures: map[string]reader{
			"throughput": topicRate("buffer"), "P(producer blocked)": blockedAt("buffer"),
			"P(consumer idle)": less(busyAt("consumer")), "mean full slots": waitingOn("buffer"),
		}},
		{id: "MSG-02", n: 400_000, figures: map[string]reader{
			"mean number in system": depthOf("queue"), "drop probability": droppedOf("queue"),
			"throughput": topicRate("queue"), "mean time in system of accepted": delayOf("queue"),
		}},
		{id: "MSG-03", n: 100_000, figures: msg03("a T=3: ")},
		{id: "MSG-03", sets: "topics.queue.ack-timeout=1s", n: 50_000, figures: msg03("a T=1: ")},
		{id: "MSG-03-b", n: 200_000, figures: map[string]reader{
			"b: deliveries per message": deliveries("queue"), "b: mean time to first completion": delayOf("queue"),
			"b: consumer utilisation": busyAt("consumers"),
		}},
		{id: "MSG-04", n: 60_000, figures: map[string]reader{
			inf + "transmissions per message": visitsTo("link.cross", "sender.send"), inf + "mean time to acknowledgement": times(1000, meanOf("messages")),
			inf + "deliveries per message (duplicates included)": visitsTo("receiver.take", "sender.send"),
		}},
		{id: "MSG-04-once", n: 60_000, figures: map[string]reader{
			"n=1 (at most once): P(lost)": less(visitsTo("receiver.take", "sender.send")),
		}},
		{id: "MSG-05", n: 400_000, figures: map[string]reader{
			"deliveries per message": func(r *measure.Result) float64 {
				good, poison := r.Topics["good"], r.Topics["poison"]
				n := good.Offered.Value + poison.Offered.Value
				return 1 + (good.Redelivered.Value*good.Offered.Value+poison.Redelivered.Value*poison.Offered.Value)/n
			},
			"consumer utilisation":                  busyAt("consumer"),
			"fraction dead-lettered":                func(r *measure.Result) float64 { return topicRate("dead")(r) / rateOf("messages")(r) },
			"mean messages in the consumer station": presentAt("consumer"),
		}},
		{id: "MSG-06", n: 2_000_000, figures: map[string]reader{
			"M/M/4/30: drop probability": failedOf("messages"), "M/M/4/30: throughput": rateOf("messages"),
			"M/M/4/30: mean wait of accepted": waitAt("server"), "M/M/4/30: mean in system": presentAt("server"),
		}},
		{id: "MSG-06", sets: "services.server.cores=6;services.server.threads=6;services.server.backlog=6", n: 1_000_000, figures: map[string]reader{
			"M/M/6/12: drop probability": failedOf("messages"), "M/M/6/12: throughput": rateOf("messages"),
			"M/M/6/12: mean wait of accepted": waitAt("server"), "M/M/6/12: mean in system": presentAt("server"),
		}},
		{id: "MSG-07", n: 60_000, figures: map[string]reader{
			"P(no acknowledgement after 4 attempts)": failedOf("messages"),
			"transmissions per message":              visitsTo("link.cross", "sender.send"), "deliveries per message": visitsTo("receiver.take", "sender.send"),
			"mean time to acknowledgement given success": times(1000, meanOf("messages")),
		}},
		{id: "ALB-02", n: 600_000, figures: map[string]reader{
			"mean latency": times(1000, delayOf("images")), "GPU utilisation": busyAt("gpu"),
			"mean batch size": func(r *measure.Result) float64 { return r.Topics["images"].Batch.Value },
		}},
		{id: "ALB-05-a", n: 100_000, figures: map[string]reader{
			"a: mean query latency": times(1000, meanOf("queries")), "a: P99": times(1000, p99Of("queries")),
			"one shard: mean response (PK)": times(1000, responseAt("shard")),
			"a: largest query rate":         func(r *measure.Result) float64 { return r.Saturation["queries"] },
		}},
		{id: "ALB-05-b", n: 200_000, figures: map[string]reader{
			"b: mean query latency": times(1000, meanOf("queries")),
			"b: largest query rate": func(r *measure.Result) float64 { return r.Saturation["queries"] },
		}},
		{id: "ALB-06-a", time: 200, figures: map[string]reader{"a: largest view rate": rateOf("views")}},
		{id: "ALB-06-b", n: 400_000, figures: map[string]reader{
			"b: mean update response": times(1000, meanOf("views")),
			"b: shard utilisation":    func(r *measure.Result) float64 { return r.Services["counter"].Locks["row"].Held.Value / 20 },
		}},
		{id: "ALB-06-c", n: 200_000, figures: map[string]reader{
			"c: mean added delay": times(1000, delayOf("log")),
			"c: mean batch size":  func(r *measure.Result) float64 { return r.Topics["log"].Batch.Value },
		}},
	})
}

// TestPublishedJobs holds staged batch work to published figures and exact ones.
func TestPublishedJobs(t *testing.T) {
	const each = 1.0 / 3600
	sort := makespan("sort")
	published(t, []publication{
		{id: "MR-02", time: 40 * 500, figures: map[string]reader{"n=100, m=10: expected makespan": sort}},
		{id: "MR-02", sets: "jobs.sort.stages[0].tasks=1000;jobs.sort.stages[0].slots=50", time: 40 * 150, figures: map[string]reader{"n=1000, m=50: expected makespan": sort}},
		{id: "MR-02", sets: "jobs.sort.stages[0].tasks=64;jobs.sort.stages[0].slots=64", time: 40 * 1500, figures: map[string]reader{"n=64, m=64: expected makespan": sort}},
		{id: "MR-03-a", time: 100 * 1500, figures: map[string]reader{"a: f=0 mean completion": sort}},
		{id: "MR-03-b", time: 1000 * 300, figures: map[string]reader{
			"b: f=0.0 mean completion":       sort,
			"b: no-backup P(job needs 60 s)": func(r *measure.Result) float64 { return (r.Jobs["sort"].Makespan.Mean.Value - 10) / 50 },
		}},
		{id: "MR-03-c", time: 1000 * 3000, figures: map[string]reader{"c: f=0.0 mean completion": sort}},
		{id: "MR-05", time: 20_000, figures: map[string]reader{
			"map phase": stageTime("sort", "map"), "shuffle": stageTime("sort", "shuffle"), "reduce phase": stageTime("sort", "reduce"),
			"replicated write": stageTime("sort", "write"), "total": sort,
		}},
		{id: "MR-06", time: 20_000, figures: map[string]reader{"static split": sort}},
		{id: "MR-06-pull", time: 20_000, figures: map[string]reader{"pull queue": sort}},
		{id: "MR-06-backup", time: 20_000, figures: map[string]reader{"pull + backup": sort}},
		{id: "MR-07", time: 400 * 3600 * 2000, figures: map[string]reader{
			"a: expected completion": times(each, makespan("whole")),
			"a: expected completion with 5 independent 2-hour checkpoints of zero cost": times(each, makespan("parts")),
		}},
		{id: "MR-09", time: 20_000, figures: map[string]reader{"static split": sort}},
		{id: "DF-02", time: 300 * 150, figures: map[string]reader{
			"three barriers: expected time": makespan("three"), "fused stage: expected time": makespan("fused"),
		}},
		{id: "ETL-01", time: 2 * 1000 * 3600, figures: map[string]reader{
			"LPT makespan": times(each, makespan("by-longest")), "list order 3,3,3,4,4,5,5: makespan": times(each, makespan("by-list")),
		}},
		{id: "ETL-04", time: 2 * 1000 * 3600, figures: map[string]reader{
			"LPT makespan": times(each, makespan("by-longest")), "list order as given reversed: makespan": times(each, makespan("by-reversed")),
		}},
		{id: "ETL-02", time: 86400 * 30_000, figures: map[string]reader{
			"mean finish":   times(1.0/60, makespan("nightly")),
			"P95 finish":    func(r *measure.Result) float64 { return r.Jobs["nightly"].Makespan.P95.Value / 60 },
			"P(misses 5 h)": later("nightly", 5*3600),
		}},
	})
}

func topicRate(topic string) reader {
	return func(r *measure.Result) float64 { return r.Topics[topic].Throughput.Value }
}

func depthOf(topic string) reader {
	return func(r *measure.Result) float64 { return r.Topics[topic].Depth.Value }
}

func waitingOn(topic string) reader {
	return func(r *measure.Result) float64 { return r.Topics[topic].Waiting.Value }
}

func blockedAt(topic string) reader {
	return func(r *measure.Result) float64 { return r.Topics[topic].Blocked.Value }
}

func droppedOf(topic string) reader {
	return func(r *measure.Result) float64 { return r.Topics[topic].Dropped.Value }
}

func delayOf(topic string) reader {
	return func(r *measure.Result) float64 { return r.Topics[topic].Delay.Mean.Value }
}

func deliveries(topic string) reader {
	return func(r *measure.Result) float64 { return 1 + r.Topics[topic].Redelivered.Value }
}

func makespan(job string) reader {
	return func(r *measure.Result) float64 { return r.Jobs[job].Makespan.Mean.Value }
}

func stageTime(job, stage string) reader {
	return func(r *measure.Result) float64 { return r.Jobs[job].Stages[stage].Time.Mean.Value }
}

// later is the probability that a run of a job takes more than limit seconds, read
// off between two points of the distribution: the tail is taken as exponential there.
func later(job string, limit float64) reader {
	return func(r *measure.Result) float64 {
		before := measure.Point{}
		for _, p := range r.Jobs[job].Makespan.Histogram {
			if p.Le >= limit {
				return (1 - before.P) * math.Pow((1-p.P)/(1-before.P), (limit-before.Le)/(p.Le-before.Le))
			}
			before = p
		}
		return 0
	}
}

// visitsTo is how often one operation is asked for each time another is.
func visitsTo(op, per string) reader {
	return func(r *measure.Result) float64 {
		return r.Operations[op].Visits.Value / r.Operations[per].Visits.Value
	}
}
