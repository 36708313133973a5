package loadtest

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/headroom/headroom/loadtest/driver"
	"github.com/headroom/headroom/scenarios"
)

// exchanger asks the system for operations.
type exchanger struct {
	calls   map[scenarios.OpID]driver.Call
	timeout time.Duration
	now     func() time.Duration // since the start of the measured time

	exhausted func() // ends the load: there are no data left to ask with
}

// answer is what came of one request.
type answer struct {
	sent, done time.Duration
	outcome    Outcome
	status     int
	bytes      int64
}

// ask makes one request and waits for the whole answer.
func (x *exchanger) ask(ctx context.Context, op scenarios.OpID, values *driver.Values) answer {
	call, within := x.calls[op], ctx
	a := answer{sent: x.now()}
	var got driver.Answer
	if timed, ok := call.(driver.Timed); ok {
		got = timed.DoWithin(ctx, x.timeout, values)
	} else {
		var cancel context.CancelFunc
		within, cancel = context.WithTimeout(ctx, x.timeout)
		defer cancel()
		got = call.Do(within, values)
	}
	a.done, a.status, a.bytes = x.now(), got.Status, got.Bytes
	switch {
	case got.Err == nil:
		a.outcome = Answered
	case errors.Is(got.Err, driver.ErrRejected):
		a.outcome = Rejected
	case errors.Is(got.Err, driver.ErrUnexpected):
		a.outcome = WrongStatus
	case errors.Is(got.Err, driver.ErrCheck):
		a.outcome = CheckFailed
	case errors.Is(got.Err, driver.ErrExhausted):
		a.outcome = Cut
		x.exhausted()
	default:
		a.outcome = classify(ctx, within, got.Err)
	}
	return a
}

// classify says how a request failed that has no whole answer. Error texts are
// of no use for that: they name ports and differ each time.
func classify(run, request context.Context, err error) Outcome {
	var timeout net.Error
	switch {
	case run.Err() != nil:
		return cutBy(run)
	case request.Err() != nil, errors.As(err, &timeout) && timeout.Timeout():
		return TimedOut
	case is(err, syscall.EMFILE, syscall.ENFILE, syscall.EADDRNOTAVAIL, syscall.ENOBUFS):
		return Unsent // this machine has no more files or ports to give
	case is(err, syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE,
		io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, driver.ErrConnection),
		strings.Contains(err.Error(), "server closed idle connection"): // net/http does not export this one
		return NoConnection
	}
	return NoNetwork
}

// errInterrupted and errTooLate say why what was in flight was cut.
var (
	errInterrupted = errors.New("the run was interrupted")
	errTooLate     = errors.New("the run was over, and the time for its last answers too")
)

// cutBy is the outcome of a request that was cut when run ended. One that was
// waited for as long as the run allows has failed; one that an interruption
// did not let end has done nothing at all.
func cutBy(run context.Context) Outcome {
	if errors.Is(context.Cause(run), errTooLate) {
		return TimedOut
	}
	return Cut
}

func is(err error, targets ...error) bool {
	for _, t := range targets {
		if errors.Is(err, t) {
			return true
		}
	}
	return false
}
