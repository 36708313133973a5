package loadtest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParseCatchUp(t *testing.T) {
	for text, want := range map[string]CatchUp{
		"": {Burst, 2, 1}, "burst": {Burst, 2, 1}, "paced": {Paced, 2, 1}, "paced:3.5": {Paced, 3.5, 1},
		"drop": {Drop, 2, 1}, "drop:250ms": {Drop, 2, 0.25},
	} {
		got, err := ParseCatchUp(text)
		if err != nil || got != want {
			t.Errorf("%q is %+v, %v", text, got, err)
		}
		if again, err := ParseCatchUp(got.String()); err != nil || again.String() != got.String() {
			t.Errorf("%q prints as %q, which is %+v, %v", text, got, again, err)
		}
	}
	for _, text := range []string{"fast", "burst:2", "paced:", "paced:1", "paced:-3", "paced:NaN", "paced:Inf", "drop:5", "drop:-1s", "drop:", "paced:1e9"} {
		if got, err := ParseCatchUp(text); err == nil {
			t.Errorf("%q is %+v", text, got)
		}
	}
}

// TestPacedCatchesUp: at 1000/s nothing could be sent for 2 s. At twice the rate
// the 2000 that wait, and those that become due meanwhile, are sent within the
// next 2 s, evenly, and none before it is due.
func TestPacedCatchesUp(t *testing.T) {
	c := CatchUp{Policy: Paced, Factor: 2}
	const gap, thaw = time.Millisecond, 2 * time.Second
	var gone []time.Duration
	lastDue, lastGone := time.Duration(0), thaw // the first has waited all the time
	for i := 1; i <= 5000; i++ {
		due := time.Duration(i) * gap
		at := c.release(due, lastDue, lastGone)
		if at < due {
			t.Fatalf("request %d is due at %v and goes at %v", i, due, at)
		}
		gone = append(gone, at)
		lastDue, lastGone = due, at
	}
	late := func(i int) time.Duration { return gone[i-1] - time.Duration(i)*gap }
	near(t, "request 2000 is late (s)", seconds(late(2000)), 1, 0.01)
	near(t, "request 4100 is late (s)", seconds(late(4100)), 0, 0)
	for i := 1; i < 3900; i++ {
		if d := gone[i] - gone[i-1]; d != gap/2 {
			t.Fatalf("a gap of %v while catching up", d)
		}
	}
	for _, other := range []CatchUp{{Policy: Burst}, {Policy: Drop, After: 1}} {
		if at := other.release(time.Second, 0, thaw); at != time.Second {
			t.Errorf("%v: goes at %v", other, at)
		}
	}
	if at := c.release(2*gap, gap, gap+slack/2); at != 2*gap {
		t.Errorf("a generator a little late begins to catch up: %v", at)
	}
}

// TestCapQueue compares with a search through all instants.
func TestCapQueue(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var q capQueue
	var freed []time.Duration
	sent, due := time.Duration(0), time.Duration(0)
	for range 20_000 {
		due += time.Duration(random.Int64N(1000))
		for sent < due || random.Float64() < 0.5 {
			sent += time.Duration(random.Int64N(1000))
			if random.Float64() < 0.5 {
				freed = append(freed, sent)
				q.free(sent)
			}
		}
		waited, queued := q.wait(due, sent)
		i, _ := slices.BinarySearch(freed, due)
		want := i < len(freed) && freed[i] <= sent
		if waited != want || want && queued != sent-freed[i] {
			t.Fatalf("due %v, sent %v: waited %v, queued %v; connections got free at %v", due, sent, waited, queued, freed[i:])
		}
	}
	if n, longest := q.waits(); n == 0 || longest == 0 {
		t.Errorf("%d waited, up to %v", n, longest)
	}
}

// TestCapQueueIsBounded: with nobody sent, a million instants take the room of
// 65536, and what is told is off by no more than they are apart.
func TestCapQueueIsBounded(t *testing.T) {
	var q capQueue
	for i := range 1_000_000 {
		q.free(time.Duration(i) * time.Microsecond)
	}
	if len(q.freed) > mostInstants {
		t.Errorf("%d instants are kept", len(q.freed))
	}
	for _, due := range []time.Duration{1, 300_000, 999_000} {
		waited, queued := q.wait(due*time.Microsecond, time.Second)
		if off := math.Abs(seconds(queued) - (1 - float64(due)/1e6)); !waited || off > 100e-6 {
			t.Errorf("due at %d µs: waited %v, queued %v, off by %v s", due, waited, queued, off)
		}
	}
}

// TestCatchUp has what the policies make of a stall. At
// 200/s for 2 s a server freezes for half a second, with 4 connections: about
// 100 requests wait, 96 of them for a connection.
func TestCatchUp(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 2 s")
	}
	for _, c := range []struct {
		text    string
		engine  Engine
		dropped float64
	}{{"burst", Lean, 0}, {"paced:4", Vegeta, 0}, {"drop:200ms", Lean, 60}, {"drop:200ms", Vegeta, 60}} {
		t.Run(c.text+" "+string(c.engine), func(t *testing.T) {
			t.Parallel()
			calmly(t, func(near func(what string, got, want, tol float64)) {
				policy, err := ParseCatchUp(c.text)
				if err != nil {
					t.Fatal(err)
				}
				r := load(t, shop(evenly("visitors", 200, only(page))), freezing(t), Options{Duration: 2, MaxConnections: 4, Engine: c.engine, CatchUp: policy})
				w := r.Workloads["visitors"]
				if w.Queue == nil || w.Target == nil {
					t.Fatalf("the queue of the cap is not told of: %+v", w)
				}
				if c.dropped == 0 && w.Failed.Value != 0 {
					t.Errorf("failed %v", w.Failures)
				}
				near("requests dropped", float64(w.Failures["unsent"]), c.dropped, c.dropped/5)
				near("the longest without the queue (s)", w.Target.Max.Value, 0.5, 0.05) // those sent before the stall
				if w.Queue.Mean.Value < 0 || w.Target.Mean.Value > w.Response.Mean.Value {
					t.Errorf("queue %v, target %v, response %v", w.Queue.Mean, w.Target.Mean, w.Response.Mean)
				}
				if !hasCaveat(r, "waited for one of the 4 connections") || !hasCaveat(r, "--catch-up "+c.text) {
					t.Errorf("caveats %v", r.Caveats)
				}
				if dropped := hasCaveat(r, "were dropped"); dropped != (c.dropped > 0) {
					t.Errorf("caveats %v", r.Caveats)
				}
			})
		})
	}
}

// TestQueuedOnDisk: a wait and its queue come back from the disk within a share
// of 1/65535, and from old files, which have none.
func TestQueuedOnDisk(t *testing.T) {
	for _, h := range []Hit{
		{Due: 0, Sent: 2 * time.Second, Done: 3 * time.Second, Waited: true, Queued: 700 * time.Millisecond},
		{Due: -5, Sent: 5, Done: 6, Waited: true, Queued: 10},
		{Due: 1, Sent: 5, Done: 6, Waited: true, Part: true},
		{Due: 1, Sent: 1, Done: 6},
	} {
		b := h.append(nil)
		got := decode(b)
		if off := math.Abs(float64(got.Queued - h.Queued)); len(b) != recordSize || got.Waited != h.Waited || got.Part != h.Part || off > float64(h.Sent-h.Due)/shares+1 {
			t.Errorf("%+v came back as %+v", h, got)
		}
	}
	if text := fmt.Sprint(decode(make([]byte, recordSize))); strings.Contains(text, "true") {
		t.Error(text)
	}
}
