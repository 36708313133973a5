package simulate

import (
	"bytes"
	"context"
	"math"
	"strings"
	"testing"
)

// The log of events alone gives the response times, and how much of them was
// service, that the simulator counts itself.
func TestEvents(t *testing.T) {
	m := parse(t, shop)
	events, err := EventsOf(context.Background(), m, EventOptions{Seed: 3, Most: 50_000})
	if err != nil {
		t.Fatal(err)
	}
	if len(events) < 49_000 || len(events) > 50_000 {
		t.Fatalf("%d events", len(events))
	}
	last := 0.0
	began := make(map[int]float64)
	sum, n, service := 0.0, 0, 0.0
	kinds := make(map[string]int)
	for _, e := range events {
		if e.At < last {
			t.Fatalf("%+v comes after %v s", e, last)
		}
		last = e.At
		kinds[e.What]++
		switch e.What {
		case "request":
			began[e.Request] = e.At
		case "done":
			if e.Outcome == "well" {
				n++
				sum += e.At - began[e.Request]
			}
		case "service":
			service += e.Spent
		}
	}
	for _, what := range []string{"request", "done", "call", "answer", "arrive", "leave", "core", "service", "network", "wait"} {
		if kinds[what] == 0 {
			t.Errorf("no event %q: %v", what, kinds)
		}
	}
	p, err := compile(m)
	if err != nil {
		t.Fatal(err)
	}
	k := newKernel(p, streams{seed: 3})
	k.run(last)
	total, count, given := 0.0, int64(0), 0.0
	for i := range k.sources {
		total += k.tally.responses[i].total()
		count += k.tally.responses[i].n
	}
	for i := range k.stations {
		given += k.stations[i].served
	}
	if int64(n) < count-1 || int64(n) > count || math.Abs(sum-total) > 0.002*total || math.Abs(service-given) > 0.002*given {
		t.Errorf("%d requests of %v s, served for %v s; want %d of %v s, served for %v s", n, sum, service, count, total, given)
	}
}

func TestWriteEvents(t *testing.T) {
	var b bytes.Buffer
	err := WriteEvents(&b, []Event{
		{At: 1.5, Request: 7, What: "call", Service: "web", Operation: "db.read", Attempt: 2},
		{At: 1.625, Request: 7, What: "core", Service: "db", Operation: "db.read", Spent: 0.125},
		{At: 2, Request: 7, What: "done", Service: "users", Operation: "users", Outcome: "timeout"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"time\trequest\tevent\tat\toperation\tdetail",
		"1.500000000\t7\tcall\tweb\tdb.read\tattempt=2",
		"1.625000000\t7\tcore\tdb\tdb.read\t0.125s",
		"2.000000000\t7\tdone\tusers\tusers\ttimeout",
	}
	if got := b.String(); got != strings.Join(want, "\n")+"\n" {
		t.Error(got)
	}
	for _, o := range []EventOptions{{Most: -1}, {Most: 1 << 40}, {Warmup: math.NaN()}} {
		if _, err := EventsOf(context.Background(), parse(t, shop), o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}
