package simulate

import (
	"fmt"
	"math"
	"slices"

	"github.com/headroom/headroom/measure"
)

// RecoveryRule says when a system counts as recovered from a spike of load: at
// the first instant after its end from which on the smoothed response time
// stays at or below Threshold times its steady value for the time Hold.
type RecoveryRule struct {
	SpikeEnd  float64 // since the beginning of the series (s)
	Steady    float64 // response time without the spike (s)
	Threshold float64 // by Steady (1), above 1
	Hold      float64 // (s)
	Smooth    int     // points of the centred moving average of [Welc83], odd; 0 means 1, which smooths nothing
}

func (r RecoveryRule) check(interval float64) error {
	for _, x := range []struct {
		what  string
		value float64
		ok    bool
	}{
		{"interval", interval, interval > 0},
		{"end of the spike", r.SpikeEnd, r.SpikeEnd >= 0},
		{"steady value", r.Steady, r.Steady > 0},
		{"threshold", r.Threshold, r.Threshold > 1},
		{"time to hold", r.Hold, r.Hold >= 0},
	} {
		if !x.ok || math.IsInf(x.value, 0) {
			return fmt.Errorf("simulate: recovery by %s %v; want a finite one above 0, a threshold above 1", x.what, x.value)
		}
	}
	if r.Smooth < 0 || r.Smooth > 0 && r.Smooth%2 == 0 {
		return fmt.Errorf("simulate: recovery smoothed over %d points; want an odd number", r.Smooth)
	}
	return nil
}

// Recovered is how long a system took to recover, over replications.
type Recovered struct {
	// Times are by replication, since the end of the spike (s); +Inf where the
	// series ended before the system could be said to have recovered.
	Times []float64
	// Mean is known where all recovered; Median, with the interval between two
	// order statistics, where more than half did. An end of its interval that
	// lies beyond the series makes the median an exact figure without one.
	Mean, Median measure.Estimate
	Never        int // replications that did not recover in time
}

// Recovery measures the time to recover in series of response times (s), one
// of each replication, of equal intervals (s). Times are told to an interval.
// In smoothing, the last points of the spike weigh on the first after it, so
// that a recovery at once is found late by half the smoothing.
func Recovery(series []measure.Values, interval float64, rule RecoveryRule) (Recovered, error) {
	if err := rule.check(interval); err != nil {
		return Recovered{}, err
	}
	if len(series) == 0 {
		return Recovered{}, fmt.Errorf("simulate: recovery without a series")
	}
	var out Recovered
	r := make(ratio, len(series))
	for i, s := range series {
		t := rule.timeIn(smoothed(s, max(rule.Smooth, 1)), interval)
		if math.IsInf(t, 1) {
			out.Never++
		}
		out.Times = append(out.Times, t)
		r[i] = pair{t, 1}
	}
	if out.Never == 0 {
		out.Mean = r.figure(0, math.Inf(1))
	}
	if m := medianOf(slices.Sorted(slices.Values(out.Times))); !math.IsInf(m.Value, 1) {
		if out.Median = m; math.IsInf(m.Hi, 1) {
			out.Median = measure.Exactly(m.Value)
		}
	}
	return out, nil
}

// timeIn is the time from the end of the spike to the recovery in a smoothed
// series; +Inf where it is not in it.
func (r RecoveryRule) timeIn(smooth measure.Values, interval float64) float64 {
	first := int(math.Ceil(r.SpikeEnd/interval - 1e-9))
	hold := max(int(math.Ceil(r.Hold/interval-1e-9)), 1)
	for i, run := first, 0; i < len(smooth); i++ {
		if run++; !(smooth[i] <= r.Threshold*r.Steady) {
			run = 0
		}
		if run == hold {
			return max(float64(i-hold+1)*interval-r.SpikeEnd, 0)
		}
	}
	return math.Inf(1)
}

// smoothed is the centred moving average over w points, fewer at the ends
// ([Welc83]). Points without a value are left out; where a window has none, the
// average before it holds on.
func smoothed(s measure.Values, w int) measure.Values {
	out := make(measure.Values, len(s))
	last := math.NaN()
	for i := range s {
		half := min(w/2, i, len(s)-1-i)
		sum, n := 0.0, 0
		for _, x := range s[i-half : i+half+1] {
			if !math.IsNaN(x) {
				sum += x
				n++
			}
		}
		if n > 0 {
			last = sum / float64(n)
		}
		out[i] = last
	}
	return out
}
