package export

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang/snappy"
	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/headroom/headroom/loadtest"
	"github.com/headroom/headroom/loadtest/watch"
	"github.com/headroom/headroom/scenarios"
)

// taken is a snapshot with figures that are easily told apart.
func taken() *loadtest.Snapshot {
	return &loadtest.Snapshot{
		At: time.UnixMilli(1_700_000_000_123), Elapsed: 10, Phase: loadtest.PhaseMeasured,
		Workloads: []loadtest.Fare{
			{
				Name: `peo"ple`, Rate: 99, Offered: 100, ErrorShare: 0.01, Late: 0.0005, InFlight: 3, Ended: 1000, Failed: 10, Sum: 12.5,
				Failures: map[string]int64{"timeout": 4, "status": 6},
				Buckets:  []loadtest.Bucket{{Le: 0.002, Count: 400}, {Le: 0.005, Count: 700}, {Le: 0.01, Count: 990}},
			},
			{Name: "robots", ErrorShare: math.NaN()},
		},
	}
}

// want are some of the series, as Prometheus would have them.
var want = map[string]float64{
	`headroom_requests_total{outcome="answered",workload="peo\"ple"}`:       990,
	`headroom_requests_total{outcome="timeout",workload="peo\"ple"}`:        4,
	`headroom_response_time_seconds_bucket{le="0.001",workload="peo\"ple"}`: 0,
	`headroom_response_time_seconds_bucket{le="0.002",workload="peo\"ple"}`: 400,
	`headroom_response_time_seconds_bucket{le="0.005",workload="peo\"ple"}`: 700,
	`headroom_response_time_seconds_bucket{le="5e-05",workload="peo\"ple"}`: 0,
	`headroom_response_time_seconds_bucket{le="50",workload="peo\"ple"}`:    990,
	`headroom_response_time_seconds_bucket{le="+Inf",workload="peo\"ple"}`:  990,
	`headroom_response_time_seconds_count{workload="peo\"ple"}`:             990,
	`headroom_response_time_seconds_sum{workload="peo\"ple"}`:               12.5,
	`headroom_in_flight{workload="peo\"ple"}`:                               3,
	`headroom_error_ratio{workload="peo\"ple"}`:                             0.01,
	`headroom_schedule_lag_seconds{workload="peo\"ple"}`:                    0.0005,
	`headroom_throughput{workload="robots"}`:                                0,
	`headroom_response_time_seconds_bucket{le="+Inf",workload="robots"}`:    0,
	`headroom_requests_total{outcome="answered",workload="robots"}`:         0,
}

func compare(t *testing.T, got map[string]float64) {
	t.Helper()
	for name, x := range want {
		if y, ok := got[name]; !ok || x != y {
			t.Errorf("%s is %v (%v); want %v", name, y, ok, x)
		}
	}
	for name := range got {
		if strings.HasPrefix(name, "headroom_error_ratio") && strings.Contains(name, "robots") {
			t.Errorf("%s is there, and nobody knows it", name)
		}
	}
}

// TestOpenMetrics has a page read by the monitor of the other side.
func TestOpenMetrics(t *testing.T) {
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", OpenMetricsType)
		if err := OpenMetrics(w, taken()); err != nil {
			t.Error(err)
		}
	}))
	defer page.Close()
	got := map[string]float64{}
	w, err := watch.New([]scenarios.Observation{{Metrics: []scenarios.MetricsSource{{URL: page.URL}}}}, watch.Options{
		Now: func() time.Duration { return 0 },
		Note: func(text []byte) {
			var n watch.Note
			if err := json.Unmarshal(text, &n); err != nil {
				t.Error(err)
			}
			for i, c := range n.Columns {
				name := c.Name
				if c.Kind == watch.Bucket { // it puts the bound last
					name = strings.NewReplacer(`{workload=`, `{le="X",workload=`).Replace(name)
					plain, bound, _ := strings.Cut(strings.TrimSuffix(name, "}"), `,le="`)
					name = strings.Replace(plain, `"X"`, `"`+strings.TrimSuffix(bound, `"`)+`"`, 1) + "}"
				}
				got[name] = n.Values[i]
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Start(t.Context())
	if c := w.Stop(); len(c) > 0 {
		t.Error(c)
	}
	compare(t, got)
}

// writeSchema is remote write 1.0 as it is published: prompb/remote.proto and types.proto.
const writeSchema = `
name: "remote.proto" syntax: "proto3"
message_type { name: "WriteRequest" field { name: "timeseries" number: 1 label: LABEL_REPEATED type: TYPE_MESSAGE type_name: ".TimeSeries" } }
message_type { name: "TimeSeries"
  field { name: "labels" number: 1 label: LABEL_REPEATED type: TYPE_MESSAGE type_name: ".Label" }
  field { name: "samples" number: 2 label: LABEL_REPEATED type: TYPE_MESSAGE type_name: ".Sample" } }
message_type { name: "Label" field { name: "name" number: 1 type: TYPE_STRING } field { name: "value" number: 2 type: TYPE_STRING } }
message_type { name: "Sample" field { name: "value" number: 1 type: TYPE_DOUBLE } field { name: "timestamp" number: 2 type: TYPE_INT64 } }`

// readWrite reads a request by the published schema.
func readWrite(t *testing.T, body []byte) map[string]float64 {
	t.Helper()
	var schema descriptorpb.FileDescriptorProto
	if err := prototext.Unmarshal([]byte(writeSchema), &schema); err != nil {
		t.Fatal(err)
	}
	file, err := protodesc.NewFile(&schema, nil)
	if err != nil {
		t.Fatal(err)
	}
	m := dynamicpb.NewMessage(file.Messages().ByName("WriteRequest"))
	if err := proto.Unmarshal(body, m); err != nil {
		t.Fatal(err)
	}
	field := func(m protoreflect.Message, name protoreflect.Name) protoreflect.Value {
		return m.Get(m.Descriptor().Fields().ByName(name))
	}
	got := map[string]float64{}
	list := field(m, "timeseries").List()
	for i := range list.Len() {
		series := list.Get(i).Message()
		labels, name, text, last := field(series, "labels").List(), "", []string(nil), ""
		for j := range labels.Len() {
			l := labels.Get(j).Message()
			n, v := field(l, "name").String(), field(l, "value").String()
			if n <= last {
				t.Errorf("label %s after %s: they are to be sorted", n, last)
			}
			if last = n; n == "__name__" {
				name = v
			} else {
				text = append(text, fmt.Sprintf("%s=%q", n, v))
			}
		}
		sample := field(series, "samples").List().Get(0).Message()
		if at := field(sample, "timestamp").Int(); at != 1_700_000_000_123 {
			t.Errorf("%s at %d", name, at)
		}
		got[name+"{"+strings.Join(text, ",")+"}"] = field(sample, "value").Float()
	}
	return got
}

// receiver keeps the bodies that it is sent.
type receiver struct {
	mu     sync.Mutex
	bodies [][]byte
	header http.Header
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	b, err := io.ReadAll(q.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bodies, r.header = append(r.bodies, b), q.Header
}

func pushed(t *testing.T, make func(string) (*Pusher, error)) *receiver {
	t.Helper()
	var r receiver
	s := httptest.NewServer(&r)
	defer s.Close()
	p, err := make(s.URL + "/api/v1/write")
	if err != nil {
		t.Fatal(err)
	}
	p.Start(t.Context())
	p.Take(taken())
	if c := p.Stop(); c != nil {
		t.Error(c)
	}
	if len(r.bodies) != 1 {
		t.Fatalf("%d pushes", len(r.bodies))
	}
	return &r
}

func TestRemoteWrite(t *testing.T) {
	r := pushed(t, RemoteWrite)
	body, err := snappy.Decode(nil, r.bodies[0])
	if err != nil {
		t.Fatal(err)
	}
	compare(t, readWrite(t, body))
	if r.header.Get("Content-Encoding") != "snappy" || r.header.Get("X-Prometheus-Remote-Write-Version") != "0.1.0" {
		t.Errorf("headers %v", r.header)
	}
}

func TestSnappy(t *testing.T) {
	for _, n := range []int{0, 1, 60, 61, 65535, 65536, 65537, 200000} {
		b := []byte(strings.Repeat("x", n))
		got, err := snappyDecode(b)
		if err != nil || string(got) != string(b) {
			t.Errorf("%d bytes come back as %d, %v", n, len(got), err)
		}
	}
}

func snappyDecode(b []byte) ([]byte, error) { return snappy.Decode(nil, literal(b)) }

func TestOTLP(t *testing.T) {
	var decoder pmetric.ProtoUnmarshaler
	m, err := decoder.UnmarshalMetrics(pushed(t, OTLP).bodies[0])
	if err != nil {
		t.Fatal(err)
	}
	resource := m.ResourceMetrics().At(0)
	if name, _ := resource.Resource().Attributes().Get("service.name"); name.Str() != "headroom" {
		t.Errorf("service %v", name)
	}
	list := resource.ScopeMetrics().At(0).Metrics()
	seen := map[string]bool{}
	for i := range list.Len() {
		one := list.At(i)
		seen[one.Name()] = true
		switch one.Name() {
		case "headroom_requests":
			p := one.Sum().DataPoints().At(0)
			if !one.Sum().IsMonotonic() || p.DoubleValue() != 990 || p.Timestamp().AsTime().Sub(p.StartTimestamp().AsTime()) != 10*time.Second {
				t.Errorf("requests %v from %v to %v", p.DoubleValue(), p.StartTimestamp(), p.Timestamp())
			}
		case "headroom_response_time_seconds":
			p := one.Histogram().DataPoints().At(0)
			n, below := uint64(0), map[float64]uint64{}
			for j, c := range p.BucketCounts().AsRaw() {
				if n += c; j < p.ExplicitBounds().Len() {
					below[p.ExplicitBounds().At(j)] = n
				}
			}
			if diff := cmp.Diff([]any{p.Count(), n, p.Sum(), below[0.002], below[0.005], below[0.01], one.Unit()}, []any{uint64(990), uint64(990), 12.5, uint64(400), uint64(700), uint64(990), "s"}); diff != "" {
				t.Error(diff)
			}
		case "headroom_error_ratio":
			if n := one.Gauge().DataPoints().Len(); n != 1 {
				t.Errorf("%d points of a share that one workload has", n)
			}
		}
	}
	if len(seen) != 7 {
		t.Errorf("metrics %v", seen)
	}
}

// TestPushFails tells of pushes that failed, and sends nothing on.
func TestPushFails(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") }))
	defer elsewhere.Close()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
	}))
	defer s.Close()
	p, err := OTLP(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	p.Start(t.Context())
	p.Take(taken())
	c := p.Stop()
	if len(c) != 1 || !strings.Contains(c[0].What, "1 of 1 pushes") || !strings.Contains(c[0].What, "307") {
		t.Error(c)
	}
	for _, bad := range []string{"localhost:9090", "", "ftp://a", "http://"} {
		if _, err := RemoteWrite(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
