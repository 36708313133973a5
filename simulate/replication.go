package simulate

import "math"

// replication is one of the independent runs of a program.
type replication struct {
	k     *kernel
	pilot pilot
	start totals // where the measured part begins
	end   totals // where it ends: as far as the simulation has come
	rec   *recorder

	setAside  []histogram // times of rounds that a length was planned by
	firstPart totals      // where these rounds began
}

// begin starts the measured part here: all times seen so far are forgotten.
func (r *replication) begin() {
	r.k.tally.forget()
	r.k.forgetJobs()
	r.k.inside.forget()
	r.start = r.k.totals()
}

// beginAgain starts the measured part anew, and sets aside what was seen so far.
func (r *replication) beginAgain() {
	for _, h := range r.k.tally.histograms() {
		r.setAside = append(r.setAside, *h)
		*h = histogram{}
	}
	r.k.inside.setAside()
	r.firstPart, r.start = r.start, r.k.totals()
}

// takeBack puts what was set aside back into the measured part.
func (r *replication) takeBack() {
	if r.firstPart == nil {
		return
	}
	for i, h := range r.k.tally.histograms() {
		h.merge(&r.setAside[i])
	}
	r.k.inside.takeBack()
	r.start, r.setAside, r.firstPart = r.firstPart, nil, nil
}

// window is what happened in the measured part.
func (r *replication) window() totals {
	if r.end == nil {
		return r.k.totals().minus(r.start)
	}
	return r.end.minus(r.start)
}

// advance simulates up to the instant t, stopping at the ends of the recorder's
// intervals.
func (r *replication) advance(t float64) {
	k := r.k
	for r.rec.active() && r.rec.next() <= t && k.halt == notHalted {
		k.run(r.rec.next())
		if k.halt == notHalted {
			r.rec.close(k)
		}
	}
	if k.now < t {
		k.run(t)
	}
}

// fixed simulates the warm-up and then the duration, and follows what began in
// the latter to its end.
func (r *replication) fixed(warmup, duration, interval float64) {
	r.recorded(warmup, duration, interval, false)
}

// recorded is fixed with a timeline.
func (r *replication) recorded(warmup, duration, interval float64, timeline bool) {
	k := r.k
	k.from, k.until = warmup, warmup+duration
	k.run(warmup)
	r.start = k.totals()
	if interval > 0 {
		r.rec = newRecorder(k, interval, int(math.Ceil(duration/interval*(1-1e-9))))
		if timeline {
			r.rec.line = newTimeline(k)
		}
	}
	r.advance(k.until)
	r.end = k.totals()
	k.series = nil
	// Failures and autoscalers go on for ever: where nothing comes to its end
	// in so many lengths of the run, it waits for itself.
	const patient = 1000
	for idle, before := 0, int64(0); k.pending > 0 && k.halt == notHalted && k.calendar.len() > 0 && idle < patient; {
		before = k.pending
		k.run(k.now + duration)
		if idle++; k.pending < before {
			idle = 0
		}
	}
}
