package loadtest

import (
	"iter"
	"math/rand/v2"
	"time"

	"github.com/headroom/headroom/internal/arrivals"
	"github.com/headroom/headroom/internal/variate"
	"github.com/headroom/headroom/scenarios"
)

// Session stands for an operation where a request is not one operation but the
// steps of a session.
const Session scenarios.OpID = -1

// Schedule yields the requests of an open workload that are due before until
// (s), in order: when each is due, in seconds from the start of the load, and
// the operation it asks for (the first one of a route, [Session] for steps).
// It is a pure function of its arguments. Gaps come from the stream
// "arrivals/<workload>" of the seed, operations from "mix/<workload>"; they are
// those of the simulator's first replication.
func Schedule(w *scenarios.Workload, seed uint64, until float64) iter.Seq2[float64, scenarios.OpID] {
	return func(yield func(float64, scenarios.OpID) bool) {
		s := newSource(w, 0, nil, seed, until)
		for r, ok := s.next(); ok; r, ok = s.next() {
			if !yield(r.due, r.op) {
				return
			}
		}
	}
}

// request is something a workload asks for.
type request struct {
	due      float64 // from the start of the load (s)
	workload int     // index in the model
	op       scenarios.OpID

	waited bool          // for a connection
	queued time.Duration // of that, how long others had those that got free
}

// source makes the requests of one open workload.
type source struct {
	workload int
	process  *arrivals.Process
	mix      picker
	now      float64
	more     int // requests still to come at now, of a batch
	until    float64
}

// newSource makes the requests of a workload whose load has that shape; nil: it
// does not change.
func newSource(w *scenarios.Workload, index int, shape *arrivals.Shape, seed uint64, until float64) *source {
	named := func(name string) *rand.Rand { return variate.Stream(seed, 0, name) }
	return &source{
		workload: index,
		process:  arrivals.New(w.Arrivals, w.Name, shape, named("arrivals/"+w.Name), named),
		mix:      newPicker(w, seed),
		until:    until,
	}
}

// next returns the next request, and false when none is due before the end.
func (s *source) next() (request, bool) {
	if s.more == 0 {
		s.now = s.process.Next(s.until)
		s.more = s.process.Batch()
	}
	if !(s.now < s.until) {
		return request{}, false
	}
	s.more--
	return request{due: s.now, workload: s.workload, op: s.mix.pick()}, true
}

// picker draws what a request asks for.
type picker struct {
	shares []scenarios.Share
	stream *rand.Rand
}

func newPicker(w *scenarios.Workload, seed uint64) picker {
	shares := w.Mix
	if w.Route != nil {
		shares = w.Route.Start
	}
	return picker{shares, variate.Stream(seed, 0, "mix/"+w.Name)}
}

// pick draws one number per request, and none where there is no choice.
func (p picker) pick() scenarios.OpID {
	switch len(p.shares) {
	case 0:
		return Session
	case 1:
		return p.shares[0].Op
	}
	op, ok := choose(p.shares, p.stream.Float64())
	if !ok { // the shares add up to a hair less than 1
		op = p.shares[len(p.shares)-1].Op
	}
	return op
}

// choose returns the share that u, uniform in [0, 1), falls into; false when it
// falls beyond them all.
func choose(shares []scenarios.Share, u float64) (scenarios.OpID, bool) {
	sum := 0.0
	for _, s := range shares {
		if sum += s.P; u < sum {
			return s.Op, true
		}
	}
	return 0, false
}

// plan merges the requests of all open workloads into one list by due time: one
// attack then carries them all, where one attack a workload would have as many
// pacers contend for the cores.
type plan struct {
	sources []*source
	ahead   []request // the next request of each source
}

func newPlan(m *scenarios.Model, shapes []*arrivals.Shape, seed uint64, until float64) *plan {
	p := &plan{}
	for i := range m.Workloads {
		if w := &m.Workloads[i]; w.Open() {
			p.add(newSource(w, i, shapeOf(shapes, i), seed, until))
		}
	}
	return p
}

func (p *plan) add(s *source) {
	if r, ok := s.next(); ok {
		p.sources = append(p.sources, s)
		p.ahead = append(p.ahead, r)
	}
}

// next returns the request that is due next, of equal ones that of the
// workload written first.
func (p *plan) next() (request, bool) {
	if len(p.ahead) == 0 {
		return request{}, false
	}
	first := 0
	for i := range p.ahead {
		if p.ahead[i].due < p.ahead[first].due {
			first = i
		}
	}
	out := p.ahead[first]
	r, ok := p.sources[first].next()
	if ok {
		p.ahead[first] = r
	} else {
		p.sources = append(p.sources[:first], p.sources[first+1:]...)
		p.ahead = append(p.ahead[:first], p.ahead[first+1:]...)
	}
	return out, true
}
