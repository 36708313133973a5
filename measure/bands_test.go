package measure

import "testing"

func TestBands(t *testing.T) {
	of := func(mean, u float64, stable bool) *Result {
		r := &Result{
			Stable:    stable,
			Workloads: map[string]*Workload{"w": {Offered: Exactly(7), Response: &Times{Mean: Exactly(mean)}}},
			Services:  map[string]*Service{"s": {Utilization: Exactly(u)}},
		}
		if !stable {
			r.Workloads["w"].Response = nil
		}
		return r
	}
	r := of(2, 0.5, true)
	var drawn []*Result
	for i := range 101 {
		drawn = append(drawn, of(1+float64(i)/50, 0.4+float64(i)/1000, i < 99))
	}
	if n := Bands(r, drawn, 0.9); n != 0 {
		t.Errorf("%d figures without an interval", n)
	}
	if got, want := r.Workloads["w"].Response.Mean, Between(2, 1.1, 2.9, 0.9); got != want {
		t.Errorf("mean %+v; want %+v", got, want)
	}
	if got, want := r.Services["s"].Utilization, Between(0.5, 0.405, 0.5, 0.9); got.Lo != want.Lo || got.Hi != want.Hi {
		t.Errorf("utilization %+v; want %+v", got, want)
	}
	if got := r.Workloads["w"].Offered; got != Exactly(7) {
		t.Errorf("offered %+v; want it exact", got)
	}
	r = of(2, 0.5, true)
	if n := Bands(r, append(drawn, of(0, 0, false), of(0, 0, false), of(0, 0, false), of(0, 0, false)), 0.9); n != 1 || r.Workloads["w"].Response.Mean.Uncertain() {
		t.Errorf("%d figures without an interval, mean %+v", n, r.Workloads["w"].Response.Mean)
	}
}
