package scenarios

import "github.com/headroom/headroom/scenarios/dist"

// Model is a scenario ready to be interpreted: every name is resolved to an
// index, every duration is in seconds, every default is filled in. It is
// immutable: an interpreter reads it and keeps its own state elsewhere.
//
// Only [Compile] (and so [Load]) makes one from a scenario file; a program may
// also fill one in by hand, and then [Model.Check] says what is wrong with it.
type Model struct {
	Name   string
	Digest string // SHA-256 of the scenario with its overrides, in hex
	File   string // where it came from, for messages

	Services   []Service
	Operations []Operation
	Topics     []Topic
	Network    Network
	Workloads  []Workload
	Jobs       []Job
	Faults     []Fault
	Tests      []Test
	Objectives []Objective
	Live       Live

	// Part is the share of the described system that this model stands for:
	// 1 for the whole, 1/n for one of n equal cells (see [Model.Cell]).
	Part float64
}

// Indices into the slices of a [Model], and of a [Service] for its locks and pools.
type (
	ServiceID int
	OpID      int
	TopicID   int
	LockID    int
	PoolID    int
)

// Service is a kind of server: Replicas equal processes, each with its own
// threads, line and cores.
type Service struct {
	Name     string
	Replicas int
	Cores    int // processing units of one replica

	Threads int // requests in progress in one replica; 0 = unlimited
	Backlog int // requests of one replica that may wait for a thread; Unlimited = no bound

	Discipline Discipline // how the cores share the work in progress
	Balancing  Balancing  // how a request finds its replica
	HashKeys   int        // number of keys under [Hash] balancing
	HashSkew   float64    // Zipf exponent of the keys' popularity under [Hash] balancing (1)
	Choices    int        // replicas that [PowerOfTwo] balancing picks from; 0 = 2

	Operations []OpID

	Guard       Guard        // what is let in, and for how long it waits
	Partitions  *Partitions  // nil: any replica can serve any request
	Replication *Replication // nil: replicas share no data
	Locks       []LockTable
	Pools       []Pool

	Slow     Slow      // replicas that are slower than the others
	Failures *Failures // nil: replicas do not fail by themselves
	Scaling  *Autoscale
	Cost     float64 // of one replica for an hour (1, in any currency); 0 = not said
}

// Unlimited is the [Service.Backlog] of a service that rejects nothing.
const Unlimited = -1

// Discipline says how the cores of a replica share the work in progress.
type Discipline uint8

const (
	// PS is egalitarian processor sharing: with n jobs on c cores each is
	// served at rate min(1, c/n).
	PS Discipline = iota
	// FIFO serves the c jobs that came first, each on a core of its own.
	FIFO
	// LIFO serves what came last, and does not interrupt what is being served.
	LIFO
	// Priority serves the most urgent first ([Workload.Priority], then order
	// of arrival), and does not interrupt.
	Priority
	// PreemptivePriority lets the more urgent interrupt the less urgent, which
	// goes on where it stopped.
	PreemptivePriority
	// SRPT serves whoever has the shortest remaining demand, and interrupts.
	SRPT
	// SJF serves the shortest demand first, and does not interrupt.
	SJF
)

// Balancing says which replica of a service takes a request.
type Balancing uint8

const (
	Random        Balancing = iota // any, with equal probability
	RoundRobin                     // in turn, over all callers together
	LeastRequests                  // the one with the fewest requests, ties at random
	PowerOfTwo                     // the one with fewest requests of two (or Choices) picked at random
	Shared                         // one central line: the first replica with a free thread
	Hash                           // by the key of the request, popular keys making popular replicas
)

// Operation is one thing a service can be asked to do.
type Operation struct {
	Name    string // "service.operation"
	Service ServiceID
	Steps   []Step
}

// Step is one step of an operation or a session. It is a closed sum:
// [CPU], [Wait], [Call], [Parallel], [FanOut], [Choose], [Cache], [Repeat],
// [Publish], [Lock], [Barrier], [Acquire], [Release] and [Fail].
type Step interface {
	// Path names the step within its model, as in "web.checkout/2/0"; random
	// streams are named after it.
	Path() string
}

// At is the place of a step; it makes its holder a [Step].
type At string

// Path implements [Step].
func (a At) Path() string { return string(a) }

type (
	// CPU asks for Demand seconds of one core of the service.
	CPU struct {
		At
		Demand dist.Dist
	}
	// Wait lets Time pass; it holds the thread and no core.
	Wait struct {
		At
		Time dist.Dist
	}
	// Call asks another operation and waits for its answer. The request and
	// the answer each cross the network once.
	Call struct {
		At
		Op      OpID
		Options CallOptions
	}
	// Parallel starts every branch at once and goes on when Need of them have
	// ended: len(Branches) is a join on all, 1 on any. Branches that are left
	// behind run on.
	Parallel struct {
		At
		Branches [][]Step
		Need     int
	}
	// Choose runs one branch, drawn by probability. Probabilities sum to 1.
	Choose struct {
		At
		Branches []Branch
	}
	// FanOut asks one operation of Width different partitions (or replicas,
	// where its service has no partitions) at once, picked at random, and goes
	// on when Need of them have answered. Width 0 is all there are. Options are
	// of each call for itself; a retry goes to the same replica again.
	FanOut struct {
		At
		Op      OpID
		Width   int
		Need    int // 0 = all that were asked
		Options CallOptions
	}
	// Cache runs Then on a hit and Else otherwise: with probability Hit, or,
	// with a Store, when the key of the request is in it.
	Cache struct {
		At
		Hit        float64
		Store      *Store
		Then, Else []Step
	}
	// Repeat runs Steps as often as Count, rounded to a whole number, says;
	// with PerMessage once for every message of the batch in hand (once,
	// where the operation was called rather than fed by a topic).
	Repeat struct {
		At
		Count      dist.Dist
		PerMessage bool
		Steps      []Step
	}
	// Publish puts a message on a topic and goes on at once.
	Publish struct {
		At
		Topic TopicID
	}
	// Lock runs Steps with one key of a lock of the service held, or, in mode
	// [Optimistic], checks after them that nobody has changed the key since
	// they began. A check that fails runs Steps again, after Retry.Backoff;
	// the step fails when Retry.Attempts are used up.
	Lock struct {
		At
		Lock  LockID // of the service of the operation
		Count int    // different keys at once; 0 = 1
		Mode  LockMode
		Retry *Retry // of an optimistic one; nil = again at once, without end
		Steps []Step
	}
	// Barrier holds the users of a closed workload together: a user who has
	// passed it n times waits until every user has passed it n−Slack times.
	// Slack 0 is a barrier of bulk-synchronous work.
	Barrier struct {
		At
		Slack int
	}
	// Acquire takes one of a pool of the replica, or waits for one. What an
	// operation still holds at its end is given back. With Timeout a wait that
	// takes longer fails the step.
	Acquire struct {
		At
		Pool    PoolID  // of the service of the operation
		Timeout float64 // (s); 0 = none
	}
	// Release gives back one that was acquired.
	Release struct {
		At
		Pool PoolID
	}
	// Fail fails the operation with probability P.
	Fail struct {
		At
		P float64
	}
)

// Branch is one way of a [Choose].
type Branch struct {
	P     float64 // probability (1)
	Steps []Step
}

// Topic is a queue of messages between services. A message goes to one of the
// Partitions at random; each partition belongs to replica partition mod replicas of
// the consumer's service, which works on one batch of it at a time: when it is
// free it takes what waits there, at most Batch messages, and runs Consumer
// once for all of them, in a thread of that replica.
type Topic struct {
	Name       string
	Partitions int
	Consumer   OpID
	Batch      int
	Groups     []OpID // further consumers, each of which gets every message

	Linger   float64  // a consumer waits so long for a batch to fill (s)
	Capacity int      // messages that may wait in all partitions; 0 = no bound
	Full     FullRule // what happens to a message that finds it full
	Keys     int      // messages have one of so many keys, which picks the partition; 0 = at random
	Skew     float64  // Zipf exponent of the popularity of keys (1)

	Delivery   Delivery
	AckTimeout float64  // under [AtLeastOnce]: redelivered when not done by then (s); 0 = only after a failure
	Attempts   int      // deliveries of one message at most; 0 = no bound
	DeadLetter *TopicID // where those go that used them up; nil = they are lost
}

// Consumers are the operations that get each message.
func (t *Topic) Consumers() []OpID {
	if len(t.Groups) == 0 {
		return []OpID{t.Consumer}
	}
	return append([]OpID{t.Consumer}, t.Groups...)
}

// FullRule says what happens to a message that finds its topic full.
type FullRule uint8

const (
	Block  FullRule = iota // the publisher waits for room
	Drop                   // the message is lost, and the publisher does not know
	Reject                 // the publish fails
)

// Delivery says what a topic promises.
type Delivery uint8

const (
	// AtMostOnce delivers once: a batch that fails is lost.
	AtMostOnce Delivery = iota
	// AtLeastOnce delivers again what failed, or was not done in time.
	AtLeastOnce
)

// Network is what lies between services.
type Network struct {
	// Latency is the time one message needs one way. A call crosses twice, a
	// publish once on its way to the topic. Requests of workloads arrive at
	// the service's door: nothing is added for them.
	Latency dist.Dist
	// Loss is the probability that a message is lost. A caller with a timeout
	// hears nothing; one without fails as if the connection had been reset, when
	// the message would have arrived. A message to a topic that is lost never
	// gets there, and its publisher does not know.
	Loss float64
}

// Workload is a source of requests: open when Arrivals is set, closed otherwise.
type Workload struct {
	Name     string
	Arrivals *Arrivals
	Users    int       // of a closed workload
	Think    dist.Dist // between the end of a user's request and the start of the next
	Priority int       // 0 is the most urgent; where a service serves by priority

	// Exactly one of the following says what a request does.
	Mix   []Share // one operation, drawn by probability
	Steps []Step  // a session: client-side steps, one after the other
	Route *Route  // a walk over operations
}

// Open reports whether requests arrive whether or not earlier ones were answered.
func (w *Workload) Open() bool { return w.Arrivals != nil }

// Arrivals is the process by which the requests of an open workload arrive.
type Arrivals struct {
	Kind   ArrivalKind
	Rate   float64     // requests per second in the long run (1/s)
	Gap    dist.Dist   // time between two requests, with mean 1/Rate; between two batches under [Batch]
	Size   dist.Dist   // requests of a batch, under [Batch]: rounded, and at least 1 (see [BatchMean])
	States []MMPPState // under [MMPP], visited in turn, over and over; which one it begins in is drawn as in the long run
	Times  []float64   // under [Replay]: instants of requests from the start (s), ascending, the first at 1/Rate; the log starts anew at the last
}

// MMPPState is a phase of a Markov-modulated Poisson process.
type MMPPState struct {
	Rate float64 // (1/s)
	Stay float64 // mean of the exponential time that it lasts (s)
}

// ArrivalKind names an arrival process.
type ArrivalKind uint8

const (
	Poisson  ArrivalKind = iota // independent, exponential gaps
	Constant                    // evenly spaced
	Renewal                     // independent gaps of any distribution
	MMPP                        // Poisson, at a rate that changes with a Markov chain
	Batch                       // several at once
	Replay                      // as in a log
)

// Share is an operation and the probability that a request asks for it.
type Share struct {
	Op OpID
	P  float64
}

// Route is a Markov chain over operations: a request starts at one of Start
// and goes from operation i to Next[i][...], ending with what is left of the
// probability. It is how a classical queueing network is written.
type Route struct {
	Start []Share
	Next  map[OpID][]Share
}

// Objective is a bound on a figure of the result.
type Objective struct {
	Subject string // name of a workload, operation, service or topic
	Kind    SubjectKind
	Metric  string  // "p99", "mean", "errors", "throughput", "utilization", "depth", …
	Limit   float64 // (s), (1/s) or (1)
}

// AtLeast reports whether the objective is a floor (throughput) and not a ceiling.
func (o Objective) AtLeast() bool { return o.Metric == "throughput" }

// SubjectKind says what an objective is about.
type SubjectKind uint8

const (
	OfWorkload SubjectKind = iota
	OfOperation
	OfService
	OfTopic
)
