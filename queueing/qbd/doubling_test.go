package qbd

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/headroom/headroom/queueing/internal/domain"
)

// few is a process of n phases in which moves up start in one of some states and
// lead to some, and so do moves down; load is about their ratio.
func few(r *rand.Rand, n, up, down int, load float64) *Process {
	l := Level{Up: mat.NewDense(n, n, nil), Local: mat.NewDense(n, n, nil), Down: mat.NewDense(n, n, nil)}
	for i := range n {
		for j := range n {
			if i != j && (r.IntN(3) == 0 || j == (i+1)%n) {
				l.Local.Set(i, j, r.Float64())
			}
			if i < up && j%7 < up {
				l.Up.Set(i, j%up, load*r.Float64())
			}
			if i >= n-down && j%7 < down {
				l.Down.Set(i, n-1-j%down, r.Float64())
			}
		}
	}
	return &Process{Name: "few", Start: []Level{{Up: l.Up, Local: l.Local}}, Above: l}
}

// What returns by doubling is what returns by cyclic reduction, which knows
// nothing of the states that a level is come into by.
func TestDoublingAgainstCyclicReduction(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	used := 0
	for _, n := range []int{2, 5, 12, 32} {
		for _, load := range []float64{.01, .5, .9, 1, 1.5} {
			p := few(r, n, 1+r.IntN(max(1, n/2)), 1+r.IntN(max(1, n/3)), load)
			thin, err := p.returnsByDoubling()
			if err != nil {
				t.Fatal(err)
			}
			if thin == nil {
				continue
			}
			used++
			got := mat.NewDense(n, n, nil)
			thin.addTo(got)
			want, err := p.reduce()
			if err != nil {
				t.Fatal(err)
			}
			for i := range n {
				for j := range n {
					if a, b := got.At(i, j), want.At(i, j); !(math.Abs(a-b) <= 1e-12*b) {
						t.Errorf("n %d, load %v: entry %d, %d is %.15g, want %.15g", n, load, i, j, a, b)
					}
				}
			}
		}
	}
	if used < 10 {
		t.Errorf("%d processes were doubled, want 10", used)
	}
}

// Near the load that can just be borne the drift decides, and beyond it the load
// is named, whichever way the solution goes.
func TestVerdicts(t *testing.T) {
	erlang := func(k int, up func(l *Level, i int)) *Process {
		l := Level{Up: mat.NewDense(k, k, nil), Local: mat.NewDense(k, k, nil), Down: mat.NewDense(k, k, nil)}
		for i := range k {
			up(&l, i)
		}
		return &Process{Name: "line", Start: []Level{{Up: l.Up, Local: l.Local}}, Above: l}
	}
	const k = 4
	ways := map[string]func(load float64) *Process{
		"moves down end by one law": func(load float64) *Process {
			return erlang(k, func(l *Level, i int) {
				l.Up.Set(i, i, load)
				if i < k-1 {
					l.Local.Set(i, i+1, k)
				} else {
					l.Down.Set(i, 0, k)
				}
			})
		},
		"moves up end by one law": func(load float64) *Process {
			return erlang(k, func(l *Level, i int) {
				l.Down.Set(i, i, 1)
				if i < k-1 {
					l.Local.Set(i, i+1, k*load)
				} else {
					l.Up.Set(i, 0, k*load)
				}
			})
		},
		"moves down from all states to all": func(load float64) *Process {
			return erlang(k, func(l *Level, i int) {
				for j := range k {
					l.Up.Set(i, i, load)
					l.Down.Set(i, j, float64(1+j)/10)
					l.Local.Set(i, j, 1)
				}
				for j := range k { // so that each row of moves down has its own law
					l.Down.Set(i, j, l.Down.At(i, j)*(1+float64((i+j)%2)/2))
				}
			})
		},
	}
	for way, make := range ways {
		rise, fall, err := make(1).drift()
		if err != nil {
			t.Fatal(err)
		}
		bears := fall / rise // times load 1
		for _, load := range []float64{.5, 1 - 1e-7, 1 - 1e-9} {
			s, err := make(load * bears).Solve()
			if err != nil {
				t.Errorf("%s: load %v: %v", way, load, err)
			} else if !(s.Mean() > 0) {
				t.Errorf("%s: load %v: mean %v", way, load, s.Mean())
			}
		}
		for _, load := range []float64{1 + 1e-9, 1 + 1e-7, 1.1, 20} {
			_, err := make(load * bears).Solve()
			var unstable *domain.UnstableError
			if !errors.As(err, &unstable) {
				t.Errorf("%s: load %v: error is %v, want an unstable process", way, load, err)
			} else if math.Abs(unstable.Load/load-1) > 1e-9 {
				t.Errorf("%s: load %v: named as %v", way, load, unstable.Load)
			}
		}
	}
}

// Eight states that are come into from below, four from above, of 32.
func BenchmarkDoubling(b *testing.B) {
	p := few(rand.New(rand.NewPCG(1, 1)), 32, 8, 4, .5)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.returnsByDoubling(); err != nil {
			b.Fatal(err)
		}
	}
}

// A turn takes no memory.
func TestTurnsTakeNoMemory(t *testing.T) {
	p := few(rand.New(rand.NewPCG(1, 1)), 32, 8, 4, .5)
	l := newLayers(3, 2)
	copy(l.through, []float64{.1, .1, .1, .1, .1, .1, .1, .1, .1})
	copy(l.back, []float64{.3, .4, .3, .4, .3, .4})
	copy(l.over, []float64{.1, .1, .1, .1, .1, .1})
	copy(l.down, []float64{.3, .4, .3, .4})
	if n := testing.AllocsPerRun(20, func() { _, _ = l.double() }); n != 0 {
		t.Errorf("doubling takes %v allocations", n)
	}
	up, down := supported(p.Above.Up), supported(p.Above.Down)
	turn, within := newTurn(32, up, down), mat.DenseCopyOf(p.Above.Local)
	if n := testing.AllocsPerRun(20, func() {
		if turn.begin(within) == nil {
			turn.finish(within)
		}
	}); n != 0 {
		t.Errorf("a turn of the reduction takes %v allocations", n)
	}
}
