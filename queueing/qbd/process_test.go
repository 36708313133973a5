package qbd_test

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/headroom/headroom/queueing/ctmc"
	"github.com/headroom/headroom/queueing/internal/domain"
	"github.com/headroom/headroom/queueing/qbd"
)

func near(t *testing.T, what string, got, want, rel float64) {
	t.Helper()
	if !(math.Abs(got-want) <= rel*math.Abs(want)) {
		t.Errorf("%s: got %.15g, want %.15g (off by %.2g)", what, got, want, math.Abs(got/want-1))
	}
}

// bumpy is a process without structure: three states a level, all moves
// possible, and a start of two levels of other sizes.
func bumpy(up float64) *qbd.Process {
	above := qbd.Level{
		Up:    mat.NewDense(3, 3, []float64{.3, .1, .2, .05, .4, .1, .2, .2, .1}),
		Local: mat.NewDense(3, 3, []float64{9, .5, .2, .3, 9, .6, .1, .9, 9}),
		Down:  mat.NewDense(3, 3, []float64{.5, .2, .1, .3, .4, .3, .1, .6, .2}),
	}
	above.Up.Scale(up, above.Up)
	return &qbd.Process{
		Name: "bumpy", Above: above,
		Start: []qbd.Level{
			{Up: mat.NewDense(2, 3, []float64{.2, .3, .1, .5, .1, .4}), Local: mat.NewDense(2, 2, []float64{0, .7, .2, 0})},
			{Up: mat.NewDense(3, 3, []float64{.1, .6, .3, .2, .3, .1, .4, .1, .5}), Local: mat.NewDense(3, 3, []float64{0, .2, .1, .4, 0, .2, .6, .1, 0}), Down: mat.NewDense(3, 2, []float64{.3, .4, .8, .1, .2, .9})},
		},
	}
}

// truncated is the same process as a finite chain.
func truncated(t *testing.T, p *qbd.Process, levels int) (law []float64, levelOf func(i int) int) {
	t.Helper()
	type state struct{ level, phase int }
	at := func(n int) qbd.Level {
		if n < len(p.Start) {
			return p.Start[n]
		}
		return p.Above
	}
	var states []state
	index := map[state]int{}
	for n := range levels {
		m, _ := at(n).Local.Dims()
		for i := range m {
			index[state{n, i}] = len(states)
			states = append(states, state{n, i})
		}
	}
	c, err := ctmc.New(len(states), func(from int, add func(int, float64)) {
		s := states[from]
		l := at(s.level)
		for d, block := range []*mat.Dense{l.Down, l.Local, l.Up} {
			if block == nil || s.level+d-1 >= levels {
				continue
			}
			for j, rate := range block.RawRowView(s.phase) {
				add(index[state{s.level + d - 1, j}], rate)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if law, err = c.Stationary(); err != nil {
		t.Fatal(err)
	}
	return law, func(i int) int { return states[i].level }
}

// Level by level as the same chain cut off far away, by elimination.
func TestSolveAgainstTruncation(t *testing.T) {
	for _, up := range []float64{.02, .5, .95} {
		p := bumpy(up)
		s, err := p.Solve()
		if err != nil {
			t.Fatal(err)
		}
		law, level := truncated(t, p, 1500)
		var byLevel [40]float64
		for i, x := range law {
			if level(i) < len(byLevel) {
				byLevel[level(i)] += x
			}
		}
		for n, want := range byLevel {
			near(t, "P", s.P(n), want, 1e-12)
		}
		mean := ctmc.Mean(law, func(i int) float64 { return float64(level(i)) })
		near(t, "mean", s.Mean(), mean, 1e-11)
		near(t, "variance", s.Variance(), ctmc.Mean(law, func(i int) float64 { d := float64(level(i)) - mean; return d * d }), 1e-10)
		for _, k := range []int{-1, 0, 1, 2, 3, 7} {
			near(t, "tail", s.Tail(k), ctmc.Mean(law, func(i int) float64 {
				if level(i) > k {
					return 1
				}
				return 0
			}), 1e-11)
			near(t, "excess", s.Excess(max(k, 0)), ctmc.Mean(law, func(i int) float64 { return math.Max(0, float64(level(i)-max(k, 0))) }), 1e-11)
		}
	}
}

// Far levels come by squaring; they fall by a steady factor.
func TestFarLevels(t *testing.T) {
	s, err := bumpy(.5).Solve()
	if err != nil {
		t.Fatal(err)
	}
	by := s.P(60) / s.P(59)
	near(t, "P(200)", s.P(200), s.P(60)*math.Pow(by, 140), 1e-10)
	near(t, "tail", s.Tail(200), s.P(201)/(1-by), 1e-10)
}

func TestDrift(t *testing.T) {
	_, err := bumpy(2).Solve()
	var unstable *domain.UnstableError
	if !errors.As(err, &unstable) || unstable.Load <= 1 {
		t.Fatalf("error is %v, want an unstable process", err)
	}
	// what it could bear: all moves up slowed by the factor that it names
	if _, err := bumpy(2 / unstable.Load * .8).Solve(); err != nil {
		t.Error(err)
	}
}

func TestBadProcess(t *testing.T) {
	spoil := map[string]func(p *qbd.Process){
		"no start":    func(p *qbd.Process) { p.Start = nil },
		"no block":    func(p *qbd.Process) { p.Start[1].Down = nil },
		"no up":       func(p *qbd.Process) { p.Above.Up = nil },
		"size":        func(p *qbd.Process) { p.Start[1].Down = mat.NewDense(3, 3, nil) },
		"size above":  func(p *qbd.Process) { p.Above.Up = mat.NewDense(3, 2, nil) },
		"not square":  func(p *qbd.Process) { p.Above.Local = mat.NewDense(3, 2, nil) },
		"NaN":         func(p *qbd.Process) { p.Above.Up.Set(1, 1, math.NaN()) },
		"infinite":    func(p *qbd.Process) { p.Above.Local.Set(0, 1, math.Inf(1)) },
		"negative":    func(p *qbd.Process) { p.Start[0].Up.Set(1, 1, -1) },
		"falls apart": func(p *qbd.Process) { *p = *apart() },
		"never down":  func(p *qbd.Process) { p.Start[1].Down = mat.NewDense(3, 2, nil) },
	}
	for what, f := range spoil {
		p := bumpy(.5)
		f(p)
		if _, err := p.Solve(); !errors.Is(err, domain.ErrInput) {
			t.Errorf("%s: error is %v, want bad input", what, err)
		}
	}
}

// apart has two states that never meet.
func apart() *qbd.Process {
	two := func(rate float64) *mat.Dense { return mat.NewDense(2, 2, []float64{rate, 0, 0, rate}) }
	none := mat.NewDense(2, 2, nil)
	return &qbd.Process{Name: "apart", Start: []qbd.Level{{Up: two(1), Local: none}}, Above: qbd.Level{Up: two(1), Local: none, Down: two(2)}}
}
