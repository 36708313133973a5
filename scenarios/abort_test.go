package scenarios

import (
	"errors"
	"strings"
	"testing"
)

func twoWorkloads() *Model {
	return &Model{Workloads: []Workload{{Name: "shoppers"}, {Name: "staff"}}}
}

func TestParseAbort(t *testing.T) {
	m := twoWorkloads()
	for text, want := range map[string]Abort{
		"errors > 5%":                  {Workload: -1, Metric: "errors", Limit: 0.05, For: 5},
		"errors>=0.1":                  {Workload: -1, Metric: "errors", OrEqual: true, Limit: 0.1, For: 5},
		"p99 > 2s for 10s":             {Workload: -1, Metric: "p99", Limit: 2, For: 10},
		"staff.mean > 250ms for 1m":    {Workload: 1, Metric: "mean", Limit: 0.25, For: 60},
		" shoppers.throughput < 10/s ": {Workload: 0, Metric: "throughput", Below: true, Limit: 10, For: 5},
	} {
		got, err := ParseAbort(text, m)
		want.Text = strings.TrimSpace(text)
		if err != nil || got != want {
			t.Errorf("%q: %+v, %v; want %+v", text, got, err, want)
		}
	}
}

func TestParseAbortMistakes(t *testing.T) {
	m := twoWorkloads()
	for text, want := range map[string]struct {
		column int
		says   string
	}{
		"":                          {1, "no > or <"},
		"errors":                    {7, "no > or <"},
		"erors > 5%":                {1, `did you mean "errors"`},
		"shopers.p99 > 2s":          {1, `did you mean "shoppers"`},
		"shoppers.p98 > 2s":         {10, "no figure"},
		"errors > 500%":             {10, "0% to 100%"},
		"errors > NaN":              {10, "0% to 100%"},
		"p99 > 5%":                  {7, "a time"},
		"p99 > -2s":                 {7, "a time"},
		"throughput < Inf":          {14, "requests a second"},
		"p99 > 2s for  0s":          {15, "1s to 1h"},
		"p99 > 2s for soon":         {14, "1s to 1h"},
		"p99 > 2s for NaN":          {14, "1s to 1h"},
		"shoppers.p99 > 2s for 20h": {23, "1s to 1h"},
	} {
		_, err := ParseAbort(text, m)
		var e *AbortError
		if !errors.As(err, &e) || e.Column != want.column || !strings.Contains(err.Error(), want.says) {
			t.Errorf("%q: %v; want column %d and %q", text, err, want.column, want.says)
		}
	}
}

// TestAbortInAScenario points into the file.
func TestAbortInAScenario(t *testing.T) {
	text := "headroom: 1\nname: x\nservices: {web: {operations: {page: [{cpu: 1ms}]}}}\nworkloads: {w: {arrivals: poisson(1/s), does: web.page}}\n" +
		"tests:\n  t:\n    phases: [{for: 1s}]\n    abort: [w.p99 > 2s for 10s, errors > 5 %, w.p9 > 2s]\n  u: {phases: [{for: 1s}], abort: errors > 1%}\n"
	m, diags := Parse("x.yaml", []byte(strings.Replace(text, ", w.p9 > 2s", "", 1)), nil)
	if len(diags) > 0 || len(m.Tests[0].Abort) != 2 || m.Tests[0].Abort[0].Workload != 0 || m.Tests[1].Abort[0].Limit != 0.01 {
		t.Fatalf("%v %+v", diags, m)
	}
	_, diags = Parse("x.yaml", []byte(text), nil)
	if len(diags) != 1 || !strings.Contains(diags.Error(), "x.yaml:8:") || !strings.Contains(diags.Error(), `no figure "p9"`) {
		t.Errorf("%v", diags)
	}
}

// FuzzParseAbort holds that nothing panics, that columns are within the text,
// and that what is read is a number.
func FuzzParseAbort(f *testing.F) {
	for _, s := range []string{"errors > 5%", "p99 > 2s for 10s", "staff.mean<1ms", "x.y > ", "> for ", "errors > 5% for  "} {
		f.Add(s)
	}
	m := twoWorkloads()
	f.Fuzz(func(t *testing.T, text string) {
		a, err := ParseAbort(text, m)
		var e *AbortError
		switch {
		case errors.As(err, &e):
			if e.Column < 1 || e.Column > len(text)+1 {
				t.Errorf("%q: column %d", text, e.Column)
			}
		case err != nil:
			t.Errorf("%q: %v", text, err)
		case !(a.Limit >= 0) || !(a.For >= 1) || a.Workload >= len(m.Workloads):
			t.Errorf("%q: %+v", text, a)
		}
	})
}
