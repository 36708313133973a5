package queueing

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// The limit for many threads against the network of each of them.
func TestManyThreads(t *testing.T) {
	const threads = 2000
	outside := func(rate float64) comers {
		return comers{{origin: origin{rate: rate, number: math.Inf(1), limit: math.Inf(1)}, share: 1}}
	}
	users := func(number, think, visit float64) comers {
		cycle := think + visit
		return comers{{origin: origin{rate: number / cycle, number: number, limit: math.Inf(1), cycle: cycle}, share: 1, visit: visit}}
	}
	for _, c := range []struct {
		name           string
		from           comers
		cpu, elsewhere float64
		cores, backlog int
	}{
		{"nearly all waits", outside(19.6), 0.01, 100, 2, -1},
		{"some are rejected", outside(20.2), 0.01, 100, 2, 0},
		{"most are rejected, behind a line", outside(40), 0.01, 100, 2, 300},
		{"busy cores", outside(80), 0.01, 24.4, 1, 10},
		{"cores that all wait for", outside(120), 0.01, 5, 1, 50},
		{"nothing but cores", outside(900), 0.01, 0, 8, 100},
		{"users", users(3000, 40, 90), 0.01, 90, 1, -1},
	} {
		var w threadWork
		d := threadDemand{from: c.from, cpu: c.cpu, elsewhere: c.elsewhere, cpuSCV: 1, heldSCV: 1}
		want, got := w.line(d, c.cores, threads, c.backlog), w.many(d, c.cores, threads, c.backlog)
		if got.limits != want.limits || got.over != want.over {
			t.Errorf("%s: limits %v, over %v; want %v, %v", c.name, got.limits, got.over, want.limits, want.over)
			continue
		}
		check := func(what string, got, want, floor float64) {
			if math.Abs(got-want) > 0.02*want+floor {
				t.Errorf("%s: %s %v; want %v", c.name, what, got, want)
			}
		}
		check("rejected", got.loss, want.loss, 1e-6)
		check("waits", got.pWait, want.pWait, 1e-6)
		check("mean wait", got.mean, want.mean, 1e-6)
		check("threads held", got.held, want.held, 0)
		check("at the cores", meanOf(got.total), meanOf(want.total), 0.01)
		check("in line", got.inLine, want.inLine, 1e-6)
	}
}

// Threads run out however many there are: 100 requests a second that hold one for
// 300 s need 30,000, and are known to.
func TestMoreThreadsThanAreModelledOneByOne(t *testing.T) {
	const text = `services:
  s: {cores: 4, threads: %d, backlog: %s, operations: {do: [{cpu: exp(%s)}, {wait: %s}]}}
workloads: {w: {arrivals: poisson(100/s), does: s.do}}`
	for _, c := range []struct {
		threads         int
		backlog         string
		cpu, wait       string
		stable          bool
		loss, mean, off float64
	}{
		{25_000, "unlimited", "1ms", "300s", false, 0, 0, 0},
		{40_000, "unlimited", "1ms", "300s", true, 0, 300, 1e-3},
		{25_000, "0", "1ms", "300s", true, 1 - 25./30, 300, 1e-3}, // Erlang's loss, nearly
		{25_000, "0", "1ms", "3000s", true, 1 - 25./300, 3000, 1e-3},
		// the cores are busy for all of their time: 40/s pass, and all threads are held
		{25_000, "0", "100ms", "1s", true, 0.6, 25_000 / 40., 0.01},
	} {
		name := fmt.Sprintf("%d threads, backlog %s, %s and %s", c.threads, c.backlog, c.cpu, c.wait)
		r := solveText(t, fmt.Sprintf(text, c.threads, c.backlog, c.cpu, c.wait))
		if r.Stable != c.stable {
			t.Errorf("%s: stable %v", name, r.Stable)
		}
		w := r.Workloads["w"]
		if !c.stable {
			if w.Response != nil {
				t.Errorf("%s: a response time, and no steady state", name)
			}
			continue
		}
		if w.Response == nil {
			t.Errorf("%s: no response time", name)
			continue
		}
		if c.loss > 0 {
			near(t, name+": rejected", 1-w.Throughput.Value/100, c.loss, 0.01)
		}
		near(t, name+": mean", w.Response.Mean.Value, c.mean, c.off)
	}
}

// What is beyond what is looked at is said to be.
func TestThreadsAllAtTheCores(t *testing.T) {
	r := solveText(t, `services:
  s: {cores: 1, threads: 300000, backlog: 0, operations: {do: [{cpu: exp(100ms)}]}}
workloads: {w: {arrivals: poisson(100/s), does: s.do}}`)
	for _, c := range r.Caveats {
		if strings.Contains(c.Effect, "too short, by any factor") {
			return
		}
	}
	t.Errorf("300,000 requests on one core without a word: %v", r.Caveats)
}
