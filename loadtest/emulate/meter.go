package emulate

import (
	"math"

	"github.com/headroom/headroom/scenarios"
)

// span is the time that is measured: [from, to), without an end until it is
// known. What took no time is counted when it happens in the span; how long
// something took is counted when it began there, and so is known in full.
type span struct{ from, to float64 }

func openSpan(from float64) span { return span{from, math.Inf(1)} }

func (s span) has(at float64) bool { return s.from <= at && at < s.to }

// serviceMeter counts what happens at one service, by the model's instants. It
// is guarded by the lock of the service.
type serviceMeter struct {
	span     span
	arrivals int64 // requests that came, those turned away included
	rejected int64
	found    int64 // of the arrivals: found no thread free, or every core busy
	ended    int64 // requests that left and did not fail

	present gauge // requests waiting and in progress
	lined   gauge // requests in line for a thread
	threads gauge // threads held
	on      gauge // replicas that are up
	came    int64 // requests, since the start of the system

	// Of the requests that did not fail.
	waiting  times // in lines, one request
	demand   times // on the cores, one request
	response times

	operations map[scenarios.OpID]*operationMeter
}

func newServiceMeter() serviceMeter {
	return serviceMeter{operations: map[scenarios.OpID]*operationMeter{}}
}

func (m *serviceMeter) operation(i int) *operationMeter { return m.operations[scenarios.OpID(i)] }

// operationMeter counts one operation.
type operationMeter struct {
	ended    int64 // requests that left and did not fail
	failed   int64 // those that did, or were turned away or taken back
	response times // of those that ended
}

// begin forgets all but what is there now.
func (m *serviceMeter) begin(at float64) {
	m.span = openSpan(at)
	m.arrivals, m.rejected, m.found, m.ended = 0, 0, 0, 0
	for _, g := range []*gauge{&m.present, &m.lined, &m.threads, &m.on} {
		g.begin(at)
	}
	m.waiting, m.demand, m.response = times{}, times{}, times{}
	for _, op := range m.operations {
		*op = operationMeter{}
	}
}

// arrive counts a request that came, given what it found.
func (m *serviceMeter) arrive(v *visit, busy, turnedAway bool) {
	if !turnedAway {
		m.present.add(v.arrived, 1)
	}
	if !m.span.has(v.arrived) {
		return
	}
	m.arrivals++
	if busy {
		m.found++
	}
	if turnedAway {
		m.rejected++
		m.operations[v.op].failed++
	}
}

// refuse counts a request that came at an instant, and was turned away later.
func (m *serviceMeter) refuse(arrived float64) {
	if m.span.has(arrived) {
		m.rejected++
	}
}

// leave counts a request that left at the instant now.
func (m *serviceMeter) leave(v *visit, now float64, f fault) {
	m.present.add(now, -1)
	op := m.operations[v.op]
	if f != none {
		if m.span.has(now) {
			op.failed++
		}
		return
	}
	if m.span.has(now) {
		m.ended++
		op.ended++
	}
	if !m.span.has(v.arrived) {
		return
	}
	m.waiting.record(v.waited)
	m.demand.record(v.demand)
	m.response.record(now - v.arrived)
	op.response.record(now - v.arrived)
}

// publishMeter counts what its publishers do with a topic.
type publishMeter struct {
	span     span
	offered  int64 // messages that were to be published
	rejected int64 // of these, turned away
	blocked  gauge // publishers that wait for room
	delay    times // of messages of all groups
}

func (m *publishMeter) begin(at float64) {
	m.span = openSpan(at)
	m.offered, m.rejected, m.delay = 0, 0, times{}
	m.blocked.begin(at)
}

func (m *publishMeter) offer(at float64) { m.span.count(at, &m.offered) }

func (m *publishMeter) reject(at float64) { m.span.count(at, &m.rejected) }

// topicMeter counts what happens in one group of consumers of a topic.
type topicMeter struct {
	span        span
	messages    int64 // consumed
	batches     int64 // that were worked on
	held        int64 // messages of these
	published   int64
	dropped     int64 // messages that were lost
	dead        int64 // messages that used up their deliveries
	deliveries  int64
	redelivered int64
	duplicates  int64 // deliveries that ended well when their message was done already
	depth       gauge // published and not done
	waiting     gauge // of these, not taken by a consumer
	delay       times
}

// count counts what happens at an instant, if that is measured.
func (s span) count(at float64, n *int64) {
	if s.has(at) {
		*n++
	}
}

func (m *topicMeter) begin(at float64) {
	depth, waiting := m.depth, m.waiting
	*m = topicMeter{span: openSpan(at), depth: depth, waiting: waiting}
	m.depth.begin(at)
	m.waiting.begin(at)
}

func (m *topicMeter) publish(at float64) { m.span.count(at, &m.published) }

func (m *topicMeter) drop(at float64) { m.span.count(at, &m.dropped) }

func (m *topicMeter) die(at float64) { m.span.count(at, &m.dead) }

// deliver counts a delivery, the nth of its message.
func (m *topicMeter) deliver(at float64, nth int) {
	m.span.count(at, &m.deliveries)
	if nth > 1 {
		m.span.count(at, &m.redelivered)
	}
}

func (m *topicMeter) duplicate(at float64) { m.span.count(at, &m.duplicates) }

// batch counts a batch of n messages that ended at an instant.
func (m *topicMeter) batch(n int, at float64) {
	if m.span.has(at) {
		m.batches++
		m.held += int64(n)
	}
}

// done counts a message that ended well.
func (m *topicMeter) done(published, at float64) {
	m.span.count(at, &m.messages)
	if m.span.has(published) {
		m.delay.record(at - published)
	}
}
