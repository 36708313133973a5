package layered_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/headroom/headroom/queueing/internal/domain"
	"github.com/headroom/headroom/queueing/layered"
)

// random is a model of two or three layers below one or two populations: some
// tasks share processors, some have second phases, some are called unwaited.
func random(seed uint64) *layered.Model {
	r := rand.New(rand.NewPCG(seed, 2))
	m := &layered.Model{Processors: []layered.Processor{{Name: "desk", Discipline: layered.Delay}}}
	layers := 2 + r.IntN(2)
	width := 1 + r.IntN(3)
	name := func(layer, i int) string { return fmt.Sprintf("t%d%d", layer, i) }
	calls := func(layer int) (out []layered.Call) {
		for i := range width {
			if layer < layers && (r.Float64() < 0.6 || i == 0 && layer == 0) {
				out = append(out, layered.Call{Entry: name(layer, i), Mean: 0.4 + 1.2*r.Float64(), Async: layer > 0 && r.Float64() < 0.1})
			}
		}
		return out
	}
	for g := range 1 + r.IntN(2) {
		u := users(1+r.IntN(8), 0.2+r.Float64(), "")
		u.Name, u.Entries[0].Name = fmt.Sprintf("users%d", g), fmt.Sprintf("use%d", g)
		u.Entries[0].Phases[0].Calls = calls(0)
		m.Tasks = append(m.Tasks, u)
	}
	for layer := range layers {
		for i := range width {
			t := alone(name(layer, i), 1+r.IntN(4), work(0.02+0.1*r.Float64(), calls(layer+1)...))
			if r.Float64() < 0.2 {
				t.Entries[0].Phases = append(t.Entries[0].Phases, work(0.05*r.Float64(), calls(layer+1)...))
			}
			if i > 0 && r.Float64() < 0.3 {
				t.Processor = name(layer, 0)
			}
			m.Processors = append(m.Processors, layered.Processor{Name: t.Name, Servers: 1 + r.IntN(2)})
			m.Tasks = append(m.Tasks, t)
		}
	}
	return m
}

// skipping is a random model in which second phases are common and tasks call
// some that are two layers down, where those meet whom they called before.
func skipping(seed uint64) *layered.Model {
	m := random(seed)
	r := rand.New(rand.NewPCG(seed, 5))
	layer := func(t *layered.Task) int {
		if t.Reference {
			return -1
		}
		return int(t.Name[1] - '0')
	}
	call := func(t *layered.Task, p *layered.Phase, below int) {
		for i := range m.Tasks {
			if o := &m.Tasks[i]; layer(o) > layer(t)+below && r.Float64() < 0.5 {
				p.Calls = append(p.Calls, layered.Call{Entry: o.Name, Mean: 0.3 + r.Float64()})
			}
		}
	}
	for i := range m.Tasks {
		t := &m.Tasks[i]
		e := &t.Entries[0]
		call(t, &e.Phases[len(e.Phases)-1], 1)
		if !t.Reference && len(e.Phases) == 1 && r.Float64() < 0.4 {
			second := work(0.05 * r.Float64())
			call(t, &second, 0)
			e.Phases = append(e.Phases, second)
		}
	}
	return m
}

// Models that no one chose. The bounds are what the package comment promises;
// what is measured goes to the log.
func TestRandomModels(t *testing.T) {
	t.Run("layers", func(t *testing.T) { compareMany(t, random, 0.02, 0.10) })
	t.Run("skipping", func(t *testing.T) { compareMany(t, skipping, 0.03, 0.12) })
}

// compareMany compares forty models with simulation. Half of all errors must be
// within one bound, nine in ten within the other.
func compareMany(t *testing.T, model func(seed uint64) *layered.Model, half, ninety float64) {
	t.Helper()
	if testing.Short() {
		t.Skip("simulates for seconds")
	}
	var rates, times []float64
	for seed := range uint64(40) {
		m := model(seed)
		r, err := layered.Solve(t.Context(), m, layered.Options{})
		if errors.Is(err, domain.ErrUnstable) {
			s := simulate(m, seed, 4000)
			if behind := s.tasksWaiting(); behind < 1000 {
				t.Errorf("seed %d: %v, but only %d wait after a long simulation", seed, err, behind)
			}
			continue
		}
		if err != nil {
			t.Errorf("seed %d: %v", seed, err)
			continue
		}
		s := simulate(m, seed, 4000)
		for _, e := range r.Entries {
			n := s.count[e.Name]
			if n < 1000 {
				continue
			}
			rates = append(rates, math.Abs(e.Throughput/(n/3600)-1))
			times = append(times, math.Abs((e.Reply+e.After)/(s.spent[e.Name+"/all"]/n)-1))
		}
	}
	if len(rates) < 100 {
		t.Fatalf("only %d entries compared", len(rates))
	}
	hold(t, "throughputs", rates, half, ninety)
	hold(t, "service times", times, half, ninety)
}

// hold wants half of the errors within one bound, nine in ten within another.
func hold(t *testing.T, what string, off []float64, half, ninety float64) {
	t.Helper()
	slices.Sort(off)
	at := func(p float64) float64 { return off[int(p*float64(len(off)-1))] }
	t.Logf("%s of %d entries are off by %.2f %% (median), %.2f %% (90 of 100), %.2f %% (worst)", what, len(off), 100*at(0.5), 100*at(0.9), 100*at(1))
	if !(at(0.5) <= half && at(0.9) <= ninety) {
		t.Errorf("%s: median %.3g and 90th percentile %.3g of the error", what, at(0.5), at(0.9))
	}
}

// Whatever the numbers, there is an answer of finite numbers or an error.
func TestNoNaN(t *testing.T) {
	solved := 0
	for seed := range uint64(60) {
		m := random(1000 + seed)
		r := rand.New(rand.NewPCG(seed, 3))
		for i := range m.Tasks {
			for j := range m.Tasks[i].Entries[0].Phases {
				p := &m.Tasks[i].Entries[0].Phases[j]
				p.Demand *= math.Pow(10, 4*r.Float64()-2)
				p.SCV = 4 * r.Float64()
			}
			if !m.Tasks[i].Reference && r.Float64() < 0.1 {
				m.Tasks[i].Threads = 0
			}
			if !m.Tasks[i].Reference && r.Float64() < 0.1 {
				m.Tasks[i].Entries[0].OpenRate = 0.3
			}
			m.Tasks[i].Priority = r.IntN(3)
		}
		for i := range m.Processors[1:] {
			m.Processors[i+1].Discipline = layered.Discipline(r.IntN(5))
		}
		res, err := layered.Solve(t.Context(), m, layered.Options{})
		if err != nil {
			var c *layered.ConvergenceError
			if !errors.Is(err, domain.ErrUnstable) && !errors.As(err, &c) {
				t.Errorf("seed %d: %v", seed, err)
			}
			if c == nil {
				solved++
			}
			continue
		}
		solved++
		for _, e := range res.Entries {
			for _, v := range []float64{e.Throughput, e.Reply, e.After, e.SCV, e.Open} {
				if !(v >= 0) || math.IsInf(v, 1) {
					t.Errorf("seed %d: %+v", seed, e)
				}
			}
		}
	}
	t.Logf("%d of 60 solved or shown to be unstable", solved)
	if solved < 48 {
		t.Errorf("only %d of 60 come to agree", solved)
	}
}
