package queueing

import (
	"testing"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// One thread serves in order of arrival, whatever the cores do: M/G/1, here by
// the formula of Pollaczek and Khinchine.
func TestOneThread(t *testing.T) {
	const rate = 60.0
	for _, demand := range []dist.Dist{
		dist.Const(0.01), dist.Exponential(0.01), dist.LognormalOf(0.01, 2), dist.LognormalOf(0.01, 0.5),
	} {
		m := oneStation(scenarios.PS, 1, 1, demand, rate)
		m.Services[0].Threads = 1
		rho := rate * 0.01
		wait := rate * (demand.Variance() + 1e-4) / 2 / (1 - rho)
		r := solve(t, m)
		near(t, demand.String()+": response", r.Workloads["w"].Response.Mean.Value, wait+0.01, 1e-9)
		near(t, demand.String()+": threads held", r.Services["s"].ThreadsBusy.Value, rho, 1e-9)
	}
}

// Users who come to as many threads as there are cores are customers of M/M/c//N.
func TestThreadsOfUsers(t *testing.T) {
	m := oneStation(scenarios.PS, 1, 2, dist.Exponential(0.01), 1)
	m.Services[0].Threads = 2
	m.Workloads[0] = scenarios.Workload{Name: "w", Mix: m.Workloads[0].Mix, Users: 12, Think: dist.Exponential(0.05)}
	want, err := Convolution(ClosedNetwork{Users: 12, Think: 0.05, Stations: []ClosedStation{{Demand: 0.01, Servers: 2}}})
	if err != nil {
		t.Fatal(err)
	}
	w := solve(t, m).Workloads["w"]
	near(t, "throughput", w.Throughput.Value, want.Throughput, 1e-6)
	near(t, "response", w.Response.Mean.Value, want.Response, 1e-6)
}

// Threads that are held while a database answers bear as much as a closed
// network of so many customers, at whatever load that is asked about.
func TestBearing(t *testing.T) {
	for _, threads := range []int{1, 3, 8} {
		full, err := MVA(ClosedNetwork{Users: threads, Stations: []ClosedStation{{Demand: 0.010, Servers: 1}, {Demand: 0.004}}})
		if err != nil {
			t.Fatal(err)
		}
		for _, load := range []float64{0.1, 0.7, 0.95, 1.3} {
			m := oneStation(scenarios.PS, 1, 100, dist.Exponential(0.004), load*full.Throughput)
			m.Services[0].Threads = threads
			m.Services = append(m.Services, scenarios.Service{Name: "db", Replicas: 1, Cores: 1, Backlog: scenarios.Unlimited, Operations: []scenarios.OpID{1}})
			m.Operations = append(m.Operations, scenarios.Operation{Name: "db.op", Service: 1, Steps: []scenarios.Step{
				scenarios.CPU{At: "db.op/0", Demand: dist.Exponential(0.010)},
			}})
			m.Operations[0].Steps = append(m.Operations[0].Steps, scenarios.Call{At: "s.op/1", Op: 1})
			r := solve(t, m)
			if r.Stable != (load < 1) {
				t.Errorf("%d threads at %g of what they bear: stable %v", threads, load, r.Stable)
			}
			near(t, "saturation", r.Saturation["w"], full.Throughput, 0.01)
		}
	}
}

// Several threads on one core at a load of 0.8: the response times are simulated
// (s, to 1 %, the lognormal ones to 2 %).
func TestSeveralThreads(t *testing.T) {
	for _, c := range []struct {
		threads int
		demand  dist.Dist
		mean    float64
	}{
		{2, dist.Const(0.01), 0.03392},
		{4, dist.Const(0.01), 0.03961},
		{2, dist.LognormalOf(0.01, 2), 0.09615},
		{4, dist.LognormalOf(0.01, 2), 0.07754},
	} {
		m := oneStation(scenarios.PS, 1, 1, c.demand, 80)
		m.Services[0].Threads = c.threads
		near(t, c.demand.String(), solve(t, m).Workloads["w"].Response.Mean.Value, c.mean, 0.05)
	}
}
