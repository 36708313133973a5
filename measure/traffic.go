package measure

import "time"

// TrafficSchema is the version of the JSON form of a [Traffic].
const TrafficSchema = "headroom/traffic/v1"

// Traffic is what a log tells of the requests that a live system was asked for.
type Traffic struct {
	Schema   string    `json:"schema"`
	Sources  []string  `json:"sources"` // files, in order
	Format   string    `json:"format"`
	Began    time.Time `json:"began"` // of the first request
	Span     float64   `json:"span"`  // from the first to the last request (s)
	Requests int64     `json:"requests"`
	Lines    int64     `json:"lines"`           // read, empty ones excluded
	Bad      int64     `json:"bad,omitempty"`   // lines that could not be read
	Grain    float64   `json:"grain"`           // of the stamps (s)
	Ended    bool      `json:"ended,omitempty"` // stamps are of ends, and no times are told: a request came before its stamp

	Rate     Estimate `json:"rate"`      // mean over the span (1/s)
	Errors   Estimate `json:"errors"`    // share answered with a status of 5xx (1)
	Busy     Busy     `json:"busy"`      // the busiest hour, or all of a shorter log
	PeakRate float64  `json:"peak_rate"` // of the busiest interval of the series (1/s)

	Routes   []Route          `json:"routes"` // by falling number of requests
	Statuses map[string]int64 `json:"statuses"`

	Gaps       *Gaps        `json:"gaps,omitempty"`       // in the busy hour; nil where stamps are too coarse
	Dispersion []Dispersion `json:"dispersion,omitempty"` // in the busy hour, by rising window
	Popularity *Popularity  `json:"popularity,omitempty"`
	Sessions   *Sessions    `json:"sessions,omitempty"`

	Series *TrafficSeries `json:"series,omitempty"`
	// Day is the mean rate by hour of the day, Week by day of the week from
	// Monday, in the zone of the stamps; nil of a log that is shorter.
	Day  Values `json:"day,omitempty"`  // (1/s)
	Week Values `json:"week,omitempty"` // (1/s)

	Arrivals string   `json:"arrivals"` // of the busy hour, in the language of scenarios
	Caveats  []Caveat `json:"caveats,omitempty"`
}

// Busy is a stretch of a log.
type Busy struct {
	From float64  `json:"from"` // since the first request (s)
	Span float64  `json:"span"` // (s)
	Rate Estimate `json:"rate"` // (1/s)
}

// Route is requests that ask for the same kind of thing.
type Route struct {
	Name     string           `json:"name"` // "GET /users/{id}"
	Requests int64            `json:"requests"`
	Share    float64          `json:"share"`             // of all requests (1)
	Errors   float64          `json:"errors"`            // share answered with a status of 5xx (1)
	Bytes    float64          `json:"bytes,omitempty"`   // mean length of an answer (B)
	Response *Spread          `json:"response,omitzero"` // where the log tells how long requests took
	Statuses map[string]int64 `json:"statuses,omitempty"`
	Example  string           `json:"example,omitempty"` // of a path
	Merged   int              `json:"merged,omitempty"`  // routes that are told together here
}

// Spread is how something is distributed: times (s) or counts (1). Quantiles
// are within 1 %.
type Spread struct {
	Count int64    `json:"count"`
	Mean  Estimate `json:"mean"` // (s) or (1)
	CV    float64  `json:"cv"`   // standard deviation over mean (1)
	P50   float64  `json:"p50"`  // (s) or (1)
	P95   float64  `json:"p95"`  // (s) or (1)
	P99   float64  `json:"p99"`  // (s) or (1)
	// Curve are the quantiles 0.05, 0.10, … 0.95 (s) or (1).
	Curve Values `json:"curve,omitempty"`
}

// Gaps are the times between arrivals.
type Gaps struct {
	Mean Estimate `json:"mean"` // (s)
	SCV  Estimate `json:"scv"`  // variance over squared mean (1)
}

// Dispersion is the index of dispersion for counts: variance over mean of the
// number of requests in a window; 1 of a Poisson process.
type Dispersion struct {
	Window float64  `json:"window"` // (s)
	Index  Estimate `json:"index"`  // (1)
}

// Popularity is how unevenly addresses are asked for: as a Zipf law.
type Popularity struct {
	Skew  Estimate `json:"skew"`  // exponent (1)
	Keys  int      `json:"keys"`  // different addresses seen
	Top   float64  `json:"top"`   // share of the most popular one (1)
	Hot   float64  `json:"hot"`   // share of the most popular tenth (1)
	Once  float64  `json:"once"`  // share of the addresses that were asked for once (1)
	Other float64  `json:"other"` // share of requests for addresses beyond those kept (1)
}

// Sessions are requests of one client without a long pause.
type Sessions struct {
	By       string   `json:"by"`   // what tells clients apart
	Idle     float64  `json:"idle"` // pause that ends a session (s)
	Count    int64    `json:"count"`
	Clients  int64    `json:"clients"`
	Rate     Estimate `json:"rate"`               // sessions that begin (1/s)
	Present  float64  `json:"present"`            // mean number in the busy hour (1)
	Length   *Spread  `json:"length"`             // requests of one (1)
	Duration *Spread  `json:"duration"`           // from the first to the last request (s)
	Think    *Spread  `json:"think,omitempty"`    // from an answer to the next request, or from request to request where times are not told (s)
	Measured bool     `json:"measured,omitempty"` // think times run from answers
}

// TrafficSeries is the load over time.
type TrafficSeries struct {
	Interval float64           `json:"interval"`           // (s)
	Rate     Values            `json:"rate"`               // (1/s)
	Errors   Values            `json:"errors,omitempty"`   // share of 5xx (1)
	Response Values            `json:"response,omitempty"` // mean time taken (s)
	Routes   map[string]Values `json:"routes,omitempty"`   // of the most frequent routes (1/s)
}
