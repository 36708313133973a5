package history_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/headroom/headroom/internal/servers"
	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/reports/history"
)

// writerOf makes of the test's program a writer that adds runs to a history
// until it is killed, and prints each ID once it is kept.
const writerOf = "HEADROOM_TEST_WRITER_OF"

func TestMain(m *testing.M) {
	if where := os.Getenv(writerOf); where != "" {
		s, err := history.Open(context.Background(), where)
		for i := 0; err == nil; i++ {
			var id string
			if id, _, err = s.Add(context.Background(), run("killed", i)); err == nil {
				fmt.Println(id)
			}
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func run(who string, i int) history.Run {
	return history.Run{
		At: time.Unix(1_700_000_000+int64(i), 0).UTC(), Commit: fmt.Sprintf("%s%d", who, i), Branch: "main",
		Tags: map[string]string{"who": who, "host": "ci"},
		Result: &measure.Result{
			Schema: measure.Schema, Kind: measure.Prediction, Method: measure.Analytic, Stable: true,
			Scenario:  measure.Scenario{Name: "shop"},
			Workloads: map[string]*measure.Workload{"shoppers": {Response: &measure.Times{P99: measure.Exactly(float64(i))}}},
		},
	}
}

func TestStores(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { conforms(t, filepath.Join(t.TempDir(), "a b", "h?x.db")) })
	t.Run("postgres", func(t *testing.T) {
		conforms(t, "postgres://postgres@"+servers.Postgres(t)+"/postgres?sslmode=disable")
	})
}

func open(t *testing.T, where string) *history.Store {
	t.Helper()
	s, err := history.Open(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func list(t *testing.T, s *history.Store, f history.Filter) []history.Run {
	t.Helper()
	runs, err := s.List(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return runs
}

// conforms is what every store must do, from an empty one on.
func conforms(t *testing.T, where string) {
	// Eight writers make the tables, and write, at once.
	const writers, each = 8, 20
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			s, err := history.Open(t.Context(), where)
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = s.Close() }()
			for i := range each {
				if _, added, err := s.Add(t.Context(), run(fmt.Sprintf("w%d-", w), i)); err != nil || !added {
					t.Errorf("add: %v, %v", added, err)
				}
			}
		})
	}
	all.Wait()
	s := open(t, where)
	if n := len(list(t, s, history.Filter{})); n != writers*each {
		t.Fatalf("%d runs of %d writers, want %d", n, writers, writers*each)
	}
	if n := len(list(t, s, history.Filter{Commit: "w3-", Branch: "main", Tags: map[string]string{"who": "w3-"}})); n != each {
		t.Errorf("%d runs of one writer, want %d", n, each)
	}

	// A writer that is killed loses nothing it was told is kept.
	kept := killedWriter(t, where)
	after := list(t, s, history.Filter{Tags: map[string]string{"who": "killed"}})
	ids := map[string]bool{}
	for _, r := range after {
		ids[r.ID] = true
		if r.Tags["host"] != "ci" || r.Result.Workloads["shoppers"] == nil {
			t.Errorf("run %s is half written: %+v", r.ID, r)
		}
	}
	if n := len(list(t, s, history.Filter{Commit: "killed"})); n != len(after) {
		t.Errorf("%d runs of the killed writer, %d with their tags", n, len(after))
	}
	for _, id := range kept {
		if !ids[id] {
			t.Errorf("run %s was kept and is lost", id)
		}
	}

	// One run, changed and removed.
	id, added, err := s.Add(t.Context(), run("w1-", 3))
	if err != nil || added {
		t.Errorf("the same run again: added %v, %v", added, err)
	}
	if err := s.Tag(t.Context(), id[:10], map[string]string{"who": "", "note": "it's \"odd\""}); err != nil {
		t.Fatal(err)
	}
	r, err := s.Get(t.Context(), id[:10])
	if err != nil || len(r.Tags) != 2 || r.Tags["note"] != `it's "odd"` || r.Result.Workloads["shoppers"].Response.P99.Value != 3 || !r.At.Equal(run("", 3).At) {
		t.Errorf("got %+v, %v", r, err)
	}

	// All of it into another store, twice.
	var file bytes.Buffer
	runs := list(t, s, history.Filter{})
	if err := history.Export(&file, runs); err != nil {
		t.Fatal(err)
	}
	other := open(t, filepath.Join(t.TempDir(), "other.db"))
	for _, want := range []int{len(runs), 0} {
		if n, err := other.Import(t.Context(), bytes.NewReader(file.Bytes())); err != nil || n != want {
			t.Errorf("import: %d new, %v; want %d", n, err, want)
		}
	}
	var again bytes.Buffer
	if err := history.Export(&again, list(t, other, history.Filter{})); err != nil || again.String() != file.String() {
		t.Errorf("what was imported is not what was exported: %v", err)
	}

	if err := s.Remove(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), id); !errors.Is(err, history.ErrUnknown) {
		t.Errorf("a removed run: %v", err)
	}
	if _, err := s.Get(t.Context(), "%"); !errors.Is(err, history.ErrUnknown) {
		t.Errorf("a pattern for an ID: %v", err)
	}
}

// killedWriter has another process write, kills it in the middle and returns
// the IDs that it was told are kept.
func killedWriter(t *testing.T, where string) (kept []string) {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), writerOf+"="+where)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		kept = append(kept, strings.TrimSpace(lines.Text()))
		if len(kept) == 30 {
			_ = c.Process.Kill() // it may go on for a moment, and is read until its end
		}
	}
	_ = c.Wait() // it was killed
	if len(kept) < 30 {
		t.Fatalf("the writer ended by itself after %d runs", len(kept))
	}
	return kept
}
