// Package estimate finds the parameters of a model that measurements speak of:
// service demands, thread limits, latencies.
//
// The estimators work on plain numbers. What needs a model takes it as a
// function: nothing here knows an engine. Each says how sure it is, and which
// parameters the data cannot tell apart; those it refuses to guess.
package estimate
