package reports

import (
	"math"
	"testing"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// flowsBetween names the flows of a scenario by their ends.
func flowsBetween(m *scenarios.Model, r *measure.Result) map[string]float64 {
	g := graphOf(m, r)
	out := map[string]float64{}
	for _, f := range g.flows {
		out[g.boxes[g.index[f.from]].name+" → "+g.boxes[g.index[f.to]].name] = f.rate
	}
	return out
}

// The album by hand: 13 889 uploads, 27 778 searches and 13 889 views a second.
func TestFlowsOfCalls(t *testing.T) {
	const day = 86400
	up, search, view := 1.2e9/day, 2.4e9/day, 1.2e9/day
	batch := 1.5
	r := &measure.Result{Topics: map[string]*measure.Topic{"photos": {Batch: measure.Exactly(batch)}}}
	want := map[string]float64{
		"uploads → gateway": up, "searches → gateway": search, "views → gateway": view,
		"gateway → storage":  up + view*(0.7*0.15+0.3),
		"gateway → metadata": up + view,
		"gateway → photos":   up, "photos → recognition": up,
		"gateway → search": search, "gateway → cache": view * 0.7,
		"search → cache": search, "search → metadata": search * 0.4,
		"recognition → storage": up / batch, "recognition → metadata": up / batch, "recognition → search": up / batch,
	}
	compareFlows(t, flowsBetween(sampleModel(t), r), want)
}

// A route with a loop: the traffic equations of a small Jackson network by
// hand. λ_desk = 40 + 0.4·λ_desk…: a visit ends with probability 0.5.
func TestFlowsOfRoute(t *testing.T) {
	m, bad := scenarios.Parse("route.yaml", []byte(`headroom: 1
name: route
services:
  a: {operations: {x: [{cpu: 1ms}]}}
  b: {operations: {y: [{cpu: 1ms}]}}
workloads:
  w: {arrivals: poisson(10/s), does: {route: {start: a.x, a.x: {b.y: 80%, end: 20%}, b.y: {a.x: 50%, end: 50%}}}}
`), nil)
	if bad != nil {
		t.Fatal(bad)
	}
	a := 10 / (1 - 0.4) // λ_a = 10 + 0.5·λ_b and λ_b = 0.8·λ_a
	compareFlows(t, flowsBetween(m, &measure.Result{}), map[string]float64{"w → a": 10, "a → b": 0.8 * a, "b → a": 0.4 * a})
}

func TestFlowsOfBatchesAndRepeats(t *testing.T) {
	m, bad := scenarios.Parse("repeat.yaml", []byte(`headroom: 1
name: repeat
services:
  a: {operations: {x: [{repeat: {count: 3, do: [{call: b.y}]}}, {publish: t}]}}
  b: {operations: {y: [{cpu: 1ms}]}}
  c: {operations: {z: [{repeat: {count: batch, do: [{call: b.y}]}}, {call: b.y}]}}
topics: {t: {consumer: c.z, batch: 8}}
workloads:
  w: {users: 5, think: 1s, does: [{call: a.x}, {call: b.y}]}
`), nil)
	if bad != nil {
		t.Fatal(bad)
	}
	r := &measure.Result{
		Workloads: map[string]*measure.Workload{"w": {Throughput: measure.Exactly(4)}},
		Topics:    map[string]*measure.Topic{"t": {Batch: measure.Exactly(2)}},
	}
	compareFlows(t, flowsBetween(m, r), map[string]float64{
		"w → a": 4, "w → b": 4, "a → b": 12, "a → t": 4, "t → c": 4,
		"c → b": 4 + 2, // once a message, and once a batch of two
	})
}

func compareFlows(t *testing.T, got, want map[string]float64) {
	t.Helper()
	for k, v := range want {
		if g, ok := got[k]; !ok || math.Abs(g-v) > 1e-4*v {
			t.Errorf("%s: got %v, want %v", k, g, v)
		}
	}
	for k := range got {
		if _, ok := want[k]; !ok {
			t.Errorf("%s: not expected", k)
		}
	}
}
