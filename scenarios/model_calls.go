package scenarios

import "github.com/headroom/headroom/scenarios/dist"

// CallOptions say what a caller does when an answer is late or bad. The zero
// value waits for ever and takes what comes.
type CallOptions struct {
	Timeout float64 // of one attempt, from its sending (s); 0 = none
	Cancel  bool    // an attempt that is given up is taken off the callee, which otherwise works on
	Retry   *Retry
	Hedge   *Hedge
	Breaker *Breaker
}

// Plain reports whether nothing is asked beyond waiting for the answer.
func (o CallOptions) Plain() bool {
	return o.Timeout == 0 && o.Retry == nil && o.Hedge == nil && o.Breaker == nil
}

// Retry says how what failed or timed out is tried again.
type Retry struct {
	Attempts int // in all, the first included; at least 2
	// Backoff is the wait before the second attempt; before attempt n+1 it is
	// Backoff times Factor to the power n−1, at most Most.
	Backoff dist.Dist
	Factor  float64 // 1 = constant (1)
	Most    float64 // (s); +Inf = no bound
	Jitter  Jitter
	// Budget is how many retries there may be for each first attempt of this
	// step, over all callers in one replica (1); 0 = no bound. Each first attempt
	// adds Budget to a purse that holds at most max(10, 10·Budget), and starts
	// with that; a retry takes 1 out of it.
	Budget float64
}

// Jitter spreads backoffs, so that those who failed together do not come back
// together (Brooker, 2015).
type Jitter uint8

const (
	NoJitter     Jitter = iota // the backoff itself
	FullJitter                 // uniform between 0 and the backoff
	EqualJitter                // half the backoff and uniform between 0 and the other half
	Decorrelated               // uniform between the first backoff and three times the last wait, at most Most
)

// Hedge sends further copies of a call that is slow; the first good answer counts
// (Dean and Barroso, 2013).
type Hedge struct {
	After  float64 // a copy is sent when there is no answer for so long (s)
	Copies int     // in all, the first included; at least 2
}

// Breaker is a circuit breaker: one of each replica and step. Closed, it counts
// answers over Window; when at least Minimum came and a share of at least
// Failures was bad, it opens: calls fail at once for Open seconds. Then it
// lets Probes calls pass; when all are good it closes, when one is bad it
// opens again (Nygard, 2007).
type Breaker struct {
	Failures float64 // (1)
	Minimum  int
	Window   float64 // (s)
	Open     float64 // (s)
	Probes   int
}
