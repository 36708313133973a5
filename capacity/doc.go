// Package capacity asks many solutions or simulations one question: what if
// ([Sweep]), what matters ([Elasticities], [Sobol]), how many do we need
// ([Size]), what breaks first ([Ladder]), and when do we run out ([Forecast]).
//
// It knows no formula of queueing and simulates nothing itself: engines do,
// and package reports/gate judges. It reads no clock, prints nothing, and
// writes nothing but the journal of a sweep that was asked for.
package capacity
