package queueing

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/headroom/headroom/queueing/qbd"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// BenchmarkAcceptance holds what was asked for of the speed of this package, a
// line each, with the bound in its name, which processor time (cpu-ns/op) has to
// keep:
//
//	go test -run '^$' -bench Acceptance ./queueing
func BenchmarkAcceptance(b *testing.B) {
	b.Run("station/closed-form/1us", benchmarkClosedForm)
	for _, c := range []struct {
		name string
		p    *qbd.Process
	}{
		{"M-PH-1", phaseQueue(poissonPhases(), erlangPhases(32, 1), .8)},
		{"M-PH-1-dense", phaseQueue(poissonPhases(), densePhases(32), .8)},
		{"PH-M-1-dense", phaseQueue(densePhases(32), poissonPhases(), .8)},
		{"PH-M-1", phaseQueue(erlangPhases(32, 1), poissonPhases(), .8)},
		{"PH-PH-1", phaseQueue(erlangPhases(4, 1), erlangPhases(8, 1), .8)},
		{"MAP-M-1", modulated(32, .8)},
		{"any", generalLine()},
	} {
		b.Run("station/QBD-of-order-32/"+c.name+"/50us", func(b *testing.B) {
			byProcessorTime(b, func() error {
				s, err := c.p.Solve()
				if err == nil && !(s.Mean() > 0) {
					err = errors.New("no mean")
				}
				return err
			})
		})
	}
	b.Run("open/1000-stations/product-form/5ms", func(b *testing.B) {
		n := bigNetwork(1000, 1)
		byProcessorTime(b, func() error {
			_, err := ProductForm(n)
			return err
		})
	})
	for _, brief := range []bool{true, false} {
		for name, m := range map[string]*scenarios.Model{"unlike": unlikeServices(1000), "tiers": tiers(100, 0)} {
			b.Run(fmt.Sprintf("open/1000-services/%s/brief=%v/5ms", name, brief), benchmarkModel(m, Options{Brief: brief}))
		}
	}
	b.Run("closed/exact-MVA/3-classes-of-30/5-stations", func(b *testing.B) { benchmarkMixed(b, 3, 30, 5, MixedMVA) })
	b.Run("closed/Linearizer/10-classes/100-stations", func(b *testing.B) { benchmarkMixed(b, 10, 20, 100, Linearizer) })
	b.Run("layered/100-services-with-threads/100ms", benchmarkModel(tiers(10, 24), Options{}))
}

// byProcessorTime runs a benchmark and adds what it took of the processors, which
// neighbours on a busy machine change less than the time on the wall.
func byProcessorTime(b *testing.B, once func() error) {
	b.ReportAllocs()
	before := processorTime()
	for b.Loop() {
		if err := once(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(processorTime()-before)/float64(b.N), "cpu-ns/op")
}

func benchmarkClosedForm(b *testing.B) {
	for b.Loop() {
		q, err := NewMMc(6, 0.1, 1)
		if err != nil {
			b.Fatal(err)
		}
		sinkFigures = q.Figures()
	}
}

func benchmarkModel(m *scenarios.Model, o Options) func(*testing.B) {
	return func(b *testing.B) {
		byProcessorTime(b, func() error {
			r, err := Solve(context.Background(), m, o)
			if err == nil && !r.Stable {
				err = errors.New("not stable")
			}
			return err
		})
	}
}

// phaseLaw is a law of phases: where it begins, its moves (1/s) and ends (1/s).
type phaseLaw struct {
	start []float64
	move  *mat.Dense
	end   []float64
}

func poissonPhases() phaseLaw { return phaseLaw{[]float64{1}, mat.NewDense(1, 1, nil), []float64{1}} }

func erlangPhases(k int, mean float64) phaseLaw {
	p := phaseLaw{make([]float64, k), mat.NewDense(k, k, nil), make([]float64, k)}
	rate := float64(k) / mean
	p.start[0], p.end[k-1] = 1, rate
	for i := range k - 1 {
		p.move.Set(i, i+1, rate)
	}
	return p
}

// densePhases moves between all phases; its mean is 1.
func densePhases(k int) phaseLaw {
	r := rand.New(rand.NewPCG(3, 5))
	p := phaseLaw{make([]float64, k), mat.NewDense(k, k, nil), make([]float64, k)}
	for i := range k {
		p.start[i], p.end[i] = 1/float64(k), 1
		for j := range k {
			p.move.Set(i, j, r.Float64())
		}
	}
	return p
}

// phaseQueue is a queue of one server between two laws of mean 1, at a load.
func phaseQueue(gaps, times phaseLaw, load float64) *qbd.Process {
	m, k := len(gaps.start), len(times.start)
	still := func(n int) *mat.Dense {
		d := mat.NewDense(n, n, nil)
		for i := range n {
			d.Set(i, i, 1)
		}
		return d
	}
	again := func(p phaseLaw, by float64) *mat.Dense {
		n := len(p.start)
		d := mat.NewDense(n, n, nil)
		d.Outer(by, mat.NewVecDense(n, p.end), mat.NewVecDense(n, p.start))
		return d
	}
	var come, move, done, first, begin, local mat.Dense
	come.Kronecker(again(gaps, load), still(k))
	move.Scale(load, gaps.move)
	local.Kronecker(&move, still(k))
	var inner mat.Dense
	inner.Kronecker(still(m), times.move)
	local.Add(&local, &inner)
	done.Kronecker(still(m), again(times, 1))
	first.Kronecker(still(m), mat.NewDense(k, 1, times.end))
	begin.Kronecker(again(gaps, load), mat.NewDense(1, k, times.start))
	return &qbd.Process{
		Name: "PH/PH/1",
		Start: []qbd.Level{
			{Up: &begin, Local: &move},
			{Up: &come, Local: &local, Down: &first},
		},
		Above: qbd.Level{Up: &come, Local: &local, Down: &done},
	}
}

// modulated is a queue whose arrivals come at a rate that walks between levels.
func modulated(n int, load float64) *qbd.Process {
	up, local, down := mat.NewDense(n, n, nil), mat.NewDense(n, n, nil), mat.NewDense(n, n, nil)
	for i := range n {
		up.Set(i, i, load*2*float64(i)/float64(n-1))
		down.Set(i, i, 1)
		if i > 0 {
			local.Set(i, i-1, .5)
			local.Set(i-1, i, .5)
		}
	}
	return &qbd.Process{
		Name: "MAP/M/1", Start: []qbd.Level{{Up: up, Local: local}},
		Above: qbd.Level{Up: up, Local: local, Down: down},
	}
}

// generalLine has no structure at all.
func generalLine() *qbd.Process {
	const n = 32
	r := rand.New(rand.NewPCG(7, 9))
	fill := func(by float64) *mat.Dense {
		d := mat.NewDense(n, n, nil)
		for i := range n {
			for j := range n {
				d.Set(i, j, by*r.Float64())
			}
		}
		return d
	}
	up, local, down := fill(.8), fill(1), fill(1)
	return &qbd.Process{
		Name: "any", Start: []qbd.Level{{Up: up, Local: local}},
		Above: qbd.Level{Up: up, Local: local, Down: down},
	}
}

// unlikeServices are services in five tiers that call one or two of the next,
// with other demands, cores and loads each; the busiest is at 0.8.
func unlikeServices(n int) *scenarios.Model {
	r := rand.New(rand.NewPCG(1, 2))
	m := &scenarios.Model{Name: "unlike", Part: 1, Live: scenarios.Live{Cells: 1}}
	tier := n / 5
	rate := make([]float64, n) // (1/s)
	for i := range 10 {
		m.Workloads = append(m.Workloads, scenarios.Workload{
			Name:     fmt.Sprintf("w%d", i),
			Arrivals: &scenarios.Arrivals{Kind: scenarios.Poisson, Rate: 100, Gap: dist.Exponential(1. / 100)},
		})
	}
	for i := range tier {
		w := &m.Workloads[i%10]
		w.Mix = append(w.Mix, scenarios.Share{Op: scenarios.OpID(i), P: float64(10) / float64(tier)})
		rate[i] += 100 * 10 / float64(tier)
	}
	for id := range n {
		name := fmt.Sprintf("s%d", id)
		cores := 1 + r.IntN(4)
		var calls []scenarios.Step
		if id/tier < 4 {
			for k := range 1 + r.IntN(2) {
				to := (id/tier+1)*tier + r.IntN(tier)
				calls = append(calls, scenarios.Call{At: scenarios.At(fmt.Sprintf("%s.op/%d", name, k+1)), Op: scenarios.OpID(to)})
				rate[to] += rate[id]
			}
		}
		demand := (0.3 + 0.5*r.Float64()) * float64(cores) / max(rate[id], 1)
		steps := append([]scenarios.Step{scenarios.CPU{At: scenarios.At(name + ".op/0"), Demand: dist.Exponential(demand)}}, calls...)
		m.Services = append(m.Services, scenarios.Service{
			Name: name, Replicas: 1, Cores: cores, Backlog: scenarios.Unlimited, Operations: []scenarios.OpID{scenarios.OpID(id)},
		})
		m.Operations = append(m.Operations, scenarios.Operation{Name: name + ".op", Service: scenarios.ServiceID(id), Steps: steps})
	}
	return m
}
