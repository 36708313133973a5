package loadtest

import (
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Snapshot is how a load fares while it runs. Rates, shares and percentiles are
// of the last few seconds (see [SnapshotWindow]); they are for a person or a
// condition to watch by, and the [measure.Result] has the figures that hold.
type Snapshot struct {
	At      time.Time
	Elapsed float64 // since the start of the load, warm-up included (s)
	Left    float64 // until the end of the measured time (s)
	Phase   string  // [PhaseWarmup], [PhaseMeasured] or [PhaseDraining]

	All       Fare   // of all workloads together; its Name is empty
	Workloads []Fare // in the order of the scenario
}

// The phases of a run, as a [Snapshot] calls them.
const (
	PhaseWarmup   = "warm-up"
	PhaseMeasured = "measured"
	PhaseDraining = "last answers"
)

// Fare is how one workload fares. A percentile without an answer to take it
// from, and a share of nothing, are NaN.
type Fare struct {
	Name string

	// Of the last few seconds, by when requests ended.
	Rate       float64 // answered well (1/s)
	Offered    float64 // due, of those that have been sent or given up (1/s)
	ErrorShare float64 // failed, of those that ended (1)
	P50        float64 // response time from the due time (s)
	P90        float64 // (s)
	P99        float64 // (s)
	Max        float64 // (s)
	Late       float64 // longest time from due to sent (s)

	lately struct{ ended, failed int64 }

	// Since the start of the load.
	InFlight int64
	Ended    int64
	Failed   int64
	Failures map[string]int64 // by [Outcome]
	Sum      float64          // of the response times of requests answered well (s)
	Buckets  []Bucket         // of the same; empty ones at either end left out
}

// Bucket is how many values do not exceed Le.
type Bucket struct {
	Le    float64 // (s)
	Count int64
}

const (
	slotLength = time.Second
	slots      = 5
	// SnapshotWindow is the time that the figures of a [Snapshot] are of, the
	// second that is still going on included.
	SnapshotWindow = slots * slotLength
	watchInterval  = 250 * time.Millisecond
)

// live adds hits up as they end, for snapshots. Its nil does nothing.
type live struct{ workloads []*fares }

func newLive(names []string) *live {
	l := &live{}
	for _, name := range names {
		l.workloads = append(l.workloads, newFares(name))
	}
	return l
}

// begin is told of a request as it is sent.
func (l *live) begin(due time.Duration, workload int) {
	if l == nil {
		return
	}
	f := l.workloads[workload]
	f.inFlight.Add(1)
	f.mu.Lock()
	if s := f.slotAt(due); s != nil {
		s.due++
	}
	f.mu.Unlock()
}

// end is told when what was begun is over.
func (l *live) end(workload int) {
	if l != nil {
		l.workloads[workload].inFlight.Add(-1)
	}
}

// add takes in a hit. Requests that a session makes on its way are left out:
// the session is what the workload wants.
func (l *live) add(h *Hit) {
	if l == nil || h.Part {
		return
	}
	l.workloads[h.Workload].add(h)
}

// fares is one workload: what happened in each of the last few seconds, in a
// ring, and in all.
type fares struct {
	name     string
	inFlight atomic.Int64

	mu    sync.Mutex
	ring  [slots]slot
	last  int64 // number of the newest slot
	total slot
	by    [numOfOutcomes]int64
	sum   time.Duration // of the response times of requests answered well
}

// slot is a second of a workload.
type slot struct {
	number      int64
	due         int64
	ended, good int64
	longest     time.Duration // response time
	late        time.Duration
	times       *hdrhistogram.Histogram // (µs)
}

// newTimes makes a histogram from 1 µs to 1 h, of two digits: a value is known
// within 1 % or 1 µs.
func newTimes() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, longestTime.Microseconds(), 2)
}

func newFares(name string) *fares {
	f := &fares{name: name, last: math.MinInt64}
	for i := range f.ring {
		f.ring[i] = slot{number: math.MinInt64, times: newTimes()}
	}
	f.total.times = newTimes()
	return f
}

func slotNumber(t time.Duration) int64 {
	n := int64(t / slotLength)
	if t < 0 {
		n--
	}
	return n
}

// slotAt is the slot of a time; nil when it is too long ago. The lock is held.
func (f *fares) slotAt(t time.Duration) *slot {
	number := slotNumber(t)
	s := &f.ring[((number%slots)+slots)%slots]
	if s.number > number {
		return nil
	}
	if s.number < number {
		times := s.times
		times.Reset()
		*s = slot{number: number, times: times}
		f.last = max(f.last, number)
	}
	return s
}

func (f *fares) add(h *Hit) {
	if h.Outcome == Cut {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.total.ended++
	f.by[h.Outcome]++
	s := f.slotAt(h.Done)
	if s != nil {
		s.ended++
		s.late = max(s.late, h.Sent-h.Due)
	}
	if h.Outcome != Answered {
		return
	}
	took := h.Done - h.Due
	f.sum += took
	µs := int64((min(max(took, 0), longestTime) + time.Microsecond/2) / time.Microsecond)
	_ = f.total.times.RecordValue(µs) // cannot fail: it is within the range
	if s != nil {
		s.good++
		s.longest = max(s.longest, took)
		_ = s.times.RecordValue(µs)
	}
}

// fares of the window that ends now, and the histograms they are from.
func (f *fares) now(now time.Duration, started time.Duration) (out Fare, window, all *hdrhistogram.Histogram) {
	window, all = newTimes(), newTimes()
	f.mu.Lock()
	defer f.mu.Unlock()
	var s slot
	oldest := slotNumber(now) - slots + 1
	for i := range f.ring {
		if r := &f.ring[i]; r.number >= oldest {
			s.due, s.ended, s.good = s.due+r.due, s.ended+r.ended, s.good+r.good
			s.longest, s.late = max(s.longest, r.longest), max(s.late, r.late)
			window.Merge(r.times)
		}
	}
	all.Merge(f.total.times)
	from := max(time.Duration(oldest)*slotLength, started)
	span := max(seconds(now-from), 1e-3)
	out = Fare{
		Name: f.name, Rate: float64(s.good) / span, Offered: float64(s.due) / span,
		Max: math.NaN(), Late: seconds(s.late), InFlight: f.inFlight.Load(), Ended: f.total.ended, Sum: seconds(f.sum),
	}
	out.lately.ended, out.lately.failed = s.ended, s.ended-s.good
	if s.good > 0 {
		out.Max = seconds(s.longest)
	}
	for o, n := range f.by {
		if n > 0 && Outcome(o) != Answered {
			if out.Failures == nil {
				out.Failures = map[string]int64{}
			}
			out.Failures[Outcome(o).String()] = n
			out.Failed += n
		}
	}
	out.fill(window, all)
	return out, window, all
}

// fill sets what is reckoned from counts and histograms.
func (f *Fare) fill(window, all *hdrhistogram.Histogram) {
	f.ErrorShare, f.P50, f.P90, f.P99 = math.NaN(), math.NaN(), math.NaN(), math.NaN()
	if f.lately.ended > 0 {
		f.ErrorShare = float64(f.lately.failed) / float64(f.lately.ended)
	}
	if window.TotalCount() > 0 {
		at := func(percent float64) float64 { return min(float64(window.ValueAtQuantile(percent))/1e6, f.Max) }
		f.P50, f.P90, f.P99 = at(50), at(90), at(99)
	}
	f.Buckets = bucketsOf(all)
}

// bucketsOf counts a histogram up at 1, 2 and 5 times the powers of ten.
func bucketsOf(h *hdrhistogram.Histogram) []Bucket {
	if h.TotalCount() == 0 {
		return nil
	}
	var out []Bucket
	bars, n, i := h.Distribution(), int64(0), 0
	for power := int64(10); power <= longestTime.Microseconds() && n < h.TotalCount(); power *= 10 {
		for _, step := range []int64{1, 2, 5} {
			le := power * step
			for ; i < len(bars) && bars[i].To <= le; i++ {
				n += bars[i].Count
			}
			if n > 0 {
				out = append(out, Bucket{Le: float64(le) / 1e6, Count: n})
			}
			if n == h.TotalCount() {
				break
			}
		}
	}
	return out
}

// snapshot is the state at a time since the start of the measured time, of a
// load that started at another, and is measured until a third.
func (l *live) snapshot(now, started, until time.Duration) Snapshot {
	s := Snapshot{
		At: time.Now(), Elapsed: seconds(max(now-started, 0)), Left: seconds(max(until-now, 0)), Phase: PhaseMeasured,
	}
	switch {
	case now < 0:
		s.Phase = PhaseWarmup
	case now >= until:
		s.Phase = PhaseDraining
	}
	window, all := newTimes(), newTimes()
	s.All.Max = math.NaN()
	for _, w := range l.workloads {
		f, inWindow, inAll := w.now(now, started)
		s.Workloads = append(s.Workloads, f)
		window.Merge(inWindow)
		all.Merge(inAll)
		s.All.join(&f)
	}
	s.All.fill(window, all)
	return s
}

// join adds what can be added of another workload.
func (f *Fare) join(o *Fare) {
	f.Rate += o.Rate
	f.Offered += o.Offered
	f.InFlight += o.InFlight
	f.Ended += o.Ended
	f.Failed += o.Failed
	f.Sum += o.Sum
	f.Late = max(f.Late, o.Late)
	f.lately.ended += o.lately.ended
	f.lately.failed += o.lately.failed
	if math.IsNaN(f.Max) || o.Max > f.Max {
		f.Max = o.Max
	}
	for reason, n := range o.Failures {
		if f.Failures == nil {
			f.Failures = map[string]int64{}
		}
		f.Failures[reason] += n
	}
}
