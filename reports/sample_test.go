package reports

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/reports/gate"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// samplePage is a page of hand-made results of a photo service: solved and
// simulated whole, and one of its 280 cells solved, simulated and measured.
// The figures are made up, but keep the laws of measure.Result.Check.
func samplePage(t testing.TB) Page {
	t.Helper()
	m := sampleModel(t)
	cell := m.Cell()
	whole := func(name string, e engine) Named { return Named{name, sampleResult(m, e)} }
	part := func(name string, e engine) Named { return Named{name, sampleResult(cell, e)} }
	return Page{
		Model: m,
		Results: []Named{
			whole("analytic", analytic), whole("simulated", simulated),
			part("analytic", analytic), part("simulated", simulated), part("measured", measured),
		},
		Notes: []string{
			"album is made of 280 equal cells. It was solved and simulated whole; one cell, with 1/280 of the load, was run live, and is compared with predictions of that cell.",
			"A live run this short strays from the long-run mean by −4 % to +5 % (5–95 %).",
		},
		Command: "headroom run album --seed 7",
	}
}

func sampleModel(t testing.TB) *scenarios.Model {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("testdata", "album.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	m, bad := scenarios.Parse("album.yaml", src, nil)
	if bad != nil {
		t.Fatal(bad)
	}
	return m
}

// engine says how far a made-up result strays from the truth, and how sure it is.
type engine struct {
	method  measure.Method
	bias    float64 // of times
	noise   float64 // relative half-width of intervals; 0 for none
	samples float64 // requests of a workload, which bound the tail that is seen
}

var (
	analytic  = engine{method: measure.Analytic, bias: 0.985}
	simulated = engine{method: measure.Simulation, bias: 1, noise: 0.008, samples: 1e6}
	measured  = engine{method: measure.LoadTest, bias: 1.034, noise: 0.022, samples: 3000}
)

func (e engine) known(v float64) measure.Estimate {
	if e.noise == 0 || v == 0 {
		return measure.Exactly(v)
	}
	return measure.Between(v, v*(1-e.noise), v*(1+e.noise), 0.95)
}

// times is a gamma distribution as an engine would describe it.
func (e engine) times(mean, cv float64) *measure.Times {
	mean *= e.bias
	d := dist.GammaOf(mean, cv)
	at := func(p, wide float64) measure.Estimate {
		v := d.Quantile(p)
		if e.noise == 0 {
			return measure.Exactly(v)
		}
		return measure.Between(v, v*(1-wide*e.noise), v*(1+wide*e.noise), 0.95)
	}
	t := &measure.Times{
		Mean: e.known(mean), Stddev: e.known(mean * cv),
		P50: at(0.5, 1), P90: at(0.9, 1.3), P95: at(0.95, 1.5), P99: at(0.99, 2.2), P999: at(0.999, 4),
	}
	last := 1 - 1e-4
	if e.samples > 0 {
		t.Max = measure.Exactly(d.Quantile(1 - 0.3/e.samples))
		last = math.Min(last, 1-1/e.samples)
	}
	r := rand.New(rand.NewPCG(1, uint64(e.bias*1000)))
	for _, p := range levels(last) {
		pt := measure.Point{Le: d.Quantile(p), P: p}
		if e.samples > 0 {
			se := math.Sqrt(p * (1 - p) / e.samples)
			if e.method == measure.LoadTest {
				pt.P = math.Min(1, math.Max(0, p+0.6*se*r.NormFloat64()))
			} else {
				pt.Lo, pt.Hi = math.Max(0, p-20*se), math.Min(1, p+20*se)
			}
		}
		if n := len(t.Histogram); n > 0 && pt.P < t.Histogram[n-1].P {
			pt.P = t.Histogram[n-1].P
		}
		t.Histogram = append(t.Histogram, pt)
	}
	return t
}

func levels(last float64) []float64 {
	var out []float64
	for x := -3.0; x <= 6; x += 0.12 { // logit spacing: dense in both tails
		if p := 1 / (1 + math.Pow(10, -x)); p >= 0.001 && p <= last {
			out = append(out, p)
		}
	}
	return out
}

func sampleResult(m *scenarios.Model, e engine) *measure.Result {
	r := &measure.Result{
		Schema: measure.Schema, Kind: measure.Prediction, Method: e.method,
		Scenario: measure.Scenario{Name: m.Name, SHA256: m.Digest},
		Run:      measure.Run{Tool: "headroom v0.1.0", Started: time.Date(2026, 11, 23, 21, 4, 0, 0, time.UTC)},
		Stable:   true, Bottleneck: "recognition", Saturation: map[string]float64{},
		Workloads: map[string]*measure.Workload{}, Operations: map[string]*measure.Operation{},
		Services: map[string]*measure.Service{}, Topics: map[string]*measure.Topic{},
	}
	if m.Part < 1 {
		r.Scenario.Part = m.Part
	}
	for name, v := range map[string][2]float64{"uploads": {0.0487, 0.52}, "searches": {0.0362, 0.66}, "views": {0.0291, 0.58}} {
		sampleWorkload(m, r, e, name, v[0], v[1])
	}
	sampleServices(m, r, e)
	sampleRun(m, r, e)
	r.Objectives = gate.Judge(m, r)
	return r
}

func sampleWorkload(m *scenarios.Model, r *measure.Result, e engine, name string, mean, cv float64) {
	w, _ := m.WorkloadByName(name)
	rate := w.Arrivals.Rate
	t := e.times(mean, cv)
	r.Saturation[name] = 1.47 * rate
	r.Workloads[name] = &measure.Workload{
		Offered: e.known(rate), Throughput: e.known(rate), Failed: measure.Exactly(0),
		InSystem: e.known(rate * t.Mean.Value), Response: t,
	}
	if e.method == measure.LoadTest {
		r.Workloads[name].Failures = map[string]int64{}
	}
}

func sampleServices(m *scenarios.Model, r *measure.Result, e engine) {
	part := m.Part * 280
	for _, s := range []struct {
		name              string
		rate, demand, cv  float64 // of a cell
		response, waiting float64
	}{
		{"gateway", 198.4, 0.00825, 1, 0.036, 0},
		{"storage", 161, 0.0137, 1, 0.0163, 0.0026},
		{"metadata", 188, 0.0106, 1, 0.0144, 0},
		{"cache", 134, 0.0015, 1, 0.0019, 0},
		{"recognition", 33, 0.146, 0.5, 0.184, 0.012},
		{"search", 132, 0.0119, 1.3, 0.0275, 0},
	} {
		id, _ := m.ServiceByName(s.name)
		sv := m.Services[id]
		rate := s.rate * part
		response, waiting, demand := e.times(s.response, s.cv), e.times(math.Max(s.waiting, 1e-9), 2), e.times(s.demand/e.bias, s.cv)
		out := &measure.Service{
			Replicas:    measure.Exactly(float64(sv.Replicas)),
			Utilization: e.known(rate * demand.Mean.Value / float64(sv.Replicas*sv.Cores)),
			Throughput:  e.known(rate), Present: e.known(rate * response.Mean.Value),
			Response: response, ServiceTime: demand,
		}
		if s.waiting > 0 {
			out.WaitingTime, out.Waiting = waiting, e.known(rate*waiting.Mean.Value)
			out.PWait = e.known(0.31)
		}
		r.Services[s.name] = out
	}
	uploads := r.Workloads["uploads"].Throughput.Value
	delay := e.times(0.412, 0.62)
	r.Topics["photos"] = &measure.Topic{
		Throughput: e.known(uploads), Batch: e.known(1.5), Depth: e.known(uploads * delay.Mean.Value), Delay: delay,
	}
}

func sampleRun(m *scenarios.Model, r *measure.Result, e engine) {
	switch e.method {
	case measure.Analytic:
		r.Run.Detail = "decomposition into stations, end-to-end percentiles by convolution"
		r.Caveats = []measure.Caveat{{What: "queueing: batches are approximated", Where: "topics.photos", Effect: "delays at p99 may be off by some percent"}}
	case measure.Simulation:
		r.Run.Seed, r.Run.Replications, r.Run.Duration, r.Run.Warmup, r.Run.Requests = 7, 12, 36, 2.4, 6123456
		r.Run.Detail = "discrete events"
		if m.Part == 1 {
			r.Caveats = []measure.Caveat{{What: "simulate: the time limit of 30 s ended the run at 1.4 % precision, not 1 %"}}
		}
	case measure.LoadTest:
		r.Kind = measure.Measurement
		r.Run.Seed, r.Run.Duration, r.Run.Warmup, r.Run.Requests, r.Run.Target = 7, 60, 5, 11904, "http://127.0.0.1:40123"
		r.Run.Detail = "open loop, HTTP/1.1"
		r.Series = sampleSeries(r)
	}
}

// sampleSeries is what a load test shows second by second, warm-up included.
func sampleSeries(r *measure.Result) *measure.Series {
	s := &measure.Series{Interval: 1, Start: -5, Workloads: map[string]measure.WorkloadSeries{}, Services: map[string]measure.ServiceSeries{}}
	for i, name := range []string{"uploads", "searches", "views"} {
		rnd := rand.New(rand.NewPCG(uint64(i), 3))
		w := r.Workloads[name]
		var out measure.WorkloadSeries
		for k := range 65 {
			ramp := 1 - math.Exp(-float64(k+1)/1.5)
			jam := 1 + 0.5*math.Exp(-math.Pow(float64(k-37)/3, 2))
			rate := w.Throughput.Value * ramp
			out.Throughput = append(out.Throughput, math.Max(0, rate+math.Sqrt(rate)*rnd.NormFloat64()))
			out.Mean = append(out.Mean, w.Response.Mean.Value*ramp*jam*(1+0.08*rnd.NormFloat64()))
			out.P50 = append(out.P50, w.Response.P50.Value*ramp*jam*(1+0.08*rnd.NormFloat64()))
			out.P99 = append(out.P99, w.Response.P99.Value*ramp*jam*(0.9+0.2*math.Abs(rnd.NormFloat64())))
			out.Failed = append(out.Failed, 0)
		}
		out.P99[20] = math.NaN() // a second without an answer
		s.Workloads[name] = out
	}
	for name, sv := range r.Services {
		rnd := rand.New(rand.NewPCG(9, uint64(len(name))))
		var out measure.ServiceSeries
		for range 65 {
			out.Utilization = append(out.Utilization, math.Min(1, sv.Utilization.Value*(1+0.1*rnd.NormFloat64())))
		}
		s.Services[name] = out
	}
	return s
}

// The sample itself keeps the laws; a figure that cannot be shows nothing.
func TestSampleObeysLaws(t *testing.T) {
	for _, n := range samplePage(t).Results {
		for _, v := range n.Result.Check(0.02) {
			t.Errorf("%s: %v", n.Name, v)
		}
	}
}
