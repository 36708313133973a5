package grpc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/proto" // the codec that reflection needs
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/headroom/headroom/loadtest/driver"
)

// reflectionTime bounds how long a server may take to tell of its types.
const reflectionTime = 10 * time.Second

// Ask is how a method is called.
type Ask struct {
	Method string // package.Service/Method
	// Metadata are the names of the first texts; those after them are messages
	// as JSON.
	Metadata []string
	Texts    driver.Fill
	Fixed    bool // the texts are the same each time
	Code     int  // expected; 0 is OK
}

// Call makes a call of a method. Its messages are sent one after the other,
// then every answer is read. The server may be asked what it knows of the method.
func (c *Client) Call(ctx context.Context, a Ask) (driver.Call, error) {
	ctx, cancel := context.WithTimeout(ctx, reflectionTime)
	defer cancel()
	method, err := c.method(ctx, a.Method)
	if err != nil {
		return nil, err
	}
	for _, name := range a.Metadata {
		if name == "" || strings.ContainsAny(name, " :\r\n") || strings.HasPrefix(strings.ToLower(name), "grpc-") {
			return nil, fmt.Errorf("grpc: metadata %q; want a name, and not one of gRPC's own", name)
		}
	}
	made := &call{
		client: c, ask: a, method: method, path: "/" + strings.TrimPrefix(a.Method, "/"),
		stream: &grpc.StreamDesc{ClientStreams: method.IsStreamingClient(), ServerStreams: method.IsStreamingServer()},
	}
	if a.Fixed {
		texts, err := a.Texts(nil)
		if err != nil {
			return nil, err
		}
		if made.fixed, err = made.encode(texts[min(len(a.Metadata), len(texts)):]); err != nil {
			return nil, err
		}
	}
	return made, nil
}

type call struct {
	client *Client
	ask    Ask
	method protoreflect.MethodDescriptor
	path   string
	stream *grpc.StreamDesc
	fixed  [][]byte // the messages, where they are the same each time
}

// Do implements [driver.Call]. The status is the code of gRPC.
func (c *call) Do(ctx context.Context, values *driver.Values) driver.Answer {
	texts, err := c.ask.Texts(values)
	if err != nil {
		return driver.Answer{Err: err}
	}
	named := min(len(c.ask.Metadata), len(texts))
	for i, name := range c.ask.Metadata[:named] {
		ctx = metadata.AppendToOutgoingContext(ctx, name, texts[i])
	}
	messages := c.fixed
	if messages == nil {
		if messages, err = c.encode(texts[named:]); err != nil {
			return driver.Answer{Err: err}
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	heard := new(atomic.Bool)
	n, err := c.run(context.WithValue(ctx, heardKey{}, heard), messages)
	return c.judge(n, err, heard.Load())
}

// encode writes messages of JSON as they go on the wire; none at all is an empty one.
func (c *call) encode(texts []string) ([][]byte, error) {
	switch {
	case len(texts) == 0:
		return [][]byte{nil}, nil
	case len(texts) > 1 && !c.stream.ClientStreams:
		return nil, fmt.Errorf("grpc: %d messages for %s, which takes one", len(texts), c.ask.Method)
	}
	out := make([][]byte, len(texts))
	for i, text := range texts {
		m := dynamicpb.NewMessage(c.method.Input())
		if err := protojson.Unmarshal([]byte(text), m); err != nil {
			why := "" // by itself it may hold parts of the message, and so secrets
			if _, field, ok := strings.Cut(err.Error(), "unknown field "); ok {
				why = ": it has no field " + field
			}
			return nil, fmt.Errorf("%w: the message is no %s%s", driver.ErrCheck, c.method.Input().FullName(), why)
		}
		var err error
		if out[i], err = proto.Marshal(m); err != nil {
			return nil, fmt.Errorf("%w: %w", driver.ErrCheck, err)
		}
	}
	return out, nil
}

// run makes the call; n is the length of all answers (B).
func (c *call) run(ctx context.Context, messages [][]byte) (n int64, err error) {
	on := c.client.pick()
	defer on.calls.Add(-1)
	s, err := on.NewStream(ctx, c.stream, c.path)
	if err != nil {
		return 0, err
	}
	for i := range messages {
		if err := s.SendMsg(&messages[i]); err != nil && !errors.Is(err, io.EOF) { // EOF: why is told by RecvMsg
			return 0, err
		}
	}
	if err := s.CloseSend(); err != nil {
		return 0, err
	}
	var got []byte
	for {
		err := s.RecvMsg(&got)
		switch {
		case errors.Is(err, io.EOF) && c.stream.ServerStreams:
			return n, nil
		case err != nil:
			return n, err
		}
		n += int64(len(got))
		if !wellFormed(got) {
			return n, driver.Malformed("a message that is none")
		}
		if !c.stream.ServerStreams {
			return n, nil
		}
	}
}

// wellFormed reports whether the fields of a message follow each other as they should.
func wellFormed(b []byte) bool {
	for len(b) > 0 {
		_, _, n := protowire.ConsumeField(b)
		if n < 0 {
			return false
		}
		b = b[n:]
	}
	return true
}

// judge turns a status into an answer. One that the server did not send is the
// library's word for what happened to the connection.
func (c *call) judge(n int64, err error, heard bool) driver.Answer {
	out := driver.Answer{Bytes: n, Err: err}
	said, ok := status.FromError(err)
	if !ok {
		return out
	}
	code := said.Code()
	switch {
	case !heard && err != nil:
		out.Err = c.unheard(code, err)
	case int(code) == c.ask.Code:
		out.Status, out.Err = int(code), nil
	case code == codes.ResourceExhausted:
		out.Status, out.Err = int(code), driver.ErrRejected
	default:
		out.Status, out.Err = int(code), fmt.Errorf("%w: %s", driver.ErrUnexpected, code)
	}
	return out
}

// unheard is why there was no answer.
func (c *call) unheard(code codes.Code, err error) error {
	switch code {
	case codes.Unavailable:
		if why := c.client.lost.Load(); why != nil {
			return *why
		}
		return fmt.Errorf("%w: %w", driver.ErrConnection, err)
	case codes.DeadlineExceeded:
		return context.DeadlineExceeded
	case codes.Canceled:
		return context.Canceled
	}
	return fmt.Errorf("%w: %w", driver.ErrProtocol, err)
}

// listener notes which calls the server has answered to the end.
type listener struct{}

type heardKey struct{}

// TagRPC implements stats.Handler.
func (listener) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }

// HandleRPC implements stats.Handler.
func (listener) HandleRPC(ctx context.Context, s stats.RPCStats) {
	if _, end := s.(*stats.InTrailer); !end {
		return
	}
	if heard, ok := ctx.Value(heardKey{}).(*atomic.Bool); ok {
		heard.Store(true)
	}
}

// TagConn implements stats.Handler.
func (listener) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

// HandleConn implements stats.Handler.
func (listener) HandleConn(context.Context, stats.ConnStats) {}

// asLibrary makes calls with the library's own codec.
type asLibrary struct{ *conn }

// NewStream implements grpc.ClientConnInterface.
func (l asLibrary) NewStream(ctx context.Context, d *grpc.StreamDesc, method string, o ...grpc.CallOption) (grpc.ClientStream, error) {
	return l.conn.NewStream(ctx, d, method, append(o, grpc.ForceCodecV2(encoding.GetCodecV2("proto")))...)
}
