package simulate

import (
	"context"
	"fmt"
	"math"
	"sync/atomic"

	"github.com/headroom/headroom/scenarios"
)

// TraceOptions say what to trace.
type TraceOptions struct {
	Seed     uint64  // of the random streams: those of the first replication of [Run]
	Warmup   float64 // trace requests due from here on (s)
	Requests int     // the first so many; 0 means 1000

	MaxSpans  int   // at most; 0 means 2 million
	MaxEvents int64 // to simulate; 0 means 10⁹

	watch int // happenings to keep
}

// Trace is what was done for some simulated requests: a tree of spans for each.
// What their messages make consumers do is in none.
type Trace struct {
	Seed  uint64
	Spans []Span // parents before children
	// Requests were begun; Lost spans were left out as there was no room.
	Requests, Lost int
}

// SpanKind says which side of a call a span is.
type SpanKind uint8

const (
	SpanServer SpanKind = 2 // a visit at its service; numbers are those of OTLP
	SpanClient SpanKind = 3 // a call, or a request of a workload
)

// Span is one thing that was done for a request.
type Span struct {
	Request int // counted from 0
	Parent  int // index among the spans; -1 of a whole request
	Kind    SpanKind
	Service string             // or workload, of what its sessions do themselves
	Name    string             // of the operation asked for, or the workload
	Replica int                // of the service; -1 where it had none
	Attempt int                // of a call that may be tried again, from 1; 0 of others
	Hedged  bool               // another copy of the attempt was out
	Outcome string             // "well", or why it failed
	Ended   bool               // it had when the simulation ended
	Begin   float64            // since the start of the simulation (s)
	End     float64            // (s)
	Parts   map[string]float64 // time by what it was spent on, as in a [measure.Parts] (s)
}

const (
	defaultTraced      = 1000
	defaultSpans       = 2_000_000
	defaultTraceEvents = 1_000_000_000
)

func (o TraceOptions) filled() (TraceOptions, error) {
	if !(o.Warmup >= 0) || math.IsInf(o.Warmup, 1) {
		return o, fmt.Errorf("simulate: trace: warm-up of %v s; want a finite number of at least 0", o.Warmup)
	}
	if o.Requests < 0 || o.MaxSpans < 0 || o.MaxEvents < 0 {
		return o, fmt.Errorf("simulate: trace: a number of requests, spans or events below 0")
	}
	setDefault(&o.Requests, defaultTraced)
	setDefault(&o.MaxSpans, defaultSpans)
	setDefault(&o.MaxEvents, defaultTraceEvents)
	return o, nil
}

// TraceOf simulates m until the first requests after the warm-up have ended, and
// returns their spans. It is a function of the model and the options alone.
func TraceOf(ctx context.Context, m *scenarios.Model, o TraceOptions) (*Trace, error) {
	o, err := o.filled()
	if err != nil {
		return nil, err
	}
	k, err := traced(ctx, m, o)
	if err != nil {
		return nil, err
	}
	t := k.inside.tracer
	out := &Trace{Seed: o.Seed, Requests: t.roots, Lost: t.lost, Spans: make([]Span, len(t.spans))}
	for i := range t.spans {
		out.Spans[i] = k.spanOf(&t.spans[i])
	}
	return out, nil
}

// traced is a kernel that has traced what was asked for.
func traced(ctx context.Context, m *scenarios.Model, o TraceOptions) (*kernel, error) {
	p, err := compile(m)
	if err != nil {
		return nil, err
	}
	k := newKernel(p, streams{seed: o.Seed})
	k.keepLedger()
	t := &tracer{from: o.Warmup, want: o.Requests, most: o.MaxSpans, watch: o.watch}
	k.inside.tracer = t
	k.from, k.budget, k.room = o.Warmup, o.MaxEvents, defaultInProgress
	k.stop = new(atomic.Bool)
	defer context.AfterFunc(ctx, func() { k.stop.Store(true) })()
	k.run(o.Warmup)
	// By doubling: how long so many requests take is not known. What callers
	// left behind has as long again to end.
	step, began := max(o.Warmup/16, 1e-3), k.now
	for k.halt == notHalted && k.calendar.len() > 0 && (t.roots < t.want && t.lost == 0 || t.left > 0) {
		k.run(k.now + step)
		step *= 1.25
	}
	for end := k.now + max(k.now-began, step); k.halt == notHalted && k.calendar.len() > 0 && t.open > 0 && t.want > 0 && k.now < end; {
		k.run(min(k.now+step, end))
	}
	if k.err != nil {
		return nil, k.err
	}
	return k, ctx.Err()
}

// spanOf is a span as others read it.
func (k *kernel) spanOf(s *span) Span {
	out := Span{
		Request: int(s.trace), Parent: int(s.parent) - 1, Kind: s.kind, Replica: -1, Attempt: int(s.attempt), Hedged: s.hedged,
		Outcome: s.how.String(), Ended: s.ended, Begin: s.begin, End: s.end,
	}
	if !s.ended {
		out.End, out.Outcome = max(s.begin, k.now), "unfinished"
	}
	if s.op != nobody {
		out.Name = k.operations[s.op].name
	}
	if s.service != nobody {
		out.Service = k.program.services[s.service].name
		if s.replica != nobody {
			out.Replica = int(s.replica - k.program.services[s.service].first)
		}
	}
	if s.workload != nobody {
		out.Name = k.program.workloads[s.workload].name
	}
	if s.service == nobody {
		root := s
		for root.parent != 0 {
			root = &k.inside.tracer.spans[root.parent-1]
		}
		out.Service = k.program.workloads[root.workload].name
	}
	for what, x := range s.parts {
		if x > 0 {
			if out.Parts == nil {
				out.Parts = make(map[string]float64)
			}
			out.Parts[phaseNames[what]] = x
		}
	}
	return out
}

// phaseNames are what phases are called in results.
var phaseNames = [phases]string{"thread", "core", "service", "wait", "network", "lock", "pool", "publish", "copies", "barrier", "retry"}
