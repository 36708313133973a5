package queueing

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/headroom/headroom/queueing/qbd"
)

// phases is a law in phases.
func (l lawRow) phases(t *testing.T) *qbd.PH {
	t.Helper()
	var p *qbd.PH
	var err error
	switch l.Type {
	case "exp":
		p, err = qbd.Exponential(l.Mean)
	case "erlang":
		p, err = qbd.Erlang(l.Mean, l.K)
	case "hyperexp":
		p, err = qbd.HyperExponential(l.P, l.Means)
	default:
		t.Fatalf("no phases for %q", l.Type)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func inPhases(t *testing.T, gap lawRow, service *qbd.PH, c int) MAPPHc {
	t.Helper()
	var m *qbd.MAP
	var err error
	if gap.Type == "mmpp2" {
		m, err = qbd.MMPP2{Rates: [2]float64(gap.Rates), Switch: [2]float64(gap.Switch)}.Arrivals()
	} else {
		m, err = qbd.RenewalArrivals(gap.phases(t))
	}
	if err != nil {
		t.Fatal(err)
	}
	q, err := NewMAPPHc(m, service, c)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// The cases in phases, each also answered in another way.
func TestMAPPHcReference(t *testing.T) {
	left := map[string]bool{
		"mmpp2-m-1": true, "mmpp2-m-3": true, "e2m-3": true, "h2e2-1": true, "h2m1-rho06": true,
		"mg1-variance-h2": true, "mmc-c3-rho086": true,
	}
	for _, c := range refCases(t) {
		if !left[c.Name] {
			continue
		}
		delete(left, c.Name)
		t.Run(c.Name, func(t *testing.T) {
			st, class := c.Model.Stations[0], c.Model.Classes[0]
			q := inPhases(t, class.Arrival, st.Service[class.Name].phases(t), max(1, st.Servers))
			f := q.Figures()
			for name, got := range map[string]float64{
				"utilization": f.Utilization, "number": f.Present, "number_waiting": f.InLine,
				"response_time": f.Response, "waiting_time": f.Waiting, "throughput": f.Throughput, "prob_wait": f.PWait,
				"waiting_variance": q.Waiting().Variance(), "response_variance": q.Response().Variance(),
			} {
				if _, ok := c.number(name); ok {
					c.want(t, got, "rel", name)
				}
			}
			if _, ok := c.number("p_n", "0"); ok {
				c.want(t, q.Present(0), "rel", "p_n", "0")
			}
			for _, p := range []float64{.5, .9, .95, .99, .999} {
				key := fmt.Sprint(p)
				if _, ok := c.number("response_percentiles", key); ok {
					c.want(t, q.Response().Quantile(p), "rel", "response_percentiles", key)
				}
				if _, ok := c.number("waiting_percentiles", key); ok {
					c.want(t, q.Waiting().Quantile(p), "rel", "waiting_percentiles", key)
				}
			}
		})
	}
	for name := range left {
		t.Errorf("no case %s", name)
	}
}

// alike compares the times of two stations that are one, as near as the other is
// known: relative for the mean, absolute for probabilities.
func alike(t *testing.T, what string, got, want Time, within float64) {
	t.Helper()
	if a, b := got.Mean(), want.Mean(); !(math.Abs(a-b) <= within*b) {
		t.Errorf("%s: mean is %.14g, want %.14g", what, a, b)
	}
	for _, p := range []float64{.3, .9, .99, .99999} {
		if x := got.Quantile(p); x > 0 && !(math.Abs(want.CDF(x)-p) <= within) || x == 0 && want.CDF(0) < p {
			t.Errorf("%s: p%g is %.14g, want %.14g", what, 100*p, x, want.Quantile(p))
		}
	}
	for _, at := range []float64{0, .2, 1, 7} {
		x := at * want.Mean()
		if a, b := got.CDF(x), want.CDF(x); !(math.Abs(a-b) <= within) {
			t.Errorf("%s: CDF(%g) is %.14g, want %.14g", what, x, a, b)
		}
		if a, b := got.Survival(x), want.Survival(x); !(math.Abs(a-b) <= within) {
			t.Errorf("%s: Survival(%g) is %.14g, want %.14g", what, x, a, b)
		}
	}
}

// M/PH/1 by inverting the transforms, and PH/M/c by its root.
func TestMAPPHcTimes(t *testing.T) {
	heavy := lawRow{Type: "hyperexp", P: []float64{.05, .95}, Means: []float64{9, .4}}
	even := lawRow{Type: "erlang", Mean: .8, K: 5}
	for _, service := range []lawRow{heavy, even} {
		p := service.phases(t)
		one, err := NewMG1(.9, p)
		if err != nil {
			t.Fatal(err)
		}
		q := inPhases(t, lawRow{Type: "exp", Mean: 1 / .9}, p, 1)
		alike(t, "M/PH/1 waiting", q.Waiting(), one.Waiting(), 1e-9)
		alike(t, "M/PH/1 response", q.Response(), one.Response(), 1e-9)
		for _, c := range []int{1, 3, 20} {
			gap := service.phases(t)
			mean := .85 * gap.Mean() * float64(c)
			line, err := NewGIMc(gap, mean, c)
			if err != nil {
				t.Fatal(err)
			}
			q := inPhases(t, service, lawRow{Type: "exp", Mean: mean}.phases(t), c)
			alike(t, "PH/M/c waiting", q.Waiting(), line.Waiting(), 1e-11)
			alike(t, "PH/M/c response", q.Response(), line.Response(), 1e-11)
		}
	}
}

// One server for two kinds of gaps and services: by Lindley's integral.
func TestMAPPHcAgainstGIG1(t *testing.T) {
	gap, service := lawRow{Type: "hyperexp", P: []float64{.2, .8}, Means: []float64{3, .5}}, lawRow{Type: "erlang", Mean: .7, K: 3}
	line, err := NewGIG1(gap.dist(t), service.dist(t))
	if err != nil {
		t.Fatal(err)
	}
	q := inPhases(t, gap, service.phases(t), 1)
	if got, want := q.Figures().PWait, line.Figures().PWait; !(math.Abs(got-want) < 1e-9) {
		t.Errorf("p_wait: got %v, want %v", got, want)
	}
	alike(t, "PH/PH/1 waiting", q.Waiting(), line.Waiting(), 1e-8)
}

func TestMAPPHcHostile(t *testing.T) {
	for _, v := range hostile {
		for _, c := range []int{math.MinInt, 0, 1, 3, math.MaxInt} {
			checkHostile(t, fmt.Sprintf("%v on %d servers", v, c), func() (Station, error) {
				m, err := qbd.NewMAP(mat.NewDense(2, 2, []float64{0, .1, .3, 0}), mat.NewDense(2, 2, []float64{v, 0, 0, .2}))
				if err != nil {
					return nil, err
				}
				p, err := qbd.FitTwo(1, 3)
				if err != nil {
					t.Fatal(err)
				}
				return NewMAPPHc(m, p, c)
			})
			checkHostile(t, fmt.Sprintf("service %v on %d servers", v, c), func() (Station, error) {
				p, err := qbd.Coxian([]float64{1, v}, []float64{.5})
				if err != nil {
					return nil, err
				}
				m, err := qbd.PoissonArrivals(.3)
				if err != nil {
					t.Fatal(err)
				}
				return NewMAPPHc(m, p, c)
			})
		}
	}
}
