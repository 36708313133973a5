package scenarios

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSet(t *testing.T) {
	for _, c := range []struct {
		set  string
		want func(*Model) bool
	}{
		{"services.db.replicas=3", func(m *Model) bool { return m.Services[2].Replicas == 3 }},
		{"services.db.threads=8", func(m *Model) bool { return m.Services[2].Threads == 8 }}, // was not there
		{"services.web.operations.checkout[0].cpu=exp(4ms)", func(m *Model) bool { return m.Operations[0].Steps[0].(CPU).Demand.String() == "exp(4ms)" }},
		{"services.web.operations.checkout[0]={wait: 2ms}", func(m *Model) bool { _, ok := m.Operations[0].Steps[0].(Wait); return ok }},
		{"services.web.operations.checkout[2].parallel[1].call=db.read", func(m *Model) bool {
			return m.Operations[0].Steps[2].(Parallel).Branches[1][0].(Call).Op == 3
		}},
		{"services.db.operations.read=[{cpu: lognormal(mean=9ms, cv=1.8)}]", func(m *Model) bool {
			return m.Operations[3].Steps[0].(CPU).Demand.String() == "lognormal(mean=9ms, cv=1.8)"
		}},
		{"workloads.shoppers.arrivals=poisson(400/s)", func(m *Model) bool { return m.Workloads[0].Arrivals.Rate == 400 }},
		{"workloads.staff.does.web.checkout=20%", func(m *Model) bool { return m.Workloads[1].Mix[0].P == 0.2 }},
		{"workloads.staff.does=web.search", func(m *Model) bool { return len(m.Workloads[1].Mix) == 1 }},
		{"network.latency=1ms", func(m *Model) bool { return m.Network.Latency.Mean() == 0.001 }},
		{"live.cells=1", func(m *Model) bool { return m.Live.Cells == 1 }},
		{"objectives.shoppers.p99=1s", func(m *Model) bool { return m.Objectives[0].Limit == 1 }},
		{"objectives.web.checkout.p99=2s", func(m *Model) bool {
			last := m.Objectives[len(m.Objectives)-1]
			return last.Subject == "web.checkout" && last.Kind == OfOperation && last.Limit == 2
		}},
		{"objectives.staff.throughput=3/s", func(m *Model) bool { return len(m.Objectives) == 6 }},
		{"name=other", func(m *Model) bool { return m.Name == "other" }},
	} {
		m, err := Load("checkout", Options{Set: []string{c.set}})
		if err != nil {
			t.Errorf("%s:\n%v", c.set, err)
			continue
		}
		if !c.want(m) {
			t.Errorf("%s has not come through", c.set)
		}
	}
}

// TestSetDigest holds that an override makes another scenario, and that the
// digest without one is that of the file.
func TestSetDigest(t *testing.T) {
	plain, err := Load("mm1", Options{})
	if err != nil {
		t.Fatal(err)
	}
	set, err := Load("mm1", Options{Set: []string{"services.counter.cores=2"}})
	if err != nil {
		t.Fatal(err)
	}
	again, err := Load("mm1", Options{Set: []string{"services.counter.cores=2"}})
	if err != nil {
		t.Fatal(err)
	}
	if plain.Digest == set.Digest || set.Digest != again.Digest {
		t.Errorf("digests: %s, %s and %s", plain.Digest, set.Digest, again.Digest)
	}
}

// TestSetOrder holds that the last override of a value wins, and that one may
// build on another.
func TestSetOrder(t *testing.T) {
	m, err := Load("mm1", Options{Set: []string{
		"services.counter.cores=2", "services.counter.cores=3",
		"objectives.counter={p99: 1s}", "objectives.counter.p99=2s",
	}})
	if err != nil {
		t.Fatal(err)
	}
	last := m.Objectives[len(m.Objectives)-1]
	if m.Services[0].Cores != 3 || last.Limit != 2 {
		t.Errorf("%d cores, limit %v", m.Services[0].Cores, last.Limit)
	}
}

func TestBadSets(t *testing.T) {
	src, err := os.ReadFile("library/checkout.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range []string{
		"", "=", "services", "services=", "services.dbb.replicas=3", "service.db.replicas=3", "services.db.replica=3",
		"services.db.replicas=three", "services.db.replicas=[1", "services.db.replicas={a: *b}", "services.db.replicas.x=3",
		"services.web.operations.checkout[9].cpu=1ms", "services.web.operations.checkout[x].cpu=1ms", "services.web.operations.checkout[0=1ms",
		"services.web.operations.checkout[-1].cpu=1ms", "services.web.operations.checkout[0]cpu=1ms", "services.web.operations.checkout.0.cpu=1ms",
		"services[0].replicas=3", "services.web.operations.checkout[0].cpu=exp(4)", "services..replicas=3", "services.db.=3", ".=3",
		"workloads.shoppers.arrivals=poisson(日/s)", "workloads.shoppers.does=web.chekout", "workloads.shoppers.users=3",
		"objectives.shopers.p99=1s", "objectives.web.chekout.p99=1s", "objectives.shoppers.p98=1s", "network.latncy=1ms",
		"live.cells=3", "tests.x=1", "name=two words", "workloads.staff.does.web.checkout=30%", "description=\x1b[2J",
	} {
		m, diags := Parse("checkout.yaml", src, []string{set})
		if m != nil || len(diags) == 0 {
			t.Errorf("%q passed", set)
		}
	}
	sets := []string{
		"services.dbb.replicas=3", "service.db.replicas=3", "services.db.replica=3", "services.db.replicas=three",
		"services.web.operations.checkout[9].cpu=1ms", "services.web.operations.checkout[0].cpu=exp(4)", "services.db=",
		"services.db.cores", "workloads.shoppers.arrivals=poisson(日/s)", "workloads.shoppers.does=web.chekout",
		"objectives.web.chekout.p99=1s", "services.db.replicas.x=3", "services.db.backlog=[1",
	}
	_, diags := Parse("checkout.yaml", src, sets)
	golden(t, filepath.Join("testdata", "sets.golden"), diags.Error()+"\n")
	for _, d := range diags {
		text, isSet := strings.CutPrefix(d.Pos.File, "--set ")
		if isSet && (d.Pos.Line != 0 || d.Pos.Col < 1 || d.Pos.Col > len([]rune(text))+1) {
			t.Errorf("%v col %d points outside of the override", d.Pos, d.Pos.Col)
		}
	}
}

// TestStages holds that the three steps, taken one by one, do what Parse does,
// and that a Spec may be compiled between overrides.
func TestStages(t *testing.T) {
	src, _ := LibrarySource("mm1")
	spec, diags := ReadSpec("mm1.yaml", src)
	if diags != nil {
		t.Fatal(diags)
	}
	if want := fmt.Sprintf("%x", sha256.Sum256(src)); spec.Digest() != want {
		t.Errorf("digest %s, want that of the file, %s", spec.Digest(), want)
	}
	for cores := 1; cores <= 3; cores++ {
		set := fmt.Sprintf("services.counter.cores=%d", cores)
		if diags := spec.Set(set); diags != nil {
			t.Fatal(diags)
		}
		m, diags := Compile(spec)
		if diags != nil || m.Services[0].Cores != cores || m.Digest != spec.Digest() {
			t.Errorf("%+v, %v", m, diags)
		}
	}
	if diags := spec.Set("services.counter.cores=0"); diags != nil {
		t.Errorf("an override is read, not understood: %v", diags)
	}
	if m, diags := Compile(spec); m != nil || len(diags) != 1 {
		t.Errorf("%+v, %v", m, diags)
	}
}
