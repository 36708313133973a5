package queueing

import (
	"context"
	"fmt"
	"testing"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// Every scenario of the library, solved whole.
func BenchmarkSolve(b *testing.B) {
	for _, entry := range scenarios.Library() {
		m, err := scenarios.Load(entry.Name, scenarios.Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(entry.Name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Solve(context.Background(), m, Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A hundred services in ten tiers, threads held through all of them, and a
// thousand without a limit on threads.
func BenchmarkSolveTiers(b *testing.B) {
	for _, c := range []struct {
		name           string
		tiers, threads int
	}{{"100 services with threads", 10, 24}, {"1000 services", 100, 0}} {
		m := tiers(c.tiers, c.threads)
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r, err := Solve(context.Background(), m, Options{})
				if err != nil || !r.Stable {
					b.Fatal(err, "or not stable")
				}
			}
		})
	}
}

// tiers is a model of so many tiers of ten services; each calls one of the next.
func tiers(n, threads int) *scenarios.Model {
	m := &scenarios.Model{Name: "tiers", Part: 1, Live: scenarios.Live{Cells: 1}}
	for tier := range n {
		for i := range 10 {
			id := 10*tier + i
			name := fmt.Sprintf("s%d", id)
			steps := []scenarios.Step{scenarios.CPU{At: scenarios.At(name + ".op/0"), Demand: dist.Exponential(0.005)}}
			if tier+1 < n {
				steps = append(steps, scenarios.Call{At: scenarios.At(name + ".op/1"), Op: scenarios.OpID(10*(tier+1) + (7*i+tier)%10)})
			}
			m.Services = append(m.Services, scenarios.Service{
				Name: name, Replicas: 1, Cores: 2, Threads: threads, Backlog: scenarios.Unlimited, Operations: []scenarios.OpID{scenarios.OpID(id)},
			})
			m.Operations = append(m.Operations, scenarios.Operation{Name: name + ".op", Service: scenarios.ServiceID(id), Steps: steps})
		}
	}
	for i := range 10 {
		m.Workloads = append(m.Workloads, scenarios.Workload{
			Name: fmt.Sprintf("w%d", i), Mix: []scenarios.Share{{Op: scenarios.OpID(i), P: 1}},
			Arrivals: &scenarios.Arrivals{Kind: scenarios.Poisson, Rate: 200, Gap: dist.Exponential(1. / 200)},
		})
	}
	return m
}
