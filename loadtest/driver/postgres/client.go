// Package postgres puts queries to a PostgreSQL server, each prepared once on
// every connection, with its arguments as text.
package postgres

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/headroom/headroom/loadtest/driver"
	"github.com/headroom/headroom/loadtest/driver/internal/pool"
)

// maxMessage is the longest row, or other message, that is taken for one (B).
const maxMessage = 64 << 20

// Client keeps the connections to one database.
type Client struct {
	config *pgconn.Config
	pool   *pool.Pool[*conn]

	mu    sync.Mutex
	open  map[net.Conn]bool // what Close must not leave behind
	names int               // of statements
}

// New makes a client of at most so many connections to
// postgres://user:password@host:port/database; its parameters are those of
// libpq, sslmode among them. It connects when it is first asked.
func New(u *url.URL, dial driver.Dial, secured *tls.Config, connections int) (*Client, error) {
	if u.Scheme != "postgres" && u.Scheme != "postgresql" || u.Hostname() == "" {
		return nil, fmt.Errorf("postgres: %s is no address; want postgres://user@host:5432/database", u.Redacted())
	}
	config, err := pgconn.ParseConfig(u.String())
	if err != nil {
		return nil, fmt.Errorf("postgres: %s: the address has a parameter that is not understood", u.Redacted())
	}
	c := &Client{config: config, open: map[net.Conn]bool{}}
	config.TLSConfig = securedAs(config.TLSConfig, secured)
	for _, f := range config.Fallbacks { // with TLS and without, as sslmode says
		f.TLSConfig = securedAs(f.TLSConfig, secured)
	}
	config.DialFunc = c.tracked(dial)
	// The dialer looks names up itself, and holds them against those allowed.
	config.LookupFunc = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil }
	config.BuildFrontend = func(r io.Reader, w io.Writer) *pgproto3.Frontend {
		f := pgproto3.NewFrontend(r, w)
		f.SetMaxBodyLen(maxMessage)
		return f
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "headroom-loadtest"
	}
	c.pool = pool.New(connections, c.connect, func(c *conn) { _ = c.Conn().Close() })
	return c, nil
}

// securedAs is how a connection is secured where it is at all: as the scenario
// says, if it says so.
func securedAs(usual, said *tls.Config) *tls.Config {
	if usual == nil || said == nil {
		return usual
	}
	out := said.Clone()
	out.ServerName = usual.ServerName
	return out
}

// conn is a connection, and the statements it knows.
type conn struct {
	*pgconn.PgConn
	prepared map[string]bool
}

func (c *Client) connect(ctx context.Context) (*conn, error) {
	made, err := pgconn.ConnectConfig(ctx, c.config)
	if err != nil {
		return nil, err
	}
	return &conn{made, map[string]bool{}}, nil
}

// Close closes the connections, those too on which the server is still being
// told that a query is not wanted any more.
func (c *Client) Close() {
	c.pool.Close()
	c.mu.Lock()
	left := slices.Collect(maps.Keys(c.open))
	c.mu.Unlock()
	for _, open := range left {
		_ = open.Close() // whatever it says
	}
}

// Query is one statement. How its parameters $1, $2 and so on are filled is
// said by args, as text that the server reads as the type it needs.
func (c *Client) Query(query string, args driver.Fill) driver.Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.names++
	return &call{c, "headroom_" + strconv.Itoa(c.names), query, args}
}

type call struct {
	client      *Client
	name, query string
	args        driver.Fill
}

// Do implements [driver.Call].
func (c *call) Do(ctx context.Context, values *driver.Values) driver.Answer {
	texts, err := c.args(values)
	if err != nil {
		return driver.Answer{Err: err}
	}
	args := make([][]byte, len(texts))
	for i, t := range texts {
		args[i] = []byte(t)
	}
	var out driver.Answer
	err = c.client.pool.Use(ctx, func(on *conn) pool.Fate {
		out.Bytes, out.Err = c.run(ctx, on, args)
		switch {
		case !on.IsClosed():
			return pool.Keep
		case ctx.Err() != nil:
			return pool.Drop
		}
		return pool.Clear
	})
	if err != nil {
		out.Err = err
	}
	var said *pgconn.PgError
	if errors.As(out.Err, &said) {
		out.Status, out.Err = number(said.Code), judge(said.Code)
	}
	return out
}

// run puts the query and reads all rows; n is the length of their values (B).
func (c *call) run(ctx context.Context, on *conn, args [][]byte) (n int64, err error) {
	if !on.prepared[c.name] {
		if _, err := on.Prepare(ctx, c.name, c.query, nil); err != nil {
			return 0, err
		}
		on.prepared[c.name] = true
	}
	rows := on.ExecPrepared(ctx, c.name, args, nil, nil)
	for rows.NextRow() {
		for _, v := range rows.Values() {
			n += int64(len(v))
		}
	}
	_, err = rows.Close()
	return n, err
}

// tracked notes which connections are open.
func (c *Client) tracked(dial driver.Dial) pgconn.DialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		made, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		t := &noted{made, c}
		c.mu.Lock()
		c.open[t] = true
		c.mu.Unlock()
		return t, nil
	}
}

type noted struct {
	net.Conn
	client *Client
}

// Close implements [net.Conn].
func (n *noted) Close() error {
	n.client.mu.Lock()
	delete(n.client.open, net.Conn(n))
	n.client.mu.Unlock()
	return n.Conn.Close()
}
