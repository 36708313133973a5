package simulate

import "math"

// event is something that will happen at an instant. Sixteen bytes: four of
// them fill a cache line, and the four children of a node of the calendar are
// such a line.
type event struct {
	at   float64 // (s)
	seq  uint32  // order of scheduling, for ties
	what uint32  // kind in the upper five bits, index of its subject below
}

// Kinds of event and, behind the dash, what their index points to.
const (
	evArrival     = iota << indexBits // the next request of an open workload, or users come and go - workload
	evThought                         // a user has thought and asks - workload
	evResume                          // a wait is over - frame
	evCore                            // a core has met a demand, FIFO - frame
	evShare                           // shared cores may have met a demand, PS - replica
	evReach                           // a call has crossed the network - frame of the visit, or its answer has
	evReturn                          // a good answer has crossed it - frame of the caller
	evRefused                         // a failed answer has crossed it - frame of the caller
	evMessage                         // a message has reached its topic - message
	evPoolTimeout                     // a wait for one of a pool has been too long - frame
	evAgain                           // a user has thought and comes again - frame
	evApply                           // a copy has a write - access
	evSee                             // a question reaches a copy - access
	evAnswered                        // enough copies have answered - access
	evRebalance                       // partitions are given to replicas anew - service
	evQuit                            // the patience of one in line is over - frame
	evService                         // a replica fails, is repaired or begins, or an autoscaler looks - see kernel.service
	evPull                            // a partition looks for its next batch - partition
	evFault                           // a fault begins or ends - twice its number, and one more at its end
	evLinger                          // messages have waited long enough for a batch to fill - partition
	evAck                             // a batch is not done in time - frame
	evJob                             // a job starts - job
	evStraggler                       // a task may take too long - task
	evErrand                          // a call times out, is tried again or sent once more - errand
)

const (
	indexBits = 27
	indexMask = 1<<indexBits - 1
)

// before orders events by (time, sequence). The sequence wraps around; what
// counts is the distance between two events of the same instant, which are
// never 2³¹ schedulings apart unless an event waits through all of them.
func (e *event) before(o *event) bool {
	return e.at < o.at || e.at == o.at && int32(e.seq-o.seq) < 0
}

// calendar is the list of events to come. Those that come soon are in a heap of
// four children a node, which is half as deep as one of two. Taking the first
// event leaves a hole at the root that the next one scheduled falls into: most
// events schedule one, and so cost one walk down the heap and not two. Where
// events are many, those that come later wait in a [ladder] for the heap to be
// empty, so that it stays small and in the cache.
type calendar struct {
	heap  []event // from root on
	hole  bool    // heap[root] was taken out
	seq   uint32
	limit float64 // what comes no later than this belongs in the heap (s)
	most  int     // events in the heap before it is spread
	later ladder
}

// The root of the heap stands where the children of every node, 4i−8 to 4i−5,
// begin a cache line.
const root = 3

func newCalendar() calendar {
	return calendar{heap: make([]event, root, 64), limit: math.Inf(1), most: spreadFrom, later: newLadder()}
}

// push schedules an event and returns its sequence number.
func (c *calendar) push(at float64, what uint32) uint32 {
	c.seq++
	e := event{at: at, seq: c.seq, what: what}
	switch {
	case at > c.limit && c.later.add(e):
	case c.hole:
		c.hole = false
		c.down(root, e)
	default:
		c.heap = append(c.heap, e)
		c.up(e)
		if len(c.heap) > c.most {
			c.spread()
		}
	}
	return e.seq
}

// take takes the first event out, unless it comes later than until.
func (c *calendar) take(until float64) (event, bool) {
	if c.hole {
		c.fill()
	}
	if len(c.heap) == root && !c.refill() || c.heap[root].at > until {
		return event{}, false
	}
	c.hole = true
	return c.heap[root], true
}

// len is the number of events to come.
func (c *calendar) len() int {
	n := len(c.heap) - root + c.later.n
	if c.hole {
		n--
	}
	return n
}

// each calls f for every event to come, in no order.
func (c *calendar) each(f func(e event)) {
	soon := c.heap[root:]
	if c.hole {
		soon = soon[1:]
	}
	for _, e := range soon {
		f(e)
	}
	c.later.each(f)
}

// fill closes the hole with the last event.
func (c *calendar) fill() {
	c.hole = false
	last := len(c.heap) - 1
	e := c.heap[last]
	c.heap = c.heap[:last]
	if last > root {
		c.down(root, e)
	}
}

// down lets e sink from node i to its place. Which of four children comes
// first is as good as random, so it is worked out by arithmetic: a jump that is
// mispredicted every other time would take most of the time of a simulation.
func (c *calendar) down(i int, e event) {
	h := c.heap
	for {
		first := 4*i - 8
		if first+3 >= len(h) {
			i = c.downLast(i, e)
			break
		}
		four := h[first : first+4 : first+4]
		a := earlier(&four[1], &four[0])
		b := 2 + earlier(&four[3], &four[2])
		least := a + (b-a)*earlier(&four[b&3], &four[a&3])
		if !four[least&3].before(&e) {
			break
		}
		h[i] = four[least&3]
		i = first + least
	}
	h[i] = e
}

// downLast goes on from node i, which has fewer than four children.
func (c *calendar) downLast(i int, e event) int {
	h := c.heap
	first := 4*i - 8
	if first >= len(h) {
		return i
	}
	least := first
	for j := first + 1; j < len(h); j++ {
		if h[j].before(&h[least]) {
			least = j
		}
	}
	if !h[least].before(&e) {
		return i
	}
	h[i] = h[least]
	return least
}

// earlier is 1 when e comes before o, and 0 otherwise, without a jump. Times
// are not negative, so they compare as their bits do.
func earlier(e, o *event) int {
	a, b := math.Float64bits(e.at), math.Float64bits(o.at)
	return toInt(a < b) | toInt(a == b)&int((e.seq-o.seq)>>31)
}

func toInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// up lets e, the last event, rise to its place.
func (c *calendar) up(e event) {
	h := c.heap
	i := len(h) - 1
	for i > root {
		parent := i/4 + 2
		if !e.before(&h[parent]) {
			break
		}
		h[i] = h[parent]
		i = parent
	}
	h[i] = e
}
