//go:build unix

package queueing

import (
	"syscall"
	"testing"
	"time"
)

// byProcessorTime runs a benchmark and adds what it took of the processors, which
// neighbours on a busy machine change less than the time on the wall.
func byProcessorTime(b *testing.B, once func() error) {
	b.ReportAllocs()
	before := processorTime(b)
	for b.Loop() {
		if err := once(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(processorTime(b)-before)/float64(b.N), "cpu-ns/op")
}

// processorTime is that of the process so far, collection of garbage included.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
