package measure

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func encoded(t testing.TB, r *Result) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Encode(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestEncodeDecode(t *testing.T) {
	want := mm1()
	want.Services["web"].Utilization = Between(0.8, 0.79, 0.81, 0.95)
	b := encoded(t, want)
	got, err := Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("(-wrote +read)\n%s", diff)
	}
	if again := encoded(t, got); !bytes.Equal(b, again) {
		t.Error("what was read is written differently")
	}
	for range 20 { // maps are sorted
		if !bytes.Equal(b, encoded(t, want)) {
			t.Fatal("the same result is written differently")
		}
	}
}

// One line for what fits on one; a reader of the file is a person too.
func TestLayout(t *testing.T) {
	got := string(encoded(t, &Result{
		Kind: Prediction, Method: Analytic, Stable: true,
		Workloads: map[string]*Workload{`a"[{,}:`: {Offered: Between(1, 0.5, 2, 0.95)}},
		Series:    &Series{Interval: 1, Workloads: map[string]WorkloadSeries{"w": {Mean: series(30)}}},
	}))
	want := `{
  "schema": "headroom/result/v1",
  "kind": "prediction",
  "method": "analytic",
  "scenario": {"name": "", "sha256": ""},
  "run": {"tool": "", "seed": 0, "duration": 0, "warmup": 0},
  "stable": true,
  "interrupted": false,
  "workloads": {
    "a\"[{,}:": {
      "offered": {"value": 1, "lo": 0.5, "hi": 2, "confidence": 0.95}
    }
  },
  "series": {
    "interval": 1,
    "start": 0,
    "workloads": {
      "w": {
        "mean": [
          0.125, 1.125, 2.125, 3.125, 4.125, 5.125, 6.125, 7.125, 8.125, 9.125, 10.125, 11.125,
          12.125, 13.125, 14.125, 15.125, 16.125, 17.125, 18.125, 19.125, 20.125, 21.125, 22.125,
          23.125, 24.125, 25.125, 26.125, 27.125, 28.125, null
        ]
      }
    }
  }
}
`
	if got != want {
		t.Errorf("got\n%s", cmp.Diff(want, got))
	}
}

func series(n int) Values {
	v := make(Values, n)
	for i := range v {
		v[i] = float64(i) + 0.125
	}
	v[n-1] = math.NaN()
	return v
}

func TestEncodeRefuses(t *testing.T) {
	tests := []struct {
		path  string
		spoil func(*Result)
	}{
		{"services.web.utilization.lo", func(r *Result) { r.Services["web"].Utilization = Between(0.8, math.NaN(), 1, 0.95) }},
		{"services.web.response_time.p99.value", func(r *Result) { r.Services["web"].Response.P99 = Exactly(math.Inf(1)) }},
		{"workloads.users.response_time.histogram[2].le", func(r *Result) { r.Workloads["users"].Response.Histogram[2].Le = math.Inf(-1) }},
		{"saturation.users", func(r *Result) { r.Saturation["users"] = math.Inf(1) }},
		{"run.duration", func(r *Result) { r.Run.Duration = math.NaN() }},
		{"series.workloads.users.throughput[1]", func(r *Result) { r.Series.Workloads["users"].Throughput[1] = math.Inf(1) }},
		{"objectives[0].limit", func(r *Result) { r.Objectives[0].Limit = math.NaN() }},
	}
	for _, test := range tests {
		r := mm1()
		if test.path == "services.web.response_time.p99.value" { // shared with the workload in mm1
			c := *r.Services["web"].Response
			r.Services["web"].Response = &c
		}
		test.spoil(r)
		var b bytes.Buffer
		err := Encode(&b, r)
		if err == nil || !strings.Contains(err.Error(), test.path+" is ") {
			t.Errorf("want %s named, got %v", test.path, err)
		}
		if b.Len() > 0 {
			t.Errorf("%s: wrote %d bytes of a result it refuses", test.path, b.Len())
		}
	}
	if err := Encode(&bytes.Buffer{}, nil); err == nil {
		t.Error("nil was encoded")
	}
}

func TestDecodeRefuses(t *testing.T) {
	head := `{"schema": "headroom/result/v1", `
	tests := []struct{ in, want string }{
		{"", "empty"},
		{" \n", "empty"},
		{"headroom: 1", "line 1, column 1: invalid character"},
		{"[]", "not a result"},
		{"{}", `no "schema"`},
		{`{"schema": null}`, `no "schema"`},
		{`{"schema": 3}`, "line 1, column"},
		{`{"schema": "headroom/result/v2"}`, `this headroom reads "headroom/result/v1"`},
		{`{"schema": "` + strings.Repeat("x", 500) + `"}`, "xxx…"},
		{`{"schema": "headroom/report/v1"}`, "not a result"},
		{head + "\n \"stable\": \"yes\"}", "line 2, column"},
		{head + `"workloads": {"a": null}}`, "workloads.a is null"},
		{head + `"operations": {"a.b": null}}`, "operations.a.b is null"},
		{head + `"services": {"a": null}}`, "services.a is null"},
		{head + `"topics": {"a": null}}`, "topics.a is null"},
		{head + `"services": {"a": {"utilization": {}}}}`, `without a "value"`},
		{head + `"services": {"a": {"utilization": {"value": 1e999}}}}`, "1e999"},
		{head + `"run": {"seed": -1}}`, "seed"},
		{head + `"stable": true} {}`, "after top-level value"},
		{"\xff\xfe\x00", "invalid character"},
	}
	for _, test := range tests {
		_, err := Decode(strings.NewReader(test.in))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%.60q: want %q, got %v", test.in, test.want, err)
		}
		if err != nil && !strings.HasPrefix(err.Error(), "measure: ") {
			t.Errorf("%v does not name its package", err)
		}
	}
}

// A result of a later headroom, of the same version of the schema, may have
// more in it.
func TestDecodePassesOverWhatItDoesNotKnow(t *testing.T) {
	r, err := Decode(strings.NewReader(`{"schema": "headroom/result/v1", "stable": true, "weather": {"rain": [1, 2]}}`))
	if err != nil || !r.Stable {
		t.Errorf("got %v, %v", r, err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(encoded(f, mm1()))
	f.Add([]byte(`{"schema": "headroom/result/v1", "services": {"": {"utilization": {"value": 1, "lo": 2, "hi": 0, "confidence": 7}}}}`))
	f.Add([]byte(`{"schema": "headroom/result/v1", "series": {"workloads": {"w": {"mean": [null, 1e-300, -0]}}}}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := Decode(bytes.NewReader(in))
		if err != nil {
			return
		}
		r.Check(1e-9)
		b := encoded(t, r)
		again, err := Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatalf("cannot read what was written: %v\n%s", err, b)
		}
		if !bytes.Equal(b, encoded(t, again)) {
			t.Fatalf("written differently after reading:\n%s", b)
		}
	})
}
