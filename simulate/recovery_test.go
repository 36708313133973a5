package simulate

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/headroom/headroom/measure"
)

// afterSpike is a response time of 1 s that is 10 s in a spike which ends at
// 50 s, and falls back from then on with a time constant, in intervals of 0.1 s.
func afterSpike(constant, length float64, noise func() float64) measure.Values {
	var out measure.Values
	for i := range int(length * 10) {
		t := float64(i) / 10
		x := 1.0
		switch {
		case t >= 50-1e-9:
			x += 9 * math.Exp(-(t-50)/constant)
		case t >= 40:
			x = 10
		}
		out = append(out, x*noise())
	}
	return out
}

func quiet() float64 { return 1 }

// 9·exp(−t/τ) is below a half after τ·ln 18: 14.5 s with τ = 5 s.
func TestRecoveryTime(t *testing.T) {
	rule := RecoveryRule{SpikeEnd: 50, Steady: 1, Threshold: 1.5, Hold: 5}
	want := 5 * math.Log(18)
	for _, smooth := range []int{0, 1, 11} {
		rule.Smooth = smooth
		r, err := Recovery([]measure.Values{afterSpike(5, 100, quiet)}, 0.1, rule)
		if err != nil {
			t.Fatal(err)
		}
		// A window over a falling exponential lies above its middle, a little.
		if got := r.Times[0]; got < want || got > want+0.25 {
			t.Errorf("smoothed over %d: %v s, want %v", smooth, got, want)
		}
	}
	rule.Smooth = 0
	// A dip that does not hold is no recovery; 80 s of series are too short to
	// see 20 s of it.
	s := afterSpike(5, 100, quiet)
	s[520] = 1
	if r, _ := Recovery([]measure.Values{s}, 0.1, rule); r.Times[0] < want {
		t.Errorf("a dip counts: %v s", r.Times[0])
	}
	rule.Hold = 20
	r, err := Recovery([]measure.Values{afterSpike(5, 80, quiet), afterSpike(5, 100, quiet)}, 0.1, rule)
	if err != nil {
		t.Fatal(err)
	}
	if !math.IsInf(r.Times[0], 1) || math.IsInf(r.Times[1], 1) || r.Never != 1 || r.Mean.Known() {
		t.Errorf("%+v", r)
	}
	// Without a spike it has recovered at once.
	if r, _ := Recovery([]measure.Values{make(measure.Values, 1000)}, 0.1, rule); r.Times[0] != 0 {
		t.Errorf("%v s without a spike", r.Times[0])
	}
}

// Where requests are few, intervals without any hold on what was before them,
// and smoothing makes up for noise: one interval in ten is empty, the others
// stray by 30 %, more than the threshold of 1.5 lies off.
func TestRecoveryNoisy(t *testing.T) {
	r := rand.New(rand.NewPCG(23, 24))
	noise := func() float64 {
		if r.IntN(10) == 0 {
			return math.NaN()
		}
		return math.Exp(0.3*r.NormFloat64() - 0.045)
	}
	var series []measure.Values
	for range 30 {
		series = append(series, afterSpike(5, 120, noise))
	}
	out, err := Recovery(series, 0.1, RecoveryRule{SpikeEnd: 50, Steady: 1, Threshold: 1.5, Hold: 5, Smooth: 31})
	if err != nil {
		t.Fatal(err)
	}
	if want := 5 * math.Log(18); math.Abs(out.Median.Value/want-1) > 0.1 || out.Never > 0 {
		t.Errorf("recovered after %+v, %d never; want %v", out.Median, out.Never, want)
	}
}

// Intervals of the mean and the median over 20 replications whose time constants
// are exponential of mean 2 s: 500 cases tell the share covered to 2 % (two
// standard errors). Times are told up to an interval late, which is 0.05 s of
// 5.8 s in the mean.
func TestRecoveryCovers(t *testing.T) {
	r := rand.New(rand.NewPCG(25, 26))
	rule := RecoveryRule{SpikeEnd: 50, Steady: 1, Threshold: 1.5, Hold: 1}
	mean, median := 0, 0
	const cases = 500
	for range cases {
		var series []measure.Values
		for range 20 {
			series = append(series, afterSpike(2*r.ExpFloat64(), 130, quiet))
		}
		out, err := Recovery(series, 0.1, rule)
		if err != nil {
			t.Fatal(err)
		}
		if want := 2*math.Log(18) + 0.05; out.Mean.Lo <= want && want <= out.Mean.Hi {
			mean++
		}
		if want := 2*math.Ln2*math.Log(18) + 0.05; out.Median.Lo <= want && want <= out.Median.Hi {
			median++
		}
	}
	if mean < 455 || mean > 490 || median < 465 || median > 495 {
		t.Errorf("the mean is covered in %d, the median in %d of %d", mean, median, cases)
	}
}

// What makes no sense is an error.
func TestRecoveryErrors(t *testing.T) {
	good := RecoveryRule{SpikeEnd: 50, Steady: 1, Threshold: 1.5, Hold: 1}
	s := []measure.Values{{1, 2}}
	for name, spoil := range map[string]func(r *RecoveryRule){
		"spike": func(r *RecoveryRule) { r.SpikeEnd = -1 }, "steady": func(r *RecoveryRule) { r.Steady = math.NaN() },
		"threshold": func(r *RecoveryRule) { r.Threshold = 1 }, "hold": func(r *RecoveryRule) { r.Hold = math.Inf(1) },
		"smooth": func(r *RecoveryRule) { r.Smooth = 4 },
	} {
		r := good
		spoil(&r)
		if _, err := Recovery(s, 1, r); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := Recovery(s, 0, good); err == nil {
		t.Error("no error for an interval of 0")
	}
	if _, err := Recovery(nil, 1, good); err == nil {
		t.Error("no error without series")
	}
}
