//go:build !unix

package lean

// isQuiet takes a connection for open where the system cannot be asked: then a
// request that must not be sent twice may fail on one that was just closed.
func isQuiet(int) bool { return true }
