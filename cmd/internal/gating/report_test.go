package gating

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/headroom/headroom/reports/gate"
	"github.com/headroom/headroom/scenarios"
)

// TestGateStudy makes gates of ten pairs of what TestGateStudyRecord recorded and
// prints how often they alarm: the table of docs/accuracy.md.
//
// Pairs in which the generator was late are left out, as gate run would measure
// them again; how many is told. That others used the machine is not held
// against them: it was shared. Gates are of ten pairs in a row, and of ten drawn
// without replacement, 2000 times with a fixed seed: those share pairs, so that
// the first column is the sample and the second a finer reading of it.
func TestGateStudy(t *testing.T) {
	dir := os.Getenv("HEADROOM_GATE_STUDY")
	if dir == "" {
		t.Skip("wants a recording; HEADROOM_GATE_STUDY=DIR names it")
	}
	policy := scenarios.DefaultGate()
	policy.Machine.Others, policy.Machine.Stolen = 1, 1
	const per, draws = 10, 2000
	if text := os.Getenv("HEADROOM_GATE_LATE"); text != "" {
		late, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		policy.Machine.Late = late
	}
	fmt.Println("| recorded | pairs | left out | gates in a row | regression | undecided | of 2000 drawn: regression | undecided | spread of mean, p50, p95, p99 |")
	fmt.Println("|---|--:|--:|--:|--:|--:|--:|--:|---|")
	for _, name := range []string{"emulated-same", "server-same", "emulated-mean", "server-mean", "emulated-p99", "server-p99"} {
		all, out := recorded(t, filepath.Join(dir, name), &policy)
		if len(all) < per {
			t.Logf("%s: only %d pairs", name, len(all))
			continue
		}
		var row, drawn tally
		for i := 0; i+per <= len(all); i += per {
			row.add(t, all[i:i+per], &policy)
		}
		random := rand.New(rand.NewPCG(7, uint64(len(all))))
		for range draws {
			pick := random.Perm(len(all))[:per]
			slices.Sort(pick)
			var some []gate.Pair
			for _, i := range pick {
				some = append(some, all[i])
			}
			drawn.add(t, some, &policy)
		}
		fmt.Printf("| %s | %d | %d | %d | %d | %d | %.1f %% | %.1f %% | %s |\n", name, len(all), out, row.gates, row.worse, row.open,
			100*float64(drawn.worse)/draws, 100*float64(drawn.open)/draws, spreads(all, &policy))
	}
}

// tally counts how gates ended.
type tally struct{ gates, worse, open int }

func (c *tally) add(t *testing.T, pairs []gate.Pair, p *scenarios.GatePolicy) {
	t.Helper()
	q := gate.Question{Policy: p}
	for _, pair := range pairs {
		q.Base, q.Head = append(q.Base, pair.Base), append(q.Head, pair.Head)
	}
	r, err := gate.Ask(q)
	if err != nil {
		t.Fatal(err)
	}
	c.gates++
	switch r.Outcome {
	case gate.Regression:
		c.worse++
	case gate.Open:
		c.open++
	case gate.Invalid:
		t.Errorf("invalid: %v", r.Faults)
	}
}

// recorded are the pairs of a directory that can be judged, and how many cannot.
func recorded(t *testing.T, dir string, p *scenarios.GatePolicy) (good []gate.Pair, out int) {
	t.Helper()
	s := &Store{dir}
	for i := range 10000 {
		pair, err := s.pair(i)
		if err != nil {
			t.Fatal(err)
		}
		if pair == nil {
			break
		}
		one := gate.Pair{Base: pair.Base, Head: pair.Head}
		if len(gate.Faults([]gate.Pair{one}, nil, p)) > 0 {
			out++
			continue
		}
		good = append(good, one)
	}
	return good, out
}

func spreads(pairs []gate.Pair, p *scenarios.GatePolicy) string {
	var words []string
	for _, n := range gate.Calibrate("", pairs[:min(len(pairs), 400)], nil, p).Metrics {
		if n.Workload != "" && n.Metric != "errors" && n.Metric != "throughput" {
			words = append(words, fmt.Sprintf("%.1f %%", 100*n.Spread))
		}
	}
	return strings.Join(words, ", ")
}
