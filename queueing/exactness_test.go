package queueing

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// What is in product form passes as exact, and everything else is named.
func TestExact(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"M/M/c": {`
services: {s: {cores: 3, discipline: fifo, operations: {do: [{cpu: exp(5ms)}]}}}
workloads: {w: {arrivals: poisson(300/s), does: s.do}}`, ""},
		"M/G/1": {`
services: {s: {discipline: fifo, operations: {do: [{cpu: 5ms}]}}}
workloads: {w: {arrivals: poisson(100/s), does: s.do}}`, ""},
		"GI/M/1": {`
services: {s: {discipline: fifo, operations: {do: [{cpu: exp(5ms)}]}}}
workloads: {w: {arrivals: constant(100/s), does: s.do}}`, ""},
		"processor sharing of anything": {`
services: {s: {operations: {do: [{cpu: 5ms}, {call: b.do}]}}, b: {cores: 2, operations: {do: [{cpu: "lognormal(mean=5ms, cv=3)"}]}}}
workloads: {w: {arrivals: poisson(100/s), does: s.do}}`, ""},
		"M/G/2": {`
services: {s: {cores: 2, discipline: fifo, operations: {do: [{cpu: 5ms}]}}}
workloads: {w: {arrivals: poisson(100/s), does: s.do}}`, "services.s: demands in order of arrival"},
		"M/G/1 and on": {`
services: {s: {discipline: fifo, operations: {do: [{cpu: 5ms}, {call: b.do}]}}, b: {operations: {do: [{cpu: exp(5ms)}]}}}
workloads: {w: {arrivals: poisson(100/s), does: s.do}}`, "services.s: demands in order of arrival"},
		"D/M/2": {`
services: {s: {cores: 2, discipline: fifo, operations: {do: [{cpu: exp(5ms)}]}}}
workloads: {w: {arrivals: constant(100/s), does: s.do}}`, "workloads.w: arrivals are not Poisson"},
		"balancing": {`
services: {s: {replicas: 2, balancing: round-robin, operations: {do: [{cpu: exp(5ms)}]}}}
workloads: {w: {arrivals: poisson(100/s), does: s.do}}`, "services.s: replicas are not picked at random"},
		"join": {`
services: {s: {operations: {do: [{parallel: [{call: b.do}, {call: b.do}]}]}}, b: {operations: {do: [{cpu: exp(5ms)}]}}}
workloads: {w: {arrivals: poisson(20/s), does: s.do}}`, "s.do: parallel branches"},
		"two closed workloads": {`
services: {s: {discipline: fifo, operations: {do: [{cpu: exp(5ms)}, {cpu: exp(2ms)}]}}}
workloads: {v: {users: 3, think: exp(1s), does: s.do}, w: {users: 3, think: exp(1s), does: s.do}}`, "workloads.v: no exact solution of several closed workloads"},
		"threads": {`
services: {s: {threads: 2, operations: {do: [{cpu: exp(5ms)}, {call: b.do}]}}, b: {operations: {do: [{cpu: exp(5ms)}]}}}
workloads: {w: {arrivals: poisson(100/s), does: s.do}}`, "services.s: threads run out"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Solve(context.Background(), parse(t, c.text), Options{Exact: true})
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (!errors.Is(err, ErrInexact) || !strings.Contains(err.Error(), c.want)):
				t.Errorf("%v; want %q", err, c.want)
			}
		})
	}
}

// Percentiles stay where they are exact, and go where they are not; the means
// of the Jackson network are those of its closed form.
func TestExactPercentiles(t *testing.T) {
	r, err := Solve(context.Background(), library(t, "mm1"), Options{Exact: true})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "p99 of M/M/1", r.Workloads["customers"].Response.P99.Value, 0.025*4.605170185988091, 1e-9)
	if r, err = Solve(context.Background(), library(t, "jackson"), Options{Exact: true}); err != nil {
		t.Fatal(err)
	}
	is := r.Workloads["customers"].Response
	near(t, "mean", is.Mean.Value, 1e-3*(5/0.8+20/0.2+7.5/0.7+15/0.4), 1e-9)
	if is.P99.Known() || len(r.Caveats) != 1 {
		t.Errorf("p99 %v with caveats %v; want none, and a caveat that says so", is.P99, r.Caveats)
	}
}
