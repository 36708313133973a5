package foreign

import (
	"strings"
	"testing"

	"github.com/headroom/headroom/scenarios"
)

// TestExportSaysWhatItLeavesOut holds that words which no format has become
// notes, with what stands there instead.
func TestExportSaysWhatItLeavesOut(t *testing.T) {
	m, diags := scenarios.Parse("words.yaml", []byte(`headroom: 1
name: words
services: {web: {replicas: 2, operations: {page: [{cpu: exp(1ms)}]}}}
workloads: {w: {arrivals: "mmpp(100/s for 10s, 500/s for 1s)", does: web.page}}
faults: [{kill: web, at: 1s, for: 1s}]
tests: {peak: {phases: [{for: 1s, load: x2}]}}
`), nil)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	out, err := Export(JSIM, m)
	if err != nil {
		t.Fatal(err)
	}
	var notes []string
	for _, n := range out.Notes {
		notes = append(notes, n.String())
	}
	all := strings.Join(notes, "\n")
	for _, want := range []string{"workloads.w: mmpp arrivals", "taken as Poisson", "faults: faults on the timeline", "tests.peak: a load that changes"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in\n%s", want, all)
		}
	}
}
