package loadtest

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/headroom/headroom/loadtest/watch"
	"github.com/headroom/headroom/measure"
)

// ResultOf makes the result of a file of hits: of a run that ended, the one
// that [Run] returned (but for what an [Observer] added); of one that was
// killed, that of the hits which were saved.
func ResultOf(path string) (*measure.Result, error) {
	in, err := OpenHits(path)
	if err != nil {
		return nil, err
	}
	end, capped, err := findEnd(in)
	if err = errors.Join(err, in.Close()); err != nil {
		return nil, err
	}
	if in, err = OpenHits(path); err != nil {
		return nil, err
	}
	s := newSummary(in.Head, end)
	for _, f := range s.workloads {
		f.capped = capped
	}
	err = s.read(in)
	if err = errors.Join(err, in.Close()); err != nil {
		return nil, err
	}
	return s.result(), nil
}

// findEnd reads a file through. Where its end is missing, the run is taken to
// have lasted as long as there are hits.
// It also tells whether requests waited for connections.
func findEnd(in *HitReader) (end *End, capped bool, err error) {
	last := time.Duration(0)
	for {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, false, err
		}
		last = max(last, h.Done)
		capped = capped || h.Waited
	}
	if end := in.End(); end != nil {
		return end, capped, nil
	}
	return &End{
		Interrupted: true,
		Duration:    min(max(seconds(last), shortest), in.Head.Duration),
		Caveats: []measure.Caveat{{
			What:   "loadtest: the run was killed before its end",
			Effect: "requests that were in flight then are missing, and they are the slow ones",
		}},
	}, capped, nil
}

// summary makes a result of hits.
type summary struct {
	head       Head
	end        *End
	span       time.Duration
	workloads  []*figures
	lines      []*line
	operations []*figures // nil for those the hits do not tell all about
	levels     levels     // of a load in steps
	watched    watch.Summary
}

func newSummary(head Head, end *End) *summary {
	s := &summary{head: head, end: end, span: max(duration(end.Duration), 1)}
	for range head.Workloads {
		s.workloads = append(s.workloads, newFigures(s.span))
		s.lines = append(s.lines, newLine(testScale(duration(head.Warmup), s.span, head.Test)))
	}
	if head.Test != nil {
		s.levels = newLevels(head.Test, len(head.Workloads), s.span)
	}
	for _, direct := range head.Direct {
		f := newFigures(s.span)
		f.inner = true
		if !direct {
			f = nil
		}
		s.operations = append(s.operations, f)
	}
	return s
}

func (s *summary) read(in *HitReader) error {
	in.Note = s.watched.Add
	for {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		s.add(&h)
	}
}

func (s *summary) add(h *Hit) {
	if !h.Part {
		s.workloads[h.Workload].add(h)
		s.lines[h.Workload].add(h)
		s.levels.add(h)
	}
	if h.Op != Session && s.operations[h.Op] != nil {
		s.operations[h.Op].add(h)
	}
}

func (s *summary) result() *measure.Result {
	r := &measure.Result{
		Schema: measure.Schema, Kind: measure.Measurement, Method: measure.LoadTest,
		Scenario: s.head.Scenario, Stable: true, Interrupted: s.end.Interrupted, Aborted: s.end.Aborted,
		Run: measure.Run{
			Seed: s.head.Seed, Started: s.head.Started,
			Duration: seconds(s.span), Warmup: s.head.Warmup, Target: s.head.Target,
			Host: s.head.Host, Pressure: s.end.Pressure,
		},
		Workloads:  map[string]*measure.Workload{},
		Operations: map[string]*measure.Operation{},
		Series:     &measure.Series{Workloads: map[string]measure.WorkloadSeries{}},
	}
	interval, first, bins := testScale(duration(s.head.Warmup), s.span, s.head.Test)
	r.Series.Interval, r.Series.Start = seconds(interval), seconds(first)
	requests := 0.0
	for i, f := range s.workloads {
		name := s.head.Workloads[i]
		r.Workloads[name] = f.workload()
		r.Series.Workloads[name] = s.lines[i].close()
		requests += f.ended.sum()
		r.Stable = r.Stable && !f.overloaded()
	}
	if bins == 0 {
		r.Series = nil
	}
	s.fillTarget(r, watch.Scale{Interval: seconds(interval), Start: seconds(first), Count: bins, Span: seconds(s.span)})
	for i, f := range s.operations {
		if f != nil && f.due.sum() > 0 {
			r.Operations[s.head.Operations[i]] = f.operation(requests)
		}
	}
	r.Run.Requests = int64(requests)
	r.Run.Detail = s.detail()
	r.Caveats = slices.Concat(r.Caveats, s.doubts(), s.end.Caveats)
	r.Validity = validity(r.Caveats)
	r.Test = s.test(r)
	if s.end.Aborted != "" {
		r.Caveats = append(r.Caveats, measure.Caveat{What: "loadtest: ended early: " + s.end.Aborted, Effect: "what is shown was measured until then"})
	}
	return r
}

// detail says in words how the figures were come by.
func (s *summary) detail() string {
	percentiles := "percentiles of all values"
	for _, f := range s.workloads {
		for i := range f.response.blocks {
			if f.response.blocks[i].many != nil {
				percentiles = "percentiles within 0.1 % or 1 µs (HdrHistogram)"
			}
		}
	}
	engine := s.head.Engine
	if engine == "" {
		engine = Vegeta // files that do not say are of the time before there was another
	}
	return fmt.Sprintf("due times, open loads driven by %s; %s; intervals by batch means of %d blocks of time", engine, percentiles, numBlocks)
}
