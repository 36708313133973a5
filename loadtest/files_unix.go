//go:build unix

package loadtest

import "golang.org/x/sys/unix"

// openFiles is how many files this process may have open; 0 = not known.
func openFiles() uint64 {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return uint64(limit.Cur) // signed on some systems
}
