package simulate

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// timedFigures are the published values that the tests below compare with, by
// scenario and metric.
func timedFigures(t *testing.T) map[string]map[string]timedFigure {
	t.Helper()
	data, err := os.ReadFile("testdata/published/figures-time.json")
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]map[string]timedFigure
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

type timedFigure struct {
	Value float64 `json:"value"`
	Rel   float64 `json:"simulator_rel"`
}

// longPublished asks for runs that are long enough for the tolerances to be
// twice the half-width of an interval; shorter ones are allowed as much more.
func longPublished() bool { return os.Getenv("HEADROOM_PUBLISHED") != "" }

func publishedModel(t *testing.T, id string, set ...string) *scenarios.Model {
	t.Helper()
	m, err := scenarios.Load("testdata/published/"+id+".yaml", scenarios.Options{Set: set})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// agrees compares a figure, half of whose 95 % interval is given, with the
// published one: within its tolerance, or, in a run too short for that, within
// two and a half times the half-width (4.9 standard deviations: one run in a
// million).
func agrees(t *testing.T, id, metric string, got, half float64) {
	t.Helper()
	want, ok := timedFigures(t)[id][metric]
	if !ok {
		t.Fatalf("%s: no figure %q", id, metric)
	}
	off := want.Rel * math.Abs(want.Value)
	if !longPublished() {
		off = max(off, 2.5*half)
	} else if half > off/2 {
		t.Errorf("%s: %s: half-width %v, too wide for a tolerance of %v", id, metric, half, off)
	}
	if !(math.Abs(got-want.Value) <= off) {
		t.Errorf("%s: %s is %.6g ± %.2g, want %.6g ± %.2g", id, metric, got, half, want.Value, off)
	} else {
		t.Logf("%s: %s is %.6g ± %.2g, want %.6g", id, metric, got, half, want.Value)
	}
}

func half(e measure.Estimate) float64 { return (e.Hi - e.Lo) / 2 }

func TestPublishedSpike(t *testing.T) {
	m := publishedModel(t, "LOAD-03")
	r := played(t, m, "spike", Options{Replications: 1, Interval: 0.5})
	x := r.Test.Recovery[0]
	agrees(t, "LOAD-03", "peak backlog", x.Worst.Value, 0)
	agrees(t, "LOAD-03", "recovery time after the spike", x.Time.Value, 0)
	agrees(t, "LOAD-03", "largest delay", r.Workloads["w"].Response.Max.Value, 0)
	came := 0.0
	for j, y := range r.Series.Workloads["w"].Offered {
		if at := 0.5 * float64(j); at >= 60 && at < x.Ended+x.Time.Value {
			came += 0.5 * y
		}
	}
	agrees(t, "LOAD-03", "requests delayed (arrivals from spike start to recovery)", came, 0)
}

func TestPublishedTwoStepLag(t *testing.T) {
	m := publishedModel(t, "STR-06")
	r := played(t, m, "step", Options{Replications: 1, Interval: 1})
	x := r.Test.Recovery[0]
	agrees(t, "STR-06", "peak lag", x.Worst.Value, 0)
	agrees(t, "STR-06", "time from peak to drained", x.Time.Value, 0)
	agrees(t, "STR-06", "largest delay of a record (arriving at the end of the peak)", r.Workloads["w"].Response.Max.Value, 0)
}

// TestPublishedPauses are backlogs of a server that stood still.
func TestPublishedPauses(t *testing.T) {
	for _, c := range []struct {
		id, test             string
		interval             float64
		peak, drain, longest string
		heavy                bool
	}{
		{"STR-05", "rebalance", 1, "peak lag", "drain time", "largest record delay", false},
		{"EVS-03", "snapshot", 0.005, "lag after a snapshot pause: peak", "lag after a snapshot pause: drain time", "", false},
		{"LF-06", "outage", 5, "backlog at return", "time to catch up", "lag in seconds at return", false},
		{"LF-08", "outage", 5, "", "log catch-up time", "", true},
	} {
		if c.heavy && !longPublished() {
			continue
		}
		m := publishedModel(t, c.id)
		r := played(t, m, c.test, Options{Replications: 1, Interval: c.interval})
		x := r.Test.Recovery[0]
		if c.peak != "" {
			agrees(t, c.id, c.peak, x.Worst.Value, 0)
		}
		agrees(t, c.id, c.drain, x.Time.Value, 0)
		if c.longest != "" {
			agrees(t, c.id, c.longest, r.Workloads["w"].Response.Max.Value, 0)
		}
		switch c.id {
		case "LF-06":
			sum, n := 0.0, 0.0
			for j, present := range r.Series.Workloads["w"].InSystem {
				if at := c.interval * float64(j); at >= x.Ended && at < x.Ended+x.Time.Value {
					sum += present
					n++
				}
			}
			agrees(t, c.id, "mean lag seen by a reader polling uniformly during the catch-up (in versions)", sum/n, 0)
		case "STR-05":
			extra, came := 0.0, 0.0
			for j, present := range r.Series.Workloads["w"].InSystem {
				if at := c.interval * float64(j); at >= x.Began && at < x.Ended+x.Time.Value {
					extra += c.interval * present
					came += c.interval * r.Series.Workloads["w"].Offered[j]
				}
			}
			agrees(t, c.id, "mean extra delay of the records that arrive from the pause start until drained", extra/came, 0)
		}
	}
}

// TestPublishedTransient follows many replications of M/M/1 from an empty
// system, and counts who is there at the instants.
func TestPublishedTransient(t *testing.T) {
	reps := 4000
	if longPublished() {
		reps = 40_000
	}
	for _, c := range []struct {
		id      string
		at      []float64
		metrics []string
	}{
		{"LOAD-06", []float64{10, 50, 200, 1000}, []string{"t=10: E[N(t)]", "t=50: E[N(t)]", "t=200: E[N(t)]", "t=1000: E[N(t)]"}},
		{"LOAD-07", []float64{2, 8, 30}, []string{"t=2: E[N(t)]", "t=8: E[N(t)]", "t=30: E[N(t)]"}},
	} {
		p, err := compile(publishedModel(t, c.id))
		if err != nil {
			t.Fatal(err)
		}
		sum, square := make([]float64, len(c.at)), make([]float64, len(c.at))
		for i := range reps {
			k := newKernel(p, streams{seed: 1, replication: i})
			for j, at := range c.at {
				if at > 500 && i >= reps/4 && !longPublished() {
					break
				}
				k.run(at)
				n := k.sources[0].running.n
				sum[j] += n
				square[j] += n * n
			}
		}
		for j, metric := range c.metrics {
			n := float64(reps)
			if c.at[j] > 500 && !longPublished() {
				n /= 4
			}
			mean := sum[j] / n
			agrees(t, c.id, metric, mean, 1.96*math.Sqrt((square[j]/n-mean*mean)/n))
		}
	}
}

// TestPublishedSteady are those that are about arrivals and not about time.
func TestPublishedSteady(t *testing.T) {
	run := func(id string, precision float64, set ...string) *measure.Result {
		m := publishedModel(t, id, set...)
		o := Options{Seed: 1, Precision: precision, MaxTime: -1, MaxEvents: 4_000_000}
		if longPublished() {
			o.MaxEvents *= 100
		}
		r, err := Run(context.Background(), m, o)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	five := run("STR-01", 0.02)
	agrees(t, "STR-01", "5 consumers: largest sustainable total rate", five.Saturation["w"], 0)
	delay := five.Topics["records"].Delay.Mean
	agrees(t, "STR-01", "5 consumers at 1800/s: mean record latency", 1e3*delay.Value, 1e3*half(delay))
	twelve := run("STR-01", 0.02, "services.group.replicas=12")
	agrees(t, "STR-01", "12 consumers: largest sustainable total rate", twelve.Saturation["w"], 0)
	delay = twelve.Topics["records"].Delay.Mean
	agrees(t, "STR-01", "12 consumers at 1800/s: mean record latency", 1e3*delay.Value, 1e3*half(delay))
	for replicas, metric := range map[string]string{
		"services.group.replicas=4":  "4 consumers: largest sustainable total rate",
		"services.group.replicas=20": "20 consumers: largest sustainable total rate (8 idle)",
	} {
		agrees(t, "STR-01", metric, run("STR-01", 0.1, replicas).Saturation["w"], 0)
	}
	for _, c := range []struct {
		set    string
		n      float64
		metric string
	}{
		{"20us", 1, "b=1"}, {"39.2857142857us", 10, "predicted rate b=10"}, {"125us", 50, "b=50"},
	} {
		r := run("STR-02", 0.1, "services.producer.operations.send[0].cpu="+c.set)
		agrees(t, "STR-02", c.metric, c.n*r.Workloads["w"].Throughput.Value, 0)
	}
	query := run("LAM-03", 0.02)
	mean := query.Workloads["w"].Response.Mean
	agrees(t, "LAM-03", "mean query latency (fork-join of two)", 1e3*mean.Value, 1e3*half(mean))
	mean = query.Operations["speed.read"].Response.Mean
	agrees(t, "LAM-03", "mean of one store alone", 1e3*mean.Value, 1e3*half(mean))

	precision := 0.04
	if longPublished() {
		precision = 0.008
	}
	raid := run("JMT-05", precision)
	mean = raid.Workloads["users"].Response.Mean
	agrees(t, "JMT-05", "system response time", mean.Value, half(mean))
	use := raid.Services["disk1"].Utilization
	agrees(t, "JMT-05", "disk utilisation", use.Value, half(use))
}
