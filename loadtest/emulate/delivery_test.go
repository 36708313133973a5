package emulate

import (
	"fmt"
	"testing"
	"time"

	"github.com/headroom/headroom/measure"
)

// consumed publishes n messages, so many at once, waits until nothing is in
// progress any more, and returns the figures of topic q.
func consumed(t *testing.T, s *System, op string, n, atOnce int) (*measure.Result, map[string]int) {
	t.Helper()
	var got map[string]int
	r := measured(s, func() {
		got = endings(t, s, op, n, atOnce)
		eventuallyAt(t, "all is consumed", func() bool {
			s.broking.Lock()
			defer s.broking.Unlock()
			for _, tp := range s.topics {
				for _, g := range tp.groups {
					if g.meter.depth.level > 0 {
						return false
					}
				}
			}
			return true
		})
	})
	return r, got
}

// messages is how many of a rate there were.
func messages(s *System, e measure.Estimate) int {
	span := s.window.span
	return int(e.Value*(span.to-span.from) + 0.5)
}

// Each group gets every message.
func TestGroups(t *testing.T) {
	s := start(t, "web.do", `
services: {web: {operations: {do: [{publish: q}], a: [{wait: 1ms}], b: [{wait: 2ms}]}}}
topics: {q: {consumers: [web.a, web.b], partitions: 2, batch: 5}}
`)
	r, _ := consumed(t, s, "web.do", 30, 10)
	q := r.Topics["q"]
	if all, a, b := messages(s, q.Throughput), messages(s, q.Groups["web.a"].Throughput), messages(s, q.Groups["web.b"].Throughput); all != 60 || a != 30 || b != 30 {
		t.Errorf("%d consumed, %d and %d by group, want 60, 30 and 30", all, a, b)
	}
}

// A batch waits for its tenth message, or for 300 ms.
func TestLinger(t *testing.T) {
	s := start(t, "web.ten", `
services:
  web: {operations: {ten: [{repeat: {count: 10, do: [{publish: q}]}}], three: [{repeat: {count: 3, do: [{publish: q}]}}], work: []}}
topics: {q: {consumer: web.work, batch: 10, linger: 300ms}}
`)
	r, _ := consumed(t, s, "web.ten", 1, 1)
	about(t, "a full batch", r.Topics["q"].Batch, 10, 0)
	about(t, "delay of a full batch", measure.Exactly(1+r.Topics["q"].Delay.Max.Value), 1, 0.001)
	r, _ = consumed(t, s, "web.three", 1, 1)
	about(t, "a batch of three", r.Topics["q"].Batch, 3, 0)
	about(t, "delay of three", r.Topics["q"].Delay.Max, 0.3, 0.001)
}

// With one message in hand and room for two, of five the last two wait, are
// lost, or are turned away.
func TestCapacity(t *testing.T) {
	for full, want := range map[string]struct {
		well, rejected, consumed int
		longest                  float64
	}{
		"block":  {5, 0, 5, 0.28},
		"drop":   {5, 0, 3, 0},
		"reject": {3, 2, 3, 0},
	} {
		t.Run(full, func(t *testing.T) {
			s := start(t, "web.do", `
services: {web: {operations: {do: [{publish: q}], work: [{wait: 200ms}]}}}
topics: {q: {consumer: web.work, capacity: 2, full: `+full+`}}
`)
			eventually(t, func() error {
				var r *measure.Result
				var faults []fault
				r = measured(s, func() {
					_, faults = servedInOrder(s, "web.do", []comer{{at: 0}, {at: 0.03}, {at: 0.06}, {at: 0.09}, {at: 0.12}})
					time.Sleep(time.Duration(1e9 * (0.1 + 0.2*float64(want.consumed))))
				})
				well, turned := 0, 0
				for _, f := range faults {
					switch f {
					case none:
						well++
					case rejected:
						turned++
					}
				}
				got := messages(s, r.Topics["q"].Throughput)
				longest := r.Operations["web.do"].Response.Max.Value
				if well != want.well || turned != want.rejected || got != want.consumed || longest < want.longest-0.001 || longest > want.longest+0.001 {
					return fmt.Errorf("%d published, %d turned away, %d consumed, the longest wait %.3f s; want %+v", well, turned, got, longest, want)
				}
				return nil
			})
		})
	}
}

// Under delivery at least once, what fails is tried again three times, then is a
// dead letter.
func TestDeadLetters(t *testing.T) {
	s := start(t, "web.do", `
services: {web: {operations: {do: [{publish: q}], work: [{fail: 100%}], bury: []}}}
topics:
  q: {consumer: web.work, delivery: at-least-once, attempts: 3, dead-letters: dead}
  dead: {consumer: web.bury}
`)
	r, _ := consumed(t, s, "web.do", 10, 5)
	about(t, "dead", r.Topics["q"].Dead, 1, 0)
	about(t, "redelivered", r.Topics["q"].Redelivered, 2, 0)
	if n := messages(s, r.Topics["dead"].Throughput); n != 10 {
		t.Errorf("%d dead letters, want 10", n)
	}
	// Half of what is tried until it ends well is delivered again, once on average.
	s = start(t, "web.do", `
services: {web: {operations: {do: [{publish: q}], work: [{fail: 50%}]}}}
topics: {q: {consumer: web.work, partitions: 4, delivery: at-least-once}}
`)
	r, _ = consumed(t, s, "web.do", 200, 10)
	// Of 200 messages with a geometric number of deliveries: a standard deviation of 0.1.
	if again := r.Topics["q"].Redelivered.Value; again < 0.55 || again > 1.45 {
		t.Errorf("%.3f deliveries after the first, want about 1", again)
	}
	if n := messages(s, r.Topics["q"].Throughput); n != 200 {
		t.Errorf("%d of 200 done", n)
	}
}

// What is not done in time is done twice: the first consumer works on.
func TestRedeliveryOfTheOverdue(t *testing.T) {
	s := start(t, "web.do", `
services: {web: {operations: {do: [{publish: q}], work: [{wait: 500ms}]}}}
topics: {q: {consumer: web.work, delivery: at-least-once, ack-timeout: 300ms}}
`)
	r, _ := consumed(t, s, "web.do", 1, 1)
	q := r.Topics["q"]
	about(t, "redelivered", q.Redelivered, 1, 0)
	about(t, "delay", q.Delay.Max, 0.5, 0.001)
}

// Messages of one key go to one partition, and so one after the other: the last
// of ten that were published at once waits for nine.
func TestKeys(t *testing.T) {
	s := start(t, "web.do", `
services: {web: {operations: {do: [{repeat: {count: 10, do: [{publish: q}]}}], work: [{wait: 10ms}]}}}
topics: {q: {consumer: web.work, partitions: 8, keys: 1}}
`)
	r, _ := consumed(t, s, "web.do", 1, 1)
	about(t, "delay of the last", r.Topics["q"].Delay.Max, 0.1, 0.001)
}
