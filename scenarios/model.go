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
	Objectives []Objective
	Live       Live

	// Part is the share of the described system that this model stands for:
	// 1 for the whole, 1/n for one of n equal cells (see [Model.Cell]).
	Part float64
}

// Indices into the slices of a [Model].
type (
	ServiceID int
	OpID      int
	TopicID   int
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

	Operations []OpID
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
)

// Balancing says which replica of a service takes a request.
type Balancing uint8

const (
	Random        Balancing = iota // any, with equal probability
	RoundRobin                     // in turn, over all callers together
	LeastRequests                  // the one with the fewest requests, ties at random
	PowerOfTwo                     // the one with fewer requests of two picked at random
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
// [CPU], [Wait], [Call], [Parallel], [Choose], [Cache], [Repeat] and [Publish].
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
		Op OpID
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
	// Cache runs Then with probability Hit, and Else otherwise.
	Cache struct {
		At
		Hit        float64
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
}

// Network is what lies between services.
type Network struct {
	// Latency is the time one message needs one way. A call crosses twice, a
	// publish once on its way to the topic. Requests of workloads arrive at
	// the service's door: nothing is added for them.
	Latency dist.Dist
}

// Workload is a source of requests: open when Arrivals is set, closed otherwise.
type Workload struct {
	Name     string
	Arrivals *Arrivals
	Users    int       // of a closed workload
	Think    dist.Dist // between the end of a user's request and the start of the next

	// Exactly one of the following says what a request does.
	Mix   []Share // one operation, drawn by probability
	Steps []Step  // a session: client-side steps, one after the other
	Route *Route  // a walk over operations
}

// Open reports whether requests arrive whether or not earlier ones were answered.
func (w *Workload) Open() bool { return w.Arrivals != nil }

// Arrivals is the process by which the requests of an open workload arrive.
type Arrivals struct {
	Kind ArrivalKind
	Rate float64   // requests per second (1/s)
	Gap  dist.Dist // time between two requests, with mean 1/Rate
}

// ArrivalKind names an arrival process.
type ArrivalKind uint8

const (
	Poisson  ArrivalKind = iota // independent, exponential gaps
	Constant                    // evenly spaced
	Renewal                     // independent gaps of any distribution
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

// Live says where the real system is and how its operations are asked for.
type Live struct {
	Base       string // URL of the system, empty when it has none
	Operations map[OpID]Request
	// Cells is the number of equal cells the system is made of; live runs
	// bring up one of them. 1 when the system is not made of cells.
	Cells int
}

// Request is how one operation is asked for over HTTP.
type Request struct {
	Method  string
	Path    string
	Headers map[string]string
	Body    []byte
	Status  int // expected; 0 = any 2xx
}
