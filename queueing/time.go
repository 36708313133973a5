package queueing

// Time is the distribution of a time that is never negative, such as the
// waiting time at a station.
type Time interface {
	Mean() float64     // (s)
	Variance() float64 // (s²); +Inf where there is none

	// CDF is the probability that the time is t seconds at most, Survival that
	// it is longer; each keeps its digits where it is small.
	CDF(t float64) float64
	Survival(t float64) float64

	// Quantile is the smallest t (s) with CDF(t) ≥ p; 0 for p ≤ 0 and +Inf for
	// p ≥ 1. It is NaN for a p that is not a number.
	Quantile(p float64) float64

	// LST is the Laplace–Stieltjes transform E[exp(−s·T)], for Re s ≥ 0.
	LST(s complex128) complex128
}

// Station is what every single station of this package has to say.
type Station interface {
	Figures() Figures
	// Waiting and Response are the times of one visit, in line and altogether.
	// They are nil where they are not known.
	Waiting() Time
	Response() Time
}

// Figures are the steady-state means and probabilities of one station.
type Figures struct {
	Throughput  float64 // visits completed (1/s)
	Utilization float64 // share of the servers that is busy (1); for M/M/∞ it is 0
	Present     float64 // mean number at the station, L (1)
	InLine      float64 // mean number waiting, Lq (1); 0 under processor sharing
	PWait       float64 // probability that an arrival finds every server busy (1)
	PIdle       float64 // probability that one or more servers are idle (1)
	PLoss       float64 // probability that an arrival is turned away (1)
	Waiting     float64 // mean time in line of one visit (s); 0 under processor sharing
	Response    float64 // mean time of one visit (s)
}
