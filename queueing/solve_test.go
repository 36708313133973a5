package queueing

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// textbookMMc are the figures of M/M/c from the formulas as they are printed,
// with sums of powers and factorials, sharing no step with the package.
func textbookMMc(lambda, mu float64, c int) (mean, pWait float64, survival func(float64) float64) {
	a := lambda / mu
	sum, term := 0.0, 1.0
	for n := range c {
		sum += term
		term *= a / float64(n+1)
	}
	tail := term * float64(c) / (float64(c) - a) // a^c/c!·c/(c−a)
	pWait = tail / (sum + tail)
	mean = 1/mu + pWait/(float64(c)*mu-lambda)
	k := float64(c) - 1 - a
	survival = func(t float64) float64 {
		if math.Abs(k) < 1e-9 {
			return math.Exp(-mu*t) * (1 + pWait*mu*t)
		}
		return math.Exp(-mu*t) * (1 + pWait*(1-math.Exp(-mu*t*k))/k)
	}
	return mean, pWait, survival
}

// An M/M/c scenario is solved to the digits of its closed form.
func TestSolveMMc(t *testing.T) {
	const mu = 200.0
	for _, c := range []int{1, 2, 8} {
		for _, rho := range []float64{0.5, 0.8, 0.95} {
			t.Run(fmt.Sprintf("c=%d,rho=%v", c, rho), func(t *testing.T) {
				lambda := rho * float64(c) * mu
				mean, pWait, survival := textbookMMc(lambda, mu, c)
				r := solve(t, oneStation(scenarios.FIFO, 1, c, dist.Exponential(1/mu), lambda))
				w, s := r.Workloads["w"].Response, r.Services["s"]
				near(t, "mean", w.Mean.Value, mean, 1e-11)
				near(t, "p_wait", s.PWait.Value, pWait, 1e-11)
				near(t, "p_idle", s.PIdle.Value, 1-pWait, 1e-11)
				for p, q := range map[float64]float64{0.5: w.P50.Value, 0.9: w.P90.Value, 0.95: w.P95.Value, 0.99: w.P99.Value, 0.999: w.P999.Value} {
					// an error δ of the quantile shows as a factor 1 + δ·density/survival
					near(t, fmt.Sprintf("P(T > p%v)", p), survival(q), 1-p, 1e-10)
				}
				for _, pt := range w.Histogram {
					near(t, "histogram", 1-pt.P, survival(pt.Le), 1e-9)
				}
				if len(r.Caveats) > 0 {
					t.Errorf("an exact model has caveats: %v", r.Caveats)
				}
				if r.Workloads["w"].Response.Mean.Confidence != 1 {
					t.Error("an exact figure is not marked as exact")
				}
			})
		}
	}
}

// The rates c·μ − λ and μ of M/M/c meet at a = c − 1, where the textbook form
// divides zero by zero.
func TestMMcWhereRatesMeet(t *testing.T) {
	for _, off := range []float64{0, 1e-15, -1e-15, 1e-12, -1e-9, 1e-6} {
		q, err := NewMMc(2*(1+off), 1, 3)
		if err != nil {
			t.Fatal(err)
		}
		d := q.Response()
		c := ErlangC(3, 2)
		for _, x := range []float64{0.1, 1, 5, 30} {
			near(t, fmt.Sprintf("survival at %v, off by %v", x, off), d.Survival(x), math.Exp(-x)*(1+c*x), 1e-4*math.Abs(off)*1e6+1e-12)
		}
		if q := d.Quantile(0.999); !(q > 0) || math.IsInf(q, 1) {
			t.Errorf("quantile %v", q)
		}
	}
}

func TestQuantilesInvertDistributions(t *testing.T) {
	mm8, _ := NewMMc(7.6, 1, 8)
	loss, _ := NewMMcK(3, 1, 2, 9)
	ps, _ := NewPS(1.4, 1, 2)
	exactly, _ := ps.ResponseToExactly(0.7)
	mg, _ := NewMG1(0.7, dist.LognormalOf(1, 1.5))
	gg, _ := NewMGc(3, 1, 2, 0, 4)
	for name, d := range map[string]Time{
		"M/M/8 response": mm8.Response(), "M/M/8 waiting": mm8.Waiting(), "M/M/2/9 waiting": loss.Waiting(),
		"M/M/2/9 response": loss.Response(), "PS": ps.Response(), "PS exactly": exactly,
		"M/G/1 response": mg.Response(), "M/G/1 waiting": mg.Waiting(), "M/G/4 waiting": gg.Waiting(),
		"M/G/4 response": gg.Response(), "Erlang fit": fit(2, 0.3), "two exponentials": fit(2, 5),
	} {
		for _, p := range []float64{0.001, 0.1, 0.5, 0.9, 0.99, 0.9999} {
			q := d.Quantile(p)
			if least := d.Quantile(1e-300); p <= d.CDF(least) { // an atom there
				if q != least {
					t.Errorf("%s: quantile %v is %v, below the atom at %v", name, p, q, least)
				}
				continue
			}
			near(t, fmt.Sprintf("%s: CDF(Quantile(%v))", name, p), d.CDF(q), p, 1e-7)
			near(t, fmt.Sprintf("%s: CDF + Survival", name), d.CDF(q)+d.Survival(q), 1, 1e-9)
		}
		if d.Quantile(0) != 0 && name != "PS exactly" || !math.IsInf(d.Quantile(1), 1) || !math.IsNaN(d.Quantile(math.NaN())) {
			t.Errorf("%s: quantiles at the edges: %v %v %v", name, d.Quantile(0), d.Quantile(1), d.Quantile(math.NaN()))
		}
		m, h := d.Mean(), 1e-3/d.Mean()
		if slope := (1 - real(d.LST(complex(h, 0)))) / h; math.Abs(slope/m-1) > 5e-3 {
			t.Errorf("%s: the transform has mean %v, want %v", name, slope, m)
		}
	}
}

const overload = `
services:
  web: {cores: 4, operations: {get: [{cpu: exp(2ms)}, {call: db.read}], ping: [{cpu: exp(1ms)}]}}
  db: {discipline: fifo, operations: {read: [{cpu: exp(10ms)}]}}
workloads:
  readers: {arrivals: poisson(150/s), does: web.get}
  pings: {arrivals: poisson(50/s), does: web.ping}
`

// What cannot be borne is said, with what could, and given no number.
func TestUnstable(t *testing.T) {
	r := solveText(t, overload)
	if r.Stable || r.Bottleneck != "db" {
		t.Fatalf("stable %v, bottleneck %q", r.Stable, r.Bottleneck)
	}
	near(t, "saturation of readers", r.Saturation["readers"], 100, 1e-9)
	near(t, "saturation of pings", r.Saturation["pings"], 100.0/3, 1e-9)
	readers, pings := r.Workloads["readers"], r.Workloads["pings"]
	if readers.Response != nil || readers.InSystem.Known() || readers.Throughput.Known() || r.Operations["db.read"].Response != nil || r.Operations["web.get"].Response != nil {
		t.Error("times are given for what passes an unstable station")
	}
	if r.Services["db"].Present.Known() || r.Services["db"].WaitingTime != nil {
		t.Error("numbers are given for an unstable station")
	}
	near(t, "utilization", r.Services["db"].Utilization.Value, 1, 0)
	if pings.Response == nil {
		t.Error("no times for what does not pass it")
	}
	if len(r.Caveats) == 0 || r.Caveats[0].Where != "services.db" || !strings.Contains(r.Caveats[0].What, "1.5 times") || !strings.Contains(r.Caveats[0].Effect, "0.6667") {
		t.Errorf("caveats %v", r.Caveats)
	}
}

func TestUnstableTopic(t *testing.T) {
	r := solveText(t, `
services:
  web: {operations: {put: [{cpu: exp(1ms)}, {publish: jobs}]}}
  work: {operations: {eat: [{cpu: 10ms}, {repeat: {count: batch, do: [{cpu: exp(4ms)}]}}]}}
topics: {jobs: {partitions: 1, consumer: work.eat, batch: 10}}
workloads: {u: {arrivals: poisson(300/s), does: web.put}}
`)
	if r.Stable || r.Bottleneck != "work" || r.Topics["jobs"].Delay != nil || r.Workloads["u"].Response == nil {
		t.Errorf("stable %v, bottleneck %q, delay %v", r.Stable, r.Bottleneck, r.Topics["jobs"].Delay)
	}
	near(t, "saturation", r.Saturation["u"], 200, 1e-9)
}

func TestUnstableThreads(t *testing.T) {
	// two threads, each held 52 ms on average at least: 38 requests a second
	r := solveText(t, `
services:
  web: {cores: 4, threads: 2, operations: {get: [{cpu: exp(2ms)}, {wait: 50ms}]}}
workloads: {u: {arrivals: poisson(45/s), does: web.get}}
`)
	if r.Stable || r.Workloads["u"].Response != nil {
		t.Errorf("stable %v", r.Stable)
	}
}

func TestStrict(t *testing.T) {
	m := parse(t, overload)
	_, err := Solve(context.Background(), m, Options{Strict: true})
	if err == nil || !strings.Contains(err.Error(), "services.db") {
		t.Errorf("got %v, want an error that names the station", err)
	}
	if _, err := Solve(context.Background(), oneStation(scenarios.PS, 1, 2, dist.Exponential(0.01), 100), Options{Strict: true}); err != nil {
		t.Error(err)
	}
}

func TestSolveRefuses(t *testing.T) {
	if _, err := Solve(context.Background(), nil, Options{}); err == nil {
		t.Error("solved no model")
	}
	bad := oneStation(scenarios.PS, 1, 1, dist.Exponential(0.01), 10)
	bad.Workloads[0].Mix[0].Op = 7
	if _, err := Solve(context.Background(), bad, Options{}); err == nil {
		t.Error("solved a model with a dangling index")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Solve(ctx, oneStation(scenarios.PS, 1, 1, dist.Exponential(0.01), 10), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v from a cancelled context", err)
	}
}
