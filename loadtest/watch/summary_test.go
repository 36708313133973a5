package watch

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/headroom/headroom/measure"
)

// looksOf makes the notes of a monitor that looks once a second from a time on.
func looksOf(t *testing.T, s *Summary, monitor int, from float64, columns []Column, looks ...[]float64) {
	t.Helper()
	for i, values := range looks {
		n := Note{Monitor: monitor, At: time.Duration((from + float64(i)) * 1e9), Values: values}
		if i == 0 {
			n.Part, n.Every, n.Columns = "db", time.Second, columns
		}
		text, err := json.Marshal(&n)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Add(text); err != nil {
			t.Fatal(err)
		}
	}
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-9*max(1, math.Abs(want))) && !(math.IsNaN(got) && math.IsNaN(want)) {
		t.Errorf("%s is %v; want %v", what, got, want)
	}
}

var nan = math.NaN()

// TestSeries lays looks at half seconds on intervals of whole seconds.
func TestSeries(t *testing.T) {
	s := &Summary{}
	looksOf(t, s, 0, -0.5, []Column{{Name: "gauge", Kind: Gauge, Unit: "B"}, {Name: "count", Kind: Counter}},
		[]float64{10, 100}, []float64{20, 110}, []float64{30, 130}, []float64{nan, nan}, []float64{50, 10}, []float64{50, 20})
	r := &measure.Result{Series: &measure.Series{Interval: 1}}
	s.Fill(r, Scale{Interval: 1, Start: 0, Count: 6, Span: 5})
	got := r.Series.Target["db"]
	// The gauge is 15, 25, 35, 45, 50, 50 at 0, 1, 2, 3, 4 and 4.5; trapezoids between its looks.
	wantGauge := []float64{(15+20)/4.0 + (20+25)/4.0, (25+30)/4.0 + (30+35)/4.0, 40, (45+50)/4.0 + 25, 50, nan}
	// The counter is 100, 110, 130, ?, 130+10, 130+20: it began anew.
	wantCount := []float64{10.0/2 + 20.0/2, 20.0/2 + 5.0/2, 5, 5.0/2 + 10.0/2, 10, nan}
	for i := range 6 {
		near(t, "gauge", got["gauge"].Values[i], wantGauge[i])
		near(t, "count", got["count"].Values[i], wantCount[i])
	}
	if len(r.Caveats) != 1 {
		t.Errorf("caveats %v", r.Caveats)
	}
}

// TestOutage leaves a hole where nobody looked for long.
func TestOutage(t *testing.T) {
	s := &Summary{}
	looksOf(t, s, 0, 0, []Column{{Name: "count", Kind: Counter}},
		[]float64{0}, []float64{10}, []float64{nan}, []float64{nan}, []float64{nan}, []float64{nan}, []float64{60}, []float64{70})
	r := &measure.Result{Series: &measure.Series{Interval: 1}}
	s.Fill(r, Scale{Interval: 1, Start: 0, Count: 7, Span: 7})
	for i, want := range []float64{10, nan, nan, nan, nan, nan, 10} {
		near(t, "count", r.Series.Target["db"]["count"].Values[i], want)
	}
}

// TestResources tells of a process by utilization, saturation and errors.
func TestResources(t *testing.T) {
	columns := []Column{
		{Name: "process.cpu", Kind: Counter},
		{Name: "process.cpu_wait", Kind: Counter},
		{Name: "limit.cores", Kind: Gauge},
		{Name: "cgroup.cores", Kind: Gauge},
		{Name: "process.memory", Kind: Gauge},
		{Name: "cgroup.memory_limit", Kind: Gauge},
		{Name: "cgroup.killed", Kind: Counter},
		{Name: "network.received", Kind: Counter},
		{Name: "network.sent", Kind: Counter},
		{Name: "network.lost", Kind: Counter},
		{Name: "network.resent", Kind: Counter},
	}
	s := &Summary{}
	looksOf(t, s, 0, 0, columns,
		[]float64{0, 0, 8, 2, 100, 400, 0, 0, 0, 0, 0},
		[]float64{1, 3, 8, 2, 100, 400, 0, 10, 5, 1, 0},
		[]float64{3, 6, 8, 2, 300, 400, 1, 20, 10, 1, 2})
	// Metrics that tell of the same do not count twice.
	looksOf(t, s, 1, 0, []Column{{Name: "process_cpu_seconds_total", Kind: Counter}, {Name: "process_open_fds", Kind: Gauge}, {Name: "process_max_fds", Kind: Gauge}},
		[]float64{0, 10, 100}, []float64{50, 10, 100}, []float64{100, 10, 100})
	r := &measure.Result{Series: &measure.Series{Interval: 1}}
	s.Fill(r, Scale{Interval: 1, Start: 0, Count: 2, Span: 2})
	have := r.Target["db"].Resources
	cpu, memory, files, network := have["cpu"], have["memory"], have["descriptors"], have["network"]
	near(t, "cpu use", cpu.Use.Value, 1.5)
	near(t, "cpu most", cpu.Most.Value, 2)
	near(t, "cpu utilization", cpu.Utilization.Value, 0.75) // of the quota of the cgroup
	near(t, "cpu saturation", cpu.Saturation.Value, 3)
	near(t, "memory use", memory.Use.Value, (100+200)/2.0)
	near(t, "memory utilization", memory.Utilization.Value, 150.0/400)
	near(t, "memory errors", memory.Errors.Value, 0.5)
	near(t, "descriptors", files.Utilization.Value, 0.1)
	near(t, "network use", network.Use.Value, 15)
	near(t, "network errors", network.Errors.Value, 1.5)
	if cpu.Errors.Known() || files.Saturation.Known() || have["disk"] != nil {
		t.Errorf("what nobody can know is there: %+v %+v %+v", cpu.Errors, files.Saturation, have["disk"])
	}
}

// TestRequests reads requests off a histogram: 90 of up to 0.1 s and 10 of up
// to 0.5 s in two seconds.
func TestRequests(t *testing.T) {
	const h = `http_seconds{path="/"}`
	columns := []Column{
		{Name: `http_seconds_count{path="/"}`, Kind: Counter},
		{Name: `http_seconds_sum{path="/"}`, Kind: Counter},
		{Name: "b1", Of: h, Le: 0.1, Kind: Bucket, Unit: "s"},
		{Name: "b2", Of: h, Le: 0.5, Kind: Bucket, Unit: "s"},
		{Name: "b3", Of: h, Kind: Bucket, Unit: "s"},
	}
	s := &Summary{}
	looksOf(t, s, 0, 0, columns, []float64{1000, 500, 1000, 1000, 1000}, []float64{1050, 505, 1045, 1050, 1050}, []float64{1100, 510, 1090, 1100, 1100})
	r := &measure.Result{Series: &measure.Series{Interval: 1}}
	s.Fill(r, Scale{Interval: 1, Start: 0, Count: 2, Span: 2})
	got := r.Target["db"].Requests[h]
	near(t, "rate", got.Rate.Value, 50)
	near(t, "mean", got.Mean.Value, 0.1)
	near(t, "p99", got.P99.Value, 0.1+0.4*9/10) // the 9th of the 10 in the second bucket
	near(t, "p99 over time", r.Series.Target["db"][h+" p99"].Values[0], 0.1+0.4*(0.99*50-45)/5)
}

// TestBadNotes refuses what no watcher wrote.
func TestBadNotes(t *testing.T) {
	for _, bad := range []string{
		"", "{", `{"monitor":-1}`, `{"monitor":99999}`, `{"monitor":0,"values":[1]}`, `{"monitor":0,"columns":[{"name":"a","kind":"odd"}]}`,
	} {
		if err := (&Summary{}).Add([]byte(bad)); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}

func FuzzNotes(f *testing.F) {
	f.Add([]byte(`{"monitor":0,"part":"db","every":1000000000,"columns":[{"name":"a","kind":"counter"}],"at":0,"values":[1]}`), []byte(`{"monitor":0,"at":1000000000,"values":[null]}`))
	f.Fuzz(func(_ *testing.T, a, b []byte) {
		s := &Summary{}
		for _, text := range [][]byte{a, b, a} {
			_ = s.Add(text)
		}
		s.Fill(&measure.Result{Series: &measure.Series{}}, Scale{Interval: 1, Count: 3, Span: 3})
	})
}
