// Package pprof reads profiles of running programs in the pprof format and
// turns them into what a model wants to know: processor seconds a request by
// operation, package and function, waiting for locks and pools by their place,
// and what got dearer from one version to the next.
//
// It reads bytes that somebody captured; it never talks to a process. It alone
// knows the library that parses the format, and gives away plain types.
package pprof
