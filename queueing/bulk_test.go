package queueing

import (
	"math"
	"testing"
)

// Batches of one message are a single server in order of arrival.
func TestBulkOfOne(t *testing.T) {
	exp, err := SolveBulk(Bulk{Lambda: 0.8, Max: 1, Time: func(int) (float64, float64) { return 1, 1 }})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "M/M/1 present", exp.Present, 4, 1e-6)
	near(t, "M/M/1 utilization", exp.Utilization, 0.8, 1e-9)
	near(t, "M/M/1 delay", exp.Delay.Mean(), 5, 1e-6)
	near(t, "M/M/1 delay p99", exp.Delay.Quantile(0.99), 5*math.Log(100), 0.02)
	det, err := SolveBulk(Bulk{Lambda: 0.8, Max: 1, Time: func(int) (float64, float64) { return 1, 0 }})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "M/D/1 delay", det.Delay.Mean(), 3, 1e-6)
	near(t, "M/D/1 present", det.Present, 2.4, 1e-6)
}

// Inference on GPUs with unlimited batches of constant time ([Inou21] with the
// parameters of the photo service; the values by an embedded chain of another
// program): 13 888.9 photos a second over four GPUs.
func TestBulkInference(t *testing.T) {
	const lambda = 1.2e9 / 86400 / 4 / 1000 // per ms
	r, err := SolveBulk(Bulk{Lambda: lambda, Max: 1 << 20, Time: func(n int) (float64, float64) { return 0.1438*float64(n) + 1.8874, 0 }})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "mean latency", r.Delay.Mean(), 5.89372318, 1e-6)
	near(t, "mean batch", r.Batch, 13.088788, 1e-6)
	near(t, "utilization", r.Utilization, 0.999999142, 1e-8)
}

// Percentiles and variance of the delay against a simulation of a million
// messages (its 95 % half-widths are about 1 % for all but the last).
func TestBulkDelay(t *testing.T) {
	for _, c := range []struct {
		lambda        float64
		max           int
		cv            float64
		mean, sd      float64
		p50, p90, p99 float64
	}{
		{1.2e9 / 86400 / 4000, 1 << 20, 0, 5.8903, 1.3897, 5.798, 7.764, 9.322},
		{1.2e9 / 86400 / 4000, 16, 0, 6.3931, 1.8356, 6.173, 8.789, 11.921},
		{0.3, 8, 1, 3.1583, 2.8551, 2.376, 6.942, 13.000},
		{4.5, 32, 0.2, 9.3652, 3.6352, 8.750, 14.114, 20.769},
	} {
		r, err := SolveBulk(Bulk{Lambda: c.lambda, Max: c.max, Time: func(n int) (float64, float64) {
			m := 0.1438*float64(n) + 1.8874
			return m, c.cv * c.cv * m * m
		}})
		if err != nil {
			t.Fatal(err)
		}
		near(t, "mean", r.Delay.Mean(), c.mean, 0.015)
		near(t, "deviation", math.Sqrt(r.Delay.Variance()), c.sd, 0.02)
		near(t, "p50", r.Delay.Quantile(0.5), c.p50, 0.03)
		near(t, "p90", r.Delay.Quantile(0.9), c.p90, 0.03)
		near(t, "p99", r.Delay.Quantile(0.99), c.p99, 0.03)
		near(t, "Little's law", r.Present, c.lambda*r.Delay.Mean(), 1e-9)
		near(t, "messages in batches", r.Batches*r.Batch, c.lambda, 1e-6)
		sum := 0.0
		for _, p := range r.Sizes {
			sum += p
		}
		near(t, "sizes", sum, 1, 1e-9)
	}
}

// Near saturation the line is long, and the figures are still found.
func TestBulkHeavy(t *testing.T) {
	r, err := SolveBulk(Bulk{Lambda: 0.99, Max: 1, Time: func(int) (float64, float64) { return 1, 1 }})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "M/M/1 at 0.99", r.Delay.Mean(), 100, 1e-4)
}
