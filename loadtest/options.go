package loadtest

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/headroom/headroom/loadtest/internal/alarm"
	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// Options say how a load is put on a system. The zero Options put it on the
// address in the scenario's live section, for 30 seconds.
type Options struct {
	Seed     uint64  // of arrivals, choices and think times
	Warmup   float64 // load at the start that is not counted (s)
	Duration float64 // load after it that is (s); 0 means 30
	Timeout  float64 // how long one HTTP request may take, and the last ones after the end of the load (s); 0 means 30

	// Test is how the load changes over time, in place of a Duration; nil leaves
	// it as it is.
	Test *scenarios.Test
	// Abort are conditions that end the run, besides those of the test.
	Abort []scenarios.Abort
	// Caps bound what the run may do to the system.
	Caps Caps

	// URL says where the emulated system is asked for an operation. It is
	// used unless Target is set.
	URL func(scenarios.OpID) string
	// Target is the base URL of a real system, in place of the one in the
	// scenario's live section.
	Target string
	// Allow names the hosts beyond this machine that may be put under load.
	Allow []string

	// MaxConnections is how many requests of open workloads may be in flight at
	// once; 0 takes it from the load (see [Head].Connections). What is due when
	// the cap is reached is sent later, and that delay is part of its response time.
	MaxConnections int

	// Engine is what puts the load on; empty means [Vegeta].
	Engine Engine
	// HTTP2 asks for HTTP/2 and nothing else, without TLS too.
	HTTP2 bool

	// CatchUp says what becomes of requests that were due while all connections
	// were taken; the zero CatchUp sends them in a burst.
	CatchUp CatchUp

	// Hits is the file that keeps every hit; empty keeps none after the run.
	Hits string
	// Profiles is how the names of CPU profiles begin that are taken of the target
	// where the scenario says so (live.observe); empty takes none.
	Profiles string
	// Progress hears, a few times a second, what share of the time is over.
	Progress func(done float64, note string)
	// Watch hears a few times a second how the load fares, and once when the last
	// request has ended. It must not take long.
	Watch func(Snapshot)
	// Observer, if any, sees the measured time begin and end.
	Observer Observer
	// Clock is that of the emulated system, so that both see the same time; nil
	// makes one.
	Clock *alarm.Clock
}

// Observer watches a system from the inside while it is under load. An
// Observer that also has a method Stop() is told by it when the measured time
// ends; End comes later, when the last request has been answered.
type Observer interface {
	// Begin is called when the measured time begins.
	Begin()
	// End is called once the result has the workloads' figures; it adds what
	// only the inside knows.
	End(*measure.Result)
}

const (
	defaultDuration = 30.0 // (s)
	defaultTimeout  = 30.0 // (s)
)

func (o Options) withDefaults() (Options, error) {
	if err := errors.Join(o.timed(), o.Caps.check()); err != nil {
		return o, err
	}
	if o.Duration == 0 {
		o.Duration = defaultDuration
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.Engine == "" {
		o.Engine = Vegeta
	}
	if err := o.checkEngine(); err != nil {
		return o, err
	}
	var err error
	if o.CatchUp, err = o.CatchUp.withDefaults(); err != nil {
		return o, err
	}
	for _, x := range []struct {
		name   string
		value  float64
		atZero bool
	}{{"duration", o.Duration, false}, {"warm-up", o.Warmup, true}, {"timeout", o.Timeout, false}} {
		if !(x.value > 0 || x.atZero && x.value == 0) || x.value > longestRun.Seconds()/4 {
			return o, fmt.Errorf("loadtest: a %s of %v s; want more than 0, and no more than %v", x.name, x.value, longestRun/4)
		}
	}
	if o.MaxConnections < 0 || o.MaxConnections > math.MaxInt32 {
		return o, fmt.Errorf("loadtest: at most %d connections; want 1 or more, or 0 to take the number from the load", o.MaxConnections)
	}
	return o, nil
}

func (o Options) timeout() time.Duration { return time.Duration(o.Timeout * float64(time.Second)) }

// aborts are the conditions of the options and of the test.
func (o Options) aborts() []scenarios.Abort {
	if o.Test == nil {
		return o.Abort
	}
	return slices.Concat(o.Abort, o.Test.Abort)
}
