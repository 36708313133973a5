// Package lean asks over HTTP/1.1 with as little work as can be: the request is
// written once and sent as it is, the goroutine that asks does all that is to
// be done, and nothing is allocated for an exchange on a connection that is
// kept alive. It costs a third of the processor time of net/http.
package lean

import (
	"context"
	"crypto/tls"
	"net"
	"net/url"
	"sync"
	"time"

	"github.com/headroom/headroom/loadtest/driver/web"
)

// Client is a [web.Engine].
type Client struct {
	dial web.Dial
	tls  *tls.Config
	zero time.Time // instants of the client count from here

	mu      sync.Mutex
	hosts   map[host][]*conn // idle connections, the one used last at the end
	used    map[*conn]struct{}
	most    int             // idle connections kept to one host
	watched <-chan struct{} // of the context whose end cuts all that is in flight
}

// host is one end that connections go to.
type host struct{ scheme, address string }

// longestIdle is how long a connection is kept that nobody uses.
const longestIdle = 90 * time.Second

var _ web.Engine = (*Client)(nil)

// New makes a client that has no connections yet.
func New(o web.Options) *Client {
	c := &Client{
		dial: o.Dial, tls: o.TLS, most: o.Connections, zero: time.Now(),
		hosts: map[host][]*conn{}, used: map[*conn]struct{}{},
	}
	if c.dial == nil {
		c.dial = new(net.Dialer).DialContext
	}
	return c
}

// now is the time since the client was made.
func (c *Client) now() time.Duration { return time.Since(c.zero) }

// Exchange implements [web.Engine].
//
// A connection that was kept alive may have been closed by the other side
// meanwhile. Where not a byte came back from one, and asking twice changes no
// more than asking once, it asks again on a new connection ([FiNR22b], section
// 9.3.1); other requests are sent only on a connection that is seen to be open.
func (c *Client) Exchange(ctx context.Context, limit time.Duration, r *web.Request) (web.Reply, error) {
	if err := ctx.Err(); err != nil {
		return web.Reply{}, err
	}
	e := exchange{client: c, ctx: ctx, until: c.until(ctx, limit), request: r, wire: r.Wire(), watched: c.watch(ctx)}
	if e.wire == nil {
		var err error
		if e.wire, err = r.AppendWire(nil); err != nil {
			return web.Reply{}, err
		}
	}
	to := hostOf(r.URL)
	for k := c.take(to, e.watched); k != nil; k = c.take(to, e.watched) {
		if !r.Safe() && !k.open() {
			c.drop(k)
			continue
		}
		reply, err := e.on(k)
		if err != nil && !k.heard && r.Safe() && wasClosed(err) {
			break // closed while it was idle: a new one is as good as the first
		}
		return reply, err
	}
	k, err := c.connect(ctx, to, e.until, e.watched)
	if err != nil {
		return web.Reply{}, err
	}
	return e.on(k)
}

// until is when an exchange has to be over; never where it has no limit.
func (c *Client) until(ctx context.Context, limit time.Duration) time.Duration {
	until := never
	if limit > 0 {
		until = c.now() + limit
	}
	if at, ok := ctx.Deadline(); ok {
		until = min(until, at.Sub(c.zero))
	}
	return until
}

const never = time.Duration(1<<63 - 1)

func hostOf(u *url.URL) host { return host{u.Scheme, u.Host} }

// take returns the idle connection to a host that was used last, or nil.
func (c *Client) take(to host, watched bool) *conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	idle := c.hosts[to]
	for len(idle) > 0 {
		k := idle[len(idle)-1]
		idle = idle[:len(idle)-1]
		c.hosts[to] = idle
		if c.now()-k.since > longestIdle {
			k.close()
			continue
		}
		k.watched, k.heard = watched, false
		c.used[k] = struct{}{}
		return k
	}
	return nil
}

// give keeps a connection for the next exchange.
func (c *Client) give(k *conn) {
	c.mu.Lock()
	delete(c.used, k)
	idle := c.hosts[k.to]
	keep := len(idle) < c.most
	if keep {
		k.since = c.now()
		c.hosts[k.to] = append(idle, k)
	}
	c.mu.Unlock()
	if !keep {
		k.close()
	}
}

// drop closes a connection that is of no more use.
func (c *Client) drop(k *conn) {
	c.mu.Lock()
	delete(c.used, k)
	c.mu.Unlock()
	_ = k.bare.Close() // without a farewell, which a stalled side would hold up
}

// Close implements [web.Engine].
func (c *Client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for to, idle := range c.hosts {
		for _, k := range idle {
			k.close()
		}
		delete(c.hosts, to)
	}
}

// watch sees to it that the end of ctx cuts what is in flight under it, where it
// is the context of all exchanges, as it is in a load test: that costs nothing.
// It reports false for any other, whose end must be waited for by the exchange.
func (c *Client) watch(ctx context.Context) bool {
	done := ctx.Done()
	if done == nil {
		return true // never ends
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.watched == nil {
		c.watched = done
		context.AfterFunc(ctx, c.cut)
	}
	return c.watched == done
}

// cut ends what is in flight under the context that is watched.
func (c *Client) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watched = nil
	for k := range c.used {
		if k.watched {
			k.interrupt()
		}
	}
}
