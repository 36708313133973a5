package simulate

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// What is not aimed at costs nothing: the utilization of M/M/1 at 90 % is known
// to 1 % long before its p99 is to 5 %, and each is as precise as was asked.
func TestTargets(t *testing.T) {
	if testing.Short() {
		t.Skip("a simulation of a million requests")
	}
	run := func(targets ...Target) *measure.Result {
		t.Helper()
		r, err := Run(context.Background(), mmc(1, 0.9), Options{Seed: 1, Precision: 0.05, MaxTime: -1, Targets: targets})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	all, one := run(), run(Target{Subject: "web", Metric: "utilization", Precision: 0.01})
	if got := relative(one.Services["web"].Utilization); got > 0.01 || one.Run.Requests*2 > all.Run.Requests {
		t.Errorf("±%v after %d requests; ±5 %% of the mean and the p99 took %d", got, one.Run.Requests, all.Run.Requests)
	}
	if !strings.Contains(one.Run.Detail, "that of web.utilization") {
		t.Errorf("details %q", one.Run.Detail)
	}
	both := run(Target{Subject: "users", Metric: "p50", Precision: 0.02}, Target{Subject: "web.get", Metric: "mean"})
	if p50, mean := relative(both.Workloads["users"].Response.P50), relative(both.Operations["web.get"].Response.Mean); p50 > 0.02 || mean > 0.05 {
		t.Errorf("±%v of the median, ±%v of the mean, want ±0.02 and the ±0.05 of all", p50, mean)
	}
}

// A loss too rare to be seen is not taken for known: the result says that it
// has an upper bound only, and one that was seen a few times that it rests on these.
func TestRareLosses(t *testing.T) {
	lossy := func(backlog int) *scenarios.Model {
		return single(scenarios.Service{Threads: 1, Backlog: backlog, Discipline: scenarios.FIFO}, dist.Exponential(1), 0.5)
	}
	o := Options{Seed: 1, MaxEvents: 2_000_000, MaxTime: -1, Targets: []Target{{Subject: "users", Metric: "errors", Precision: 0.1}}}
	r, err := Run(context.Background(), lossy(40), o)
	if err != nil {
		t.Fatal(err)
	}
	if e := r.Workloads["users"].Failed; e.Value != 0 || !(e.Hi > 0) || !caveatSays(r, "users.errors was not seen to be above 0") {
		t.Errorf("failed %+v, caveats %v", e, r.Caveats)
	}
	r, err = Run(context.Background(), lossy(14), o) // M/M/1/15 loses ½¹⁶ = 1.5·10⁻⁵
	if err != nil {
		t.Fatal(err)
	}
	if e := r.Workloads["users"].Failed; e.Value == 0 || !caveatSays(r, "rests on") || !caveatSays(r, "the interval of users.errors is ±") {
		t.Errorf("failed %+v, caveats %v", e, r.Caveats)
	}
}

func caveatSays(r *measure.Result, effect string) bool {
	for _, c := range r.Caveats {
		if strings.Contains(c.Effect, effect) {
			return true
		}
	}
	return false
}

// A figure that there is none of is told, with those that there are; every
// figure that can be aimed at can be looked at.
func TestTargetErrors(t *testing.T) {
	for _, c := range []struct {
		target Target
		want   string
	}{
		{Target{Subject: "shop", Metric: "p99"}, `no service, topic, workload or operation "shop"; there are web, users, web.get`},
		{Target{Subject: "web", Metric: "depth"}, `no metric "depth" of a service`},
		{Target{Subject: "web", Metric: "p99", Precision: -1}, "-1; want a finite number"},
	} {
		_, err := Run(context.Background(), mmc(1, 0.5), Options{Targets: []Target{c.target}})
		if e := (*TargetError)(nil); !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
	s, err := prepare(everything(), Options{Duration: 50, Replications: 3}, new(atomic.Bool))
	if err != nil {
		t.Fatal(err)
	}
	defer s.progress.stop()
	s.fixedLength()
	for _, of := range s.subjects() {
		for _, metric := range metricsOf(of.kind) {
			e := s.see(of, metric, s.windows())
			if !e.Known() || len(e.moves) != 3 || metric != "errors" && metric != "rejected" && metric != "waiting" && e.Value == 0 && e.Hi == 0 {
				t.Errorf("%s.%s is %+v", of.name, metric, e)
			}
		}
	}
}
