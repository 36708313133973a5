package emulate

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// eventuallyAt waits until something holds, at most 10 s.
func eventuallyAt(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

func replicasUp(sv *service) int {
	sv.mu.Lock()
	defer sv.mu.Unlock()
	up := 0
	for _, r := range sv.replicas {
		if !r.off {
			up++
		}
	}
	return up
}

// Replicas that are killed fail what they have, in line and in progress; the
// others, and they themselves when they are back, go on. What they had asked of
// others goes on.
func TestKill(t *testing.T) {
	s := start(t, "web.do", `
services:
  web: {threads: 2, operations: {do: [{call: db.do}]}}
  db: {operations: {do: [{wait: 600ms}]}}
  pair: {replicas: 2, operations: {do: [{cpu: 1ms}]}}
faults:
  - {kill: web, at: 200ms, for: 300ms}
  - {kill: pair, replicas: 1, at: 200ms, for: 300ms}
`)
	s.Begin()
	from := s.clock.Now()
	if got := endings(t, s, "web.do", 4, 4); got["down"] != 4 {
		t.Errorf("four at a service that is killed: %v", got)
	}
	if n := present(s.services[1]); n != 2 {
		t.Errorf("%d of two requests work on for a caller that is gone", n)
	}
	if s.clock.Now() < from+0.4 { // or the machine was too busy to look
		if got := endings(t, s, "web.do", 3, 1); got["down"] != 3 {
			t.Errorf("three while it is down: %v", got)
		}
		if got := endings(t, s, "pair.do", 10, 1); got[""] != 10 {
			t.Errorf("ten at the replica that is left: %v", got)
		}
	}
	eventuallyAt(t, "up again", func() bool { return replicasUp(s.services[0]) == 1 && replicasUp(s.services[2]) == 2 })
	if got := endings(t, s, "web.do", 2, 2); got[""] != 2 {
		t.Errorf("two after the repair: %v", got)
	}
	emptied(t, s, "web")
	emptied(t, s, "db")
}

// A pause adds its length to what is in progress, a tenth of the speed what it
// takes more; a partition loses everything between two services.
func TestPauseSlowPartition(t *testing.T) {
	s := start(t, "a.pause", `
services:
  p: {operations: {do: [{cpu: 300ms}]}}
  f: {discipline: fifo, operations: {do: [{cpu: 300ms}]}}
  slow: {operations: {do: [{cpu: 300ms}]}}
  a: {operations: {pause: [{parallel: [{call: p.do}, {call: f.do}]}], slow: [{call: slow.do}], b: [{call: b.do}]}}
  b: {operations: {do: []}}
faults:
  - {pause: p, at: 200ms, for: 500ms}
  - {pause: f, at: 200ms, for: 500ms}
  - {slow: slow, to: 20%, at: 0s, for: 30s}
  - {partition: [a, b], at: 0s, for: 30s}
`)
	s.Begin()
	eventuallyAt(t, "the partition", func() bool { return s.faults.loss(3, 4) == 1 })
	if got := endings(t, s, "a.b", 5, 1); got["lost"] != 5 {
		t.Errorf("five across a partition: %v", got)
	}
	eventually(t, func() error {
		r := measured(s, func() { endings(t, s, "a.pause", 1, 1) })
		if got := r.Operations["a.pause"].Response.Max.Value; got < 0.799 || got > 0.801 {
			return fmt.Errorf("%.4f s with a pause of 500 ms, want 0.8", got)
		}
		return nil
	})
	r := measured(s, func() {
		time.Sleep(10 * time.Millisecond)
		endings(t, s, "a.slow", 1, 1)
	})
	about(t, "at a fifth of the speed", r.Operations["a.slow"].Response.Max, 1.5, 0.001)
}

// Replicas that are up for 50 ms and down for as long on average are up half of
// the time.
func TestFailures(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 3 s")
	}
	s := start(t, "web.do", `
services: {web: {replicas: 20, mtbf: 50ms, mttr: 50ms, operations: {do: [{wait: 20ms}]}}}
`)
	down, well := 0, 0
	r := measured(s, func() {
		for end := s.clock.Now() + 3; s.clock.Now() < end; {
			got := endings(t, s, "web.do", 10, 10)
			down, well = down+got["down"], well+got[""]
		}
	})
	// 20 replicas for 3 s are 600 rounds, of a standard deviation of 0.35 each.
	about(t, "replicas up", r.Services["web"].Replicas, 10, 0.07)
	// Of what takes 20 ms, exp(-20/50) is done before the replica fails.
	if share := float64(well) / float64(well+down); share < 0.6 || share > 0.75 {
		t.Errorf("%.3f end well, want about 0.67", share)
	}
}

// At twice its target an autoscaler doubles, as far as it may, and goes back
// when there is nothing to do.
func TestAutoscale(t *testing.T) {
	s := start(t, "web.do", `
services:
  web:
    replicas: 2
    threads: 50
    autoscale: {metric: present, target: 5, min: 2, max: 6, interval: 100ms, delay: 50ms, cooldown: 300ms}
    operations: {do: [{wait: 500ms}]}
`)
	stop := make(chan struct{})
	over := make(chan struct{})
	go func() {
		defer close(over)
		for {
			select {
			case <-stop:
				return
			default:
				askAll(t, s, "web.do", 40)
			}
		}
	}()
	eventuallyAt(t, "six replicas", func() bool { return replicasUp(s.services[0]) == 6 })
	close(stop)
	<-over
	eventuallyAt(t, "two replicas", func() bool { return replicasUp(s.services[0]) == 2 })
}

// Requests go to the replica that has their partition: with all of one share,
// one replica does everything.
func TestPartitions(t *testing.T) {
	s := start(t, "web.do", `
services:
  web: {replicas: 4, partitions: {shares: [0%, 0%, 100%, 0%]}, discipline: fifo, operations: {do: [{cpu: 20ms}]}}
  even: {replicas: 4, partitions: 8, operations: {do: [{cpu: 20ms}]}}
  ask: {operations: {all: [{fanout: even.do}], two: [{fanout: {call: even.do, width: 2}}]}}
`)
	r := measured(s, func() { servedInOrder(s, "web.do", make([]comer, 8)) })
	about(t, "the last of eight at one replica", r.Operations["web.do"].Response.Max, 0.16, 0.001)
	s.Begin()
	endings(t, s, "ask.all", 5, 1)
	endings(t, s, "ask.two", 5, 1)
	if n := visits(s, "even.do"); n != 50 {
		t.Errorf("%d visits of five fan-outs to eight partitions and five to two", n)
	}
}

// A follower whose lag has not passed is stale, the leader and a quorum that
// overlaps never are.
func TestReplication(t *testing.T) {
	const ops = ", operations: {put: [], get: []}}"
	s := start(t, "late.put", `
services:
  late: {replicas: 2, replication: {mode: async, lag: 30s, writes: [put], reads: [get], read-from: followers}`+ops+`
  lead: {replicas: 2, replication: {mode: async, lag: 30s, writes: [put], reads: [get], read-from: leader}`+ops+`
  wait: {replicas: 2, replication: {mode: sync, lag: 50ms, writes: [put], reads: [get]}`+ops+`
  votes: {replicas: 3, replication: {mode: quorum, write: 2, read: 2, lag: exp(5ms), writes: [put], reads: [get]}`+ops+`
network: {latency: 1ms}
`)
	r := measured(s, func() {
		for _, name := range []string{"late", "lead", "wait", "votes"} {
			for range 5 {
				endings(t, s, name+".put", 1, 1)
				endings(t, s, name+".get", 2, 1)
			}
		}
	})
	for name, want := range map[string]float64{"late": 1, "lead": 0, "wait": 0, "votes": 0} {
		about(t, name+" stale", r.Services[name].Stale, want, 0)
	}
	about(t, "versions behind", r.Services["late"].Behind, 3, 0)
	// The acknowledgement crosses the network.
	about(t, "a write to all copies", r.Operations["wait.put"].Response.Max, 0.051, 0.001)
	about(t, "a read of two of three", r.Operations["votes.get"].Response.Max, 0.002, 0.001)
}

// What cannot be acted out is refused, with its place.
func TestRefusals(t *testing.T) {
	for text, want := range map[string]string{
		"services: {web: {mtbf: 1s, mttr: 1s, operations: {do: []}}}\nfaults: [{kill: web, at: 1s, for: 1s}]":                                             "fail by themselves",
		"services: {web: {replicas: 2, balancing: shared, operations: {do: []}}}\nfaults: [{slow: web, to: 50%, replicas: 1, at: 1s, for: 1s}]":           "one station",
		"services: {web: {operations: {do: []}}}\nfaults: [{kill: web, at: 1s, for: 2s}, {pause: web, at: 2s, for: 1s}]":                                  "at the same time",
		"services: {web: {replicas: 2, partitions: 4, operations: {do: []}}}\nfaults: [{kill: web, at: 1s, for: 2s}]":                                     "split or copied",
		"services: {web: {operations: {do: [{cache: {keys: 100_000_000, size: 10, else: [{wait: 1s}]}}]}}}":                                               "100000000 keys",
		"services: {web: {replicas: 2, replication: {mode: async, lag: 1s, keys: 1_000_000, writes: [put], reads: [do]}, operations: {put: [], do: []}}}": "1000000 items",
	} {
		s, err := Start(t.Context(), parse(t, "web.do", text), Options{})
		if err == nil {
			_ = s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\nerror %v, want one about %q", text, err, want)
		}
	}
}
