package capacity

import (
	"math"
	"testing"
	"time"

	"github.com/headroom/headroom/scenarios"
)

func modelOf(t *testing.T, text string) *scenarios.Model {
	t.Helper()
	m, diags := scenarios.Parse("test.yaml", []byte(text), nil)
	if err := diags.Err(); err != nil {
		t.Fatal(err)
	}
	return m
}

// The mean of M/M/1 is S/(1−λS): its elasticity to S is 1/(1−ρ), to λ ρ/(1−ρ).
func TestElasticityOfMM1(t *testing.T) {
	m := modelOf(t, station) // ρ = 0.5
	x, err := ParseMetric(m, "users.mean")
	if err != nil {
		t.Fatal(err)
	}
	list, err := Elasticities(t.Context(), m, []Metric{x})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{"services.db.operations.read/0 cpu": 2, "workloads.users.rate": 1}
	for _, e := range list {
		if w, ok := want[e.Parameter.Name]; ok {
			delete(want, e.Parameter.Name)
			if math.Abs(e.Value-w) > 1e-4 || e.Error > 1e-2 {
				t.Errorf("%s: %v ± %v, want %v", e.Parameter.Name, e.Value, e.Error, w)
			}
		}
	}
	if len(want) > 0 {
		t.Errorf("missing: %v of %v", want, list)
	}
}

// Two equal stations in a row at little load: the mean is nearly a sum of two
// times, each of which varies alike: S = T = 1/2 for both, up to what queueing
// adds. 512 samples know S to about 0.1; the seed is fixed.
func TestSobolOfASum(t *testing.T) {
	m := modelOf(t, `headroom: 1
name: sum
services:
  a: {operations: {go: [{cpu: exp(10ms)}, {call: b.go}]}}
  b: {operations: {go: [{cpu: exp(10ms)}]}}
workloads:
  users: {arrivals: poisson(0.001/s), does: a.go}
`)
	x, err := ParseMetric(m, "users.mean")
	if err != nil {
		t.Fatal(err)
	}
	g, err := Sobol(t.Context(), m, []Metric{x}, SobolOptions{Samples: 512, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range g.Indices {
		want := 0.5
		if i.Parameter == "workloads.users.rate" {
			want = 0
		}
		if math.Abs(i.First-want) > 0.12 || math.Abs(i.Total-want) > 0.08 || i.FirstLo > want || i.FirstHi < want && want > 0 {
			t.Errorf("%+v, want %v", i, want)
		}
	}
}

// The objective of M/M/1, mean ≤ 20 ms at S = 5 ms, breaks at λ = 200 − 50, and
// the core is full at 200.
func TestLadderOfMM1(t *testing.T) {
	list, err := Ladder(t.Context(), modelOf(t, station))
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 2 || math.Abs(list[0].Factor-1.5) > 3e-3 || math.Abs(list[1].Factor-2) > 1e-6 || list[0].String() != "users.mean" {
		t.Errorf("%v", list)
	}
}

// 1.5 times the load at 5 % a month is after ln 1.5/ln 1.05 months.
func TestForecastOfGrowth(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	x, err := Forecast(t.Context(), modelOf(t, station), ForecastOptions{Start: start, Growth: &Growth{Rate: 0.05, Lo: 0.04, Hi: 0.06, Period: Periods()["month"]}})
	if err != nil {
		t.Fatal(err)
	}
	days := func(g float64) float64 { return math.Log(1.5) / math.Log1p(g) * 30.4375 }
	for _, c := range []struct {
		at time.Time
		g  float64
	}{{x.Breaks[0].Date, 0.05}, {x.Breaks[0].Earliest, 0.06}, {x.Breaks[0].Latest, 0.04}} {
		if got := c.at.Sub(start).Hours() / 24; math.Abs(got-days(c.g)) > 2 {
			t.Errorf("growth %v: %v days, want %v", c.g, got, days(c.g))
		}
	}
}

// A history without noise that grows by 1 % a week with a season of weekdays goes
// on as it was, by both methods.
func TestForecastOfHistory(t *testing.T) {
	start := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	season := []float64{1, 1.1, 1.2, 1.1, 1, 0.6, 0.5}
	rate := func(i int) float64 { return 100 * math.Pow(1.01, float64(i)/7) * season[i%7] }
	var obs []Observation
	for i := range 70 {
		obs = append(obs, Observation{start.AddDate(0, 0, i), rate(i)})
	}
	for _, method := range []string{"regression", "holt-winters"} {
		x, err := Forecast(t.Context(), modelOf(t, station), ForecastOptions{History: obs, Method: method})
		if err != nil {
			t.Fatal(err)
		}
		for h := range 60 {
			if got, want := x.Course[h].Value, rate(70+h)/100; math.Abs(got/want-1) > 0.03 {
				t.Fatalf("%s, in %d days: %v, want %v", method, h+1, got, want)
			}
		}
	}
}
