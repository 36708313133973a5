package holm_test

import (
	"math"
	"testing"

	"github.com/headroom/headroom/internal/holm"
)

func TestHolm(t *testing.T) {
	// The example of R's p.adjust documentation style: by hand, 3·0.01, 2·0.02, then no less.
	got := holm.Adjust([]float64{0.03, 0.01, 0.02})
	for i, want := range []float64{0.04, 0.03, 0.04} {
		if !(math.Abs(got[i]-want) <= 1e-15) {
			t.Errorf("%d: %v, want %v", i, got[i], want)
		}
	}
	if len(holm.Adjust(nil)) != 0 {
		t.Error("of none, some")
	}
}
