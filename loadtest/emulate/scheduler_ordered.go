package emulate

import (
	"container/heap"
	"math"

	"github.com/headroom/headroom/scenarios"
)

// orderedCores gives each job a core of its own, the most urgent first, and
// lets it interrupt others where the discipline does. A core that has become
// idle goes to a job that came before that at the instant at which it became
// so, however late the job shows up; in order of arrival this is the recursion
// of [KiWo55].
type orderedCores struct {
	n          int
	discipline scenarios.Discipline
	running    jobs     // by the instant at which they are met
	line       urgent   // for a core
	idle       instants // since when each idle core is so
	still      bool     // they stand still
	last       float64  // the last event (s)
	order      int64

	inUse, allInUse, waits gauge
}

func newOrderedCores(n int, d scenarios.Discipline) *orderedCores {
	return &orderedCores{n: n, discipline: d, idle: make(instants, n)}
}

// urgency is the less the more urgent a job is that came at an instant.
func (c *orderedCores) urgency(j *job, left float64) float64 {
	switch c.discipline {
	case scenarios.LIFO:
		return -j.arrived
	case scenarios.Priority, scenarios.PreemptivePriority:
		return float64(j.rank)
	case scenarios.SJF, scenarios.SRPT:
		return left
	}
	return j.arrived
}

func (c *orderedCores) add(j *job, at float64) {
	c.order++
	j.arrived, j.started, j.order, j.left = at, math.Inf(1), c.order, j.demand
	if len(c.running) < c.n {
		c.place(j, max(at, heap.Pop(&c.idle).(float64)))
		return
	}
	j.urgency = c.urgency(j, j.left)
	if worst := c.worst(max(at, c.last)); worst != nil && j.urgency < worst.urgency {
		at = max(at, c.last)
		c.take(worst, at)
		c.place(j, max(at, heap.Pop(&c.idle).(float64)))
		c.wait(worst, at)
		return
	}
	c.wait(j, at)
}

// place gives a job a core from the instant at on.
func (c *orderedCores) place(j *job, at float64) {
	j.started, j.since = min(j.started, at), at
	j.key = at + j.left
	if c.still {
		j.key = math.Inf(1)
	}
	j.waiting = false
	heap.Push(&c.running, j)
	c.count(at, 1)
}

// count counts a core that is busy from the instant at on (1), or no more (−1),
// and has been added to those running or taken off.
func (c *orderedCores) count(at float64, d int) {
	if c.still {
		return
	}
	c.inUse.add(at, d)
	if len(c.running)-min(d, 0) == c.n { // of n, the last to become busy, or the first to become idle
		c.allInUse.add(at, d)
	}
}

// wait puts a job in the line from the instant at on.
func (c *orderedCores) wait(j *job, at float64) {
	j.since, j.waiting = at, true
	c.waits.add(at, 1)
	heap.Push(&c.line, j)
}

// take takes a running job off its core at the instant at, with what is left of it.
func (c *orderedCores) take(j *job, at float64) {
	if !c.still {
		j.left = min(j.left, max(0, j.key-at))
	}
	heap.Remove(&c.running, j.index)
	j.index = gone
	c.count(at, -1)
	heap.Push(&c.idle, at)
	c.last = max(c.last, at)
}

// serve gives an idle core to the most urgent of those who wait.
func (c *orderedCores) serve() {
	if len(c.line) == 0 || len(c.idle) == 0 {
		return
	}
	j := heap.Pop(&c.line).(*job)
	at := max(j.since, heap.Pop(&c.idle).(float64))
	c.leave(j, at)
	c.place(j, at)
}

// leave counts a job out of the line.
func (c *orderedCores) leave(j *job, at float64) {
	at = max(at, j.since)
	j.waited += at - j.since
	c.waits.add(at, -1)
}

// worst is the running job that would be interrupted at the instant at, with
// its urgency; nil where nobody is interrupted.
func (c *orderedCores) worst(at float64) *job {
	if c.discipline != scenarios.PreemptivePriority && c.discipline != scenarios.SRPT {
		return nil
	}
	var worst *job
	for _, j := range c.running {
		left := j.left
		if !c.still {
			left = min(j.left, max(0, j.key-at))
		}
		j.urgency = c.urgency(j, left)
		if worst == nil || j.urgency > worst.urgency || j.urgency == worst.urgency && j.order > worst.order {
			worst = j
		}
	}
	return worst
}

func (c *orderedCores) remove(j *job, at float64) {
	switch {
	case j.index == gone:
		return
	case j.waiting:
		heap.Remove(&c.line, j.index)
		c.leave(j, at)
	default:
		c.take(j, max(at, j.since))
		c.serve()
	}
	j.demand -= j.left
	j.index = gone
}

func (c *orderedCores) clear(at float64) {
	for len(c.line) > 0 {
		c.remove(c.line[0], at)
	}
	for len(c.running) > 0 {
		c.remove(c.running[0], at)
	}
}

func (c *orderedCores) stretch(at, times float64) {
	for _, j := range c.running {
		if !c.still {
			j.left = min(j.left, max(0, j.key-at))
			j.since = max(j.since, at)
			j.key = j.since + j.left*times
		}
		j.stretch(times)
	}
	for _, j := range c.line {
		if c.discipline == scenarios.SJF || c.discipline == scenarios.SRPT {
			j.urgency *= times
		}
		j.stretch(times)
	}
}

func (c *orderedCores) halt(at float64, still bool) {
	if still == c.still {
		return
	}
	n, d := len(c.running), 1
	if still {
		d = -1
	}
	c.inUse.add(at, d*n)
	if n == c.n {
		c.allInUse.add(at, d)
	}
	for _, j := range c.running {
		if still {
			j.left, j.key = min(j.left, max(0, j.key-at)), math.Inf(1)
			continue
		}
		j.since, j.key = at, at+j.left
	}
	heap.Init(&c.running)
	c.still = still
}

func (c *orderedCores) full(float64) bool { return len(c.running) >= c.n }

func (c *orderedCores) next() float64 {
	if len(c.running) == 0 {
		return math.Inf(1)
	}
	return c.running[0].key
}

func (c *orderedCores) advance(t float64, met func(*job)) {
	for len(c.running) > 0 && !c.still && c.running[0].key <= t+tie {
		j := c.running[0]
		j.ended = j.key
		c.take(j, j.ended)
		c.serve()
		met(j)
	}
}

func (c *orderedCores) begin(at float64) {
	for _, g := range []*gauge{&c.inUse, &c.allInUse, &c.waits} {
		g.begin(at)
	}
}

func (c *orderedCores) use(t float64) usage {
	return usage{busy: c.inUse.area(t), full: c.allInUse.area(t), waiting: c.waits.area(t), jobs: len(c.running) + len(c.line)}
}

// urgent is a heap of jobs that wait, the most urgent first, then in order of
// coming.
type urgent []*job

var _ heap.Interface = (*urgent)(nil)

func (q urgent) Len() int { return len(q) }

func (q urgent) Less(i, j int) bool {
	a, b := q[i], q[j]
	return a.urgency < b.urgency || a.urgency == b.urgency && a.order < b.order
}

func (q urgent) Swap(i, j int) { jobs(q).Swap(i, j) }
func (q *urgent) Push(x any)   { (*jobs)(q).Push(x) }
func (q *urgent) Pop() any     { return (*jobs)(q).Pop() }

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
	*h = (*h)[:last]
	return x
}
