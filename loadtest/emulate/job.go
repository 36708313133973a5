package emulate

import "container/heap"

// job is one demand on the cores of a replica, from the moment it is asked for
// until the cores would have met it. Instants are seconds on the system's clock.
type job struct {
	visit  *visit
	rank   int     // the more urgent the less
	demand float64 // core time: what is asked for, or, of one that was taken off, got (s)

	arrived float64 // when it was asked for
	started float64 // when a core first worked on it
	ended   float64 // when it was met
	waited  float64 // in line (s)

	// Of cores that serve in an order.
	left    float64 // of the demand, when it last began to run or to wait (s)
	since   float64 // that instant
	waiting bool    // and does not run
	urgency float64
	order   int64 // of coming

	key   float64       // its place in the heap
	index int           // there, or gone
	met   chan struct{} // gets one value when ended has passed
}

// gone is the index of a job that is neither on the cores nor in line.
const gone = -1

func newJob(v *visit, demand float64) *job {
	j := &job{visit: v, demand: demand, met: make(chan struct{}, 1)}
	if v != nil {
		j.rank = v.rank
	}
	return j
}

// stretch lets what is left of a job take so many times as long.
func (j *job) stretch(times float64) {
	j.demand += j.left * (times - 1)
	j.left *= times
}

// cores are the processing units of one replica as a state in model time: what
// is asked for at an instant decides at which instants the jobs are met. They
// know no clock; whoever drives them says how late it is.
type cores interface {
	// add asks for j.demand from the instant at on. Every job due until then
	// must have been met (advance) before.
	add(j *job, at float64)
	// next is the instant at which the next job is met, +Inf when there is none.
	next() float64
	// full reports whether every core is busy at the instant at. Every job due
	// until then must have been met.
	full(at float64) bool
	// advance meets the jobs due until t, in the order of their instants.
	advance(t float64, met func(*job))
	// remove takes a job off at the instant at, if it was not met; its demand
	// then is what it got.
	remove(j *job, at float64)
	// clear takes all jobs off at the instant at.
	clear(at float64)
	// stretch lets all that is left of the jobs take so many times as long,
	// from the instant at on.
	stretch(at, times float64)
	// halt lets the cores stand still from the instant at on, or go on.
	halt(at float64, still bool)
	// begin forgets the use made before the instant at.
	begin(at float64)
	// use returns what was made of the cores from begin to t.
	use(t float64) usage
}

// usage is what the cores of a replica did over a time.
type usage struct {
	busy    float64 // busy core-seconds (s)
	full    float64 // time in which no core was idle (s)
	waiting float64 // time in the line for a core, summed over the jobs (s)
	jobs    int     // now on the cores or in line for them (1)
}

// clipped is the length of [a, b] within [from, to] (s).
func clipped(a, b, from, to float64) float64 {
	return max(0, min(b, to)-max(a, from))
}

// tie is how far apart two instants must be to count as two (s): the nanosecond
// that the clock and the messages resolve. A request that follows from another's
// end does not find that one still there because of rounding.
const tie = 1e-9

// jobs is a heap by key.
type jobs []*job

var _ heap.Interface = (*jobs)(nil)

func (q jobs) Len() int           { return len(q) }
func (q jobs) Less(i, j int) bool { return q[i].key < q[j].key }

func (q jobs) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

func (q *jobs) Push(x any) {
	j := x.(*job)
	j.index = len(*q)
	*q = append(*q, j)
}

func (q *jobs) Pop() any {
	old := *q
	n := len(old) - 1
	j := old[n]
	old[n] = nil
	*q = old[:n]
	j.index = gone
	return j
}
