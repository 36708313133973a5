package loadtest

import (
	"context"
	"fmt"
	"time"

	"github.com/headroom/headroom/measure"
)

// progressInterval is how often progress is told.
const progressInterval = 250 * time.Millisecond

// brief is how long requests in flight are waited for after an interruption.
const brief = time.Second

// conduct sees a load through from its start to its last answer, and returns
// what the file of hits says at its end.
func (r *run) conduct(ctx context.Context, ended <-chan struct{}) *End {
	window := &window{run: r}
	end := &End{Duration: r.options.Duration}
	if !r.through(ctx, window) {
		end.Interrupted, end.Aborted = true, r.ended
		end.Duration = min(max(seconds(r.now()), shortest), r.options.Duration)
	}
	window.close()
	grace := r.options.timeout() + r.longestJourney()
	if end.Interrupted {
		r.stopPace()
		grace = min(grace, brief)
	}
	r.drain(ctx, ended, grace)
	end.Interrupted = end.Interrupted || ctx.Err() != nil // while the last answers were waited for
	if r.attack != nil {
		r.giveUp(end)
		end.InFlight = int(r.attack.gauge.most.Load())
	}
	end.Caveats = append(end.Caveats, window.caveats()...)
	end.Pressure = window.pressure()
	end.Caveats = append(end.Caveats, r.throttle.caveats()...)
	end.Caveats = append(end.Caveats, leftOut(r.left)...)
	end.Caveats = append(end.Caveats, r.requests.caveats()...)
	return end
}

// longestJourney is what sessions and routes are given beyond the time of one
// request to come to their end: three times what they take in an idle system.
func (r *run) longestJourney() time.Duration {
	longest := 0.0
	for i := range r.model.Workloads {
		if w := &r.model.Workloads[i]; len(w.Mix) == 0 {
			longest = max(longest, 3*idleTime(r.model, w))
		}
	}
	return duration(longest)
}

// shortest is the measured time of a run that was interrupted before it began (s).
const shortest = 1e-9

// through waits until the measured time is over, opening the window on the
// way; false when the run was cut short.
func (r *run) through(ctx context.Context, w *window) bool {
	if !r.until(ctx, 0) {
		return false
	}
	w.open()
	return r.until(ctx, duration(r.options.Duration))
}

// until waits for a time and tells of the progress towards it; false when the
// run is cut short meanwhile, by its context or by a file that takes no more hits.
func (r *run) until(ctx context.Context, at time.Duration) bool {
	for {
		now := r.now()
		r.tell(now)
		if now >= at {
			return true
		}
		if r.ended = r.over(now); r.ended != "" {
			return false
		}
		next := time.NewTimer(min(progressInterval, at-now))
		select {
		case <-next.C:
		case <-ctx.Done():
			next.Stop()
			return false
		case <-r.recorder.failed:
			next.Stop()
			return false
		}
	}
}

// over says what ends the run at an instant before its time; empty: nothing.
func (r *run) over(now time.Duration) string {
	from := -duration(r.options.Warmup)
	if most := r.options.Caps.Duration; most > 0 && now-from >= duration(most) {
		return fmt.Sprintf("the load has lasted %v; at most that it may", duration(most))
	}
	return r.warden.broken(now, from)
}

func (r *run) tell(now time.Duration) {
	if r.options.Progress == nil {
		return
	}
	o := r.options
	note := fmt.Sprintf("%.0f s of %.0f s", seconds(max(now, 0)), o.Duration)
	if now < 0 {
		note = fmt.Sprintf("warming up, %.0f s to go", -seconds(now))
	}
	if r.attack != nil {
		note += fmt.Sprintf(", %d in flight", r.attack.gauge.now.Load())
	}
	r.options.Progress(min(max((seconds(now)+o.Warmup)/(o.Warmup+o.Duration), 0), 1), note)
}

// drain waits for what is in flight, for the grace time at most, then cuts it.
func (r *run) drain(ctx context.Context, ended <-chan struct{}, grace time.Duration) {
	timer := time.NewTimer(grace)
	defer timer.Stop()
	interrupted, why := ctx.Done(), errTooLate
	for waiting := true; waiting; {
		select {
		case <-ended:
			waiting = false
		case <-timer.C:
			waiting = false
		case <-interrupted: // in the middle of waiting: be brief from here on
			interrupted, why = nil, errInterrupted
			timer.Reset(min(grace, brief))
		}
	}
	r.stopPace()
	r.stop(why)
	<-ended
	r.hangUp()
}

// giveUp records what was due and never sent.
func (r *run) giveUp(end *End) {
	outcome := Unsent
	if end.Interrupted {
		outcome = Cut
	}
	r.attack.unsent(duration(end.Duration), r.discard(outcome))
	end.Caveats = append(end.Caveats, r.attack.caveats()...)
}

// discard records requests that are not made.
func (r *run) discard(outcome Outcome) func(due time.Duration, q request) {
	return func(due time.Duration, q request) {
		now := max(r.now(), due)
		h := Hit{Due: due, Sent: now, Done: now, Workload: q.workload, Op: q.op, Outcome: outcome}
		if w := &r.model.Workloads[q.workload]; w.Route != nil {
			h.Op = Session
		}
		r.record(&h)
	}
}

// window is the measured time: it tells the observer and looks at the machine
// when it begins and ends.
type window struct {
	run           *run
	from, to      time.Duration
	before, after machine
}

func (w *window) open() {
	w.run.observed = true
	if o := w.run.options.Observer; o != nil {
		o.Begin()
	}
	w.from, w.before = w.run.now(), readMachine()
}

func (w *window) close() {
	if !w.run.observed {
		return
	}
	if o, ok := w.run.options.Observer.(interface{ Stop() }); ok {
		o.Stop()
	}
	w.to, w.after = w.run.now(), readMachine()
}

func (w *window) caveats() []measure.Caveat {
	return pressure(w.before, w.after, seconds(w.to-w.from))
}

func (w *window) pressure() *measure.Pressure {
	return usage(w.before, w.after, seconds(w.to-w.from))
}
