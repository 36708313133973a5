package measure

// Host is the machine that a measurement was made on: two measurements whose
// hosts differ cannot be compared by their times.
type Host struct {
	OS     string `json:"os"`               // as Go calls it
	Arch   string `json:"arch"`             // likewise
	CPU    string `json:"cpu,omitempty"`    // model of the processor, where the system tells
	Cores  int    `json:"cores"`            // that the process may run on
	Memory int64  `json:"memory,omitempty"` // of the machine (B)
	Kernel string `json:"kernel,omitempty"` // release
	Go     string `json:"go,omitempty"`     // version that the program was built with
}

// Pressure is how busy the host was during the measured time, as shares of
// all its cores (1) unless it says otherwise.
type Pressure struct {
	Own     float64 `json:"own"`     // used by the process that measured
	Others  float64 `json:"others"`  // used by all other processes, the system under load included where it runs here
	Stolen  float64 `json:"stolen"`  // given to others by the host of a virtual machine
	Stalled float64 `json:"stalled"` // share of the time in which some task waited for a core
}
