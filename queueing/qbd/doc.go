// Package qbd solves quasi-birth–death processes by matrix-analytic methods.
//
// A [Process] is a chain that moves between levels one at a time, by the same
// rates from some level up: a line whose arrivals and services come in phases.
// Its [Solution] is where it is in the long run, level by level.
//
// [PH] are times and [MAP] arrivals in phases, [NewMAPPHc] the station that they
// make together, with the distributions of its times. [FitTwo], [FitThree] and
// [Bursty] fit phases to what is known of times and arrivals.
//
// Everything is exact up to rounding: inverses are found without a subtraction,
// so small probabilities keep their digits. It never truncates the line and
// never draws a random number. Rates are per second, though any unit that is
// used throughout will do.
package qbd
