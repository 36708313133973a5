package simulate

import (
	"fmt"
	"math"
	"runtime"
	"time"

	"github.com/headroom/headroom/scenarios"
)

// Options say how to simulate. The zero value runs to a relative precision of
// 2 % on the mean and the 99th percentile of every workload's response time and
// of every topic's delay.
type Options struct {
	// Seed chooses the random streams. The same seed gives the same result, to
	// the last bit, on any number of cores.
	Seed uint64

	// Precision is the relative half-width (1) of the 95 % interval of the mean
	// and of the p99 of every workload's response time, and every topic's
	// delay, at which the simulation ends. 0 means 0.02.
	Precision float64

	// Targets, where there are any, are the figures whose precision is asked for
	// instead of those.
	Targets []Target

	// Replications is the number of independent runs. 0 means 32, or 12 for a
	// system of 256 replicas and more, or 1 with a Duration.
	Replications int

	// Duration, when above 0, is the simulated time (s) to measure in every
	// replication: no precision is aimed at, and what began in that time is
	// followed to its end, as a load test does. Warmup (s) is simulated before it.
	Duration, Warmup float64

	// Test, when not nil, changes the load over time, from the end of the warm-up
	// on, and says how long to simulate: Duration must be 0 then. OverTime
	// follows a load that does not change, from an empty system, for the Duration
	// or, where that is 0, until it has settled. Either way the result's series
	// are of all replications, with bands; 0 Replications are 20 then.
	Test     *scenarios.Test
	OverTime bool

	// Breakdown takes the mean response time of every workload apart: by service
	// into waiting for threads and cores, service, network and so on, along the
	// critical path.
	Breakdown bool

	// Interval is the length (s) of an interval of the result's series. 0
	// chooses one.
	Interval float64

	// MaxTime bounds the time the simulation may take. 0 means 60 s, less than
	// 0 no bound. Where it bites, the result says so, and which precision was
	// reached; it is then no longer a function of the seed alone.
	MaxTime time.Duration

	// MaxEvents bounds the events of all replications together. 0 means 10¹⁰.
	MaxEvents int64

	// MaxInProgress bounds the requests and messages in progress at one instant
	// in all replications together, and so the memory used, at some 150 bytes
	// each. 0 means 8 million.
	MaxInProgress int

	// Workers is the number of replications simulated at a time. 0 means
	// GOMAXPROCS.
	Workers int

	// Seeds are the seeds of [Paths].
	Seeds []uint64

	// Progress, when not nil, is told a few times a second how much is done (0
	// to 1) and what goes on. It is called from another goroutine.
	Progress func(done float64, note string)
}

const (
	defaultPrecision    = 0.02
	defaultReplications = 32
	wideReplications    = 12 // a system of many replicas averages over them itself
	wideReplicas        = 256
	defaultMaxTime      = 60 * time.Second
	defaultMaxEvents    = 10_000_000_000
	defaultInProgress   = 8_000_000
	progressEvery       = 250 * time.Millisecond
)

// filled returns the options with every default in place, or what is wrong
// with them.
func (o Options) filled() (Options, error) {
	for _, x := range []struct {
		name  string
		value float64
	}{{"precision", o.Precision}, {"duration", o.Duration}, {"warm-up", o.Warmup}, {"interval", o.Interval}} {
		if !(x.value >= 0) || math.IsInf(x.value, 1) {
			return o, fmt.Errorf("simulate: %s of %v; want a finite number of at least 0", x.name, x.value)
		}
	}
	if o.Replications < 0 || o.MaxEvents < 0 || o.MaxInProgress < 0 || o.Workers < 0 {
		return o, fmt.Errorf("simulate: a number of replications, events, requests or workers below 0")
	}
	if err := o.timed(); err != nil {
		return o, err
	}
	if o.Duration == 0 && o.Replications == 1 {
		return o, fmt.Errorf("simulate: one replication shows no precision; want at least 2, or a duration")
	}
	setDefault(&o.Precision, defaultPrecision)
	setDefault(&o.MaxTime, defaultMaxTime)
	setDefault(&o.MaxEvents, defaultMaxEvents)
	setDefault(&o.MaxInProgress, defaultInProgress)
	setDefault(&o.Workers, runtime.GOMAXPROCS(0))
	return o, nil
}

// replicationsFor chooses the number of replications of a program.
func (o Options) replicationsFor(p *program) int {
	switch {
	case o.Replications > 0:
		return o.Replications
	case o.follows():
		return overTimeReplications
	case o.Duration > 0:
		return 1
	case p.replicas >= wideReplicas:
		return wideReplications
	}
	return defaultReplications
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
