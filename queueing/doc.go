// Package queueing predicts with formulas: one station at a time, and whole
// networks of them.
//
// It has two layers. The lower one works on plain numbers and can be used
// alone: single stations, from [NewMM1] and [NewMMc] by way of [NewMG1],
// [NewPS], [NewGIM1], [NewGIG1] and priorities ([NewMG1Priority]) to
// approximations ([NewGGc]), each with its [Figures] and the distributions
// ([Time]) of its waiting and response time where they are known; how many
// servers are needed ([ErlangC], [ServersForLoss]); parallel branches ([Join],
// [ForkJoin]); transforms turned back into distributions ([Survival]); bulk
// service ([SolveBulk]); open networks ([ProductForm], [QNA]), closed ones
// ([MVA], [Convolution], [MixedMVA], [Schweitzer], [Linearizer]) and bounds on
// them. The upper one, [Solve], reads a scenario's model, takes every service
// for a station of the lower layer, puts the transforms of the stations
// together along the steps of each request, and turns the whole back into
// percentiles.
//
// It never simulates, never draws a random number and never reads a file. What
// a formula does not cover is a caveat on the result, never a guess in silence,
// and a station that cannot carry its load gives an [UnstableError], never a
// number.
//
// Rates are per second and times in seconds, though the lower layer is content
// with any unit of time that is used throughout.
package queueing
