package queueing

import (
	"context"
	"testing"

	"github.com/headroom/headroom/scenarios"
)

// What a service costs is said where the scenario says it, and absent elsewhere.
func TestCost(t *testing.T) {
	m, diags := scenarios.Parse("cost.yaml", []byte(`headroom: 1
name: cost
services:
  web: {replicas: 4, cost: 0.25, operations: {get: [{cpu: exp(1ms)}]}}
  free: {operations: {get: [{cpu: exp(1ms)}]}}
workloads: {users: {arrivals: poisson(10/s), does: {web.get: 50%, free.get: 50%}}}
`), nil)
	if diags != nil {
		t.Fatal(diags)
	}
	r, err := Solve(context.Background(), m, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if c := r.Services["web"].Cost; c.Value != 1 {
		t.Errorf("web costs %v, want 1", c)
	}
	if c := r.Services["free"].Cost; c.Known() {
		t.Errorf("free costs %v", c)
	}
}
