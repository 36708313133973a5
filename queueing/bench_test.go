package queueing

import (
	"context"
	"testing"

	"github.com/headroom/headroom/scenarios"
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
