package emulate

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/headroom/headroom/measure"
)

// slack is what a loaded machine may be late by; how late an idle one is says
// TestPunctual.
const (
	slack = 15 * time.Millisecond
	early = 100 * time.Microsecond
)

// answersAfter sends requests at once and holds when they are answered against
// the milliseconds wanted: late only where the machine is, and early only where
// it was late to send the others.
func answersAfter(t *testing.T, s *System, op string, want ...int) {
	t.Helper()
	eventually(t, func() error {
		for i, r := range askAll(t, s, op, len(want)) {
			w := time.Duration(want[i]) * time.Millisecond
			if r.status != http.StatusOK {
				t.Errorf("%s: status %d", op, r.status)
			}
			if r.after < w-early || r.after > w+slack {
				return fmt.Errorf("%s: answer %d of %d after %v, want %v", op, i+1, len(want), r.after, w)
			}
		}
		return nil
	})
}

// Three requests at once for 20 ms of one core are answered in turn, or all
// together when they share it.
func TestDisciplines(t *testing.T) {
	s := start(t, "fifo.do", `
services:
  fifo: {discipline: fifo, operations: {do: [{cpu: 20ms}]}}
  ps: {discipline: ps, operations: {do: [{cpu: 20ms}]}}
  two: {discipline: fifo, cores: 2, operations: {do: [{cpu: 20ms}]}}
  pair: {discipline: ps, cores: 2, operations: {do: [{cpu: 20ms}]}}
`)
	answersAfter(t, s, "fifo.do", 20, 40, 60)
	answersAfter(t, s, "ps.do", 60, 60, 60)
	answersAfter(t, s, "two.do", 20, 20, 40)
	answersAfter(t, s, "pair.do", 30, 30, 30)
}

// A thread is held while a called service works: with one, requests go through
// one after the other though no core is short.
func TestThreadsAreHeldDuringCalls(t *testing.T) {
	s := start(t, "narrow.do", `
services:
  narrow: {threads: 1, operations: {do: [{call: slow.do}]}}
  wide: {operations: {do: [{call: slow.do}]}}
  both: {replicas: 2, threads: 1, balancing: round-robin, operations: {do: [{call: slow.do}]}}
  shared: {replicas: 2, threads: 1, balancing: shared, operations: {do: [{call: slow.do}]}}
  slow: {operations: {do: [{wait: 20ms}]}}
`)
	answersAfter(t, s, "wide.do", 20, 20, 20)
	answersAfter(t, s, "narrow.do", 20, 40, 60)
	answersAfter(t, s, "both.do", 20, 20, 40, 40)
	answersAfter(t, s, "shared.do", 20, 20, 40)
}

// A join goes on with the last, the first or the second branch.
func TestJoins(t *testing.T) {
	s := start(t, "web.all", `
services:
  web:
    operations:
      all: [{parallel: [{call: b.ten}, {call: b.thirty}, {call: b.fifty}]}]
      any: [{parallel: [{call: b.ten}, {call: b.thirty}, {call: b.fifty}], join: any}]
      two: [{parallel: [{call: b.ten}, {call: b.thirty}, {call: b.fifty}], join: 2}]
  b: {operations: {ten: [{wait: 10ms}], thirty: [{wait: 30ms}], fifty: [{wait: 50ms}]}}
`)
	answersAfter(t, s, "web.all", 50)
	answersAfter(t, s, "web.any", 10)
	answersAfter(t, s, "web.two", 30)
	r := measured(s, func() {
		ask(t, s, "web.any")
		settled(t, s)
	})
	if x := r.Operations["b.fifty"].Response; x == nil || x.Mean.Value < 0.0499 {
		t.Error("a branch left behind does not run on")
	}
}

// Both crossings of the network of each call are waited for, and what loopback
// costs is part of them.
func TestNetworkLatency(t *testing.T) {
	s := start(t, "web.do", `
services:
  web: {operations: {do: [{call: mid.do}]}}
  mid: {operations: {do: [{call: end.do}, {cpu: 5ms}]}}
  end: {operations: {do: [{wait: 1ms}]}}
network: {latency: 6ms}
`)
	var r *measure.Result
	eventually(t, func() error {
		r = measured(s, func() { ask(t, s, "web.do") })
		for op, want := range map[string]float64{"web.do": 0.030, "mid.do": 0.018, "end.do": 0.001} {
			got := r.Operations[op].Response.Mean.Value
			if got < want-1e-6 {
				t.Errorf("%s took %v s by the model, want %v", op, got, want)
			}
			if got > want+1e-3 {
				return fmt.Errorf("%s took %v s by the model, want %v", op, got, want)
			}
		}
		return nil
	})
}

// On a fixed schedule, requests are woken within 100 µs, at the median, of the
// instants at which two cores that take 3 ms for each would have met them: 3 ms
// after the request came or, where that is later, after the last but one before
// it was met. A machine that other work keeps from it three times is let off, up
// to a millisecond.
func TestPunctual(t *testing.T) {
	if testing.Short() {
		t.Skip("needs some seconds and an idle machine")
	}
	s := start(t, "fifo.do", `
services:
  fifo: {discipline: fifo, cores: 2, operations: {do: [{cpu: 3ms}]}}
  ps: {cores: 2, operations: {do: [{cpu: exp(3ms)}]}}
`)
	var fifo, all float64
	for range 3 {
		s.Begin()
		fifo = medianLateness(t, s)
		lag := s.Lag().Wakes
		all = lag.Median
		t.Logf("median lateness %.0f µs by the timetable, %.0f µs over all wake-ups (99 %%: %.0f µs)", 1e6*fifo, 1e6*all, 1e6*lag.P99)
		if max(fifo, all) < 100e-6 {
			return
		}
	}
	if max(fifo, all) < 1e-3 {
		t.Skip("the machine is busy")
	}
	t.Error("requests are woken late")
}

// medianLateness sends 800 requests to both services of [TestPunctual].
func medianLateness(t *testing.T, s *System) float64 {
	gaps := newStream(3, "gaps")
	at := s.clock.Now()
	ends := []float64{0, 0}
	late := make(chan float64, 800)
	for range cap(late) {
		at += gaps.r.ExpFloat64() * 0.002
		end := max(at, ends[len(ends)-2]) + 0.003
		ends = append(ends, end)
		if err := s.clock.WaitUntil(t.Context(), at); err != nil {
			t.Fatal(err)
		}
		for i, sv := range s.services {
			v := newVisit(sv, sv.model.Operations[0])
			came := at
			go func() {
				v.serve(came)
				if i == 0 {
					late <- s.clock.Now() - end
				}
			}()
		}
	}
	var all []float64
	for range cap(late) {
		all = append(all, <-late)
	}
	slices.Sort(all)
	if early := all[len(all)/10]; early < -1e-6 { // a machine that stops may let some overtake others
		t.Errorf("a tenth is woken %.0f µs early", -1e6*early)
	}
	return all[len(all)/2]
}
