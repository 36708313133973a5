package measure

// Test is what a load that changed over time, or faults, did to a system.
type Test struct {
	Name     string     `json:"name"`               // empty for a load that did not change
	Kind     string     `json:"kind,omitempty"`     // of the test, as "spike"
	Duration float64    `json:"duration"`           // (s)
	Peak     float64    `json:"peak_load"`          // the largest factor of the load (1)
	Recovery []Recovery `json:"recovery,omitempty"` // after each disturbance, by workload
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
	// Worst is the largest number in progress from the beginning of the
	// disturbance until the end of the test (1).
	Worst Estimate `json:"worst,omitzero"`
}
