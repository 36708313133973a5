package queueing

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

// The exact throughputs of random networks are within them.
func TestBoundsOfClassesHold(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 14))
	width := 0.0
	const networks = 600
	for range networks {
		var m MixedNetwork
		open := r.IntN(2) == 0
		for range 1 + r.IntN(4) {
			servers := min(1, r.IntN(5))
			if !open && servers == 1 {
				servers += r.IntN(3)
			}
			m.Stations = append(m.Stations, MixedStation{Servers: servers})
		}
		for range 1 + r.IntN(3) {
			c := MixedClass{Users: 1 + r.IntN(8), Think: 5 * r.Float64() * float64(r.IntN(2))}
			for range m.Stations {
				c.Demands = append(c.Demands, math.Exp(r.NormFloat64()))
			}
			m.Classes = append(m.Classes, c)
		}
		if open {
			c := MixedClass{Rate: 0.5}
			for range m.Stations {
				c.Demands = append(c.Demands, 1.8*r.Float64())
			}
			m.Classes = append(m.Classes, c)
		}
		b, err := BoundsOfClasses(m)
		if err != nil {
			t.Fatal(err)
		}
		exact, err := MixedConvolution(m)
		if err != nil {
			t.Fatal(err)
		}
		for j, c := range m.Classes {
			if c.Users == 0 {
				if b[j] != (ClassBounds{Bottleneck: -1}) {
					t.Errorf("open class has bounds %+v", b[j])
				}
				continue
			}
			const tol = 1e-9
			x, resp := exact.Throughput[j], exact.Response[j]
			in, wait := b[j].Throughput, b[j].Response
			if !(in.Low <= x*(1+tol) && x <= in.High*(1+tol)) {
				t.Fatalf("throughput %v of class %d is not in %v of %+v", x, j+1, in, m)
			}
			if !(wait.Low <= resp+tol && resp <= wait.High+tol) {
				t.Fatalf("response %v of class %d is not in %v of %+v", resp, j+1, wait, m)
			}
			width += (in.High/in.Low - 1) / networks / float64(len(m.Classes))
		}
	}
	t.Logf("mean width %.2g", width)
	if width > 0.8 {
		t.Errorf("bounds are %.2g wide on average", width)
	}
}

// One class alone has the asymptotic bounds of that, from above, and from below
// what is closer; one user of one class has no bounds but the answer.
func TestBoundsOfOneClass(t *testing.T) {
	for _, users := range []int{1, 5, 40} {
		m := MixedNetwork{queueStations(1, 1, 1), []MixedClass{{Users: users, Think: 2, Demands: []float64{1, .5, .2}}}}
		got, err := BoundsOfClasses(m)
		if err != nil {
			t.Fatal(err)
		}
		want, err := Bounds(queuesOf(users, 2, 1, .5, .2))
		if err != nil {
			t.Fatal(err)
		}
		near(t, "upper", got[0].Throughput.High, want.Asymptotic.High, 1e-12)
		if users == 1 {
			near(t, "lower", got[0].Throughput.Low, 1/3.7, 1e-12)
		}
		if got[0].Throughput.Low < want.Asymptotic.Low || got[0].Bottleneck != 0 {
			t.Errorf("%d users: %+v, alone %+v", users, got[0], want.Asymptotic)
		}
	}
}

func TestBoundsOfClassesRefuse(t *testing.T) {
	one := []MixedClass{{Users: 2, Demands: []float64{1}}}
	for name, m := range map[string]MixedNetwork{
		"speeds":        {[]MixedStation{{Rates: []float64{1, 2}}}, one},
		"open load":     {queueStations(2), append([]MixedClass{{Rate: 1, Demands: []float64{1}}}, one...)},
		"order":         {[]MixedStation{{Servers: 1, FIFO: true, SCV: []float64{4}}}, one},
		"not a number":  {queueStations(1), []MixedClass{{Users: 2, Demands: []float64{math.NaN()}}}},
		"unstable":      {queueStations(1), []MixedClass{{Rate: 2, Demands: []float64{1}}}},
		"demand missed": {queueStations(1, 1), one},
	} {
		_, err := BoundsOfClasses(m)
		if !errors.Is(err, ErrInput) && !errors.Is(err, ErrUnstable) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
