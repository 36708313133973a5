package traces

import (
	"container/list"
	"fmt"
)

// assembler puts spans together to traces. It keeps at most so many spans: when
// there are more, the trace that has waited longest for another span is learned
// from as it is, and forgotten. Spans of it that come later begin a trace anew,
// whose first spans have a parent that is missing.
type assembler struct {
	most   int // spans
	held   int
	peak   int
	open   map[traceID]*list.Element // of *openTrace
	recent *list.List                // the one that has waited longest in front
	learn  func([]span)
	early  int // traces learned from before the end
	spare  [][]span
}

type openTrace struct {
	id    traceID
	spans []span
}

func newAssembler(most int, learn func([]span)) *assembler {
	return &assembler{most: most, open: make(map[traceID]*list.Element), recent: list.New(), learn: learn}
}

func (a *assembler) add(t traceID, s *span) error {
	if t == (traceID{}) {
		return nil
	}
	e, ok := a.open[t]
	if !ok {
		o := &openTrace{id: t}
		if n := len(a.spare); n > 0 {
			o.spans, a.spare = a.spare[n-1], a.spare[:n-1]
		}
		e = a.recent.PushBack(o)
		a.open[t] = e
	} else {
		a.recent.MoveToBack(e)
	}
	o := e.Value.(*openTrace)
	if s.from == nil { // a process that is not named
		s.from = new(Origin)
	}
	o.spans = append(o.spans, *s)
	a.held++
	a.peak = max(a.peak, a.held)
	if len(o.spans) > a.most/2 && a.most > 1 {
		return fmt.Errorf("one trace has more than %d spans, half of what is held at most: its id may be that of many; hold more by --hold", a.most/2)
	}
	for a.held >= a.most && a.recent.Len() > 1 {
		a.early++
		a.close(a.recent.Front())
	}
	return nil
}

func (a *assembler) close(e *list.Element) {
	o := e.Value.(*openTrace)
	a.learn(o.spans)
	a.held -= len(o.spans)
	if cap(o.spans) <= 64 && len(a.spare) < 1024 {
		clear(o.spans)
		a.spare = append(a.spare, o.spans[:0])
	}
	delete(a.open, o.id)
	a.recent.Remove(e)
}

// end learns from what is left.
func (a *assembler) end() {
	for a.recent.Len() > 0 {
		a.close(a.recent.Front())
	}
}
