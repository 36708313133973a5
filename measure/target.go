package measure

// Target is what monitors saw, over the measured time, of the system under
// load as a whole ([WholeTarget]) or of one of its services: each resource by
// its utilization, saturation and errors, and requests by rate, errors and
// duration, as the target itself counts them.
type Target struct {
	Resources map[string]*Resource `json:"resources,omitempty"`
	Requests  map[string]*Handled  `json:"requests,omitempty"` // by the name and the labels of a metric
	Profile   string               `json:"profile,omitempty"`  // file of a CPU profile of the measured time
}

// WholeTarget is the name of the system as a whole among the parts that are watched.
const WholeTarget = "(system)"

// Resource is something that a target uses: processor, memory, descriptors,
// threads, disk, network.
type Resource struct {
	Unit        string   `json:"unit"`                 // of Use and Most: "cores", "B", "B/s" or "1"
	Use         Estimate `json:"use,omitzero"`         // mean, in its unit
	Most        Estimate `json:"most,omitzero"`        // largest of an interval of the series, in its unit
	Utilization Estimate `json:"utilization,omitzero"` // mean share of what there is (1)
	Saturation  Estimate `json:"saturation,omitzero"`  // mean number of threads that waited for it, or where only that is known the share of time in which one did (1)
	Errors      Estimate `json:"errors,omitzero"`      // what was refused, dropped or killed for want of it (1/s)
}

// Handled is requests as the target counts them.
type Handled struct {
	Rate Estimate `json:"rate,omitzero"` // (1/s)
	Mean Estimate `json:"mean,omitzero"` // duration (s)
	P99  Estimate `json:"p99,omitzero"`  // duration, interpolated between the bounds of its buckets (s)
}

// Metric is a figure of a monitor over time.
type Metric struct {
	Unit   string `json:"unit,omitempty"` // of the values, where it is known
	Values Values `json:"values"`         // one an interval, in the unit
}
