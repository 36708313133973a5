package queueing_test

import (
	"math"
	"testing"

	"github.com/headroom/headroom/queueing"
)

// closedOf is a closed network by the service times, visits and servers of its
// stations; 0 servers make a delay.
func closedOf(users int, think float64, service, visits []float64, servers ...int) queueing.ClosedNetwork {
	c := queueing.ClosedNetwork{Users: users, Think: think}
	for k, s := range service {
		st := queueing.ClosedStation{Demand: s, Servers: 1}
		if visits != nil {
			st.Demand *= visits[k]
		}
		if servers != nil {
			st.Servers = servers[k]
		}
		c.Stations = append(c.Stations, st)
	}
	return c
}

func TestOraclesClosed(t *testing.T) {
	loaded := closedOf(5, 0, []float64{1.5, 1}, nil)
	for _, s := range []float64{1, 1.5, 1.9, 2.6, 3.1} { // service times with 1, 2, … present
		loaded.Stations[1].Rates = append(loaded.Stations[1].Rates, 1/s)
	}
	for _, c := range []struct {
		name    string
		n       queueing.ClosedNetwork
		visits  []float64
		x, r, q string // r by visit
	}{
		{
			"Bolch 8.1", closedOf(3, 0, []float64{1 / .8, 1 / .6, 1 / .4}, []float64{1, .667, .2}, 2, 3, 1),
			nil, ".944419", "", "1.28981 1.04988 .660311",
		},
		{
			"Bolch 8.3", closedOf(6, 0, []float64{.02, .2, .4, .6}, []float64{1, .4, .2, .1}),
			[]float64{1, .4, .2, .1},
			"9.91984", ".0245584 .569827 1.13965 1.24428", "",
		},
		{
			"Bolch 8.4", closedOf(3, 0, []float64{.5, .6, .8, 1}, []float64{1, .5, .5, 1}, 2, 1, 1, 0),
			nil, "1.21746", "", ".623679 .472872 .685988 1.21746",
		},
		{
			"Jain 3.42", closedOf(20, 4, []float64{.125, .3, .2}, []float64{16, 10, 5}),
			[]float64{16, 10, 5},
			".333247", ".373339 4.85426 .299922", "1.99062 16.1767 .49974",
		},
		{"Lazowska p. 117", closedOf(3, 15, []float64{.605, 2.1, 1.35}, nil), nil, ".151516", "", ".097566 .394657 .23503"},
		{"JMVA load-dependent", loaded, []float64{1, 1}, ".403617", "4.14283 8.24513", "1.67212 3.32788"},
		{"cyclic", closedOf(3, 0, []float64{5, 2.5}, nil), []float64{1, 1}, ".186667", "12.142857 3.928571", ""},
		{"20-multiserver", closedOf(4, 1, []float64{1}, nil, 2), nil, "1.7", "", ""},
	} {
		methods := map[string]func(queueing.ClosedNetwork) (queueing.ClosedResult, error){"convolution": queueing.Convolution, "mva": queueing.MVA}
		for _, s := range c.n.Stations {
			if s.Servers > 1 || s.Rates != nil {
				delete(methods, "mva") // which refuses them
			}
		}
		for method, solve := range methods {
			res := must(solve(c.n))(t)
			what := c.name + " by " + method
			agrees(t, what+": throughput", res.Throughput, c.x)
			var r, q []float64
			for k, s := range res.Stations {
				q = append(q, s.Present)
				if c.visits != nil {
					r = append(r, s.Residence/c.visits[k])
				}
			}
			if c.r != "" {
				agree(t, what+": time of a visit", r, c.r)
			}
			if c.q != "" {
				agree(t, what+": number", q, c.q)
			}
		}
	}
}

// Lazowska prints the approximation as well.
func TestOraclesSchweitzer(t *testing.T) {
	r := must(queueing.Schweitzer(queueing.MixedNetwork{
		Stations: []queueing.MixedStation{{Servers: 1}, {Servers: 1}, {Servers: 1}},
		Classes:  []queueing.MixedClass{{Users: 3, Think: 15, Demands: []float64{.605, 2.1, 1.35}}},
	}))(t)
	agree(t, "Lazowska p. 117, numbers", r.Present[0], "~.0973 ~.4021 ~.2359")
}

// The throughput of 50 users is written as .41666663; convolution in exact
// fractions gives .4166666663.
func TestOraclesBounds(t *testing.T) {
	for users, want := range map[int][2]string{5: {".381158", ".331126"}, 10: {".412296", ".369004"}, 50: {".4166666663", ".406174"}} {
		c := closedOf(users, 0, []float64{1, 1.6, 2.4, .5}, nil)
		agrees(t, "throughput", must(queueing.MVA(c))(t).Throughput, want[0])
		b := must(queueing.Bounds(c))(t)
		agrees(t, "balanced", b.Balanced.Low, want[1])
		agrees(t, "asymptotic, low", b.Asymptotic.Low, ".181818")
		agrees(t, "asymptotic, high", b.Asymptotic.High, ".416667")
	}
	for users, want := range map[int]string{
		2: "4.3040 4.3174", 5: "6.6859 6.7524", 10: "8.1521 8.2690", 20: "9.0947 9.2431", 80: "9.8233 9.8765",
	} {
		b := must(queueing.Bounds(closedOf(users, 0, []float64{.1, .1, .09, .08}, nil)))(t)
		agree(t, "geometric", []float64{b.Geometric.Low, b.Geometric.High}, want)
	}
}

// The textbook's mean value analysis of several servers carries the marginal
// probabilities p(0) … p(c − 1) along and gets p(0) as 1 less the rest, which
// cancels to nothing, or to less, near saturation. Here it is written out, to show
// that a network falls into that trap, which the machine-repair station answers
// by other means.
func TestOraclesUnstableRecursion(t *testing.T) {
	const think, service, servers = 6.0, 1.0, 16
	if few, same := recursiveMVA(12, think, service, servers), must(queueing.NewMMcN(12, think, service, servers))(t).Figures().Throughput; math.Abs(few/same-1) > 1e-9 {
		t.Fatalf("the recursion gives %.12g for a few users, want %.12g: it is written out wrongly", few, same)
	}
	const users = 120
	want := must(queueing.NewMMcN(users, think, service, servers))(t).Figures().Throughput
	classic := recursiveMVA(users, think, service, servers)
	got := must(queueing.Convolution(closedOf(users, think, []float64{service}, nil, servers)))(t).Throughput
	if math.Abs(got/want-1) > 1e-12 {
		t.Errorf("throughput %.12g, want %.12g", got, want)
	}
	if math.Abs(classic/want-1) < 1e-6 {
		t.Errorf("the recursion gives %.12g, and is no trap at these numbers", classic)
	}
}

// recursiveMVA is the recursion that is not to be used.
func recursiveMVA(users int, think, service float64, servers int) (x float64) {
	c := float64(servers)
	p, q := make([]float64, servers), 0.0
	p[0] = 1
	for n := 1; n <= users; n++ {
		idle := 0.0
		for j, pj := range p {
			idle += (c - 1 - float64(j)) * pj
		}
		r := service / c * (1 + q + idle)
		x = float64(n) / (think + r)
		q = x * r
		rest := 0.0
		for j := servers - 1; j > 0; j-- {
			p[j] = x * service / float64(j) * p[j-1]
			rest += (c - float64(j)) * p[j]
		}
		p[0] = 1 - (x*service+rest)/c
	}
	return x
}
