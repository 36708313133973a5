package websocket

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/headroom/headroom/loadtest/driver"
	"github.com/headroom/headroom/loadtest/driver/internal/conformance"
)

// server says back what it is told; "close CODE" closes, "count N" counts to N.
func server(t *testing.T) (host string, opened *atomic.Int64) {
	opened = new(atomic.Int64)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/forbidden" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		if r.URL.Path == "/elsewhere" {
			http.Redirect(w, r, "/", http.StatusFound)
			return
		}
		c, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		opened.Add(1)
		defer func() { _ = c.CloseNow() }()
		for {
			kind, m, err := c.Read(context.Background())
			if err != nil {
				return
			}
			var n int
			switch {
			case scan(m, "close %d", &n):
				_ = c.Close(websocket.StatusCode(n), "")
				return
			case scan(m, "count %d", &n):
				for i := range n {
					_ = c.Write(context.Background(), kind, fmt.Append(nil, i+1))
				}
			default:
				_ = c.Write(context.Background(), kind, m)
			}
		}
	}))
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://"), opened
}

func scan(m []byte, format string, n *int) bool {
	_, err := fmt.Sscanf(string(m), format, n)
	return err == nil
}

func TestConformance(t *testing.T) {
	host, _ := server(t)
	conformance.Test(t, conformance.Protocol{
		Server: host, Status: http.StatusSwitchingProtocols, Connections: 4,
		New: func(_ context.Context, dial driver.Dial, connections int) (driver.Call, func(), error) {
			c, err := New(&url.URL{Scheme: "ws", Host: host, Path: "/"}, nil, dial, nil, connections)
			if err != nil {
				return nil, nil, err
			}
			return c.Exchange(driver.Fixed("hello"), nil, false), c.Close, nil
		},
	})
}

func TestExchanges(t *testing.T) {
	host, opened := server(t)
	for _, w := range []struct {
		path, send, until string
		fresh             bool
		status            int
		bytes             int64
		err               error
		opened            int64 // by two of them
	}{
		{"/", "hello", "", false, 101, 5, nil, 1},
		{"/", "hello", "", true, 101, 5, nil, 2},
		{"/", "count 12", "^12$", false, 101, 9 + 6, nil, 1},
		{"/", "close 4001", "", false, 4001, 0, driver.ErrUnexpected, 2},
		{"/", "close 1013", "", false, 1013, 0, driver.ErrRejected, 2},
		{"/forbidden", "hello", "", false, 403, 0, driver.ErrUnexpected, 0},
		{"/elsewhere", "hello", "", false, 302, 0, driver.ErrUnexpected, 0},
	} {
		opened.Store(0)
		c, err := New(&url.URL{Scheme: "ws", Host: host, Path: w.path}, http.Header{}, conformance.Plain, nil, 2)
		if err != nil {
			t.Fatal(err)
		}
		call := c.Exchange(driver.Fixed(w.send), regexp.MustCompile(w.until), w.fresh)
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		for range 2 {
			if a := call.Do(ctx, nil); a.Status != w.status || a.Bytes != w.bytes || !errors.Is(a.Err, w.err) {
				t.Errorf("%s %s: %+v, want %+v", w.path, w.send, a, w)
			}
		}
		cancel()
		c.Close()
		if n := opened.Load(); n != w.opened {
			t.Errorf("%s %s: %d connections, want %d", w.path, w.send, n, w.opened)
		}
	}
}

func TestAddresses(t *testing.T) {
	for _, text := range []string{"http://localhost", "ws:///chat"} {
		u, _ := url.Parse(text)
		if _, err := New(u, nil, conformance.Plain, nil, 1); err == nil {
			t.Errorf("%s passed", text)
		}
	}
}

func TestTLS(t *testing.T) {
	host, _ := server(t)
	conformance.Secured(t, host, http.StatusSwitchingProtocols, func(address string, secured *tls.Config) (driver.Call, func(), error) {
		c, err := New(&url.URL{Scheme: "wss", Host: address, Path: "/"}, nil, conformance.Plain, secured, 1)
		return c.Exchange(driver.Fixed("hello"), nil, false), c.Close, err
	})
}
