// Package loadtest puts the load of a scenario on a live system and measures
// how the system bears it. [Run] returns a [measure.Result]; every single
// [Hit] is kept on disk as it goes.
//
// Open workloads are driven by vegeta or a sender of our own ([Engine]), along
// due times that are a function of the scenario and the seed alone ([Schedule]). The response time of a request
// runs from the moment it was due, not from when a late generator or a full
// pool of connections got round to sending it, so a stall of the system is
// charged to every request that a stall would have kept waiting. The users of
// closed workloads ask, think and ask again.
//
// Where a cap on requests in flight was reached, [CatchUp] says what becomes of
// those that were due meanwhile, and the queue that the cap makes is told apart
// from the system's own ([measure.Workload].Queue and Target).
//
// A generator that falls behind, a cap that was reached, a machine that was
// busy with something else: whatever makes a figure doubtful is a
// [measure.Caveat] of the result.
//
// The package never starts the system under test, never judges a result, and
// puts no load on anything but this machine unless the host is named in
// [Options].Allow.
package loadtest
