package loadtest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"sync"

	"github.com/headroom/headroom/loadtest/driver"
	"github.com/headroom/headroom/loadtest/driver/message"
	"github.com/headroom/headroom/loadtest/driver/web"
	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// requests make and judge what a live section asks for beyond plain requests.
type requests struct {
	model  *scenarios.Model
	base   *url.URL // nil where the system is emulated: nothing to do
	guard  guard
	source *message.Source
	send   message.Send
	other  *protocols // nil where none is asked for over anything but HTTP
}

func newRequests(m *scenarios.Model, t target, g guard, engine web.Engine, seed uint64) *requests {
	real, ok := t.(realSystem)
	if !ok {
		return &requests{}
	}
	return &requests{
		model: m, base: real.base,
		guard:  g,
		source: message.NewSource(&m.Live, seed, os.LookupEnv, g.admit),
		send:   sendBy(engine),
	}
}

// sendBy makes single exchanges by an engine.
func sendBy(engine web.Engine) message.Send {
	return func(ctx context.Context, m *message.Message, keep int64) (*message.Reply, error) {
		reply, err := engine.Exchange(ctx, 0, &web.Request{
			Method: m.Method, URL: m.URL, Host: m.Host, Header: m.Header, Body: m.Body,
			KeepHeader: true, KeepBody: int(keep),
		})
		return &message.Reply{Status: reply.Status, Header: reply.Header, Body: reply.Body, Bytes: reply.Bytes}, err
	}
}

// call is how an operation is asked for; nil where it is a plain request.
func (r *requests) call(op scenarios.OpID) (driver.Call, error) {
	if r.base == nil {
		return nil, nil
	}
	asked, ok := r.model.Live.Operations[op]
	if !ok || message.Plain(&r.model.Live, &asked) {
		return nil, nil
	}
	base, err := realSystem{r.model, r.base}.baseOf(op)
	if err != nil {
		return nil, err
	}
	made, err := r.source.Compile(r.model.Operations[op].Name, &asked, base, http.Header{"User-Agent": {userAgent}})
	if err != nil {
		return nil, err
	}
	return &asking{made, r.send}, nil
}

// asking is a request with who sends it.
type asking struct {
	request *message.Request
	send    message.Send
}

var _ driver.Call = (*asking)(nil)

// Do implements [driver.Call].
func (a *asking) Do(ctx context.Context, values *driver.Values) driver.Answer {
	return a.request.Ask(ctx, a.send, values)
}

// prepare gets what must be there before the first request.
func (r *requests) prepare(ctx context.Context) error {
	if r.base == nil {
		return nil
	}
	return r.source.Fetch(ctx, r.send)
}

// begin keeps tokens fresh until the function that it returns is called.
func (r *requests) begin(ctx context.Context) (end func()) {
	if r.base == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	var fresh sync.WaitGroup
	fresh.Go(func() { r.source.Refresh(ctx, r.send) })
	return func() { cancel(); fresh.Wait() }
}

// maxProblems is how many problems are told each by itself.
const maxProblems = 10

// caveats tell which checks failed, and which data ran out.
func (r *requests) caveats() []measure.Caveat {
	if r.base == nil {
		return nil
	}
	var out []measure.Caveat
	for _, name := range r.source.Exhausted() {
		out = append(out, measure.Caveat{
			What:   fmt.Sprintf("loadtest: every row of the data %s was used once, as they are unique, and the load ended there", name),
			Where:  "live.data." + name,
			Effect: "the run is as long as the data lasted; give more rows, or pick: sequential",
		})
	}
	problems := r.source.Problems()
	for i, p := range problems {
		if i == maxProblems {
			out = append(out, measure.Caveat{What: fmt.Sprintf("loadtest: %d more problems with answers", len(problems)-maxProblems), Where: "live.operations"})
			break
		}
		c := measure.Caveat{
			What:   fmt.Sprintf("loadtest: %s (%d times, the warm-up included)", p.What, p.Times),
			Where:  "live",
			Effect: "these requests count as failed",
		}
		if p.Operation != "" {
			c.Where = "live.operations." + p.Operation
		} else {
			c.Effect = "requests may be refused"
		}
		out = append(out, c)
	}
	return out
}

// secured is how connections are secured as the scenario says; nil where it
// says nothing.
func secured(t *scenarios.TLS) (*tls.Config, error) {
	if t.Cert == nil && t.CA == nil && !t.SkipVerify {
		return nil, nil
	}
	out := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: t.SkipVerify}
	if t.Cert != nil {
		pair, err := tls.X509KeyPair(t.Cert, t.Key)
		if err != nil {
			return nil, fmt.Errorf("loadtest: live.tls: %w", err)
		}
		out.Certificates = []tls.Certificate{pair}
	}
	if t.CA != nil {
		out.RootCAs = x509.NewCertPool()
		if !out.RootCAs.AppendCertsFromPEM(t.CA) {
			return nil, errors.New("loadtest: live.tls.ca: no certificates in it")
		}
	}
	return out, nil
}
