package qbd_test

import (
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/headroom/headroom/queueing/qbd"
)

// erlangLine is M/E_k/1 at a load of 0.8: moves down end by one law.
func erlangLine(k int) *qbd.Process {
	mu := float64(k) / .8
	up, local, down := mat.NewDense(k, k, nil), mat.NewDense(k, k, nil), mat.NewDense(k, k, nil)
	first, ground := mat.NewDense(k, 1, nil), mat.NewDense(1, k, nil)
	for i := range k {
		up.Set(i, i, 1)
		if i < k-1 {
			local.Set(i, i+1, mu)
		}
	}
	down.Set(k-1, 0, mu)
	first.Set(k-1, 0, mu)
	ground.Set(0, 0, 1)
	return &qbd.Process{
		Name:  "M/Ek/1",
		Start: []qbd.Level{{Up: ground, Local: mat.NewDense(1, 1, nil)}, {Up: up, Local: local, Down: first}},
		Above: qbd.Level{Up: up, Local: local, Down: down},
	}
}

// Thirty-two phases vary by a thirty-second: Pollaczek and Khinchine again.
func TestManyPhases(t *testing.T) {
	s, err := erlangLine(32).Solve()
	if err != nil {
		t.Fatal(err)
	}
	near(t, "mean", s.Mean(), .8+.8*.8/2/.2*(1+1.0/32), 1e-12)
}

func BenchmarkOneLaw32(b *testing.B) {
	p := erlangLine(32)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Solve(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReduction32(b *testing.B) {
	p := erlangLine(32)
	p.Above.Down.Set(0, 1, 1e-3) // a second law
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Solve(); err != nil {
			b.Fatal(err)
		}
	}
}
