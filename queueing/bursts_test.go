package queueing

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// burstyText is a service of a discipline, arrivals and demand, alone.
func burstyText(arrivals, discipline string, cores, replicas int, demand string) string {
	return fmt.Sprintf(`services:
  s: {cores: %d, replicas: %d, discipline: %s, operations: {do: [{cpu: %s}]}}
workloads: {w: {arrivals: "%s", does: s.do}}`, cores, replicas, discipline, demand, arrivals)
}

// Batches of fixed sizes at one server: W of M^X/G/1 by hand ([Burk75]),
// λ·E[B²]/2(1 − ρ) + (n − 1)/2·S with B of n services.
func TestSolveBatches(t *testing.T) {
	const rate, n, mean = 80.0, 4, 0.01
	for _, c := range []struct {
		demand, discipline string
		second             float64 // of a service
	}{{"exp(10ms)", "fifo", 2e-4}, {"10ms", "fifo", 1e-4}, {"exp(10ms)", "ps", 2e-4}} {
		lambda, rho := rate/n, rate*mean
		work := n*c.second + n*(n-1)*mean*mean
		want := lambda*work/2/(1-rho) + (n-1)/2.*mean + mean
		r := solveText(t, burstyText("batch(80/s, 4)", c.discipline, 1, 1, c.demand))
		near(t, c.demand+" "+c.discipline+": mean", r.Workloads["w"].Response.Mean.Value, want, 1e-6)
	}
}

// Batches that are spread over replicas at random are smaller batches: of two
// requests and two replicas, one of two in a quarter, one of one in a half.
func TestSolveSplitBatches(t *testing.T) {
	r := solveText(t, burstyText("batch(100/s, 2)", "fifo", 1, 2, "exp(10ms)"))
	q, err := NewMXMc(50*0.75, BatchOf(2, 1), 0.01, 1)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "mean", r.Workloads["w"].Response.Mean.Value, q.Figures().Response, 1e-9)
}

// A modulated stream whose states are alike is a Poisson stream: M/M/2.
func TestSolveModulatedAlike(t *testing.T) {
	r := solveText(t, burstyText("mmpp(150/s for 1s, 150/s for 3s, 150/s for 2s)", "fifo", 2, 1, "exp(10ms)"))
	near(t, "mean", r.Workloads["w"].Response.Mean.Value, 0.01/(1-0.75*0.75), 1e-9)
}

// One that changes very slowly is each of its Poisson streams for a share of the
// requests: M/M/1 at 20/s for a fifth of them, and at 80/s for the others.
func TestSolveModulatedSlowly(t *testing.T) {
	for _, discipline := range []string{"fifo", "ps"} {
		r := solveText(t, burstyText("mmpp(20/s for 1000000s, 80/s for 1000000s)", discipline, 1, 1, "exp(10ms)"))
		near(t, discipline+": mean", r.Workloads["w"].Response.Mean.Value, 0.2/(100-20)+0.8/(100-80), 1e-4)
	}
}

// What is not modelled is said, and what is passed on too.
func TestBurstCaveats(t *testing.T) {
	const two = `services:
  a: {cores: 2, operations: {do: [{cpu: exp(1ms)}, {call: b.do}]}}
  b: {cores: 1, discipline: fifo, operations: {do: [{cpu: exp(8ms)}]}}
workloads: {w: {arrivals: "%s", does: a.do}%s}`
	for _, c := range []struct{ arrivals, more, want string }{
		{"mmpp(20/s for 10s, 100/s for 5s)", "", "are taken to come here as they come to the system"},
		{"batch(50/s, 4)", "", "are not modelled here"},
		{"mmpp(20/s for 10s, 100/s for 5s)", ", v: {arrivals: poisson(1/s), does: b.do}", "are not modelled here"},
	} {
		r := solveText(t, fmt.Sprintf(two, c.arrivals, c.more))
		found := false
		for _, said := range r.Caveats {
			found = found || said.Where == "services.b" && strings.Contains(said.What, c.want)
		}
		if !found {
			t.Errorf("%s%s: %v; want %q", c.arrivals, c.more, r.Caveats, c.want)
		}
	}
}

// Sizes are rounded, and at least 1; what is left of batches keeps the requests.
func TestBatchSizes(t *testing.T) {
	m := parse(t, burstyText("batch(10/s, uniform(0, 5))", "fifo", 1, 1, "exp(1ms)"))
	p, mean := batchSizes(m.Workloads[0].Arrivals.Size)
	for n, want := range []float64{0.3, 0.2, 0.2, 0.2, 0.1} { // of 0 to 1.5, 1.5 to 2.5, …
		near(t, fmt.Sprintf("P(%d)", n+1), p[n], want, 1e-9)
	}
	near(t, "mean", mean, 0.3+0.4+0.6+0.8+0.5, 1e-9)
	thin, some := thinnedSizes(p, 0.3)
	left := 0.0
	for n, q := range thin {
		left += float64(n+1) * q
	}
	near(t, "requests left", left, 0.3*mean, 1e-9)
	none := 0.0
	for n, q := range p {
		none += q * math.Pow(0.7, float64(n+1))
	}
	near(t, "batches left", some, 1-none, 1e-9)
}
