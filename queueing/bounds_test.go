package queueing

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

func queuesOf(users int, think float64, demands ...float64) ClosedNetwork {
	c := ClosedNetwork{Users: users, Think: think}
	for _, d := range demands {
		c.Stations = append(c.Stations, ClosedStation{Demand: d, Servers: 1})
	}
	return c
}

// Printed values: balanced job and asymptotic bounds of four stations, and the
// geometric bounds that GNU Octave's queueing package prints for qncsgb.
func TestBoundsPrinted(t *testing.T) {
	for _, c := range []struct {
		users int
		low   float64
	}{{5, 0.331126}, {10, 0.369004}, {50, 0.406174}} {
		b, err := Bounds(queuesOf(c.users, 0, 1, 1.6, 2.4, 0.5))
		if err != nil {
			t.Fatal(err)
		}
		near(t, "balanced", b.Balanced.Low, c.low, 2e-6)
		near(t, "asymptotic low", b.Asymptotic.Low, 1/5.5, 1e-12)
		near(t, "asymptotic high", b.Asymptotic.High, 1/2.4, 1e-12)
		near(t, "saturation", b.Saturation, 5.5/2.4, 1e-12)
		if b.Bottleneck != 2 {
			t.Errorf("bottleneck %d, want 2", b.Bottleneck)
		}
	}
	for _, c := range []struct {
		users     int
		low, high float64
	}{{2, 4.3040, 4.3174}, {5, 6.6859, 6.7524}, {10, 8.1521, 8.2690}, {20, 9.0947, 9.2431}, {80, 9.8233, 9.8765}} {
		b, err := Bounds(queuesOf(c.users, 0, 0.1, 0.1, 0.09, 0.08))
		if err != nil {
			t.Fatal(err)
		}
		near(t, "geometric low", b.Geometric.Low, c.low, 1.3e-5)
		near(t, "geometric high", b.Geometric.High, c.high, 1.3e-5)
	}
}

// The exact throughput of 2000 random networks is within all three.
func TestBoundsHold(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 2000 {
		c := queuesOf(1+r.IntN(60), 10*r.Float64()*float64(r.IntN(2)))
		for range 1 + r.IntN(6) {
			c.Stations = append(c.Stations, ClosedStation{Demand: math.Exp(r.NormFloat64()), Servers: min(1, r.IntN(5)), Copies: r.IntN(3)})
		}
		b, err := Bounds(c)
		if err != nil {
			t.Fatal(err)
		}
		exact, err := MVA(c)
		if err != nil {
			t.Fatal(err)
		}
		x := exact.Throughput
		for name, in := range map[string]Between{"asymptotic": b.Asymptotic, "balanced": b.Balanced, "geometric": b.Geometric} {
			if !(in.Low <= x*(1+1e-12) && x <= in.High*(1+1e-12)) {
				t.Fatalf("%s: throughput %v is not in %v of %+v", name, x, in, c)
			}
		}
	}
}

// What the bounds do not hold for is refused.
func TestBoundsRefuse(t *testing.T) {
	for name, c := range map[string]ClosedNetwork{
		"two servers":   {Users: 3, Stations: []ClosedStation{{Demand: 1, Servers: 2}}},
		"speeds":        {Users: 3, Stations: []ClosedStation{{Demand: 1, Rates: []float64{1, 2}}}},
		"open load":     {Users: 3, Stations: []ClosedStation{{Demand: 1, Servers: 1, OpenLoad: 0.5}}},
		"not a number":  queuesOf(3, 0, math.NaN()),
		"endless think": queuesOf(3, math.Inf(1), 1),
	} {
		var input *InputError
		if _, err := Bounds(c); !errors.As(err, &input) {
			t.Errorf("%s: error %v, want an InputError", name, err)
		}
	}
}
