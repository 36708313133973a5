package pprof

import (
	"math"
	"math/rand/v2"
	"regexp"
	"testing"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// shop is 100 requests of buy at 20 ms, and 300 of find at 5 ms, of their own,
// with 0.7 s of garbage collection, 0.2 s of scheduling and 0.2 s that nobody owns.
func shop() []stack {
	return []stack{
		{[]string{"net/http.(*conn).serve", "example.com/shop.(*App).buy", "crypto/sha256.block"}, "buy", 1.5},
		{[]string{"net/http.(*conn).serve", "example.com/shop.(*App).buy", "runtime.mallocgc"}, "buy", 0.5},
		{[]string{"net/http.(*conn).serve", "example.com/shop.(*App).find", "example.com/shop.match[go.shape.string]"}, "find", 1.5},
		{[]string{"net/http.(*conn).serve", "net/http.(*conn).readRequest"}, "", 0.2},
		{[]string{"runtime.gcBgMarkWorker", "runtime.gcDrain"}, "", 0.5},
		{[]string{"net/http.(*conn).serve", "example.com/shop.(*App).buy", "runtime.mallocgc", "runtime.gcAssistAlloc"}, "buy", 0.2},
		{[]string{"runtime.mcall", "runtime.schedule", "runtime.findRunnable"}, "", 0.15},
		{[]string{"runtime.mstart", "runtime.sysmon"}, "", 0.05},
		{[]string{"runtime.memhash"}, "", 0.4},
	}
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9*math.Max(1, math.Abs(want)) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func find(parts []Part, name string) Part {
	for _, p := range parts {
		if p.Name == name {
			return p
		}
	}
	return Part{}
}

// TestDemand adds up a profile whose every part is known.
func TestDemand(t *testing.T) {
	c := Capture{Profile: synthetic(t, shop(), 10, nil), Requests: 400, Operations: map[string]float64{"shop.buy": 100, "shop.find": 300}}
	known := []string{"shop.buy", "shop.find"}
	for name, naming := range map[string]Naming{
		"labels":   {Known: known, Service: "shop"},
		"patterns": {Label: "none", Patterns: []Pattern{{"shop.buy", regexp.MustCompile(`\.buy$`)}, {"shop.find", regexp.MustCompile(`\.find$`)}}},
	} {
		d, err := DemandOf([]Capture{c}, "", naming)
		if err != nil {
			t.Fatal(err)
		}
		near(t, name+" total", d.Total.Value, 5.0/400)
		for class, want := range map[string]float64{"work": 3.7, "garbage collection": 0.7, "scheduler": 0.2, "runtime": 0.4} {
			near(t, name+" "+class, find(d.Classes, class).Each.Value, want/400)
		}
		near(t, name+" buy", find(d.Operations, "shop.buy").Own.Value, 0.020)
		near(t, name+" find", find(d.Operations, "shop.find").Own.Value, 0.005)
		near(t, name+" nobody's", find(d.Operations, Unassigned).Each.Value, 0.2/400)
		// 0.7 s by their own 2 and 1.5 s, and (0.2 + 0.4 + 0.2) s by the 400 requests.
		near(t, name+" buy in all", find(d.Operations, "shop.buy").Full.Value, 0.020*(1+0.7/3.5)+0.8/400)
		near(t, name+" find in all", find(d.Operations, "shop.find").Full.Value, 0.005*(1+0.7/3.5)+0.8/400)
		// What operations cost in all is what the process used.
		all := 100*find(d.Operations, "shop.buy").Full.Value + 300*find(d.Operations, "shop.find").Full.Value
		near(t, name+" sum", all, 5)
		near(t, name+" shop itself", find(d.Packages, "example.com/shop").Each.Value, 1.5/400)
		near(t, name+" shop with calls", find(d.Packages, "example.com/shop").Cum, 3.7/400)
		near(t, name+" buy with calls", find(d.Functions, "example.com/shop.(*App).buy").Cum, 2.2/400)
	}
}

// TestProcessTime applies the shares of a profile that missed every other tick.
func TestProcessTime(t *testing.T) {
	c := Capture{Profile: synthetic(t, shop(), 10, nil), Requests: 400, CPU: 10}
	d, err := DemandOf([]Capture{c}, "", Naming{})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "total", d.Total.Value, 10.0/400)
	near(t, "sha256", find(d.Functions, "crypto/sha256.block").Each.Value, 3.0/400)
	if len(d.Caveats) == 0 {
		t.Error("nobody is told that the profile saw half of the time")
	}
}

// TestCoverage wants the interval of a demand to hold the truth as often as it
// says: Garwood's covers 95 % or a little more. Of 500 runs at 95.5 %, fewer than
// 93 % or more than 98.5 % come with a probability below 1 %.
func TestCoverage(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const runs = 500
	truth := []stack{{[]string{"main.a"}, "", 1.5}, {[]string{"main.b"}, "", 8}}
	covered := 0
	for range runs {
		d, err := DemandOf([]Capture{{Profile: synthetic(t, truth, 10, r), Requests: 1000}}, "", Naming{})
		if err != nil {
			t.Fatal(err)
		}
		if e := find(d.Functions, "main.a").Each; e.Lo <= 0.0015 && 0.0015 <= e.Hi {
			covered++
		}
	}
	if share := float64(covered) / runs; share < 0.93 || share > 0.985 {
		t.Errorf("intervals hold the truth in %.1f %% of the runs", 100*share)
	}
}

// TestIntervals compares with tables: Garwood's of 10 events is 4.80–18.39, that
// of Clopper and Pearson for 5 of 20 is 0.0866–0.4910.
func TestIntervals(t *testing.T) {
	lo, hi := poisson(10)
	if math.Abs(lo-4.7954) > 1e-3 || math.Abs(hi-18.3904) > 1e-3 {
		t.Errorf("10 events: %v–%v", lo, hi)
	}
	if lo, hi := poisson(0); lo != 0 || math.Abs(hi-3.6889) > 1e-3 {
		t.Errorf("no event: %v–%v", lo, hi)
	}
	lo, hi = binomial(5, 20)
	if math.Abs(lo-0.08657) > 1e-4 || math.Abs(hi-0.49105) > 1e-4 {
		t.Errorf("5 of 20: %v–%v", lo, hi)
	}
}

// TestBetween is the interval of Student's t for 1, 2, 3: 2 ± 4.303·1/√3.
func TestBetween(t *testing.T) {
	e := between([]float64{1, 2, 3})
	if math.Abs(e.Hi-(2+4.3027/math.Sqrt(3))) > 1e-3 || e.Confidence != 0.95 {
		t.Errorf("%+v", e)
	}
	if between([]float64{1}).Known() {
		t.Error("one capture says how captures differ")
	}
}

// TestCalibrate writes demands to a scenario: families stay, means change, and
// values are written for a speed of 1.
func TestCalibrate(t *testing.T) {
	const text = `
headroom: 1
name: shop
services:
  shop:
    speed: 2
    operations:
      buy: [{cpu: exp(8ms)}, {wait: 5ms}, {cpu: 4ms}]
      find: [{parallel: [{cpu: 1ms}, {cpu: 2ms}]}]
workloads: {users: {arrivals: poisson(10/s), does: shop.buy}}
`
	load := func(sets ...string) *scenarios.Model {
		m, diags := scenarios.Parse("shop.yaml", []byte(text), sets)
		if len(diags) > 0 {
			t.Fatal(diags)
		}
		return m
	}
	d := &Demand{Type: "cpu", Samples: 1000, Operations: []Part{
		{Name: "shop.buy", Full: measure.Between(0.012, 0.011, 0.013, 0.95)},
		{Name: "shop.find", Full: measure.Exactly(0.003)},
		{Name: "shop.lost", Full: measure.Exactly(0.003)},
		{Name: Unassigned},
	}}
	got, caveats := Calibrate(load(), load("services.shop.speed=1"), d)
	// 12 ms were measured where 6 ms are modelled, of 12 ms written at speed 1.
	want := []Calibrated{
		{Path: "services.shop.operations.buy[0].cpu", Text: "exp(16ms)", Before: "exp(8ms)", Lo: 0.011 * 4 / 3, Hi: 0.013 * 4 / 3, Source: "profile of 1000 samples"},
		{Path: "services.shop.operations.buy[2].cpu", Text: "8ms", Before: "4ms", Lo: 0.011 * 2 / 3, Hi: 0.013 * 2 / 3, Source: "profile of 1000 samples"},
	}
	if len(got) != 2 {
		t.Fatalf("%+v", got)
	}
	for i := range want {
		near(t, "lo", got[i].Lo, want[i].Lo)
		near(t, "hi", got[i].Hi, want[i].Hi)
		got[i].Lo, got[i].Hi, want[i].Lo, want[i].Hi = 0, 0, 0, 0
		if got[i] != want[i] {
			t.Errorf("got %+v, want %+v", got[i], want[i])
		}
	}
	if len(caveats) != 2 {
		t.Errorf("want a word on find and on lost; there is %+v", caveats)
	}
}
