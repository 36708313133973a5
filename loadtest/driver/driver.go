// Package driver is the seam between a load test, which decides when what is
// asked for, and the protocols that it is asked in.
package driver

import (
	"context"
	"errors"
	"time"
)

// Call is one operation of a system, made ready to be asked for any number of
// times, by any number of goroutines at once.
type Call interface {
	// Do asks once. It returns when the whole answer was there or the failure
	// is known, at once when ctx ends, and leaves nothing running behind.
	// The holes of the request are filled from values, and what the answer is to
	// leave for later requests is put there; nil stands for none.
	Do(ctx context.Context, values *Values) Answer
}

// Timed is a [Call] that keeps the time by itself, which is cheaper than a
// context for every request.
type Timed interface {
	Call
	// DoWithin is Do for at most the time given; then it errs, with a timeout of
	// the kind that [net.Error] tells. A limit of 0 is none.
	DoWithin(ctx context.Context, limit time.Duration, values *Values) Answer
}

// Answer is what came of asking once.
type Answer struct {
	Status int   // of the protocol, as it numbers them; 0 without an answer
	Bytes  int64 // length of what was answered, as sent (B)
	// Err is nil when the whole answer was there and as expected. It is or
	// wraps [ErrRejected] or [ErrUnexpected] when there was another one, and
	// the error of the network or of ctx when there was none.
	Err error
}

var (
	// ErrRejected says that the system turned the request away for want of room.
	ErrRejected = errors.New("rejected")
	// ErrUnexpected says that the answer has not the status that was expected.
	ErrUnexpected = errors.New("unexpected status")
)
