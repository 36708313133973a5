package gating

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/headroom/headroom/loadtest"
	"github.com/headroom/headroom/queueing"
	"github.com/headroom/headroom/scenarios"
)

// TestMain makes a server of this test's own program where it is asked to: a
// build that a gate can start.
func TestMain(m *testing.M) {
	if port := os.Getenv("HEADROOM_GATE_SERVER"); port != "" {
		serve(port)
		return
	}
	os.Exit(m.Run())
}

// serve answers /work?n=… after some computing and some waiting that are
// decided by n alone: 94 of 100 wait for about 25 ms, 6 for about 200 ms.
func serve(port string) {
	all, tail := factor("HEADROOM_GATE_ALL"), factor("HEADROOM_GATE_TAIL")
	http.HandleFunc("/work", func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.ParseUint(r.URL.Query().Get("n"), 10, 64)
		if err != nil {
			http.Error(w, "n?", http.StatusBadRequest)
			return
		}
		sum := [32]byte{}
		binary.LittleEndian.PutUint64(sum[:], n)
		for range int(200 * all) {
			sum = sha256.Sum256(sum[:])
		}
		u, v := uniform(n, 1), uniform(n, 2)
		wait := -0.025 * math.Log(u) * all
		if v < 0.06 {
			wait = 0.200 * (0.6 + 0.8*u) * all * tail
		}
		time.Sleep(time.Duration(wait * 1e9))
		_, _ = fmt.Fprintf(w, "%x\n", sum[:4])
	})
	http.HandleFunc("/", func(http.ResponseWriter, *http.Request) {})
	fmt.Println(http.ListenAndServe("127.0.0.1:"+port, nil)) //nolint:gosec // of a test
}

func factor(name string) float64 {
	if f, err := strconv.ParseFloat(os.Getenv(name), 64); err == nil {
		return f
	}
	return 1
}

// uniform is in (0, 1), by n and which.
func uniform(n, which uint64) float64 {
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:], n)
	binary.LittleEndian.PutUint64(b[8:], which)
	sum := sha256.Sum256(b[:])
	return (float64(binary.LittleEndian.Uint64(sum[:])>>11) + 0.5) / (1 << 53)
}

// served is a build of that server.
func served(all, tail float64, log string) Command {
	return Command{
		Line:   fmt.Sprintf("HEADROOM_GATE_SERVER=$PORT HEADROOM_GATE_ALL=%g HEADROOM_GATE_TAIL=%g exec %s", all, tail, os.Args[0]),
		Target: "http://127.0.0.1:{port}", Log: log,
	}
}

const servedScenario = `headroom: 1
name: served
services:
  web: {cores: 2, operations: {work: [{cpu: 50us}, {wait: 36ms}]}}
workloads:
  visitors: {arrivals: poisson(100/s), does: web.work}
live:
  operations: {web.work: {method: GET, path: "/work?n=${random:1..1000000}"}}
`

// emulatedScenario has its waits multiplied: all of them, or those of the slow
// way only.
func emulatedScenario(all, tail float64) string {
	return fmt.Sprintf(`headroom: 1
name: emulated
services:
  web: {cores: 16, operations: {page: [{cpu: "lognormal(mean=%gms, cv=1)"}, {call: db.read}]}}
  db:
    cores: 16
    discipline: fifo
    operations:
      read: [{choose: [{p: 94%%, do: [{cpu: "exp(%gms)"}]}, {p: 6%%, do: [{cpu: "lognormal(mean=%gms, cv=0.3)"}]}]}]
workloads:
  visitors: {arrivals: poisson(100/s), does: web.page}
`, 15*all, 25*all, 200*all*tail)
}

func parsed(t testing.TB, text string) *scenarios.Model {
	t.Helper()
	m, bad := scenarios.Parse("study.yaml", []byte(text), nil)
	if bad != nil {
		t.Fatal(bad)
	}
	return m
}

// slower finds the factor at which the solver says that a figure is so much
// larger.
func slower(t testing.TB, want float64, figure func(all float64) float64) float64 {
	t.Helper()
	lo, hi, before := 1.0, 2.0, figure(1)
	for range 40 {
		mid := (lo + hi) / 2
		if figure(mid) < want*before {
			lo = mid
		} else {
			hi = mid
		}
	}
	return (lo + hi) / 2
}

func solved(t testing.TB, all, tail float64) (mean, p99 float64) {
	t.Helper()
	r, err := queueing.Solve(t.Context(), parsed(t, emulatedScenario(all, tail)), queueing.Options{})
	if err != nil {
		t.Fatal(err)
	}
	times := r.Workloads["visitors"].Response
	return times.Mean.Value, times.P99.Value
}

// lane is a series of pairs of one kind, measured one after the other.
type lane struct {
	name       string
	model      *scenarios.Model
	base, head Build
	seed       uint64
}

const (
	studyWarmup   = 1.0  // (s)
	studyDuration = 10.0 // (s)
)

// lanes are what is recorded: builds against themselves, and against one that
// is 5 % slower in the mean or 10 % in p99. Those of a row take turns.
func lanes(t testing.TB, dir string) [][]lane {
	byAll := slower(t, 1.05, func(f float64) float64 { mean, _ := solved(t, f, 1); return mean })
	byTail := slower(t, 1.10, func(f float64) float64 { _, p99 := solved(t, 1, f); return p99 })
	emulated := func(all, tail float64) Emulated { return Emulated{parsed(t, emulatedScenario(all, tail))} }
	model, real := parsed(t, emulatedScenario(1, 1)), parsed(t, servedScenario)
	log := filepath.Join(dir, "server.log")
	t.Logf("emulated: all times %.4f-fold for a mean of 5 %% more, slow ones %.4f-fold for a p99 of 10 %% more", byAll, byTail)
	return [][]lane{
		{{"emulated-same", model, emulated(1, 1), emulated(1, 1), 1000}},
		{{"server-same", real, served(1, 1, log), served(1, 1, log), 2000}},
		{{"emulated-mean", model, emulated(1, 1), emulated(byAll, 1), 3000}, {"emulated-p99", model, emulated(1, 1), emulated(1, byTail), 4000}},
		// Of 36 ms, 0.4 are not the server's own: 5.05 % of its time are 5 % of the whole.
		{{"server-mean", real, served(1, 1, log), served(1.0505, 1, log), 5000}, {"server-p99", real, served(1, 1, log), served(1, 1.10, log), 6000}},
	}
}

// TestGateStudyRecord records pairs for TestGateStudy into a directory; it goes
// on where it was stopped.
func TestGateStudyRecord(t *testing.T) {
	dir := os.Getenv("HEADROOM_GATE_RECORD")
	if dir == "" {
		t.Skip("records for an hour; HEADROOM_GATE_RECORD=DIR starts it")
	}
	length := time.Hour
	if text := os.Getenv("HEADROOM_GATE_FOR"); text != "" {
		var err error
		if length, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	defer debug.SetGCPercent(debug.SetGCPercent(800)) // generators and emulated services share the heap
	until := time.Now().Add(length)
	var all sync.WaitGroup
	for _, row := range lanes(t, dir) {
		all.Go(func() {
			for i := 0; time.Now().Before(until); i++ {
				for _, l := range row {
					if err := l.record(t.Context(), dir, i); err != nil {
						t.Errorf("%s: %v", l.name, err)
						return
					}
				}
			}
		})
	}
	all.Wait()
}

func (l *lane) record(ctx context.Context, dir string, i int) error {
	store, err := OpenStore(filepath.Join(dir, l.name), Plan{
		Scenario: l.model.Digest, Base: "base", Head: l.name, Seed: l.seed, Warmup: studyWarmup, Duration: studyDuration,
	})
	if err != nil {
		return err
	}
	_, err = Run(ctx, l.model, &Options{
		Base: l.base, Head: l.head, First: i, Pairs: 1, Seed: l.seed, Store: store, Tool: "headroom (study)",
		Load: loadtest.Options{Warmup: studyWarmup, Duration: studyDuration, Timeout: 10},
	})
	return err
}
