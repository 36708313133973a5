package queueing

import (
	"fmt"
	"testing"
)

// openAnswers solves the open networks, forks and joins, and lines that block.
var openAnswers = answers{
	"central-server-open":             exactOpen,
	"branching-5station":              exactOpen,
	"three-class-fcfs-equal":          exactOpen,
	"cyclic-visits-large":             exactOpen,
	"tandem-mm1-sojourn-distribution": tandemTimes,

	"fj2-flatto-hahn-rho09": twoBranches,
	"fj2-hetero":            twoBranches,
	"fj2-hetero-heavy":      twoBranches,
	"fj8-exp":               equalBranches,
	"fj3-hetero-general":    apartBranches,
	"fj2-h2":                apartBranches,
	"fj5-det-arrivals":      apartBranches,

	"tandem-repetitive": limitedRoom,
	"closed-bas-n7-4st": limitedRoom,
}

// openNetwork is the model of a case of type open.
func (c refCase) openNetwork(t *testing.T) OpenNetwork {
	t.Helper()
	n := OpenNetwork{}
	at := map[string]int{}
	for k, s := range c.Model.Stations {
		at[s.Name] = k
		servers := max(1, s.Servers)
		if s.Kind == "delay" {
			servers = 0
		}
		n.Stations = append(n.Stations, OpenStation{Servers: servers, Shared: s.Discipline == "ps"})
	}
	for r, class := range c.Model.Classes {
		arrivals := class.Arrival.dist(t)
		oc := OpenClass{Arrivals: 1 / arrivals.Mean(), SCV: scvOf(moment{arrivals.Mean(), arrivals.Variance()}), Start: make([]float64, len(at))}
		for _, s := range c.Model.Stations {
			service := OpenService{}
			if row, ok := s.Service[class.Name]; ok {
				d := row.dist(t)
				service = OpenService{d.Mean(), scvOf(moment{d.Mean(), d.Variance()})}
			}
			oc.Service = append(oc.Service, service)
		}
		for from, targets := range c.Model.Routing[class.Name] {
			for _, to := range targets {
				name, p := to[0].(string), to[1].(float64)
				switch {
				case name == "sink":
				case from == "source":
					oc.Start[at[name]] = p
				default:
					n.Routes = append(n.Routes, OpenRoute{OpenPlace{r, at[from]}, OpenPlace{r, at[name]}, p})
				}
			}
		}
		n.Classes = append(n.Classes, oc)
	}
	return n
}

// wantIf compares where the case has the figure.
func (c refCase) wantIf(t *testing.T, got float64, path ...string) int {
	t.Helper()
	if _, ok := c.number(path...); !ok {
		return 0
	}
	c.want(t, got, "rel", path...)
	return 1
}

// exactOpen wants product form, by both solvers, since QNA is exact there too.
func exactOpen(t *testing.T, c refCase) {
	n := c.openNetwork(t)
	for name, solver := range map[string]func(OpenNetwork) (OpenResult, error){"product form": ProductForm, "QNA": QNA, "either": SolveOpen} {
		r, err := solver(n)
		if err != nil {
			t.Fatal(name, err)
		}
		if want := name != "QNA"; r.Exact != want {
			t.Errorf("%s: exact is %v", name, r.Exact)
		}
		if seen := c.checkOpen(t, r); seen < 12 {
			t.Errorf("only %d figures compared", seen)
		}
	}
}

func (c refCase) checkOpen(t *testing.T, r OpenResult) (seen int) {
	t.Helper()
	for k, s := range c.Model.Stations {
		f := r.Stations[k]
		at := func(name string, v float64) { seen += c.wantIf(t, v, "stations", s.Name, name) }
		at("utilization", f.Utilization)
		at("utilization_total", f.Present)
		at("number", f.Present)
		at("throughput", f.Throughput)
		at("response_time", f.Response)
		for i, class := range c.Model.Classes {
			p := f.Classes[i]
			at := func(name string, v float64) { seen += c.wantIf(t, v, "stations", s.Name, "classes", class.Name, name) }
			at("utilization", p.Utilization)
			at("number", p.Present)
			at("throughput", p.Throughput)
			at("response_time", p.Response)
		}
	}
	for i, class := range c.Model.Classes {
		seen += c.wantIf(t, r.Classes[i].Response, "classes", class.Name, "response_time")
		seen += c.wantIf(t, r.Classes[i].Present, "classes", class.Name, "number")
		seen += c.wantIf(t, r.Classes[i].Throughput, "classes", class.Name, "throughput")
	}
	seen += c.wantIf(t, r.Present, "system", "number")
	seen += c.wantIf(t, r.Throughput, "system", "throughput")
	return seen + c.wantIf(t, r.Response, "system", "response_time")
}

func tandemTimes(t *testing.T, c refCase) {
	r, err := SolveOpen(c.openNetwork(t))
	if err != nil {
		t.Fatal(err)
	}
	d, err := r.ResponseTime(0)
	if err != nil {
		t.Fatal(err)
	}
	c.want(t, r.Response, "rel", "system", "response_time")
	c.want(t, d.Mean(), "rel", "system", "response_time")
	c.want(t, d.Variance(), "rel", "system", "response_variance")
	for _, p := range []float64{0.5, 0.9, 0.95, 0.99} {
		c.want(t, d.Quantile(p), "rel", "system", "response_percentiles", fmt.Sprint(p))
	}
}
