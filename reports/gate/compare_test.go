package gate_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/reports/gate"
	"github.com/headroom/headroom/scenarios"
)

// simulated is a run of M/G/4 at load 0.7 with lognormal service of σ = 1, by the
// recursion of Kiefer and Wolfowitz: requests wait for each other, so that their
// times depend on each other as in a real run. Service times are scale times as
// long; the seed gives both sides of a pair the same requests.
func simulated(seed uint64, scale float64) *measure.Result {
	const servers, requests, warmup = 4, 2000, 200
	r := rand.New(rand.NewPCG(seed, 1))
	var free [servers]float64
	now, times := 0.0, make([]float64, 0, requests)
	for i := range requests + warmup {
		now += r.ExpFloat64() * 0.010 / servers / 0.7
		service := scale * 0.010 * math.Exp(r.NormFloat64()-0.5)
		first := 0
		for s := range free {
			if free[s] < free[first] {
				first = s
			}
		}
		free[first] = max(free[first], now) + service
		if i >= warmup {
			times = append(times, free[first]-now)
		}
	}
	return runOf(times, seed, now)
}

func runOf(times []float64, seed uint64, length float64) *measure.Result {
	slices.Sort(times)
	mean := 0.0
	for _, x := range times {
		mean += x / float64(len(times))
	}
	at := func(p float64) measure.Estimate { return measure.Exactly(times[int(p*float64(len(times)))]) }
	rate := float64(len(times)) / length
	return &measure.Result{
		Kind: measure.Measurement, Method: measure.LoadTest, Stable: true,
		Scenario: measure.Scenario{Name: "shop", SHA256: "abc"},
		Run: measure.Run{
			Seed: seed, Duration: 20, Requests: int64(len(times)),
			Host: &measure.Host{OS: "linux", Arch: "amd64", Cores: 2}, Pressure: &measure.Pressure{Own: 0.1},
		},
		Validity: &measure.Validity{Valid: true},
		Workloads: map[string]*measure.Workload{"users": {
			Offered: measure.Exactly(rate), Throughput: measure.Exactly(rate), Failed: measure.Exactly(0),
			Response: &measure.Times{Mean: measure.Exactly(mean), P50: at(0.5), P95: at(0.95), P99: at(0.99)},
		}},
	}
}

// pairsOf is a question about that many pairs; head is so much slower. Runs
// differ by 3 % in all service times, pairs by a fifth of that (load-facts: duet).
func pairsOf(r *rand.Rand, first uint64, pairs int, slower float64) gate.Question {
	policy := scenarios.DefaultGate()
	q := gate.Question{Policy: &policy}
	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range pairs {
		seed := first + uint64(i)
		common := 1 + 0.03*r.NormFloat64()
		b := simulated(seed, common*(1+0.006*r.NormFloat64()))
		h := simulated(seed, common*(1+0.006*r.NormFloat64())*slower)
		b.Run.Started = began.Add(time.Duration(4*i) * time.Minute)
		h.Run.Started = b.Run.Started.Add(time.Minute)
		if i%2 == 1 {
			b.Run.Started, h.Run.Started = h.Run.Started, b.Run.Started
		}
		q.Base, q.Head = append(q.Base, b), append(q.Head, h)
	}
	return q
}

func asked(t *testing.T, q gate.Question) *gate.Report {
	t.Helper()
	r, err := gate.Ask(q)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Of 100 gates of identical systems none calls a regression, and of 40 with
// service times 5 % longer (15 % in the mean) 38 or more do. With these seeds; at
// a rate of false alarms of 1 % three of a hundred would be one in fifty.
func TestGateIsHonest(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	alarms, found := 0, 0
	for i := range 100 {
		switch got := asked(t, pairsOf(r, uint64(1000*i), 10, 1)); got.Outcome {
		case gate.Regression:
			alarms++
		case gate.Invalid:
			t.Fatal(got.Faults)
		}
	}
	for i := range 40 {
		if asked(t, pairsOf(r, uint64(1000000+1000*i), 10, 1.05)).Outcome == gate.Regression {
			found++
		}
	}
	t.Logf("%d of 100 false alarms, %d of 40 found", alarms, found)
	if alarms > 1 {
		t.Errorf("%d of 100 gates of identical systems call a regression", alarms)
	}
	if found < 38 {
		t.Errorf("%d of 40 gates see service times 5 %% longer", found)
	}
}

func TestOneAgainstOneIsNoVerdict(t *testing.T) {
	q := pairsOf(rand.New(rand.NewPCG(1, 1)), 1, 1, 2)
	r := asked(t, q)
	if r.Outcome != gate.Open || !strings.Contains(r.Comparisons[0].Why, "one run against one") {
		t.Errorf("twice as slow in one pair: %s, %+v", r.Outcome, r.Comparisons[0])
	}
	// Five pairs cannot tell by exact ranks: 2^-5 is above 0.025.
	if r := asked(t, pairsOf(rand.New(rand.NewPCG(1, 1)), 1, 5, 2)); r.Outcome != gate.Open {
		t.Errorf("five pairs: %s", r.Outcome)
	}
}

// Everything that makes runs unfit is told, and none passes.
func TestInvalid(t *testing.T) {
	for what, spoil := range map[string]func(*gate.Question){
		"not valid":            func(q *gate.Question) { q.Head[3].Validity = &measure.Validity{Reasons: []string{"late"}} },
		"interrupted":          func(q *gate.Question) { q.Base[3].Interrupted = true },
		"ended early":          func(q *gate.Question) { q.Base[3].Aborted = "errors" },
		"other processes":      func(q *gate.Question) { q.Head[2].Run.Pressure = &measure.Pressure{Others: 0.5, Stalled: 0.5} },
		"kept 20 %":            func(q *gate.Question) { q.Head[2].Run.Pressure = &measure.Pressure{Stolen: 0.2} },
		"another machine":      func(q *gate.Question) { q.Head[1].Run.Host = &measure.Host{OS: "linux", Arch: "arm64", Cores: 2} },
		"another scenario":     func(q *gate.Question) { q.Head[1].Scenario.SHA256 = "def" },
		"of warm-up":           func(q *gate.Question) { q.Head[1].Run.Warmup = 3 },
		"soak":                 func(q *gate.Question) { q.Head[1].Test = &measure.Test{Kind: "soak"} },
		"prediction":           func(q *gate.Question) { q.Head[1].Kind = measure.Prediction },
		"does not bear":        func(q *gate.Question) { q.Base[1].Stable = false },
		"no workload":          func(q *gate.Question) { q.Head[1].Workloads = nil },
		"compared with itself": func(q *gate.Question) { q.Head = q.Base },
		"generator was late": func(q *gate.Question) {
			w := q.Head[0].Workloads["users"]
			w.Service = &measure.Times{Mean: w.Response.Mean.Times(0.8)}
		},
	} {
		q := pairsOf(rand.New(rand.NewPCG(1, 1)), 1, 10, 1)
		spoil(&q)
		r := asked(t, q)
		if r.Outcome != gate.Invalid || !strings.Contains(strings.Join(r.Faults, "\n"), what) {
			t.Errorf("%s: %s, %q", what, r.Outcome, r.Faults)
		}
	}
	policy := scenarios.DefaultGate()
	if _, err := gate.Ask(gate.Question{Policy: &policy, Head: []*measure.Result{simulated(1, 1)}}); err == nil {
		t.Error("no baseline is no error")
	}
}

func TestOtherMetrics(t *testing.T) {
	q := pairsOf(rand.New(rand.NewPCG(1, 1)), 1, 10, 1)
	for i := range q.Head {
		q.Head[i].Workloads["users"].Failed = measure.Exactly(0.01 + 0.001*float64(i%3))
		for side, r := range map[float64]*measure.Result{1: q.Base[i], 1.2: q.Head[i]} {
			noise := 1 + 0.001*float64(i%4)
			r.Target = map[string]*measure.Target{measure.WholeTarget: {Resources: map[string]*measure.Resource{"cpu": {Use: measure.Exactly(0.3 * side * noise)}}}}
		}
	}
	r := asked(t, q)
	worse := map[string]bool{}
	for _, c := range r.Comparisons {
		worse[c.Metric] = c.Verdict == measure.Fail
	}
	if !worse["errors"] || !worse["cpu"] || worse["throughput"] || worse["p99"] {
		t.Errorf("errors and cpu are worse; got %v", worse)
	}
	q.Policy.Limits.CPU, q.Policy.Limits.Errors, q.Policy.Limits.Drift = 1e-6, 0.5, true
	got := map[string]measure.Verdict{}
	for _, c := range asked(t, q).Checks {
		got[c.Name] = c.Verdict
	}
	for name, want := range map[string]measure.Verdict{"cpu per request": measure.Fail, "users errors": measure.Pass, "drift in the course of a test": measure.Undecided} {
		if got[name] != want {
			t.Errorf("%s: %q, want %s (%v)", name, got[name], want, got)
		}
	}
	q.Policy.Wanted["allocations"] = true
	if r := asked(t, q); !slices.ContainsFunc(r.Comparisons, func(c gate.Comparison) bool { return c.Metric == "allocations" && c.Verdict == measure.Undecided }) {
		t.Error("allocations are wanted, unknown, and not told of")
	}
}

func TestModelBandAndCapacity(t *testing.T) {
	q := pairsOf(rand.New(rand.NewPCG(1, 1)), 1, 10, 1)
	mean := 0.0
	for _, r := range q.Head {
		mean += r.Workloads["users"].Response.Mean.Value / 10
	}
	q.Policy.Model = 0.3
	q.Band = true
	q.Predicted = &measure.Result{
		Kind: measure.Prediction, Stable: true, Scenario: q.Head[0].Scenario, Saturation: map[string]float64{"users": 110},
		Workloads: map[string]*measure.Workload{"users": {Offered: measure.Exactly(100), Response: &measure.Times{Mean: measure.Exactly(mean)}}},
	}
	verdict := func() map[string]measure.Verdict {
		got := map[string]measure.Verdict{}
		for _, c := range asked(t, q).Checks {
			got[c.Kind] = c.Verdict
		}
		return got
	}
	q.Policy.Limits.Capacity = 1.3
	if got := verdict(); got["model"] != measure.Pass || got["limit"] != measure.Fail {
		t.Errorf("in the band, capacity 1.1 of 1.3: %v", got)
	}
	q.Predicted.Workloads["users"].Response.Mean = measure.Exactly(2.5 * mean)
	q.Policy.Limits.Capacity = 1.05
	if got := verdict(); got["model"] != measure.Fail || got["limit"] != measure.Pass {
		t.Errorf("far from the model, capacity 1.1 of 1.05: %v", got)
	}
}

// Looks that were not planned are refused; planned ones have wider intervals.
func TestLooks(t *testing.T) {
	q := pairsOf(rand.New(rand.NewPCG(1, 1)), 1, 10, 1)
	q.Looks = []int{8, 16}
	if _, err := gate.Ask(q); err == nil {
		t.Error("ten pairs are no planned look")
	}
	q.Looks = []int{10, 20}
	if r := asked(t, q); !(r.Confidence > 0.95) {
		t.Errorf("the first of two looks has confidence %v", r.Confidence)
	}
}

func TestCalibrate(t *testing.T) {
	q := pairsOf(rand.New(rand.NewPCG(1, 1)), 1, 10, 1)
	var pairs []gate.Pair
	for i := range q.Base {
		pairs = append(pairs, gate.Pair{Base: q.Base[i], Head: q.Head[i]})
	}
	c := gate.Calibrate("shop", pairs, nil, q.Policy)
	if c.FalseAlarms > 0.01 || c.Ways != 1024 || len(c.Metrics) < 5 {
		t.Errorf("%+v", c)
	}
	for _, n := range c.Metrics {
		if n.Metric == "p99" && !(n.Detectable["20"] < n.Detectable["10"] && n.Detectable["10"] > n.Tolerance) {
			t.Errorf("more pairs see no less: %+v", n)
		}
	}
	var b bytes.Buffer
	if err := c.Text(&b); err != nil || !strings.Contains(b.String(), "found by 10") {
		t.Errorf("%v: %s", err, b.String())
	}
}

// What CI reads: well-formed JUnit with the counts it holds, one line an
// annotation, benchmarks that Go's format allows, JSON that is read back.
func TestForms(t *testing.T) {
	for _, slower := range []float64{1, 1.3} {
		q := pairsOf(rand.New(rand.NewPCG(1, 1)), 1, 10, slower)
		r := asked(t, q)
		r.Scenario = "shop | <x>\n"
		var text, md, junit, notes, js, bench bytes.Buffer
		for _, err := range []error{
			gate.Text(&text, r), gate.Markdown(&md, r), gate.JUnit(&junit, r), gate.Annotations(&notes, r, "a,b.yaml"), gate.JSON(&js, r), gate.Benchmarks(&bench, q.Head),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		checkJUnit(t, junit.Bytes())
		if strings.Contains(md.String(), "<x>") {
			t.Error("a name becomes markup")
		}
		for line := range strings.Lines(notes.String()) {
			if !strings.HasPrefix(line, "::") || !strings.Contains(line, "file=a%2Cb.yaml") {
				t.Errorf("no annotation: %q", line)
			}
		}
		var back gate.Report
		if err := json.Unmarshal(js.Bytes(), &back); err != nil || back.Outcome != r.Outcome {
			t.Errorf("%v: %s", err, back.Outcome)
		}
		if n := strings.Count(bench.String(), "\nBenchmarkUsers 2000 "); n != 10 {
			t.Errorf("%d lines of benchmarks:\n%s", n, bench.String())
		}
	}
}

// checkJUnit holds a text to what the common schema (JUnit.xsd of the Jenkins
// xunit plug-in) demands: the root, required attributes, the order of elements,
// at most one outcome a case, and counts that are true.
func checkJUnit(t *testing.T, text []byte) {
	t.Helper()
	type testcase struct {
		Name  string `xml:"name,attr"`
		Class string `xml:"classname,attr"`
		Time  string `xml:"time,attr"`
		Inner []struct {
			XMLName xml.Name
		} `xml:",any"`
	}
	var doc struct {
		XMLName  xml.Name `xml:"testsuites"`
		Tests    int      `xml:"tests,attr"`
		Failures int      `xml:"failures,attr"`
		Errors   int      `xml:"errors,attr"`
		Suites   []struct {
			Name     string     `xml:"name,attr"`
			Tests    int        `xml:"tests,attr"`
			Failures int        `xml:"failures,attr"`
			Errors   int        `xml:"errors,attr"`
			Skipped  int        `xml:"skipped,attr"`
			Cases    []testcase `xml:"testcase"`
		} `xml:"testsuite"`
	}
	d := xml.NewDecoder(bytes.NewReader(text))
	d.Strict = true
	if err := d.Decode(&doc); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	for _, s := range doc.Suites {
		count := map[string]int{}
		for _, c := range s.Cases {
			if c.Name == "" || c.Class == "" || c.Time == "" || len(c.Inner) > 1 {
				t.Errorf("a case that readers refuse: %+v", c)
			}
			for _, inner := range c.Inner {
				count[inner.XMLName.Local]++
			}
		}
		want := fmt.Sprint(len(s.Cases), count["failure"], count["error"], count["skipped"])
		if got := fmt.Sprint(s.Tests, s.Failures, s.Errors, s.Skipped); got != want || s.Name == "" || s.Tests == 0 {
			t.Errorf("counts %s, want %s", got, want)
		}
		if doc.Tests != s.Tests || doc.Failures != s.Failures || doc.Errors != s.Errors {
			t.Errorf("the totals are not those of the only suite")
		}
	}
}
