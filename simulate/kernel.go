package simulate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sync/atomic"

	"github.com/headroom/headroom/internal/variate"
)

// kernel is one simulation of a program: the clock, the calendar, and the state
// of every replica, request and message. It is plain sequential code; kernels
// of several replications share nothing but the program.
type kernel struct {
	*program
	calendar
	pools

	now     float64
	until   float64 // no arrivals from here on (s)
	from    float64 // requests due in [from, until) are what response times are of
	ready   []int32 // frames to run at this instant
	samples []sampler

	replicas   []replica
	stations   []station
	sources    []source
	partitions []partition
	publishers []publisher
	jobs       []job
	runs       []jobRun
	tasks      []task
	freeRun    int32
	freeTask   int32
	latency    sampler
	holds      holds
	tables     []table
	connpools  []connpool
	poolUses   []poolUse
	barriers   []barrier
	stores     []store
	datas      []data
	accesses   []access
	freeAccess int32      // plus 1
	acks       []float64  // of the write at hand (s)
	asked      []question // of the read at hand
	keys       []int32    // of the step at hand
	stamp      uint32
	remote     bool // messages take time
	calls      []askTally
	cells      []cell
	fans       [][]int32  // replicas of fan-outs
	losing     *rand.Rand // "network/loss"
	cuts       []int      // faults of the network that are at work

	tally   tally
	series  *recorder // what happens over time; nil where nobody asks
	inside  *ledger   // what times are made of; nil where nobody asks
	pending int64     // requests due and messages published in [from, until) and not done

	events int64
	still  int   // events since the clock went on
	budget int64 // stop after this many events
	room   int   // stop with more frames and messages in use than this
	stop   *atomic.Bool
	clock  *atomic.Uint64 // shows others the time, as bits
	halt   halt
	err    error
}

// halt says why a kernel stopped before its time.
type halt uint8

const (
	notHalted halt = iota
	cancelled      // it was told to
	outOfEvents
	outOfRoom
	stuck // at one instant
)

// streams makes the named random streams of one replication.
type streams struct {
	seed        uint64
	replication int
	generators  []rand.PCG // side by side, and apart from those of others
}

func (s *streams) named(name string) *rand.Rand {
	if len(s.generators) == cap(s.generators) {
		s.generators = apart[rand.PCG](64)[:0]
	}
	s.generators = append(s.generators, variate.Generator(s.seed, s.replication, name))
	return rand.New(&s.generators[len(s.generators)-1])
}

// newKernel sets up a simulation of p, empty, at time 0.
func newKernel(p *program, s streams) *kernel {
	k := &kernel{
		program:  p,
		calendar: newCalendar(),
		pools:    newPools(),
		from:     math.Inf(-1),
		until:    math.Inf(1),
		budget:   math.MaxInt64,
		room:     math.MaxInt,
		stop:     new(atomic.Bool),
		clock:    new(atomic.Uint64),
		tally:    newTally(p),
		freeRun:  nobody,
		freeTask: nobody,
	}
	for _, d := range p.draws {
		smp := newSampler(d.dist, s.named(d.stream))
		if d.share {
			smp.family = sampleShare
		}
		k.samples = append(k.samples, smp)
	}
	k.latency = newSampler(p.model.Network.Latency, s.named("network"))
	k.remote = !p.model.Network.Latency.IsZero()
	k.setUpStations(&s)
	k.setUpTopics(&s)
	k.setUpShards(&s)
	k.setUpData()
	k.setUpAsks(&s)
	k.setUpLocks()
	k.setUpPools()
	k.setUpBarriers()
	k.setUpStores()
	k.setUpFaults()
	k.setUpSources(&s)
	k.setUpJobs(&s)
	return k
}

// atOneInstant is how many events or instructions may happen without the clock
// going on before the simulation is taken to be stuck.
const atOneInstant = 20_000_000

// checkEvery is how many events pass between two looks at whether to stop.
const checkEvery = 4096

// run simulates up to the instant end, or until something halts it or nothing
// is left to happen.
func (k *kernel) run(end float64) {
	if k.halt != notHalted {
		return
	}
	for {
		e, ok := k.take(end)
		if !ok {
			break
		}
		if e.at == k.now {
			if k.still++; k.still > atOneInstant {
				k.stall()
			}
		} else {
			k.now, k.still = e.at, 0
		}
		k.happen(e)
		k.events++
		if k.events%checkEvery == 0 {
			k.look()
		}
		if k.halt != notHalted {
			return
		}
	}
	if !math.IsInf(end, 1) {
		k.now = end
	}
}

// look sees whether it is time to stop.
func (k *kernel) look() {
	k.clock.Store(math.Float64bits(k.now))
	switch {
	case k.stop.Load():
		k.halt = cancelled
	case k.events >= k.budget:
		k.halt = outOfEvents
	case k.live > k.room:
		k.halt = outOfRoom
	}
}

// stall halts a simulation whose clock stands still.
func (k *kernel) stall() {
	k.halt = stuck
	k.err = fmt.Errorf("simulate: model %q at time %v s: %d steps without time going on; something repeats without end and takes no time", k.model.Name, k.now, atOneInstant)
}

// happen lets an event happen, and all that follows at once.
func (k *kernel) happen(e event) {
	i := int32(e.what & indexMask)
	next := nobody
	if k.cancels && k.stale(e, i) {
		return
	}
	switch e.what &^ indexMask {
	case evArrival:
		next = k.arrival(i)
	case evThought:
		next = k.ask(i)
	case evResume, evReturn:
		next = i
	case evCore:
		next = k.coreDone(i)
	case evShare:
		next = k.shareDone(i, e.seq)
	case evReach:
		next = k.reached(i)
	case evRefused:
		next = k.fail(i, k.frames.at(i).fate)
	case evPoolTimeout:
		next = k.poolTimeout(i, e.seq)
	case evAgain:
		next = k.askAgain(i)
	case evApply:
		k.applied(i)
	case evSee:
		k.seen(i)
	case evAnswered:
		next = k.settled(i)
	case evRebalance:
		k.rebalance(i)
	case evMessage:
		next = k.deliver(i)
	case evPull:
		next = k.pull(i)
	case evFault:
		next = k.fault(i)
	case evQuit:
		next = k.quit(i)
	case evService:
		next = k.service(i)
	case evLinger:
		next = k.lingered(i)
	case evAck:
		next = k.unacknowledged(i, e.seq)
	case evJob:
		next = k.startJob(i)
	case evStraggler:
		next = k.straggler(i, e.seq)
	case evErrand:
		next = k.errandDue(i, e.seq)
	}
	k.drain(next)
}

// schedule puts an event on the calendar.
func (k *kernel) schedule(after float64, kind uint32, index int32) uint32 {
	return k.push(k.now+after, kind|uint32(index))
}

// drain runs frame f and all that becomes ready by it.
func (k *kernel) drain(f int32) {
	for done := 0; ; done++ {
		for f != nobody {
			if k.inside != nil {
				k.account(f)
			}
			f = k.step(f)
		}
		if done == len(k.ready) {
			k.ready = k.ready[:0]
			return
		}
		if done > atOneInstant {
			k.stall()
			return
		}
		if f = k.ready[done]; k.cancels && k.bury(f) {
			f = nobody
		}
	}
}
