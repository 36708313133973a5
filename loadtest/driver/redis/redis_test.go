package redis

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/headroom/headroom/internal/servers"
	"github.com/headroom/headroom/loadtest/driver"
	"github.com/headroom/headroom/loadtest/driver/internal/conformance"
)

func TestConformance(t *testing.T) {
	server := servers.Redis(t)
	conformance.Test(t, conformance.Protocol{
		Server: server, Status: statusReply, Connections: 4,
		New: func(_ context.Context, dial driver.Dial, connections int) (driver.Call, func(), error) {
			c, err := New(&url.URL{Scheme: "redis", Host: server, Path: "/2"}, dial, nil, connections)
			if err != nil {
				return nil, nil, err
			}
			return c.Command(driver.Fixed("ECHO", "hello")), c.Close, nil
		},
	})
}

// TestReplies holds replies against what the server of Redis says.
func TestReplies(t *testing.T) {
	server := servers.Redis(t)
	c, err := New(&url.URL{Scheme: "redis", Host: server}, conformance.Plain, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, w := range []struct {
		command string
		status  int
		bytes   int64
		err     error
	}{
		{"SET a 12345", statusReply, 5, nil},           // +OK
		{"GET a", statusReply, 4 + 7, nil},             // $5 12345
		{"GET b", statusReply, 5, nil},                 // $-1
		{"INCR a", statusReply, 8, nil},                // :12346
		{"RPUSH l x yy", statusReply, 4, nil},          // :2
		{"LRANGE l 0 -1", statusReply, 4 + 7 + 8, nil}, // *2 $1 x $2 yy
		{"LPUSH a x", statusError, -1, driver.ErrUnexpected},
		{"NONSENSE", statusError, -1, driver.ErrUnexpected},
		{"CONFIG SET maxmemory 1", statusReply, 5, nil},
		{"SET c x", statusError, -1, driver.ErrRejected}, // OOM
	} {
		a := c.Command(driver.Fixed(strings.Fields(w.command)...)).Do(ctx, nil)
		if a.Status != w.status || !errors.Is(a.Err, w.err) || w.bytes >= 0 && a.Bytes != w.bytes {
			t.Errorf("%s: %+v, want %+v", w.command, a, w)
		}
	}
	for _, u := range []string{"redis://:wrong@" + server, "redis://" + server + "/99"} {
		at, _ := url.Parse(u)
		c, err := New(at, conformance.Plain, nil, 1)
		if err != nil {
			t.Fatal(err)
		}
		if a := c.Command(driver.Fixed("PING")).Do(ctx, nil); a.Status != statusError || !errors.Is(a.Err, driver.ErrUnexpected) {
			t.Errorf("%s: %+v", u, a)
		}
		c.Close()
	}
}

func TestAddresses(t *testing.T) {
	for _, u := range []string{"http://localhost", "redis:///1", "redis://localhost/one", "redis://localhost/-1"} {
		at, _ := url.Parse(u)
		if _, err := New(at, conformance.Plain, nil, 1); err == nil {
			t.Errorf("%s passed", u)
		}
	}
}

func TestMalformedReplies(t *testing.T) {
	deep := strings.Repeat("*1\r\n", maxDepth+2)
	for _, text := range []string{"?\r\n", "\r\n", "+OK\n", ":x\r\n", "$x\r\n", "$-2\r\n", "$2\r\nabc\r\n", "*99999999999\r\n", "+" + strings.Repeat("x", 2*maxLine), deep} {
		var r reply
		if err := r.read(bufio.NewReader(strings.NewReader(text)), 0); !errors.Is(err, driver.ErrProtocol) {
			t.Errorf("%.20q: %v", text, err)
		}
	}
	for _, text := range []string{"$5\r\nab", "*2\r\n:1\r\n", "+O"} {
		var r reply
		if err := r.read(bufio.NewReader(strings.NewReader(text)), 0); err == nil || errors.Is(err, driver.ErrProtocol) {
			t.Errorf("%q, cut off: %v", text, err)
		}
	}
}

func TestTLS(t *testing.T) {
	conformance.Secured(t, servers.Redis(t), statusReply, func(address string, secured *tls.Config) (driver.Call, func(), error) {
		c, err := New(&url.URL{Scheme: "rediss", Host: address}, conformance.Plain, secured, 1)
		return c.Command(driver.Fixed("PING")), c.Close, err
	})
}
