package emulate

import (
	"container/heap"
	"math"
	"slices"
)

// fifoCores gives each job a core of its own, in the order in which the jobs
// came. When a job comes it is known when it will start: when it has come and
// the first of the cores has done with those before it (the recursion of [KiWo55]). So a job
// is placed once and for all on arrival.
type fifoCores struct {
	free instants // per core: when it has done all that is placed on it
	jobs jobs     // not met yet, by end

	from float64
	sum  usage // of the jobs met
}

func newFIFOCores(n int) *fifoCores { return &fifoCores{free: make(instants, n)} }

func (f *fifoCores) add(j *job, at float64) {
	j.arrived = at
	j.started = max(at, f.free[0])
	j.ended = j.started + j.demand
	f.free[0] = j.ended
	heap.Fix(&f.free, 0)
	// What is placed on the other cores started no later than j, so from then
	// on every core is busy until the first of them is done.
	j.full = f.free[0]
	j.key = j.ended
	heap.Push(&f.jobs, j)
}

func (f *fifoCores) full(at float64) bool { return f.free[0] > at+tie }

func (f *fifoCores) next() float64 {
	if len(f.jobs) == 0 {
		return math.Inf(1)
	}
	return f.jobs[0].ended
}

func (f *fifoCores) advance(t float64, met func(*job)) {
	for len(f.jobs) > 0 && f.jobs[0].ended <= t+tie {
		j := heap.Pop(&f.jobs).(*job)
		f.sum.take(j, f.from, j.ended)
		met(j)
	}
}

func (f *fifoCores) begin(at float64) { f.from, f.sum = at, usage{} }

func (f *fifoCores) use(t float64) usage {
	u := f.sum
	for _, j := range f.jobs {
		u.take(j, f.from, t)
	}
	u.jobs = len(f.jobs)
	return u
}

// take adds what one job is to the use over [from, to].
func (u *usage) take(j *job, from, to float64) {
	u.busy += clipped(j.started, j.ended, from, to)
	u.full += clipped(j.started, j.full, from, to)
	u.waiting += clipped(j.arrived, j.started, from, to)
}

// instants is a heap, the earliest first.
type instants []float64

var _ heap.Interface = (*instants)(nil)

func (h instants) Len() int           { return len(h) }
func (h instants) Less(i, j int) bool { return h[i] < h[j] }
func (h instants) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *instants) Push(x any)        { *h = append(*h, x.(float64)) }

func (h *instants) Pop() any {
	last := len(*h) - 1
	x := (*h)[last]
	*h = slices.Delete(*h, last, last+1)
	return x
}
