package simulate

// tracer keeps the spans of the first requests from an instant on.
type tracer struct {
	from   float64 // trace requests due from here on (s)
	want   int     // requests to trace
	most   int     // spans to keep
	roots  int     // requests traced so far
	left   int     // of these, at work
	open   int     // spans that have not ended
	lost   int     // spans that there was no room for
	spans  []span
	handed int32 // root of a request of a route, on its way to the next operation

	watch  int // happenings to keep
	noted  []happening
	noteTo float64 // instant of the last of them, when there are as many (s)
}

// happening is something that happens to a span: it begins or ends, or has
// spent time on a phase.
type happening struct {
	at   float64 // (s)
	time float64 // spent (s)
	span int32
	what phase // or one of the following
}

const (
	itBegins phase = phases + iota
	itEnds
)

// note keeps a happening, as long as there is room.
func (t *tracer) note(span int32, what phase, at, time, now float64) {
	switch {
	case len(t.noted) < t.watch:
		t.noted = append(t.noted, happening{at: at, time: time, span: span, what: what})
		t.noteTo = now
	case t.watch > 0:
		t.left, t.want = 0, 0 // there is nothing more to trace
	}
}

// span is a time in which something was done for a request.
type span struct {
	trace    int32 // request
	parent   int32 // span, plus 1; 0 of the first
	kind     SpanKind
	workload int32 // that it is the request of; nobody of others
	service  int32 // where it was; nobody of a session
	op       int32 // that was asked for; nobody of a session
	replica  int32
	attempt  int32 // counted from 1 where a call may be tried again
	hedged   bool
	ended    bool
	how      outcome
	begin    float64 // (s)
	end      float64 // (s)
	parts    [phases]float64
}

// begin adds a span, and returns its index plus 1; 0 where there is no room.
func (t *tracer) begin(s span) int32 {
	if len(t.spans) >= t.most {
		t.lost++
		return 0
	}
	t.spans = append(t.spans, s)
	t.open++
	t.note(int32(len(t.spans)-1), itBegins, s.begin, 0, s.begin)
	return int32(len(t.spans))
}

// finish ends a span, unless it has.
func (t *tracer) finish(i int32, at float64, how outcome) {
	if i == 0 {
		return
	}
	s := &t.spans[i-1]
	if s.ended {
		return
	}
	s.ended, s.end, s.how = true, at, how
	t.open--
	if s.workload != nobody {
		t.left--
	}
	t.note(i-1, itEnds, at, 0, t.noteTo)
}

// account adds time that a frame has spent to its span.
func (t *tracer) account(a *account, fr *frame, time, now float64) {
	span := a.span
	if fr.state == travelling || fr.state == answering {
		span = a.asked
	}
	if span == 0 {
		return
	}
	for _, x := range spentOn(fr, time, now) {
		if x.time > 0 {
			t.spans[span-1].parts[x.on] += x.time
			t.note(span-1, x.on, now, x.time, now)
		}
	}
}

// answerComes adds time on the network, from now on, to the span of who asked.
func (t *tracer) answerComes(a *account, time float64) {
	if a.asked != 0 {
		t.spans[a.asked-1].parts[onNetwork] += time
	}
}

// traceRoot begins the trace of a request of a workload, or goes on with that
// of a route.
func (k *kernel) traceRoot(f, workload int32) {
	if k.inside == nil || k.inside.tracer == nil {
		return
	}
	t := k.inside.tracer
	root := t.handed
	t.handed = 0
	if root == 0 && k.now >= t.from && t.roots < t.want {
		root = t.begin(span{
			trace: int32(t.roots), kind: SpanClient, workload: workload, service: nobody, op: nobody, replica: nobody, begin: k.now,
		})
		if root != 0 {
			t.roots++
			t.left++
		}
	}
	a := k.inside.accounts.at(f)
	a.span, a.asked = root, root
}

// traceCall begins the span of a call of f for visit v.
func (k *kernel) traceCall(f, v, attempt int32, hedged bool) {
	l := k.inside
	in := l.accounts.at(f).span
	if in == 0 {
		return
	}
	caller, a := k.frames.at(f), l.accounts.at(v)
	s := span{
		trace: l.tracer.spans[in-1].trace, parent: in, kind: SpanClient, workload: nobody, service: nobody,
		op: k.frames.at(v).op, replica: caller.replica, attempt: attempt, hedged: hedged, begin: k.now,
	}
	if caller.op != nobody {
		s.service = k.operations[caller.op].service
	}
	a.asked = l.tracer.begin(s)
	a.span = a.asked
}

// traceVisit begins the span of visit v at its service.
func (k *kernel) traceVisit(v, op int32) {
	l := k.inside
	a := l.accounts.at(v)
	if a.span == 0 {
		return
	}
	a.serving = l.tracer.begin(span{
		trace: l.tracer.spans[a.span-1].trace, parent: a.span, kind: SpanServer, workload: nobody,
		service: k.operations[op].service, op: op, replica: nobody, begin: k.now,
	})
	a.span = a.serving
}

// endServing ends the span of visit v at its service.
func (k *kernel) endServing(v int32, how outcome) {
	l := k.inside
	if l == nil || l.accounts.at(v).serving == 0 {
		return
	}
	a := l.accounts.at(v)
	if s := &l.tracer.spans[a.serving-1]; !s.ended {
		s.replica = k.frames.at(v).replica
	}
	l.tracer.finish(a.serving, k.now, how)
}

// endAsked ends the span of who asked for v, or of the request of a workload: at
// the instant up to which that is accounted for where the answer is on its way.
func (k *kernel) endAsked(v int32, how outcome) {
	l := k.inside
	if l == nil || l.tracer == nil {
		return
	}
	if a := l.accounts.at(v); a.asked != 0 {
		at := k.now
		if fr := k.frames.at(v); fr.kind == called && fr.parent != nobody {
			at = max(at, l.accounts.at(fr.parent).mark)
		}
		l.tracer.finish(a.asked, at, how)
	}
}

// endSpans ends what spans a frame has of its own.
func (k *kernel) endSpans(f int32, how outcome) {
	if k.inside == nil || k.inside.tracer == nil {
		return
	}
	k.endServing(f, how)
	k.endAsked(f, how)
}

// passSpans lets another frame have those of f.
func (k *kernel) passSpans(f, to int32) {
	if k.inside == nil {
		return
	}
	a, b := k.inside.accounts.at(f), k.inside.accounts.at(to)
	b.span, b.asked, b.serving = a.span, a.asked, a.serving
	a.span, a.asked, a.serving = 0, 0, 0
}
