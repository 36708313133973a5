package queueing

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

func explain(t *testing.T, m *scenarios.Model) *Explanation {
	t.Helper()
	e, err := Explain(context.Background(), m, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func library(t *testing.T, name string) *scenarios.Model {
	t.Helper()
	m, diags := scenarios.Load(name, scenarios.Options{})
	if m == nil {
		t.Fatal(diags)
	}
	return m
}

func (e *Explanation) demand(t *testing.T, workload, service string) Demand {
	t.Helper()
	i := slices.IndexFunc(e.Demands, func(d Demand) bool { return d.Workload == workload && d.Service == service })
	if i < 0 {
		t.Fatalf("%s asks nothing of %s", workload, service)
	}
	return e.Demands[i]
}

// M/M/1 at ρ = 0.8: 5 ms a request, full at 1.25 times the load, and with the
// server a tenth slower, R = S/(1 − ρ) is 5.5 ms/(1 − 0.88) after 25 ms; all
// percentiles of an exponential time grow with its mean.
func TestExplainMM1(t *testing.T) {
	e := explain(t, oneStation(scenarios.FIFO, 1, 1, dist.Exponential(0.005), 160))
	d := e.demand(t, "w", "s")
	near(t, "visits", d.Visits, 1, 1e-12)
	near(t, "core time", d.CoreTime, 0.005, 1e-12)
	near(t, "share", d.Share, 1, 1e-12)
	if len(e.Limits) != 1 || !e.Limits[0].First || e.Limits[0].Resource != Cores {
		t.Fatalf("limits %+v; want the cores alone", e.Limits)
	}
	near(t, "used", e.Limits[0].Used, 0.8, 1e-12)
	near(t, "factor", e.Limits[0].Factor, 1.25, 1e-12)
	near(t, "rate", e.Limits[0].Rates["w"], 200, 1e-12)
	want := 5.5 / (1 - 0.88) / 25
	near(t, "mean", 1+e.Sensitivities[0].Mean, want, 1e-9)
	near(t, "p99", 1+e.Sensitivities[0].P99, want, 1e-8)
	near(t, "throughput", 1+e.Sensitivities[0].Throughput, 1, 1e-12)
	if len(e.Inexact) > 0 || !e.ExactTimes {
		t.Errorf("M/M/1 is not exact: %v", e.Inexact)
	}
	for _, m := range e.Methods {
		if !m.Exact {
			t.Errorf("M/M/1 is said to be solved by %q, which approximates", m.Name)
		}
	}
}

// At ρ = 0.95 a tenth more work is too much.
func TestExplainOverload(t *testing.T) {
	e := explain(t, oneStation(scenarios.FIFO, 1, 1, dist.Exponential(0.005), 190))
	if s := e.Sensitivities[0]; !s.Overload || !math.IsNaN(s.Mean) {
		t.Errorf("a tenth more at ρ = 0.95 gives %+v; want an overload", s)
	}
	e = explain(t, oneStation(scenarios.FIFO, 1, 1, dist.Exponential(0.005), 400))
	near(t, "factor", e.Limits[0].Factor, 0.5, 1e-12)
	if len(e.Sensitivities) > 0 || e.Result.Stable {
		t.Error("an overloaded server has sensitivities")
	}
}

// The traffic equations of the Jackson network: entry 1, desk 1 + till +
// 0.6·workshop, till and workshop half of desk each; so desk = 1/0.2 = 5.
func TestExplainJackson(t *testing.T) {
	e := explain(t, library(t, "jackson"))
	for service, want := range map[string][3]float64{
		"entry": {1, 5e-3, 0.2}, "desk": {5, 20e-3, 0.8}, "till": {2.5, 7.5e-3, 0.3}, "workshop": {2.5, 15e-3, 0.6},
	} {
		d := e.demand(t, "customers", service)
		near(t, service+" visits", d.Visits, want[0], 1e-12)
		near(t, service+" core time", d.CoreTime, want[1], 1e-12)
		i := slices.IndexFunc(e.Limits, func(l Limit) bool { return l.Service == service })
		near(t, service+" used", e.Limits[i].Used, want[2], 1e-12)
		near(t, service+" factor", e.Limits[i].Factor, 1/want[2], 1e-12)
	}
	var order []string
	for _, l := range e.Limits {
		order = append(order, l.Service)
	}
	if want := []string{"desk", "workshop", "till", "entry"}; !slices.Equal(order, want) {
		t.Errorf("full in the order %v, want %v", order, want)
	}
	// E[T] = Σ D/(1 − U); the desk slower by a tenth is at 0.88
	before := 5/0.8 + 20/0.2 + 7.5/0.7 + 15/0.4
	s := e.Sensitivities[0]
	if s.Service != "desk" {
		t.Errorf("%s matters most, want desk", s.Service)
	}
	near(t, "mean", 1+s.Mean, (before-20/0.2+22/0.12)/before, 1e-9)
}

// A closed network is full at one over its largest demand: 1/20 ms.
func TestExplainClosed(t *testing.T) {
	e := explain(t, library(t, "closed"))
	near(t, "db", e.demand(t, "staff", "db").CoreTime, 14e-3, 1e-12)
	l := e.Limits[0]
	if l.Service != "archive" || !l.First {
		t.Errorf("%+v is full first, want the archive", l)
	}
	near(t, "rate", l.Rates["staff"], 50, 1e-9)
}

// Two threads that wait 100 ms each, with next to no CPU time, end after 20
// requests a second, where the cores would do 1000.
func TestExplainThreads(t *testing.T) {
	e := explain(t, parse(t, `
services:
  web:
    threads: 2
    operations: {page: [{cpu: exp(1ms)}, {call: far.ask}]}
  far:
    cores: 64
    operations: {ask: [{wait: 99ms}]}
workloads:
  w: {arrivals: poisson(5/s), does: web.page}
`))
	l := e.Limits[0]
	if l.Service != "web" || l.Resource != Threads || !l.First {
		t.Fatalf("%+v is full first, want the threads of web", l)
	}
	near(t, "factor", l.Factor, 4, 0.02) // the bearing is found to half a per cent
}

// Work in batches is counted per message at the present size of batches, and
// the partitions of full batches: 4 × 20/(80 + 200) ms a message.
func TestExplainTopic(t *testing.T) {
	m := library(t, "batch")
	e := explain(t, m)
	size := e.Result.Topics["mails"].Batch.Value
	near(t, "core time", e.demand(t, "shoppers", "mailer").CoreTime, 0.080/size+0.010, 1e-6)
	i := slices.IndexFunc(e.Limits, func(l Limit) bool { return l.Resource == Partitions })
	near(t, "partitions", e.Limits[i].Rates["shoppers"], 4*20/0.280, 1e-9)
	// a slower mailer is not waited for, but its messages are late
	for _, s := range e.Sensitivities {
		if s.Service == "mailer" {
			if s.Subject == "shoppers" {
				near(t, "shoppers", 1+s.P99, 1, 1e-9)
			} else if s.Mean < 0.05 {
				t.Errorf("mails are %+v with a slower mailer", s)
			}
		}
	}
}

// The model that was explained is as it was.
func TestSlowedLeavesTheModel(t *testing.T) {
	m := library(t, "checkout")
	before := m.Operations[0].Steps[0].(scenarios.CPU).Demand.Mean()
	slow, some := slowed(m, m.Operations[0].Service, 2)
	if !some || m.Operations[0].Steps[0].(scenarios.CPU).Demand.Mean() != before {
		t.Error("a slower copy has changed the model")
	}
	near(t, "slower", slow.Operations[0].Steps[0].(scenarios.CPU).Demand.Mean(), 2*before, 1e-12)
}

// The work of a tenth of the requests weighs less than that of all.
func TestAssumptionsInOrder(t *testing.T) {
	e := explain(t, parse(t, `
services:
  rare: {discipline: fifo, cores: 2, operations: {do: [{cpu: "lognormal(mean=60ms, cv=2)"}]}}
  often: {discipline: fifo, cores: 2, operations: {do: [{cpu: "lognormal(mean=14ms, cv=2)"}]}}
workloads:
  w: {arrivals: poisson(100/s), does: [{call: often.do}, {choose: [{10%: {call: rare.do}}, {90%: []}]}]}
`))
	if len(e.Assumptions) != len(e.Result.Caveats) || len(e.Assumptions) < 2 {
		t.Fatalf("%d assumptions of %d caveats", len(e.Assumptions), len(e.Result.Caveats))
	}
	if got := e.Assumptions[0].Where; got != "services.often" {
		t.Errorf("first comes what is assumed of %s, want services.often", got)
	}
	// By the plainest approximation, R = S·(1 + 2.5·ρ²/(1 − ρ²)) on two cores:
	// 47.6 ms at ρ = 0.7, 71.5 ms at 0.77, and 7.5 ms of the rare.
	near(t, "weight", e.Assumptions[0].Weight, (71.5-47.6)/(47.6+7.5)/0.1, 0.05)
}

// In every scenario of the library the first limit is the bottleneck of the
// result, at the load that the result says can be borne.
func TestExplainAgreesWithTheResult(t *testing.T) {
	for _, name := range []string{"albumly", "batch", "checkout", "closed", "jackson", "mm1", "mmc"} {
		e := explain(t, library(t, name))
		i := slices.IndexFunc(e.Limits, func(l Limit) bool { return l.First })
		if i != 0 || e.Limits[0].Service != e.Result.Bottleneck {
			t.Errorf("%s: limits %+v; want %s first", name, e.Limits, e.Result.Bottleneck)
			continue
		}
		for workload, rate := range e.Limits[0].Rates {
			near(t, name+": "+workload, rate, e.Result.Saturation[workload], 1e-9)
		}
	}
}

// Shares of the load of a service are shares.
func TestExplainShares(t *testing.T) {
	e := explain(t, library(t, "albumly"))
	sums := map[string]float64{}
	for _, d := range e.Demands {
		sums[d.Service] += d.Share
	}
	if len(sums) != 6 {
		t.Errorf("%d services have work, want 6", len(sums))
	}
	for service, sum := range sums {
		near(t, service, sum, 1, 1e-9)
	}
}
