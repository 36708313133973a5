package queueing

import (
	"encoding/json"
	"math"
	"os"
	"strconv"
	"testing"
)

// closedCase is one row of testdata/ref/closed.json.
type closedCase struct {
	Name, Source string
	Tol          float64
	Users        int
	Think        float64
	Stations     []struct {
		Name     string
		Demand   float64
		Servers  int
		Rates    []float64
		OpenLoad float64 `json:"open_load"`
	}
	Expected struct {
		Throughput, Response float64
		Present              []float64
		OpenPresent          []float64 `json:"open_present"`
		P                    []map[string]float64
	}
}

func (c closedCase) network() ClosedNetwork {
	n := ClosedNetwork{Users: c.Users, Think: c.Think}
	for _, s := range c.Stations {
		n.Stations = append(n.Stations, ClosedStation{Demand: s.Demand, Servers: s.Servers, Rates: s.Rates, OpenLoad: s.OpenLoad})
	}
	return n
}

func closedCases(t testing.TB) []closedCase {
	t.Helper()
	raw, err := os.ReadFile("testdata/ref/closed.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []closedCase
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

// near fails when got is off by more than tol, relatively, or by 1e-12.
func near(t testing.TB, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol*math.Abs(want)+1e-12) {
		t.Errorf("%s: got %.12g, want %.12g (off by %.2g, tolerance %g)", what, got, want, math.Abs(got/want-1), tol)
	}
}

func TestClosedReference(t *testing.T) {
	for _, c := range closedCases(t) {
		t.Run(c.Name, func(t *testing.T) {
			n := c.network()
			simple := true
			for _, s := range n.Stations {
				simple = simple && s.Servers <= 1 && s.Rates == nil
			}
			if simple {
				r, err := MVA(n)
				if err != nil {
					t.Fatal(err)
				}
				c.compare(t, r)
			}
			if c.Users > 10000 && testing.Short() {
				return
			}
			r, err := Convolution(n)
			if err != nil {
				t.Fatal(err)
			}
			c.compare(t, r)
		})
	}
}

func (c closedCase) compare(t *testing.T, r ClosedResult) {
	t.Helper()
	near(t, "throughput", r.Throughput, c.Expected.Throughput, c.Tol)
	if c.Expected.Response > 0 {
		near(t, "response", r.Response, c.Expected.Response, c.Tol)
	}
	for i, want := range c.Expected.Present {
		near(t, "present at "+c.Stations[i].Name, r.Stations[i].Present, want, c.Tol)
	}
	for i, want := range c.Expected.OpenPresent {
		near(t, "open present at "+c.Stations[i].Name, r.Stations[i].OpenPresent, want, c.Tol)
	}
	for i, p := range c.Expected.P {
		for n, want := range p {
			k, _ := strconv.Atoi(n)
			if m := r.Stations[i].Marginal; m != nil && want > 1e-12 {
				near(t, "p("+n+") at "+c.Stations[i].Name, m[k], want, c.Tol)
			}
		}
	}
}
