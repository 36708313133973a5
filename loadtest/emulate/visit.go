package emulate

import (
	"context"

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
	replica *replica // that it is at, or must go to; nil while in the line of all

	arrived float64
	granted float64       // when it got its thread
	grant   chan struct{} // gets one value when it got a thread after waiting

	// Guarded by the lock of the service; what is done for the visit after it
	// left, by branches left behind, is no longer counted.
	waited float64 // in lines (s)
	demand float64 // on the cores (s)
	left   bool
}

// serve sees the visit through, from the instant at on, and returns the instant
// at which it ended.
func (v *visit) serve(ctx context.Context, at float64) (float64, fault) {
	v.arrived = at
	now, f := v.enter(ctx)
	if f != none {
		return now, f
	}
	now, f = v.run(ctx, v.service.system.model.Operations[v.op].Steps, now)
	v.leave(now, f)
	return now, f
}

// enter gets a thread.
func (v *visit) enter(ctx context.Context) (float64, fault) {
	s := v.service
	s.mu.Lock()
	f, waits := s.admit(v)
	s.mu.Unlock()
	if f != none || !waits {
		return v.granted, f
	}
	select {
	case <-v.grant:
		return v.granted, none
	case <-ctx.Done():
		return v.arrived, closing
	}
}

// leave gives the thread back at the instant now.
func (v *visit) leave(now float64, f fault) {
	s := v.service
	s.mu.Lock()
	defer s.mu.Unlock()
	s.release(v, now, f)
}
