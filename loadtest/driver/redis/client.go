// Package redis sends commands to a Redis server, or one that speaks its
// protocol, RESP2 ([Redi23]).
package redis

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/headroom/headroom/loadtest/driver"
	"github.com/headroom/headroom/loadtest/driver/internal/pool"
)

// Client keeps the connections to one server.
type Client struct {
	dial    driver.Dial
	tls     *tls.Config // nil without
	address string
	hello   [][]string // commands that a connection begins with
	pool    *pool.Pool[*conn]
}

// New makes a client of at most so many connections to redis://user:password@host:port/database,
// or rediss:// with TLS. It connects when it is first asked.
func New(u *url.URL, dial driver.Dial, secured *tls.Config, connections int) (*Client, error) {
	if u.Scheme != "redis" && u.Scheme != "rediss" || u.Hostname() == "" {
		return nil, fmt.Errorf("redis: %s is no address; want redis://host:6379", u.Redacted())
	}
	c := &Client{dial: dial, address: net.JoinHostPort(u.Hostname(), portOf(u))}
	if u.Scheme == "rediss" {
		c.tls = &tls.Config{MinVersion: tls.VersionTLS12}
		if secured != nil {
			c.tls = secured.Clone()
		}
		if c.tls.ServerName == "" {
			c.tls.ServerName = u.Hostname()
		}
	}
	if password, ok := u.User.Password(); ok {
		auth := []string{"AUTH", password}
		if user := u.User.Username(); user != "" {
			auth = []string{"AUTH", user, password}
		}
		c.hello = append(c.hello, auth)
	}
	if db := strings.Trim(u.Path, "/"); db != "" {
		if n, err := strconv.Atoi(db); err != nil || n < 0 {
			return nil, fmt.Errorf("redis: database %q; want a number, as redis://host:6379/0", db)
		}
		c.hello = append(c.hello, []string{"SELECT", db})
	}
	c.pool = pool.New(connections, c.open, func(c *conn) { _ = c.Close() })
	return c, nil
}

func portOf(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return "6379"
}

// Close closes the connections.
func (c *Client) Close() { c.pool.Close() }

// conn is a connection.
type conn struct {
	net.Conn
	in  *bufio.Reader
	out []byte
}

func (c *Client) open(ctx context.Context) (*conn, error) {
	plain, err := c.dial(ctx, "tcp", c.address)
	if err != nil {
		return nil, err
	}
	if c.tls != nil {
		over := tls.Client(plain, c.tls)
		if err := over.HandshakeContext(ctx); err != nil {
			_ = plain.Close() // of no use
			return nil, err
		}
		plain = over
	}
	made := &conn{Conn: plain, in: bufio.NewReader(plain)}
	for _, command := range c.hello {
		said, err := made.ask(ctx, command)
		if err == nil {
			err = said.problem
		}
		if err != nil {
			_ = made.Close() // of no use
			return nil, err
		}
	}
	return made, nil
}

// Numbers of replies: the protocol has none of its own.
const (
	statusReply = 1
	statusError = 2
)

// Command is one command, the holes of whose words are filled each time. A
// reply that is an error is not as expected.
func (c *Client) Command(words driver.Fill) driver.Call { return &call{c, words} }

type call struct {
	client *Client
	words  driver.Fill
}

// Do implements [driver.Call].
func (c *call) Do(ctx context.Context, values *driver.Values) driver.Answer {
	words, err := c.words(values)
	if err != nil {
		return driver.Answer{Err: err}
	}
	var out driver.Answer
	err = c.client.pool.Use(ctx, func(on *conn) pool.Fate {
		said, err := on.ask(ctx, words)
		if out.Bytes = said.bytes; err != nil {
			out.Err = err
			return fate(err)
		}
		out.Status, out.Err = statusReply, said.problem
		if said.problem != nil {
			out.Status = statusError
		}
		return pool.Keep
	})
	if err != nil {
		out.Err = err
		if errors.Is(err, driver.ErrRejected) || errors.Is(err, driver.ErrUnexpected) {
			out.Status = statusError
		}
	}
	return out
}

// fate of a connection by what went wrong on it.
func fate(err error) pool.Fate {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) {
		return pool.Clear
	}
	return pool.Drop
}

// ask sends a command and reads its reply.
func (c *conn) ask(ctx context.Context, words []string) (said reply, err error) {
	if err := c.SetDeadline(time.Time{}); err != nil { // what an earlier command left
		return said, err
	}
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	defer func() {
		if !stop() && err == nil {
			err = os.ErrDeadlineExceeded // the deadline of the next command would be that of this one
		}
	}()
	c.out = appendCommand(c.out[:0], words)
	if _, err := c.Write(c.out); err != nil {
		return said, err
	}
	if err := said.read(c.in, 0); err != nil {
		return said, err
	}
	if c.in.Buffered() > 0 {
		return said, driver.Malformed("more than one reply")
	}
	return said, nil
}
