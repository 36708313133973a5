//go:build !unix

package queueing

import "time"

// processorTime is not known here.
func processorTime() time.Duration { return 0 }
