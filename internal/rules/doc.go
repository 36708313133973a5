// Package rules holds the rules of the language that are the same in simulated
// time and in real time: how popular keys are, what a cache keeps, when a
// circuit breaker opens, how long a backoff is. Each is a small state machine
// that is told what time it is and given its draws; none knows a clock, a
// calendar or a random stream.
package rules
