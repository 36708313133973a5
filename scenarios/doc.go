// Package scenarios is the language in which a system and its load are
// written down: it reads a scenario file, says everything that is wrong with it
// at once and where ([Diagnostics]), and compiles it to the [Model] that every
// engine interprets. It also holds the library of scenarios that come with
// headroom ([Library]) and the JSON Schema that an editor can use ([Schema]).
//
// A scenario goes through three steps, each usable alone:
//
//	ReadSpec   text      → Spec     as written, every value with its place
//	Spec.Set   overrides → Spec     "services.db.replicas=3"
//	Compile    Spec      → Model    names resolved, seconds, defaults, checked
//
// [Parse] does all three, and [Load] finds the text first. The package never
// computes a performance figure, and knows no engine.
package scenarios
