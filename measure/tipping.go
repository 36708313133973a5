package measure

// Tipping says which spikes of the load a system does not come back from by
// itself: it is metastable where there are any ([BrAC21]).
type Tipping struct {
	Patience float64        `json:"patience"` // after a spike, until it is looked at (s)
	Runs     int            `json:"runs"`     // of every spike, with different random numbers (1)
	Highest  float64        `json:"highest"`  // load that was tried, as a multiple of the scenario's (1)
	Spikes   []TippingSpike `json:"spikes"`
	// BreaksAt is the least load, as a multiple of the scenario's, that it does
	// not carry when it lasts (1); 0 where there is none up to the highest.
	BreaksAt float64 `json:"breaks_at,omitempty"`
	// ReturnsAt is the largest load at which it comes back once it is down, as a
	// multiple of the scenario's (1); 0 where nothing brings it down, or where it
	// comes back at none that was tried.
	ReturnsAt float64 `json:"returns_at,omitempty"`
}

// TippingSpike is the tipping point of spikes of one length.
type TippingSpike struct {
	Length float64 `json:"length"`           // (s)
	Holds  float64 `json:"holds"`            // the highest load found that it comes back from, as a multiple of the scenario's (1)
	Breaks float64 `json:"breaks,omitempty"` // the lowest found that it does not; 0 where there is none up to the highest (1)
}
