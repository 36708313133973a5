// Package grpc calls methods of gRPC services, unary and streams, without
// generated code: what it knows of messages is read from a set of descriptors or
// asked of the server by reflection.
package grpc

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/headroom/headroom/loadtest/driver"
)

// streams is how many calls one connection carries at once: servers commonly
// allow 100, and those beyond would wait in this process without a word.
const streams = 100

// maxMessage is the longest message that is read (B).
const maxMessage = 64 << 20

// Client keeps the connections to one server.
type Client struct {
	conns []*conn
	lost  atomic.Pointer[error] // why the last connection was not to be had
	types *types
}

// conn is a connection, and how many calls it carries.
type conn struct {
	*grpc.ClientConn
	calls atomic.Int64
}

// New makes a client of grpc://host:port, or grpcs:// with TLS, for so many
// calls at once. It connects when it is first asked. Descriptors are a
// FileDescriptorSet; where there are none the server is asked.
func New(u *url.URL, descriptors []byte, dial driver.Dial, secured *tls.Config, calls int) (*Client, error) {
	if u.Scheme != "grpc" && u.Scheme != "grpcs" || u.Hostname() == "" || u.Port() == "" {
		return nil, fmt.Errorf("grpc: %s is no address; want grpc://host:port", u.Redacted())
	}
	c := &Client{types: &types{}}
	if descriptors != nil {
		if err := c.types.read(descriptors); err != nil {
			return nil, err
		}
	}
	with := insecure.NewCredentials()
	if u.Scheme == "grpcs" {
		if secured == nil {
			secured = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		with = credentials.NewTLS(secured)
	}
	for range 1 + (max(calls, 1)-1)/streams {
		made, err := grpc.NewClient("passthrough:///"+u.Host,
			grpc.WithTransportCredentials(with), grpc.WithContextDialer(c.dialer(dial)), grpc.WithNoProxy(),
			grpc.WithUserAgent("headroom-loadtest"), grpc.WithStatsHandler(listener{}),
			grpc.WithConnectParams(again()), grpc.WithDisableRetry(), grpc.WithDisableServiceConfig(), grpc.WithIdleTimeout(0),
			grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage), grpc.ForceCodec(raw{})))
		if err != nil {
			c.Close()
			return nil, err
		}
		c.conns = append(c.conns, &conn{ClientConn: made})
	}
	return c, nil
}

// again is how soon a connection is tried again: soon enough to see when a
// server is back. Calls meanwhile fail at once.
func again() grpc.ConnectParams {
	return grpc.ConnectParams{
		Backoff:           backoff.Config{BaseDelay: 50 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: time.Second},
		MinConnectTimeout: 10 * time.Second,
	}
}

func (c *Client) dialer(dial driver.Dial) func(context.Context, string) (net.Conn, error) {
	return func(ctx context.Context, address string) (net.Conn, error) {
		made, err := dial(ctx, "tcp", address)
		if err != nil {
			c.lost.Store(&err)
			return nil, err
		}
		c.lost.Store(nil)
		return made, nil
	}
}

// Close closes the connections.
func (c *Client) Close() {
	for _, one := range c.conns {
		_ = one.Close() // it errs only when it is closed already
	}
}

// pick is the first connection with room, so that none is opened without need.
func (c *Client) pick() *conn {
	for _, one := range c.conns {
		if one.calls.Add(1) <= streams {
			return one
		}
		one.calls.Add(-1)
	}
	last := c.conns[len(c.conns)-1]
	last.calls.Add(1)
	return last
}

// raw hands messages through as they are on the wire.
type raw struct{}

// Name implements encoding.Codec.
func (raw) Name() string { return "proto" }

// Marshal implements encoding.Codec.
func (raw) Marshal(v any) ([]byte, error) {
	b, ok := v.(*[]byte)
	if !ok {
		return nil, fmt.Errorf("grpc: a message of type %T", v)
	}
	return *b, nil
}

// Unmarshal implements encoding.Codec.
func (raw) Unmarshal(data []byte, v any) error {
	b, ok := v.(*[]byte)
	if !ok {
		return fmt.Errorf("grpc: a message of type %T", v)
	}
	*b = append((*b)[:0], data...)
	return nil
}
