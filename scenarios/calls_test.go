package scenarios

import (
	"math"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/headroom/headroom/scenarios/dist"
)

// TestCalls holds every word about calls against what it means.
func TestCalls(t *testing.T) {
	m, err := Load("testdata/calls.yaml", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Check(); err != nil {
		t.Error(err)
	}
	inf := math.Inf(1)
	ms20 := dist.Const(0.02)
	lognormal, err := dist.Parse("lognormal(mean=9ms, cv=1.8)", dist.Seconds)
	if err != nil {
		t.Fatal(err)
	}
	db, _ := m.OpByName("db.read")
	page, _ := m.OpByName("web.page")
	want := []Step{
		Call{At: "web.page/0", Op: db, Options: CallOptions{
			Timeout: 0.3, Cancel: true,
			Retry:   &Retry{Attempts: 3, Backoff: ms20, Factor: 2, Most: 1, Jitter: FullJitter, Budget: 0.1},
			Hedge:   &Hedge{After: 0.03, Copies: 3},
			Breaker: &Breaker{Failures: 0.3, Minimum: 5, Window: 2, Open: 1, Probes: 2},
		}},
		Call{At: "web.page/1", Op: db, Options: CallOptions{Retry: &Retry{Attempts: 2, Backoff: lognormal, Factor: 1, Most: inf, Jitter: EqualJitter, Budget: 1.5}}},
		Call{At: "web.page/2", Op: db, Options: CallOptions{
			Retry:   &Retry{Attempts: 4, Backoff: ms20, Factor: 3, Most: inf, Jitter: Decorrelated},
			Breaker: &Breaker{Failures: 0.5, Minimum: 20, Window: 10, Open: 5, Probes: 1},
		}},
		Call{At: "web.page/3", Op: db, Options: CallOptions{Hedge: &Hedge{Copies: 2}}},
		FanOut{At: "web.page/4", Op: db},
		FanOut{At: "web.page/5", Op: db, Width: 3, Need: 1, Options: CallOptions{Timeout: 0.005, Cancel: true}},
		FanOut{At: "web.page/6", Op: db, Need: 4},
		Fail{At: "web.page/7", P: 0.001},
	}
	opts := cmp.Options{cmp.Comparer(func(a, b dist.Dist) bool { return a.String() == b.String() }), cmpopts.EquateApprox(1e-12, 0)}
	if diff := cmp.Diff(want, m.Operations[page].Steps, opts); diff != "" {
		t.Errorf("steps (+got):\n%s", diff)
	}
	if m.Network.Loss != 0.0001 {
		t.Errorf("loss %v", m.Network.Loss)
	}
	one, _ := m.WorkloadByName("one")
	if diff := cmp.Diff([]Step{Call{At: "one/0", Op: page, Options: CallOptions{Timeout: 1, Retry: &Retry{Attempts: 2, Backoff: dist.Const(0), Factor: 1, Most: inf}}}}, one.Steps, opts); diff != "" {
		t.Errorf("a call as what a workload does (+got):\n%s", diff)
	}
	two, _ := m.WorkloadByName("two")
	if len(two.Steps) != 2 {
		t.Errorf("session: %+v", two.Steps)
	}
}

func TestSchemaAcceptsCalls(t *testing.T) {
	src, err := os.ReadFile("testdata/calls.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := against(t, compiledSchema(t), "calls", src); err != nil {
		t.Errorf("%#v", err)
	}
}
