package gate_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/reports/gate"
	"github.com/headroom/headroom/scenarios"
)

const shop = `headroom: 1
name: shop
services:
  web: {threads: 4, operations: {page: [{cpu: 1ms}, {call: db.read}], static: [{cpu: 1ms}], note: [{publish: notes}]}}
  db: {operations: {read: [{cpu: 5ms}]}}
  mail: {operations: {send: [{cpu: 1ms}]}}
  front: {operations: {go: [{parallel: [{call: web.static}, {choose: [{p: 50%, do: {call: mail.send}}, {p: 50%, do: [{wait: 1ms}]}]}]}]}}
topics:
  notes: {consumer: mail.send}
workloads:
  buyers: {arrivals: poisson(10/s), does: web.page}
  senders: {arrivals: poisson(10/s), does: mail.send}
  readers: {users: 3, think: 1s, does: [{call: front.go}]}
  walkers: {arrivals: poisson(1/s), does: {route: {start: mail.send, mail.send: {db.read: 50%, end: 50%}, db.read: {end: 100%}}}}
objectives:
`

func model(t *testing.T, objectives string) *scenarios.Model {
	t.Helper()
	m, bad := scenarios.Parse("shop.yaml", []byte(shop+objectives), nil)
	if bad != nil {
		t.Fatal(bad)
	}
	return m
}

func exact(v float64) *measure.Times { return &measure.Times{P99: measure.Exactly(v)} }

func TestJudge(t *testing.T) {
	between := func(lo, v, hi float64) measure.Estimate { return measure.Between(v, lo, hi, 0.95) }
	workload := func(w measure.Workload) *measure.Result {
		return &measure.Result{Stable: true, Workloads: map[string]*measure.Workload{"buyers": &w}}
	}
	service := func(s measure.Service) *measure.Result {
		return &measure.Result{Stable: true, Services: map[string]*measure.Service{"db": &s}}
	}
	topic := func(x measure.Topic) *measure.Result {
		return &measure.Result{Stable: true, Topics: map[string]*measure.Topic{"notes": &x}}
	}
	tests := []struct {
		name, objective string
		r               *measure.Result
		want            measure.Verdict
	}{
		{"below", "{buyers: {p99: 50ms}}", workload(measure.Workload{Response: exact(0.049)}), measure.Pass},
		{"at", "{buyers: {p99: 50ms}}", workload(measure.Workload{Response: exact(0.05)}), measure.Pass},
		{"above", "{buyers: {p99: 50ms}}", workload(measure.Workload{Response: exact(0.051)}), measure.Fail},
		{"rounding", "{buyers: {throughput: 200/s}}", workload(measure.Workload{Throughput: measure.Exactly(199.99999999999997)}), measure.Pass},
		{"interval below", "{buyers: {errors: 1%}}", workload(measure.Workload{Failed: between(0, 0.004, 0.009)}), measure.Pass},
		{"interval above", "{buyers: {errors: 1%}}", workload(measure.Workload{Failed: between(0.011, 0.02, 0.03)}), measure.Fail},
		{"straddles", "{buyers: {errors: 1%}}", workload(measure.Workload{Failed: between(0.009, 0.012, 0.03)}), measure.Undecided},
		{"floor met", "{buyers: {throughput: 9/s}}", workload(measure.Workload{Throughput: between(9.1, 9.5, 10)}), measure.Pass},
		{"floor missed", "{buyers: {throughput: 9/s}}", workload(measure.Workload{Throughput: between(8, 8.5, 8.9)}), measure.Fail},
		{"floor straddled", "{buyers: {throughput: 9/s}}", workload(measure.Workload{Throughput: between(8, 9.5, 10)}), measure.Undecided},
		{"unknown", "{buyers: {p99: 50ms}}", workload(measure.Workload{}), measure.Undecided},
		{"unknown times", "{buyers: {p90: 50ms}}", workload(measure.Workload{Response: exact(1)}), measure.Undecided},
		{"absent", "{senders: {p99: 50ms}}", workload(measure.Workload{}), measure.Undecided},
		{"not a number", "{buyers: {p99: 50ms}}", workload(measure.Workload{Response: exact(math.NaN())}), measure.Undecided},
		{"utilization", "{db: {utilization: 80%}}", service(measure.Service{Utilization: measure.Exactly(0.81)}), measure.Fail},
		{"p_wait", "{db: {p_wait: 80%}}", service(measure.Service{PWait: measure.Exactly(0.5)}), measure.Pass},
		{"rejected", "{db: {rejected: 0%}}", service(measure.Service{Rejected: measure.Exactly(0)}), measure.Pass},
		{"service mean", "{db: {mean: 1s}}", service(measure.Service{Response: &measure.Times{Mean: measure.Exactly(2)}}), measure.Fail},
		{"service rate", "{db: {throughput: 1/s}}", service(measure.Service{Throughput: measure.Exactly(2)}), measure.Pass},
		{"depth", "{notes: {depth: 5}}", topic(measure.Topic{Depth: measure.Exactly(4)}), measure.Pass},
		{"delay", "{notes: {p999: 1s}}", topic(measure.Topic{Delay: &measure.Times{P999: measure.Exactly(4)}}), measure.Fail},
		{"topic rate", "{notes: {throughput: 1/s}}", topic(measure.Topic{Throughput: measure.Exactly(4)}), measure.Pass},
		{"operation", "{db.read: {max: 1s}}", &measure.Result{Stable: true, Operations: map[string]*measure.Operation{
			"db.read": {Response: &measure.Times{Max: measure.Exactly(0.5)}},
		}}, measure.Pass},
		{"operation rate", "{db.read: {throughput: 1/s}}", &measure.Result{Stable: true, Operations: map[string]*measure.Operation{
			"db.read": {Throughput: measure.Exactly(0.5)},
		}}, measure.Fail},
	}
	for _, test := range tests {
		got := gate.Judge(model(t, "  "+test.objective), test.r)
		if len(got) != 1 || got[0].Verdict != test.want {
			t.Errorf("%s: want %s, got %+v", test.name, test.want, got)
		}
	}
}

// The database is saturated. What reaches it has failed, also through the
// threads of web that wait for it; what does not is judged by its figures.
func TestJudgeUnstable(t *testing.T) {
	m := model(t, `
  buyers: {p99: 1s, errors: 1%, throughput: 5/s}
  senders: {p99: 1s}
  readers: {p99: 1s}
  walkers: {mean: 1s}
  web: {mean: 1s}
  mail: {mean: 1s}
  db: {utilization: 80%, p99: 1s}
  notes: {depth: 10}
  web.static: {p99: 1s}
  mail.send: {p99: 1s}
`)
	r := &measure.Result{Stable: false, Bottleneck: "db", Services: map[string]*measure.Service{"db": {Utilization: measure.Exactly(1)}}}
	got := map[string]measure.Verdict{}
	for _, o := range gate.Judge(m, r) {
		got[o.Subject+" "+o.Metric] = o.Verdict
	}
	want := map[string]measure.Verdict{
		"buyers p99": measure.Fail, "buyers errors": measure.Undecided, "buyers throughput": measure.Undecided,
		"senders p99": measure.Undecided, "readers p99": measure.Fail, "walkers mean": measure.Fail,
		"web mean": measure.Fail, "mail mean": measure.Undecided,
		"db utilization": measure.Fail, "db p99": measure.Fail, "notes depth": measure.Undecided,
		"web.static p99": measure.Fail, "mail.send p99": measure.Undecided,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	m.Services[0].Threads = 0 // now web does not fill up behind the database
	for _, o := range gate.Judge(m, r) {
		if key := o.Subject + " " + o.Metric; key == "readers p99" && o.Verdict != measure.Undecided {
			t.Errorf("%s: got %s", key, o.Verdict)
		}
	}
}

func TestJudgeNothing(t *testing.T) {
	m := model(t, "  {buyers: {p99: 1s}}")
	if got := gate.Judge(nil, &measure.Result{}); got != nil {
		t.Errorf("no model: %v", got)
	}
	if got := gate.Judge(m, nil); got != nil {
		t.Errorf("no result: %v", got)
	}
	m.Objectives = nil
	if got := gate.Judge(m, &measure.Result{}); got != nil {
		t.Errorf("no objectives: %v", got)
	}
}

func TestWorst(t *testing.T) {
	list := func(v ...measure.Verdict) (out []measure.Objective) {
		for _, x := range v {
			out = append(out, measure.Objective{Subject: "s", Metric: "p99", Verdict: x})
		}
		return out
	}
	p, f, u := measure.Pass, measure.Fail, measure.Undecided
	for _, test := range []struct {
		in   []measure.Objective
		want measure.Verdict
	}{{nil, p}, {list(p, p), p}, {list(p, u, p), u}, {list(u, f, p), f}, {list(f, u), f}} {
		if got := gate.Worst(test.in); got != test.want {
			t.Errorf("%v: want %s, got %s", test.in, test.want, got)
		}
		r := &measure.Result{Stable: true, Objectives: test.in}
		got, why := gate.Conclude(&measure.Result{Stable: true}, nil, r)
		if got != test.want || (why == "") != (got == p) {
			t.Errorf("%v: concluded %s, %q", test.in, got, why)
		}
	}
	if got, why := gate.Conclude(&measure.Result{}); got != f || why == "" {
		t.Errorf("unstable: concluded %s, %q", got, why)
	}
}
