package gate

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"text/tabwriter"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/reports/gate/paired"
	"github.com/headroom/headroom/scenarios"
)

// Calibration is what a gate would do on a machine where both sides are the
// same build.
type Calibration struct {
	Schema      string   `json:"schema"`
	Scenario    string   `json:"scenario"`
	Pairs       int      `json:"pairs"`
	FalseAlarms float64  `json:"false_alarms"` // share of the ways to swap the sides of pairs that would be called a regression (1)
	Undecided   float64  `json:"undecided"`    // likewise, undecided (1)
	Ways        int      `json:"ways"`         // that were tried
	Metrics     []Noise  `json:"metrics"`
	Faults      []string `json:"faults,omitempty"`
	Notes       []string `json:"notes,omitempty"`
	Command     string   `json:"command,omitempty"`
}

// Noise is how much pairs of the same build differ in a metric.
type Noise struct {
	Workload   string             `json:"workload,omitempty"`
	Metric     string             `json:"metric"`
	Spread     float64            `json:"spread"`               // standard deviation over pairs: a share of the metric, or for errors a difference (1)
	Tolerance  float64            `json:"tolerance"`            // (1)
	Detectable map[string]float64 `json:"detectable,omitempty"` // by number of pairs: the least change found worse 95 times in a hundred (1)
}

// mostWays bounds how many ways to swap sides are tried; all of them where there
// are fewer.
const mostWays = 1024

// counts are the numbers of pairs of which the least change is told.
func counts() []int { return []int{6, 10, 20, 40} }

// Calibrate judges pairs of the same build. Which of a pair is called base is
// arbitrary then, so that every way to swap sides is as good a gate as the one
// that happened: the share of them that alarm is the rate of false alarms, under
// all that is particular to this machine.
func Calibrate(name string, pairs []Pair, m *scenarios.Model, p *scenarios.GatePolicy) *Calibration {
	c := &Calibration{Schema: "headroom/gate-calibration/v1", Scenario: name, Pairs: len(pairs), Faults: Faults(pairs, m, p)}
	level := (1 - p.Confidence) / 2
	all := Compare(pairs, p, level)
	for i := range all {
		a := &all[i]
		if len(a.shifts) < 2 {
			continue
		}
		n := Noise{Workload: a.Workload, Metric: a.Metric, Spread: paired.Spread(a.shifts), Tolerance: a.Tolerance, Detectable: map[string]float64{}}
		for _, count := range counts() {
			beyond := paired.Detectable(n.Spread, count, level/float64(len(all)), 0.95)
			if least := math.Abs(change(a.Metric, tolerated(a.Metric, a.Tolerance)+beyond)); !math.IsInf(least, 0) {
				n.Detectable[fmt.Sprint(count)] = least
			}
		}
		c.Metrics = append(c.Metrics, n)
	}
	c.swap(all, len(pairs), level)
	if len(c.Metrics) == 0 {
		c.Faults = append(c.Faults, "nothing was measured in two pairs or more")
	}
	return c
}

// swap tries the ways to swap sides.
func (c *Calibration) swap(all []Comparison, pairs int, level float64) {
	random := rand.New(rand.NewPCG(1, uint64(pairs))) //nolint:gosec // the same ways every time
	alarms, open := 0, 0
	c.Ways = mostWays
	if pairs < 10 {
		c.Ways = 1 << pairs
	}
	for way := range c.Ways {
		signs := uint64(way)
		swapped := make([]Comparison, 0, len(all))
		flips := make([]bool, pairs)
		for i := range flips {
			if pairs <= 10 {
				flips[i] = signs>>i&1 == 1
			} else {
				flips[i] = random.Uint64()&1 == 1
			}
		}
		for i := range all {
			swapped = append(swapped, all[i].swapped(flips))
		}
		decideAll(swapped, level)
		worst := measure.Pass
		for i := range swapped {
			switch swapped[i].Verdict {
			case measure.Fail:
				worst = measure.Fail
			case measure.Undecided:
				if worst == measure.Pass {
					worst = measure.Undecided
				}
			}
		}
		switch worst {
		case measure.Fail:
			alarms++
		case measure.Undecided:
			open++
		}
	}
	c.FalseAlarms, c.Undecided = float64(alarms)/float64(c.Ways), float64(open)/float64(c.Ways)
}

// swapped is the comparison with the sides of some pairs exchanged.
func (c *Comparison) swapped(flips []bool) Comparison {
	out := *c
	out.Verdict, out.PWorse, out.PWithin, out.raw = measure.Undecided, 1, 1, 1
	if c.PWithin == 1 && c.raw == 1 && c.Why != "" && len(c.shifts) < len(flips) {
		return out // not known of every pair
	}
	out.Why = ""
	out.shifts = make([]float64, len(c.shifts))
	for i, d := range c.shifts {
		if flips[i] {
			d = -d
		}
		out.shifts[i] = d
	}
	limit := tolerated(c.Metric, c.Tolerance)
	out.raw, out.PWithin = paired.Above(out.shifts, limit), paired.Below(out.shifts, limit)
	return out
}

// Text writes a calibration for a terminal.
func (c *Calibration) Text(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: the same build against itself, %d pairs\n", c.Scenario, c.Pairs)
	for _, f := range c.Faults {
		fmt.Fprintf(&b, "  ! %s\n", f)
	}
	fmt.Fprintf(&b, "false alarms %.2g %%, undecided %.2g %% (of %d ways to call one side of each pair the baseline)\n\n", 100*c.FalseAlarms, 100*c.Undecided, c.Ways)
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "metric\tspread of pairs\ttolerated")
	for _, n := range counts() {
		fmt.Fprintf(t, "\tfound by %d", n)
	}
	fmt.Fprintln(t, "\t")
	for _, n := range c.Metrics {
		fmt.Fprintf(t, "%s\t%s\t%s", strings.TrimSpace(n.Workload+" "+n.Metric), strings.TrimPrefix(percent(n.Spread, n.Metric), "+"), percent(n.Tolerance, n.Metric))
		for _, count := range counts() {
			least, ok := n.Detectable[fmt.Sprint(count)]
			if !ok {
				fmt.Fprint(t, "\tnone")
				continue
			}
			fmt.Fprintf(t, "\t%s", percent(least, n.Metric))
		}
		fmt.Fprintln(t, "\t")
	}
	if err := t.Flush(); err != nil {
		return err
	}
	b.WriteString("\n\"found by n\": the least change for the worse that n pairs find 95 times in a hundred on this machine.\n")
	_, err := io.WriteString(w, trimLines(b.String()))
	return err
}

// CalibrationJSON writes a calibration as it is.
func CalibrationJSON(w io.Writer, c *Calibration) error { return asJSON(w, c) }
