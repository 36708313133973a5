package resilience

import (
	"errors"
	"math"
	"testing"

	"github.com/headroom/headroom/queueing/internal/domain"
	"github.com/headroom/headroom/scenarios/dist"
)

// Whatever is asked: a typed error, or numbers.
func FuzzPolicies(f *testing.F) {
	f.Add(0.5, 0.8, 1.0, 10.0, 3, 5, uint8(0))
	f.Add(1.0, 100.0, 1e200, 1e200, 1000, 1000, uint8(1)) // a rate times a time beyond all numbers
	f.Add(1.0, 400.0, 1.0, 1.0, 100, 50, uint8(2))        // popularities of 0
	f.Add(0.3, 5e-324, 1e-320, 1e308, 3, 2, uint8(3))     // and next to it
	f.Add(math.NaN(), math.Inf(1), -1.0, 0.0, 0, -1, uint8(4))
	f.Fuzz(func(t *testing.T, q, a, b, c float64, n, m int, kind uint8) {
		refused := func(what string, err error) bool {
			if err != nil && !errors.Is(err, domain.ErrInput) {
				t.Errorf("%s: %v", what, err)
			}
			return err != nil
		}
		numbers := func(what string, values ...float64) {
			for _, v := range values {
				if !(v >= 0) {
					t.Errorf("%s of %v, %v, %v, %v, %d, %d, %d: %v", what, q, a, b, c, n, m, kind, values)
					return
				}
			}
		}
		shares := func(what string, values ...float64) {
			numbers(what, values...)
			for _, v := range values {
				if v > 1+1e-9 {
					t.Errorf("%s of %v, %v, %v, %v, %d, %d, %d: %v", what, q, a, b, c, n, m, kind, values)
				}
			}
		}
		if r, err := Attempts(q, n); !refused("attempts", err) {
			numbers("attempts", r.Mean, r.Fail)
		}
		if r, err := Layered(q, n, m); !refused("layers", err) && !(r.Mean <= math.MaxFloat64 && r.Fail >= 0) {
			t.Errorf("%d layers of %d attempts at %v: %+v", m, n, q, r)
		}
		if r, err := NewLRU([]float64{a, b, c, 1}, m); !refused("LRU", err) {
			shares("LRU", r.Hit)
			numbers("LRU", r.Horizon)
		}
		if n > 3000 {
			n %= 3000 // more take long
		}
		if cat, err := ZipfCatalogue(n, a); !refused("catalogue", err) {
			s := Store{Catalogue: cat, Policy: Policy(kind % 3), Size: m, Rate: b}
			if kind&4 != 0 {
				s.Lasts = []float64{c, q}
			}
			if hit, err := s.Hit(); !refused("store", err) {
				shares("hits", hit)
			}
		}
		late := func(offered, t float64) float64 { return math.Exp((offered - b) * t) } // M/M/1
		if all, err := (Retrying{Fresh: a, Capacity: b, Timeout: c, Attempts: n, Late: late}).Regimes(); !refused("retries", err) {
			for _, r := range all {
				numbers("regimes", r.Offered, r.Goodput)
				shares("regimes", r.TimedOut, r.Failed)
				if r.Offered >= b && r.TimedOut != 1 {
					t.Errorf("more than can be done, and in time: %+v", r)
				}
			}
		}
		if h, err := NewHedged(dist.Exponential(1), a); !refused("hedge", err) && !math.IsNaN(b+c) {
			shares("hedge", h.Extra(), h.Survival(b), h.CDF(c))
			if q > 0 && q < 1 {
				numbers("hedge", h.Quantile(q))
			}
		}
	})
}
