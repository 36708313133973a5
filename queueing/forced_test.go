package queueing

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/headroom/headroom/measure"
)

func forcedBy(t testing.TB, text string, by MethodName) *measure.Result {
	t.Helper()
	r, err := Solve(context.Background(), parse(t, text), Options{Method: by})
	if err != nil {
		t.Fatalf("%s: %v", by, err)
	}
	for _, v := range r.Check(1e-5) {
		t.Errorf("%s: %v", by, v)
	}
	return r
}

// nested is in product form: what the cores of web do is processor sharing, and
// db has one exponential demand in order of arrival.
const nested = `
services:
  web: {cores: 2, operations: {page: [{cpu: 4ms}, {call: db.read}, {choose: [{30%: {call: db.read}}, {70%: [{wait: exp(7ms)}]}]}, {cpu: exp(1ms)}]}}
  db: {replicas: 2, discipline: fifo, operations: {read: [{cpu: exp(6ms)}]}}
network: {latency: exp(0.1ms)}
`

// In product form exact methods have the means that Solve has, which come from
// convolution of one class, written by itself.
func TestForcedExactMethodsAgree(t *testing.T) {
	text := nested + `workloads: {w: {users: 30, think: exp(30ms), does: web.page}}`
	want := solveText(t, text)
	for _, by := range []MethodName{ByMVA, ByConvolution} {
		got := forcedBy(t, text, by)
		sameMeans(t, string(by), got, want, 1e-8)
		if got.Workloads["w"].Response.P99.Known() {
			t.Errorf("%s: a percentile", by)
		}
	}
}

// sameMeans compares what is known of two results.
func sameMeans(t *testing.T, what string, got, want *measure.Result, tol float64) {
	t.Helper()
	same := func(where string, a, b measure.Estimate) {
		if !a.Known() || !b.Known() {
			return
		}
		if math.Abs(a.Value-b.Value) > tol*math.Abs(b.Value)+1e-12 {
			t.Errorf("%s: %s: %v, want %v", what, where, a.Value, b.Value)
		}
	}
	mean := func(where string, a, b *measure.Times) {
		if a != nil && b != nil {
			same(where, a.Mean, b.Mean)
		}
	}
	for name, a := range got.Workloads {
		b := want.Workloads[name]
		same(name+" throughput", a.Throughput, b.Throughput)
		same(name+" in system", a.InSystem, b.InSystem)
		mean(name+" response", a.Response, b.Response)
	}
	for name, a := range got.Operations {
		b := want.Operations[name]
		same(name+" throughput", a.Throughput, b.Throughput)
		same(name+" visits", a.Visits, b.Visits)
		mean(name+" response", a.Response, b.Response)
	}
	for name, a := range got.Services {
		b := want.Services[name]
		same(name+" utilization", a.Utilization, b.Utilization)
		same(name+" present", a.Present, b.Present)
		same(name+" waiting", a.Waiting, b.Waiting)
		mean(name+" response", a.Response, b.Response)
		mean(name+" waiting time", a.WaitingTime, b.WaitingTime)
		mean(name+" service time", a.ServiceTime, b.ServiceTime)
	}
	if got.Bottleneck != want.Bottleneck {
		t.Errorf("%s: bottleneck %s, want %s", what, got.Bottleneck, want.Bottleneck)
	}
	for name, rate := range want.Saturation {
		same("saturation of "+name, measure.Exactly(got.Saturation[name]), measure.Exactly(rate))
	}
}

// The Markov chain of a small model with two closed workloads, which Solve
// approximates, has the means of the exact methods.
func TestForcedExactMethodsMatchTheChain(t *testing.T) {
	text := `
services:
  web: {cores: 2, operations: {page: [{cpu: exp(4ms)}, {call: db.read}], form: [{cpu: exp(9ms)}, {call: db.read}, {wait: exp(5ms)}]}}
  db: {discipline: fifo, operations: {read: [{cpu: exp(6ms)}]}}
workloads:
  a: {users: 3, think: exp(30ms), does: web.page}
  b: {users: 2, think: exp(10ms), does: web.form}`
	want := forcedBy(t, text, ByChain)
	for _, by := range []MethodName{ByMVA, ByConvolution} {
		got := forcedBy(t, text, by)
		got.Bottleneck, got.Saturation = want.Bottleneck, nil // the chain looks for none
		sameMeans(t, string(by), got, want, 1e-8)
	}
	for by, off := range map[MethodName]float64{BySchweitzer: 0.1, ByLinearizer: 0.01, ByLayers: 0.1} {
		got := forcedBy(t, text, by)
		for name, w := range got.Workloads {
			near(t, string(by)+" "+name, w.Response.Mean.Value, want.Workloads[name].Response.Mean.Value, off)
			if w.Response.Mean.Value == want.Workloads[name].Response.Mean.Value {
				t.Errorf("%s: %s is exact; the method does not seem to be used", by, name)
			}
		}
	}
}

// An open network in product form: each method that takes one has what Solve
// has, QNA too since all streams are Poisson ones.
func TestForcedOpenMethods(t *testing.T) {
	text := nested + `
workloads:
  a: {arrivals: poisson(100/s), does: web.page}
  b: {arrivals: poisson(50/s), does: [{call: web.page}, {wait: 10ms}, {call: db.read}]}`
	want := solveText(t, text)
	for by, tol := range map[MethodName]float64{ByProductForm: 1e-9, ByQNA: 0.03, ByLayers: 0.1} {
		sameMeans(t, string(by), forcedBy(t, text, by), want, tol)
	}
}

// One service with constant gaps is GI/M/1, which QNA is close to and product
// form is not.
func TestForcedQNAKnowsOfGaps(t *testing.T) {
	text := `
services: {s: {discipline: fifo, operations: {do: [{cpu: exp(8ms)}]}}}
workloads: {w: {arrivals: constant(100/s), does: s.do}}`
	want := solveText(t, text).Workloads["w"].Response.Mean.Value
	near(t, "QNA", forcedBy(t, text, ByQNA).Workloads["w"].Response.Mean.Value, want, 0.03)
	r := forcedBy(t, text, ByProductForm)
	near(t, "product form", r.Workloads["w"].Response.Mean.Value, 0.04, 1e-9) // M/M/1
	if !strings.Contains(fmt.Sprint(r.Caveats), "not Poisson") {
		t.Error("product form says nothing of the gaps:", r.Caveats)
	}
}

// The flows of a request that goes to and fro, counted by hand.
func TestFlowsOfARequest(t *testing.T) {
	f, err := newFlat(parse(t, `
services:
  web: {operations: {page: [{cpu: 1ms}, {call: app.do}, {cpu: 1ms}]}}
  app: {operations: {do: [{repeat: {count: 3, do: [{call: db.read}]}}, {choose: [{50%: [{cpu: 1ms}]}, {50%: [{wait: 1ms}]}]}]}}
  db: {operations: {read: [{cpu: 1ms}]}}
workloads: {w: {arrivals: poisson(1/s), does: web.page}}`))
	if err != nil {
		t.Fatal(err)
	}
	got := f.flows(0)
	want := [][]float64{
		{0, 0, 1},     // web → db
		{0.5, 0, 0},   // app → web
		{0.5, 0.5, 2}, // db → web, app, db
		{1, 0, 0},     // outside → web
	}
	for i := range want {
		for j := range want[i] {
			near(t, fmt.Sprintf("flow from %d to %d", i, j), got[i][j], want[i][j], 1e-12)
		}
	}
}

// What throughput lies between holds the truth, closely with single servers.
func TestForcedBounds(t *testing.T) {
	for _, users := range []int{1, 3, 10, 40, 200} {
		for _, cores := range []int{1, 3} {
			text := fmt.Sprintf(`
services:
  web: {cores: %d, operations: {page: [{cpu: exp(4ms)}, {call: db.read}]}}
  db: {replicas: 2, operations: {read: [{cpu: exp(6ms)}]}}
workloads: {w: {users: %d, think: exp(50ms), does: web.page}}`, cores, users)
			want, got := solveText(t, text), forcedBy(t, text, ByBounds)
			w, x := got.Workloads["w"], want.Workloads["w"]
			inside := func(what string, b, v measure.Estimate) {
				if !(v.Value >= b.Lo*(1-1e-9) && v.Value <= b.Hi*(1+1e-9)) {
					t.Errorf("%d users, %d cores: %s %v is not from %v to %v", users, cores, what, v.Value, b.Lo, b.Hi)
				}
			}
			inside("throughput", w.Throughput, x.Throughput)
			inside("response", w.Response.Mean, x.Response.Mean)
			inside("in system", w.InSystem, x.InSystem)
			inside("utilization", got.Services["db"].Utilization, want.Services["db"].Utilization)
			if cores == 1 && w.Throughput.Hi > 1.2*w.Throughput.Lo {
				t.Errorf("%d users: %v to %v is no close bound", users, w.Throughput.Lo, w.Throughput.Hi)
			}
		}
	}
}

// A method that does not fit is refused with what does not fit, where, and what
// would do.
func TestMisfits(t *testing.T) {
	closed := `workloads: {w: {users: 3, think: 30ms, does: web.page}}`
	open := `workloads: {w: {arrivals: poisson(10/s), does: web.page}}`
	plain := `services: {web: {operations: {page: [{cpu: exp(4ms)}]}}}
`
	for _, test := range []struct {
		text  string
		by    MethodName
		where string
		fits  MethodName
	}{
		{plain + open, ByMVA, "workloads: none of them is closed", ByProductForm},
		{plain + closed, ByProductForm, "workloads.w: a closed workload", ByMVA},
		{plain + closed, ByQNA, "workloads.w: a closed workload", ByBounds},
		{plain + open, ByBounds, "workloads.w: an open workload", ByQNA},
		{`services: {web: {threads: 2, operations: {page: [{cpu: 4ms}, {wait: 1ms}]}}}
` + closed, ByLinearizer, "services.web: threads can run out", ByLayers},
		{`services: {web: {threads: 2, backlog: 0, operations: {page: [{cpu: 4ms}]}}}
` + closed, ByLayers, "services.web: what finds no room is turned away", ByChoice},
		{`services: {web: {operations: {page: [{parallel: [[{cpu: 4ms}], [{cpu: 1ms}]]}]}}}
` + closed, BySchweitzer, "web.page: parallel branches", ByChoice},
		{`services: {web: {replicas: 2, balancing: round-robin, operations: {page: [{cpu: 4ms}]}}}
` + closed, ByConvolution, "services.web: replicas are not picked at random", ByChoice},
		{`services: {web: {discipline: fifo, operations: {page: [{cpu: "pareto(alpha=1.5, min=1ms)"}]}}}
` + closed, ByLinearizer, "without a finite variance", ByConvolution},
		{`services: {web: {operations: {page: [{cpu: 4ms}]}}}
workloads: {w: {users: 3000, think: 1s, does: web.page}, v: {users: 3000, think: 1s, does: web.page}, u: {users: 3000, think: 1s, does: web.page}}`, ByMVA, "too many populations", ByLinearizer},
	} {
		_, err := Solve(context.Background(), parse(t, test.text), Options{Method: test.by})
		e := (*MisfitError)(nil)
		if !errors.As(err, &e) || !errors.Is(err, ErrMisfit) || !strings.Contains(err.Error(), test.where) {
			t.Errorf("%s: want %q, got %v", test.by, test.where, err)
			continue
		}
		fits := false
		for _, name := range e.Fitting {
			fits = fits || name == test.fits
			if _, err := Solve(context.Background(), parse(t, test.text), Options{Method: name}); err != nil {
				t.Errorf("%s is said to fit: %v", name, err)
			}
		}
		if !fits {
			t.Errorf("%s: want %s among what fits, got %v", test.by, test.fits, e.Fitting)
		}
	}
	if _, err := Solve(context.Background(), parse(t, plain+open), Options{Method: "magic"}); err == nil || !strings.Contains(err.Error(), "magic") {
		t.Error("no error of an unknown method:", err)
	}
}

// What is offered too much is said not to be stable, without times.
func TestForcedUnstable(t *testing.T) {
	open := `
services:
  web: {cores: 2, operations: {page: [{cpu: exp(4ms)}, {call: db.read}]}}
  db: {operations: {read: [{cpu: exp(6ms)}]}}
workloads: {w: {arrivals: poisson(200/s), does: web.page}`
	mixed := open + ", v: {users: 3, think: 30ms, does: web.page}}"
	for by, text := range map[MethodName]string{ByProductForm: open + "}", ByQNA: open + "}", ByLayers: open + "}", BySchweitzer: mixed, ByConvolution: mixed} {
		r := forcedBy(t, text, by)
		if r.Stable || r.Bottleneck != "db" || r.Workloads["w"].Response != nil || len(r.Caveats) == 0 {
			t.Errorf("%s: stable %v, bottleneck %q, response %v, %d caveats", by, r.Stable, r.Bottleneck, r.Workloads["w"].Response, len(r.Caveats))
		}
		if by != ByLayers {
			near(t, string(by)+" saturation", r.Saturation["w"], 1/0.006, 1e-9)
		}
	}
	// one thread that waits for another service has less time than the cores
	r := forcedBy(t, `
services:
  web: {threads: 1, operations: {page: [{cpu: exp(4ms)}, {call: db.read}]}}
  db: {operations: {read: [{cpu: exp(6ms)}]}}
workloads: {w: {arrivals: poisson(120/s), does: web.page}}`, ByLayers)
	if r.Stable || r.Bottleneck != "web" {
		t.Errorf("threads: stable %v, bottleneck %q", r.Stable, r.Bottleneck)
	}
}

// Threads that are held during calls: the layers are near the Markov chain.
func TestForcedLayersMatchTheChain(t *testing.T) {
	text := `
services:
  web: {threads: 2, operations: {page: [{cpu: exp(4ms)}, {call: db.read}]}}
  db: {operations: {read: [{cpu: exp(6ms)}]}}
workloads: {w: {users: 6, think: exp(20ms), does: web.page}}`
	got, want := forcedBy(t, text, ByLayers), forcedBy(t, text, ByChain)
	near(t, "throughput", got.Workloads["w"].Throughput.Value, want.Workloads["w"].Throughput.Value, 0.02)
	near(t, "response", got.Workloads["w"].Response.Mean.Value, want.Workloads["w"].Response.Mean.Value, 0.03)
	near(t, "threads", got.Services["web"].ThreadsBusy.Value, want.Services["web"].ThreadsBusy.Value, 0.03)
}

func TestServersMVAIsConvolution(t *testing.T) {
	refused := 0
	for seed := range uint64(300) {
		m := randomServers(seed)
		want, err := MixedConvolution(m)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ServersMVA(m)
		if errors.Is(err, ErrDigits) {
			refused++
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for j := range m.Classes {
			near(t, fmt.Sprintf("seed %d: class %d", seed, j), got.Throughput[j], want.Throughput[j], 1e-7)
			for k := range m.Stations {
				near(t, fmt.Sprintf("seed %d: class %d at %d", seed, j, k), got.Residence[j][k], want.Residence[j][k], 1e-7)
			}
		}
	}
	if refused == 0 || refused > 270 {
		t.Errorf("%d of 300 refused; the test wants some of both", refused)
	}
}

// randomServers is a closed network of one or two classes and up to four stations
// of up to 16 servers.
func randomServers(seed uint64) MixedNetwork {
	r := rand.New(rand.NewPCG(seed, 5))
	var m MixedNetwork
	for range 1 + r.IntN(4) {
		m.Stations = append(m.Stations, MixedStation{Servers: r.IntN(17)})
	}
	for range 1 + r.IntN(2) {
		c := MixedClass{Users: 1 + r.IntN(60), Think: r.Float64()}
		for range m.Stations {
			c.Demands = append(c.Demands, r.ExpFloat64())
		}
		m.Classes = append(m.Classes, c)
	}
	return m
}

// Solve has the exact means of several closed workloads, open ones beside them
// too, where all of them are in product form.
func TestSeveralClosedAreExact(t *testing.T) {
	services := `
services:
  web: {cores: 2, operations: {page: [{cpu: exp(4ms)}, {call: db.read}], form: [{cpu: exp(9ms)}, {call: db.read}, {wait: exp(5ms)}]}}
  db: {discipline: fifo, operations: {read: [{cpu: exp(6ms)}]}}
workloads:
  a: {users: 3, think: exp(30ms), does: web.page}
  b: {users: 2, think: exp(10ms), does: web.form}
`
	got, err := Solve(context.Background(), parse(t, services), Options{Method: ByExact})
	if err != nil {
		t.Fatal(err)
	}
	want := forcedBy(t, services, ByChain)
	got.Bottleneck, got.Saturation = want.Bottleneck, nil
	sameMeans(t, "exact", got, want, 1e-7)

	mixed := services + "  c: {arrivals: poisson(20/s), does: web.page}\n"
	sameMeans(t, "with open requests", solveText(t, mixed), forcedBy(t, mixed, ByConvolution), 1e-7)
}
