package simulate

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"math"
	"strconv"
	"testing"

	"github.com/headroom/headroom/scenarios"
)

// decoded is a trace as a program that knows OTLP alone reads it: unknown fields
// are refused.
type decoded struct {
	ResourceSpans []struct {
		Resource   struct{ Attributes []keyValue }
		ScopeSpans []struct {
			Scope struct{ Name string }
			Spans []struct {
				TraceID, SpanID, ParentSpanID, Name string
				Kind                                int
				StartTimeUnixNano, EndTimeUnixNano  string
				Attributes                          []keyValue
				Status                              struct {
					Code    int
					Message string
				}
			}
		}
	}
}

type keyValue struct {
	Key   string
	Value struct {
		StringValue, IntValue string
		DoubleValue           float64
		BoolValue             bool
	}
}

const shop = `headroom: 1
name: shop
services:
  web:
    threads: 20
    operations:
      buy:
        - cpu: exp(2ms)
        - parallel: [{call: stock.get}, {call: price.get}]
        - {call: db.write, timeout: 25ms, retry: {attempts: 3, backoff: 5ms}}
  stock: {operations: {get: [{cpu: exp(2ms)}]}}
  price: {operations: {get: [{wait: 1ms}]}}
  db: {discipline: fifo, operations: {write: [{cpu: exp(5ms)}]}}
network: {latency: exp(1ms)}
workloads:
  shoppers: {arrivals: poisson(50/s), does: web.buy}
  staff: {users: 3, think: exp(1s), does: [{call: web.buy}, {wait: 10ms}]}
`

func parse(t *testing.T, text string) *scenarios.Model {
	t.Helper()
	m, diags := scenarios.Parse("test.yaml", []byte(text), nil)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	return m
}

// A reader of OTLP who knows nothing of the simulator finds whole trees, each
// inside its trace, and the response times that the simulator counted.
func TestTraceAsOTLP(t *testing.T) {
	m := parse(t, shop)
	k, err := traced(context.Background(), m, TraceOptions{Seed: 3, Warmup: 5, Requests: 500, MaxSpans: 1e6, MaxEvents: 1e8})
	if err != nil {
		t.Fatal(err)
	}
	trace, err := TraceOf(context.Background(), m, TraceOptions{Seed: 3, Warmup: 5, Requests: 500})
	if err != nil {
		t.Fatal(err)
	}
	if len(trace.Spans) != len(k.inside.tracer.spans) || trace.Lost != 0 || trace.Requests != 500 {
		t.Fatalf("%d spans of %d requests, %d lost", len(trace.Spans), trace.Requests, trace.Lost)
	}
	var b bytes.Buffer
	if err := trace.OTLP(&b); err != nil {
		t.Fatal(err)
	}
	var d decoded
	read := json.NewDecoder(bytes.NewReader(b.Bytes()))
	read.DisallowUnknownFields()
	if err := read.Decode(&d); err != nil {
		t.Fatal(err)
	}
	type one struct {
		trace, parent, service string
		kind                   int
		from, to               int64
		well                   bool
		attempt                string
	}
	spans := make(map[string]one)
	for _, r := range d.ResourceSpans {
		if len(r.Resource.Attributes) != 1 || r.Resource.Attributes[0].Key != "service.name" {
			t.Fatalf("resource %+v", r.Resource)
		}
		for _, sp := range r.ScopeSpans[0].Spans {
			from, err1 := strconv.ParseInt(sp.StartTimeUnixNano, 10, 64)
			to, err2 := strconv.ParseInt(sp.EndTimeUnixNano, 10, 64)
			id, err3 := hex.DecodeString(sp.TraceID + sp.SpanID)
			if err1 != nil || err2 != nil || err3 != nil || len(id) != 24 || from > to || sp.Name == "" {
				t.Fatalf("span %+v", sp)
			}
			o := one{sp.TraceID, sp.ParentSpanID, r.Resource.Attributes[0].Value.StringValue, sp.Kind, from, to, sp.Status.Code == 0, ""}
			for _, a := range sp.Attributes {
				if a.Key == "headroom.attempt" {
					o.attempt = a.Value.IntValue
				}
			}
			if _, twice := spans[sp.SpanID]; twice {
				t.Fatalf("two spans %s", sp.SpanID)
			}
			spans[sp.SpanID] = o
		}
	}
	roots, sum, retried := 0, 0.0, 0
	for id, s := range spans {
		if s.attempt > "1" {
			retried++
		}
		if s.parent == "" {
			roots++
			if s.kind != 3 || s.service != "shoppers" && s.service != "staff" {
				t.Errorf("root %s: %+v", id, s)
			}
			if s.well {
				sum += float64(s.to-s.from) / 1e9
			}
			continue
		}
		up, ok := spans[s.parent]
		switch {
		case !ok || up.trace != s.trace:
			t.Fatalf("span %s has no parent in its trace", id)
		case s.from < up.from:
			t.Errorf("span %s begins before its parent", id)
		case s.kind == 2 && up.kind != 3:
			t.Errorf("server span %s below kind %d", id, up.kind)
		case s.to > up.to && up.well:
			t.Errorf("span %s ends after its parent, which was not given up", id)
		}
	}
	if roots != 500 || retried == 0 || sum == 0 {
		t.Errorf("%d roots, %d attempts but the first", roots, retried)
	}
	// The same sum from the instants of the simulation, to a nanosecond each.
	want := 0.0
	for _, s := range k.inside.tracer.spans {
		if s.parent == 0 && s.how == outWell {
			want += s.end - s.begin
		}
	}
	if math.Abs(sum-want) > 1e-9*500 {
		t.Errorf("response times add up to %v s, want %v s", sum, want)
	}
}

// The roots of a trace of all requests have the response times that are counted
// without a trace.
func TestTraceHasTheResponseTimes(t *testing.T) {
	m := parse(t, shop)
	k, err := traced(context.Background(), m, TraceOptions{Seed: 3, Requests: 1 << 30, MaxSpans: 1 << 30, MaxEvents: 200_000})
	if err != nil {
		t.Fatal(err)
	}
	sum, n := make([]float64, 2), make([]int64, 2)
	inParts := 0.0
	for _, s := range k.inside.tracer.spans {
		if s.parent == 0 && s.ended && s.how == outWell {
			sum[s.workload] += s.end - s.begin
			n[s.workload]++
		}
		inParts += s.parts[served]
	}
	for i := range sum {
		h := &k.tally.responses[i]
		if n[i] != h.n || n[i] < 500 || math.Abs(sum[i]-h.total()) > 1e-9*h.total() {
			t.Errorf("workload %d: %d roots of %v s, %d counted of %v s", i, n[i], sum[i], h.n, h.total())
		}
	}
	var all float64
	for i := range k.stations {
		all += k.stations[i].served
	}
	if math.Abs(inParts-all) > 0.001*all { // but for those at work
		t.Errorf("spans were served for %v s, cores have given %v s", inParts, all)
	}
}

// To trace random systems breaks no law, and every span ends where all does.
func TestTraceOfRandomSystems(t *testing.T) {
	for seed := range uint64(25) {
		for _, m := range []*scenarios.Model{randomModel(seed), impatientModel(seed)} {
			trace, err := TraceOf(context.Background(), m, TraceOptions{Seed: seed, Warmup: 1, Requests: 200, MaxEvents: 100_000, MaxSpans: 20_000})
			if err != nil {
				continue
			}
			for i, s := range trace.Spans {
				if s.Parent >= i || s.End < s.Begin || s.Parent >= 0 && trace.Spans[s.Parent].Request != s.Request {
					t.Fatalf("seed %d: span %d: %+v", seed, i, s)
				}
			}
			if err := trace.OTLP(&bytes.Buffer{}); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestTraceRefuses(t *testing.T) {
	m := parse(t, shop)
	for _, o := range []TraceOptions{{Warmup: math.NaN()}, {Warmup: -1}, {Requests: -1}, {MaxSpans: -1}, {MaxEvents: -1}, {Warmup: math.Inf(1)}} {
		if _, err := TraceOf(context.Background(), m, o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := TraceOf(gone, m, TraceOptions{Warmup: 1e6}); err == nil {
		t.Error("a trace that was called off")
	}
	if err := (&Trace{Spans: []Span{{Parent: -1, Begin: 1e11, End: 1e11}}}).OTLP(&bytes.Buffer{}); err == nil {
		t.Error("an instant in 5189 has nanoseconds")
	}
}
