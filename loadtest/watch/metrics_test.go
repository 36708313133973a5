package watch

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

const openPage = `# TYPE http_requests counter
# HELP http_requests How many came.
http_requests_total{path="/a b}",code="200"} 12.0 1520879607.789 # {trace_id="abc # x"} 0.67 1520879607.789
http_requests_created{path="/a b}",code="200"} 1520430000.123
# TYPE up gauge
up 1
# TYPE http_seconds histogram
# UNIT http_seconds seconds
http_seconds_bucket{le="0.1"} 8 # {trace_id="z"} 0.054
http_seconds_bucket{le="+Inf"} 10
http_seconds_count 10
http_seconds_sum 3.5
http_seconds_created 1520430000.123
# TYPE build info
build_info{version="1\"2\\"} 1
# TYPE odd unknown
odd -3e2
# EOF
`

func figures(samples []sample) map[string]float64 {
	out := map[string]float64{}
	for _, s := range samples {
		out[s.Name] = s.value
	}
	return out
}

// TestOpenMetrics compares with the library's own decoder of the format, which
// works by its grammar.
func TestOpenMetrics(t *testing.T) {
	got, err := readMetrics([]byte(openPage), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{}
	// The decoder does not know the type info.
	known := strings.Replace(openPage, "# TYPE build info\nbuild_info{version=\"1\\\"2\\\\\"} 1\n", "", 1)
	decoder := expfmt.NewDecoder(strings.NewReader(known), expfmt.NewFormat(expfmt.TypeOpenMetrics))
	for {
		var family dto.MetricFamily
		if err := decoder.Decode(&family); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		for _, m := range family.GetMetric() {
			maps.Copy(want, figures(appendMetric(nil, &family, m)))
		}
	}
	mine := figures(got)
	delete(mine, `build_info{version="1\"2\\"}`)
	if diff := cmp.Diff(want, mine); diff != "" {
		t.Errorf("figures of the decoder and ours (+) differ:\n%s", diff)
	}
	if len(got) != 8 {
		t.Errorf("%d figures: %v", len(got), got)
	}
	for _, s := range got {
		if s.Name == `http_seconds_bucket{le="0.1"}` && (s.Kind != Bucket || s.Le != 0.1 || s.Of != "http_seconds" || s.Unit != "s") {
			t.Errorf("bucket %+v", s)
		}
		if s.Name == `http_requests_total{code="200",path="/a b}"}` && (s.Kind != Counter || s.Unit != "1/s") {
			t.Errorf("counter %+v", s)
		}
	}
}

func TestVars(t *testing.T) {
	got, err := readVars([]byte(`{"cmdline": ["a"], "n": 3, "deep": {"x": {"y": 1.5}, "t": "no"}, "memstats": {"Mallocs": 7, "HeapAlloc": 8, "BySize": [{"a": 1}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	if text, want := fmt.Sprint(figures(got)), "map[deep.x.y:1.5 memstats.HeapAlloc:8 memstats.Mallocs:7 n:3]"; text != want {
		t.Errorf("%s; want %s", text, want)
	}
	for _, s := range got {
		if s.Name == "memstats.Mallocs" != (s.Kind == Counter) {
			t.Errorf("%s is a %s", s.Name, s.Kind)
		}
	}
}

func FuzzMetrics(f *testing.F) {
	f.Add([]byte(openPage))
	f.Add([]byte("# TYPE a histogram\na_bucket{le=\"1\"} 1\na_sum 1\na_count 1\nb NaN\nc +Inf 123\n"))
	f.Fuzz(func(t *testing.T, page []byte) {
		samples, err := readMetrics(page, nil)
		if err != nil {
			return
		}
		for _, s := range samples {
			if s.Name == "" || s.Kind == "" || math.IsInf(s.Le, 0) {
				t.Errorf("%+v", s)
			}
		}
	})
}

func FuzzVars(f *testing.F) {
	f.Add([]byte(`{"a": {"b": 1}}`))
	f.Fuzz(func(_ *testing.T, page []byte) { _, _ = readVars(page) })
}
