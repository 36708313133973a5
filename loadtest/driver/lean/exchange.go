package lean

import (
	"context"
	"io"
	"time"

	"github.com/headroom/headroom/loadtest/driver/web"
)

// exchange is one request and its answer.
type exchange struct {
	client  *Client
	ctx     context.Context
	began   time.Duration
	until   time.Duration
	request *web.Request
	wire    []byte
	watched bool
	fills   int // how often more was read into the buffer

	n    int64  // length of the answer's body (B)
	kept []byte // its beginning
}

// on makes the exchange on a connection, and keeps that for the next one or
// closes it.
func (e *exchange) on(k *conn) (web.Reply, error) {
	if !e.watched {
		defer context.AfterFunc(e.ctx, k.interrupt)()
	}
	reply, err := e.ask(k)
	if err != nil || k.broken || k.first != k.last {
		e.client.drop(k)
		if over := e.ctx.Err(); err != nil && over != nil {
			err = over
		}
		return reply, err
	}
	if !e.watched && e.ctx.Err() != nil {
		e.client.drop(k) // it may be interrupted at any moment
		return reply, nil
	}
	e.client.give(k, e.began)
	return reply, nil
}

func (e *exchange) ask(k *conn) (web.Reply, error) {
	if err := e.arm(k, e.began); err != nil {
		return web.Reply{}, err
	}
	rest := e.wire
	if k.raw != nil && e.began-k.since < fresh {
		var err error
		if rest, err = e.dash(k); err != nil {
			return web.Reply{}, err
		}
	}
	sent := error(nil)
	if len(rest) > 0 {
		sent = e.send(k, rest)
	}
	if sent != nil && !wasClosed(sent) {
		return web.Reply{}, sent
	}
	// A server may answer and close before it has read all of a request that it
	// will not have: its answer counts.
	reply, err := e.answer(k)
	if sent != nil {
		k.broken = true
		if err != nil {
			return reply, sent
		}
	}
	return reply, err
}

// fresh is how long after an exchange began the next one may take the short way
// of [exchange.dash].
const fresh = 10 * time.Millisecond

// dash sends the request and reads the first of its answer in one wait of the
// runtime's poller: it writes when the wait has begun, so that there is no
// attempt to read before there can be anything to read, which is a system call
// of three. It returns what could not be sent at once.
//
// A wait that has begun does not see the end of a connection that came before:
// hence only where the last answer came just now.
func (e *exchange) dash(k *conn) (rest []byte, err error) {
	k.dash = dash{wire: e.wire, into: k.in}
	for err = k.raw.Read(k.step); isTimeout(err); err = k.raw.Read(k.step) {
		if err := e.again(k); err != nil {
			return nil, err
		}
	}
	d := &k.dash
	switch {
	case err != nil:
		return nil, err
	case d.err != nil:
		return nil, d.err
	case len(d.wire) > 0:
		return d.wire, nil
	case d.n == 0:
		return nil, io.EOF
	}
	k.first, k.last, k.heard = 0, d.n, true
	return nil, nil
}

// dash is where the short way stands.
type dash struct {
	wire []byte // not sent yet
	into []byte
	sent bool
	n    int   // read
	err  error // of the system
}

// arm sets the deadline of a connection. Setting one costs, so one that is there
// and comes sooner than needed is left: when it passes, the exchange sets the
// next. A connection with TLS does not survive a write that was interrupted.
func (e *exchange) arm(k *conn, now time.Duration) error {
	if now >= e.until {
		return errTimeout
	}
	if k.Conn == k.bare && k.armed <= e.until && k.armed > now {
		return nil
	}
	at := time.Time{}
	if e.until != never {
		at = e.client.zero.Add(e.until)
	}
	if k.armed = e.until; k.SetDeadline(at) != nil {
		return errTimeout // fails on a closed connection only, and nobody else closes it
	}
	return e.ctx.Err() // what ended it may have set a deadline just before
}

// again goes on after a deadline that came too soon.
func (e *exchange) again(k *conn) error {
	if err := e.ctx.Err(); err != nil {
		return err
	}
	k.armed = 0
	return e.arm(k, e.client.now())
}

func (e *exchange) send(k *conn, rest []byte) error {
	for {
		n, err := k.Write(rest)
		if err == nil {
			return nil
		}
		if rest = rest[n:]; !isTimeout(err) || k.Conn != k.bare {
			return err
		}
		if err := e.again(k); err != nil {
			return err
		}
	}
}

// fill reads more into the buffer of a connection, into its room after what is
// there.
func (e *exchange) fill(k *conn) error {
	e.fills++
	if k.first == k.last {
		k.first, k.last = 0, 0
	}
	if k.last == len(k.in) {
		copy(k.in, k.in[k.first:k.last])
		k.first, k.last = 0, k.last-k.first
	}
	for {
		n, err := k.Read(k.in[k.last:])
		k.last += n
		if n > 0 {
			k.heard = true
			return nil
		}
		if err == nil {
			continue
		}
		if !isTimeout(err) {
			return err
		}
		if err := e.again(k); err != nil {
			return err
		}
	}
}
