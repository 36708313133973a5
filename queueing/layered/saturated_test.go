package layered_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/headroom/headroom/queueing/internal/domain"
	"github.com/headroom/headroom/queueing/layered"
)

// No processor and no task is used by more than all of it, whatever the model:
// before stations made room, up to 1.4 was seen.
func TestNothingIsOverused(t *testing.T) {
	full, failed := 0, 0
	check := func(what string, seed uint64, used float64) {
		if used > 1+1e-6 {
			t.Errorf("seed %d: %s is used to %.7f", seed, what, used)
		}
		if used > 0.98 {
			full++
		}
	}
	for seed := range uint64(120) {
		m := random(5000 + seed/3)
		if seed%3 > 0 {
			m = skipping(5000 + seed)
		}
		if seed%3 == 1 {
			r := rand.New(rand.NewPCG(seed, 6))
			for i := range m.Tasks {
				m.Tasks[i].Priority = r.IntN(2)
			}
			for i := range m.Processors[1:] {
				m.Processors[i+1].Discipline = layered.Discipline(r.IntN(5))
			}
		}
		r, err := layered.Solve(t.Context(), m, layered.Options{})
		if err != nil {
			if !errors.Is(err, domain.ErrUnstable) {
				failed++
			}
			continue
		}
		for i, p := range r.Processors {
			if m.Processors[i].Discipline != layered.Delay {
				check("processor "+p.Name, seed, p.Utilization)
			}
		}
		for i, x := range r.Tasks {
			if n := m.Tasks[i].Threads; n > 0 {
				check("task "+x.Name, seed, x.Busy/float64(n))
			}
		}
	}
	t.Logf("%d full stations; %d of 120 models do not come to agree", full, failed)
	if full < 30 {
		t.Errorf("only %d stations are full", full)
	}
	if failed > 6 {
		t.Errorf("%d models do not come to agree", failed)
	}
}
