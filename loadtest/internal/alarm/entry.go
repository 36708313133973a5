package alarm

import "container/heap"

// Entry is a call asked for at a time. It can be set again, whether or not it
// was served, and stopped.
type Entry struct {
	clock *Clock
	call  func()
	when  int64  // (ns)
	seq   uint64 // rises with every Set
	index int    // in the clock's queue, or unset
}

const unset = -1

// Set moves the entry to time t (s), in place of any time it was set to
// before. On a closed clock it does nothing.
func (e *Entry) Set(t float64) {
	c := e.clock
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.seq++
	e.when, e.seq = nanosOf(t), c.seq
	if e.index == unset {
		heap.Push(&c.queue, e)
	} else {
		heap.Fix(&c.queue, e.index)
	}
	if c.queue[0].when < c.armed {
		c.arm()
	}
}

// Stop takes the entry off its time. It returns false when the entry was not
// set: never, served or being served, or stopped already. A call under way is
// not waited for.
func (e *Entry) Stop() bool {
	c := e.clock
	c.mu.Lock()
	defer c.mu.Unlock()
	if e.index == unset {
		return false
	}
	heap.Remove(&c.queue, e.index)
	return true // the source stays armed: one idle wake-up costs less than setting it anew
}

// queue is a heap of entries by time, then by the order they were set in.
type queue []*Entry

func (q queue) Len() int { return len(q) }

func (q queue) Less(i, j int) bool {
	if q[i].when != q[j].when {
		return q[i].when < q[j].when
	}
	return q[i].seq < q[j].seq
}

func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

func (q *queue) Push(x any) {
	e := x.(*Entry)
	e.index = len(*q)
	*q = append(*q, e)
}

func (q *queue) Pop() any {
	old := *q
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	e.index = unset
	return e
}
