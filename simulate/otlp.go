package simulate

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/headroom/headroom/internal/rules"
)

// traceEpoch is the instant that simulated time 0 is taken for: the beginning of
// 2020 (ns since that of 1970).
const traceEpoch uint64 = 1_577_836_800_000_000_000

// The JSON form of a trace: ExportTraceServiceRequest of the OpenTelemetry
// protocol 1.x, in which ids are hexadecimal and integers of 64 bits are strings
// ([OTel24], JSON Protobuf encoding).
type (
	otlpTraces struct {
		ResourceSpans []otlpResourceSpans `json:"resourceSpans"`
	}
	otlpResourceSpans struct {
		Resource   otlpResource     `json:"resource"`
		ScopeSpans []otlpScopeSpans `json:"scopeSpans"`
	}
	otlpResource struct {
		Attributes []otlpAttribute `json:"attributes"`
	}
	otlpScopeSpans struct {
		Scope otlpScope  `json:"scope"`
		Spans []otlpSpan `json:"spans"`
	}
	otlpScope struct {
		Name string `json:"name"`
	}
	otlpSpan struct {
		TraceID    string          `json:"traceId"`
		SpanID     string          `json:"spanId"`
		ParentID   string          `json:"parentSpanId,omitempty"`
		Name       string          `json:"name"`
		Kind       int             `json:"kind"`
		Start      string          `json:"startTimeUnixNano"`
		End        string          `json:"endTimeUnixNano"`
		Attributes []otlpAttribute `json:"attributes,omitempty"`
		Status     otlpStatus      `json:"status"`
	}
	otlpStatus struct {
		Code    int    `json:"code,omitempty"`
		Message string `json:"message,omitempty"`
	}
	otlpAttribute struct {
		Key   string    `json:"key"`
		Value otlpValue `json:"value"`
	}
	otlpValue struct {
		String *string  `json:"stringValue,omitempty"`
		Int    *string  `json:"intValue,omitempty"`
		Double *float64 `json:"doubleValue,omitempty"`
		Bool   *bool    `json:"boolValue,omitempty"`
	}
)

const (
	otlpUnset = 0
	otlpError = 2 // status codes
)

// OTLP writes a trace as OpenTelemetry spans in JSON, which Jaeger and Tempo
// read. Simulated time 0 is the beginning of 2020; ids follow from the seed.
// Every service is a resource, and so is every workload, as the client that its
// requests come from.
func (t *Trace) OTLP(w io.Writer) error {
	by := make(map[string][]otlpSpan)
	for i := range t.Spans {
		s, err := t.otlp(i)
		if err != nil {
			return err
		}
		by[t.Spans[i].Service] = append(by[t.Spans[i].Service], s)
	}
	out := otlpTraces{ResourceSpans: []otlpResourceSpans{}}
	for _, name := range slices.Sorted(maps.Keys(by)) {
		out.ResourceSpans = append(out.ResourceSpans, otlpResourceSpans{
			Resource:   otlpResource{[]otlpAttribute{text("service.name", name)}},
			ScopeSpans: []otlpScopeSpans{{Scope: otlpScope{"headroom"}, Spans: by[name]}},
		})
	}
	return json.NewEncoder(w).Encode(out)
}

func (t *Trace) otlp(i int) (otlpSpan, error) {
	s := &t.Spans[i]
	begin, err := nanos(s.Begin)
	if err != nil {
		return otlpSpan{}, err
	}
	end, err := nanos(s.End)
	if err != nil {
		return otlpSpan{}, err
	}
	out := otlpSpan{
		TraceID: id(t.Seed, 1) + id(t.Seed, 2+uint64(s.Request)), SpanID: t.spanID(i),
		Name: s.Name, Kind: int(s.Kind), Start: begin, End: end,
		Attributes: []otlpAttribute{text("headroom.outcome", s.Outcome)},
	}
	if s.Parent >= 0 {
		out.ParentID = t.spanID(s.Parent)
	}
	if s.Replica >= 0 {
		out.Attributes = append(out.Attributes, whole("headroom.replica", s.Replica))
	}
	if s.Attempt > 0 {
		out.Attributes = append(out.Attributes, whole("headroom.attempt", s.Attempt))
	}
	if s.Hedged {
		out.Attributes = append(out.Attributes, otlpAttribute{"headroom.hedged", otlpValue{Bool: &s.Hedged}})
	}
	for _, name := range slices.Sorted(maps.Keys(s.Parts)) {
		x := s.Parts[name]
		out.Attributes = append(out.Attributes, otlpAttribute{"headroom.seconds." + name, otlpValue{Double: &x}})
	}
	if s.Outcome != outWell.String() {
		out.Status = otlpStatus{otlpError, s.Outcome}
		if !s.Ended {
			out.Status.Code = otlpUnset
		}
	}
	return out, nil
}

func (t *Trace) spanID(i int) string { return id(^t.Seed, uint64(i)) }

func text(key, s string) otlpAttribute { return otlpAttribute{key, otlpValue{String: &s}} }

func whole(key string, n int) otlpAttribute {
	s := strconv.Itoa(n)
	return otlpAttribute{key, otlpValue{Int: &s}}
}

// nanos is a simulated instant (s) as OTLP has it.
func nanos(at float64) (string, error) {
	const most = 1e10 // 300 years; uint64 nanoseconds end in 2554
	if !(at >= 0 && at < most) {
		return "", fmt.Errorf("simulate: trace: an instant %v s after 2020; spans end before %v s", at, float64(most))
	}
	return strconv.FormatUint(traceEpoch+uint64(math.Round(at*1e9)), 10), nil
}

// id makes an id of a seed and a number: different numbers have different ids.
// An id of 0 means none.
func id(seed, n uint64) string { return fmt.Sprintf("%016x", max(rules.Mix(seed+n), 1)) }
