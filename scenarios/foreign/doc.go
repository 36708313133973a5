// Package foreign reads and writes models of other tools: the queueing networks
// of JMT ([JMVA] for its analytical solver, [JSIM] for its simulator) and layered
// queueing networks ([LQN]). [Import] turns one into the text of a scenario,
// [Export] turns a [scenarios.Model] into one of theirs.
//
// [HAR], [OpenAPI] and [Curl] are no models but requests: [Import] makes live
// operations of them and a load that asks for them.
//
// The languages do not say the same things. What cannot be carried over is a
// [Note], never left out in silence; what cannot be read is a [Mistake] with its
// line. The package knows formats only: it never solves a model, and no other
// tool needs to be installed.
//
// Foreign files have no units: a time of 1 is one second, a rate of 1 is one a
// second.
package foreign
