package queueing

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// spoiled draws a number from 0 to 2, or now and then the odd one.
func spoiled(r *rand.Rand, odd float64) float64 {
	if r.IntN(24) == 0 {
		return odd
	}
	return 2 * r.Float64()
}

// oddNetwork is a random network of closed classes, open ones too where asked
// for, some of whose numbers are the odd one.
func oddNetwork(seed uint64, odd float64, open bool) MixedNetwork {
	r := rand.New(rand.NewPCG(seed, 11))
	var m MixedNetwork
	for range 1 + r.IntN(3) {
		s := MixedStation{Servers: r.IntN(4), FIFO: r.IntN(2) == 0}
		if r.IntN(5) == 0 {
			s.Rates = []float64{spoiled(r, odd), spoiled(r, odd)}
		}
		m.Stations = append(m.Stations, s)
	}
	for c := range 1 + r.IntN(3) {
		class := MixedClass{Users: r.IntN(5), Think: spoiled(r, odd)}
		if open && c > 0 {
			class = MixedClass{Rate: 0.3 * spoiled(r, odd)}
		}
		for range m.Stations {
			class.Demands = append(class.Demands, spoiled(r, odd))
		}
		m.Classes = append(m.Classes, class)
	}
	return m
}

// checkSolved wants a typed error, or what must hold of any steady state.
func checkSolved(t *testing.T, what string, m MixedNetwork, r MixedResult, err error) {
	t.Helper()
	if err != nil {
		checkRefusal(t, what, err)
		return
	}
	for j, c := range m.Classes {
		present := r.Throughput[j] * c.Think
		for k := range m.Stations {
			present += r.Present[j][k]
			for _, v := range []float64{r.Residence[j][k], r.Present[j][k], r.Utilization[j][k]} {
				if !(v >= 0) || math.IsInf(v, 1) {
					t.Errorf("%s: class %d at station %d: %+v of %+v", what, j, k, r, m)
					return
				}
			}
		}
		if v := r.Throughput[j]; !(v >= 0) || math.IsInf(v, 1) || !(r.Response[j] >= 0) {
			t.Errorf("%s: class %d: %+v of %+v", what, j, r, m)
		}
		if c.Users > 0 && math.Abs(present-float64(c.Users)) > 1e-4*float64(c.Users) && r.Response[j] > 0 {
			t.Errorf("%s: class %d: %v present of %d users of %+v", what, j, present, c.Users, m)
		}
	}
	for k, s := range m.Stations {
		sum := 0.0
		for j := range m.Classes {
			sum += r.Utilization[j][k]
		}
		// approximations may find a little more work done than can be; what they say
		// of a model then has a caveat
		if approximate := strings.HasPrefix(what, "Linearizer") || strings.HasPrefix(what, "Schweitzer"); !approximate && !s.isDelay() && sum > 1+1e-6 {
			t.Errorf("%s: station %d is busy for %v of its time, of %+v", what, k, sum, m)
		}
	}
}

// checkRefusal wants an error that says what is wrong with the input, or that
// rounds did not settle.
func checkRefusal(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, ErrInput) && !errors.Is(err, ErrUnstable) && !strings.Contains(err.Error(), "did not settle") {
		t.Errorf("%s: %v", what, err)
	}
}

func FuzzClosedNetworks(f *testing.F) {
	for seed := range uint64(60) {
		f.Add(seed, hostile[seed%uint64(len(hostile))], seed%2 == 0)
	}
	f.Add(uint64(2), math.NaN(), false) // found before: a Linearizer busy for 1.0012 of the time
	f.Fuzz(func(t *testing.T, seed uint64, odd float64, open bool) {
		m := oddNetwork(seed, odd, open)
		for name, solve := range map[string]func(MixedNetwork) (MixedResult, error){
			"MixedMVA": MixedMVA, "ServersMVA": ServersMVA, "MixedConvolution": MixedConvolution,
			"Schweitzer": Schweitzer, "Linearizer": Linearizer,
			"MVAPriority": func(m MixedNetwork) (MixedResult, error) {
				n := PriorityNetwork{Stations: m.Stations, Classes: m.Classes}
				for j := range m.Classes {
					n.Ranks = append(n.Ranks, j)
				}
				for range m.Stations {
					n.Rules = append(n.Rules, Preemptive)
				}
				return MVAPriority(n)
			},
		} {
			r, err := solve(m)
			checkSolved(t, fmt.Sprintf("%s of seed %d, %v, %v", name, seed, odd, open), m, r, err)
		}
		if _, err := BoundsOfClasses(m); err != nil {
			checkRefusal(t, "bounds", err)
		}
		checkOneClass(t, m)
	})
}

// checkOneClass does the same for the methods of one class, which must agree
// where both are exact.
func checkOneClass(t *testing.T, m MixedNetwork) {
	t.Helper()
	c := ClosedNetwork{Users: m.Classes[0].Users, Think: m.Classes[0].Think}
	for k, s := range m.Stations {
		c.Stations = append(c.Stations, ClosedStation{Demand: m.Classes[0].Demands[k], Servers: s.Servers, Rates: s.Rates})
	}
	a, errA := MVA(c)
	b, errB := Convolution(c)
	for _, err := range []error{errA, errB} {
		if err != nil {
			checkRefusal(t, fmt.Sprintf("%+v", c), err)
		}
	}
	for _, r := range []ClosedResult{a, b} {
		if !(r.Throughput >= 0 && r.Response >= 0) || math.IsInf(r.Throughput, 1) || math.IsInf(r.Response, 1) {
			t.Errorf("%+v: %v/s, %v s", c, r.Throughput, r.Response)
		}
	}
	if errA == nil && errB == nil && math.Abs(a.Throughput-b.Throughput) > 1e-6*math.Max(a.Throughput, b.Throughput) {
		t.Errorf("%+v: %v/s by MVA, %v/s by convolution", c, a.Throughput, b.Throughput)
	}
	if _, err := Bounds(c); err != nil {
		checkRefusal(t, "bounds", err)
	}
}

func FuzzOpenNetworks(f *testing.F) {
	for seed := range uint64(60) {
		f.Add(seed, hostile[seed%uint64(len(hostile))])
	}
	f.Fuzz(func(t *testing.T, seed uint64, odd float64) {
		r := rand.New(rand.NewPCG(seed, 12))
		var n OpenNetwork
		for range 1 + r.IntN(3) {
			n.Stations = append(n.Stations, OpenStation{Servers: r.IntN(4), Shared: r.IntN(2) == 0})
		}
		for range 1 + r.IntN(2) {
			c := OpenClass{Arrivals: 0.5 * spoiled(r, odd), SCV: spoiled(r, odd), Start: make([]float64, len(n.Stations))}
			c.Start[r.IntN(len(c.Start))] = 1
			for range n.Stations {
				c.Service = append(c.Service, OpenService{Mean: 0.5 * spoiled(r, odd), SCV: spoiled(r, odd)})
			}
			n.Classes = append(n.Classes, c)
		}
		for range r.IntN(4) {
			place := func() OpenPlace {
				return OpenPlace{Class: r.IntN(len(n.Classes)), Station: r.IntN(len(n.Stations))}
			}
			n.Routes = append(n.Routes, OpenRoute{From: place(), To: place(), P: 0.4 * spoiled(r, odd)})
		}
		for name, solve := range map[string]func(OpenNetwork) (OpenResult, error){"SolveOpen": SolveOpen, "QNA": QNA, "ProductForm": ProductForm} {
			out, err := solve(n)
			if err != nil {
				if !errors.Is(err, errEndless) {
					checkRefusal(t, name, err)
				}
				continue
			}
			what := fmt.Sprintf("%s of seed %d, %v", name, seed, odd)
			finite := func(values ...float64) {
				for _, v := range values {
					if !(v >= 0) || math.IsInf(v, 1) {
						t.Errorf("%s: %+v of %+v", what, out, n)
						return
					}
				}
			}
			finite(out.Throughput, out.Present, out.Response)
			for k, s := range out.Stations {
				finite(s.Throughput, s.Utilization, s.Present, s.Response, s.ArrivalSCV)
				if s.Utilization > 1+1e-9 {
					t.Errorf("%s: station %d is busy for %v of its time, of %+v", what, k, s.Utilization, n)
				}
			}
			for _, c := range out.Classes {
				finite(c.Throughput, c.Present, c.Response)
			}
			if out.Throughput > 0 && math.Abs(out.Present-out.Throughput*out.Response) > 1e-6*out.Present {
				t.Errorf("%s: Little's law: %v present, %v/s of %v s", what, out.Present, out.Throughput, out.Response)
			}
		}
	})
}
