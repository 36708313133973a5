package queueing

import "testing"

// classes by station: service times and visits make demands.
func printedClass(users int, rate float64, visits, service []float64) MixedClass {
	c := MixedClass{Users: users, Rate: rate, Visits: visits}
	for k, v := range visits {
		c.Demands = append(c.Demands, v*service[k])
	}
	return c
}

func queueStations(servers ...int) []MixedStation {
	var out []MixedStation
	for _, n := range servers {
		out = append(out, MixedStation{Servers: n})
	}
	return out
}

// Throughputs and times that textbooks print, to the digits printed.
func TestMixedPrinted(t *testing.T) {
	ones := []float64{1, 1}
	for _, c := range []struct {
		name       string
		m          MixedNetwork
		throughput []float64   // of closed classes, first
		perVisit   [][]float64 // 0 is not printed
	}{
		{"Lazowska p. 142", MixedNetwork{queueStations(1, 1), []MixedClass{
			printedClass(1, 0, []float64{10, 9}, []float64{.1, 1. / 3}),
			printedClass(1, 0, []float64{5, 4}, []float64{.4, 1}),
		}}, []float64{3. / 19, 2. / 19}, nil},
		{"Schwetman table 5", MixedNetwork{queueStations(0, 0, 1), []MixedClass{
			printedClass(15, 0, []float64{1, 0, 1}, []float64{1, 0, .025}),
			printedClass(5, 0, []float64{0, 1, 1}, []float64{0, 15, .5}),
		}}, []float64{14.3231, .313799}, nil},
		{"Schwetman figure 7", MixedNetwork{queueStations(1, 1, 1, 1), []MixedClass{
			printedClass(3, 0, []float64{1, .45, .5, 0}, []float64{.01, .09, .10, .08}),
			printedClass(2, 0, []float64{1, 0, .5, .49}, []float64{.05, .09, .10, .08}),
		}}, []float64{12.1517, 6.86698}, nil},
		{"Chandy and Neuse", MixedNetwork{queueStations(0, 1), []MixedClass{
			printedClass(8, 0, ones, []float64{8, 1}),
			printedClass(1, 0, []float64{0, 1}, []float64{0, 1}),
		}}, []float64{.653327, .346673}, nil},
		{"Zahorjan p. 148", MixedNetwork{queueStations(1, 1), []MixedClass{
			printedClass(1, 0, ones, []float64{.5, 1}),
			printedClass(1, 0, ones, []float64{1, 4. / 3}),
			printedClass(0, 1, ones, []float64{.25, 1. / 6}),
			printedClass(0, .5, ones, []float64{.5, 1}),
		}}, []float64{3. / 19, 2. / 19}, [][]float64{nil, nil, {.736842, 1.26316}, {1.47368, 7.57895}}},
		{"Bolch 8.6", MixedNetwork{queueStations(1, 1), []MixedClass{
			printedClass(1, 0, []float64{1, .5}, []float64{.3, .5}),
			printedClass(1, 0, []float64{1, .4}, []float64{.5, .8}),
			printedClass(0, .5, []float64{2, 1}, []float64{.4, .6}),
			printedClass(0, .25, []float64{2.5, 1.5}, []float64{.8, 1.6}),
		}}, []float64{.120411, .0807636}, [][]float64{{4.82927, 6.95122}, {7.72727, 11.6364}, {8.82232, 10.7665}, {17.6446, 28.7107}}},
		{"Schwetman figure 10", MixedNetwork{queueStations(1, 1), []MixedClass{
			printedClass(3, 0, ones, []float64{.25, .1}),
			printedClass(0, 1, []float64{1, 0}, []float64{.25, 0}),
		}}, []float64{2.94284}, [][]float64{{.884892, .134532}, {1.20136, 0}}},
	} {
		for name, method := range map[string]func(MixedNetwork) (MixedResult, error){"mva": MixedMVA, "convolution": MixedConvolution} {
			r, err := method(c.m)
			if err != nil {
				t.Errorf("%s, %s: %v", c.name, name, err)
				continue
			}
			for j, x := range c.throughput {
				near(t, c.name+" by "+name+": throughput", r.Throughput[j], x, 5e-6)
			}
			for j, row := range c.perVisit {
				for k, want := range row {
					if want > 0 {
						near(t, c.name+" by "+name+": time of a visit", r.Residence[j][k]/c.m.Classes[j].Visits[k], want, 5e-6)
					}
				}
			}
		}
	}
}

func benchmarkMixed(b *testing.B, classes, users, stations int, method func(MixedNetwork) (MixedResult, error)) {
	b.Helper()
	var m MixedNetwork
	for k := range stations {
		m.Stations = append(m.Stations, MixedStation{Servers: 1 - boolToInt(k == 0)})
	}
	for j := range classes {
		c := MixedClass{Users: users, Think: 1}
		for k := range stations {
			c.Demands = append(c.Demands, 0.01*float64(1+(3*j+5*k)%7))
		}
		m.Classes = append(m.Classes, c)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := method(m); err != nil {
			b.Fatal(err)
		}
	}
}

func boolToInt(b bool) int { return int(boolTo(b)) }

func BenchmarkMixedMVA(b *testing.B)         { benchmarkMixed(b, 3, 30, 5, MixedMVA) }
func BenchmarkMixedConvolution(b *testing.B) { benchmarkMixed(b, 3, 30, 5, MixedConvolution) }
func BenchmarkLinearizer(b *testing.B)       { benchmarkMixed(b, 10, 20, 100, Linearizer) }
