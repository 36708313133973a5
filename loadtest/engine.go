package loadtest

import (
	"fmt"

	"github.com/headroom/headroom/loadtest/driver/lean"
	"github.com/headroom/headroom/loadtest/driver/web"
	"github.com/headroom/headroom/scenarios"
)

// Engine is what puts load on a system over HTTP.
type Engine string

const (
	// Vegeta drives open loads by vegeta and speaks through net/http: HTTP/1.1
	// and HTTP/2, with TLS and without.
	Vegeta Engine = "vegeta"
	// Lean drives open loads by a sender of our own and speaks HTTP/1.1 through
	// [lean.Client], for a third of the processor time.
	Lean Engine = "lean"
)

// newEngine makes the connections of a run: to admitted addresses only.
func newEngine(g guard, o Options, t *scenarios.TLS, connections int) (web.Engine, error) {
	how := web.Options{Dial: g.dialer(), Connections: connections, HTTP2: o.HTTP2}
	var err error
	if how.TLS, err = secured(t); err != nil {
		return nil, err
	}
	if o.Engine == Lean {
		return lean.New(how), nil
	}
	return web.Standard(how), nil
}

func (o Options) checkEngine() error {
	switch {
	case o.Engine != Vegeta && o.Engine != Lean:
		return fmt.Errorf("loadtest: engine %q; want %s or %s", o.Engine, Vegeta, Lean)
	case o.Engine == Lean && o.HTTP2:
		return fmt.Errorf("loadtest: the engine %s speaks HTTP/1.1; for HTTP/2 use %s", Lean, Vegeta)
	}
	return nil
}
