package layered_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/headroom/headroom/queueing/internal/domain"
	"github.com/headroom/headroom/queueing/layered"
)

// odd is a random model with other disciplines, threads and open arrivals, whose
// times are spread over some orders of magnitude, and of whose numbers some are x.
func odd(seed uint64, spread, x float64) *layered.Model {
	m := skipping(seed)
	if seed%2 == 0 {
		m = random(seed)
	}
	r := rand.New(rand.NewPCG(seed, 8))
	spoil := func(v *float64) {
		if r.IntN(16) == 0 {
			*v = x
		}
	}
	for i := range m.Tasks {
		t := &m.Tasks[i]
		e := &t.Entries[0]
		for j := range e.Phases {
			p := &e.Phases[j]
			p.Demand *= math.Pow(spread, r.Float64()-0.5)
			p.SCV = 4 * r.Float64()
			spoil(&p.Demand)
			spoil(&p.SCV)
			for k := range p.Calls {
				spoil(&p.Calls[k].Mean)
			}
		}
		t.Priority = r.IntN(3)
		if t.Reference {
			spoil(&t.Think)
			continue
		}
		if r.IntN(8) == 0 {
			t.Threads = 0
		}
		if r.IntN(8) == 0 {
			e.OpenRate = 0.3
			spoil(&e.OpenRate)
		}
	}
	for i := range m.Processors[1:] {
		m.Processors[i+1].Discipline = layered.Discipline(r.IntN(5))
	}
	return m
}

// Whatever the model, there is a typed error, or an answer of finite numbers in
// which nothing is used by more than all of it.
func FuzzSolve(f *testing.F) {
	for seed := range uint64(24) {
		f.Add(seed, 100.0, []float64{math.NaN(), math.Inf(1), -1, 0, 1e-300, 1e9}[seed%6])
	}
	f.Fuzz(func(t *testing.T, seed uint64, spread, x float64) {
		if !(spread > 1e-6 && spread < 1e6) {
			t.Skip()
		}
		m := odd(seed, spread, x)
		res, err := layered.Solve(t.Context(), m, layered.Options{})
		if err != nil {
			var c *layered.ConvergenceError
			if !errors.Is(err, domain.ErrUnstable) && !errors.Is(err, domain.ErrInput) && !errors.As(err, &c) {
				t.Error(err)
			}
			return
		}
		checkOdd(t, m, res)
	})
}

// checkOdd wants finite figures, and nothing used by more than all of it.
func checkOdd(t *testing.T, m *layered.Model, res *layered.Result) {
	t.Helper()
	finite := func(what string, values ...float64) {
		for _, v := range values {
			if !(v >= 0) || math.IsInf(v, 1) {
				t.Errorf("%s: %v", what, values)
				return
			}
		}
	}
	for _, e := range res.Entries {
		finite(e.Name, e.Throughput, e.Reply, e.After, e.SCV, e.Open)
	}
	for i, s := range res.Tasks {
		finite(s.Name, s.Throughput, s.Busy, s.Processor, s.Response, s.Waiting)
		if n := m.Tasks[i].Threads; n > 0 && s.Busy > float64(n)*(1+1e-6) {
			t.Errorf("%d threads of %s: %v busy", n, s.Name, s.Busy)
		}
	}
	for i, p := range res.Processors {
		finite(p.Name, p.Busy, p.Utilization, p.Waiting)
		if m.Processors[i].Discipline != layered.Delay && p.Utilization > 1+1e-6 {
			t.Errorf("%s is busy for %v of its time", p.Name, p.Utilization)
		}
	}
}
