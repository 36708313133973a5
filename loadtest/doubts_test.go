package loadtest

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// doubtsOf are the caveats of 1000 hits in 10 s, each as edit leaves it.
func doubtsOf(edit func(i int, h *Hit)) []measure.Caveat {
	head := testHead
	s := newSummary(head, &End{Duration: 10, InFlight: 5})
	for i := range 1000 {
		due := time.Duration(i) * 10 * time.Millisecond
		h := Hit{Due: due, Sent: due + 20*time.Microsecond, Done: due + 5*time.Millisecond}
		edit(i, &h)
		s.add(&h)
	}
	return s.doubts()
}

func TestDoubts(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(i int, h *Hit)
		want []string // texts of the caveats; none means none
	}{
		{"a sound run", func(int, *Hit) {}, nil},
		{"late, little", func(i int, h *Hit) { h.Sent = h.Due + 400*time.Microsecond }, nil},
		{"late", func(i int, h *Hit) {
			if i%50 == 0 {
				h.Sent = h.Due + 2*time.Millisecond
			}
		}, []string{"2ms at p99", "hold this lateness"}},
		{"far too late", func(i int, h *Hit) {
			h.Sent, h.Done = h.Due+20*time.Millisecond, h.Due+21*time.Millisecond+time.Duration(i)
		}, []string{"20ms after they were due at the median", notTrusted}},
		{"later than the answer", func(i int, h *Hit) {
			if i%20 == 0 {
				h.Sent, h.Done = h.Due+50*time.Millisecond, h.Due+55*time.Millisecond
			}
		}, []string{"50ms at p99", notTrusted}},
		{"unsent, few", func(i int, h *Hit) {
			if i < 20 {
				h.Outcome = Unsent
			}
		}, []string{"20 of 1000 requests were due and never sent", "they count as failed", "20 of 1000 requests failed"}},
		{"unsent, many", func(i int, h *Hit) {
			if i < 60 {
				h.Outcome = Unsent
			}
		}, []string{"60 of 1000 requests were due and never sent", notTrusted}},
		{"cut", func(i int, h *Hit) {
			if i == 999 {
				h.Outcome = Cut
			}
		}, []string{"1 requests were cut", "the slowest"}},
		{"failed", func(i int, h *Hit) {
			if i == 5 {
				h.Outcome = TimedOut
			}
		}, []string{"1 of 1000 requests failed", "of requests that were answered"}},
	} {
		got := doubtsOf(c.edit)
		text := ""
		for _, x := range got {
			text += x.What + " | " + x.Effect + "\n"
			if x.Where != "workloads.visitors" {
				t.Errorf("%s: about %q", c.name, x.Where)
			}
		}
		for _, want := range c.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q does not say %q", c.name, text, want)
			}
		}
		if c.want == nil && len(got) > 0 {
			t.Errorf("%s: %q", c.name, text)
		}
	}
}

func TestPressure(t *testing.T) {
	for _, c := range []struct {
		name   string
		after  machine
		wanted string
	}{
		{"idle", machine{stalled: 0.1, busy: 4, total: 20, own: 4}, ""},
		{"not known", machine{}, ""},
		{"busy by our own doing", machine{stalled: 5, busy: 10, total: 20, own: 9.5}, ""},
		{"foreign, nobody waits", machine{stalled: 0.1, busy: 10, total: 20, own: 4}, ""},
		{"foreign", machine{stalled: 6, busy: 14, total: 20, own: 4}, "other processes used 50 %"},
		{"own", machine{stalled: 1, busy: 18, total: 20, own: 18}, "this process alone used 90 %"},
		{"stolen", machine{busy: 4, total: 20, own: 4, stolen: 2}, "gave 10 % of its cores"},
	} {
		got := pressure(machine{}, c.after, 10)
		if c.wanted == "" && len(got) > 0 || c.wanted != "" && (len(got) != 1 || !strings.Contains(got[0].What, c.wanted)) {
			t.Errorf("%s: %v; want %q", c.name, got, c.wanted)
		}
	}
}

func TestConnectionsForALoad(t *testing.T) {
	small := shop(poisson("visitors", 10, only(page)))
	if n := connectionsFor(small, nil); n != fewestInFlight {
		t.Errorf("10/s: %d; want %d", n, fewestInFlight)
	}
	quick := shop(poisson("a", 200, only(page)), poisson("b", 100, only(item)))
	if n := connectionsFor(quick, nil); n != 600 { // 300/s for a stall of 2 s
		t.Errorf("300/s: %d", n)
	}
	slow := shop(poisson("visitors", 20, []scenarios.Share{{Op: page, P: 0.5}, {Op: buy, P: 0.5}}))
	slow.Network.Latency = dist.Const(0.01)
	slow.Operations[buy].Steps = []scenarios.Step{ // takes 2.1 s: 0.5 + 0.08 + 2·0.01 + 1 + 0.25 + 0.25
		scenarios.CPU{Demand: dist.Exponential(0.5)},
		scenarios.Call{Op: item},
		scenarios.Repeat{Count: dist.Const(4), Steps: []scenarios.Step{scenarios.Wait{Time: dist.Const(0.25)}}},
		scenarios.Parallel{Need: 1, Branches: [][]scenarios.Step{{scenarios.Wait{Time: dist.Const(0.25)}}, {scenarios.Wait{Time: dist.Const(0.1)}}}},
		scenarios.Cache{Hit: 0.75, Then: nil, Else: []scenarios.Step{scenarios.Wait{Time: dist.Const(1)}}},
	}
	slow.Operations[item].Steps = []scenarios.Step{scenarios.Choose{Branches: []scenarios.Branch{
		{P: 0.8, Steps: []scenarios.Step{scenarios.CPU{Demand: dist.Const(0.1)}}},
		{P: 0.2, Steps: []scenarios.Step{scenarios.Call{Op: buy}}}, // round in a circle
	}}}
	near(t, "the time of an idle system (s)", idleTime(slow, &slow.Workloads[0]), 0.5*2.104, 1e-9)
	if n, want := connectionsFor(slow, nil), int(math.Ceil(20*20*0.5*2.104)); n != want {
		t.Errorf("slow: %d; want %d", n, want)
	}
	endless := shop(poisson("visitors", 1e9, only(page)))
	if n := connectionsFor(endless, nil); n > mostInFlight || n < fewestInFlight {
		t.Errorf("1e9/s: %d", n)
	}
}
