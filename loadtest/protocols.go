package loadtest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"

	"github.com/headroom/headroom/loadtest/driver"
	"github.com/headroom/headroom/loadtest/driver/grpc"
	"github.com/headroom/headroom/loadtest/driver/kafka"
	"github.com/headroom/headroom/loadtest/driver/message"
	"github.com/headroom/headroom/loadtest/driver/postgres"
	"github.com/headroom/headroom/loadtest/driver/redis"
	"github.com/headroom/headroom/loadtest/driver/websocket"
	"github.com/headroom/headroom/scenarios"
)

// protocols ask for operations over other protocols than HTTP. Operations of
// one address share its connections.
type protocols struct {
	model       *scenarios.Model
	source      *message.Source
	guard       guard
	tls         *tls.Config
	connections int // to one address, at most

	clients map[string]interface{ Close() } // by address, and what else makes them differ
}

func newProtocols(m *scenarios.Model, s *message.Source, g guard, connections int) (*protocols, error) {
	how, err := secured(&m.Live.TLS)
	if err != nil {
		return nil, err
	}
	return &protocols{m, s, g, how, connections, map[string]interface{ Close() }{}}, nil
}

// close closes all connections; nil has none.
func (p *protocols) close() {
	if p == nil {
		return
	}
	for _, c := range p.clients {
		c.Close()
	}
}

// call makes an operation ready to be asked for.
func (p *protocols) call(ctx context.Context, op scenarios.OpID, how scenarios.Asked) (driver.Call, error) {
	name := p.model.Operations[op].Name
	made, err := p.make(ctx, name, op, how)
	if err != nil && !strings.HasPrefix(err.Error(), "loadtest: ") {
		err = fmt.Errorf("loadtest: live.operations.%s: %w", name, err)
	}
	if err != nil {
		return nil, err
	}
	return telling{made, p.source, name}, nil
}

func (p *protocols) make(ctx context.Context, name string, op scenarios.OpID, how scenarios.Asked) (driver.Call, error) {
	u, err := p.address(ctx, name, op)
	if err != nil {
		return nil, err
	}
	switch how := how.(type) {
	case *scenarios.GRPC:
		return p.grpc(ctx, name, u, how)
	case *scenarios.WebSocket:
		return p.websocket(name, u, how)
	case *scenarios.SQL:
		args, _, err := p.source.Texts(name, "sql.args", scenarios.Verbatim, how.Args...)
		if err != nil {
			return nil, err
		}
		c, err := shared(p, u.String(), func() (*postgres.Client, error) {
			return postgres.New(u, p.guard.dialer(), p.tls, p.connections)
		})
		if err != nil {
			return nil, err
		}
		return c.Query(how.Query, args), nil
	case *scenarios.Redis:
		words, _, err := p.source.Texts(name, "redis", scenarios.Verbatim, how.Words...)
		if err != nil {
			return nil, err
		}
		c, err := shared(p, u.String(), func() (*redis.Client, error) {
			return redis.New(u, p.guard.dialer(), p.tls, p.connections)
		})
		if err != nil {
			return nil, err
		}
		return c.Command(words), nil
	case *scenarios.Kafka:
		return p.kafka(name, u, how)
	}
	return nil, fmt.Errorf("no driver for %T", how)
}

// shared is the client of an address, made when it is first needed.
func shared[C interface{ Close() }](p *protocols, key string, fresh func() (C, error)) (C, error) {
	if c, ok := p.clients[key].(C); ok {
		return c, nil
	}
	c, err := fresh()
	if err == nil {
		p.clients[key] = c
	}
	return c, err
}

// address is where an operation is asked for: a host that may be put under load.
func (p *protocols) address(ctx context.Context, name string, op scenarios.OpID) (*url.URL, error) {
	text := p.model.AddressOf(op)
	if text == "" {
		return nil, fmt.Errorf("it is not said where; want live.operations.%s.at", name)
	}
	u, err := addressed(p.source, name, text)
	if err != nil {
		return nil, err
	}
	return u, p.guard.admit(ctx, u)
}

// addressed fills the holes of an address.
func addressed(s *message.Source, name, text string) (*url.URL, error) {
	filled, err := s.Address("the address of "+name, text)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(filled)
	if err != nil || u.Host == "" { // the error would hold what came from the environment
		return nil, fmt.Errorf("loadtest: the address of %s is none once its holes are filled", name)
	}
	return u, nil
}

func (p *protocols) grpc(ctx context.Context, name string, u *url.URL, how *scenarios.GRPC) (driver.Call, error) {
	ask := grpc.Ask{Method: how.Method, Code: how.Code}
	var values []string
	for _, m := range how.Metadata {
		ask.Metadata = append(ask.Metadata, m.Name)
		values = append(values, m.Value)
	}
	metadata, fixed, err := p.source.Texts(name, "grpc.metadata", scenarios.Verbatim, values...)
	if err != nil {
		return nil, err
	}
	messages, constant, err := p.source.Texts(name, "grpc.message", scenarios.EscapeJSON, how.Messages...)
	if err != nil {
		return nil, err
	}
	ask.Texts, ask.Fixed = both(metadata, messages), fixed && constant
	key := u.String() + "\n" + string(how.Descriptors)
	c, err := shared(p, key, func() (*grpc.Client, error) {
		return grpc.New(u, how.Descriptors, p.guard.dialer(), p.tls, p.connections)
	})
	if err != nil {
		return nil, err
	}
	return c.Call(ctx, ask)
}

// both fills the texts of one request after those of another kind.
func both(first, second driver.Fill) driver.Fill {
	return func(values *driver.Values) ([]string, error) {
		if values == nil {
			values = &driver.Values{} // so that both are filled from one row of data
		}
		a, err := first(values)
		if err != nil {
			return nil, err
		}
		b, err := second(values)
		return append(a, b...), err
	}
}

func (p *protocols) websocket(name string, u *url.URL, how *scenarios.WebSocket) (driver.Call, error) {
	header := http.Header{"User-Agent": {userAgent}}
	for _, h := range how.Headers {
		value, err := p.source.Fixed(name, "websocket.headers", h.Value)
		if err != nil {
			return nil, err
		}
		header.Set(h.Name, value)
	}
	send, err := p.bodies(name, "websocket.send", how.Send...)
	if err != nil {
		return nil, err
	}
	var until *regexp.Regexp
	if how.Until != "" {
		if until, err = regexp.Compile(how.Until); err != nil {
			return nil, err
		}
	}
	if how.Path != "" {
		u = u.JoinPath(how.Path)
	}
	c, err := shared(p, fmt.Sprint(u, header), func() (*websocket.Client, error) {
		return websocket.New(u, header, p.guard.dialer(), p.tls, p.connections)
	})
	if err != nil {
		return nil, err
	}
	return c.Exchange(send, until, how.Fresh), nil
}

func (p *protocols) kafka(name string, u *url.URL, how *scenarios.Kafka) (driver.Call, error) {
	c, err := shared(p, u.String(), func() (*kafka.Client, error) { return kafka.New(u, p.guard.dialer(), p.tls) })
	if err != nil {
		return nil, err
	}
	if how.Consume > 0 {
		return c.Consume(how.Topic, how.Consume)
	}
	texts, err := p.bodies(name, "kafka.value", how.Value)
	if err == nil && how.Key != nil {
		var key driver.Fill
		key, _, err = p.source.Texts(name, "kafka.key", scenarios.Verbatim, *how.Key)
		texts = both(texts, key)
	}
	if err != nil {
		return nil, err
	}
	return c.Produce(how.Topic, texts), nil
}

// bodies are texts of which those that look like JSON are filled as JSON.
func (p *protocols) bodies(name, where string, sources ...string) (driver.Fill, error) {
	out := driver.Fixed()
	for _, source := range sources {
		how := scenarios.Verbatim
		if t := strings.TrimSpace(source); strings.HasPrefix(t, "{") || strings.HasPrefix(t, "[") {
			how = scenarios.EscapeJSON
		}
		one, _, err := p.source.Texts(name, where, how, source)
		if err != nil {
			return nil, err
		}
		out = both(out, one)
	}
	return out, nil
}

// ownAddress says where the load goes when the scenario has no base URL: to the
// first of the addresses that operations which are asked for have.
func ownAddress(m *scenarios.Model) (*url.URL, error) {
	for _, op := range asked(m) {
		if text := m.AddressOf(op); text != "" {
			return addressed(message.NewSource(&m.Live, 0, os.LookupEnv, nil), m.Operations[op].Name, text)
		}
	}
	return nil, fmt.Errorf("loadtest: %s: nothing that the workloads ask for has an address; say live.base in the scenario, or give a target", m.Name)
}

// baseOf is the URL that the path of an operation is added to.
func (s realSystem) baseOf(op scenarios.OpID) (*url.URL, error) {
	name, text := s.model.Operations[op].Name, s.model.AddressOf(op)
	base := s.base
	if text != "" {
		var err error
		if base, err = addressed(message.NewSource(&s.model.Live, 0, os.LookupEnv, nil), name, text); err != nil {
			return nil, err
		}
	}
	if base.Scheme != "http" && base.Scheme != "https" {
		return nil, fmt.Errorf("loadtest: live.operations.%s has a path, and it is not said on which system; want live.base, or live.operations.%s.at", name, name)
	}
	if base.Path == "" {
		base = base.JoinPath("/") // JoinPath makes a relative path of it otherwise
	}
	return base, nil
}

// elsewhere is how an operation is asked for over another protocol than HTTP,
// by at most so many connections; nil where it is over HTTP, or emulated.
func (r *requests) elsewhere(ctx context.Context, op scenarios.OpID, connections int) (driver.Call, error) {
	if r.base == nil || r.model.Live.Operations[op].Ask == nil {
		return nil, nil
	}
	if r.other == nil {
		var err error
		if r.other, err = newProtocols(r.model, r.source, r.guard, connections); err != nil {
			return nil, err
		}
	}
	return r.other.call(ctx, op, r.model.Live.Operations[op].Ask)
}

// telling notes what answers that are not as expected were.
type telling struct {
	driver.Call
	source *message.Source
	name   string
}

// Do implements [driver.Call].
func (t telling) Do(ctx context.Context, values *driver.Values) driver.Answer {
	a := t.Call.Do(ctx, values)
	if errors.Is(a.Err, driver.ErrUnexpected) || errors.Is(a.Err, driver.ErrRejected) {
		t.source.Note(t.name, a.Err.Error())
	}
	return a
}
