package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/queueing"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
	"github.com/headroom/headroom/simulate"
)

// knownKinds are random scenarios without special features whose means are known
// exactly: open ones in product form, and small ones by their Markov chain.
func knownKinds() []family {
	return append([]family{
		{"open", "open workloads, cores shared, any demands: in product form", func(g *generator) {
			g.tiers(false, false)
			g.open()
		}, false},
		{"open, bounded", "an open workload, few threads and short lines that refuse: by its Markov chain", (*generator).bounded, false},
	}, smallFamilies()...)
}

// bounded makes one or two services of few threads, the first of which calls the
// other, and one open workload from half of what the cores can bear to one and a
// half times as much. Lines are short: the chain is finite, and requests fail.
func (g *generator) bounded() {
	busiest := 0.0
	n := 1 + g.r.IntN(2)
	for i := range n {
		s := scenarios.Service{Name: fmt.Sprintf("s%d", i), Replicas: 1, Cores: 1 + g.r.IntN(2), Operations: []scenarios.OpID{scenarios.OpID(i)}}
		s.Threads, s.Backlog = s.Cores+g.r.IntN(4), 1+g.r.IntN(8)
		op := scenarios.Operation{Name: s.Name + ".o", Service: scenarios.ServiceID(i)}
		mean := 0.001 + 0.009*g.r.Float64()
		op.Steps = append(op.Steps, scenarios.CPU{At: scenarios.At(op.Name + "/0"), Demand: dist.Exponential(mean)})
		if i+1 < n {
			op.Steps = append(op.Steps, scenarios.Call{At: scenarios.At(op.Name + "/1"), Op: scenarios.OpID(i + 1)})
		}
		busiest = max(busiest, mean/float64(s.Cores))
		g.m.Services = append(g.m.Services, s)
		g.m.Operations = append(g.m.Operations, op)
	}
	rate := (0.5 + g.r.Float64()) / busiest
	g.m.Workloads = []scenarios.Workload{{
		Name: "w0", Mix: []scenarios.Share{{Op: 0, P: 1}},
		Arrivals: &scenarios.Arrivals{Kind: scenarios.Poisson, Rate: rate, Gap: dist.Exponential(1 / rate)},
	}}
}

// exactly draws a scenario and solves it, or says with ok that its seed makes none
// that is known exactly.
func exactly(f family, seed uint64) (m *scenarios.Model, r *measure.Result, ok bool, err error) {
	if f.name == "open" {
		if m, err = loaded(f, seed); err != nil {
			return nil, nil, false, err
		}
		r, err = queueing.Solve(context.Background(), m, queueing.Options{Method: queueing.ByExact})
		if errors.Is(err, queueing.ErrInexact) {
			return nil, nil, false, nil
		}
		return m, r, err == nil, err
	}
	m = draw(f, seed)
	r, err = queueing.SolveMarkov(context.Background(), m)
	if errors.Is(err, queueing.ErrNoChain) {
		return nil, nil, false, nil
	}
	return m, r, err == nil, err
}

// holding counts intervals, and those that hold the exact figure.
type holding struct{ held, of int }

func (h *holding) add(simulated, exact measure.Estimate) (held bool) {
	if !simulated.Known() || !exact.Known() {
		return true
	}
	slack := 1e-9 * math.Abs(exact.Value)
	held = simulated.Lo-slack <= exact.Value && exact.Value <= simulated.Hi+slack
	h.of++
	if held {
		h.held++
	}
	return held
}

func (h *holding) plus(o holding) {
	h.held += o.held
	h.of += o.of
}

func (h holding) String() string {
	return fmt.Sprintf("%d of %d (%.1f %%)", h.held, h.of, 100*float64(h.held)/float64(max(h.of, 1)))
}

// agreement is how many intervals hold the exact figure: of mean response times,
// utilizations and throughputs, of all workloads and services, and of the first
// one of each scenario. Those of one scenario go together, so that only the first
// are as many independent trials.
type agreement struct {
	scenarios  int
	all, first [3]holding
	log        func(format string, args ...any)
}

var agreed = [3]string{"mean response", "utilization", "throughput"}

func (a *agreement) plus(o *agreement) {
	a.scenarios += o.scenarios
	for i := range agreed {
		a.all[i].plus(o.all[i])
		a.first[i].plus(o.first[i])
	}
}

// add compares what was simulated of a model with what is exact.
func (a *agreement) add(m *scenarios.Model, simulated, exact *measure.Result) {
	a.scenarios++
	look := func(figure int, first bool, where string, s, e measure.Estimate) {
		if !a.all[figure].add(s, e) {
			a.log("%s: %s of %s is %.5g, not from %.5g to %.5g", m.Name, agreed[figure], where, e.Value, s.Lo, s.Hi)
		}
		if first {
			a.first[figure].add(s, e)
		}
	}
	for i := range m.Workloads {
		name := m.Workloads[i].Name
		s, e := simulated.Workloads[name], exact.Workloads[name]
		if s.Response != nil && e.Response != nil {
			look(0, i == 0, name, s.Response.Mean, e.Response.Mean)
		}
		look(2, i == 0, name, s.Throughput, e.Throughput)
	}
	for i := range m.Services {
		name := m.Services[i].Name
		look(1, i == 0, name, simulated.Services[name].Utilization, exact.Services[name].Utilization)
	}
}

// agreeing draws n scenarios of a kind that are known exactly, and simulates each
// until its mean response times are as precise as asked for.
func agreeing(f family, n int, from uint64, precision float64, log func(format string, args ...any)) (*agreement, error) {
	a := &agreement{log: log}
	for seed := from; a.scenarios < n; seed++ {
		m, exact, ok, err := exactly(f, seed)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		o := simulate.Options{Seed: seed + 1, Precision: precision, MaxTime: -1}
		for i := range m.Workloads {
			o.Targets = append(o.Targets, simulate.Target{Subject: m.Workloads[i].Name, Metric: "mean"})
		}
		simulated, err := simulate.Run(context.Background(), m, o)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.Name, err)
		}
		a.add(m, simulated, exact)
	}
	return a, nil
}

// within is the range that the number of n independent intervals of 95 % that
// hold the truth is in, but for one case in 200 below and one above.
func within(n int) (least, most int) {
	const p, alarm = 0.95, 0.005
	least, most = -1, n
	lgamma := func(x int) float64 { l, _ := math.Lgamma(float64(x)); return l }
	sum := 0.0
	for k := range n + 1 {
		term := math.Exp(lgamma(n+1) - lgamma(k+1) - lgamma(n-k+1) + float64(k)*math.Log(p) + float64(n-k)*math.Log(1-p))
		if sum+term > alarm && least < 0 {
			least = k
		}
		if sum >= 1-alarm {
			most = k - 1
			break
		}
		sum += term
	}
	return least, most
}

// agree counts how many intervals hold the exact figure, in n scenarios shared out
// among the kinds, or of one of them only; it is an error when these are too few
// or too many.
func agree(w io.Writer, n int, from uint64, only string, precision float64, verbose bool) error {
	fmt.Fprintln(w, "| scenarios | number | mean response | utilization | throughput |")
	fmt.Fprintln(w, "|---|---|---|---|---|")
	log := func(string, ...any) {}
	if verbose {
		log = func(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
	}
	var sum agreement
	kinds := slices.DeleteFunc(knownKinds(), func(f family) bool { return only != "" && f.name != only })
	for i, f := range kinds {
		a, err := agreeing(f, (n+i)/len(kinds), from, precision, log)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "| %s: %s | %d | %v | %v | %v |\n", f.name, f.text, a.scenarios, a.all[0], a.all[1], a.all[2])
		sum.plus(a)
	}
	fmt.Fprintf(w, "| all | %d | %v | %v | %v |\n", sum.scenarios, sum.all[0], sum.all[1], sum.all[2])
	fmt.Fprintf(w, "| the first workload and service of each | %d | %v | %v | %v |\n", sum.scenarios, sum.first[0], sum.first[1], sum.first[2])
	return sum.verdict()
}

// verdict is an error where the first intervals hold the exact figure too rarely
// or too often for 95 %.
func (a *agreement) verdict() error {
	var wrong []error
	for i, h := range a.first {
		if least, most := within(h.of); h.held < least || h.held > most {
			wrong = append(wrong, fmt.Errorf("%s: %v intervals hold the exact value, want %d to %d", agreed[i], h, least, most))
		}
	}
	return errors.Join(wrong...)
}
