//go:build !unix

package lean

import "syscall"

// rawOf returns nothing: there is no short way here.
func rawOf(any) syscall.RawConn { return nil }

func (d *dash) step(uintptr) bool { return true }

// isQuiet takes a connection for open where the system cannot be asked: then a
// request that must not be sent twice may fail on one that was just closed.
func isQuiet(int) bool { return true }
