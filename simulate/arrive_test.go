package simulate

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/headroom/headroom/internal/arrivals"
	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// parsed is a scenario of one fast service with a workload as written.
func parsed(t *testing.T, workload, more string) *scenarios.Model {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "test.yaml")
	if err := os.WriteFile(filepath.Join(dir, "log.csv"), []byte("100\n100.5\n102\n102\n103\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text := "headroom: 1\nname: test\nservices: {web: {operations: {page: [{cpu: 1ms}], rest: [{wait: 1s}]}}}\nworkloads:\n  w: {" + workload + "}\n" + more
	m, diags := scenarios.Parse(file, []byte(text), nil)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	return m
}

// played runs a test of the model.
func played(t *testing.T, m *scenarios.Model, test string, o Options) *measure.Result {
	t.Helper()
	if test != "" {
		x, ok := m.TestByName(test)
		if !ok {
			t.Fatalf("no test %q", test)
		}
		o.Test = x
	}
	r, err := Run(context.Background(), m, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const rampTest = "tests: {t: {phases: [{for: 10s}, {for: 10s, load: x1..x3}, {for: 10s, load: x0}, {for: 10s, load: \"sine(x0, x2, period=5s)\"}]}}\n"

// TestPoissonFollowsTheLoad compares the counts of 200 replications with what a
// Poisson process of that rate has: means within 4.4 standard deviations, so
// that one of the 40 means is outside in 4 of 10 000 runs, and a variance that
// is the mean.
func TestPoissonFollowsTheLoad(t *testing.T) {
	const reps, rate = 200, 20.0
	m := parsed(t, "arrivals: poisson(20/s), does: web.page", rampTest)
	r := played(t, m, "t", Options{Seed: 1, Replications: reps, Interval: 1})
	w := r.Series.Workloads["w"]
	s := arrivals.NewShape(&m.Tests[0], 0)
	for j, got := range w.Offered {
		want := rate * (s.Mass(float64(j+1)) - s.Mass(float64(j)))
		if sd := math.Sqrt(want / reps); math.Abs(got-want) > 4.4*sd {
			t.Errorf("interval %d: %v/s, want %v ± %v", j, got, want, sd)
		}
	}
	if b := w.Bands["offered"]; math.Abs((b.Hi[0]-b.Lo[0])/(2*1.97*math.Sqrt(rate/reps))-1) > 0.35 {
		t.Errorf("band of the first interval: %v to %v", b.Lo[0], b.Hi[0])
	}
}

// TestConstantFollowsTheLoad holds evenly spaced requests to the very numbers.
func TestConstantFollowsTheLoad(t *testing.T) {
	m := parsed(t, "arrivals: constant(20/s), does: web.page", rampTest)
	r := played(t, m, "t", Options{Seed: 1, Replications: 2, Interval: 1})
	s := arrivals.NewShape(&m.Tests[0], 0)
	came := 0.0
	for j, got := range r.Series.Workloads["w"].Offered {
		came += got
		if want := 20 * s.Mass(float64(j+1)); math.Abs(came-want) > 1.01 {
			t.Errorf("%v requests by %d s, want %v", came, j+1, want)
		}
	}
}

// TestUsersFollowTheLoad holds that the users of a closed workload are as many
// as the load asks for: each is in a request of a second all the time.
func TestUsersFollowTheLoad(t *testing.T) {
	m := parsed(t, "users: 10, does: web.rest", "tests: {t: {phases: [{for: 10s}, {for: 10s, load: x5}, {for: 10s, load: x0}, {for: 20s, load: x0..x4}]}}\n")
	r := played(t, m, "t", Options{Seed: 1, Replications: 2, Interval: 1})
	w := r.Series.Workloads["w"].InSystem
	for _, c := range []struct {
		at   int
		want float64
	}{{5, 10}, {15, 50}, {22, 0}, {29, 0}, {34, 9}, {39, 19}, {49, 39}} {
		if math.Abs(w[c.at]-c.want) > 1.1 {
			t.Errorf("%v users at %d s, want %v", w[c.at], c.at, c.want)
		}
	}
}

// TestModulated compares a Markov-modulated Poisson process with what is known
// of it: its rate, and the variance of its counts over t,
//
//	λ̄t + 2(λ₁−λ₂)²·r₁r₂/(r₁+r₂)³ · (t − (1 − e^(−(r₁+r₂)t))/(r₁+r₂))
//
// of two states left at the rates r ([FiMe93]). 4 000 counts: the mean is
// outside of 4 standard deviations in 6 of 100 000 runs, the variance outside
// of 15 % far less often.
func TestModulated(t *testing.T) {
	m := parsed(t, "arrivals: \"mmpp(10/s for 2s, 50/s for 500ms)\", does: web.page", "")
	const reps, n, length = 40, 100, 4.0
	r1, r2 := 0.5, 2.0
	mean := 18 * length
	sum := r1 + r2
	variance := mean + 2*40*40*r1*r2/math.Pow(sum, 3)*(length-(1-math.Exp(-sum*length))/sum)
	p, err := compile(m)
	if err != nil {
		t.Fatal(err)
	}
	var total, square float64
	for rep := range reps {
		k := newKernel(p, streams{seed: 7, replication: rep})
		before := int64(0)
		for i := range n {
			k.run(length * float64(i+1))
			x := float64(k.sources[0].started - before)
			before = k.sources[0].started
			total += x
			square += (x - mean) * (x - mean)
		}
	}
	// Counts of one replication are nearly independent: e^(−2.5·4) is small.
	if got := total / reps / n; math.Abs(got-mean) > 4*math.Sqrt(variance/reps/n)*1.2 {
		t.Errorf("%v requests in %v s, want %v", got, length, mean)
	}
	if got := square / reps / n; math.Abs(got/variance-1) > 0.15 {
		t.Errorf("variance %v, want %v", got, variance)
	}
}

// TestModulatedFollowsTheLoad holds that the load changes the rates of the
// states and not how long they last.
func TestModulatedFollowsTheLoad(t *testing.T) {
	m := parsed(t, "arrivals: \"mmpp(100/s for 1s, 300/s for 1s)\", does: web.page", rampTest)
	r := played(t, m, "t", Options{Seed: 3, Replications: 400, Interval: 10})
	w := r.Series.Workloads["w"].Offered
	for j, want := range []float64{200, 400, 0, 200} {
		if math.Abs(w[j]-want) > 4*5 { // the standard deviation of a mean is below 5
			t.Errorf("phase %d: %v/s, want %v", j, w[j], want)
		}
	}
}

func TestBatches(t *testing.T) {
	m := parsed(t, "arrivals: \"batch(30/s, 3)\", does: web.page", "")
	r := played(t, m, "", Options{Seed: 1, Duration: 2000, Replications: 4})
	w := r.Workloads["w"]
	if math.Abs(w.Offered.Value-30) > 4*3*math.Sqrt(10.0/8000) {
		t.Errorf("%v requests a second, want 30", w.Offered.Value)
	}
	// Three share the core alike; others are rarely there: 1 ms for each.
	if got := w.Response.Mean.Value; got < 3e-3 || got > 3.2e-3 {
		t.Errorf("mean response %v, want a little above 3 ms", got)
	}
}

// TestReplay holds that a log is played to the instant, over and over, and
// faster under a higher load.
func TestReplay(t *testing.T) {
	m := parsed(t, "arrivals: replay(log.csv), does: web.page", "tests: {fast: {phases: [{for: 15s, load: x2}]}}\n")
	// Five requests in three seconds: a mean gap of 0.75 s closes the circle.
	want := []float64{0.75, 1.25, 2.75, 2.75, 3.75, 4.5, 5, 6.5, 6.5, 7.5}
	count := func(until float64) (n float64) {
		for lap := 0.0; lap < 100; lap += 7.5 {
			for _, at := range want {
				if at+lap <= until {
					n++
				}
			}
		}
		return n
	}
	for _, c := range []struct {
		test string
		fast float64
	}{{"", 1}, {"fast", 2}} {
		o := Options{Seed: 1, Replications: 2, Interval: 1, OverTime: true}
		if c.test == "" {
			o.Duration = 15
		}
		r := played(t, m, c.test, o)
		came := 0.0
		for j, x := range r.Series.Workloads["w"].Offered {
			end := c.fast * float64(j+1)
			if j == 14 {
				end -= 1e-9 // the last instant is not of the test any more
			}
			if came += x; came != count(end) {
				t.Errorf("x%v: %v requests by %d s, want %v", c.fast, came, j+1, count(end))
			}
		}
	}
}
