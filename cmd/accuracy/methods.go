package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/queueing"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
	"github.com/headroom/headroom/simulate"
)

// smallFamilies are kinds of closed models whose Markov chain can be solved.
func smallFamilies() []family {
	return []family{
		{"closed", "in product form, cores shared", func(g *generator) { g.small(scenarios.PS, false) }, false},
		{"closed, in order", "the same, first come first served, demands of unlike mean", func(g *generator) { g.small(scenarios.FIFO, false) }, false},
		{"closed, layered", "cores shared, threads held during calls", func(g *generator) { g.small(scenarios.PS, true) }, false},
	}
}

// small makes two or three services, the first of which calls the others, and
// one or two closed workloads of a few users.
func (g *generator) small(d scenarios.Discipline, limited bool) {
	exponential := func() dist.Dist { return dist.Exponential(0.001 + 0.009*g.r.Float64()) }
	n := 2 + g.r.IntN(2)
	for i := range n {
		s := scenarios.Service{Name: fmt.Sprintf("s%d", i), Replicas: 1, Cores: 1 + g.r.IntN(2), Backlog: scenarios.Unlimited, Discipline: d}
		if limited && i < n-1 {
			s.Threads = 1 + g.r.IntN(3)
		}
		ops := 1
		if i == 0 {
			ops = 2
		}
		for range ops {
			op := scenarios.OpID(len(g.m.Operations))
			s.Operations = append(s.Operations, op)
			g.m.Operations = append(g.m.Operations, scenarios.Operation{Name: fmt.Sprintf("%s.o%d", s.Name, op), Service: scenarios.ServiceID(i)})
		}
		g.m.Services = append(g.m.Services, s)
	}
	for i := range g.m.Operations {
		o := &g.m.Operations[i]
		at := func() scenarios.At { return scenarios.At(fmt.Sprintf("%s/%d", o.Name, len(o.Steps))) }
		o.Steps = append(o.Steps, scenarios.CPU{At: at(), Demand: exponential()})
		for op := i + 1; op < len(g.m.Operations); op++ {
			if g.m.Operations[op].Service > o.Service && (i < 2 || g.r.IntN(2) == 0) {
				for range 1 + g.r.IntN(2) {
					o.Steps = append(o.Steps, scenarios.Call{At: at(), Op: scenarios.OpID(op)})
				}
			}
		}
	}
	for i := range 1 + g.r.IntN(2) {
		g.m.Workloads = append(g.m.Workloads, scenarios.Workload{
			Name: fmt.Sprintf("w%d", i), Mix: []scenarios.Share{{Op: scenarios.OpID(i), P: 1}},
			Users: 1 + g.r.IntN(3), Think: dist.Exponential(0.002 + 0.03*g.r.Float64()),
		})
	}
	for len(g.m.Workloads) == 1 && g.m.Workloads[0].Users < 2 {
		g.m.Workloads[0].Users += 2 + g.r.IntN(3)
	}
}

// methods compares every method that fits with the Markov chain, on small closed
// models, and with simulation on open ones.
func methods(n int, from uint64, only string, verbose bool) error {
	fmt.Fprintln(os.Stdout, "| models | method | scenarios | response: median | 90 % | 95 % | worst | throughput: median | 90 % | 95 % | worst |")
	fmt.Fprintln(os.Stdout, "|"+strings.Repeat("---|", 11))
	for _, f := range smallFamilies() {
		if only != "" && f.name != only {
			continue
		}
		t := newMethodTable(f, verbose)
		for k := range uint64(n) {
			m := draw(f, from+k)
			exact, err := queueing.SolveMarkov(context.Background(), m)
			if errors.Is(err, queueing.ErrNoChain) {
				continue
			}
			if err != nil {
				return err
			}
			t.add(m, exact)
		}
		t.print()
	}
	for _, f := range families()[:2] {
		if only != "" && f.name != only {
			continue
		}
		t := newMethodTable(f, verbose)
		for k := range uint64(n / 5) {
			m, err := loaded(f, from+k)
			if err != nil {
				return err
			}
			r, err := run(m, simulate.Options{Precision: 0.01, MaxTime: 20 * time.Second})
			if err != nil {
				return err
			}
			t.add(m, r)
		}
		t.print()
	}
	return nil
}

// loaded is an open scenario at 30 % to 85 % of what it can bear.
func loaded(f family, seed uint64) (*scenarios.Model, error) {
	m := draw(f, seed)
	bear, err := bears(m)
	if err != nil {
		return nil, err
	}
	return scaled(m, bear*partOf(seed)), nil
}

// methodTable gathers the differences of each method on one family.
type methodTable struct {
	f         family
	verbose   bool
	scenarios map[queueing.MethodName]int
	response  map[queueing.MethodName][]float64
	through   map[queueing.MethodName][]float64
}

func newMethodTable(f family, verbose bool) *methodTable {
	return &methodTable{
		f: f, verbose: verbose, scenarios: make(map[queueing.MethodName]int),
		response: make(map[queueing.MethodName][]float64), through: make(map[queueing.MethodName][]float64),
	}
}

// add compares all methods that fit a model with the truth.
func (t *methodTable) add(m *scenarios.Model, truth *measure.Result) {
	for _, by := range queueing.Fitting(m) {
		r, err := queueing.Solve(context.Background(), m, queueing.Options{Method: by})
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %s: %v\n", m.Name, by, err)
			continue
		}
		t.scenarios[by]++
		for name, w := range r.Workloads {
			is := truth.Workloads[name]
			if w.Response == nil || is.Response == nil {
				continue
			}
			off := t.off(w.Response.Mean, is.Response.Mean, m.Name)
			t.response[by] = append(t.response[by], off)
			if !m.Workloads[0].Open() {
				t.through[by] = append(t.through[by], t.off(w.Throughput, is.Throughput, m.Name))
			}
			if t.verbose {
				fmt.Fprintf(os.Stderr, "%s %s: %s %+.2f %%\n", m.Name, name, by, 100*off)
			}
		}
	}
}

// off is the difference of a figure from the truth or, of bounds, half of what
// they leave open.
func (t *methodTable) off(is, truth measure.Estimate, where string) float64 {
	if !is.Uncertain() {
		return is.Value/truth.Value - 1
	}
	if truth.Value < is.Lo*(1-1e-6) || truth.Value > is.Hi*(1+1e-6) {
		fmt.Fprintf(os.Stderr, "%s: %g is not from %g to %g\n", where, truth.Value, is.Lo, is.Hi)
	}
	return (is.Hi - is.Lo) / 2 / truth.Value
}

func (t *methodTable) print() {
	for _, by := range queueing.MethodNames() {
		if t.scenarios[by] > 0 {
			fmt.Fprintf(os.Stdout, "| %s: %s | %s | %d | %s | %s |\n", t.f.name, t.f.text, by, t.scenarios[by], spread(t.response[by]), spread(t.through[by]))
		}
	}
}
