package scenarios

import (
	"strings"
	"testing"
)

// TestTakesTime holds when a closed workload without think time is refused:
// when its request takes no time on average.
func TestTakesTime(t *testing.T) {
	base := `headroom: 1
name: x
services:
  a: {operations: {x: [STEPS], nothing: [], slow: [{wait: 1ms}]}}
topics: {t: {consumer: a.slow}}
LATENCY
workloads: {w: {users: 2, does: DOES}}
`
	for _, c := range []struct {
		steps, does, latency string
		takes                bool
	}{
		{"{cpu: 1ms}", "a.x", "", true},
		{"{wait: exp(1ms)}", "a.x", "", true},
		{"{cpu: 0}", "a.x", "", false},
		{"", "a.x", "", false},
		{"{call: a.slow}", "a.x", "", true},
		{"{call: a.nothing}", "a.x", "", false},
		{"{call: a.nothing}", "a.x", "network: {latency: 1ms}", true},
		{"{publish: t}", "a.x", "network: {latency: 1ms}", false}, // nobody waits for a message
		{"{parallel: [{call: a.slow}, []]}", "a.x", "", true},
		{"{choose: [100%: [], 0%: {call: a.slow}]}", "a.x", "", false},
		{"{choose: [99%: [], 1%: {call: a.slow}]}", "a.x", "", true},
		{"{cache: {hit: 100%, else: {call: a.slow}}}", "a.x", "", false},
		{"{cache: {hit: 0%, then: {call: a.slow}}}", "a.x", "", false},
		{"{cache: {hit: 50%, then: {call: a.slow}}}", "a.x", "", true},
		{"{repeat: {count: 0, do: {call: a.slow}}}", "a.x", "", false},
		{"{repeat: {count: 2, do: {call: a.slow}}}", "a.x", "", true},
		{"{cpu: 1ms}", "[{wait: 1ms}]", "", true},
		{"{cpu: 1ms}", "[{call: a.nothing}]", "network: {latency: 1ms}", false}, // a session is at the door
		{"{cpu: 1ms}", "[{call: a.nothing}, {call: a.x}]", "", true},
		{"{cpu: 1ms}", "{route: {start: a.nothing, a.nothing: end}}", "", false},
		{"{cpu: 1ms}", "{route: {start: a.nothing, a.nothing: {a.x: 1%, end: 99%}, a.x: end}}", "", true},
		{"{cpu: 1ms}", "{route: {start: {a.x: 100%}, a.x: end}}", "", true},
		{"{cpu: 1ms}", "{a.x: 0%, a.nothing: 100%}", "", false},
	} {
		text := strings.NewReplacer("STEPS", c.steps, "DOES", c.does, "LATENCY", c.latency).Replace(base)
		m, diags := Parse("x.yaml", []byte(text), nil)
		switch {
		case c.takes && m == nil:
			t.Errorf("%s, %s: %v", c.steps, c.does, diags)
		case !c.takes && (len(diags) != 1 || !strings.Contains(diags[0].Msg, "takes any time")):
			t.Errorf("%s, %s, %s: got %v", c.steps, c.does, c.latency, diags)
		}
	}
}
