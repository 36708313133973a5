package queueing

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/headroom/headroom/queueing/ctmc"
)

// priorityState is where the users of two classes are: at the station in question,
// and which of them is in service there if none is interrupted.
type priorityState struct {
	at     [2]int
	served int
}

// priorityChain solves one station with priorities and a delay exactly: the
// throughput of two classes, the first of which goes first.
func priorityChain(t *testing.T, users [2]int, away, service [2]float64, rule PriorityRule) [2]float64 {
	t.Helper()
	next := func(s priorityState) priorityState {
		s.served = 0
		if s.at[0] == 0 {
			s.served = 1
		}
		return s
	}
	c, states, err := ctmc.Explore(priorityState{}, 10_000, func(s priorityState, add func(priorityState, float64)) {
		for j := range users {
			if s.at[j] < users[j] {
				to := s
				to.at[j]++
				if rule == Preemptive || s.at == [2]int{} {
					to = next(to)
				}
				add(to, float64(users[j]-s.at[j])/away[j])
			}
		}
		if s.at != [2]int{} {
			to := s
			to.at[s.served]--
			to = next(to)
			if to.at == [2]int{} {
				to.served = 0
			}
			add(to, 1/service[s.served])
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Stationary()
	if err != nil {
		t.Fatal(err)
	}
	var x [2]float64
	for i, s := range states {
		if s.at != [2]int{} {
			x[s.served] += p[i] / service[s.served]
		}
	}
	return x
}

// As far off the Markov chain as the comment says.
func TestMVAPriorityAgainstChain(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 3))
	var all [3][]float64 // by rule
	for range 400 {
		users := [2]int{1 + r.IntN(5), 1 + r.IntN(5)}
		away := [2]float64{math.Exp(2 * r.NormFloat64()), math.Exp(2 * r.NormFloat64())}
		service := [2]float64{math.Exp(0.7 * r.NormFloat64()), math.Exp(0.7 * r.NormFloat64())}
		for _, rule := range []PriorityRule{HeadOfLine, Preemptive} {
			want := priorityChain(t, users, away, service, rule)
			got, err := MVAPriority(PriorityNetwork{
				Stations: []MixedStation{{}, {Servers: 1}},
				Rules:    []PriorityRule{NoPriority, rule},
				Classes: []MixedClass{
					{Users: users[0], Demands: []float64{away[0], service[0]}},
					{Users: users[1], Demands: []float64{away[1], service[1]}},
				},
				Ranks: []int{0, 1},
			})
			if err != nil {
				t.Fatal(err)
			}
			if want[0]*service[0] > 0.75 {
				continue // the others starve
			}
			for j := range want {
				if rule == Preemptive && j == 0 {
					continue // the first is alone there, and exact
				}
				all[rule] = append(all[rule], math.Abs(got.Throughput[j]/want[j]-1))
			}
		}
	}
	for rule, most := range map[PriorityRule][3]float64{HeadOfLine: {0.01, 0.1, 0.8}, Preemptive: {0.01, 0.06, 0.17}} {
		off := all[rule]
		slices.Sort(off)
		n := len(off)
		at := [3]float64{off[n/2], off[n*9/10], off[n-1]}
		t.Logf("rule %d: half of %d within %.2g, nine in ten %.2g, worst %.2g", rule, n, at[0], at[1], at[2])
		for i, v := range at {
			if v > most[i] {
				t.Errorf("rule %d: further off than stated", rule)
			}
		}
	}
}

// With equal ranks, and with no rules at all, it is exact mean value analysis.
func TestMVAPriorityIsMVA(t *testing.T) {
	m := MixedNetwork{queueStations(1, 1, 0), []MixedClass{
		{Users: 4, Think: 1, Demands: []float64{.3, .4, 1}},
		{Users: 3, Think: 2, Demands: []float64{.3, .1, 2}},
	}}
	want, err := MixedMVA(m)
	if err != nil {
		t.Fatal(err)
	}
	for _, ranks := range [][]int{{0, 0}, {0, 1}} {
		got, err := MVAPriority(PriorityNetwork{Stations: m.Stations, Classes: m.Classes, Ranks: ranks})
		if err != nil {
			t.Fatal(err)
		}
		for j := range want.Throughput {
			near(t, "throughput", got.Throughput[j], want.Throughput[j], 1e-12)
			for k := range m.Stations {
				near(t, "number", got.Present[j][k], want.Present[j][k], 1e-12)
			}
		}
	}
	same := PriorityNetwork{Stations: m.Stations[:1], Rules: []PriorityRule{Preemptive}, Ranks: []int{2, 2}, Classes: []MixedClass{
		{Users: 4, Think: 1, Demands: []float64{.3}}, {Users: 3, Think: 2, Demands: []float64{.3}},
	}}
	want, _ = MixedMVA(MixedNetwork{same.Stations, same.Classes})
	got, err := MVAPriority(same)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "throughput of equals", got.Throughput[1], want.Throughput[1], 1e-12)
}

// Many users that seldom come are an open stream, for which the method is exact.
func TestMVAPriorityOfMany(t *testing.T) {
	const n = 120
	for preemptive, rule := range map[bool]PriorityRule{false: HeadOfLine, true: Preemptive} {
		got, err := MVAPriority(PriorityNetwork{
			Stations: []MixedStation{{Servers: 1}}, Rules: []PriorityRule{rule}, Ranks: []int{1, 0},
			Classes: []MixedClass{{Users: n, Think: n / .4, Demands: []float64{1}}, {Users: n, Think: n / .3, Demands: []float64{1}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		open, err := NewMMcPriority([]float64{got.Throughput[1], got.Throughput[0]}, 1, 1, preemptive)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "first", got.Response[1], open[0].Figures().Response, 0.03)
		near(t, "last", got.Response[0], open[1].Figures().Response, 0.05)
	}
}

func TestMVAPriorityBadInput(t *testing.T) {
	for name, spoil := range map[string]func(n *PriorityNetwork){
		"ranks":   func(n *PriorityNetwork) { n.Ranks = nil },
		"rules":   func(n *PriorityNetwork) { n.Rules = []PriorityRule{7} },
		"more":    func(n *PriorityNetwork) { n.Rules = make([]PriorityRule, 3) },
		"servers": func(n *PriorityNetwork) { n.Stations[0].Servers = 2 },
		"scv":     func(n *PriorityNetwork) { n.Stations[0].SCV = []float64{2} },
		"open":    func(n *PriorityNetwork) { n.Classes[0].Users, n.Classes[0].Rate = 0, .1 },
		"many":    func(n *PriorityNetwork) { n.Classes[0].Users = 1 << 24 },
		"NaN":     func(n *PriorityNetwork) { n.Classes[0].Demands[0] = math.NaN() },
	} {
		n := PriorityNetwork{
			Stations: []MixedStation{{Servers: 1}}, Rules: []PriorityRule{Preemptive}, Ranks: []int{0},
			Classes: []MixedClass{{Users: 3, Think: 1, Demands: []float64{1}}},
		}
		spoil(&n)
		if _, err := MVAPriority(n); !errors.Is(err, ErrInput) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// Whatever the scales, there is an answer of finite numbers.
func TestMVAPriorityExtremes(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 4))
	for range 300 {
		n := PriorityNetwork{Stations: []MixedStation{{Servers: 1}, {Servers: 1, FIFO: true}, {}}}
		for range n.Stations {
			n.Rules = append(n.Rules, PriorityRule(r.IntN(3)))
		}
		for range 3 {
			c := MixedClass{Users: r.IntN(4), Think: math.Pow(10, 20*r.NormFloat64())}
			for range n.Stations {
				c.Demands = append(c.Demands, math.Pow(10, math.Max(-50, math.Min(50, 20*r.NormFloat64())))*float64(r.IntN(2)))
			}
			c.Think = math.Max(1e-50, math.Min(1e50, c.Think))
			n.Classes, n.Ranks = append(n.Classes, c), append(n.Ranks, r.IntN(2))
		}
		got, err := MVAPriority(n)
		if err != nil {
			t.Fatal(err)
		}
		for j, x := range got.Throughput {
			if !(x >= 0) || math.IsInf(x, 0) || !(got.Response[j] >= 0) {
				t.Fatalf("class %d of %+v: throughput %v, response %v", j+1, n, x, got.Response[j])
			}
		}
	}
}
