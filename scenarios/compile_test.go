package scenarios

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/headroom/headroom/scenarios/dist"
)

// mustParse is for scenarios that a test takes to be right.
func mustParse(t testing.TB, text string) *Model {
	t.Helper()
	m, diags := Parse("test.yaml", []byte(text), nil)
	if diags != nil {
		t.Fatal(diags)
	}
	return m
}

// TestDefaults holds what a scenario gets that does not ask for anything.
func TestDefaults(t *testing.T) {
	m := mustParse(t, small+"topics: {t: {consumer: web.page}}\n")
	s := m.Services[0]
	if s.Replicas != 1 || s.Cores != 1 || s.Threads != 0 || s.Backlog != Unlimited || s.Discipline != PS || s.Balancing != Random {
		t.Errorf("service %+v", s)
	}
	if topic := m.Topics[0]; topic.Partitions != 1 || topic.Batch != 1 {
		t.Errorf("topic %+v", topic)
	}
	if !m.Network.Latency.IsZero() || !m.Workloads[0].Think.IsZero() || m.Live.Cells != 1 || m.Part != 1 {
		t.Errorf("latency %v, think %v, cells %d, part %v", m.Network.Latency, m.Workloads[0].Think, m.Live.Cells, m.Part)
	}
}

// TestEverything holds the model of a scenario that uses every word.
func TestEverything(t *testing.T) {
	m, err := Load("testdata/everything.yaml", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Check(); err != nil {
		t.Error(err)
	}
	golden(t, "testdata/everything.golden", describeModel(m))
}

// pointers are told by what they point to.
var pointers = regexp.MustCompile(` \w+:0x[0-9a-f]+`)

// describeModel writes a model line by line.
func describeModel(m *Model) string {
	var b strings.Builder
	for _, s := range m.Services {
		fmt.Fprintf(&b, "service %s\n", pointers.ReplaceAllString(terse(s), ""))
		if s.Failures != nil {
			fmt.Fprintf(&b, "  failures %+v\n", *s.Failures)
		}
		if s.Scaling != nil {
			fmt.Fprintf(&b, "  scaling %+v\n", *s.Scaling)
		}
	}
	for _, o := range m.Operations {
		fmt.Fprintf(&b, "operation %s of %d\n", o.Name, o.Service)
		WalkSteps(o.Steps, func(s Step) { fmt.Fprintf(&b, "  %s\n", describeStep(s)) })
	}
	for _, t := range m.Topics {
		fmt.Fprintf(&b, "topic %s\n", terse(t))
	}
	fmt.Fprintf(&b, "latency %v\n", m.Network.Latency)
	for _, w := range m.Workloads {
		fmt.Fprintf(&b, "workload %s users %d think %v mix %v\n", w.Name, w.Users, w.Think, w.Mix)
		if w.Arrivals != nil {
			fmt.Fprintf(&b, "  arrivals %d %.9g/s gap %v\n", w.Arrivals.Kind, w.Arrivals.Rate, w.Arrivals.Gap)
		}
		if w.Route != nil {
			fmt.Fprintf(&b, "  route %v %v\n", w.Route.Start, w.Route.Next)
		}
		WalkSteps(w.Steps, func(s Step) { fmt.Fprintf(&b, "  %s\n", describeStep(s)) })
	}
	for _, o := range m.Objectives {
		fmt.Fprintf(&b, "objective %+v at least: %v\n", o, o.AtLeast())
	}
	for i := range m.Operations {
		if r, ok := m.Live.Operations[OpID(i)]; ok {
			fmt.Fprintf(&b, "request %d %s %s %v %q %d\n", i, r.Method, r.Path, r.Headers, r.Body, r.Status)
		}
	}
	fmt.Fprintf(&b, "base %s cells %d\n", m.Live.Base, m.Live.Cells)
	for _, o := range m.Live.Observe {
		fmt.Fprintf(&b, "observe %+v\n", o)
	}
	return b.String()
}

func describeStep(s Step) string {
	switch s := s.(type) {
	case Parallel:
		return fmt.Sprintf("%s parallel %d of %d", s.Path(), s.Need, len(s.Branches))
	case Choose:
		var p []float64
		for _, b := range s.Branches {
			p = append(p, b.P)
		}
		return fmt.Sprintf("%s choose %v", s.Path(), p)
	case Cache:
		return fmt.Sprintf("%s cache %v", s.Path(), s.Hit)
	case Repeat:
		return fmt.Sprintf("%s repeat %v per message: %v", s.Path(), s.Count, s.PerMessage)
	}
	return fmt.Sprintf("%s %T %s", s.Path(), s, terse(s))
}

// terse shows a struct without the fields that are at their zero value.
func terse(v any) string {
	text := fmt.Sprintf("%+v", v)
	for {
		shorter := zeroField.ReplaceAllString(text, "$1$2")
		if shorter == text {
			return text
		}
		text = shorter
	}
}

var zeroField = regexp.MustCompile(`([{ ])\w+:(?:0s? ?|false ?|\[\] ?|<nil> ?|\{ *\} ?)([}A-Z])`)

// TestFlowStyle holds that a distribution with commas may stand in braces and
// brackets without quotes, as the block style has it.
func TestFlowStyle(t *testing.T) {
	text := strings.Replace(small, "{cpu: 1ms}", "STEPS", 1)
	block := strings.Replace(small, "services: {web: {operations: {page: [{cpu: 1ms}]}}}", `services:
  web:
    operations:
      page:
        - cpu: lognormal(mean=9ms, cv=1.8)
        - wait: hyperexp(50%:1ms, 50%:3ms)
        - repeat:
            count: uniform(1, 5)
            do: {cpu: 1ms}`, 1)
	want := describeModel(mustParse(t, block))
	for _, steps := range []string{
		"{cpu: lognormal(mean=9ms, cv=1.8)}, {wait: hyperexp(50%:1ms, 50%:3ms)}, {repeat: {count: uniform(1, 5), do: {cpu: 1ms}}}",
		"{cpu: lognormal(mean=9ms,cv=1.8)},{wait: hyperexp(50%:1ms,50%:3ms)},{repeat: {do: {cpu: 1ms}, count: uniform(1,5)}}",
		"cpu: lognormal(mean=9ms, cv=1.8), wait: hyperexp(50%:1ms, 50%:3ms), repeat: {count: uniform(1, 5), do: {cpu: 1ms}}",
		"{cpu: \"lognormal(mean=9ms, cv=1.8)\"}, {wait: 'hyperexp(50%: 1ms, 50%: 3ms)'}, {repeat: {count: \"uniform(1, 5)\", do: {cpu: 1ms}}}",
		"{cpu: lognormal(mean=9ms,\n    cv=1.8)}, {wait: hyperexp(50%:1ms, 50%:3ms)}, {repeat: {count: uniform(1, 5), do: {cpu: 1ms}}}",
	} {
		m, diags := Parse("test.yaml", []byte(strings.Replace(text, "STEPS", steps, 1)), nil)
		if diags != nil {
			t.Errorf("%s:\n%v", steps, diags)
		} else if got := describeModel(m); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", steps, got, want)
		}
	}
}

// TestAnchors holds that aliases and merge keys stand for what they name.
func TestAnchors(t *testing.T) {
	m := mustParse(t, `headroom: 1
name: anchors
services:
  a: &a
    replicas: 2
    cores: 4
    operations: {x: &steps [{cpu: 1ms}]}
  b: {<<: *a, cores: 8}
  c:
    <<: [*a]
    operations: {y: *steps, z: *steps}
workloads: {w: {arrivals: poisson(1/s), does: c.z}}
`)
	var got []string
	for _, s := range m.Services {
		got = append(got, fmt.Sprint(s.Name, s.Replicas, s.Cores, len(s.Operations)))
	}
	if want := []string{"a2 4 1", "b2 8 1", "c2 4 2"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if p := m.Operations[3].Steps[0].Path(); p != "c.z/0" {
		t.Errorf("path %s: steps of an alias must have paths of their own", p)
	}
}

// TestPathsAreUnique holds that no two steps share a random stream.
func TestPathsAreUnique(t *testing.T) {
	names := []string{"testdata/everything.yaml"}
	for _, e := range Library() {
		names = append(names, e.Name)
	}
	for _, name := range names {
		m, err := Load(name, Options{})
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		visit := func(s Step) {
			if seen[s.Path()] {
				t.Errorf("%s: path %s twice", name, s.Path())
			}
			seen[s.Path()] = true
		}
		for _, o := range m.Operations {
			WalkSteps(o.Steps, visit)
		}
		for _, w := range m.Workloads {
			WalkSteps(w.Steps, visit)
		}
	}
}

// TestCycles holds which calls in a circle come to an end: those whose
// expected number of rounds is finite.
func TestCycles(t *testing.T) {
	for _, c := range []struct {
		name  string
		steps string // of a.x
		other string // of b.x
		want  string // the way round, "" when it ends
	}{
		{"no circle", "{call: b.x}", "{cpu: 1ms}", ""},
		{"itself", "{call: a.x}", "{cpu: 1ms}", "a.x → a.x"},
		{"two", "{call: b.x}", "{call: a.x}", "a.x → b.x → a.x"},
		{"half the time", "{choose: [50%: {call: a.x}, 50%: []]}", "", ""},
		{"twice half the time", "{choose: [{50%: [{call: a.x}, {call: a.x}]}, {50%: []}]}", "", "a.x → a.x"},
		{"just below", "{choose: [{49.9%: [{call: a.x}, {call: a.x}]}, {50.1%: []}]}", "", ""},
		{"a cache ends it", "{cache: {hit: 1%, else: {call: b.x}}}", "{call: a.x}", ""},
		{"a cache that never hits", "{cache: {hit: 0%, else: {call: b.x}}}", "{call: a.x}", "a.x → b.x → a.x"},
		{"a cache that always hits", "{cache: {hit: 100%, else: {call: b.x}}}", "{call: a.x}", ""},
		{"never taken", "{choose: [{0%: {call: a.x}}, {p: 100%, do: []}]}", "", ""},
		{"repeated in vain", "{repeat: {count: 0, do: [{call: a.x}]}}", "", ""},
		{"repeated, not often", "{cache: {hit: 70%, else: {repeat: {count: 3, do: [{call: a.x}]}}}}", "", ""},
		{"repeated too often", "{cache: {hit: 60%, else: {repeat: {count: 3, do: [{call: a.x}]}}}}", "", "a.x → a.x"},
		{"in parallel", "{parallel: [{call: b.x}, {cpu: 1ms}]}", "{parallel: [[{call: a.x}]]}", "a.x → b.x → a.x"},
		{"through a topic", "{publish: t}", "{call: a.x}", "a.x → topic t → b.x → a.x"},
		{"through a topic, now and then", "{cache: {hit: 50%, else: {publish: t}}}", "{call: a.x}", ""},
	} {
		other := c.other
		if other == "" {
			other = "{cpu: 1ms}"
		}
		text := "headroom: 1\nname: x\nservices:\n  a: {operations: {x: [{cpu: 1ms}, " + c.steps + "]}}\n  b: {operations: {x: [" + other + "]}}\n" +
			"topics: {t: {consumer: b.x}}\nworkloads: {w: {arrivals: poisson(1/s), does: a.x}}\n"
		m, diags := Parse("x.yaml", []byte(text), nil)
		switch {
		case c.want == "" && m == nil:
			t.Errorf("%s: %v", c.name, diags)
		case c.want != "" && (len(diags) != 1 || !strings.Contains(diags[0].Msg, "without end: "+c.want)):
			t.Errorf("%s: got %v, want %s", c.name, diags, c.want)
		}
	}
}

// TestDies holds the test by pivots against the sum of the powers of the
// matrix, which stays bounded if and only if the spectral radius is below 1.
func TestDies(t *testing.T) {
	next := uint64(1)
	random := func() float64 { // any spread-out sequence will do
		next = next*6364136223846793005 + 1442695040888963407
		return float64(next>>11) / (1 << 53)
	}
	ends := 0
	for range 300 {
		n := 1 + int(random()*5)
		a := make(asks, n)
		group := make([]OpID, n)
		for i := range a {
			group[i] = OpID(i)
			a[i] = map[OpID]float64{}
			for j := range n {
				if random() < 0.6 {
					a[i][OpID(j)] = random() * 1.2 / float64(n) * 2
				}
			}
		}
		radius := spectralRadius(a)
		if math.Abs(radius-1) < 1e-3 {
			continue
		}
		if got := a.dies(group); got != (radius < 1) {
			t.Errorf("%v: dies is %v, spectral radius %v", a, got, radius)
		}
		if radius < 1 {
			ends++
		}
	}
	if ends < 50 || ends > 250 {
		t.Errorf("%d of 300 end: the test says little", ends)
	}
}

// spectralRadius is the limit of |Aᵏ|^(1/k) (Gelfand), by squaring.
func spectralRadius(a asks) float64 {
	n := len(a)
	m := make([][]float64, n)
	for i := range m {
		m[i] = make([]float64, n)
		for j := range n {
			m[i][j] = a[i][OpID(j)]
		}
	}
	log, power := 0.0, 1.0
	for range 20 {
		norm := 0.0
		for _, row := range m {
			for _, x := range row {
				norm += x
			}
		}
		if norm == 0 {
			return 0
		}
		log = 2 * (log + math.Log(norm))
		power *= 2
		square := make([][]float64, n)
		for i := range square {
			square[i] = make([]float64, n)
			for j := range n {
				for k := range n {
					square[i][j] += m[i][k] / norm * m[k][j] / norm
				}
			}
		}
		m = square
	}
	return math.Exp(log / power)
}

// TestCell holds that a cell is the whole divided by the number of cells, and
// that the whole stays as it was.
func TestCell(t *testing.T) {
	src, err := os.ReadFile("testdata/everything.yaml")
	if err != nil {
		t.Fatal(err)
	}
	m, diags := Parse("testdata/everything.yaml", src, nil)
	if diags != nil {
		t.Fatal(diags)
	}
	before := describeModel(m)
	cell := m.Cell()
	if err := cell.Check(); err != nil {
		t.Error(err)
	}
	if describeModel(m) != before {
		t.Error("the whole has changed")
	}
	if cell.Part != 0.5 || cell.Live.Cells != 1 || cell.Digest != m.Digest {
		t.Errorf("part %v, cells %d", cell.Part, cell.Live.Cells)
	}
	for i, s := range cell.Services {
		if s.Replicas != m.Services[i].Replicas/2 || s.Cores != m.Services[i].Cores {
			t.Errorf("service %+v of %+v", s, m.Services[i])
		}
	}
	if cell.Topics[0].Partitions != 3 || cell.Topics[0].Batch != 32 || cell.Services[1].HashKeys != 500 {
		t.Errorf("topic %+v, %d keys", cell.Topics[0], cell.Services[1].HashKeys)
	}
	for i, w := range cell.Workloads {
		of := m.Workloads[i]
		if !w.Open() {
			if w.Users != of.Users/2 {
				t.Errorf("%s: %d users of %d", w.Name, w.Users, of.Users)
			}
			continue
		}
		gap, gapOf := w.Arrivals.Gap, of.Arrivals.Gap
		if w.Arrivals.Rate != of.Arrivals.Rate/2 || math.Abs(gap.Mean()/gapOf.Mean()-2) > 1e-12 || math.Abs(gap.SCV()-gapOf.SCV()) > 1e-9 {
			t.Errorf("%s: rate %v of %v, gap %v of %v", w.Name, w.Arrivals.Rate, of.Arrivals.Rate, gap, gapOf)
		}
	}
	for i, o := range cell.Objectives {
		want := m.Objectives[i].Limit
		if o.Metric == "throughput" || o.Metric == "depth" {
			want /= 2
		}
		if o.Limit != want {
			t.Errorf("objective %+v, want limit %v", o, want)
		}
	}
	if cell.Cell() != cell {
		t.Error("a cell has cells")
	}
}

func TestScale(t *testing.T) {
	m := mustParse(t, small+"objectives: {w: {throughput: 1/s}}\n")
	twice := m.Scale(2)
	if a := twice.Workloads[0].Arrivals; a.Rate != 2 || a.Gap.Mean() != 0.5 {
		t.Errorf("%+v", a)
	}
	if m.Workloads[0].Arrivals.Rate != 1 || twice.Objectives[0].Limit != 1 || twice.Part != 1 {
		t.Error("more than the load has changed")
	}
}

func TestLookups(t *testing.T) {
	m := mustParse(t, small+"topics: {t: {consumer: web.page}}\n")
	if id, ok := m.OpByName("web.page"); !ok || id != 0 || m.ServiceOf(id).Name != "web" {
		t.Error("operation")
	}
	if _, ok := m.ServiceByName("web"); !ok {
		t.Error("service")
	}
	if _, ok := m.TopicByName("t"); !ok {
		t.Error("topic")
	}
	if w, ok := m.WorkloadByName("w"); !ok || w.Arrivals.Rate != 1 {
		t.Error("workload")
	}
	_, a := m.OpByName("x")
	_, b := m.ServiceByName("x")
	_, c := m.TopicByName("x")
	_, d := m.WorkloadByName("x")
	if a || b || c || d {
		t.Error("something is named x")
	}
}

// TestArrivals holds rate and gap of the three processes.
func TestArrivals(t *testing.T) {
	for text, want := range map[string]struct {
		kind ArrivalKind
		rate float64
		scv  float64
	}{
		"poisson(1.2e9/day)":                {Poisson, 1.2e9 / 86400, 1},
		"poisson( 12k/min )":                {Poisson, 200, 1},
		"constant(50/s)":                    {Constant, 50, 0},
		`"renewal(gamma(mean=20ms, cv=2))"`: {Renewal, 50, 4},
		"renewal(5ms)":                      {Renewal, 200, 0},
	} {
		m := mustParse(t, strings.Replace(small, "poisson(1/s)", text, 1))
		a := m.Workloads[0].Arrivals
		if a.Kind != want.kind || math.Abs(a.Rate/want.rate-1) > 1e-12 || math.Abs(a.Gap.Mean()*a.Rate-1) > 1e-12 || math.Abs(a.Gap.SCV()-want.scv) > 1e-9 {
			t.Errorf("%s: %+v, SCV %v", text, a, a.Gap.SCV())
		}
	}
}

// TestShares holds that shares which are meant to add up to 1 do, exactly.
func TestShares(t *testing.T) {
	m := mustParse(t, strings.Replace(small, "[{cpu: 1ms}]", "[{choose: [{p: 33.3333%, do: []}, {p: 33.3333%, do: []}, {p: 0.333333, do: []}]}]", 1))
	sum := 0.0
	for _, b := range m.Operations[0].Steps[0].(Choose).Branches {
		sum += b.P
	}
	if math.Abs(sum-1) > 1e-15 {
		t.Errorf("sum %v", sum)
	}
}

func Example() {
	m, diags := Parse("shop.yaml", []byte(`
headroom: 1
name: shop
services:
  web: {replicas: 2, operations: {page: [{cpu: exp(3ms)}, {call: db.read}]}}
  db: {operations: {read: [{cpu: exp(4ms)}]}}
workloads:
  visitors: {arrivals: poisson(200/s), does: web.page}
`), []string{"services.web.replicas=4"})
	fmt.Println(m.Name, m.Services[0].Replicas, m.Workloads[0].Arrivals.Rate, diags.Err())

	_, diags = Parse("shop.yaml", []byte("headroom: 1\nname: shop\nservcies: {}\n"), nil)
	fmt.Println(diags[2])
	// Output:
	// shop 4 200 <nil>
	// shop.yaml:3:1: servcies: a scenario has no key "servcies"; did you mean "services"?
	//     3 | servcies: {}
	//       | ^^^^^^^^
}

func ExampleModel_Check() {
	m := Model{
		Services:   []Service{{Name: "counter", Replicas: 1, Cores: 1, Backlog: Unlimited, Operations: []OpID{0}}},
		Operations: []Operation{{Name: "counter.serve", Steps: []Step{CPU{At: "counter.serve/0", Demand: dist.Exponential(0.005)}}}},
		Workloads:  []Workload{{Name: "customers", Arrivals: &Arrivals{Rate: -160}, Mix: []Share{{Op: 0, P: 1}}}},
		Part:       1,
	}
	fmt.Println(m.Check())
	// Output:
	// scenarios: workloads[0] "customers": a rate of -160/s; want a finite one above 0
}
