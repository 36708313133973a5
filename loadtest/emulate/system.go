// Package emulate brings a [scenarios.Model] up as live HTTP services on
// loopback that behave as the model says: a [System]. Each service listens on a
// port of its own; a request really waits for a thread, really queues for a
// core and really calls the next service over HTTP.
//
// What the services do not do is burn the processor: the cores of ten services
// do not fit into two. Instead a small scheduler in each replica works out when
// its cores, shared as the model says, would have met each demand, and a precise
// clock wakes the request then. A message between services says when it is due
// by the model, so that the machine's own slowness is taken out of the network's
// latency, or made good by the next step, before it shows.
//
// The package never generates load and never says whether a result is good.
package emulate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/headroom/headroom/loadtest/internal/alarm"
	"github.com/headroom/headroom/scenarios"
)

// System is a model brought up as live services. [Start] makes one and
// [System.Close] ends it.
type System struct {
	model    *scenarios.Model
	left     []scenarios.Feature // words of the scenario that the system does not act out
	seed     uint64
	grace    time.Duration
	clock    *alarm.Clock
	services []*service
	topics   []*topic
	urls     []string           // by OpID
	steps    map[string]*stream // by path
	asks     map[string]*asking // by path
	pauses   map[string]*pause  // by path, of optimistic locks
	stores   map[string]*store  // by path
	network  *stream
	losing   *stream // "network/loss"
	faults   faultline
	holding  holding
	broking  sync.Mutex // topics
	begins   beginnings
	attempts atomic.Uint64 // of calls with several copies
	lag      lags
	work     *work
	window   window

	ctx      context.Context // ends when requests in progress are to be cut
	cut      context.CancelFunc
	serving  sync.WaitGroup // the goroutines that accept connections
	once     sync.Once
	closeErr error
}

// Start brings the model up and returns when every service listens. The model
// must be one that this machine can carry: of a system described at full scale,
// one cell ([scenarios.Model.Cell]); a larger one is refused, with the numbers,
// unless o.Force is set. When ctx ends, requests in progress are cut and the
// services go away; Close is to be called all the same.
func Start(ctx context.Context, m *scenarios.Model, o Options) (*System, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := check(m); err != nil {
		return nil, err
	}
	m, left := m.Plain(words(o.Calm)...)
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("emulate: %w", err)
	}
	if !o.Force {
		if err := affordable(m, runtime.GOMAXPROCS(0)); err != nil {
			return nil, err
		}
	}
	s := newSystem(ctx, m, o)
	s.left = ofServices(left)
	if err := s.listen(ctx, o.Listen); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	// Close itself ends s.ctx; the second Close then waits for the first.
	context.AfterFunc(s.ctx, func() { _ = s.Close() })
	return s, nil
}

func newSystem(ctx context.Context, m *scenarios.Model, o Options) *System {
	s := &System{
		model:   m,
		seed:    o.Seed,
		grace:   o.Grace,
		clock:   alarm.New(),
		urls:    make([]string, len(m.Operations)),
		steps:   stepStreams(o.Seed, m),
		asks:    newAsks(o.Seed, m),
		pauses:  newPauses(o.Seed, m),
		stores:  newStores(o.Seed, m),
		network: newStream(o.Seed, "network"),
		losing:  newStream(o.Seed, "network/loss"),
		holding: holding{named: map[string]*waiter{}},
		begins:  beginnings{told: map[string]func(float64) int{}},
		work:    newWork(),
	}
	s.faults.system = s
	s.window.tick = s.clock.Entry(s.sample)
	s.ctx, s.cut = context.WithCancel(ctx)
	for i := range m.Services {
		s.services = append(s.services, newService(s, scenarios.ServiceID(i)))
	}
	for i := range m.Topics {
		s.topics = append(s.topics, newTopic(s, scenarios.TopicID(i)))
	}
	s.begin(0)
	s.set(0)
	return s
}

// listen gives every service its port and begins to answer there.
func (s *System) listen(ctx context.Context, host string) error {
	for _, sv := range s.services {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
		if err != nil {
			return fmt.Errorf("emulate: service %s: no port on %q: %w", sv.model.Name, host, err)
		}
		_, port, err := net.SplitHostPort(l.Addr().String())
		if err != nil {
			return errors.Join(fmt.Errorf("emulate: service %s: %w", sv.model.Name, err), l.Close())
		}
		sv.base = "http://" + net.JoinHostPort(reach(host), port)
		for path, op := range sv.paths {
			s.urls[op] = sv.base + path
		}
		sv.server = &http.Server{
			Handler:                      sv,
			ReadHeaderTimeout:            headerTimeout,
			ErrorLog:                     log.New(io.Discard, "", 0), // no printing below the command line
			DisableGeneralOptionsHandler: true,
		}
		s.serving.Go(func() { _ = sv.server.Serve(l) }) // ends with ErrServerClosed
	}
	return nil
}

// headerTimeout is how long a client may take to send a request's header.
const headerTimeout = 10 * time.Second

// URL is where an operation ("service.operation") is asked for, by any method;
// empty when there is none of that name.
func (s *System) URL(op string) string {
	if id, ok := s.model.OpByName(op); ok {
		return s.urls[id]
	}
	return ""
}

// Addresses returns the base URL of each service by its name.
func (s *System) Addresses() map[string]string {
	at := map[string]string{}
	for _, sv := range s.services {
		at[sv.model.Name] = sv.base
	}
	return at
}

// Clock is the clock that the system runs by, for a load generator that is to
// see the same time.
func (s *System) Clock() *alarm.Clock { return s.clock }

// Close ends the system: it takes nothing more from outside, gives what is in
// progress the grace time to end, cuts the rest, and returns when no port is
// open and no goroutine runs any more. Closing twice is closing once.
func (s *System) Close() error {
	s.once.Do(func() { s.closeErr = s.end() })
	return s.closeErr
}

func (s *System) end() error {
	idle := s.work.drain()
	grace := time.NewTimer(s.grace)
	defer grace.Stop()
	select {
	case <-idle:
	case <-grace.C:
	case <-s.ctx.Done():
	}
	s.cut()
	<-idle
	s.window.tick.Stop()
	var errs []error
	for _, sv := range s.services {
		if sv.server != nil {
			errs = append(errs, sv.server.Close())
		}
		sv.client.CloseIdleConnections()
	}
	s.serving.Wait()
	return errors.Join(append(errs, s.clock.Close())...)
}

// latency draws the time of one crossing of the network (s).
func (s *System) latency() float64 {
	if s.model.Network.Latency.IsZero() {
		return 0
	}
	return s.network.sample(s.model.Network.Latency)
}

// set lets happen what services do by themselves, from the instant at on.
func (s *System) set(at float64) {
	for _, sv := range s.services {
		s.holding.watched = s.holding.watched || len(sv.locks) > 0
		sv.breakDown()
		sv.scaleFrom(at)
		sv.rebalanceFrom(at)
	}
}

// until returns the instant at when it has come; or, when ctx ends before, when
// and why what has come to the instant now stops.
func (s *System) until(ctx context.Context, now, at float64) (float64, fault) {
	if s.clock.WaitUntil(ctx, at) != nil {
		return stopped(ctx, now)
	}
	s.lag.wakes.record(s.clock.Now() - at)
	return at, none
}

// message returns when a message that is due at the instant at is there: when
// that instant has come, or at once when it has passed while the message was
// under way.
func (s *System) message(ctx context.Context, at float64) fault {
	late := s.clock.Now() - at
	s.lag.messages.record(late)
	if late >= 0 {
		return none
	}
	_, f := s.until(ctx, at, at)
	return f
}
