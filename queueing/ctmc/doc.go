// Package ctmc solves finite Markov chains in continuous time: where they are
// after a time t, and where they are in the long run.
//
// A [Chain] holds the generator by sparse rows. It is made from a rule that
// lists the moves out of a state, either over numbered states ([New]) or over
// states of any kind that are found by following the moves ([Explore]), and is
// the exact answer that formulas are compared with. Times are in seconds and
// rates per second, though any unit that is used throughout will do.
//
// It never draws a random number, and it never cuts a chain short: who models
// an endless line decides where it ends.
package ctmc
