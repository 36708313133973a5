package loadtest

import (
	"os"
	"syscall"
)

// mostResident is the most memory a process has had (MiB).
func mostResident(p *os.ProcessState) float64 {
	if used, ok := p.SysUsage().(*syscall.Rusage); ok {
		return float64(used.Maxrss) / 1024
	}
	return 0
}
