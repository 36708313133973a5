package measure

// Test is what a load that changed over time, or faults, did to a system.
type Test struct {
	Name     string     `json:"name"`               // empty for a load that did not change
	Kind     string     `json:"kind,omitempty"`     // of the test, as "spike"
	Duration float64    `json:"duration"`           // (s)
	Peak     float64    `json:"peak_load"`          // the largest factor of the load (1)
	Recovery []Recovery `json:"recovery,omitempty"` // after each disturbance, by workload

	// Verdict is the answer to the question of a test of this kind, and Answer
	// says it in words; both are empty where there is none.
	Verdict Verdict `json:"verdict,omitempty"`
	Answer  string  `json:"answer,omitempty"`

	Levels     []Level     `json:"levels,omitempty"`     // of a load in steps, in the order of the test
	Scaling    []Scaling   `json:"scaling,omitempty"`    // of a scalability test, by workload
	Stress     []Stress    `json:"stress,omitempty"`     // of a stress test, by workload
	Drift      []Drift     `json:"drift,omitempty"`      // of a soak test
	Breakpoint *Breakpoint `json:"breakpoint,omitempty"` // of a breakpoint test
}

// Recovery is how a workload came back after a disturbance: a spike of the load
// or a fault.
type Recovery struct {
	Workload string  `json:"workload"`
	After    string  `json:"after"` // what it recovered from
	Began    float64 `json:"began"` // when the disturbance began, from the start of the test (s)
	Ended    float64 `json:"ended"` // when it ended (s)
	Usual    float64 `json:"usual"` // mean response time without it (s)
	Bound    float64 `json:"bound"` // recovered when the mean response time stays below (s)
	// Time is from the end of the disturbance until the workload has recovered
	// (s); absent when it did so in no run.
	Time Estimate `json:"time,omitzero"`
	// Recovered is the share of the runs in which it had recovered at the end (1).
	Recovered float64 `json:"recovered"`
	// Slowest is the largest mean response time of a window of 100 requests or
	// more, from the beginning of the disturbance until it was calm again or the
	// test ended (s).
	Slowest Estimate `json:"slowest,omitzero"`
	// Lost is how many requests failed in that time (1).
	Lost Estimate `json:"lost,omitzero"`
	// Worst is the largest number in progress from the beginning of the
	// disturbance until the end of the test (1).
	Worst Estimate `json:"worst,omitzero"`
}
