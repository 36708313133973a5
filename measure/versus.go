package measure

// VersusSchema is the version of the JSON form of a [Versus].
const VersusSchema = "headroom/versus/v1"

// Versus is by how much two systems differ that were simulated with the same
// random numbers, replication by replication. What chance does to both alike is
// not in the differences: their intervals are narrower than those of the two
// results tell.
type Versus struct {
	Schema       string       `json:"schema"`
	Base         *Result      `json:"base"`
	Other        *Result      `json:"other"`
	Differences  []Difference `json:"differences,omitempty"`
	Replications int          `json:"replications"` // pairs of runs with common random numbers
	Caveats      []Caveat     `json:"caveats,omitempty"`
}

// Difference is by how much one figure differs. Figures are in the unit that
// the field of a result of that name has.
type Difference struct {
	Kind    string   `json:"kind"`    // "workload", "service" or "topic"
	Subject string   `json:"subject"` // its name
	Metric  string   `json:"metric"`  // as in objectives: "mean", "p99", "utilization", …
	Base    Estimate `json:"base"`
	Other   Estimate `json:"other"`
	By      Estimate `json:"by"`             // other − base
	Ratio   Estimate `json:"ratio,omitzero"` // other / base (1); not known where base is 0
	// Gain is the variance of a difference of independent runs by that of this
	// one (1): how many times longer those would have to be. Not known where
	// this one has no variance.
	Gain Estimate `json:"gain,omitzero"`
}

// Known reports whether the sign of the difference is known: whether its
// interval leaves out 0.
func (d Difference) Known() bool {
	return d.By.Known() && (d.By.Lo > 0 || d.By.Hi < 0)
}
