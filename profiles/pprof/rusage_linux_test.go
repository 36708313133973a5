package pprof

import (
	"bytes"
	"math"
	rtpprof "runtime/pprof"
	"syscall"
	"testing"
)

// usage is the processor time of this process (s), and how often others made it
// leave a processor.
func usage(t *testing.T) (seconds float64, displaced int64) {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) * 1e-9, u.Nivcsw
}

var burnt float64

//go:noinline
func burn() {
	for i := range 200_000 {
		burnt += math.Sqrt(float64(i))
	}
}

// crowded is how often a second of processor time a process is displaced on a
// machine that others work on too. Timers are looked at when the clock of the
// system ticks, and what is due twice by then counts once: who runs in slices
// shorter than the ticks is seen less than it works.
const crowded = 20

// TestProcessorTime compares the demand of real CPU profiles with the processor
// time that the system counts: at most 5 % apart where the machine is its own,
// and with that time given, everywhere.
func TestProcessorTime(t *testing.T) {
	if testing.Short() {
		t.Skip("burns seconds of processor time")
	}
	var off []float64
	for range 3 {
		var b bytes.Buffer
		began, before := usage(t)
		if err := rtpprof.StartCPUProfile(&b); err != nil {
			t.Skip("a profile is being taken already")
		}
		requests, used, after := 0, 0.0, before
		for used < 1 {
			burn()
			requests++
			used, after = usage(t)
			used -= began
		}
		rtpprof.StopCPUProfile()
		p, err := Read(&b, "cpu", Limits{})
		if err != nil {
			t.Fatal(err)
		}
		ratio := func(c Capture) float64 {
			d, err := DemandOf([]Capture{c}, "", Naming{})
			if err != nil {
				t.Fatal(err)
			}
			return find(d.Functions, "github.com/headroom/headroom/profiles/pprof.burn").Cum * float64(requests) / used
		}
		if r := ratio(Capture{Profile: p, Requests: float64(requests), CPU: used}); r < 0.95 || r > 1.0001 {
			t.Errorf("given the processor time, %.3f of it is found in the only work that there is", r)
		}
		r := ratio(Capture{Profile: p, Requests: float64(requests)})
		switch quiet := float64(after-before) < crowded*used; {
		case quiet && r >= 0.95 && r <= 1.05:
			return
		case quiet, r > 1.05, r < 0.4: // no machine is as crowded
			t.Fatalf("a profile saw %.3f of the time that the process used", r)
		}
		off = append(off, r)
	}
	t.Skipf("the machine is crowded: profiles saw %.3v of the time that the process used", off)
}
