package reports

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/reports/gate"
)

var update = flag.Bool("update", false, "write the golden files of this package anew")

func golden(t *testing.T, name string, render func(io.Writer) error) {
	t.Helper()
	var b bytes.Buffer
	if err := render(&b); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("%s: (-want +got), -update accepts it\n%s", name, diff)
	}
}

// onePage is a page of one result of the sample.
func onePage(t testing.TB, i int) Page {
	p := samplePage(t)
	p.Results = p.Results[i : i+1]
	p.Notes = nil
	return p
}

// failingPage is a simulation of too high a load: one objective fails, one is
// undecided, some requests are turned away.
func failingPage(t testing.TB) Page {
	p := onePage(t, 1)
	r := p.Results[0].Result
	r.Workloads["uploads"].Response.P99 = measure.Between(0.162, 0.158, 0.167, 0.95)
	r.Workloads["views"].Response.P99 = measure.Between(0.119, 0.115, 0.123, 0.95)
	r.Workloads["searches"].Failed = measure.Between(0, 0, 4e-6, 0.95)
	r.Services["gateway"].Rejected = measure.Between(0.0012, 0.001, 0.0014, 0.95)
	r.Objectives = gate.Judge(p.Model, r)
	r.Interrupted = true
	return p
}

// unstablePage is a formula's answer to a load that the system cannot carry:
// what has no limit is absent.
func unstablePage(t testing.TB) Page {
	p := onePage(t, 0)
	r := p.Results[0].Result
	r.Stable = false
	for name := range r.Saturation {
		r.Saturation[name] = 0.8 * r.Workloads[name].Offered.Value
	}
	for _, w := range r.Workloads {
		w.InSystem, w.Response = measure.Estimate{}, nil
	}
	s := r.Services["recognition"]
	s.Utilization, s.Present, s.Waiting, s.Response, s.WaitingTime = measure.Exactly(1), measure.Estimate{}, measure.Estimate{}, nil, nil
	r.Topics["photos"].Depth, r.Topics["photos"].Delay = measure.Estimate{}, nil
	r.Objectives = gate.Judge(p.Model, r)
	return p
}

func TestGolden(t *testing.T) {
	pages := map[string]Page{
		"full": samplePage(t), "simulated": onePage(t, 1), "measured": onePage(t, 4),
		"failing": failingPage(t), "unstable": unstablePage(t),
	}
	for name, p := range pages {
		golden(t, name+".txt", func(w io.Writer) error { return Text(w, p, Style{}) })
	}
	golden(t, "full.md", func(w io.Writer) error { return Markdown(w, pages["full"]) })
	golden(t, "failing.md", func(w io.Writer) error { return Markdown(w, pages["failing"]) })
	golden(t, "full.csv", func(w io.Writer) error { return CSV(w, pages["full"]) })
	golden(t, "colour.txt", func(w io.Writer) error { return Text(w, pages["failing"], Style{Color: true, Width: 72}) })
}
