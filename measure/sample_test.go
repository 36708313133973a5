package measure

import (
	"math"
	"time"
)

// mm1 is what an engine says of M/M/1 with λ = 80/s and μ = 100/s, and of a
// topic behind it; every figure is from the closed forms, and keeps every law.
func mm1() *Result {
	const lambda, service = 80.0, 0.01
	const rho = lambda * service
	response := exponential(service / (1 - rho))
	wait := exponential(service / (1 - rho))
	wait.Mean = Exactly(rho * service / (1 - rho))
	wait.P50, wait.P90, wait.P95, wait.P99, wait.P999 = Estimate{}, Estimate{}, Estimate{}, Estimate{}, Estimate{}
	wait.Histogram = nil
	delay := exponential(0.02)
	return &Result{
		Schema: Schema, Kind: Prediction, Method: Analytic,
		Scenario: Scenario{Name: "mm1", SHA256: "abc123"},
		Run:      Run{Tool: "headroom", Seed: 1, Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)},
		Stable:   true, Bottleneck: "web", Saturation: map[string]float64{"users": 100},
		Workloads: map[string]*Workload{"users": {
			Offered: Exactly(lambda), Throughput: Exactly(lambda), Failed: Exactly(0),
			InSystem: Exactly(rho / (1 - rho)), Response: response,
		}},
		Operations: map[string]*Operation{"web.page": {Throughput: Exactly(lambda), Visits: Exactly(1), Response: response}},
		Services: map[string]*Service{"web": {
			Replicas: Exactly(1), Utilization: Exactly(rho), Throughput: Exactly(lambda),
			Present: Exactly(rho / (1 - rho)), Waiting: Exactly(rho * rho / (1 - rho)),
			WaitingTime: wait, ServiceTime: exponential(service), Response: response,
			PIdle: Exactly(1 - rho), PWait: Exactly(rho),
		}},
		Topics: map[string]*Topic{"mails": {
			Throughput: Exactly(50), Depth: Exactly(1), Batch: Exactly(1.5), Delay: delay,
		}},
		Series: &Series{
			Interval: 1, Start: -1,
			Workloads: map[string]WorkloadSeries{"users": {Throughput: Values{80, math.NaN(), 79}}},
			Services:  map[string]ServiceSeries{"web": {Utilization: Values{0.8, 0.79, math.NaN()}}},
			Target:    map[string]map[string]Metric{WholeTarget: {"process_cpu": {Unit: "cores", Values: Values{0.8, math.NaN(), 0.7}}}},
		},
		Target: map[string]*Target{"web": {
			Resources: map[string]*Resource{"cpu": {Unit: "cores", Use: Exactly(0.8), Most: Exactly(0.9), Utilization: Exactly(0.8), Saturation: Exactly(2.5), Errors: Exactly(0)}},
			Requests:  map[string]*Handled{`http_seconds{path="/"}`: {Rate: Exactly(80), Mean: Exactly(0.01), P99: Exactly(0.05)}},
			Profile:   "run.web.cpu.pb.gz",
		}},
		Objectives: []Objective{{Subject: "users", Metric: "p99", Limit: 0.3, Value: response.P99, Verdict: Pass}},
		Caveats:    []Caveat{{What: "none", Where: "nowhere", Effect: "nothing"}},
	}
}

// exponential is the exponential distribution of a mean.
func exponential(mean float64) *Times {
	q := func(p float64) Estimate { return Exactly(-mean * math.Log1p(-p)) }
	t := &Times{Mean: Exactly(mean), Stddev: Exactly(mean), P50: q(0.5), P90: q(0.9), P95: q(0.95), P99: q(0.99), P999: q(0.999)}
	for _, p := range []float64{0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.99, 0.999, 0.9999} {
		t.Histogram = append(t.Histogram, Point{Le: q(p).Value, P: p})
	}
	return t
}
