package loadtest

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

func dues(w scenarios.Workload, seed uint64, until float64) []float64 {
	var out []float64
	for due := range Schedule(&w, seed, until) {
		out = append(out, due)
	}
	return out
}

// The first due times of a seed are a promise: do not change them to make the
// test pass. They follow from the stream "arrivals/visitors" of package variate.
func TestScheduleGolden(t *testing.T) {
	renewal := poisson("visitors", 10, nil)
	renewal.Arrivals = &scenarios.Arrivals{Kind: scenarios.Renewal, Rate: 10, Gap: dist.UniformOf(0.05, 0.15)}
	for _, c := range []struct {
		name string
		w    scenarios.Workload
		want string
	}{
		{"poisson", poisson("visitors", 10, only(page)), "0.0943554 0.1212094 0.3069661 0.3073890"},
		{"constant", evenly("visitors", 10, only(page)), "0.1000000 0.2000000 0.3000000 0.4000000"},
		{"renewal", renewal, "0.0892982 0.1583058 0.2363920 0.3550485"},
	} {
		got := ""
		for _, due := range dues(c.w, 42, 10)[:4] {
			got += fmt.Sprintf("%.7f ", due)
		}
		if got != c.want+" " {
			t.Errorf("%s: first due times %s; want %s", c.name, got, c.want)
		}
	}
}

func TestScheduleIsAFunctionOfItsArguments(t *testing.T) {
	w := poisson("visitors", 100, []scenarios.Share{{Op: page, P: 0.5}, {Op: buy, P: 0.5}})
	a, b := dues(w, 1, 10), dues(w, 1, 10)
	if !slices.Equal(a, b) {
		t.Error("the same seed gave two schedules")
	}
	if longer := dues(w, 1, 20); !slices.Equal(longer[:len(a)], a) {
		t.Error("a longer schedule does not begin with the shorter one")
	}
	if slices.Equal(a[:5], dues(w, 2, 10)[:5]) {
		t.Error("two seeds gave one schedule")
	}
	one := w
	one.Mix = only(page)
	if !slices.Equal(dues(one, 1, 10), a) {
		t.Error("what is asked for moved when it is due")
	}
	if last := a[len(a)-1]; last >= 10 {
		t.Errorf("due at %v, not before 10", last)
	}
	for range Schedule(&w, 1, math.Inf(1)) { // can be left
		break
	}
}

// TestPoissonGaps holds the gaps against the exponential distribution. The seed
// is fixed, so the test cannot fail by chance; of all seeds 1 % would fail it.
func TestPoissonGaps(t *testing.T) {
	const rate, n = 5000.0, 50000
	due := dues(poisson("visitors", rate, only(page)), 7, n/rate)
	gaps := make([]float64, 0, len(due))
	last := 0.0
	for _, d := range due {
		gaps = append(gaps, d-last)
		last = d
	}
	mean, sd := moments(gaps)
	near(t, "the rate (1/s)", 1/mean, rate, 2.6*rate/math.Sqrt(n)) // 2.6 standard errors
	near(t, "the CV of gaps", sd/mean, 1, 2.6/math.Sqrt(n))
	slices.Sort(gaps)
	worst := 0.0
	for i, g := range gaps {
		f := 1 - math.Exp(-rate*g)
		worst = max(worst, math.Abs(f-float64(i)/float64(len(gaps))), math.Abs(f-float64(i+1)/float64(len(gaps))))
	}
	if limit := 1.63 / math.Sqrt(float64(len(gaps))); worst > limit { // Kolmogorov's 1 % point
		t.Errorf("Kolmogorov-Smirnov distance %v to the exponential distribution; want at most %v", worst, limit)
	}
}

func moments(xs []float64) (mean, sd float64) {
	for _, x := range xs {
		mean += x / float64(len(xs))
	}
	for _, x := range xs {
		sd += (x - mean) * (x - mean) / float64(len(xs)-1)
	}
	return mean, math.Sqrt(sd)
}

func TestRenewalGaps(t *testing.T) {
	w := poisson("visitors", 100, only(page))
	w.Arrivals = &scenarios.Arrivals{Kind: scenarios.Renewal, Rate: 100, Gap: dist.ErlangOf(0.01, 4)}
	due := dues(w, 3, 100)
	gaps := []float64{due[0]}
	for i := range due[1:] {
		gaps = append(gaps, due[i+1]-due[i])
	}
	mean, sd := moments(gaps)
	near(t, "the mean gap", mean, 0.01, 0.0002)
	near(t, "the CV of gaps", sd/mean, 0.5, 0.02) // Erlang-4: 1/√4
}

func TestMixShares(t *testing.T) {
	w := evenly("visitors", 1000, []scenarios.Share{{Op: page, P: 0.7}, {Op: item, P: 0.25}, {Op: buy, P: 0.05}})
	count := map[scenarios.OpID]float64{}
	n := 0.0
	for _, op := range Schedule(&w, 5, 20) {
		count[op]++
		n++
	}
	for _, s := range w.Mix {
		near(t, fmt.Sprintf("the share of operation %d", s.Op), count[s.Op]/n, s.P, 3*math.Sqrt(s.P*(1-s.P)/n))
	}
}

func TestChoose(t *testing.T) {
	shares := []scenarios.Share{{Op: page, P: 0.25}, {Op: item, P: 0.5}}
	for _, c := range []struct {
		u    float64
		op   scenarios.OpID
		more bool
	}{{0, page, true}, {0.2499, page, true}, {0.25, item, true}, {0.7499, item, true}, {0.75, 0, false}, {0.999, 0, false}} {
		if op, ok := choose(shares, c.u); ok != c.more || ok && op != c.op {
			t.Errorf("%v falls on %v, %v", c.u, op, ok)
		}
	}
}

// TestPlanMergesWorkloads: the merged list is the lists of all workloads, in
// the order in which they are due.
func TestPlanMergesWorkloads(t *testing.T) {
	m := shop(poisson("a", 50, only(page)), evenly("b", 20, only(item)), scenarios.Workload{Name: "c", Users: 3, Mix: only(buy)})
	m.Workloads = append(m.Workloads, scenarios.Workload{
		Name: "d", Steps: []scenarios.Step{scenarios.Call{Op: page}},
		Arrivals: &scenarios.Arrivals{Kind: scenarios.Constant, Rate: 20},
	})
	p := newPlan(m, nil, 9, 10)
	var last request
	got := make([][]float64, len(m.Workloads))
	for r, ok := p.next(); ok; r, ok = p.next() {
		if r.due < last.due || r.due == last.due && r.workload < last.workload {
			t.Fatalf("%v comes after %v", r, last)
		}
		if want := []scenarios.OpID{page, item, 0, Session}[r.workload]; r.op != want {
			t.Fatalf("%v asks for %v", r, want)
		}
		got[r.workload] = append(got[r.workload], r.due)
		last = r
	}
	for i, w := range m.Workloads {
		var want []float64
		if w.Open() {
			want = dues(w, 9, 10)
		}
		if !slices.Equal(got[i], want) {
			t.Errorf("workload %s: %d requests merged, %d alone", w.Name, len(got[i]), len(want))
		}
	}
}

func ExampleSchedule() {
	w := scenarios.Workload{
		Name:     "visitors",
		Arrivals: &scenarios.Arrivals{Kind: scenarios.Poisson, Rate: 200},
		Mix:      []scenarios.Share{{Op: 0, P: 0.6}, {Op: 1, P: 0.4}},
	}
	for due, op := range Schedule(&w, 1, 0.02) {
		fmt.Printf("%.1f ms: operation %d\n", 1e3*due, op)
	}
	// Output:
	// 0.0 ms: operation 0
	// 0.3 ms: operation 0
	// 7.1 ms: operation 0
	// 11.6 ms: operation 1
	// 13.0 ms: operation 0
	// 17.1 ms: operation 0
	// 19.9 ms: operation 0
}
