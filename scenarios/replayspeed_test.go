package scenarios

import (
	"math"
	"testing"
)

func TestReplayed(t *testing.T) {
	times := []float64{0.5, 1, 2}
	m := &Model{Name: "x", Workloads: []Workload{
		{Name: "log", Arrivals: &Arrivals{Kind: Replay, Rate: 2, Times: times}},
		{Name: "other", Arrivals: &Arrivals{Kind: Poisson, Rate: 3}},
	}}
	fast, err := m.Replayed(10)
	if err != nil {
		t.Fatal(err)
	}
	a := fast.Workloads[0].Arrivals
	if a.Rate != 20 || a.Times[2] != 0.2 || fast.Workloads[1].Arrivals.Rate != 3 || times[2] != 2 || m.Workloads[0].Arrivals.Rate != 2 {
		t.Errorf("%+v of %+v", a, m.Workloads[0].Arrivals)
	}
	for _, speed := range []float64{0, -1, math.NaN(), math.Inf(1), 1e300, 1e-300} {
		if _, err := m.Replayed(speed); err == nil {
			t.Errorf("speed %v: no error", speed)
		}
	}
	if _, err := (&Model{Workloads: m.Workloads[1:]}).Replayed(2); err == nil {
		t.Error("no log, and no error")
	}
}
