package emulate

import (
	"fmt"
	"net"
	"time"
)

// Options say how a system is brought up. The zero Options will do.
type Options struct {
	// Seed decides every draw, together with the names of the streams.
	Seed uint64
	// Listen is the host (no port) that the services listen on; empty means
	// 127.0.0.1, which nothing outside of this machine can reach. Each service
	// takes a free port there.
	Listen string
	// Grace is how long Close waits for requests in progress; 0 means 1 s.
	Grace time.Duration
	// Calm leaves out the faults of the scenario, with a caveat: a steady state,
	// which a prediction without a test is of, has none in it.
	Calm bool
	// Force brings the system up even when this machine cannot keep up with it.
	Force bool
}

const (
	loopback     = "127.0.0.1"
	defaultGrace = time.Second
)

func (o Options) withDefaults() (Options, error) {
	if o.Listen == "" {
		o.Listen = loopback
	}
	if _, _, err := net.SplitHostPort(o.Listen); err == nil {
		return o, fmt.Errorf("emulate: listen address %q: want a host without a port; each service takes a free port of its own", o.Listen)
	}
	if o.Grace < 0 {
		return o, fmt.Errorf("emulate: grace time %v: want 0 or more", o.Grace)
	}
	if o.Grace == 0 {
		o.Grace = defaultGrace
	}
	return o, nil
}

// reach is the host at which this machine reaches what listens on host.
func reach(host string) string {
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		return loopback
	}
	return host
}
