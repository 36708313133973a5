// Package measure holds what every engine of headroom says of a system: one
// [Result] for predictions and measurements alike, the [Estimate] its figures
// are made of, and the laws that a result must obey ([Result.Check]).
//
// It never computes a performance figure, reads a scenario or draws a picture.
package measure

import "time"

// Schema is the version of the JSON form of a [Result].
const Schema = "headroom/result/v1"

// Result is what one engine says about one scenario. Times are in seconds,
// rates per second, shares from 0 to 1. A figure that a method cannot know is
// absent (the zero [Estimate]), never zero.
type Result struct {
	Schema   string   `json:"schema"`
	Kind     Kind     `json:"kind"`
	Method   Method   `json:"method"`
	Scenario Scenario `json:"scenario"`
	Run      Run      `json:"run"`

	// Stable is false when the load exceeds what the system can carry; then
	// figures that have no limit (response times, numbers present) are absent.
	Stable      bool               `json:"stable"`
	Bottleneck  string             `json:"bottleneck,omitempty"` // the service that saturates first
	Saturation  map[string]float64 `json:"saturation,omitempty"` // by workload: its rate (1/s) when the bottleneck saturates, all loads growing in proportion
	Interrupted bool               `json:"interrupted"`
	// Aborted is the condition or the cap that ended a load test before its end.
	Aborted string `json:"aborted,omitempty"`
	// Validity is that of a measurement; nil of a prediction.
	Validity *Validity `json:"validity,omitempty"`

	Workloads  map[string]*Workload  `json:"workloads,omitempty"`
	Operations map[string]*Operation `json:"operations,omitempty"`
	Services   map[string]*Service   `json:"services,omitempty"`
	Topics     map[string]*Topic     `json:"topics,omitempty"`
	Jobs       map[string]*Job       `json:"jobs,omitempty"`
	Target     map[string]*Target    `json:"target,omitempty"` // what monitors saw, by service or [WholeTarget]

	Series     *Series     `json:"series,omitempty"`
	Test       *Test       `json:"test,omitempty"`    // when the load changed over time, or something went wrong
	Tipping    *Tipping    `json:"tipping,omitempty"` // when a tipping point was looked for
	Objectives []Objective `json:"objectives,omitempty"`
	Caveats    []Caveat    `json:"caveats,omitempty"`
}

// Kind tells a prediction from a measurement.
type Kind string

const (
	Prediction  Kind = "prediction"
	Measurement Kind = "measurement"
)

// Method is the way a result was come by.
type Method string

const (
	Analytic   Method = "analytic"
	Simulation Method = "simulation"
	LoadTest   Method = "load-test" // response times run from the due time of a request
)

// Scenario identifies what was predicted or measured.
type Scenario struct {
	Name   string  `json:"name"`
	SHA256 string  `json:"sha256"`
	Part   float64 `json:"part,omitempty"` // share of the described system, when not the whole: 1/n for one of n cells
}

// Run says how the result was made: enough to make it again.
type Run struct {
	Tool         string    `json:"tool"`
	Seed         uint64    `json:"seed"`
	Started      time.Time `json:"started,omitzero"`
	Duration     float64   `json:"duration"`               // observed time, warm-up excluded: simulated seconds of one replication, or real ones (s)
	Warmup       float64   `json:"warmup"`                 // time cut off at the start (s)
	Replications int       `json:"replications,omitempty"` // independent runs
	Requests     int64     `json:"requests,omitempty"`     // requests observed
	Detail       string    `json:"detail,omitempty"`       // the algorithm, in words
	Target       string    `json:"target,omitempty"`       // what was driven
	Host         *Host     `json:"host,omitempty"`         // of a measurement: the machine that made it
	Pressure     *Pressure `json:"pressure,omitempty"`     // of a measurement: how busy that was
}

// Workload is how the requests of one workload fared.
type Workload struct {
	Offered    Estimate         `json:"offered,omitzero"`    // arrival rate (1/s)
	Throughput Estimate         `json:"throughput,omitzero"` // rate of requests answered well (1/s)
	Failed     Estimate         `json:"failed,omitzero"`     // share of the requests ended that failed (1)
	Failures   map[string]int64 `json:"failures,omitempty"`  // failed requests by reason (1)
	InSystem   Estimate         `json:"in_system,omitzero"`  // mean number in progress (1)
	Response   *Times           `json:"response_time,omitempty"`
	// Service runs from the moment a load test sent a request, not from when it was due.
	Service *Times `json:"service_time,omitempty"`
	// Queue is how long requests waited for each other because a load test may
	// have but so many in flight, and Target is Response without that: what the
	// system itself made its users wait. Absent where the cap was never reached.
	Queue  *Times `json:"queue_time,omitempty"`
	Target *Times `json:"target_time,omitempty"`
	// Breakdown is of the mean of Response; nil where nobody asked for it.
	Breakdown *Breakdown `json:"breakdown,omitempty"`
}

// Operation is one operation of one service, over all who ask for it.
type Operation struct {
	Throughput Estimate `json:"throughput,omitzero"` // (1/s)
	Visits     Estimate `json:"visits,omitzero"`     // visits per request of all workloads together, every attempt and copy of a call counted (1)
	Failed     Estimate `json:"failed,omitzero"`     // share of the visits that failed, were turned away or taken back (1)
	Response   *Times   `json:"response_time,omitempty"`
}

// Service is one service, over all its replicas and operations.
type Service struct {
	Replicas    Estimate `json:"replicas,omitzero"`       // (1)
	Utilization Estimate `json:"utilization,omitzero"`    // busy share of all cores (1)
	Throughput  Estimate `json:"throughput,omitzero"`     // requests completed (1/s)
	Present     Estimate `json:"present,omitzero"`        // mean number of requests waiting and in progress, all replicas (1)
	Waiting     Estimate `json:"waiting,omitzero"`        // mean number in a line, for a thread or a core, all replicas (1)
	WaitingTime *Times   `json:"waiting_time,omitempty"`  // in lines, one request (s)
	ServiceTime *Times   `json:"service_time,omitempty"`  // demand on the cores, one request (s)
	Response    *Times   `json:"response_time,omitempty"` // one request, nested calls included (s)
	ThreadsBusy Estimate `json:"threads_busy,omitzero"`   // mean number of threads held, all replicas (1)
	Rejected    Estimate `json:"rejected,omitzero"`       // share of the arrivals turned away (1)
	Cost        Estimate `json:"cost,omitzero"`           // of its replicas for an hour, in the currency of the scenario
	PIdle       Estimate `json:"p_idle,omitzero"`         // probability that one or more cores of a replica are idle (1)
	PWait       Estimate `json:"p_wait,omitzero"`         // probability that an arrival finds every core of its replica busy, or no thread free (1)

	Locks     map[string]*Hold `json:"locks,omitempty"`
	Pools     map[string]*Hold `json:"pools,omitempty"`
	CacheHits Estimate         `json:"cache_hits,omitzero"` // share of the look-ups in caches of keys that find something (1)
	Stale     Estimate         `json:"stale,omitzero"`      // share of the reads of replicated data that miss a change answered before (1)
	Behind    Estimate         `json:"behind,omitzero"`     // changes that a read misses on average (1)
}

// Hold is a lock or a pool of a service: something that requests take, keep and
// give back.
type Hold struct {
	Asked       Estimate `json:"asked,omitzero"`        // keys of a lock, or things of a pool, asked for (1/s)
	Held        Estimate `json:"held,omitzero"`         // mean number held (1)
	Waiting     Estimate `json:"waiting,omitzero"`      // mean number of requests in line (1)
	WaitingTime Estimate `json:"waiting_time,omitzero"` // mean time in line, of all that asked (s)
	PWait       Estimate `json:"p_wait,omitzero"`       // share of those that asked that had to wait; of an optimistic lock, that found a change (1)
	Failed      Estimate `json:"failed,omitzero"`       // share of those that asked that did not get it: a circle of waits, no room or no time to wait (1)
}

// Topic is one topic. Where several consumers get every message, each message
// counts once for each of them, and Groups tells them apart.
type Topic struct {
	Throughput Estimate `json:"throughput,omitzero"` // messages consumed (1/s)
	Depth      Estimate `json:"depth,omitzero"`      // mean number of messages published and not yet done (1)
	Batch      Estimate `json:"batch,omitzero"`      // mean number of messages in a batch (1)
	Delay      *Times   `json:"delay,omitempty"`     // from publish to the end of the message's batch (s)

	Offered     Estimate `json:"offered,omitzero"`     // messages published, those turned away included (1/s)
	Waiting     Estimate `json:"waiting,omitzero"`     // mean number of messages that no consumer has taken yet (1)
	Blocked     Estimate `json:"blocked,omitzero"`     // mean number of publishers that wait for room (1)
	Rejected    Estimate `json:"rejected,omitzero"`    // share of the messages published that were turned away for want of room (1)
	Dropped     Estimate `json:"dropped,omitzero"`     // share of the messages published that were lost: for want of room, on the network, or with a batch that failed (1)
	Dead        Estimate `json:"dead,omitzero"`        // share of the messages ended that had used up their deliveries (1)
	Redelivered Estimate `json:"redelivered,omitzero"` // deliveries after the first, of one message (1)
	Duplicates  Estimate `json:"duplicates,omitzero"`  // share of the deliveries that were of a message done already when they ended (1)

	Groups map[string]*Topic `json:"groups,omitempty"` // by consumer
}

// Job is one job: staged batch work.
type Job struct {
	Throughput Estimate          `json:"throughput,omitzero"` // runs ended (1/s)
	Running    Estimate          `json:"running,omitzero"`    // mean number of runs in progress (1)
	Makespan   *Times            `json:"makespan,omitempty"`  // from the start of a run to the end of its last stage (s)
	Stages     map[string]*Stage `json:"stages,omitempty"`
}

// Stage is one stage of a job.
type Stage struct {
	Time   *Times   `json:"time,omitempty"`  // from when it may begin to the end of its last task (s)
	Task   *Times   `json:"task,omitempty"`  // from when a task gets a slot to its first good end (s)
	Copies Estimate `json:"copies,omitzero"` // second copies started, for each task (1)
	Failed Estimate `json:"failed,omitzero"` // tasks that failed and were run again, for each task (1)
}

// Times describes the distribution of a time (s).
type Times struct {
	Mean   Estimate `json:"mean,omitzero"`
	Stddev Estimate `json:"stddev,omitzero"`
	P50    Estimate `json:"p50,omitzero"`
	P90    Estimate `json:"p90,omitzero"`
	P95    Estimate `json:"p95,omitzero"`
	P99    Estimate `json:"p99,omitzero"`
	P999   Estimate `json:"p999,omitzero"`
	Max    Estimate `json:"max,omitzero"`
	// Histogram is the distribution function at rising times: what a plot of
	// the whole distribution is drawn from.
	Histogram []Point `json:"histogram,omitempty"`
}

// Point is one point of a distribution function: P is the share of times not
// above Le seconds, Lo and Hi the ends of its interval where one is known.
type Point struct {
	Le float64 `json:"le"`
	P  float64 `json:"p"`
	Lo float64 `json:"lo,omitempty"`
	Hi float64 `json:"hi,omitempty"`
}

// Series is what happened over time, one value an interval; a value that is
// not known in an interval is null in JSON and NaN in Go.
type Series struct {
	Interval  float64                   `json:"interval"` // (s)
	Start     float64                   `json:"start"`    // time of the first interval after the start of the load (s); negative during warm-up
	Workloads map[string]WorkloadSeries `json:"workloads,omitempty"`
	Services  map[string]ServiceSeries  `json:"services,omitempty"`
	// Target is what monitors saw, by what they watched (a service, or
	// [WholeTarget]) and by the name of the figure.
	Target map[string]map[string]Metric `json:"target,omitempty"`
}

// WorkloadSeries is a workload over time.
type WorkloadSeries struct {
	Throughput Values `json:"throughput,omitempty"` // (1/s)
	Mean       Values `json:"mean,omitempty"`       // response time (s)
	P50        Values `json:"p50,omitempty"`        // (s)
	P99        Values `json:"p99,omitempty"`        // (s)
	Failed     Values `json:"failed,omitempty"`     // share (1)
	Offered    Values `json:"offered,omitempty"`    // arrival rate (1/s)
	InSystem   Values `json:"in_system,omitempty"`  // mean number in progress (1)
	// Bands are the intervals of the values of a series, by its JSON name, each
	// with 95 % confidence for its own interval of time.
	Bands map[string]Band `json:"bands,omitempty"`
}

// Band is where the values of a series lie, in the unit of the series; NaN
// where nothing is known.
type Band struct {
	Lo Values `json:"lo"`
	Hi Values `json:"hi"`
}

// ServiceSeries is a service over time.
type ServiceSeries struct {
	Utilization Values `json:"utilization,omitempty"` // (1)
	Present     Values `json:"present,omitempty"`     // (1)
	// Bands are as those of a [WorkloadSeries].
	Bands map[string]Band `json:"bands,omitempty"`
}

// Objective is the judgement of one objective.
type Objective struct {
	Subject string   `json:"subject"`
	Metric  string   `json:"metric"`
	Limit   float64  `json:"limit"` // in the unit of the metric: (s), (1/s) or (1)
	Value   Estimate `json:"value,omitzero"`
	Verdict Verdict  `json:"verdict"`
}

// Verdict is a judgement with three values: an interval that straddles the limit neither
// passes nor fails.
type Verdict string

const (
	Pass      Verdict = "pass"
	Fail      Verdict = "fail"
	Undecided Verdict = "undecided"
)

// Caveat is a reservation about a result: an assumption that does not hold, a
// feature left out, a bound that bit. It travels with the numbers.
type Caveat struct {
	What   string `json:"what"`
	Where  string `json:"where,omitempty"`
	Effect string `json:"effect,omitempty"`
}
