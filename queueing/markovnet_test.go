package queueing

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// randomSwitching is a small closed network of any stations and routes, whose
// classes may change.
func randomSwitching(seed uint64) SwitchingNetwork {
	r := rand.New(rand.NewPCG(seed, 29))
	stations, classes := 2+r.IntN(2), 1+r.IntN(2)
	var n SwitchingNetwork
	var turn []int // at each station, by how many classes
	for k := range stations {
		turn = append(turn, r.IntN(classes))
		s := MixedStation{}
		if k > 0 {
			s.Servers, s.FIFO = 1+r.IntN(2), r.IntN(2) == 0
		}
		for range classes {
			s.SCV = append(s.SCV, []float64{0.5, 1, 4}[r.IntN(3)])
			s.Weights = append(s.Weights, 0.3+3*r.Float64())
		}
		n.Stations = append(n.Stations, s)
	}
	for j := range classes {
		n.Users, n.Reference = append(n.Users, 1+r.IntN(2)), append(n.Reference, 0)
		n.Service = append(n.Service, nil)
		for k := range stations {
			n.Service[j] = append(n.Service[j], 0.2+2*r.Float64())
			if k == 0 {
				continue
			}
			to := (j + turn[k]) % classes
			n.Hops = append(n.Hops, Hop{0, j, k, j, 1 / float64(stations-1)}, Hop{k, j, 0, to, 0.7}, Hop{k, j, stations - 1, j, 0.3})
		}
	}
	return n
}

// oracleLaw is a law as the oracle wants it.
func oracleLaw(l ServiceLaw) []phase {
	var out []phase
	for i, ph := range l {
		next := i + 1
		if ph.Done == 1 {
			next = -1
		}
		out = append(out, phase{ph.Start, ph.Rate, next})
	}
	return out
}

// Networks of every kind against a chain that was written apart, over places
// where each server is known.
func TestMarkovAgainstOracle(t *testing.T) {
	for seed := range uint64(60) {
		n := randomSwitching(seed)
		got, err := n.Markov(nil, MarkovStates)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		throughput, number := solveMarkov(t, n, func(j, k int) []phase {
			scv := 1.0
			if n.Stations[k].FIFO {
				scv = n.Stations[k].SCV[j]
			}
			l, err := FittedLaw(n.Service[j][k], scv)
			if err != nil {
				t.Fatal(err)
			}
			return oracleLaw(l)
		})
		for j := range n.Users {
			for k := range n.Stations {
				what := fmt.Sprintf("seed %d, class %d, station %d: ", seed, j, k)
				near(t, what+"throughput", got.Throughput[j][k], throughput[j][k], 1e-9)
				near(t, what+"number", got.Present[j][k], number[j][k], 1e-9)
			}
		}
	}
}

// In product form the chain finds what convolution does, also where only the
// mean of a service time matters.
func TestMarkovProductForm(t *testing.T) {
	two := ServiceLaw{{0.3, 0.4, 1}, {0.7, 2.8, 1}} // of mean 1
	coxian := ServiceLaw{{1, 2, 0.6}, {0, 0.8, 1}}  // of mean 1
	n := SwitchingNetwork{
		Stations: []MixedStation{{}, {Servers: 2}, {Rates: []float64{0.6, 1.5, 1.2}}, {Servers: 2, FIFO: true}, {Rates: []float64{0.5, 1}, FIFO: true}},
		Service:  [][]float64{{1, 1, 1, 0.7, 0.4}, {1, 1, 1, 0.7, 0.4}},
		Users:    []int{2, 1}, Reference: []int{0, 0},
	}
	for j := range n.Users {
		for k := range n.Stations {
			n.Hops = append(n.Hops, Hop{k, j, (k + 1) % 5, j, 0.8}, Hop{k, j, (k + 2) % 5, 1 - j, 0.2})
		}
	}
	got, err := n.Markov([][]ServiceLaw{{coxian, two, coxian, nil, nil}, {nil, coxian, two, nil, nil}}, MarkovStates)
	if err != nil {
		t.Fatal(err)
	}
	want, err := n.Solve(MixedConvolution)
	if err != nil {
		t.Fatal(err)
	}
	compareMixed(t, "chain", got.Mixed, want.Mixed, 1e-9)
	for j := range n.Users {
		for k := range n.Stations {
			near(t, "present", got.Present[j][k], want.Present[j][k], 1e-9)
			near(t, "per visit", got.PerVisit[j][k], want.PerVisit[j][k], 1e-9)
			near(t, "utilization", got.Utilization[j][k], want.Utilization[j][k], 1e-9)
		}
	}
}

// A chain too wide to be eliminated, in product form.
func TestMarkovWide(t *testing.T) {
	n := lineOfTwo(8, 8)
	n.Stations[1].SCV = nil
	n.Service = [][]float64{{1, 0.4}, {0.7, 0.4}}
	got, err := n.Markov(nil, 200_000)
	if err != nil {
		t.Fatal(err)
	}
	if got.States < 10_000 {
		t.Errorf("%d states; want more, for sweeps", got.States)
	}
	want, err := n.Solve(MixedConvolution)
	if err != nil {
		t.Fatal(err)
	}
	compareMixed(t, "wide", got.Mixed, want.Mixed, 1e-9)
}

// One class at a station of several servers: the whole law of the number there
// is that of M/M/c/·/N.
func TestMarkovNumbers(t *testing.T) {
	n := SwitchingNetwork{
		Stations: []MixedStation{{}, {Servers: 3, FIFO: true}}, Service: [][]float64{{5, 2}}, Users: []int{400}, Reference: []int{0},
		Hops: []Hop{{0, 0, 1, 0, 1}, {1, 0, 0, 0, 1}},
	}
	got, err := n.Markov(nil, 401)
	if err != nil {
		t.Fatal(err)
	}
	want, err := NewMMcN(400, 5, 2, 3)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range got.Number[1] {
		near(t, "p(n)", p, want.Present(i), 1e-8)
	}
	if got.States != 401 {
		t.Errorf("%d states, want 401", got.States)
	}
}

func TestFittedLaw(t *testing.T) {
	for _, scv := range []float64{0, 0.03, 0.5, 0.7, 1, 1.5, 40, 1e20} {
		l, err := FittedLaw(3, scv)
		if err != nil {
			t.Fatal(err)
		}
		w := want{}
		l.check(&w)
		if w.err != nil {
			t.Error(w.err)
		}
		near(t, "mean", l.Mean(), 3, 1e-12)
		second, first, square := 0.0, 0.0, 0.0 // moments of the rest, from the last phase back
		for i := len(l) - 1; i >= 0; i-- {
			go1 := 1 - l[i].Done
			square = 2/(l[i].Rate*l[i].Rate) + go1*(square+2*first/l[i].Rate)
			first = 1/l[i].Rate + go1*first
			second += l[i].Start * square
		}
		near(t, fmt.Sprintf("scv %v", scv), second/9-1, math.Max(scv, 1.0/400), 1e-9)
	}
}

func TestMarkovInput(t *testing.T) {
	good := func() SwitchingNetwork { return randomSwitching(3) }
	law := func(l ServiceLaw) [][]ServiceLaw { return [][]ServiceLaw{{l, nil, nil}, nil} }
	for name, f := range map[string]func() error{
		"entries": func() error {
			n := good()
			n.Entries = []Entry{{0, 0, 1}}
			_, err := n.Markov(nil, 100)
			return err
		},
		"endless limit":   func() error { _, err := good().Markov(nil, 90_000_000); return err },
		"no limit":        func() error { _, err := good().Markov(nil, 0); return err },
		"too many states": func() error { _, err := good().Markov(nil, 5); return err },
		"no time": func() error {
			n := good()
			n.Service[0][1] = 0
			_, err := n.Markov(nil, 5000)
			return err
		},
		"NaN": func() error {
			n := good()
			n.Service[0][1] = math.NaN()
			_, err := n.Markov(nil, 5000)
			return err
		},
		"negative variability": func() error {
			n := good()
			n.Stations[1].SCV[0] = -1
			_, err := n.Markov(nil, 5000)
			return err
		},
		"weight":            func() error { n := good(); n.Stations[1].Weights[0] = 0; _, err := n.Markov(nil, 5000); return err },
		"other mean":        func() error { _, err := good().Markov(law(ServiceLaw{{1, 1e5, 1}}), 5000); return err },
		"no phases":         func() error { _, err := good().Markov(law(ServiceLaw{}), 5000); return err },
		"no end":            func() error { _, err := good().Markov(law(ServiceLaw{{1, 1, 0}}), 5000); return err },
		"starts":            func() error { _, err := good().Markov(law(ServiceLaw{{0.5, 1, 1}}), 5000); return err },
		"rate":              func() error { _, err := good().Markov(law(ServiceLaw{{1, math.Inf(1), 1}}), 5000); return err },
		"classes with laws": func() error { _, err := good().Markov(make([][]ServiceLaw, 9), 5000); return err },
		"users":             func() error { n := good(); n.Users[0] = 70000; _, err := n.Markov(nil, 5000); return err },
		"fit":               func() error { _, err := FittedLaw(0, 1); return err },
		"fit variability":   func() error { _, err := FittedLaw(1, math.NaN()); return err },
	} {
		if err := f(); !errors.Is(err, ErrInput) {
			t.Errorf("%s: got %v, want an InputError", name, err)
		}
	}
}

// Classes that are only passed through at the start leave no trace.
func TestMarkovTransientClass(t *testing.T) {
	n := SwitchingNetwork{
		Stations: []MixedStation{{}, {Servers: 1, FIFO: true}}, Service: [][]float64{{5, 2}, {1, 3}}, Users: []int{4, 0}, Reference: []int{0, 0},
		Hops: []Hop{{0, 0, 1, 1, 1}, {0, 1, 1, 1, 1}, {1, 1, 0, 1, 1}},
	}
	got, err := n.Markov(nil, 100)
	if err != nil {
		t.Fatal(err)
	}
	want, err := NewMMcN(4, 1, 3, 1)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "throughput", got.Throughput[1][1], want.Figures().Throughput, 1e-10)
	near(t, "of the chain", got.Mixed.Throughput[0], want.Figures().Throughput, 1e-10)
}

// lineOfTwo has two classes in one line of unlike times, next to thinking.
func lineOfTwo(a, b int) SwitchingNetwork {
	return SwitchingNetwork{
		Stations: []MixedStation{{}, {Servers: 2, FIFO: true, SCV: []float64{1, 3}}}, Service: [][]float64{{1, 0.2}, {0.7, 1.1}},
		Users: []int{a, b}, Reference: []int{0, 0},
		Hops: []Hop{{0, 0, 1, 0, 1}, {1, 0, 0, 0, 1}, {0, 1, 1, 1, 1}, {1, 1, 0, 1, 1}},
	}
}

func BenchmarkMarkov(b *testing.B) {
	for _, n := range [][2]int{{4, 3}, {6, 5}, {7, 6}} {
		net := lineOfTwo(n[0], n[1])
		r, err := net.Markov(nil, MarkovStates)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("states=%d", r.States), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := net.Markov(nil, MarkovStates); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
