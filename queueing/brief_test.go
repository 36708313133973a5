package queueing

import (
	"context"
	"math"
	"testing"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// A brief result has the means and deviations of the full one, whose laws know
// nothing of how moments are added up, and neither percentiles nor histograms.
func TestBriefIsTheRest(t *testing.T) {
	models := map[string]*scenarios.Model{"unlike": unlikeServices(50), "tiers": tiers(3, 0), "threads": tiers(3, 24)}
	mixed := unlikeServices(50)
	for i := range mixed.Services {
		switch i % 3 {
		case 0:
			mixed.Services[i].Discipline = scenarios.FIFO
		case 1:
			mixed.Services[i].Discipline = scenarios.PS
		}
	}
	models["mixed"] = mixed
	for _, e := range scenarios.Library() {
		m, err := scenarios.Load(e.Name, scenarios.Options{})
		if err != nil {
			t.Fatal(err)
		}
		models[e.Name] = m
	}
	for name, m := range models {
		full, err := Solve(context.Background(), m, Options{})
		if err != nil {
			t.Fatal(name, err)
		}
		brief, err := Solve(context.Background(), m, Options{Brief: true})
		if err != nil {
			t.Fatal(name, err)
		}
		c := briefCheck{t, name}
		for w, want := range full.Workloads {
			got := brief.Workloads[w]
			c.times("workload "+w, got.Response, want.Response)
			c.figure("in system of "+w, got.InSystem, want.InSystem)
		}
		for o, want := range full.Operations {
			got := brief.Operations[o]
			c.times("operation "+o, got.Response, want.Response)
			c.figure("throughput of "+o, got.Throughput, want.Throughput)
		}
		for s, want := range full.Services {
			got := brief.Services[s]
			c.times("waits at "+s, got.WaitingTime, want.WaitingTime)
			c.times("work at "+s, got.ServiceTime, want.ServiceTime)
			c.times("response of "+s, got.Response, want.Response)
			c.figure("present at "+s, got.Present, want.Present)
			c.figure("utilization of "+s, got.Utilization, want.Utilization)
		}
		for w, want := range full.Saturation {
			c.figure("saturation of "+w, measure.Exactly(brief.Saturation[w]), measure.Exactly(want))
		}
		if brief.Bottleneck != full.Bottleneck {
			t.Errorf("%s: the bottleneck is %s, want %s", name, brief.Bottleneck, full.Bottleneck)
		}
	}
}

type briefCheck struct {
	t     *testing.T
	model string
}

func (c briefCheck) figure(what string, got, want measure.Estimate) {
	c.t.Helper()
	if got.Known() != want.Known() || !(math.Abs(got.Value-want.Value) <= 1e-12*math.Abs(want.Value)) {
		c.t.Errorf("%s: %s is %v, want %v", c.model, what, got, want)
	}
}

func (c briefCheck) times(what string, got, want *measure.Times) {
	c.t.Helper()
	if (got == nil) != (want == nil) {
		c.t.Errorf("%s: %s is %v, want %v", c.model, what, got, want)
		return
	}
	if got == nil {
		return
	}
	c.figure("mean of "+what, got.Mean, want.Mean)
	c.figure("deviation of "+what, got.Stddev, want.Stddev)
	if got.P50.Known() || got.P999.Known() || got.Histogram != nil {
		c.t.Errorf("%s: %s has percentiles", c.model, what)
	}
}

// Three moments of the response to an exponential demand, by the two symmetric
// systems of the spectral form, with their square roots.
func TestSpectralMomentsBySymmetricSystems(t *testing.T) {
	var scratch []float64
	for _, c := range []int{1, 2, 5, 16} {
		for _, rho := range []float64{1e-3, .3, .8, .97} {
			a := rho * float64(c)
			ch := newPSChain(c, .7, mmcSeen(c, a, ErlangC(c, a)))
			const demand = .4
			s := ch.symmetric(1/demand, 0)
			one, two := make([]float64, len(s.start)), make([]float64, len(s.start))
			s.solve(s.start, one)
			s.solve(one, two)
			mean := ch.slowdown * demand
			by := mean / dot(one, one)
			gotMean, variance, third := ch.spectralMoments(demand, &scratch)
			for what, v := range map[string][2]float64{
				"mean":         {gotMean, mean},
				"variance":     {variance, 2*dot(one, two)*by*by - mean*mean},
				"third moment": {third, 6 * dot(two, two) * by * by * by},
			} {
				if !(math.Abs(v[0]-v[1]) <= 1e-11*v[1]) {
					t.Errorf("c %d, ρ %v: %s is %.15g, want %.15g", c, rho, what, v[0], v[1])
				}
			}
		}
	}
	if n := testing.AllocsPerRun(10, func() { newPSChain(1, 1, []float64{.6, .4}).spectralMoments(1, &scratch) }); n != 0 {
		t.Errorf("moments take %v allocations", n)
	}
}
