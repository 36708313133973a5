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
	pools   map[host]*pool
	last    *pool // that was looked for last: most loads have but one
	used    []*conn
	most    int             // idle connections kept to one host
	watched <-chan struct{} // of the context whose end cuts all that is in flight
}

// host is one end that connections go to.
type host struct{ scheme, address string }

// pool has the idle connections to a host, the one used last at the end.
type pool struct {
	to   host
	idle []*conn
}

// longestIdle is how long a connection is kept that nobody uses.
const longestIdle = 90 * time.Second

var _ web.Engine = (*Client)(nil)

// New makes a client that has no connections yet.
func New(o web.Options) *Client {
	c := &Client{
		dial: o.Dial, tls: o.TLS, most: o.Connections, zero: time.Now(),
		pools: map[host]*pool{}, last: &pool{},
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
	e := exchange{client: c, ctx: ctx, began: c.now(), request: r, wire: r.Wire()}
	e.until = c.until(ctx, e.began, limit)
	if e.wire == nil {
		var err error
		if e.wire, err = r.AppendWire(nil); err != nil {
			return web.Reply{}, err
		}
	}
	to := hostOf(r.URL)
	for k := c.take(&e, to); k != nil; k = c.take(&e, to) {
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
	k, err := c.connect(&e, to)
	if err != nil {
		return web.Reply{}, err
	}
	return e.on(k)
}

// until is when an exchange has to be over; never where it has no limit.
func (c *Client) until(ctx context.Context, began, limit time.Duration) time.Duration {
	until := never
	if limit > 0 {
		until = began + limit
	}
	if at, ok := ctx.Deadline(); ok {
		until = min(until, at.Sub(c.zero))
	}
	return until
}

const never = time.Duration(1<<63 - 1)

func hostOf(u *url.URL) host { return host{u.Scheme, u.Host} }

// take returns the idle connection to a host that was used last, or nil.
func (c *Client) take(e *exchange, to host) *conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	e.watched = c.watch(e.ctx)
	p := c.pool(to)
	for last := len(p.idle) - 1; last >= 0; last-- {
		k := p.idle[last]
		p.idle = p.idle[:last]
		if e.began-k.since > longestIdle {
			k.close()
			continue
		}
		k.watched, k.heard = e.watched, false
		c.use(k)
		return k
	}
	return nil
}

// pool returns the pool of a host. The lock is held.
func (c *Client) pool(to host) *pool {
	if c.last.to == to {
		return c.last
	}
	p := c.pools[to]
	if p == nil {
		p = &pool{to: to}
		c.pools[to] = p
	}
	c.last = p
	return p
}

// use notes that a connection is in use, and done that it is no more. The lock
// is held.
func (c *Client) use(k *conn) {
	k.index = len(c.used)
	c.used = append(c.used, k)
}

func (c *Client) done(k *conn) {
	last := len(c.used) - 1
	c.used[k.index] = c.used[last]
	c.used[k.index].index = k.index
	c.used[last] = nil
	c.used = c.used[:last]
}

// give keeps a connection for the next exchange.
func (c *Client) give(k *conn, began time.Duration) {
	c.mu.Lock()
	c.done(k)
	keep := len(k.pool.idle) < c.most
	if keep {
		k.since = began // a moment ago, and the clock need not be read again
		k.pool.idle = append(k.pool.idle, k)
	}
	c.mu.Unlock()
	if !keep {
		k.close()
	}
}

// drop closes a connection that is of no more use.
func (c *Client) drop(k *conn) {
	c.mu.Lock()
	c.done(k)
	c.mu.Unlock()
	_ = k.bare.Close() // without a farewell, which a stalled side would hold up
}

// Close implements [web.Engine].
func (c *Client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.pools {
		for _, k := range p.idle {
			k.close()
		}
		p.idle = nil
	}
}

// watch sees to it that the end of ctx cuts what is in flight under it, where it
// is the context of all exchanges, as it is in a load test: that costs nothing.
// It reports false for any other, whose end must be waited for by the exchange.
// The lock is held.
func (c *Client) watch(ctx context.Context) bool {
	done := ctx.Done()
	if done == nil {
		return true // never ends
	}
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
	for _, k := range c.used {
		if k.watched {
			k.interrupt()
		}
	}
}
