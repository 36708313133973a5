package scenarios

import "github.com/headroom/headroom/scenarios/dist"

// Fault is something that goes wrong at a known time.
type Fault struct {
	Kind     FaultKind
	Service  ServiceID   // that it happens to, but for [LoseFault] and [PartitionFault]
	Between  []ServiceID // of [PartitionFault] and [LoseFault]: the messages between the first and the others; one or none = all of its, or of all
	Replicas int         // how many of the service; 0 = all
	Factor   float64     // of [SlowFault]: the speed that is left; of [LoseFault]: the probability that a message is lost (1)
	At, For  float64     // when it begins, after the start of what is looked at, and how long it lasts (s)
}

// FaultKind names what goes wrong.
type FaultKind uint8

const (
	KillFault      FaultKind = iota // replicas are gone, with what is in progress there
	SlowFault                       // cores are slower
	PartitionFault                  // services do not reach each other
	LoseFault                       // messages are lost
	PauseFault                      // replicas stand still, and go on later
)

// Job is staged batch work: stages run one after another (or After those
// named), each of as many tasks as said.
type Job struct {
	Name   string
	Every  dist.Dist // between the starts of two, the first of them drawn evenly from the first such time; zero = once, at the start
	Stages []Stage
}

// Stage is a part of a [Job]: Tasks calls of one operation, at most Slots at once.
type Stage struct {
	Name    string
	Tasks   int
	Op      OpID
	Slots   int       // 0 = as many as tasks
	Shuffle dist.Dist // time until the data of the stages before is there (s), for each task
	After   []int     // stages that must have ended; empty = the one before
	// Speculate starts a second copy of a task that takes longer than
	// Speculate times the median of the tasks of its stage that have ended, when
	// a slot is free; the first to end counts, the other is cancelled. 0 = never.
	Speculate float64
	// Local is the probability that a task finds its data where it runs; where
	// it does not, Fetch is added.
	Local float64
	Fetch dist.Dist
}

// Test is how the load of the workloads changes over time, and what for.
type Test struct {
	Name   string
	Kind   TestKind
	Phases []Phase
	// Workloads that the phases are about; empty = all.
	Workloads []int
	// Abort are conditions that end a load test early; predictions play it all.
	Abort []Abort
}

// TestKind names a test, and so the question that it answers.
type TestKind uint8

const (
	LoadTest        TestKind = iota // do the objectives hold at the expected peak?
	ScalabilityTest                 // throughput and latency against load
	StressTest                      // past the limit: does it fail gracefully?
	SpikeTest                       // a burst: how long to recover?
	SoakTest                        // for hours: does anything drift?
	BreakpointTest                  // the largest load that meets the objectives
)

// Phase is a stretch of a [Test]: the load goes from From to To times the one
// in the scenario over For seconds, in a line, or swings around their middle.
// An arrival process is stretched in time so that its rate is multiplied
// (t becomes Λ⁻¹(t), Λ the integral of the factor), but for the stays of a
// Markov-modulated process; users of a closed workload join and leave.
type Phase struct {
	For      float64 // (s)
	From, To float64 // (1)
	// Period, when above 0, makes a sine of it, from From (its trough, at the
	// start) to To (its crest) and back (s).
	Period float64
}

// Duration is how long the test lasts (s).
func (t *Test) Duration() float64 {
	sum := 0.0
	for i := range t.Phases {
		sum += t.Phases[i].For
	}
	return sum
}
