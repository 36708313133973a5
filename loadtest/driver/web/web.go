// Package web asks for operations over HTTP. What is asked for is a [Request],
// whoever carries it: an [Engine] makes the exchange, a call judges the answer.
// [Standard] is the engine on net/http: HTTP/1.1 and HTTP/2, with or without
// TLS. No engine follows a redirect: it would put load on an address that
// nobody named.
package web

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/headroom/headroom/loadtest/driver"
)

// Engine makes single exchanges over HTTP, for any number of goroutines.
type Engine interface {
	// Exchange sends a request and reads the whole answer, within the limit and
	// no longer than ctx lasts; a limit of 0 is none. An error may come with the
	// status of an answer that was not all there.
	Exchange(ctx context.Context, limit time.Duration, r *Request) (Reply, error)
	// Close closes the connections that are idle.
	Close()
}

// Reply is the answer to a request.
type Reply struct {
	Status int
	Bytes  int64       // length of the body, as sent (B)
	Header http.Header // where the request asked for it, or the status is 503
	Body   []byte      // as much as the request asked for
}

// Dial opens a connection.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// MaxHeader is the longest head of an answer that engines read (B).
const MaxHeader = 1 << 20

// RejectedHeader is, with the value 1, on the 503 of a service that had no room
// for the request.
const RejectedHeader = "X-Headroom-Rejected"

// NewCall asks for r by an engine; an answer is expected to have the given
// status, or any of 2xx where that is 0.
func NewCall(by Engine, r *Request, status int) (driver.Timed, error) {
	if err := r.Prepare(); err != nil {
		return nil, err
	}
	return &call{by, r, status}, nil
}

type call struct {
	by      Engine
	request *Request
	status  int
}

// Do implements [driver.Call].
func (c *call) Do(ctx context.Context, values *driver.Values) driver.Answer {
	return c.DoWithin(ctx, 0, values)
}

// DoWithin implements [driver.Timed].
func (c *call) DoWithin(ctx context.Context, limit time.Duration, _ *driver.Values) driver.Answer {
	reply, err := c.by.Exchange(ctx, limit, c.request)
	if err == nil {
		err = Judge(&reply, c.status)
	}
	return driver.Answer{Status: reply.Status, Bytes: reply.Bytes, Err: err}
}

// Judge says what is wrong with an answer of another status than expected, 0
// being any of 2xx.
func Judge(r *Reply, status int) error {
	switch {
	case status == 0 && r.Status >= 200 && r.Status <= 299, r.Status == status:
		return nil
	case r.Status == http.StatusServiceUnavailable && r.Header.Get(RejectedHeader) == "1":
		return driver.ErrRejected
	}
	return driver.ErrUnexpected
}
