package capacity

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/reports/gate"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/simulate"
)

// smallSystem is a random system of two or three services with objectives that a
// few replicas meet.
func smallSystem(t *testing.T, seed uint64) *scenarios.Model {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 7))
	rate := 20 + 80*r.Float64()
	var b strings.Builder
	n := 2 + r.IntN(2)
	work := 0.0
	fmt.Fprintf(&b, "headroom: 1\nname: small\nservices:\n")
	for i := range n {
		busy := 0.4 + 1.6*r.Float64() // cores that it keeps busy
		demand := busy / rate
		work += demand
		family := []string{"exp(%.6gs)", "erlang(mean=%.6gs, k=3)", "hyperexp(mean=%.6gs, cv=1.5)", "%.6gs"}[r.IntN(4)]
		fmt.Fprintf(&b, "  s%d:\n    cores: %d\n    discipline: %s\n", i, 1+r.IntN(2), []string{"ps", "fifo"}[r.IntN(2)])
		if r.IntN(2) == 0 {
			fmt.Fprintf(&b, "    cost: %d\n", 1+r.IntN(5))
		}
		fmt.Fprintf(&b, "    operations:\n      work:\n        - cpu: "+family+"\n", demand)
		if i+1 < n {
			fmt.Fprintf(&b, "        - call: s%d.work\n", i+1)
		}
	}
	text := b.String()
	text += fmt.Sprintf("workloads:\n  w: {arrivals: poisson(%.6g/s), does: s0.work}\nobjectives:\n", rate)
	switch r.IntN(3) {
	case 0:
		text += fmt.Sprintf("  w: {p99: %.6gs}\n", work*(5+5*r.Float64()))
	case 1:
		text += fmt.Sprintf("  w: {mean: %.6gs}\n", work*(1.7+r.Float64()))
	case 2:
		text += fmt.Sprintf("  w: {p95: %.6gs}\n  s0: {utilization: %.3g}\n", work*(4+4*r.Float64()), 0.5+0.3*r.Float64())
	}
	m, diags := scenarios.Parse("small.yaml", []byte(text), nil)
	if len(diags) > 0 {
		t.Fatalf("seed %d: %v\n%s", seed, diags, text)
	}
	return m
}

// exhaustive is the cost of the cheapest of all plans with up to most replicas of
// each service.
func exhaustive(t *testing.T, s *search, most int) float64 {
	t.Helper()
	best := math.Inf(1)
	var walk func(p option)
	walk = func(p option) {
		if len(p) == len(s.dims) {
			if c := s.cost(p); c < best && s.meets(p) {
				best = c
			}
			return
		}
		for n := 1; n <= most; n++ {
			walk(append(append(option(nil), p...), amount{0, n}))
		}
	}
	walk(nil)
	if s.err != nil {
		t.Fatal(s.err)
	}
	return best
}

func TestSizeIsTheOptimum(t *testing.T) {
	n := uint64(50)
	if testing.Short() {
		n = 10
	}
	for seed := range n {
		m := smallSystem(t, seed)
		o := SizeOptions{RunnersUp: -1}
		switch seed % 5 {
		case 3:
			o.Redundancy.One = true
		case 4:
			o.Headroom = 0.2
		}
		got, err := Size(t.Context(), m, o)
		if errors.Is(err, ErrNoPlan) {
			t.Fatalf("seed %d: %v", seed, err)
		} else if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		all, err := newSearch(t.Context(), m, o)
		if err != nil {
			t.Fatal(err)
		}
		most := 2
		for _, c := range got.Best.Services {
			most = max(most, c.Replicas+2)
		}
		want := exhaustive(t, all, most)
		if math.Abs(got.Best.Cost-want) > 1e-9 {
			t.Errorf("seed %d: cost %v, exhaustively %v", seed, got.Best.Cost, want)
		}
		if !got.Proven {
			t.Errorf("seed %d: not proven", seed)
		}
		if got.Solves > 1000 {
			t.Errorf("seed %d: %d solves", seed, got.Solves)
		}
		t.Logf("seed %d: cost %v by %d solves, exhaustively %d", seed, want, got.Solves, all.solves)
	}
}

// The plan holds in a simulation that the search has not seen, by its own seed.
// Of a plan that is right on its limit an interval may say nothing: then the
// figure itself counts, with 5 % to spare.
func TestSizeHoldsInSimulation(t *testing.T) {
	n := uint64(6)
	if os.Getenv("HEADROOM_LONG") != "" { // one and a half minutes of a core
		n = 50
	}
	for seed := range n {
		m := smallSystem(t, seed)
		got, err := Size(t.Context(), m, SizeOptions{RunnersUp: -1, Simulate: &simulate.Options{Seed: 1, Precision: 0.03, MaxTime: time.Minute}})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if got.Verified == measure.Fail || got.Verified == "" {
			t.Fatalf("seed %d: verified %q", seed, got.Verified)
		}
		p := got.Best.Apply(m)
		r, err := simulate.Run(t.Context(), p, simulate.Options{Seed: 1000 + seed, Precision: 0.03})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range gate.Judge(p, r) {
			if !r.Stable || o.Verdict == measure.Fail && o.Value.Value > 1.05*o.Limit {
				t.Errorf("seed %d: %s.%s is %v, limit %v", seed, o.Subject, o.Metric, o.Value, o.Limit)
			}
		}
		if len(got.Refuted) > 0 {
			t.Logf("seed %d: %d plans refuted", seed, len(got.Refuted))
		}
	}
}
