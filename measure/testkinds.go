package measure

// Level is how a workload fared while the load stayed the same: a step of a
// test, or a rung of a search, without the time in which it settled.
type Level struct {
	Workload   string   `json:"workload"`
	Load       float64  `json:"load"`                // factor of the load (1)
	Seconds    float64  `json:"seconds"`             // that were looked at (s)
	Offered    Estimate `json:"offered,omitzero"`    // (1/s)
	Throughput Estimate `json:"throughput,omitzero"` // of requests answered well (1/s)
	Failed     Estimate `json:"failed,omitzero"`     // share of the requests that ended (1)
	InSystem   Estimate `json:"in_system,omitzero"`  // mean number in progress (1)
	Mean       Estimate `json:"mean,omitzero"`       // response time (s)
	P99        Estimate `json:"p99,omitzero"`        // (s)
	// Verdict says of a rung whether it held, and Why why not.
	Verdict Verdict `json:"verdict,omitempty"`
	Why     string  `json:"why,omitempty"`
}

// Scaling is how the throughput of a workload grew with its load.
type Scaling struct {
	Workload string `json:"workload"`
	// Knee is the load at which throughput over response time is largest (1).
	Knee float64 `json:"knee,omitempty"`
	// Limit is the largest load that was answered in full (1); 0 where none was.
	Limit float64 `json:"limit,omitempty"`
	// Contention (1), Coherency (1) and Rate (1/s) are α, β and γ of the
	// universal scalability law, throughput against the number in progress.
	Contention Estimate `json:"contention,omitzero"`
	Coherency  Estimate `json:"coherency,omitzero"`
	Rate       Estimate `json:"rate,omitzero"`
	// Peak is the number in progress at which that law has its greatest
	// throughput (1), and PeakThroughput that (1/s); absent where it has none.
	Peak           Estimate `json:"peak,omitzero"`
	PeakThroughput Estimate `json:"peak_throughput,omitzero"`
}

// Stress is what a workload did beyond the limit of the system.
type Stress struct {
	Workload string  `json:"workload"`
	Best     float64 `json:"best"` // largest throughput of a window beyond the limit, or of any where none was (1/s)
	At       float64 `json:"at"`   // load at which it was seen (1)
	Kept     float64 `json:"kept"` // throughput of the worst window beyond the limit after that, as a share of it (1)
	// Reached says that the load went beyond what was answered.
	Reached bool `json:"reached"`
}

// Drift is whether a figure went up or down in the course of a test.
type Drift struct {
	What   string   `json:"what"`            // the figure, as "shoppers p99"
	Level  float64  `json:"level"`           // its median, in its own unit: (s), (1/s), (1) or (B)
	Change Estimate `json:"change,omitzero"` // over the whole test, by Theil and Sen's slope, in that unit
	P      float64  `json:"p"`               // probability of a trend as strong by chance, all figures of the test considered (1)
	Drifts bool     `json:"drifts"`          // it changed for the worse, and by more than chance and 5 % of its level
}

// Breakpoint is the largest load that met the objectives.
type Breakpoint struct {
	// The breakpoint lies between the two.
	Held  float64 `json:"held"`  // the largest load that held, 0 where none did (1)
	Broke float64 `json:"broke"` // the smallest that did not, 0 where all held (1)
	// Rates are those of the workloads at Held (1/s).
	Rates map[string]float64 `json:"rates,omitempty"`
}

// Validity says whether a measurement may be believed at all.
type Validity struct {
	Valid   bool     `json:"valid"`
	Reasons []string `json:"reasons,omitempty"` // why not
}
