package capacity

import (
	"bufio"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/headroom/headroom/scenarios"
)

func TestMain(m *testing.M) {
	if name := os.Getenv("CAPACITY_TEST_SWEEP"); name != "" {
		os.Exit(sweepUntilKilled(name))
	}
	os.Exit(m.Run())
}

const station = `headroom: 1
name: station
services:
  db: {operations: {read: [{cpu: exp(5ms)}]}}
workloads:
  users: {arrivals: poisson(100/s), does: db.read}
objectives:
  users: {mean: 20ms}
`

func specOf(t testing.TB, text string) *scenarios.Spec {
	t.Helper()
	spec, diags := scenarios.ReadSpec("test.yaml", []byte(text))
	if err := diags.Err(); err != nil {
		t.Fatal(err)
	}
	return spec
}

func designOf(t testing.TB, sample int, sets ...string) *Design {
	t.Helper()
	plain, varied, err := Split(sets)
	if err != nil || len(plain) > 0 {
		t.Fatal(plain, err)
	}
	d, err := NewDesign(varied, sample, 1)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// sweepUntilKilled is a process of its own that its parent kills. It writes the
// index of every point after it has been finished, to the file beside the journal.
func sweepUntilKilled(name string) int {
	log, err := os.OpenFile(name+".done", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return 1
	}
	spec, _ := scenarios.ReadSpec("test.yaml", []byte(station))
	_, varied, err := Split([]string{"workloads.users.arrivals=poisson(1.0..180.0 x300/s)"})
	if err != nil {
		return 1
	}
	d, err := NewDesign(varied, 0, 1)
	if err != nil {
		return 1
	}
	kept := -1
	s := Sweep{Spec: spec, Design: d, Journal: name, Workers: 3, Progress: func(done, _ int) {
		if kept < 0 {
			kept = done - 1
		}
		time.Sleep(time.Millisecond)
		if _, err := log.WriteString(strconv.Itoa(done) + "\n"); err != nil {
			os.Exit(1)
		}
	}}
	if t, err := s.Run(killedContext()); err != nil || t.Interrupted {
		return 1
	}
	return 0
}

// A sweep that is killed at any moment and started again loses no finished point
// and does none twice.
func TestSweepSurvivesKills(t *testing.T) {
	name := filepath.Join(t.TempDir(), "sweep.journal")
	before := map[int]bool{}
	for round := range 40 {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), "CAPACITY_TEST_SWEEP="+name)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		over := make(chan error, 1)
		go func() { over <- c.Wait() }()
		// killed as soon as it has done some more, at whatever it is doing then
		want := len(before) + 7 + 5*round
		var err error
		for ended := false; !ended; {
			select {
			case err = <-over:
				ended = true
			case <-time.After(time.Millisecond):
				if n := linesOf(t, name+".done"); n >= want {
					_ = c.Process.Kill()
					err = <-over
					ended = true
				}
			}
		}
		now := pointsIn(t, name)
		for i := range before {
			if !now[i] {
				t.Fatalf("round %d: point %d was lost", round, i)
			}
		}
		if len(now) == 300 && err == nil {
			if round < 2 {
				t.Fatalf("it was never killed")
			}
			if n := linesOf(t, name+".done"); n > 300 {
				t.Errorf("%d points were reported as done, of 300", n)
			}
			return
		}
		before = now
	}
	t.Fatal("it never ended")
}

func linesOf(t *testing.T, name string) int {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return strings.Count(string(data), "\n")
}

// pointsIn are the whole points of a journal; one twice is an error.
func pointsIn(t *testing.T, name string) map[int]bool {
	t.Helper()
	out := map[int]bool{}
	f, err := os.Open(name)
	if os.IsNotExist(err) {
		return out
	} else if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(f)
	for n := 0; lines.Scan(); n++ {
		var p struct {
			I *int `json:"i"`
		}
		if json.Unmarshal(lines.Bytes(), &p) != nil || p.I == nil {
			continue // the head, or a line that was cut
		}
		if out[*p.I] {
			t.Fatalf("point %d was done twice", *p.I)
		}
		out[*p.I] = true
	}
	return out
}

// M/M/1: the mean is 1/(μ−λ), and utilization λ/μ [Klei75].
func TestSweepAnswersAtEveryPoint(t *testing.T) {
	d := designOf(t, 0, "services.db.operations.read[0].cpu=exp(2ms|5ms)", "workloads.users.arrivals=poisson(50..150 step 50/s)")
	table, err := (&Sweep{Spec: specOf(t, station), Design: d}).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(table.Points) != 6 {
		t.Fatalf("%d points", len(table.Points))
	}
	for _, p := range table.Points {
		at := d.At(p.Index)
		want := 1 / (1000/at[0].Value - at[1].Value)
		if got := p.Figures[0].Value; math.Abs(got-want) > 1e-9 {
			t.Errorf("%v: mean %v, want %v", at, got, want)
		}
	}
}

func TestSweepKeepsErrorsOfPoints(t *testing.T) {
	table, err := (&Sweep{Spec: specOf(t, station), Design: designOf(t, 0, "services.db.replicas=0..2")}).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(table.Points[0].Error, "replicas") || table.Points[1].Error != "" {
		t.Errorf("%+v", table.Points)
	}
	if _, err := (&Sweep{Spec: specOf(t, station), Design: designOf(t, 0, "services.db.replcas=1..2")}).Run(t.Context()); err == nil {
		t.Error("no error where no point is valid")
	}
}

func TestJournalOfAnotherStudy(t *testing.T) {
	name := filepath.Join(t.TempDir(), "j")
	run := func(set string) error {
		_, err := (&Sweep{Spec: specOf(t, station), Design: designOf(t, 0, set), Journal: name}).Run(t.Context())
		return err
	}
	if err := run("services.db.replicas=1..3"); err != nil {
		t.Fatal(err)
	}
	if err := run("services.db.replicas=1..4"); err == nil || !strings.Contains(err.Error(), "another study") {
		t.Errorf("another study: %v", err)
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"i":1,"figu`); err != nil { // cut by a kill
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := run("services.db.replicas=1..3"); err != nil {
		t.Errorf("a cut line: %v", err)
	}
}

// Every stratum of every range is drawn from once.
func TestLatinHypercube(t *testing.T) {
	d := designOf(t, 50, "a=0..1", "b=10.0..20.0", "c=x|y")
	for k := range 2 {
		seen := make([]bool, 50)
		h := d.Holes()[k]
		for i := range 50 {
			v := d.At(i)[k].Value
			if h.Whole {
				continue
			}
			s := min(49, int(50*(v-h.Low)/(h.High-h.Low)))
			if seen[s] {
				t.Errorf("stratum %d of %s twice", s, h.Name)
			}
			seen[s] = true
		}
	}
}

func TestParseRanges(t *testing.T) {
	for text, want := range map[string]string{
		"services.db.replicas=1..4":       "1 2 3 4",
		"a=1..64 log x7":                  "1 2 4 8 16 32 64",
		"a=poisson(100..1000/s)":          "100 200 300 400 500 600 700 800 900 1000",
		"a=poisson(100..300 step 50/s)":   "100 150 200 250 300",
		"a=10ms..50ms x3":                 "10ms 30ms 50ms",
		"a=10..50ms x3":                   "10ms 30ms 50ms",
		"a=ps|fifo | srpt":                "ps fifo srpt",
		"a=lognormal(mean=2ms|4ms, cv=2)": "2ms 4ms",
		"a=exp(1ms)|const(2ms)":           "exp(1ms) const(2ms)",
		"a=1|4|10..12":                    "1 4 10 11 12",
		"a=0.1..0.3 x3":                   "0.1 0.2 0.3",
		"a=1e3..2e3 x2":                   "1000 2000",
		"load=0.5..1.5 x3":                "0.5 1 1.5",
		`a="1..4"`:                        "",
		"a=plain":                         "",
	} {
		v, err := Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got := ""
		if len(v.Holes) > 0 {
			got = strings.Join(v.Holes[0].Texts, " ")
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{"a=4..1", "a=1..4 x1", "a=1ms..4s", "a=0..4 log x3", "a=1..4 step 0", "a=b1..4", "load=-1", "a=1||2", "load=0"} {
		if _, err := Parse(text); err == nil {
			t.Errorf("%s: no error", text)
		}
	}
	v, err := Parse("a=lognormal(mean=1..3ms, cv=1|2)")
	if err != nil || len(v.Holes) != 2 || v.set([]string{"2ms", "1"}) != "a=lognormal(mean=2ms, cv=1)" {
		t.Errorf("two holes: %+v, %v", v, err)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"a=1..4", "a=1|2", "a=poisson(1..5 step 2/s)", "a=(|)..|", "a=1..2..3", "a='|'", "a=1ms..5ms log x3", "load=1..2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := Parse(s)
		if err != nil {
			return
		}
		if len(v.Holes) > 0 && len(v.Pieces) != len(v.Holes)+1 {
			t.Fatalf("%d pieces, %d holes", len(v.Pieces), len(v.Holes))
		}
		for _, h := range v.Holes {
			if len(h.Texts) == 0 || len(h.Texts) != len(h.Values) {
				t.Fatalf("%+v", h)
			}
		}
	})
}

// 10 000 points of this took 10 s of two cores at most.
func BenchmarkAlbumly(b *testing.B) {
	spec, err := scenarios.LoadSpec("albumly", scenarios.Options{})
	if err != nil {
		b.Fatal(err)
	}
	d := designOf(b, 0, "workloads.uploads.arrivals=poisson(0.2e9..1.3e9 x1000/day)", "services.cache.cores=1..10")
	s := Sweep{Spec: spec, Design: d}
	metrics := DefaultMetrics(mustModel(b, spec, d))
	for i := 0; b.Loop(); i++ {
		if p, ok := s.point(b.Context(), i%d.Len(), metrics); !ok || p.Error != "" {
			b.Fatal(p.Error)
		}
	}
}

func mustModel(t testing.TB, spec *scenarios.Spec, d *Design) *scenarios.Model {
	t.Helper()
	m, err := First(spec, d)
	if err != nil {
		t.Fatal(err)
	}
	return m
}
