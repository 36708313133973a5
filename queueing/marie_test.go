package queueing

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// ring sends all users of a network of one class from station to station.
func (c ClosedNetwork) ring(laws []ServiceLaw) (SwitchingNetwork, [][]ServiceLaw) {
	n := SwitchingNetwork{Stations: []MixedStation{{}}, Service: [][]float64{{c.Think}}, Users: []int{c.Users}, Reference: []int{0}}
	all := len(c.Stations) + 1
	for k, s := range c.Stations {
		n.Stations = append(n.Stations, MixedStation{Servers: s.Servers, Rates: s.Rates, FIFO: true})
		n.Service[0] = append(n.Service[0], s.Demand)
		n.Hops = append(n.Hops, Hop{k, 0, k + 1, 0, 1})
	}
	n.Hops = append(n.Hops, Hop{all - 1, 0, 0, 0, 1})
	return n, [][]ServiceLaw{append([]ServiceLaw{nil}, laws...)}
}

func fitted2(t *testing.T, mean, scv float64) ServiceLaw {
	t.Helper()
	l, err := FittedLaw(mean, scv)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// One station with a law next to delays is the chain itself.
func TestMarieOneStation(t *testing.T) {
	for _, servers := range []int{1, 2, 3} {
		for _, scv := range []float64{0.3, 1, 5} {
			c := ClosedNetwork{Users: 9, Think: 2, Stations: []ClosedStation{{Demand: 0.7, Servers: servers}}}
			laws := []ServiceLaw{fitted2(t, 0.7, scv)}
			got, err := Marie(c, laws)
			if err != nil {
				t.Fatal(err)
			}
			n, all := c.ring(laws)
			want, err := n.Markov(all, MarkovStates)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "throughput", got.Throughput, want.Throughput[0][1], 1e-8)
			near(t, "utilization", got.Stations[0].Utilization, want.Utilization[0][1], 1e-8)
			for i, p := range want.Number[1] {
				near(t, "p(n)", got.Stations[0].Marginal[i], p, 1e-7)
			}
		}
	}
}

// Exponential laws leave product form what it is.
func TestMarieProductForm(t *testing.T) {
	c := ClosedNetwork{Users: 30, Think: 1, Stations: []ClosedStation{{Demand: 0.2, Servers: 2}, {Demand: 0.14, Servers: 1}, {Demand: 0.3, Servers: 1, Copies: 3}, {Demand: 0.1}}}
	one := ServiceLaw{{1, 7, 1}}
	got, err := Marie(c, []ServiceLaw{one, one, one, one})
	if err != nil {
		t.Fatal(err)
	}
	want, err := Convolution(c)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "throughput", got.Throughput, want.Throughput, 1e-9)
	for k := range c.Stations {
		near(t, "present", got.Stations[k].Present, want.Stations[k].Present, 1e-9)
		near(t, "utilization", got.Stations[k].Utilization, want.Stations[k].Utilization, 1e-9)
	}
}

// Networks of several stations with laws against their chains.
func TestMarieAgainstMarkov(t *testing.T) {
	worstX, worstN, compared := 0.0, 0.0, 0
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 31))
		c := ClosedNetwork{Users: 1 + r.IntN(7), Think: 0.2 + 2*r.Float64()}
		var laws []ServiceLaw
		for range 2 + r.IntN(2) {
			s := ClosedStation{Demand: 0.2 + r.Float64(), Servers: 1 + r.IntN(2)}
			c.Stations = append(c.Stations, s)
			laws = append(laws, fitted2(t, s.Demand, []float64{0.25, 0.5, 1, 2, 4}[r.IntN(5)]))
		}
		got, err := Marie(c, laws)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		n, all := c.ring(laws)
		want, err := n.Markov(all, MarkovStates)
		if err != nil {
			continue // too large for the chain
		}
		compared++
		worstX = math.Max(worstX, math.Abs(got.Throughput/want.Throughput[0][0]-1))
		for k := range c.Stations {
			worstN = math.Max(worstN, math.Abs(got.Stations[k].Present-want.Present[0][k+1])/float64(c.Users))
		}
	}
	if !(worstX <= 0.046) || !(worstN <= 0.02) || compared < 140 {
		t.Errorf("throughput off by %v, numbers by %v of the users in %d networks; measured 0.045 and 0.0191", worstX, worstN, compared)
	}
}

func TestMarieInput(t *testing.T) {
	c := ClosedNetwork{Users: 3, Think: 1, Stations: []ClosedStation{{Demand: 1, Servers: 1}}}
	open := ClosedNetwork{Users: 3, Think: 1, Stations: []ClosedStation{{Demand: 1, Servers: 1, OpenLoad: 0.2}}}
	one := ServiceLaw{{1, 1, 1}}
	for name, f := range map[string]func() error{
		"number":   func() error { _, err := Marie(c, nil); return err },
		"law":      func() error { _, err := Marie(c, []ServiceLaw{{{1, -1, 1}}}); return err },
		"open":     func() error { _, err := Marie(open, []ServiceLaw{one}); return err },
		"too many": func() error { c := c; c.Users = 50000; _, err := Marie(c, []ServiceLaw{one}); return err },
		"network":  func() error { c := c; c.Think = math.NaN(); _, err := Marie(c, []ServiceLaw{one}); return err },
	} {
		if err := f(); !errors.Is(err, ErrInput) {
			t.Errorf("%s: got %v, want an InputError", name, err)
		}
	}
	// all users are always there
	for _, servers := range []int{1, 4} {
		c := ClosedNetwork{Users: 3, Stations: []ClosedStation{{Demand: 2, Servers: servers}}}
		r, err := Marie(c, []ServiceLaw{fitted2(t, 1, 4)})
		if err != nil {
			t.Fatal(err)
		}
		near(t, fmt.Sprintf("%d servers", servers), r.Throughput, float64(min(3, servers))/2, 1e-12)
	}
}

// With many users the busiest station is the limit, though laws come in other
// units than demands.
func TestMarieManyUsers(t *testing.T) {
	c := ClosedNetwork{Users: 400, Think: 5, Stations: []ClosedStation{{Demand: 0.05, Servers: 1}, {Demand: 0.04, Servers: 1}, {Demand: 0.04, Servers: 2}}}
	laws := []ServiceLaw{fitted2(t, 1, 4), fitted2(t, 30, 0.5), fitted2(t, 1, 2)}
	got, err := Marie(c, laws)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "throughput", got.Throughput, 20, 1e-3)
	sum := got.Throughput * c.Think
	for _, s := range got.Stations {
		sum += s.Present
	}
	near(t, "users", sum, 400, 1e-9)
	near(t, "utilization", got.Stations[2].Utilization, 0.4, 1e-3)
}

func BenchmarkMarie(b *testing.B) {
	c := ClosedNetwork{Users: 200, Think: 5, Stations: []ClosedStation{{Demand: 0.05, Servers: 1}, {Demand: 0.04, Servers: 1}, {Demand: 0.09, Servers: 2}}}
	law, err := FittedLaw(1, 4)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Marie(c, []ServiceLaw{law, law, law}); err != nil {
			b.Fatal(err)
		}
	}
}
