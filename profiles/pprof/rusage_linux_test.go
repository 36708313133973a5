package pprof

import (
	"bytes"
	"math"
	rtpprof "runtime/pprof"
	"syscall"
	"testing"
)

func processTime(t *testing.T) float64 {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) * 1e-9
}

var burnt float64

//go:noinline
func burn() {
	for i := range 200_000 {
		burnt += math.Sqrt(float64(i))
	}
}

// TestProcessorTime compares the demand of real CPU profiles with the processor
// time that the system counts, 5 % apart at most. It is a ratio of processor
// times, whatever else the machine does; but where a hypervisor takes time away,
// ticks of the profiler are lost, so that one capture in five must agree.
func TestProcessorTime(t *testing.T) {
	if testing.Short() {
		t.Skip("burns a second of processor time")
	}
	var off []float64
	for range 5 {
		var b bytes.Buffer
		began := processTime(t)
		if err := rtpprof.StartCPUProfile(&b); err != nil {
			t.Skip("a profile is being taken already")
		}
		requests := 0
		for processTime(t)-began < 1 {
			burn()
			requests++
		}
		rtpprof.StopCPUProfile()
		used := processTime(t) - began
		p, err := Read(&b, "cpu", Limits{})
		if err != nil {
			t.Fatal(err)
		}
		d, err := DemandOf([]Capture{{Profile: p, Requests: float64(requests)}}, "", Naming{})
		if err != nil {
			t.Fatal(err)
		}
		ratio := d.Total.Value * float64(requests) / used
		if math.Abs(ratio-1) <= 0.05 {
			return
		}
		off = append(off, ratio)
	}
	t.Errorf("profiles saw %.3v of the time that the process used", off)
}
