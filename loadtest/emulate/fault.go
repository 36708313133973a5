package emulate

import "net/http"

// fault is why a request failed; none when it did not.
type fault uint8

const (
	none     fault = iota
	rejected       // no room in the line for a thread, here or at a service called
	broken         // a called service could not be reached
	closing        // the system is being closed
)

// String is the body of the answer.
func (f fault) String() string {
	switch f {
	case none:
		return "ok"
	case rejected:
		return "rejected"
	case broken:
		return "service out of reach"
	}
	return "closing"
}

// Headers that the services and their callers exchange. Instants are whole
// nanoseconds on the clock of the system.
const (
	// HeaderDue is when a message between services arrives by the model: the
	// callee begins then, so that the network's latency takes in what a message
	// over loopback really costs.
	HeaderDue = "X-Headroom-Due"
	// HeaderDone is when a request ended by the model.
	HeaderDone = "X-Headroom-Done"
	// HeaderRejected is 1 on the answer to a request that failed because a
	// service turned it, or a request made for it, away.
	HeaderRejected = "X-Headroom-Rejected"
	// HeaderBatch is the number of messages that a topic hands to its consumer.
	HeaderBatch = "X-Headroom-Batch"
	// HeaderReplica is the replica that owns the messages' partition.
	HeaderReplica = "X-Headroom-Replica"
)

// status is the HTTP status of the answer to a request that ended in f. One
// that failed for want of room is unavailable wherever the room was wanting, so
// that the reason goes up to whoever asked first.
func (f fault) status() int {
	switch f {
	case none:
		return http.StatusOK
	case broken:
		return http.StatusBadGateway
	}
	return http.StatusServiceUnavailable
}

// faultOf reads a callee's answer.
func faultOf(r *http.Response) fault {
	switch {
	case r.StatusCode == http.StatusOK:
		return none
	case r.Header.Get(HeaderRejected) != "":
		return rejected
	}
	return broken
}
