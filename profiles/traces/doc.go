// Package traces learns a scenario from distributed traces: who asks whom, how
// often, one after the other or at once, what an operation takes by itself, how
// requests arrive. [Read] takes OTLP in JSON or protobuf, Jaeger JSON and Zipkin
// v2 JSON from a file or a directory, plain or gzip, and keeps no more spans than
// it is told; [Learned.Scenario] writes what it saw in the language, with where
// each number comes from, and what traces cannot tell as notes.
//
// The time of an operation itself is that of its span minus the union of the
// intervals of its calls, never the span's whole duration. Traces of a
// simulation say besides how long a request waited for a core; there what counts
// is the demand alone. In other traces waiting is in the self time, which is why
// they are best taken at low load.
package traces
