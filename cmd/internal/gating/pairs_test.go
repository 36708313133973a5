package gating

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/headroom/headroom/loadtest"
	"github.com/headroom/headroom/reports/gate"
	"github.com/headroom/headroom/scenarios"
)

func brief() loadtest.Options { return loadtest.Options{Duration: 0.3, Timeout: 5} }

// Two pairs of a real server: started, measured under the same load, ended, kept,
// and not measured again.
func TestPairsOfCommands(t *testing.T) {
	m, dir := parsed(t, servedScenario), t.TempDir()
	store, err := OpenStore(dir, Plan{Scenario: m.Digest})
	if err != nil {
		t.Fatal(err)
	}
	var turns []string
	o := &Options{
		Base: served(1, 1, filepath.Join(dir, "log")), Head: served(1.5, 1, filepath.Join(dir, "log")), Pairs: 2, Seed: 5, Load: brief(), Store: store,
		Progress: func(_, _ int, what string) { turns = append(turns, what) },
	}
	pairs, err := Run(t.Context(), m, o)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"pair 1, base", "pair 1, head", "pair 2, head", "pair 2, base"}; !slices.Equal(turns, want) {
		t.Errorf("order %q, want %q", turns, want)
	}
	for i, p := range pairs {
		if p.Base.Run.Seed != 5+uint64(i) || p.Base.Run.Seed != p.Head.Run.Seed || p.Base.Workloads["visitors"].Offered != p.Head.Workloads["visitors"].Offered {
			t.Errorf("pair %d: seeds %d and %d, loads %v and %v", i, p.Base.Run.Seed, p.Head.Run.Seed, p.Base.Workloads["visitors"].Offered, p.Head.Workloads["visitors"].Offered)
		}
		if p.Base.Run.Host == nil || p.Base.Workloads["visitors"].Response == nil {
			t.Errorf("pair %d: no host or no response", i)
		}
	}
	if pairs[0].Base.Run.Target == pairs[0].Head.Run.Target {
		t.Log("the same port twice in a row: allowed")
	}
	turns = nil
	o.Pairs = 3
	if again, err := Run(t.Context(), m, o); err != nil || len(again) != 3 || len(turns) != 2 {
		t.Errorf("%d pairs (%v); measured anew: %q, want the third only", len(again), err, turns)
	}
	if _, err := OpenStore(dir, Plan{Scenario: "another"}); !errors.Is(err, ErrOtherPlan) {
		t.Errorf("runs of another plan: %v", err)
	}
}

// A build is ended with all that it started, even where it takes no notice of
// being asked to.
func TestStopEndsTheGroup(t *testing.T) {
	dir := t.TempDir()
	c := Command{
		Line:   fmt.Sprintf("trap '' TERM; sleep 1000 & echo $! > %s/child; HEADROOM_GATE_SERVER={port} %s", dir, os.Args[0]),
		Target: "http://127.0.0.1:{port}", Within: 20 * time.Second,
	}
	s, err := c.Start(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	child, err := os.ReadFile(filepath.Join(dir, "child"))
	if err != nil {
		t.Fatal(err)
	}
	if state, err := os.ReadFile("/proc/" + strings.TrimSpace(string(child)) + "/stat"); err == nil && !strings.Contains(string(state), ") Z") {
		t.Errorf("its child lives: %s", state)
	}
}

func TestCommandsThatCannotBe(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	for want, c := range map[string]Command{
		"empty command":       {Target: "http://127.0.0.1:{port}"},
		"is no URL":           {Line: "true", Target: "127.0.0.1"},
		"something listens":   {Line: "true", Target: "http://" + l.Addr().String()},
		"ended before it was": {Line: "echo oops >&2; exit 7", Target: "http://127.0.0.1:{port}", Log: filepath.Join(t.TempDir(), "log")},
		"was not ready":       {Line: "sleep 100", Target: "http://127.0.0.1:{port}", Within: 200 * time.Millisecond},
	} {
		if _, err := c.Start(t.Context(), 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// An interrupted pair is not kept.
func TestInterrupted(t *testing.T) {
	m := parsed(t, emulatedScenario(1, 1))
	store, err := OpenStore(t.TempDir(), Plan{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	load := brief()
	load.Duration = 30
	_, err = Run(ctx, m, &Options{Base: Emulated{m}, Head: Emulated{m}, Pairs: 1, Load: load, Store: store})
	if !errors.Is(err, ErrInterrupted) {
		t.Errorf("%v", err)
	}
	if p, err := store.pair(0); p != nil || err != nil {
		t.Errorf("half a pair is kept: %v, %v", p, err)
	}
}

// A gate goes on while it is undecided and no longer.
func TestGateLooks(t *testing.T) {
	if got := Looks(10, 25); !slices.Equal(got, []int{10, 20, 25}) {
		t.Errorf("looks %v", got)
	}
	if got := Looks(10, 10); !slices.Equal(got, []int{10}) {
		t.Errorf("looks %v", got)
	}
	m := parsed(t, emulatedScenario(1, 1))
	policy := scenarios.DefaultGate()
	policy.Machine = scenarios.GateMachine{Others: 1, Stolen: 1, Late: 1}
	r, pairs, err := Gate(t.Context(), m, &Options{Base: Emulated{m}, Head: Emulated{m}, Load: brief()}, Looks(1, 2), gate.Question{Model: m, Policy: &policy})
	if err != nil {
		t.Fatal(err)
	}
	if len(pairs) == 1 && r.Outcome == gate.Open {
		t.Errorf("it stops after one pair, undecided: %+v", r)
	}
}
