package kafka

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/headroom/headroom/loadtest/driver"
	"github.com/headroom/headroom/loadtest/driver/internal/conformance"
)

func broker(t *testing.T) string {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "orders"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c.ListenAddrs()[0]
}

func TestConformance(t *testing.T) {
	server := broker(t)
	conformance.Test(t, conformance.Protocol{
		Server: server, Silent: true,
		Connections: 3, // whatever is in flight: for metadata, to produce, and one of the beginning
		New: func(_ context.Context, dial driver.Dial, _ int) (driver.Call, func(), error) {
			c, err := New(&url.URL{Scheme: "kafka", Host: server}, dial, nil)
			if err != nil {
				return nil, nil, err
			}
			return c.Produce("orders", driver.Fixed("hello", "key")), c.Close, nil
		},
	})
}

// TestRecords: what is produced is consumed, once, and as much of it.
func TestRecords(t *testing.T) {
	server := broker(t)
	c, err := New(&url.URL{Scheme: "kafka", Host: server}, conformance.Plain, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	produce := c.Produce("orders", driver.Fixed("12345", "key"))
	for range 10 {
		if a := produce.Do(ctx, nil); a.Err != nil || a.Status != 0 {
			t.Fatalf("%+v", a)
		}
	}
	first, err := c.Consume("orders", 4)
	if err != nil {
		t.Fatal(err)
	}
	rest, err := c.Consume("orders", 6)
	if err != nil {
		t.Fatal(err)
	}
	if a := first.Do(ctx, nil); a.Err != nil || a.Bytes != 4*8 {
		t.Errorf("%+v, want 4 records of 8 bytes", a)
	}
	if a := rest.Do(ctx, nil); a.Err != nil || a.Bytes != 6*8 {
		t.Errorf("%+v, want 6 records of 8 bytes", a)
	}
	empty, stop := context.WithTimeout(ctx, 100*time.Millisecond)
	defer stop()
	if a := first.Do(empty, nil); !errors.Is(a.Err, context.DeadlineExceeded) {
		t.Errorf("%+v of a topic that is read", a)
	}
	if a := c.Produce("nothing", driver.Fixed("x")).Do(ctx, nil); !errors.Is(a.Err, driver.ErrUnexpected) || a.Status != 3 { // UNKNOWN_TOPIC_OR_PARTITION
		t.Errorf("%+v of a topic that is none", a)
	}
}

func TestAddresses(t *testing.T) {
	for _, text := range []string{"http://localhost", "kafka:///", "kafka://user@localhost"} {
		u, _ := url.Parse(text)
		if _, err := New(u, conformance.Plain, nil); err == nil {
			t.Errorf("%s passed", text)
		}
	}
}

func TestTLS(t *testing.T) {
	conformance.Secured(t, broker(t), 0, func(address string, secured *tls.Config) (driver.Call, func(), error) {
		dial := func(ctx context.Context, network, _ string) (net.Conn, error) { // the broker names itself
			return conformance.Plain(ctx, network, address)
		}
		c, err := New(&url.URL{Scheme: "kafkas", Host: address}, dial, secured)
		return c.Produce("orders", driver.Fixed("hello")), c.Close, err
	})
}
