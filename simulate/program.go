package simulate

import (
	"github.com/headroom/headroom/internal/arrivals"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// A model is simulated from a program: the steps of all its operations and
// sessions in one flat list of instructions, so that going through a request
// is a walk over an array and never over a tree of interfaces.
type program struct {
	model         *scenarios.Model
	left          []scenarios.Feature // words of the scenario that are not simulated
	code          []instruction
	draws         []draw     // what steps draw, each from a stream of its own
	choices       [][]way    // of opChoose
	parallels     []parallel // of opParallel
	operations    []operation
	services      []service
	workloads     []workload
	asks          []ask     // of opAsk
	cellCount     int       // of all asks
	fans          []fan     // of parallels that are fan-outs
	probabilities []float64 // of opFail
	loss          float64   // of a message
	fails         bool      // requests can fail, if only for want of luck
	bends         bool      // loads do not grow in proportion to those of the workloads
	cancels       bool      // visits can be taken back
	weight        weight    // of calls in the traffic equations
	channels      []channel // topics as publishers see them
	topics        []topic   // of every group of consumers
	locks         []lockTable
	lockSteps     []lockStep // of opWant, opLock, opUnlock, opRemember and opValidate
	pools         []poolSpec
	acquires      []acquireStep      // of opAcquire
	stores        []storeSpec        // of opFind
	hits          map[string]float64 // hit ratios of caches of keys, by path; times that objects last left out
	datas         int                // services whose data is copied
	jobs          []jobSpec
	partitions    int               // of all topics
	replicas      int               // of all services
	faultline     *faultline        // what goes wrong at known times; nil where nothing does
	shapes        []*arrivals.Shape // of the load, by workload; nil where it is even
}

// turnedAway is where a visit goes on that has nothing left to do but to tell
// that it failed: the first instruction of every program.
const turnedAway int32 = 0

// opcode says what an instruction does.
type opcode uint8

const (
	opCPU        opcode = iota // ask the cores for draws[a]
	opWait                     // let draws[a] pass
	opCall                     // ask operation a and wait for the answer
	opAsk                      // ask as asks[a] says
	opFail                     // fail with probabilities[b], by draws[a]
	opParallel                 // start the branches of parallels[a]
	opChoose                   // go to one of choices[b], picked by draws[a]
	opRepeat                   // go round draws[a] times, to b when that is none
	opEach                     // go round once for every message in hand
	opAgain                    // end of a round: back to b unless it was the last
	opJump                     // go to b
	opWant                     // pick the keys of lockSteps[a]
	opLock                     // take them
	opUnlock                   // give them back
	opTry                      // begin to count the rounds of an optimistic step
	opRemember                 // pick the keys of lockSteps[a] and note their versions
	opValidate                 // change them, or go back to b
	opAcquire                  // take one of the pool of acquires[a]
	opRelease                  // give one of pool a back
	opBarrier                  // wait for the other users, a rounds behind
	opFind                     // ask store a for a key, and go to b where it is not there
	opPublish                  // put a message on topic a
	opBegins                   // begin with a batch of topic a that may have been delivered before
	opEnd                      // end of an operation, a session or a branch
	opTurnedAway               // end of a visit that is at no service
)

// instruction is one step, or a part of one.
type instruction struct {
	op   opcode
	a, b int32
}

// draw is a distribution and the name of the stream that it is drawn from.
type draw struct {
	stream string
	dist   dist.Dist
	share  bool // a number from 0 to 1 rather than from dist
}

// way is one way of a choice: taken when the number drawn is below upTo and
// not below that of the way before.
type way struct {
	upTo   float64
	target int32
}

type parallel struct {
	branches []int32 // first instructions
	need     int
	fan      int32 // of fans, or nobody
	cancel   bool  // those that are not waited for any more are taken back
}

type operation struct {
	role    role // towards the data of its service
	name    string
	service int32
	entry   int32
}

// service is a service as it is simulated: under shared balancing without a
// limit on threads its replicas are one station with the cores of all.
type service struct {
	name       string
	number     int // among all services
	replicas   int
	cores      int
	threads    int  // of one replica; 0 = unlimited
	backlog    int  // of one line for a thread; scenarios.Unlimited = no bound
	fifo       bool // cores serve in order of arrival, and never stop
	ordered    bool // cores serve in another order than PS and FIFO
	preempts   bool // the more urgent interrupt
	rules      bool // more than a line in order of arrival is asked for
	varies     bool // replicas fail, or become more and fewer
	faulted    bool // something happens to its replicas at a known time
	killed     bool // they fail then
	begin      int  // replicas at the start
	choices    int  // replicas that are chosen from under power-of-two balancing
	ranks      int  // different priorities of workloads
	slow       scenarios.Slow
	discipline scenarios.Discipline
	guard      scenarios.Guard
	failures   *scenarios.Failures
	scaling    *scenarios.Autoscale
	policy     scenarios.Balancing
	keys       popularity  // under hash balancing
	replicated *replicated // nil where replicas share no data
	shards     *shardSpec  // nil where any replica takes any request
	first      int32       // its first replica among those of all services
	ops        []int32
	bounded    bool // may turn requests away, or lose those in line
}

type workload struct {
	name    string
	open    bool
	kind    scenarios.ArrivalKind
	rate    float64
	gap     dist.Dist
	process *scenarios.Arrivals // of an open one, in full
	users   int
	think   dist.Dist
	rank    uint8
	entry   int32 // first instruction of a session, or nobody
	start   []way // operations that a request starts at; the target is an operation
	hops    [][]way
	slack   int // most rounds that a user may be ahead of others at a barrier; -1 where there is none
}

type topic struct {
	name       string
	partitions int
	consumer   int32
	batch      int
	first      int32 // its first partition among those of all topics
	channel    int32
	entry      int32     // first instruction of its consumer
	shares     []float64 // of messages by partition; nil where all get as many
	linger     float64   // (s)
	bounded    bool      // publishers may wait for room
	again      bool      // it delivers at least once
	ackTimeout float64   // (s); 0 = none
	attempts   int32     // 0 = no bound
	deadTo     int32     // channel of dead letters, or nobody
	pause      float64   // before what was turned away is tried again (s)
}

// pick returns the target of the way that u falls on, the last where rounding
// left a gap.
func pick(ways []way, u float64) int32 {
	for i := range ways {
		if u < ways[i].upTo {
			return ways[i].target
		}
	}
	return ways[len(ways)-1].target
}
