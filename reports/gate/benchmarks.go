package gate

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/headroom/headroom/measure"
)

// Benchmarks writes runs in the format of Go's benchmarks, a line for each
// workload of each run, so that benchstat compares two files of them.
func Benchmarks(w io.Writer, runs []*measure.Result) error {
	var b strings.Builder
	for i, r := range runs {
		if i == 0 {
			if h := r.Run.Host; h != nil {
				fmt.Fprintf(&b, "goos: %s\ngoarch: %s\n", h.OS, h.Arch)
				if h.CPU != "" {
					fmt.Fprintf(&b, "cpu: %s\n", h.CPU)
				}
			}
			fmt.Fprintf(&b, "pkg: headroom/%s\n", benchName(r.Scenario.Name))
		}
		for _, name := range workloadsOf([]*measure.Result{r}) {
			line := benchLine(r, name)
			if line != "" {
				fmt.Fprintf(&b, "Benchmark%s %d%s\n", benchName(name), max(r.Run.Requests, 1), line)
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// benchLine are the figures of a workload: times in ns, so that benchstat
// scales them, and the rest by names of their own.
func benchLine(r *measure.Result, workload string) string {
	var b strings.Builder
	for _, m := range []struct{ metric, unit string }{
		{"mean", "ns/op"},
		{"p50", "p50-ns"},
		{"p95", "p95-ns"},
		{"p99", "p99-ns"},
		{"cpu", "cpu-ns/op"},
		{"throughput", "req/s"},
		{"errors", "errors/op"},
		{"allocations", "B/op"},
	} {
		v, ok := value(r, workload, m.metric)
		if !ok {
			continue
		}
		if unit(m.metric) == "s" {
			v *= 1e9
		}
		fmt.Fprintf(&b, " %.6g %s", v, m.unit)
	}
	return b.String()
}

// benchName makes a name of a benchmark: it begins with a capital letter and has
// no space.
func benchName(text string) string {
	out := []rune(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '/' || r == '_' {
			return r
		}
		return '_'
	}, text))
	if len(out) == 0 {
		return "X"
	}
	out[0] = unicode.ToUpper(out[0])
	return string(out)
}
