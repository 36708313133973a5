package emulate

import "container/heap"

// job is one demand on the cores of a replica, from the moment it is asked for
// until the cores would have met it. Instants are seconds on the system's clock.
type job struct {
	visit  *visit
	demand float64 // (s) of one core

	arrived float64 // when it was asked for
	started float64 // when a core first worked on it
	ended   float64 // when it was met

	full  float64 // FIFO: until when every core is busy, as known when it came
	key   float64 // its place in the heap
	index int
	met   chan struct{} // gets one value when ended has passed
}

func newJob(v *visit, demand float64) *job {
	return &job{visit: v, demand: demand, met: make(chan struct{}, 1)}
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
	return j
}
