package lean

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

// conn is a connection, used by one exchange at a time.
type conn struct {
	net.Conn // with TLS where there is

	pool    *pool
	index   int           // among those in use
	bare    net.Conn      // without TLS
	since   time.Duration // when its last exchange began
	watched bool          // cut when the watched context of its client ends
	heard   bool          // something of the answer has come

	in          []byte        // what was read
	first, last int           // of in: read and not taken yet
	armed       time.Duration // the deadline that is set
	broken      bool          // not to be used again

	raw  syscall.RawConn // nil where there is no short way
	dash dash
	step func(fd uintptr) bool // of dash

	seen     []byte // the last head, which is often the next one too
	seenHead head
}

// bufferSize is what a connection reads at a time (B): more than most answers.
const bufferSize = 4 << 10

func (c *Client) connect(e *exchange, to host) (*conn, error) {
	ctx := e.ctx
	if e.until != never {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, c.zero.Add(e.until))
		defer cancel()
	}
	bare, err := c.dial(ctx, "tcp", withPort(to))
	if err != nil {
		return nil, err
	}
	k := &conn{Conn: bare, bare: bare, watched: e.watched, in: make([]byte, bufferSize), armed: never, since: -fresh}
	if to.scheme == "https" {
		secure := tls.Client(bare, c.config(to))
		if err := secure.HandshakeContext(ctx); err != nil {
			_ = bare.Close() // the handshake's error says more
			return nil, err
		}
		k.Conn = secure
	} else if k.raw = rawOf(bare); k.raw != nil {
		k.step = k.dash.step
	}
	c.mu.Lock()
	k.pool = c.pool(to)
	c.use(k)
	c.mu.Unlock()
	return k, nil
}

func (c *Client) config(to host) *tls.Config {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.tls != nil {
		config = c.tls.Clone()
	}
	if config.ServerName == "" {
		config.ServerName, _, _ = net.SplitHostPort(withPort(to)) // always has a port
	}
	config.NextProtos = []string{"http/1.1"}
	return config
}

func withPort(to host) string {
	if _, _, err := net.SplitHostPort(to.address); err == nil {
		return to.address
	}
	port := "80"
	if to.scheme == "https" {
		port = "443"
	}
	name := to.address
	if len(name) > 1 && name[0] == '[' {
		name = name[1 : len(name)-1] // JoinHostPort adds the brackets of an IPv6 address
	}
	return net.JoinHostPort(name, port)
}

func (k *conn) close() { _ = k.Close() } // there is nothing to be done about it

// interrupt ends reads and writes under way.
func (k *conn) interrupt() { _ = k.SetDeadline(time.Unix(1, 0)) } // fails on a closed one only

// open reports whether the other side has neither closed the connection nor
// sent anything that nobody asked for.
func (k *conn) open() bool {
	raw := rawOf(k.bare)
	if raw == nil {
		return true
	}
	quiet := false
	err := raw.Control(func(fd uintptr) { quiet = isQuiet(int(fd)) })
	return err == nil && quiet
}

// wasClosed reports an error that a connection gives when the other side has
// closed it.
func wasClosed(err error) bool {
	for _, is := range []error{io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED} {
		if errors.Is(err, is) {
			return true
		}
	}
	return false
}

// isTimeout reports that a deadline has passed.
func isTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }
