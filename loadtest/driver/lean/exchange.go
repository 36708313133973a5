package lean

import (
	"context"
	"time"

	"github.com/headroom/headroom/loadtest/driver/web"
)

// exchange is one request and its answer.
type exchange struct {
	client  *Client
	ctx     context.Context
	until   time.Duration
	request *web.Request
	wire    []byte
	watched bool
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
	e.client.give(k)
	return reply, nil
}

func (e *exchange) ask(k *conn) (web.Reply, error) {
	if err := e.arm(k, false); err != nil {
		return web.Reply{}, err
	}
	sent := e.send(k)
	if sent != nil && !wasClosed(sent) {
		return web.Reply{}, sent
	}
	// A server may answer and close before it has read all of a request that it
	// will not have: its answer counts.
	if sent == nil {
		yield()
	}
	reply, err := e.answer(k)
	if sent != nil {
		k.broken = true
		if err != nil {
			return reply, sent
		}
	}
	return reply, err
}

// arm sets the deadline of a connection. Setting one costs, so one that is there
// and comes sooner than needed is left: when it passes, the exchange sets the
// next. A connection with TLS does not survive a write that was interrupted.
func (e *exchange) arm(k *conn, passed bool) error {
	now := e.client.now()
	if now >= e.until {
		return errTimeout
	}
	if !passed && k.Conn == k.bare && k.armed <= e.until && k.armed > now {
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

func (e *exchange) send(k *conn) error {
	for rest := e.wire; ; {
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

// again goes on after a deadline that came too soon.
func (e *exchange) again(k *conn) error {
	if err := e.ctx.Err(); err != nil {
		return err
	}
	return e.arm(k, true)
}

// fill reads more into the buffer of a connection, into its room after what is
// there.
func (e *exchange) fill(k *conn) error {
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
