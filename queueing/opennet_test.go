package queueing

import (
	"errors"
	"fmt"
	"math"
	"testing"
)

// oneClass is a network of one class with Poisson arrivals, exponential service
// and routes next[i][j].
func oneClass(rate float64, servers []int, service, start []float64, next [][]float64) OpenNetwork {
	n := OpenNetwork{Classes: []OpenClass{{Arrivals: rate, SCV: 1, Start: start}}}
	for k, s := range service {
		n.Stations = append(n.Stations, OpenStation{Servers: servers[k]})
		n.Classes[0].Service = append(n.Classes[0].Service, OpenService{s, 1})
		for j, p := range next[k] {
			if p > 0 {
				n.Routes = append(n.Routes, OpenRoute{OpenPlace{0, k}, OpenPlace{0, j}, p})
			}
		}
	}
	return n
}

func within(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol*math.Abs(want)) {
		t.Errorf("%s: got %.9g, want %.9g (off by %.2g)", what, got, want, got/want-1)
	}
}

// Worked examples of Bolch, Greiner, de Meer and Trivedi (7.4), Lazowska (p. 113),
// and pipelines with retries computed by hand from M/M/c.
func TestOpenPrinted(t *testing.T) {
	bolch := oneClass(4, []int{1, 1, 1, 1}, []float64{.04, .03, .06, .05}, []float64{0, 0, 0, 1},
		[][]float64{{0, .5, .5, 0}, {1, 0, 0, 0}, {.6, 0, 0, 0}, {1, 0, 0, 0}})
	r := solved(t, bolch)
	for k, want := range [][3]float64{{20, .8, .2}, {10, .3, .03 / .7}, {10, .6, .15}, {4, .2, .0625}} {
		f := r.Stations[k]
		within(t, fmt.Sprintf("Bolch X%d", k+1), f.Throughput, want[0], 1e-12)
		within(t, fmt.Sprintf("Bolch U%d", k+1), f.Utilization, want[1], 1e-12)
		within(t, fmt.Sprintf("Bolch R%d", k+1), f.Response, want[2], 1e-12)
	}

	lazowska := oneClass(.3, []int{1, 1, 1}, []float64{.005, .03, .027}, nil, [][]float64{nil, nil, nil})
	lazowska.Classes[0].Visits = []float64{121, 70, 50}
	r = solved(t, lazowska)
	within(t, "Lazowska U1", r.Stations[0].Utilization, .1815, 1e-12)
	within(t, "Lazowska X1", r.Stations[0].Throughput, 36.3, 1e-12)
	within(t, "Lazowska Q1", r.Stations[0].Present, .2217, 5e-4)
	within(t, "Lazowska R", r.Response, .605/(1-.1815)+2.1/(1-.63)+1.35/(1-.405), 1e-12)

	upload := oneClass(1000, []int{8, 30, 24, 70, 6}, []float64{6e-3, 25e-3, 20e-3, 60e-3, 4e-3}, []float64{1, 0, 0, 0, 0},
		[][]float64{{0, 1, 0, 0, 0}, {0, 0, 1, 0, 0}, {0, 0, .05, .95, 0}, {0, 0, 0, .02, .98}, nil})
	r = solved(t, upload)
	for k, want := range []float64{7.070943e-3, 26.24947e-3, 22.93427e-3, 61.34012e-3, 4.569522e-3} {
		within(t, fmt.Sprintf("upload R%d", k+1), r.Stations[k].Response, want, 1e-6)
	}
	within(t, "upload", r.Response, 124.6232e-3, 1e-6)

	leavers := oneClass(640, []int{5, 12, 60, 4}, []float64{6e-3, 15e-3, 80e-3, 5e-3}, []float64{1, 0, 0, 0},
		[][]float64{{0, 1, 0, 0}, {0, 0, .7, 0}, {0, 0, .1, .9}, nil})
	r = solved(t, leavers)
	within(t, "early leavers", r.Response, 92.06257e-3, 1e-6)
	within(t, "early leavers present", r.Present, 58.92004, 1e-6)
}

func solved(t *testing.T, n OpenNetwork) OpenResult {
	t.Helper()
	r, err := SolveOpen(n)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// An open class beside closed ones waits as if it were alone, times one more
// than the closed requests there (Zahorjan and Wong, as in Lazowska p. 148; the
// closed requests are 9/19 and 29/19 on average).
func TestOpenBesideClosed(t *testing.T) {
	n := OpenNetwork{
		Stations: []OpenStation{{Servers: 1, Shared: true}, {Servers: 1, Shared: true}},
		Classes: []OpenClass{
			{Arrivals: 1, SCV: 1, Visits: []float64{1, 1}, Service: []OpenService{{.25, 1}, {1. / 6, 1}}},
			{Arrivals: .5, SCV: 1, Visits: []float64{1, 1}, Service: []OpenService{{.5, 1}, {1, 1}}},
		},
	}
	r := solved(t, n)
	closed := []float64{9. / 19, 29. / 19}
	want := [][]float64{{.736842, 1.26316}, {1.47368, 7.57895}}
	for class, row := range want {
		for k, v := range row {
			within(t, "T", r.Stations[k].Classes[class].Response*(1+closed[k]), v, 1e-5)
		}
	}
}

// Messages that fail are tried again up to five times: a class for each
// delivery, changing into the next. Some are poison and always fail.
func TestOpenClassesThatChange(t *testing.T) {
	n := OpenNetwork{Stations: []OpenStation{{Servers: 1}}}
	for kind, fails := range []float64{.1, 1} {
		for try := range 5 {
			c := OpenClass{SCV: 1, Service: []OpenService{{.008, 1}}}
			if try == 0 {
				c.Arrivals, c.Start = 50*[]float64{.995, .005}[kind], []float64{1}
			}
			if try < 4 {
				from := OpenPlace{len(n.Classes), 0}
				n.Routes = append(n.Routes, OpenRoute{from, OpenPlace{from.Class + 1, 0}, fails})
			}
			n.Classes = append(n.Classes, c)
		}
	}
	r := solved(t, n)
	within(t, "deliveries", r.Stations[0].Throughput/50, 1.130545, 1e-6)
	within(t, "utilization", r.Stations[0].Utilization, .4522178, 1e-6)
	within(t, "present", r.Present, .8255431, 1e-6)
	dead := .1*r.Stations[0].Classes[4].Throughput + r.Stations[0].Classes[9].Throughput
	within(t, "dead letters", dead/50, .00500995, 1e-5)
	within(t, "response of poison", r.Classes[5].Response, 5*r.Stations[0].Response, 1e-12)
	d, err := r.ResponseTime(5)
	if err != nil {
		t.Fatal(err)
	}
	// five independent exponential times
	within(t, "p90 of poison", d.Quantile(.9), 7.9935895/5*r.Classes[5].Response, 1e-6)
}

// Requests that go round a geometric number of times through exponential visits
// take an exponential time.
func TestOpenTimeOfALoop(t *testing.T) {
	r := solved(t, oneClass(1, []int{1, 1}, []float64{.3, .1}, []float64{1, 0}, [][]float64{{.4, .6}, nil}))
	d, err := r.ResponseTime(0)
	if err != nil {
		t.Fatal(err)
	}
	loop := 1 / (1 - .4) * r.Stations[0].Response
	last := r.Stations[1].Response
	within(t, "mean", d.Mean(), loop+last, 1e-12)
	within(t, "variance", d.Variance(), loop*loop+last*last, 1e-12)
	for _, x := range []float64{.2, 1, 3} { // a sum of two exponential times
		want := (loop*math.Exp(-x/loop) - last*math.Exp(-x/last)) / (loop - last)
		within(t, "survival", d.Survival(x), want, 1e-7)
	}
}

func TestOpenBadInput(t *testing.T) {
	good := func() OpenNetwork {
		return oneClass(1, []int{1, 1}, []float64{.3, .1}, []float64{1, 0}, [][]float64{{.4, .6}, nil})
	}
	for name, spoil := range map[string]func(n *OpenNetwork){
		"rate":         func(n *OpenNetwork) { n.Classes[0].Arrivals = math.NaN() },
		"infinite":     func(n *OpenNetwork) { n.Classes[0].Arrivals = math.Inf(1) },
		"SCV":          func(n *OpenNetwork) { n.Classes[0].SCV = -1 },
		"service":      func(n *OpenNetwork) { n.Classes[0].Service[0].Mean = -1 },
		"no service":   func(n *OpenNetwork) { n.Classes[0].Service[0].Mean = 0 },
		"service SCV":  func(n *OpenNetwork) { n.Classes[0].Service[1].SCV = math.NaN() },
		"services":     func(n *OpenNetwork) { n.Classes[0].Service = nil },
		"start":        func(n *OpenNetwork) { n.Classes[0].Start[0] = .5 },
		"probability":  func(n *OpenNetwork) { n.Routes[0].P = 1.5 },
		"sum":          func(n *OpenNetwork) { n.Routes[0].P = .7 },
		"place":        func(n *OpenNetwork) { n.Routes[0].To.Station = 2 },
		"class":        func(n *OpenNetwork) { n.Routes[0].From.Class = -1 },
		"servers":      func(n *OpenNetwork) { n.Stations[0].Servers = -1 },
		"visits twice": func(n *OpenNetwork) { n.Classes[0].Visits = []float64{1, 1} },
		"visits":       func(n *OpenNetwork) { n.Routes, n.Classes[0].Start = nil, nil; n.Classes[0].Visits = []float64{-1, 0} },
	} {
		n := good()
		spoil(&n)
		for _, solver := range []func(OpenNetwork) (OpenResult, error){SolveOpen, ProductForm, QNA} {
			if _, err := solver(n); !errors.Is(err, ErrInput) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	n := good()
	n.Classes[0].Arrivals = 2.5 // 2.5/0.6·0.3 = 1.25 servers
	var unstable *UnstableError
	if _, err := SolveOpen(n); !errors.As(err, &unstable) || math.Abs(unstable.Load-1.25) > 1e-12 || unstable.Capacity != 1 {
		t.Errorf("overload: %v", err)
	}
	n = good()
	n.Routes[1] = OpenRoute{OpenPlace{0, 0}, OpenPlace{0, 1}, .6}
	n.Routes = append(n.Routes, OpenRoute{OpenPlace{0, 1}, OpenPlace{0, 0}, 1})
	if _, err := SolveOpen(n); err == nil {
		t.Error("requests that never leave: no error")
	}
	if _, err := (OpenResult{}).ResponseTime(0); !errors.Is(err, ErrInput) {
		t.Error("no result:", err)
	}
}

// Loops that sweeps take too long over are solved directly.
func TestOpenSlowLoop(t *testing.T) {
	const leave = 1e-7
	r := solved(t, oneClass(1e-3, []int{1, 1}, []float64{1e-6, 1e-6}, []float64{1, 0}, [][]float64{{0, 1}, {1 - leave, 0}}))
	within(t, "visits", r.Stations[0].Throughput, 1e-3/leave, 1e-7)
}

// bigNetwork is a chain of stations with branches and ways back.
func bigNetwork(stations, classes int) OpenNetwork {
	n := OpenNetwork{}
	for k := range stations {
		n.Stations = append(n.Stations, OpenStation{Servers: 1 + k%4, Shared: k%3 == 0})
	}
	for r := range classes {
		c := OpenClass{Arrivals: 1 / float64(classes), SCV: 1, Start: make([]float64, stations)}
		c.Start[0] = 1
		for k := range stations {
			c.Service = append(c.Service, OpenService{.3 + .1*float64(k%5), 1})
			at := OpenPlace{r, k}
			if k+1 < stations {
				n.Routes = append(n.Routes, OpenRoute{at, OpenPlace{r, k + 1}, .7}, OpenRoute{at, OpenPlace{r, min(stations-1, k+17)}, .15})
			}
			n.Routes = append(n.Routes, OpenRoute{at, OpenPlace{r, k / 2}, .1})
		}
		n.Classes = append(n.Classes, c)
	}
	return n
}

func BenchmarkOpen(b *testing.B) {
	for _, size := range [][2]int{{10, 1}, {1000, 1}, {1000, 4}} {
		n := bigNetwork(size[0], size[1])
		for name, solver := range map[string]func(OpenNetwork) (OpenResult, error){"product-form": ProductForm, "qna": QNA} {
			b.Run(fmt.Sprintf("%s/stations=%d/classes=%d", name, size[0], size[1]), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := solver(n); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
