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
	response times // of these
}

// begin forgets all but what is there now.
func (m *serviceMeter) begin(at float64) {
	m.span = openSpan(at)
	m.arrivals, m.rejected, m.found, m.ended = 0, 0, 0, 0
	for _, g := range []*gauge{&m.present, &m.lined, &m.threads} {
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
	}
}

// leave counts a request that left at the instant now.
func (m *serviceMeter) leave(v *visit, now float64, f fault) {
	m.present.add(now, -1)
	m.threads.add(now, -1)
	op := m.operations[v.op]
	if f != none {
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

// topicMeter counts what happens on one topic.
type topicMeter struct {
	span     span
	messages int64 // consumed
	batches  int64 // that were worked on
	dropped  int64 // messages of batches that failed
	depth    gauge // published and not done
	delay    times
}

func (m *topicMeter) begin(at float64) {
	m.span = openSpan(at)
	m.messages, m.batches, m.dropped = 0, 0, 0
	m.depth.begin(at)
	m.delay = times{}
}

// done counts a batch that ended at the instant end.
func (m *topicMeter) done(batch []message, end float64, f fault) {
	m.depth.add(end, -len(batch))
	within := m.span.has(end)
	if within {
		m.batches++
	}
	if f != none {
		if within {
			m.dropped += int64(len(batch))
		}
		return
	}
	if within {
		m.messages += int64(len(batch))
	}
	for _, x := range batch {
		if m.span.has(x.published) {
			m.delay.record(end - x.published)
		}
	}
}
