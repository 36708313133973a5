// Package websocket exchanges messages with a server over WebSocket ([FeMe11]).
package websocket

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"

	"github.com/coder/websocket"

	"github.com/headroom/headroom/loadtest/driver"
	"github.com/headroom/headroom/loadtest/driver/internal/pool"
)

// maxMessage is the longest message that is read (B).
const maxMessage = 8 << 20

// Client keeps the connections to one address.
type Client struct {
	header    http.Header
	transport *http.Transport
	pool      *pool.Pool[*websocket.Conn]
	url       string
}

// New makes a client of at most so many connections to ws://host/path, or
// wss:// with TLS. Each opens with the header. It connects when it is first asked.
func New(u *url.URL, header http.Header, dial driver.Dial, secured *tls.Config, connections int) (*Client, error) {
	if u.Scheme != "ws" && u.Scheme != "wss" || u.Hostname() == "" {
		return nil, fmt.Errorf("websocket: %s is no address; want ws://host/path", u.Redacted())
	}
	c := &Client{
		header: header.Clone(), url: u.String(),
		transport: &http.Transport{DialContext: dial, TLSClientConfig: secured, Protocols: new(http.Protocols)},
	}
	c.transport.Protocols.SetHTTP1(true)
	c.pool = pool.New(connections, c.open, func(c *websocket.Conn) { _ = c.CloseNow() })
	return c, nil
}

// Close closes the connections.
func (c *Client) Close() {
	c.pool.Close()
	c.transport.CloseIdleConnections()
}

func (c *Client) open(ctx context.Context) (*websocket.Conn, error) {
	// A redirect would put load on an address that nobody named.
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	made, response, err := websocket.Dial(ctx, c.url, &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: c.transport, CheckRedirect: stay}, HTTPHeader: c.header,
	})
	switch {
	case err == nil:
		made.SetReadLimit(maxMessage)
		return made, nil
	case response != nil && response.StatusCode == http.StatusSwitchingProtocols:
		return nil, driver.Malformed("a handshake that is not right")
	case response != nil && response.StatusCode > 0:
		return nil, refused{response.StatusCode}
	}
	return nil, err
}

// refused is a handshake that was answered by another status of HTTP.
type refused struct{ status int }

func (r refused) Error() string { return fmt.Sprintf("%v: %d", driver.ErrUnexpected, r.status) }
func (r refused) Unwrap() error { return driver.ErrUnexpected }

// Exchange sends messages of text and reads until one comes that matches until,
// or one at all where that is nil. Nothing is sent where send is of no texts:
// the server speaks first. With fresh each exchange has a connection of its own;
// otherwise they share those that are kept open.
func (c *Client) Exchange(send driver.Fill, until *regexp.Regexp, fresh bool) driver.Call {
	return &call{c, send, until, fresh}
}

type call struct {
	client *Client
	send   driver.Fill
	until  *regexp.Regexp
	fresh  bool
}

// Do implements [driver.Call]. The status is 101 when all is well, and that of
// the handshake or the code of the closing frame when it is not.
func (c *call) Do(ctx context.Context, values *driver.Values) driver.Answer {
	messages, err := c.send(values)
	if err != nil {
		return driver.Answer{Err: err}
	}
	var out driver.Answer
	err = c.client.pool.Use(ctx, func(on *websocket.Conn) pool.Fate {
		out.Bytes, out.Err = c.run(ctx, on, messages)
		switch {
		case out.Err == nil && !c.fresh:
			return pool.Keep
		case out.Err == nil || ctx.Err() != nil || errors.Is(out.Err, driver.ErrProtocol):
			return pool.Drop
		}
		return pool.Clear
	})
	if err != nil {
		out.Err = err
	}
	judge(&out)
	return out
}

func (c *call) run(ctx context.Context, on *websocket.Conn, messages []string) (n int64, err error) {
	for _, m := range messages {
		if err := on.Write(ctx, websocket.MessageText, []byte(m)); err != nil {
			return n, err
		}
	}
	for {
		_, message, err := on.Read(ctx)
		n += int64(len(message))
		if err != nil {
			return n, err
		}
		if c.until == nil || c.until.Match(message) {
			return n, nil
		}
	}
}

// judge turns what the library says into what a load test asks.
func judge(out *driver.Answer) {
	var said refused
	var closed websocket.CloseError
	switch {
	case out.Err == nil:
		out.Status = http.StatusSwitchingProtocols
	case errors.As(out.Err, &said):
		out.Status = said.status
	case errors.As(out.Err, &closed):
		out.Status = int(closed.Code)
		out.Err = fmt.Errorf("%w: closed with %d", driver.ErrUnexpected, closed.Code)
		if closed.Code == websocket.StatusTryAgainLater {
			out.Err = driver.ErrRejected
		}
	}
}
