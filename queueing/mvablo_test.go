package queueing

import (
	"errors"
	"math"
	"testing"
)

// Residence times printed for Akyildiz's examples.
func TestMVABLOPrinted(t *testing.T) {
	for _, c := range []struct {
		n    BlockingNetwork
		want [3]float64
		tol  float64
	}{
		{cycle(27, []float64{1, .5, 1 / 3.}, []int{12, 10, 14}), [3]float64{11.80, 1.66, 14.4}, 4e-3},
		{cycle(10, []float64{1.5, 2, 1}, []int{4, 5, 5}), [3]float64{6.925, 8.061, 4.185}, 2e-4},
	} {
		r, err := MVABLO(c.n)
		if err != nil {
			t.Fatal(err)
		}
		for k, want := range c.want {
			within(t, "R", r.Stations[k].Response, want, c.tol)
		}
	}
}

// How far it strays from the Markov chain: what its comment states.
func TestMVABLOAgainstChain(t *testing.T) {
	branch := BlockingNetwork{
		Users:    8,
		Stations: []BlockingStation{{1, .3, 8}, {1, .7, 3}, {1, .5, 4}},
		Routes:   [][]float64{{0, .4, .6}, {1, 0, 0}, {1, 0, 0}},
	}
	for name, n := range map[string]BlockingNetwork{
		"cycle of three": cycle(10, []float64{1.5, 2, 1}, []int{4, 5, 5}),
		"long":           cycle(27, []float64{1, .5, 1 / 3.}, []int{12, 10, 14}),
		"cycle of two":   cycle(10, []float64{2, .9}, []int{7, 5}),
		"cycle of four":  cycle(7, []float64{.3, .35, .6, .25}, []int{7, 2, 2, 3}),
		"branch":         branch,
	} {
		exact := blocked(t, n)
		r, err := MVABLO(n)
		if err != nil {
			t.Fatal(name, err)
		}
		off := r.Stations[0].Throughput/exact.Stations[0].Throughput - 1
		t.Logf("%s: throughput %+.1f %%", name, 100*off)
		for k := range n.Stations {
			got, want := r.Stations[k].Present, exact.Stations[k].Present
			t.Logf("%s: present %.3f, exactly %.3f", name, got, want)
			if math.Abs(got/want-1) > 2./3 {
				t.Errorf("%s: %.3f present at station %d, exactly %.3f", name, got, k+1, want)
			}
		}
		if math.Abs(off) > .12 {
			t.Errorf("%s: throughput off by %.1f %%", name, 100*off)
		}
	}
}

func TestMVABLOBadInput(t *testing.T) {
	for name, spoil := range map[string]func(n *BlockingNetwork){
		"open":    func(n *BlockingNetwork) { n.Users, n.Arrivals, n.Start = 0, 1, []float64{1, 0} },
		"rule":    func(n *BlockingNetwork) { n.Rule = RepeatService },
		"servers": func(n *BlockingNetwork) { n.Stations[0].Servers = 2 },
		"users":   func(n *BlockingNetwork) { n.Users = 7 },
		"apart":   func(n *BlockingNetwork) { n.Routes[1] = []float64{0, 1} },
	} {
		n := cycle(4, []float64{1, 1}, []int{3, 3})
		spoil(&n)
		if _, err := MVABLO(n); err == nil {
			t.Errorf("%s: no error", name)
		} else if name != "apart" && !errors.Is(err, ErrInput) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
