// Package arch holds no code: its tests read the source tree and hold it to
// the shape that ARCHITECTURE.md describes. They run with every other test and
// need nothing installed.
package arch
