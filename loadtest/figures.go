package loadtest

import (
	"time"

	"github.com/headroom/headroom/measure"
)

// figures adds up how one workload, or one operation, fared.
type figures struct {
	span time.Duration // the measured time

	due, ended perBlock // requests due; of these, ended one way or the other
	failed     perBlock // of the ended
	answered   perBlock // requests that were answered within the block, whenever due
	present    perBlock // request-seconds spent in the system within the block (s)
	failures   map[string]int64
	cut        int64
	unsent     int64

	response, service sample
	target, queue     sample       // the response without the queue of the cap; that queue
	inner             bool         // of an operation: of its times only the response is told
	capped            bool         // there is such a queue
	lateness          distribution // of those that did not wait for a connection
	waited            int64        // requests that waited for one
	atStart, atEnd    int64        // requests in the system when the measured time began and ended
}

func newFigures(span time.Duration) *figures {
	return &figures{span: span, failures: map[string]int64{}}
}

// block is the block that a time within the measured time falls into.
func (f *figures) block(t time.Duration) int {
	return min(int(float64(t)/float64(f.span)*numBlocks), numBlocks-1)
}

func (f *figures) within(t time.Duration) bool { return t >= 0 && t < f.span }

// add takes a hit in. What was due within the measured time counts with its
// own fate, however late that was; what ended within it counts to the throughput.
func (f *figures) add(h *Hit) {
	f.addPresent(h.Due, h.Done)
	if h.Outcome == Answered && f.within(h.Done) {
		f.answered[f.block(h.Done)]++
	}
	if !f.within(h.Due) {
		return
	}
	b := f.block(h.Due)
	f.due[b]++
	switch h.Outcome {
	case Cut:
		f.cut++
		return
	case Unsent:
		f.unsent++
	default:
		if h.Waited {
			f.waited++
		} else {
			f.lateness.add(h.Sent - h.Due)
		}
	}
	f.ended[b]++
	if h.Outcome != Answered {
		f.failed[b]++
		f.failures[h.Outcome.String()]++
		return
	}
	f.response.add(b, h.Done-h.Due)
	if f.inner {
		return
	}
	f.service.add(b, h.Done-h.Sent)
	if f.capped {
		f.target.add(b, h.Done-h.Due-h.Queued)
		f.queue.add(b, h.Queued)
	}
}

// addPresent spreads the stay of a request over the blocks it touches.
func (f *figures) addPresent(from, to time.Duration) {
	if from < 0 && to >= 0 {
		f.atStart++
	}
	if from < f.span && to >= f.span {
		f.atEnd++
	}
	from, to = max(from, 0), min(to, f.span)
	for from < to {
		b := f.block(from)
		edge := min(max(time.Duration(float64(b+1)/numBlocks*float64(f.span)), from+1), to)
		f.present[b] += seconds(edge - from)
		from = edge
	}
}

// workload is what a result says.
func (f *figures) workload() *measure.Workload {
	span := seconds(f.span)
	w := &measure.Workload{
		Offered:    measure.Exactly(f.due.sum() / span),
		Throughput: meanOf(&f.answered, numBlocks/span),
		Failed:     shareOf(&f.failed, &f.ended),
		InSystem:   meanOf(&f.present, numBlocks/span),
		Response:   f.response.times(),
		Service:    f.service.times(),
		Target:     f.target.times(),
		Queue:      f.queue.times(),
	}
	if len(f.failures) > 0 {
		w.Failures = f.failures
	}
	return w
}

// operation is what a result says; requests is the number of requests of all
// workloads that ended.
func (f *figures) operation(requests float64) *measure.Operation {
	o := &measure.Operation{
		Throughput: meanOf(&f.answered, numBlocks/seconds(f.span)),
		Response:   f.response.times(),
	}
	if requests > 0 {
		o.Visits = measure.Exactly(f.ended.sum() / requests)
	}
	return o
}

// overloaded reports whether the requests in the system grew by a share of all
// that came that no steady state explains.
func (f *figures) overloaded() bool {
	came := f.due.sum()
	return came >= fewestForInterval && float64(f.atEnd-f.atStart) > tooMuchGrowth*came
}

const tooMuchGrowth = 0.05
