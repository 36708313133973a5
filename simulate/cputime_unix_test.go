//go:build unix

package simulate

import (
	"time"

	"golang.org/x/sys/unix"
)

// cpuTime is the processor time that this process has used. On a machine with
// other things to do it tells more about a program than the clock.
func cpuTime() time.Duration {
	var used unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &used) != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
