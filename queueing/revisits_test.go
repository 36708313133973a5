package queueing

import (
	"testing"

	"github.com/headroom/headroom/scenarios"
)

// What is left out of the visits that are counted for those who come back is no
// visit of somebody who does: in every scenario of the library and in a model of
// a thousand services, the pairs of visits are those of the whole count.
func TestRevisitsMissNoPair(t *testing.T) {
	models := map[string]*scenarios.Model{"unlike": unlikeServices(200), "tiers": tiers(20, 0)}
	for _, entry := range scenarios.Library() {
		m, err := scenarios.Load(entry.Name, scenarios.Options{})
		if err != nil {
			t.Fatal(err)
		}
		models[entry.Name] = m
	}
	models["diamond"] = parse(t, `
services:
  a: {operations: {op: [{parallel: [{call: b.op}, {call: c.op}]}]}}
  b: {operations: {op: [{cpu: 1ms}, {call: d.op}]}}
  c: {operations: {op: [{cpu: 1ms}, {call: d.op}]}}
  d: {operations: {op: [{cpu: 1ms}]}}
workloads: {w: {arrivals: poisson(1/s), does: a.op}}
`)
	pairs, left := 0, 0
	for name, m := range models {
		p := newPlan(m)
		all, again := p.visits(), p.revisits()
		for op := range all {
			for _, v := range all[op] {
				want, got := v.again(), again[op].of(v.service)
				if want > 1e-12 {
					pairs++
					if got != v.number {
						t.Errorf("%s: %s comes to %s %v times, of which %v are seen", name, m.Operations[op].Name, m.Services[v.service].Name, v.number, got)
					}
				} else if got == (moment{}) {
					left++
				}
			}
		}
	}
	if pairs < 10 || left < 100 {
		t.Errorf("only %d services come to again, %d left out", pairs, left)
	}
}
