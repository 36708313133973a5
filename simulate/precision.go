package simulate

import (
	"math"

	"github.com/headroom/headroom/internal/arrivals"
)

// Limits of the sequential procedure.
const (
	pilotRequests = 64          // of every workload, in every pilot
	pilotTotal    = 2000        // of all workloads together, in every pilot
	pilotRuns     = 5           // of every job, in every pilot
	pilotEvents   = 200_000_000 // that the pilots of all replications may use up

	stormShows = 0.05 // of what pilots may use up: by then an overload has made callers give up

	slightChange = 0.1 // of the precision: a change over a quarter of a pilot that is none

	tailRequests = 10  // beyond every percentile aimed at, in every replication
	independent  = 10  // independent response times that a replication must be worth
	excursions   = 3   // independent excursions, or events of a share aimed at, that it must be worth
	margin       = 1.5 // by which a length planned is longer than seems needed
	trusted      = 3   // by which a length may be too short and yet serve to plan by
	leastGrowth  = 4   // of rounds that a length is planned by
	worthGrowth  = 2   // of rounds that cannot be believed
	mostGrowth   = 8
)

// toPrecision simulates until every interval aimed at is narrow enough.
//
// All replications run side by side. First comes the pilot: it is doubled until
// the series of the numbers in progress, averaged over the replications, have
// settled (see [settling]), and then cut off whole, which is at least twice
// what MSER-5 asks for. Then the measured part is lengthened, in every
// replication alike, until it is long enough for its intervals to be believed
// and these are as narrow as asked for. Longer replications, and not more of
// them, are what makes what is left of the initial bias shrink faster than the
// intervals do. Decisions are made between rounds only, when all replications
// have come equally far, so they are the same however many run at a time.
//
// To end as soon as an interval is found narrow is to end on those found too
// narrow, and these go with estimates that are too low ([LaKe82]). So the length
// is planned, with a margin, from rounds that are then thrown away with the
// warm-up: what is measured does not know why it is as long as it is, and nine
// runs in ten end at that length whatever is seen there. No plan is made from
// rounds so short that replications which saw nothing rare make them look
// precise: every one must be worth some independent requests, and some
// excursions beyond a percentile aimed at, before anything ends ([GlWh92] on
// why rules without a least length fail). Rounds that show nothing rare may be
// so by chance; the length planned is therefore at least four times theirs. And
// rounds that look far too short may have seen something very rare; they are
// doubled and looked at again, and nothing is reckoned from how odd they look.
// What is asked of rounds to plan by is not asked of the measured part again: to
// go on while it looks odd would end it when nothing rare was seen.
func (s *study) toPrecision() {
	if !s.runPilots() {
		return
	}
	s.startMeasuring()
	first := s.firstLength()
	s.record(first)
	untilPrecise(s, first)
}

// startMeasuring begins the measured part here.
func (s *study) startMeasuring() {
	s.steady = true
	s.progress.say("measuring")
	for _, r := range s.reps {
		r.begin()
	}
}

// record keeps what happens over time in the first replication.
func (s *study) record(length float64) {
	s.reps[0].rec = newRecorder(s.reps[0].k, s.intervalFor(length), 4*recorded)
}

// measureUpTo makes the measured part of every replication that long.
func (s *study) measureUpTo(length float64) {
	s.progress.aim(s.warmup + length)
	s.all(func(r *replication) { r.advance(s.warmup + length) })
	s.stable = !s.any(outOfRoom)
}

// measurer is what measures: a study, or two of them.
type measurer interface {
	measureUpTo(length float64) // makes the measured part so long (s)
	measureAnew()               // begins the measured part again, here
	takeBack()                  // puts what was measured before that into it again
	longestLength() float64     // of the measured part (s)
	assess() need
	halted() bool // there will be no more
}

// measureAnew begins the measured part again, here.
func (s *study) measureAnew() {
	length := s.reps[0].k.now - s.warmup
	s.warmup += length
	s.planning += length
	for _, r := range s.reps {
		r.beginAgain()
	}
}

// takeBack puts what was set aside into the measured part again.
func (s *study) takeBack() {
	s.warmup -= s.planning
	s.planning = 0
	for _, r := range s.reps {
		r.takeBack()
	}
}

// need is the factor by which the measured part is too short: for intervals as
// narrow as asked for, and for these to be believed.
type need struct{ width, worth float64 }

// untilPrecise lengthens the measured part until a length can be planned, and
// then measures that length anew.
func untilPrecise(m measurer, first float64) {
	length, planned := first, false
	limit := m.longestLength()
	for {
		length = min(length, limit)
		m.measureUpTo(length)
		need := m.assess()
		switch {
		case m.halted():
			if planned { // cut short: better all there is than what is independent
				m.takeBack()
				m.assess()
			}
			return
		case length >= limit || planned && need.width <= 1:
			return
		}
		ready := !planned && need.worth <= trusted && need.width*margin <= mostGrowth
		grow := need.width * margin
		switch {
		case ready:
			grow = max(grow, leastGrowth)
		case !planned: // to where a length is planned that is leastGrowth times as long
			grow = min(max(grow/leastGrowth, worthGrowth), leastGrowth)
		}
		length *= min(grow, mostGrowth)
		if ready && length <= limit-length/grow {
			m.measureAnew()
			limit = m.longestLength()
		}
		planned = planned || ready
	}
}

// recorded is how many intervals the first measured part is cut into.
const recorded = 60

func (s *study) intervalFor(length float64) float64 {
	if s.o.Interval > 0 {
		return s.o.Interval
	}
	return niceInterval(length)
}

// runPilots simulates until the system has settled, and reports whether there
// is anything to measure after that.
func (s *study) runPilots() bool {
	end := s.firstPilot()
	for s.err == nil {
		s.progress.aim(20 * end)
		s.all(func(r *replication) {
			r.start = r.k.totals()
			r.pilot.run(r.k, end)
		})
		s.warmup = end
		s.settling = s.look()
		if s.halted() {
			s.stable = !s.any(outOfRoom) && !s.overloaded() && !s.grows()
			return false
		}
		tooMuch := s.overloaded()
		if tooMuch && (!s.bends || s.pilotsSpent() > stormShows) { // rates are those of as long again, when all is busy
			s.stable = false
			s.all(func(r *replication) {
				r.begin()
				r.advance(2 * end)
			})
			return false
		}
		if !tooMuch && s.settling.settled() {
			return true
		}
		if s.pilotsSpent() > 0.5 || s.bends && s.grows() && s.pilotsSpent() > stormShows { // twice as long would be too long
			s.stable = !s.grows()
			return s.stable
		}
		for _, r := range s.reps {
			r.pilot.halve()
		}
		end *= 2
	}
	return false
}

// firstPilot chooses the length of the first pilot: enough for some requests of
// every workload and some thinking of every user, as a short simulation that is
// thrown away lets one expect.
func (s *study) firstPilot() float64 {
	k := newKernel(s.program, streams{seed: s.o.Seed})
	k.stop = s.stop
	for k.budget = 20_000; k.halt == notHalted; k.budget *= 2 {
		k.run(math.Inf(1))
		if k.halt != outOfEvents || k.now > 0 || k.budget > 4*atOneInstant {
			break
		}
		k.halt = notHalted
	}
	if s.err = k.err; k.err != nil || k.now == 0 {
		return 1
	}
	length, total := 0.0, 0.0
	for i := range k.sources {
		src := &k.sources[i]
		rate := max(float64(src.well+src.failed), 1) / k.now
		if src.open {
			rate = src.rate
			length = max(length, 10*arrivals.Cycle(src.process))
		} else {
			length = max(length, 5*src.workload.think.Mean())
		}
		length = max(length, pilotRequests/rate)
		total += rate
	}
	for i := range s.jobs {
		if j := &s.jobs[i]; !j.once {
			length = max(length, pilotRuns*j.every.Mean())
		} else if len(s.workloads) == 0 {
			length = max(length, k.now) // when all was done
		}
	}
	if total > 0 {
		length = max(length, pilotTotal/total)
	}
	perSecond := float64(k.events) / k.now
	return min(length, s.pilotBudget()/4/perSecond)
}

// budget is the number of events allowed to one replication.
func (s *study) budget() float64 { return float64(s.reps[0].k.budget) }

// pilotBudget is the number of events allowed to one pilot.
func (s *study) pilotBudget() float64 {
	return min(pilotEvents/float64(len(s.reps)), s.budget()/10)
}

// pilotsSpent is the share of its events that the longest pilot has used.
func (s *study) pilotsSpent() float64 {
	most := int64(0)
	for _, r := range s.reps {
		most = max(most, r.k.events)
	}
	return float64(most) / s.pilotBudget()
}

// longestLength is the length of measured part that the events allowed are good
// for, with a little to spare: that bound must not cut replications off unevenly.
func (s *study) longestLength() float64 {
	perLength := 0.0
	for _, r := range s.reps {
		perLength = max(perLength, float64(r.k.events)/s.warmup)
	}
	return 0.9*s.budget()/perLength - s.warmup
}

// look is what the pilots say together.
func (s *study) look() settling {
	pilots := make([]*pilot, len(s.reps))
	for i, r := range s.reps {
		pilots[i] = &r.pilot
	}
	return judge(pilots, slightChange*s.finest())
}

// firstLength is the first length of the measured part: enough for requests
// beyond the p99 of every workload, and not shorter than the pilot.
func (s *study) firstLength() float64 {
	length := s.warmup
	for i := range s.workloads {
		n := 0.0
		for _, r := range s.reps {
			n += float64(r.k.sources[i].well) / float64(len(s.reps))
		}
		if n > 0 {
			length = max(length, tailRequests*100*s.warmup/n)
		}
	}
	return length
}

func square(x float64) float64 { return x * x }

// responses are the response times of workload i.
func (s *study) responses(i int) sample {
	return s.sample(func(k *kernel) *histogram { return &k.tally.responses[i] })
}

// delays are the delays of the messages of topic i.
func (s *study) delays(i int) sample {
	return s.sample(func(k *kernel) *histogram { return &k.tally.delays[i] })
}

// visits are the response times of operation i.
func (s *study) visits(i int) sample {
	return s.sample(func(k *kernel) *histogram { return &k.tally.operations[i].response })
}

// sample picks the same histogram of every replication.
func (s *study) sample(of func(k *kernel) *histogram) sample {
	out := make(sample, len(s.reps))
	for i, r := range s.reps {
		out[i] = of(r.k)
	}
	return out
}
