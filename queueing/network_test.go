package queueing

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// openCase is one row of testdata/ref/open.json.
type openCase struct {
	Name, Source string
	Tol          float64
	Classes      []struct {
		Name    string
		MeanGap float64 `json:"mean_gap"`
	}
	Stations []struct {
		Name       string
		Servers    int
		Discipline string
		Service    map[string]float64
	}
	Routing  map[string]map[string][][2]any
	Expected struct {
		System   map[string]json.RawMessage
		Classes  map[string]map[string]float64
		Stations map[string]struct {
			Utilization, Number, Throughput float64
			Response                        float64 `json:"response_time"`
		}
	}
}

// model writes a case as routes over one operation a station and class.
func (c openCase) model() *scenarios.Model {
	m := &scenarios.Model{Name: c.Name, Part: 1, Live: scenarios.Live{Cells: 1}}
	ops := map[[2]string]scenarios.OpID{}
	for i, s := range c.Stations {
		service := scenarios.Service{Name: s.Name, Replicas: 1, Cores: max(1, s.Servers), Backlog: scenarios.Unlimited}
		if s.Discipline == "fcfs" {
			service.Discipline = scenarios.FIFO
		}
		for class, mean := range s.Service {
			id := scenarios.OpID(len(m.Operations))
			ops[[2]string{s.Name, class}] = id
			service.Operations = append(service.Operations, id)
			op := scenarios.Operation{Name: s.Name + "." + class, Service: scenarios.ServiceID(i)}
			at := scenarios.At(op.Name + "/0")
			if s.Servers == 0 { // a delay
				op.Steps = []scenarios.Step{scenarios.Wait{At: at, Time: dist.Exponential(mean)}}
			} else {
				op.Steps = []scenarios.Step{scenarios.CPU{At: at, Demand: dist.Exponential(mean)}}
			}
			m.Operations = append(m.Operations, op)
		}
		m.Services = append(m.Services, service)
	}
	for _, class := range c.Classes {
		r := &scenarios.Route{Next: map[scenarios.OpID][]scenarios.Share{}}
		for from, ways := range c.Routing[class.Name] {
			for _, way := range ways {
				to, p := way[0].(string), way[1].(float64)
				if from == "source" {
					r.Start = append(r.Start, scenarios.Share{Op: ops[[2]string{to, class.Name}], P: p})
					continue
				}
				at := ops[[2]string{from, class.Name}]
				if to == "sink" {
					r.Next[at] = slices.Clip(r.Next[at]) // what is missing to 1 ends the walk, but the row must be there
					continue
				}
				r.Next[at] = append(r.Next[at], scenarios.Share{Op: ops[[2]string{to, class.Name}], P: p})
			}
		}
		m.Workloads = append(m.Workloads, scenarios.Workload{
			Name: class.Name, Route: r,
			Arrivals: &scenarios.Arrivals{Kind: scenarios.Poisson, Rate: 1 / class.MeanGap, Gap: dist.Exponential(class.MeanGap)},
		})
	}
	return m
}

func TestOpenReference(t *testing.T) {
	raw, err := os.ReadFile("testdata/ref/open.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []openCase
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			r := solve(t, c.model())
			for name, want := range c.Expected.Stations {
				s := r.Services[name]
				if want.Utilization > 0 {
					near(t, name+" utilization", s.Utilization.Value, want.Utilization, c.Tol)
				}
				near(t, name+" present", s.Present.Value, want.Number, c.Tol)
				near(t, name+" throughput", s.Throughput.Value, want.Throughput, c.Tol)
				if want.Response > 0 {
					near(t, name+" response", s.Response.Mean.Value, want.Response, c.Tol)
				}
			}
			for name, want := range c.Expected.Classes {
				w := r.Workloads[name]
				near(t, name+" response", w.Response.Mean.Value, want["response_time"], c.Tol)
				near(t, name+" present", w.InSystem.Value, want["number"], c.Tol)
			}
			c.percentiles(t, r.Workloads["C"])
		})
	}
}

// percentiles compares the distribution of a tandem, where it is known.
func (c openCase) percentiles(t *testing.T, w *measure.Workload) {
	t.Helper()
	var want map[string]float64
	if raw, ok := c.Expected.System["response_percentiles"]; !ok || json.Unmarshal(raw, &want) != nil {
		return
	}
	near(t, "p50", w.Response.P50.Value, want["0.5"], 1e-5)
	near(t, "p90", w.Response.P90.Value, want["0.9"], 1e-5)
	near(t, "p95", w.Response.P95.Value, want["0.95"], 1e-5)
	near(t, "p99", w.Response.P99.Value, want["0.99"], 1e-5)
	near(t, "deviation", w.Response.Stddev.Value, math.Sqrt(1.16840277778), 1e-9)
}

// A small closed network by its Markov chain, solved directly: an oracle that
// shares no step with convolution or mean value analysis. Three stations, of
// one, two and three servers, in a cycle.
func TestClosedAgainstMarkovChain(t *testing.T) {
	demand, servers := [3]float64{0.7, 1.9, 2.3}, [3]int{1, 2, 3}
	const users = 4
	var states [][3]int
	index := map[[3]int]int{}
	for i := 0; i <= users; i++ {
		for j := 0; i+j <= users; j++ {
			s := [3]int{i, j, users - i - j}
			index[s] = len(states)
			states = append(states, s)
		}
	}
	n := len(states)
	q := mat.NewDense(n, n, nil)
	for from, s := range states {
		for k := range s {
			rate := float64(min(s[k], servers[k])) / demand[k]
			if rate == 0 {
				continue
			}
			to := s
			to[k]--
			to[(k+1)%3]++
			q.Set(index[to], from, q.At(index[to], from)+rate)
			q.Set(from, from, q.At(from, from)-rate)
		}
	}
	for j := range n {
		q.Set(0, j, 1) // the probabilities sum to 1, in place of one balance
	}
	b := mat.NewVecDense(n, nil)
	b.SetVec(0, 1)
	var p mat.VecDense
	if err := p.SolveVec(q, b); err != nil {
		t.Fatal(err)
	}
	net := ClosedNetwork{Users: users}
	for k := range demand {
		net.Stations = append(net.Stations, ClosedStation{Demand: demand[k], Servers: servers[k]})
	}
	r, err := Convolution(net)
	if err != nil {
		t.Fatal(err)
	}
	x, present := 0.0, [3]float64{}
	for i, s := range states {
		x += p.AtVec(i) * float64(min(s[0], servers[0])) / demand[0]
		for k := range s {
			present[k] += p.AtVec(i) * float64(s[k])
		}
	}
	near(t, "throughput", r.Throughput, x, 1e-10)
	for k := range present {
		near(t, "present", r.Stations[k].Present, present[k], 1e-10)
		near(t, "Little", r.Stations[k].Present, r.Throughput*r.Stations[k].Residence, 1e-12)
	}
}

// Equal stations given as copies are those given one by one.
func TestClosedCopies(t *testing.T) {
	one := ClosedNetwork{Users: 9, Think: 1, Stations: []ClosedStation{{Demand: 3, Servers: 1, Copies: 3}, {Demand: 0.8, Servers: 1}}}
	each := ClosedNetwork{Users: 9, Think: 1, Stations: []ClosedStation{
		{Demand: 1, Servers: 1}, {Demand: 1, Servers: 1}, {Demand: 1, Servers: 1}, {Demand: 0.8, Servers: 1},
	}}
	for _, solve := range []func(ClosedNetwork) (ClosedResult, error){MVA, Convolution} {
		a, err := solve(one)
		if err != nil {
			t.Fatal(err)
		}
		b, err := solve(each)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "throughput", a.Throughput, b.Throughput, 1e-12)
		near(t, "present", a.Stations[0].Present, 3*b.Stations[0].Present, 1e-12)
		near(t, "utilization", a.Stations[0].Utilization, b.Stations[0].Utilization, 1e-12)
	}
}

// Lazowska et al., p. 117, by the approximation of Schweitzer.
func TestSchweitzer(t *testing.T) {
	r, err := Schweitzer(MixedNetwork{
		Stations: []MixedStation{{Servers: 1}, {Servers: 1}, {Servers: 1}},
		Classes:  []MixedClass{{Users: 3, Think: 15, Demands: []float64{0.605, 2.1, 1.35}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "throughput", r.Throughput[0], 0.150985873, 1e-8)
	near(t, "response", r.Response[0], 4.86940862, 1e-8)
	near(t, "present", r.Present[0][1], 0.402057292, 1e-7)
	// two classes at one server, Schwetman 1978: exact 14.3231, 0.313799
	r, err = Schweitzer(MixedNetwork{
		Stations: []MixedStation{{Servers: 1}},
		Classes:  []MixedClass{{Users: 15, Think: 1, Demands: []float64{0.025}}, {Users: 5, Think: 15, Demands: []float64{0.5}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "class A", r.Throughput[0], 14.3231151, 0.01)
	near(t, "class B", r.Throughput[1], 0.31379943, 0.01)
}

// Bounds that hold for every closed network of single servers ([DeBu78]), and
// what happens as users are added.
func TestClosedBounds(t *testing.T) {
	demands := []float64{1, 1.6, 2.4, 0.5}
	before := 0.0
	for n := 1; n <= 60; n++ {
		net := ClosedNetwork{Users: n, Think: 2}
		sum, most := 0.0, 0.0
		for _, d := range demands {
			net.Stations = append(net.Stations, ClosedStation{Demand: d, Servers: 1})
			sum += d
			most = math.Max(most, d)
		}
		r, err := MVA(net)
		if err != nil {
			t.Fatal(err)
		}
		fn := float64(n)
		if x := r.Throughput; x < before || x > math.Min(1/most, fn/(sum+2))+1e-12 || x < fn/(fn*sum+2)-1e-12 {
			t.Errorf("%d users: throughput %v out of bounds", n, x)
		}
		before = r.Throughput
	}
}
