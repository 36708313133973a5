//go:build linux

package loadtest

import (
	"bufio"
	"bytes"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// ticksPerSecond is USER_HZ, which Linux has fixed at 100 for what it tells in
// /proc, whatever the kernel's own clock.
const ticksPerSecond = 100

func readMachine() machine {
	var m machine
	m.stalled = pressureStall(readFile("/proc/pressure/cpu"))
	m.busy, m.stolen, m.total = coreTimes(readFile("/proc/stat"))
	var used unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &used) == nil {
		m.own = float64(used.Utime.Nano()+used.Stime.Nano()) / 1e9
	}
	return m
}

// readFile returns nothing for a file that is not there.
func readFile(name string) []byte {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil
	}
	return b
}

// pressureStall reads "some avg10=… total=<µs>" (s).
func pressureStall(text []byte) float64 {
	for line := range bytes.Lines(text) {
		fields := strings.Fields(string(line))
		if len(fields) == 0 || fields[0] != "some" {
			continue
		}
		for _, f := range fields {
			if total, ok := strings.CutPrefix(f, "total="); ok {
				return number(total) / 1e6
			}
		}
	}
	return 0
}

// coreTimes reads the first line of /proc/stat: user nice system idle iowait
// irq softirq steal guest guest_nice, where user and nice hold the guests' too (s).
func coreTimes(text []byte) (busy, stolen, total float64) {
	lines := bufio.NewScanner(bytes.NewReader(text))
	if !lines.Scan() {
		return 0, 0, 0
	}
	f := strings.Fields(lines.Text())
	if len(f) < 9 || f[0] != "cpu" {
		return 0, 0, 0
	}
	for i, text := range f[1:9] {
		t := number(text) / ticksPerSecond
		total += t
		switch i {
		case 3, 4: // idle, waiting for a disk
		case 7:
			stolen = t
		default:
			busy += t
		}
	}
	return busy, stolen, total
}

func number(text string) float64 {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0
	}
	return x
}
