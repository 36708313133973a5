//go:build !unix

package simulate

import "time"

// epoch is when the tests began.
var epoch = time.Now()

// cpuTime is, for want of the processor time, that of the clock.
func cpuTime() time.Duration { return time.Since(epoch) }
