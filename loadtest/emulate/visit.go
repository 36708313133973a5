package emulate

import (
	"context"

	"github.com/headroom/headroom/loadtest/internal/alarm"
	"github.com/headroom/headroom/scenarios"
)

// visit is one request at one service: it takes a thread, or waits for one, or
// is turned away; it runs the steps of its operation in order; it gives the
// thread back.
//
// A visit carries the instant that it has come to by the model. Each step
// begins at the instant at which the one before ended, whenever the goroutine
// really got there; so lateness of the machine does not add up over the steps
// but is made good by the next one that takes time.
type visit struct {
	service *service
	op      scenarios.OpID
	batch   int      // messages in hand, 0 when the operation was called
	rank    int      // the more urgent the less
	attempt string   // that it is a copy of; empty where there is one copy
	above   *waiter  // who asked, where it matters
	replica *replica // that it is at, or must go to; nil while in the line of all

	base   context.Context // ends with the replica
	ctx    context.Context // ends also when the visit is taken back
	crash  context.CancelCauseFunc
	cancel context.CancelCauseFunc

	arrived float64
	granted float64 // when it got its thread

	// Guarded by the lock of the service; what is done for the visit after it
	// left, by branches left behind, is no longer counted.
	line   *line        // that it stands in, or nil
	grant  chan grant   // gets one value when it is out of the line
	quits  *alarm.Entry // at the end of its patience
	waited float64      // in lines (s)
	demand float64      // on the cores (s)
	left   bool
	parts  int // that are under way: itself, and branches
}

// grant is how a wait in line ended, and when.
type grant struct {
	at    float64
	fault fault
}

// newVisit makes a visit, of which one part is under way.
func newVisit(s *service, op scenarios.OpID) *visit {
	v := &visit{service: s, op: op, parts: 1}
	v.base, v.crash = context.WithCancelCause(s.system.ctx)
	v.ctx, v.cancel = context.WithCancelCause(v.base)
	return v
}

// hold counts one more part of the visit under way, and drop one less.
func (v *visit) hold() {
	v.service.mu.Lock()
	defer v.service.mu.Unlock()
	v.parts++
}

func (v *visit) drop() {
	s := v.service
	s.mu.Lock()
	v.parts--
	over := v.parts == 0
	if over && v.replica != nil {
		delete(v.replica.visits, v)
	}
	s.mu.Unlock()
	if over {
		v.cancel(nil) // frees what the contexts hold
		v.crash(nil)
	}
}

// serve sees the visit through, from the instant at on, and returns the instant
// at which it ended.
func (v *visit) serve(at float64) (float64, fault) {
	v.arrived = at
	now, why := v.enter()
	if why != none {
		return now, why
	}
	if v.batch > 0 {
		if v.batch = v.service.system.begins.tell(v.attempt, now, v.batch); v.batch == 0 {
			v.leave(now, none) // others have done all of it
			return now, none
		}
	}
	f := &frame{visit: v, above: v.above}
	now, why = f.run(v.ctx, v.service.system.model.Operations[v.op].Steps, now)
	f.letGo(now)
	if why == none {
		now, why = v.settleData(now)
	}
	v.leave(now, why)
	return now, why
}

// enter gets a thread.
func (v *visit) enter() (float64, fault) {
	s := v.service
	s.mu.Lock()
	f, waits := s.admit(v)
	s.mu.Unlock()
	if f != none || !waits {
		return v.granted, f
	}
	select {
	case g := <-v.grant:
		return g.at, g.fault
	case <-v.ctx.Done():
	}
	at, why := stopped(v.ctx, v.arrived)
	s.mu.Lock()
	s.quit(v, at, why)
	s.mu.Unlock()
	g := <-v.grant
	return g.at, g.fault
}

// leave gives the thread back at the instant now.
func (v *visit) leave(now float64, f fault) {
	s := v.service
	s.mu.Lock()
	defer s.mu.Unlock()
	s.release(v, now, f)
}
