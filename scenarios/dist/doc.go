// Package dist holds the distributions of the scenario language: service
// demands, think times, gaps between arrivals, latencies and counts.
//
// A [Dist] is an immutable value. It knows its moments, distribution function,
// quantiles and Laplace–Stieltjes transform, and it draws samples by exact
// methods. [Parse] reads one as the language writes it, such as
//
//	exp(3ms)   lognormal(p50=0.3ms, p99=2ms)   mixture(90%: exp(1ms), 10%: 50ms)
//
// and [Dist.String] writes it so that it parses back to the same value. Every
// value is in base units: seconds for a time, bare numbers for a count.
//
// The package does no input or output (a file of samples is read through
// [Env.ReadFile]), keeps no state, and holds no random generator of its own.
package dist
