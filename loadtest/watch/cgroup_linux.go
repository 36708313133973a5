package watch

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/prometheus/procfs"
)

// cgroupRoot is where the unified hierarchy is mounted.
const cgroupRoot = "/sys/fs/cgroup"

// cgroupOf reads the limits and the pressure of the cgroup (version 2) of a
// process; nothing where there is none.
func cgroupOf(proc procfs.FS, pid int) []sample {
	p, err := proc.Proc(pid)
	if err != nil {
		return nil
	}
	groups, err := p.Cgroups()
	if err != nil {
		return nil
	}
	for _, g := range groups {
		if g.HierarchyID == 0 {
			return readCgroup(filepath.Join(cgroupRoot, filepath.Clean("/"+g.Path)))
		}
	}
	return nil
}

func readCgroup(dir string) []sample {
	var out []sample
	add := func(name, unit string, kind Kind, value float64, ok bool) {
		if ok {
			out = append(out, sample{Column{Name: name, Unit: unit, Kind: kind}, value})
		}
	}
	read := func(file string) string {
		text, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			return ""
		}
		return string(text)
	}
	// cpu.max is "quota period" in µs, or "max period".
	if f := strings.Fields(read("cpu.max")); len(f) == 2 {
		quota, ok := parse(f[0])
		period, ok2 := parse(f[1])
		add("cgroup.cores", "cores", Gauge, quota/period, ok && ok2 && period > 0)
	}
	limit, ok := parse(strings.TrimSpace(read("memory.max")))
	add("cgroup.memory_limit", "B", Gauge, limit, ok)
	used, ok := parse(strings.TrimSpace(read("memory.current")))
	add("cgroup.memory", "B", Gauge, used, ok)
	cpu := pairs(read("cpu.stat"))
	throttled, ok := cpu["throttled_usec"]
	add("cgroup.throttled", "1", Counter, throttled/1e6, ok)
	kills, ok := pairs(read("memory.events"))["oom_kill"]
	add("cgroup.killed", "1/s", Counter, kills, ok)
	for _, resource := range []string{"cpu", "memory", "io"} {
		stalled, ok := stallOf(read(resource + ".pressure"))
		add("cgroup."+resource+"_stall", "1", Counter, stalled, ok)
	}
	return out
}

// pairs reads lines of a name and a number.
func pairs(text string) map[string]float64 {
	out := map[string]float64{}
	for line := range strings.Lines(text) {
		if f := strings.Fields(line); len(f) == 2 {
			if x, ok := parse(f[1]); ok {
				out[f[0]] = x
			}
		}
	}
	return out
}

// stallOf reads "some avg10=… total=<µs>" of a pressure file (s).
func stallOf(text string) (float64, bool) {
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) == 0 || f[0] != "some" {
			continue
		}
		for _, word := range f[1:] {
			if total, ok := strings.CutPrefix(word, "total="); ok {
				x, ok := parse(total)
				return x / 1e6, ok
			}
		}
	}
	return 0, false
}

func parse(text string) (float64, bool) {
	x, err := strconv.ParseFloat(text, 64)
	return x, err == nil && x >= 0 && x < 1e18
}
