package queueing

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Figures far from what anyone has give numbers or an error, never NaN.
func TestOpenExtremes(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	sizes := []float64{0, 1e-300, 1e-12, .3, .99, 1, 1e9, 1e300, math.MaxFloat64}
	draw := func() float64 { return sizes[rng.IntN(len(sizes))] }
	bad := func(v ...float64) bool {
		for _, x := range v {
			if math.IsNaN(x) || x < 0 {
				return true
			}
		}
		return false
	}
	solved := 0
	for range 20_000 {
		n := oneClass(draw(), []int{rng.IntN(3), rng.IntN(3)}, []float64{draw(), draw()}, []float64{1, 0}, [][]float64{{.2, .7}, {.5, 0}})
		varied(n, draw(), draw(), draw())
		n.Stations[0].Shared = rng.IntN(2) == 0
		r, err := SolveOpen(n)
		if err != nil {
			continue
		}
		solved++
		if bad(r.Response, r.Present, r.Stations[0].Response, r.Stations[1].Response, r.Stations[1].ArrivalSCV) {
			t.Fatalf("%+v gives %+v", n, r)
		}
	}
	for range 20_000 {
		lambda, s1, s2 := draw(), draw(), draw()
		if rho := lambda * max(s1, s2); rho > .5 && rho < 1 {
			continue // takes its time
		}
		if v, err := ForkJoinTwo(lambda, s1, s2); err == nil && bad(v) {
			t.Fatalf("fork of %v, %v, %v gives %v", lambda, s1, s2, v)
		}
		q, err := NewForkJoin(lambda, s1, 1+rng.IntN(4))
		if err != nil {
			continue
		}
		solved++
		least, most := q.Bounds()
		if bad(q.NelsonTantawi(), q.VarkiMerchantChen(), least, most) || least > most*(1+1e-12) {
			t.Fatalf("fork at %v, %v gives %v to %v", lambda, s1, least, most)
		}
	}
	if solved < 1000 {
		t.Errorf("only %d had a solution", solved)
	}
}
