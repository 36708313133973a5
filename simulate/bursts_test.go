package simulate

import (
	"math/rand/v2"
	"testing"
)

// The p99 of M/M/1 at 90 % load, from 32 replications of 5000 s, which is too
// short to see many of the bursts that are beyond it. Times are by Lindley's
// recursion, begun in the steady state, and not by the simulator. By the
// skewness seen alone, 5 % of intervals are too low and 92 % hold the truth.
// With that of bursts, and no end nearer than Student's, intervals of what is
// so much too short are wider than they need be: 199 of 200 hold the truth, 0
// are too low. Intervals that hold it in 95 % do in 180 or more of 200 in all
// but two sets of seeds in a thousand, and of those by the skewness seen at
// most 3 are too low in one set in a hundred. The seed stays.
func TestBurstsCoverage(t *testing.T) {
	const runs, length, rho = 200, 5000.0, 0.9
	r := rand.New(rand.NewPCG(13, 14))
	truth := mmcTruth(1, rho).p99
	s := make(sample, 32)
	for i := range s {
		s[i] = new(histogram)
	}
	holds, low := 0, 0
	for range runs {
		for _, h := range s {
			h.reset()
			backlog := 0.0 // (s); by the law of the waiting time
			if r.Float64() < rho {
				backlog = r.ExpFloat64() / (1 - rho)
			}
			for at := r.ExpFloat64() / rho; at < length; {
				took := backlog + r.ExpFloat64()
				h.add(took)
				gap := r.ExpFloat64() / rho
				at, backlog = at+gap, max(took-gap, 0)
			}
		}
		e := s.quantiles(s.pooled(), []float64{0.99})[0]
		switch {
		case e.Hi < truth:
			low++
		case e.Lo <= truth:
			holds++
		}
	}
	if holds < 180 || low > 3 {
		t.Errorf("%d of %d intervals hold the p99, %d are too low", holds, runs, low)
	}
	t.Logf("%d of %d intervals hold the p99, %d are too low", holds, runs, low)
}
