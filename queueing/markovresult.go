package queueing

import (
	"context"
	"fmt"
	"math"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/queueing/ctmc"
	"github.com/headroom/headroom/scenarios"
)

// mostMarkovStates bounds the chain of a model: beyond it the balance of its
// states takes minutes.
const mostMarkovStates = 20_000

// SolveMarkov solves a model by the Markov chain of all that its requests can be
// at: where every thread is held, and who waits for it. Nothing is assumed that
// the model does not say, so that it shows how far off [Solve] is where that
// has to approximate.
//
//   - Domain: exponential demands, waits and think times; Poisson arrivals at
//     services with limited threads and backlog, or closed workloads; calls one
//     after the other, without network latency, topics and parallel branches;
//     replicas picked at random; at most 20 000 states. Anything else is a
//     [ChainError] that names it.
//   - Accuracy: 1e-9 relative or better. There are no percentiles; the mean
//     response time is absent where requests fail on the way.
//   - Source: balance of a finite chain, and [Litt61] for times.
func SolveMarkov(ctx context.Context, m *scenarios.Model) (*measure.Result, error) {
	if m == nil {
		return nil, errNoModel
	}
	if err := m.Check(); err != nil {
		return nil, badModel(err)
	}
	if beyond := m.Features(); len(beyond) > 0 {
		return nil, chainError(beyond[0].String())
	}
	g, err := newMarkovProgram(m)
	if err != nil {
		return nil, err
	}
	return g.solve(ctx)
}

// solve lists the states, balances them, and reads the result off.
func (g *markovProgram) solve(ctx context.Context) (*measure.Result, error) {
	k, start := newMarkovModel(g)
	chain, keys, err := ctmc.Explore(start.key(), mostMarkovStates, func(from string, add func(string, float64)) {
		if ctx.Err() == nil {
			k.moves(from, add)
		}
	})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	switch {
	case k.ways > mostWays:
		return nil, chainError("requests turn too often without taking time")
	case k.written > mostWritten:
		return nil, chainError("too many requests at once for the states of all")
	case len(k.states) > mostMarkovStates:
		return nil, chainError(fmt.Sprintf("more than %d states", mostMarkovStates))
	case err != nil:
		return nil, fmt.Errorf("queueing: %s: %w", g.m.Name, err)
	}
	p, err := chain.Stationary()
	if err != nil {
		return nil, fmt.Errorf("queueing: %s: %w", g.m.Name, err)
	}
	states := make([]*markovState, len(keys))
	for i, key := range keys {
		states[i] = k.states[key]
	}
	return (&markovSolution{k, states, p}).result(), nil
}

func chainError(what string) error {
	return &ChainError{[]measure.Caveat{{Where: "model", What: what}}}
}

// markovSolution is a chain with the probability of each of its states.
type markovSolution struct {
	*markovModel
	all []*markovState
	p   []float64
}

func (x *markovSolution) mean(value func(state int) float64) float64 { return ctmc.Mean(x.p, value) }

func (x *markovSolution) result() *measure.Result {
	r := &measure.Result{
		Schema: measure.Schema, Kind: measure.Prediction, Method: measure.Analytic, Stable: true,
		Scenario:   measure.Scenario{Name: x.m.Name, SHA256: x.m.Digest},
		Workloads:  make(map[string]*measure.Workload),
		Operations: make(map[string]*measure.Operation),
		Services:   make(map[string]*measure.Service),
	}
	if x.m.Part != 1 {
		r.Scenario.Part = x.m.Part
	}
	r.Run.Detail = fmt.Sprintf("Markov chain of %d states", len(x.all))
	requests := 0.0
	for w := range x.m.Workloads {
		out := x.workloadFigures(w)
		r.Workloads[x.m.Workloads[w].Name] = out
		requests += out.Offered.Value
	}
	for op := range x.m.Operations {
		ended := x.mean(func(i int) float64 { return x.rates[i].ended[op] })
		r.Operations[x.m.Operations[op].Name] = &measure.Operation{Throughput: exactly(ended)}
	}
	most := 0.0
	for id := range x.m.Services {
		out := x.serviceFigures(id)
		r.Services[x.m.Services[id].Name] = out
		if u := out.Utilization.Value; u > most {
			most, r.Bottleneck = u, x.m.Services[id].Name
		}
	}
	r.Caveats = append(r.Caveats, measure.Caveat{
		What:   "queueing: a Markov chain gives means",
		Effect: "percentiles are left out, and times of what fails on the way",
	})
	return r
}

func (x *markovSolution) workloadFigures(w int) *measure.Workload {
	done := x.mean(func(i int) float64 { return x.rates[i].done[w] })
	failed := x.mean(func(i int) float64 { return x.rates[i].failed[w] })
	late := x.mean(func(i int) float64 { return x.rates[i].late[w] })
	present := x.mean(func(i int) float64 {
		n := 0.0
		x.all[i].all(func(id int, _ bool) {
			if x.requests.stacks[id][0].program == x.root(w) {
				n++
			}
		})
		return n
	})
	out := &measure.Workload{Offered: exactly(done + failed), Throughput: exactly(done), InSystem: exactly(present)}
	if done+failed > 0 {
		out.Failed = exactly(failed / (done + failed))
	}
	if late == 0 && done > 0 {
		out.Response = &measure.Times{Mean: exactly(present / done)}
	}
	return out
}

func (x *markovSolution) serviceFigures(id int) *measure.Service {
	sv := &x.m.Services[id]
	asked := x.mean(func(i int) float64 { return x.rates[i].asked[id] })
	rejected := x.mean(func(i int) float64 { return x.rates[i].rejected[id] })
	undone := x.mean(func(i int) float64 { return x.rates[i].undone[id] })
	var busy, waiting, held, idle float64
	for i, p := range x.p {
		s := x.all[i]
		for r := range sv.Replicas {
			pl := &s.places[x.first[id]+r]
			n := len(pl.cores)
			busy += p * float64(min(n, sv.Cores))
			waiting += p * float64(len(pl.line))
			if sv.Discipline == scenarios.FIFO {
				waiting += p * float64(max(0, n-sv.Cores))
			}
			if n < sv.Cores {
				idle += p / float64(sv.Replicas)
			}
			held += p * float64(x.held(s, nil, x.first[id]+r))
		}
	}
	inLine := x.mean(func(i int) float64 {
		n := 0
		for r := range sv.Replicas {
			n += len(x.all[i].places[x.first[id]+r].line)
		}
		return float64(n)
	})
	out := &measure.Service{
		Replicas: exactly(float64(sv.Replicas)), Utilization: exactly(math.Min(1, busy/float64(sv.Replicas*sv.Cores))),
		Throughput: exactly(asked - rejected - undone), Present: exactly(held + inLine), Waiting: exactly(waiting),
		ThreadsBusy: exactly(held), PIdle: exactly(math.Min(1, idle)), Rejected: exactly(0),
	}
	if asked > 0 {
		out.Rejected = exactly(rejected / asked)
	}
	if done := asked - rejected; undone == 0 && done > 0 {
		out.Response = &measure.Times{Mean: exactly((held + inLine) / done)}
	}
	return out
}
