//go:build unix

package queueing

import (
	"syscall"
	"time"
)

// processorTime is that of the process so far, collection of garbage included.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
