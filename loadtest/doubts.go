package loadtest

import (
	"fmt"
	"time"

	"github.com/headroom/headroom/measure"
)

// When a run is told to be doubtful, and when not to be trusted.
const (
	doubtfulLateness = 0.10 // p99 lateness, as a share of the median response time
	trustedLateness  = 0.80 // lateness as a share of the response time, of both the median or of both p99, past which nothing is left to trust
	trustedRate      = 0.05 // requests due and never sent, as a share of those due
	trustedOwn       = 0.95 // of this machine, that this process uses
)

const notTrusted = "do not trust this run: what it measured is the generator"

// doubts says what the hits themselves cast doubt on.
func (s *summary) doubts() []measure.Caveat {
	var out []measure.Caveat
	for i, f := range s.workloads {
		where := "workloads." + s.head.Workloads[i]
		for _, c := range []measure.Caveat{f.late(), f.queued(), f.shortfall(), f.cutOff(), f.leftOut(), f.outOfRange(), f.growth()} {
			if c.What != "" {
				c.What, c.Where = "loadtest: "+c.What, where
				out = append(out, c)
			}
		}
	}
	if most := s.head.Connections; s.end.InFlight >= most && most > 0 {
		out = append(out, measure.Caveat{
			What:   fmt.Sprintf("loadtest: the cap of %d requests in flight was reached", most),
			Where:  "generator",
			Effect: "requests waited in the generator, which is part of their response time; the system met them later, and closer together, than they were due",
		})
	}
	return out
}

// late says how late the generator was, where that matters.
func (f *figures) late() measure.Caveat {
	if f.lateness.n == 0 {
		return measure.Caveat{}
	}
	qs := f.lateness.cells().quantiles([]float64{0.5, 0.99})
	response := f.response.view()
	if response.n == 0 {
		return measure.Caveat{}
	}
	median := response.all.quantile(0.5)
	if float64(qs[1]) <= doubtfulLateness*float64(median) {
		return measure.Caveat{}
	}
	c := measure.Caveat{
		What: fmt.Sprintf("requests were sent %v after they were due at the median, %v at p99 and %v at most (median response time %v)",
			round(qs[0]), round(qs[1]), round(f.lateness.max), round(median)),
		Effect: "response times, which run from the due time, hold this lateness of the generator; service times do not",
	}
	tail := response.all.quantile(0.99)
	beyond := float64(qs[0]) > trustedLateness*float64(median) || float64(qs[1]) > trustedLateness*float64(tail)
	if beyond {
		c.Effect = notTrusted
	}
	return c
}

// round leaves three digits or so.
func round(t time.Duration) time.Duration {
	switch {
	case t >= time.Second:
		return t.Round(time.Millisecond)
	case t >= time.Millisecond:
		return t.Round(time.Microsecond)
	}
	return t.Round(100 * time.Nanosecond)
}

// shortfall says how much of the load was not put on the system.
func (f *figures) shortfall() measure.Caveat {
	due := f.due.sum()
	if f.unsent == 0 || due == 0 {
		return measure.Caveat{}
	}
	c := measure.Caveat{
		What:   fmt.Sprintf("%d of %.0f requests were due and never sent", f.unsent, due),
		Effect: "they count as failed; the system bore less load than it was offered",
	}
	if float64(f.unsent) > trustedRate*due {
		c.Effect = notTrusted
	}
	return c
}

func (f *figures) cutOff() measure.Caveat {
	if f.cut == 0 {
		return measure.Caveat{}
	}
	return measure.Caveat{
		What:   fmt.Sprintf("%d requests were cut at the end of the run and count as nothing", f.cut),
		Effect: "the slowest requests are missing from the response times",
	}
}

func (f *figures) leftOut() measure.Caveat {
	failed := f.failed.sum()
	if failed == 0 {
		return measure.Caveat{}
	}
	return measure.Caveat{
		What:   fmt.Sprintf("%.0f of %.0f requests failed", failed, f.ended.sum()),
		Effect: "response times are those of requests that were answered",
	}
}

func (f *figures) outOfRange() measure.Caveat {
	beyond := int64(0)
	for i := range f.response.blocks {
		beyond += f.response.blocks[i].beyond
	}
	if beyond == 0 {
		return measure.Caveat{}
	}
	return measure.Caveat{
		What:   fmt.Sprintf("%d response times above %v are counted as %v", beyond, longestTime, longestTime),
		Effect: "percentiles there are too low",
	}
}

func (f *figures) growth() measure.Caveat {
	if !f.overloaded() {
		return measure.Caveat{}
	}
	return measure.Caveat{
		What:   fmt.Sprintf("%d requests were in the system at the start of the measured time and %d at its end: more came than were answered", f.atStart, f.atEnd),
		Effect: "response times and numbers in the system grow with the length of the run; they are no steady figures",
	}
}

// queued says what the cap on connections did, where it is most of what was
// measured.
func (f *figures) queued() measure.Caveat {
	if 2*f.waited <= int64(f.ended.sum()) {
		return measure.Caveat{}
	}
	return measure.Caveat{
		What:   fmt.Sprintf("%d of %.0f requests waited for a connection", f.waited, f.ended.sum()),
		Effect: notTrusted,
	}
}
