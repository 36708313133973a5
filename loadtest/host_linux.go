//go:build linux

package loadtest

import (
	"bytes"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/headroom/headroom/measure"
)

func fillHost(h *measure.Host) {
	h.CPU = cpuModel(readFile("/proc/cpuinfo"))
	var name unix.Utsname
	if unix.Uname(&name) == nil {
		h.Kernel = unix.ByteSliceToString(name.Release[:])
	}
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) == nil {
		h.Memory = int64(info.Totalram) * int64(info.Unit) //nolint:unconvert // of other widths on other processors
	}
}

// cpuModel reads the first processor that /proc/cpuinfo names.
func cpuModel(text []byte) string {
	for line := range bytes.Lines(text) {
		key, value, _ := strings.Cut(string(line), ":")
		switch strings.TrimSpace(key) {
		case "model name", "Processor", "cpu model":
			return strings.TrimSpace(value)
		}
	}
	return ""
}
