package reports

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// result is a result of one workload with a mean response time.
func result(m measure.Method, mean measure.Estimate) *measure.Result {
	kind := measure.Prediction
	if m == measure.LoadTest {
		kind = measure.Measurement
	}
	return &measure.Result{
		Schema: measure.Schema, Kind: kind, Method: m, Stable: true,
		Workloads: map[string]*measure.Workload{"w": {Response: &measure.Times{Mean: mean}}},
	}
}

func TestDifferenceFromReference(t *testing.T) {
	between := func(v, lo, hi float64) measure.Estimate { return measure.Between(v, lo, hi, 0.95) }
	for _, test := range []struct {
		name     string
		ref, got measure.Estimate
		want     Difference
	}{
		{"inside", between(10, 9, 11), between(10.5, 10, 11), Difference{true, 0.05, false}},
		{"beyond", between(10, 9, 11), between(12, 11.5, 12.5), Difference{true, 0.2, true}},
		{"exact inside", between(10, 9, 11), measure.Exactly(9.5), Difference{true, -0.05, false}},
		{"exact beyond", between(10, 9, 11), measure.Exactly(5), Difference{true, -0.5, true}},
		{"both exact: nobody knows", measure.Exactly(10), measure.Exactly(11), Difference{true, 0.1, false}},
		{"equal to zero", measure.Exactly(0), measure.Exactly(0), Difference{true, 0, false}},
		{"from zero", measure.Exactly(0), measure.Exactly(1), Difference{}},
		{"unknown", between(10, 9, 11), measure.Estimate{}, Difference{}},
		{"unknown reference", measure.Estimate{}, measure.Exactly(1), Difference{}},
	} {
		c := Compare(Page{Results: []Named{{"a", result(measure.Simulation, test.ref)}, {"b", result(measure.Analytic, test.got)}}})
		if len(c) != 1 || len(c[0].Rows) != 1 {
			t.Fatalf("%s: got %+v", test.name, c)
		}
		got := c[0].Rows[0].Differences
		if got[0].Known || got[1].Known != test.want.Known || math.Abs(got[1].By-test.want.By) > 1e-12 || got[1].Beyond != test.want.Beyond {
			t.Errorf("%s: got %+v, want %+v", test.name, got, test.want)
		}
	}
}

func TestReferenceAndNames(t *testing.T) {
	e := measure.Exactly(1)
	a, s, m := result(measure.Analytic, e), result(measure.Simulation, e), result(measure.LoadTest, e)
	for _, test := range []struct {
		page Page
		want string
	}{
		{Page{Results: []Named{{"", a}, {"", s}, {"", m}}}, "simulated"},
		{Page{Results: []Named{{"", a}, {"", s}, {"", m}}, Reference: "analytic"}, "analytic"},
		{Page{Results: []Named{{"", a}, {"", s}, {"", m}}, Reference: "nobody"}, "simulated"},
		{Page{Results: []Named{{"before", m}, {"after", m}}}, "before"},
		{Page{Results: []Named{{"", m}, {"", m}}}, "measured"},
	} {
		c := Compare(test.page)[0]
		if got := c.Names[c.Reference]; got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
	two := Compare(Page{Results: []Named{{"", m}, {"", m}}})[0]
	if two.Names[0] != "measured" || two.Names[1] != "measured 2" {
		t.Errorf("names %q", two.Names)
	}
	if one := Compare(Page{Results: []Named{{"", m}}})[0]; one.Reference != -1 || one.Rows[0].Differences[0].Known {
		t.Errorf("one result has nothing to differ from: %+v", one)
	}
}

// A sampled figure without an interval may stray by any amount.
func TestNoMarkWithoutInterval(t *testing.T) {
	c := Compare(Page{Results: []Named{
		{"a", result(measure.Simulation, measure.Between(10, 9, 11, 0.95))}, {"b", result(measure.LoadTest, measure.Exactly(20))},
	}})
	if d := c[0].Rows[0].Differences[1]; !d.Known || d.Beyond {
		t.Errorf("got %+v", d)
	}
}

// Parts of different size are never compared with each other.
func TestPartsStayApart(t *testing.T) {
	whole, cell := result(measure.Analytic, measure.Exactly(1)), result(measure.LoadTest, measure.Exactly(2))
	cell.Scenario.Part = 1.0 / 280
	c := Compare(Page{Results: []Named{{"", whole}, {"", cell}}})
	if len(c) != 2 || c[0].Part != "the whole system" || c[1].Part != "one of 280 equal cells" || c[1].Reference != -1 {
		t.Errorf("got %+v", c)
	}
	cell.Scenario.Part = 0.3
	if c := Compare(Page{Results: []Named{{"", cell}}}); c[0].Part != "30.0 % of the system" {
		t.Errorf("got %q", c[0].Part)
	}
}

func TestResultsOfOtherScenariosAreCalledOut(t *testing.T) {
	a, b := result(measure.Analytic, measure.Exactly(1)), result(measure.LoadTest, measure.Exactly(1))
	a.Scenario.SHA256, b.Scenario.SHA256 = "aa", "bb"
	var out bytes.Buffer
	if err := Text(&out, Page{Results: []Named{{"", a}, {"", b}}}, Style{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "not of the same scenario") {
		t.Errorf("got\n%s", out.String())
	}
}

// What the page says of trust follows from the worst workload.
func TestTrust(t *testing.T) {
	for _, test := range []struct {
		mean, p99 float64 // measured; simulated are 1 and 1
		mood      mood
	}{
		{1.05, 1.1, good}, {0.9, 0.85, good}, {1.15, 1, doubtful}, {1, 1.25, doubtful}, {1.3, 1, bad}, {1, 0.5, bad},
	} {
		s, m := result(measure.Simulation, measure.Exactly(1)), result(measure.LoadTest, measure.Exactly(test.mean))
		s.Workloads["w"].Response.P99, m.Workloads["w"].Response.P99 = measure.Exactly(1), measure.Exactly(test.p99)
		p := Page{Results: []Named{{"", s}, {"", m}}}
		got := p.trustOf(p.parts())
		if got == nil || got.mood != test.mood || !got.measured {
			t.Errorf("mean %v, p99 %v: got %+v", test.mean, test.p99, got)
		}
	}
	p := Page{Results: []Named{{"", result(measure.Analytic, measure.Exactly(1))}}}
	if got := p.trustOf(p.parts()); got != nil {
		t.Errorf("one result: got %+v", got)
	}
	p.Results = append(p.Results, Named{"", result(measure.Simulation, measure.Exactly(1.02))})
	if got := p.trustOf(p.parts()); got == nil || got.measured || !strings.Contains(got.sentence().text, "Nothing was measured") {
		t.Errorf("two predictions: got %+v", got)
	}
}

func TestHeadroom(t *testing.T) {
	r := result(measure.Analytic, measure.Exactly(1))
	r.Bottleneck, r.Saturation = "db", map[string]float64{"w": 300}
	p := Page{Results: []Named{{"", r}}}
	say := func() string { return headroomOf(p.parts(), p.Model).sentence() }
	if got := say(); got != "db is the bottleneck: it bounds the throughput of w to 300 /s." {
		t.Errorf("got %q", got)
	}
	r.Workloads["w"].Offered = measure.Exactly(200)
	if got := say(); got != "The load can grow to 1.5 times what it is before db saturates." {
		t.Errorf("got %q", got)
	}
	r.Workloads["w"].Offered = measure.Exactly(400)
	if got := say(); got != "db is saturated: it can bear 75.0 % of this load." {
		t.Errorf("got %q", got)
	}
	// Of a closed workload a throughput is no load that could grow.
	p.Model = &scenarios.Model{Part: 1, Workloads: []scenarios.Workload{{Name: "w", Users: 3}}}
	if got := say(); !strings.HasPrefix(got, "db is the bottleneck") {
		t.Errorf("got %q", got)
	}
	r.Saturation = nil
	if h := headroomOf(p.parts(), nil); h != nil {
		t.Errorf("got %+v", h)
	}
}

func TestJSON(t *testing.T) {
	p := samplePage(t)
	var b bytes.Buffer
	if err := JSON(&b, p); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Schema  string
		Results []struct {
			Name   string
			Result json.RawMessage
		}
		Comparisons []struct {
			Names     []string
			Reference string
			Rows      []struct {
				Values      []measure.Estimate
				Differences []*struct{ By float64 }
			}
		}
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Schema != Schema || len(got.Results) != 5 || len(got.Comparisons) != 2 || got.Comparisons[1].Reference != "simulated" {
		t.Errorf("got %+v", got.Comparisons)
	}
	for _, r := range got.Results {
		if _, err := measure.Decode(bytes.NewReader(r.Result)); err != nil {
			t.Errorf("%s: %v", r.Name, err)
		}
	}
	row := got.Comparisons[1].Rows[0]
	if len(row.Values) != 3 || len(row.Differences) != 3 || row.Differences[1] != nil || row.Differences[0] == nil {
		t.Errorf("got %+v", row)
	}
	p.Results[0].Result.Run.Duration = math.NaN()
	if err := JSON(&b, p); err == nil || !strings.Contains(err.Error(), `result "analytic": measure: run.duration`) {
		t.Errorf("got %v", err)
	}
}

// CSV can be read back, figure by figure.
func TestCSVReadsBack(t *testing.T) {
	var b bytes.Buffer
	p := samplePage(t)
	if err := CSV(&b, p); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := 0
	for _, c := range Compare(p) {
		for _, r := range c.Rows {
			for _, e := range r.Values {
				if e.Known() {
					want++
				}
			}
		}
	}
	if len(lines) != want+1 {
		t.Errorf("%d lines for %d figures", len(lines), want)
	}
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errFull }

var errFull = errorString("disk full")

type errorString string

func (e errorString) Error() string { return string(e) }

// A disk that is full is an error, not a short file.
func TestWriteErrors(t *testing.T) {
	p := samplePage(t)
	w := failingWriter{}
	for name, err := range map[string]error{
		"text": Text(w, p, Style{}), "markdown": Markdown(w, p), "json": JSON(w, p), "csv": CSV(w, p), "html": HTML(w, p),
	} {
		if err == nil || !strings.Contains(err.Error(), "disk full") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// A topic that is predicted badly is said so, beside workloads that are well.
func TestTrustNamesLateTopics(t *testing.T) {
	p := samplePage(t)
	m := p.Results[4].Result
	m.Topics["photos"].Delay.P99 = m.Topics["photos"].Delay.P99.Times(0.7)
	got := p.verdict(p.parts())
	last := got[len(got)-1]
	if want := "Delays of messages differ more: of photos by 3.4 % in the mean and 27.6 % at p99."; last.mood != doubtful || last.text != want {
		t.Errorf("got %+v", last)
	}
}
