package loadtest

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/headroom/headroom/scenarios"
)

// Hit is what became of one request. Its instants count from the start of the
// measured time, so that those of the warm-up are negative.
//
// A session or a route is one Hit with Op [Session], from when it was due to
// when its last step ended, and one more with Part set for every request that
// it made on the way.
type Hit struct {
	Due  time.Duration // when the workload wanted it
	Sent time.Duration // when it was sent, or the session begun
	Done time.Duration // when the whole answer was there, or the failure known

	Workload int            // index in [Head].Workloads
	Op       scenarios.OpID // index in [Head].Operations, or [Session]
	Part     bool           // made by a session or a route on its way
	Outcome  Outcome
	// Waited says that it was not sent when it was due because all connections
	// of the open load were taken; Queued is how long of that wait others were
	// given connections that got free: a queue that the cap makes, and not the
	// system. It is kept as a share of Sent − Due.
	Waited bool
	Queued time.Duration
	Status int   // of the protocol, for HTTP 0 without an answer
	Bytes  int64 // length of the answer's body (B)
}

// Outcome is how a request ended.
type Outcome uint8

const (
	Answered      Outcome = iota // as expected
	Rejected                     // turned away for want of room (503 with X-Headroom-Rejected)
	TimedOut                     // no whole answer in time
	WrongStatus                  // an answer with another status than expected
	NoConnection                 // refused, reset or closed before the whole answer was there
	NoNetwork                    // no way there, or an answer that is not one of the protocol
	Unsent                       // never left this machine: no connection to be had, or no time left
	Cut                          // under way when the run ended, and not given its time; counts as nothing
	CheckFailed                  // an answer of the right status that is not as expected, or a request that could not be filled in
	numOfOutcomes = iota
)

// String is the name under which a result counts the failure.
func (o Outcome) String() string {
	names := [numOfOutcomes]string{"answered", "rejected", "timeout", "status", "connection", "network", "unsent", "cut", "check"}
	if int(o) < len(names) {
		return names[o]
	}
	return fmt.Sprintf("Outcome(%d)", uint8(o))
}

// recordSize is the length of a hit on disk (B):
//
//	offset  0  due, sent, done   3 × int64, nanoseconds from the start of the measured time
//	offset 24  operation         int32, -1 for a session
//	offset 28  bytes             uint32, at most 4294967295
//	offset 32  workload          uint16
//	offset 34  HTTP status       uint16
//	offset 36  outcome           uint8
//	offset 37  flags             uint8, 1 = part of a session or route, 2 = waited for a connection
//	offset 38  queued            uint16, as a share of sent − due in 1/65535
//
// All numbers are little-endian.
const recordSize = 40

const (
	flagPart   = 1
	flagWaited = 2
)

// shares is how many parts a share of a time is told in.
const shares = math.MaxUint16

// endMark stands where the outcome of a hit would, in the record that ends a
// complete file; its bytes field is the length of the JSON that follows.
const endMark = 0xFF

// noteMark is the same for a note of a monitor.
const noteMark = 0xFE

func (h *Hit) append(b []byte) []byte {
	var r [recordSize]byte
	binary.LittleEndian.PutUint64(r[0:], uint64(h.Due))
	binary.LittleEndian.PutUint64(r[8:], uint64(h.Sent))
	binary.LittleEndian.PutUint64(r[16:], uint64(h.Done))
	binary.LittleEndian.PutUint32(r[24:], uint32(int32(h.Op)))
	binary.LittleEndian.PutUint32(r[28:], uint32(min(max(h.Bytes, 0), math.MaxUint32)))
	binary.LittleEndian.PutUint16(r[32:], uint16(h.Workload))
	binary.LittleEndian.PutUint16(r[34:], uint16(h.Status))
	flags := byte(0)
	if h.Part {
		flags |= flagPart
	}
	queued := uint16(0)
	if wait := h.Sent - h.Due; h.Waited && wait > 0 {
		flags |= flagWaited
		queued = uint16(math.Round(min(max(float64(h.Queued)/float64(wait), 0), 1) * shares))
	}
	r[36], r[37] = byte(h.Outcome), flags
	binary.LittleEndian.PutUint16(r[38:], queued)
	return append(b, r[:]...)
}

// decode reads a record of recordSize bytes.
func decode(b []byte) Hit {
	h := Hit{
		Due:      time.Duration(binary.LittleEndian.Uint64(b)),
		Sent:     time.Duration(binary.LittleEndian.Uint64(b[8:])),
		Done:     time.Duration(binary.LittleEndian.Uint64(b[16:])),
		Op:       scenarios.OpID(int32(binary.LittleEndian.Uint32(b[24:]))),
		Bytes:    int64(binary.LittleEndian.Uint32(b[28:])),
		Workload: int(binary.LittleEndian.Uint16(b[32:])),
		Status:   int(binary.LittleEndian.Uint16(b[34:])),
		Outcome:  Outcome(b[36]),
		Part:     b[37]&flagPart != 0,
		Waited:   b[37]&flagWaited != 0,
	}
	if h.Waited {
		h.Queued = time.Duration(float64(binary.LittleEndian.Uint16(b[38:])) / shares * float64(h.Sent-h.Due))
	}
	return h
}

// check says what a hit of a file with this head cannot be.
func (h *Hit) check(head *Head) error {
	switch {
	case h.Workload >= len(head.Workloads):
		return fmt.Errorf("workload %d of %d", h.Workload, len(head.Workloads))
	case h.Op < Session || int(h.Op) >= len(head.Operations):
		return fmt.Errorf("operation %d of %d", h.Op, len(head.Operations))
	case h.Outcome >= numOfOutcomes:
		return fmt.Errorf("outcome %d", uint8(h.Outcome))
	case h.Sent < h.Due || h.Done < h.Sent:
		return fmt.Errorf("due at %v, sent at %v, done at %v", h.Due, h.Sent, h.Done)
	case h.Due < -longestRun || h.Done > longestRun:
		return fmt.Errorf("due at %v, done at %v: beyond any run", h.Due, h.Done)
	}
	return nil
}

// longestRun bounds what a run may last, so that sums of its times cannot overflow.
const longestRun = 366 * 24 * time.Hour
