package emulate

import (
	"context"
	"errors"
	"net/http"
)

// fault is why a request failed; none when it did not. The names are those of a
// simulated result.
type fault uint8

const (
	none      fault = iota
	rejected        // there was no room, here or at a service called
	failed          // at a step that fails
	timeout         // the answer came too late, or never
	lost            // a message was lost on the emulated network
	open            // a circuit breaker was open
	deadlock        // it would have waited for itself
	conflict        // others changed what it had looked at, too often
	abandoned       // it waited for a thread for longer than its patience
	shed            // the line had become too long
	down            // its replica failed, or none was up
	givenUp         // nobody waits for it any more
	broken          // a called service could not be reached, which the model does not know
	closing         // the system is being closed
	faults
)

// String is the body of the answer, and the name in a header.
func (f fault) String() string {
	return [faults]string{
		"ok", "rejected", "failed", "timeout", "lost", "circuit-open", "deadlock", "conflict",
		"abandoned", "shed", "down", "given-up", "out of reach", "closing",
	}[f]
}

// Headers that the services and their callers exchange. Instants are whole
// nanoseconds on the clock of the system.
const (
	// HeaderDue is when a message between services arrives by the model: the
	// callee begins then, so that the network's latency takes in what a message
	// over loopback really costs. Who closes the connection of a request with
	// it takes the request back.
	HeaderDue = "X-Headroom-Due"
	// HeaderDone is when a request ended by the model.
	HeaderDone = "X-Headroom-Done"
	// HeaderRejected is 1 on the answer to a request that failed because a
	// service turned it, or a request made for it, away.
	HeaderRejected = "X-Headroom-Rejected"
	// HeaderFault names what made a request fail, in the words of a result
	// ("timeout", "circuit-open", …).
	HeaderFault = "X-Headroom-Fault"
	// HeaderPriority is how urgent a request is: 0 most of all, as without it.
	HeaderPriority = "X-Headroom-Priority"
	// HeaderCancel, when 1 on a request from outside, lets whoever closes its
	// connection take it back, with all that was asked for its sake; without
	// it the system works on for nobody.
	HeaderCancel = "X-Headroom-Cancel"
	// HeaderBatch is the number of messages that a topic hands to its consumer.
	HeaderBatch = "X-Headroom-Batch"
	// HeaderReplica is the replica that is to take the request.
	HeaderReplica = "X-Headroom-Replica"
	// HeaderAttempt names the attempt of a call that a request is a copy of:
	// copies of one attempt go to different replicas as long as there are some.
	HeaderAttempt = "X-Headroom-Attempt"
	// HeaderFrame names the request that waits for this one.
	HeaderFrame = "X-Headroom-Frame"
)

// status is the HTTP status of the answer to a request that ended in f. One
// that failed for want of room is unavailable wherever the room was wanting, so
// that the reason goes up to whoever asked first.
func (f fault) status() int {
	switch f {
	case none:
		return http.StatusOK
	case failed:
		return http.StatusInternalServerError
	case timeout:
		return http.StatusGatewayTimeout
	case deadlock, conflict:
		return http.StatusConflict
	case broken, lost:
		return http.StatusBadGateway
	}
	return http.StatusServiceUnavailable
}

// faultOf reads a callee's answer.
func faultOf(r *http.Response) fault {
	if r.StatusCode == http.StatusOK {
		return none
	}
	name := r.Header.Get(HeaderFault)
	for f := rejected; f < faults; f++ {
		if f.String() == name {
			return f
		}
	}
	return broken
}

// cause is why a context ended, and when by the model (s).
type cause struct {
	fault fault
	at    float64
}

// Error makes a cause an error.
func (c cause) Error() string { return "emulate: " + c.fault.String() }

// stopped says when and why what runs under a context that has ended stops,
// having come to the instant now.
func stopped(ctx context.Context, now float64) (float64, fault) {
	var c cause
	if errors.As(context.Cause(ctx), &c) {
		return max(now, c.at), c.fault
	}
	return now, closing
}
