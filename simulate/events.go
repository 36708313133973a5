package simulate

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/headroom/headroom/scenarios"
)

// EventOptions say which events to list.
type EventOptions struct {
	Seed   uint64  // of the random streams: those of the first replication of [Run]
	Warmup float64 // of requests due from here on (s)
	Most   int     // events at most; 0 means 100 000
}

// Event is something that happens to a request.
type Event struct {
	At        float64 // since the start of the simulation (s)
	Request   int     // counted from 0
	What      string  // "request", "call" or "arrive", and "done", "answer" or "leave"; or what time was spent on, as in a [measure.Parts]
	Service   string  // or workload, of what its sessions do themselves
	Operation string  // or workload, of a request
	Spent     float64 // time spent until now (s)
	Attempt   int     // of a call that may be tried again, from 1; 0 of others
	Outcome   string  // of what ends
}

const (
	defaultEvents = 100_000
	mostEvents    = 50_000_000
)

// EventsOf simulates m and lists what happens to requests after the warm-up,
// in order of time, as far as there is room. What their messages make consumers
// do is not listed. It is a function of the model and the options alone.
func EventsOf(ctx context.Context, m *scenarios.Model, o EventOptions) ([]Event, error) {
	if o.Most < 0 || o.Most > mostEvents {
		return nil, fmt.Errorf("simulate: events: at most %d; want 1 to %d", o.Most, mostEvents)
	}
	setDefault(&o.Most, defaultEvents)
	// A span makes an event when it begins, so there is room for all of them.
	all, err := TraceOptions{Seed: o.Seed, Warmup: o.Warmup, Requests: math.MaxInt32, MaxSpans: o.Most + 1}.filled()
	if err != nil {
		return nil, err
	}
	all.watch = o.Most
	k, err := traced(ctx, m, all)
	if err != nil {
		return nil, err
	}
	t := k.inside.tracer
	// The end of an answer's way is noted ahead.
	slices.SortStableFunc(t.noted, func(a, b happening) int { return cmp.Compare(a.at, b.at) })
	var out []Event
	for i := range t.noted {
		if h := &t.noted[i]; h.at <= t.noteTo || len(t.noted) < t.watch {
			out = append(out, k.eventOf(h))
		}
	}
	return out, nil
}

func (k *kernel) eventOf(h *happening) Event {
	s := k.spanOf(&k.inside.tracer.spans[h.span])
	out := Event{At: h.at, Request: s.Request, Service: s.Service, Operation: s.Name, Spent: h.time, Attempt: s.Attempt}
	names := [2]string{"call", "answer"}
	switch {
	case s.Kind == SpanServer:
		names = [2]string{"arrive", "leave"}
	case s.Parent < 0:
		names = [2]string{"request", "done"}
	}
	switch h.what {
	case itBegins:
		out.What = names[0]
	case itEnds:
		out.What, out.Outcome = names[1], s.Outcome
	default:
		out.What = phaseNames[h.what]
	}
	return out
}

// WriteEvents writes events as a table with tabs, one a line.
func WriteEvents(w io.Writer, events []Event) error {
	b := bufio.NewWriter(w)
	fmt.Fprintln(b, "time\trequest\tevent\tat\toperation\tdetail")
	for i := range events {
		e := &events[i]
		var detail []string
		if e.Spent > 0 {
			detail = append(detail, fmt.Sprintf("%.9gs", e.Spent))
		}
		if e.Attempt > 0 {
			detail = append(detail, fmt.Sprintf("attempt=%d", e.Attempt))
		}
		if e.Outcome != "" {
			detail = append(detail, e.Outcome)
		}
		fmt.Fprintf(b, "%.9f\t%d\t%s\t%s\t%s\t%s\n", e.At, e.Request, e.What, e.Service, e.Operation, strings.Join(detail, " "))
	}
	return b.Flush()
}
