package qbd_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/headroom/headroom/queueing/internal/domain"
	"github.com/headroom/headroom/queueing/qbd"
)

// Whatever the phases: a typed error, or figures that are numbers.
func FuzzMAPPHc(f *testing.F) {
	for seed := range uint64(24) {
		f.Add(seed, []float64{math.NaN(), math.Inf(1), -1, 0, 1e-300, 1e308, 1e-9, 1e12}[seed%8])
	}
	f.Fuzz(func(t *testing.T, seed uint64, odd float64) {
		r := rand.New(rand.NewPCG(seed, 13))
		rate := func(scale float64) float64 {
			if r.IntN(16) == 0 {
				return odd
			}
			if r.IntN(3) == 0 {
				return 0
			}
			return scale * r.Float64()
		}
		matrix := func(n int, scale float64) *mat.Dense {
			out := mat.NewDense(n, n, nil)
			for i := range n {
				for j := range n {
					out.Set(i, j, rate(scale))
				}
			}
			return out
		}
		refused := func(err error) bool {
			if err != nil && !errors.Is(err, domain.ErrInput) && !errors.Is(err, domain.ErrUnstable) {
				t.Errorf("seed %d, %v: %v", seed, odd, err)
			}
			return err != nil
		}
		a, b := 1+r.IntN(3), 1+r.IntN(3)
		arrivals, err := qbd.NewMAP(matrix(a, 1), matrix(a, 1))
		if refused(err) {
			return
		}
		start, exit := make([]float64, b), make([]float64, b)
		start[r.IntN(b)] = 1
		for i := range exit {
			exit[i] = rate(4)
		}
		service, err := qbd.NewPH(start, matrix(b, 2), exit)
		if refused(err) {
			return
		}
		s, err := qbd.NewMAPPHc(arrivals, service, 1+r.IntN(3))
		if refused(err) {
			return
		}
		values := []float64{
			arrivals.SCV(), arrivals.Dispersion(), service.SCV(), service.Quantile(0.9),
			s.Rate(), s.Present(), s.InLine(), s.MeanWaiting(), s.MeanResponse(), s.Utilization(), s.PIdle(), s.PWait(),
		}
		for i, v := range values {
			if !(v >= -1e-12) || i > 8 && v > 1+1e-9 {
				t.Errorf("seed %d, %v: %v", seed, odd, values)
				return
			}
		}
		wait, err := s.Waiting()
		if refused(err) {
			return
		}
		if mean := wait.Mean(); !(math.Abs(mean-s.MeanWaiting()) <= 1e-6*math.Max(mean, service.Mean())) {
			t.Errorf("seed %d, %v: a mean wait of %v and of %v", seed, odd, mean, s.MeanWaiting())
		}
		if half, most := wait.Quantile(0.5), wait.Quantile(0.99); !(half >= 0 && most >= half) {
			t.Errorf("seed %d, %v: median %v, p99 %v", seed, odd, half, most)
		}
	})
}
