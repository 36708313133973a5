package grpc

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/headroom/headroom/loadtest/driver"
	"github.com/headroom/headroom/loadtest/driver/internal/conformance"
)

// server has the services of health and reflection. Metadata may ask it to fail.
func server(t *testing.T, reflects bool) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := grpc.NewServer(grpc.UnaryInterceptor(func(ctx context.Context, r any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		in, _ := metadata.FromIncomingContext(ctx)
		if len(in["fail"]) > 0 {
			var c codes.Code
			if err := c.UnmarshalJSON([]byte(in["fail"][0])); err != nil {
				return nil, err
			}
			return nil, status.Error(c, "as asked")
		}
		return next(ctx, r)
	}))
	healthpb.RegisterHealthServer(s, health.NewServer())
	if reflects {
		reflection.Register(s)
	}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(s.Stop)
	return l.Addr().String()
}

func descriptors(t *testing.T) []byte {
	t.Helper()
	set := &descriptorpb.FileDescriptorSet{File: []*descriptorpb.FileDescriptorProto{protodesc.ToFileDescriptorProto(healthpb.File_grpc_health_v1_health_proto)}}
	out, err := proto.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const check = "grpc.health.v1.Health/Check"

func TestConformance(t *testing.T) {
	for name, known := range map[string][]byte{"reflection": nil, "descriptors": descriptors(t)} {
		t.Run(name, func(t *testing.T) {
			at := server(t, known == nil)
			conformance.Test(t, conformance.Protocol{
				Server: at, Connections: 1,
				New: func(ctx context.Context, dial driver.Dial, connections int) (driver.Call, func(), error) {
					c, err := New(&url.URL{Scheme: "grpc", Host: at}, known, dial, nil, connections)
					if err != nil {
						return nil, nil, err
					}
					call, err := c.Call(ctx, Ask{Method: check, Texts: driver.Fixed(`{"service": ""}`)})
					if err != nil {
						c.Close()
					}
					return call, c.Close, err
				},
			})
		})
	}
}

func client(t *testing.T, at string, known []byte, calls int) *Client {
	t.Helper()
	c, err := New(&url.URL{Scheme: "grpc", Host: at}, known, conformance.Plain, nil, calls)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestCodes(t *testing.T) {
	c := client(t, server(t, true), nil, 1)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, w := range []struct {
		message, fail string
		expect        int
		status        int
		err           error
	}{
		{`{}`, "", 0, 0, nil},
		{`{"service": "none"}`, "", 0, int(codes.NotFound), driver.ErrUnexpected},
		{`{"service": "none"}`, "", int(codes.NotFound), int(codes.NotFound), nil},
		{`{}`, "", int(codes.NotFound), 0, driver.ErrUnexpected},
		{`{}`, `"RESOURCE_EXHAUSTED"`, 0, 8, driver.ErrRejected},
		{`{}`, `"UNAVAILABLE"`, 0, 14, driver.ErrUnexpected}, // said by the server, not by the network
		{`{}`, `"DEADLINE_EXCEEDED"`, 0, 4, driver.ErrUnexpected},
		{`{}`, `"CANCELLED"`, 0, 1, driver.ErrUnexpected},
		{`{"nothing": 1}`, "", 0, 0, driver.ErrCheck},
		{`{`, "", 0, 0, driver.ErrCheck},
	} {
		ask := Ask{Method: check, Code: w.expect, Texts: driver.Fixed(w.message)}
		if w.fail != "" {
			ask.Metadata, ask.Texts = []string{"fail"}, driver.Fixed(w.fail, w.message)
		}
		call, err := c.Call(ctx, ask)
		if err != nil {
			t.Fatal(err)
		}
		if a := call.Do(ctx, nil); a.Status != w.status || !errors.Is(a.Err, w.err) {
			t.Errorf("%+v: %+v", w, a)
		}
		ask.Fixed = true // what can be told before the first request is
		if _, err := c.Call(ctx, ask); (err != nil) != errors.Is(w.err, driver.ErrCheck) {
			t.Errorf("%+v: %v", w, err)
		}
	}
}

// TestStreams: a stream of both sides sends all its messages and reads all
// answers; one of the server is read until it ends.
func TestStreams(t *testing.T) {
	c := client(t, server(t, true), nil, 1)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	length := func(messages ...string) int64 {
		call, err := c.Call(ctx, Ask{Method: "grpc.reflection.v1.ServerReflection/ServerReflectionInfo", Texts: driver.Fixed(messages...)})
		if err != nil {
			t.Fatal(err)
		}
		a := call.Do(ctx, nil)
		if a.Err != nil || a.Status != 0 {
			t.Fatalf("%+v", a)
		}
		return a.Bytes
	}
	one, three := length(`{"listServices": ""}`), length(`{"listServices": ""}`, `{"listServices": ""}`, `{"listServices": ""}`)
	if one == 0 || three != 3*one {
		t.Errorf("answers of %d and %d bytes, want three times as many", one, three)
	}
	watch, err := c.Call(ctx, Ask{Method: "grpc.health.v1.Health/Watch", Texts: driver.Fixed()})
	if err != nil {
		t.Fatal(err)
	}
	short, stop := context.WithTimeout(ctx, 100*time.Millisecond)
	defer stop()
	if a := watch.Do(short, nil); !errors.Is(a.Err, context.DeadlineExceeded) {
		t.Errorf("a stream without end: %+v", a)
	}
	call, err := c.Call(ctx, Ask{Method: check, Texts: driver.Fixed("{}", "{}")})
	if err != nil {
		t.Fatal(err)
	}
	if a := call.Do(ctx, nil); a.Err == nil {
		t.Error("two messages for a method of one passed")
	}
}

func TestMethods(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	with, without := client(t, server(t, true), nil, 1), client(t, server(t, false), nil, 1)
	known := client(t, "127.0.0.1:1", descriptors(t), 1)
	for _, w := range []struct {
		client       *Client
		method, want string
	}{
		{with, "Check", "package.Service/Method"},
		{with, "grpc.health.v1.Health/Look", "it has Check, List, Watch"},
		{with, "shop.Cart/Add", "shop.Cart"},
		{with, "grpc.health.v1.HealthCheckRequest/Check", "not a service"},
		{without, check, "without reflection give descriptors"},
		{known, "shop.Cart/Add", "the descriptors have no service shop.Cart"},
	} {
		if _, err := w.client.Call(ctx, Ask{Method: w.method, Texts: driver.Fixed()}); err == nil || !strings.Contains(err.Error(), w.want) {
			t.Errorf("%s: %v, want %q", w.method, err, w.want)
		}
	}
	if _, err := with.Call(ctx, Ask{Method: check, Metadata: []string{"grpc-timeout"}, Texts: driver.Fixed("1S")}); err == nil {
		t.Error("metadata of gRPC's own passed")
	}
	for _, text := range []string{"http://localhost:1", "grpc://localhost", "grpc://:1"} {
		u, _ := url.Parse(text)
		if _, err := New(u, nil, conformance.Plain, nil, 1); err == nil {
			t.Errorf("%s passed", text)
		}
	}
	for _, set := range []string{"", "x", "\x00\xff"} {
		if _, err := New(&url.URL{Scheme: "grpc", Host: "localhost:1"}, []byte(set), conformance.Plain, nil, 1); err == nil {
			t.Errorf("descriptors %q passed", set)
		}
	}
}

// TestPick: connections are used one after the other, each for as many calls as
// servers allow.
func TestPick(t *testing.T) {
	c := client(t, "127.0.0.1:1", descriptors(t), 2*streams+1)
	if len(c.conns) != 3 {
		t.Fatalf("%d connections, want 3", len(c.conns))
	}
	for i := range 3*streams + 5 {
		if got, want := c.pick(), c.conns[min(i/streams, 2)]; got != want {
			t.Fatalf("call %d is not on connection %d", i, min(i/streams, 2))
		}
	}
}

func TestWellFormed(t *testing.T) {
	good, err := proto.Marshal(&healthpb.HealthCheckRequest{Service: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	if !wellFormed(good) || !wellFormed(nil) || wellFormed(good[:len(good)-1]) || wellFormed([]byte{0xff}) {
		t.Error("messages are not told from others")
	}
}

func TestTLS(t *testing.T) {
	known := descriptors(t)
	conformance.Secured(t, server(t, false), 0, func(address string, secured *tls.Config) (driver.Call, func(), error) {
		c, err := New(&url.URL{Scheme: "grpcs", Host: address}, known, conformance.Plain, secured, 1)
		if err != nil {
			return nil, nil, err
		}
		call, err := c.Call(context.Background(), Ask{Method: check, Texts: driver.Fixed()})
		return call, c.Close, err
	})
}
