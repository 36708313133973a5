package scenarios

import "github.com/headroom/headroom/scenarios/dist"

// CallOptions say what a caller does when an answer is late or bad. The zero
// value waits for ever and takes what comes.
type CallOptions struct {
	// Timeout is how long one attempt may take, all its copies together, from
	// its sending (s); 0 = none.
	Timeout float64
	// Cancel takes what is given up off the callee at once, with all that was
	// asked for its sake: from lines, cores, waits and nested calls. Otherwise
	// the callee works on, and its late answer is discarded. Given up are the
	// copies of an attempt that timed out, those that another copy was faster
	// than, and the calls of a [FanOut] that are not waited for any more.
	Cancel  bool
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
	// step, over all callers in one replica, or over all users of a workload (1);
	// 0 = no bound. Each first attempt adds Budget to a purse that holds at most
	// max(10, 10·Budget), and starts with that; a retry takes 1 out of it, and
	// without that there is none.
	Budget float64
}

// Jitter spreads backoffs, so that those who failed together do not come back
// together [Broo15].
type Jitter uint8

const (
	NoJitter     Jitter = iota // the backoff itself
	FullJitter                 // uniform between 0 and the backoff
	EqualJitter                // half the backoff and uniform between 0 and the other half
	Decorrelated               // uniform between the first backoff and three times the last wait, at most Most; Factor is not used
)

// Hedge sends further copies of a call that is slow, each to a replica that has
// none as long as there is one; the first good answer counts [DeBa13]. The
// attempt fails when all copies that were sent have failed.
type Hedge struct {
	After  float64 // a copy is sent when there is no answer for so long (s); 0 = all at once
	Copies int     // in all, the first included; at least 2
}

// Breaker is a circuit breaker: one of each replica and step, or of each
// workload and step. Closed, it counts attempts over Window (in ten parts, the
// oldest forgotten as a whole); when at least Minimum came and a share of at least
// Failures was bad, it opens: calls fail at once for Open seconds. Then it
// lets Probes calls pass; when all are good it closes, when one is bad it
// opens again [Nyga07].
type Breaker struct {
	Failures float64 // (1)
	Minimum  int
	Window   float64 // (s)
	Open     float64 // (s)
	Probes   int
}
