package queueing

import (
	"encoding/json"
	"math"
	"strconv"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/headroom/headroom/queueing/ctmc"
	"github.com/headroom/headroom/queueing/qbd"
)

var matrixAnswers = answers{
	"mmpp2-m-1":             phasedMarkov,
	"mmpp2-m-3":             phasedMarkov,
	"e2m-3":                 phasedMarkov,
	"h2e2-1":                hyperErlang,
	"transient-mm3-backlog": backlog,
}

// phasedArrivals is the stream of a law: rates of moves between its two phases
// with an arrival, d1, and without, d0.
func phasedArrivals(t *testing.T, l lawRow) (d0, d1 *mat.Dense, rate float64) {
	t.Helper()
	switch l.Type {
	case "mmpp2":
		a, b := l.Switch[0], l.Switch[1]
		return mat.NewDense(2, 2, []float64{0, a, b, 0}), mat.NewDense(2, 2, []float64{l.Rates[0], 0, 0, l.Rates[1]}),
			(l.Rates[0]*b + l.Rates[1]*a) / (a + b)
	case "hyperexp":
		x, y := 1/l.Means[0], 1/l.Means[1]
		return mat.NewDense(2, 2, nil), mat.NewDense(2, 2, []float64{x * l.P[0], x * l.P[1], y * l.P[0], y * l.P[1]}),
			1 / (l.P[0]*l.Means[0] + l.P[1]*l.Means[1])
	case "erlang":
		if l.K == 2 {
			r := 2 / l.Mean
			return mat.NewDense(2, 2, []float64{0, r, 0, 0}), mat.NewDense(2, 2, []float64{0, 0, r, 0}), r / 2
		}
	}
	t.Fatalf("no arrivals in two phases for %q", l.Type)
	return nil, nil, 0
}

func solveProcess(t *testing.T, p *qbd.Process) *qbd.Solution {
	t.Helper()
	s, err := p.Solve()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// wantLine compares what a case says of its one station.
func wantLine(t *testing.T, c refCase, s *qbd.Solution, rate, service float64, servers int) {
	t.Helper()
	number, waiting := s.Mean(), s.Excess(servers)
	for name, got := range map[string]float64{
		"number": number, "number_waiting": waiting, "response_time": number / rate, "waiting_time": waiting / rate,
		"throughput": rate, "utilization": rate * service / float64(servers),
	} {
		if _, ok := c.number(name); ok {
			c.want(t, got, "rel", name)
		}
	}
	if _, ok := c.number("p_n", "0"); ok {
		c.want(t, s.P(0), "rel", "p_n", "0")
	}
}

// phasedMarkov is a line before servers of exponential services.
func phasedMarkov(t *testing.T, c refCase) {
	st := c.Model.Stations[0]
	d0, d1, rate := phasedArrivals(t, c.Model.Classes[0].Arrival)
	service := st.Service[c.Model.Classes[0].Name].Mean
	p := &qbd.Process{Name: c.Name}
	for n := 0; n <= st.Servers+1; n++ {
		leave := float64(min(n, st.Servers)) / service
		p.Above = qbd.Level{Up: d1, Local: d0, Down: mat.NewDense(2, 2, []float64{leave, 0, 0, leave})}
		if n <= st.Servers {
			p.Start = append(p.Start, p.Above)
		}
	}
	wantLine(t, c, solveProcess(t, p), rate, service, st.Servers)
}

// hyperErlang is a line before one server whose services have two equal phases.
func hyperErlang(t *testing.T, c refCase) {
	d0, d1, rate := phasedArrivals(t, c.Model.Classes[0].Arrival)
	law := c.Model.Stations[0].Service[c.Model.Classes[0].Name]
	if law.Type != "erlang" || law.K != 2 {
		t.Fatal("want services of two phases")
	}
	mu := 2 / law.Mean
	one := mat.NewDense(2, 2, []float64{1, 0, 0, 1})
	kron := func(a, b mat.Matrix) *mat.Dense {
		var out mat.Dense
		out.Kronecker(a, b)
		return &out
	}
	local := kron(d0, one)
	local.Add(local, kron(one, mat.NewDense(2, 2, []float64{0, mu, 0, 0})))
	above := qbd.Level{Up: kron(d1, one), Local: local, Down: kron(one, mat.NewDense(2, 2, []float64{0, 0, mu, 0}))}
	first := above
	first.Down = kron(one, mat.NewDense(2, 1, []float64{0, mu}))
	s := solveProcess(t, &qbd.Process{
		Name:  c.Name,
		Start: []qbd.Level{{Up: kron(d1, mat.NewDense(1, 2, []float64{1, 0})), Local: d0}, first},
		Above: above,
	})
	wantLine(t, c, s, rate, law.Mean, 1)
}

// backlog is how a line of a given length drains.
func backlog(t *testing.T, c refCase) {
	st, class := c.Model.Stations[0], c.Model.Classes[0]
	var jobs map[string]int
	if err := json.Unmarshal(st.InitialJobs, &jobs); err != nil {
		t.Fatal(err)
	}
	chain, err := ctmc.BirthDeath(600, func(int) float64 { return 1 / class.Arrival.Mean }, func(n int) float64 {
		return math.Min(float64(n), float64(st.Servers)) / st.Service[class.Name].Mean
	})
	if err != nil {
		t.Fatal(err)
	}
	start := make([]float64, chain.States())
	start[jobs[class.Name]] = 1
	for _, at := range []float64{2, 10, 40} {
		p, bound, err := chain.Transient(start, at, 1e-17)
		if err != nil || bound > 1e-12 {
			t.Fatal(bound, err)
		}
		when := strconv.FormatFloat(at, 'f', 1, 64)
		c.want(t, ctmc.Mean(p, func(n int) float64 { return float64(n) }), "rel", "transient", when, "number")
		c.want(t, p[0], "rel", "transient", when, "prob_empty")
	}
}
