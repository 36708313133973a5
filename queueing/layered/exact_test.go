package layered_test

import (
	"errors"
	"math"
	"testing"

	"github.com/headroom/headroom/queueing/internal/domain"
	"github.com/headroom/headroom/queueing/layered"
)

func solve(t testing.TB, m *layered.Model) *layered.Result {
	t.Helper()
	r, err := layered.Solve(t.Context(), m, layered.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol*math.Abs(want)) {
		t.Errorf("%s: got %.10g, want %.10g within %g", what, got, want, tol)
	}
}

func work(demand float64, calls ...layered.Call) layered.Phase {
	return layered.Phase{Demand: demand, SCV: 1, Calls: calls}
}

// users are n clients that think for z (s) and call an entry once.
func users(n int, z float64, entry string) layered.Task {
	return layered.Task{
		Name: "users", Processor: "desk", Threads: n, Reference: true, Think: z,
		Entries: []layered.Entry{{Name: "use", Phases: []layered.Phase{work(0, layered.Call{Entry: entry, Mean: 1})}}},
	}
}

// alone is a task of one entry of the same name, on a processor of its own.
func alone(name string, threads int, phases ...layered.Phase) layered.Task {
	return layered.Task{
		Name: name, Processor: name, Threads: threads,
		Entries: []layered.Entry{{Name: name, Phases: phases}},
	}
}

// An open task of c threads on processors that never queue is M/M/c.
func TestOpenIsMMc(t *testing.T) {
	for _, c := range []int{1, 2, 6} {
		const service = 0.2
		rate := 0.8 * float64(c) / service
		front := alone("front", c, work(service))
		front.Entries[0].OpenRate = rate
		r := solve(t, &layered.Model{
			Processors: []layered.Processor{{Name: "front", Discipline: layered.Delay}},
			Tasks:      []layered.Task{front},
		})
		near(t, "response", r.Entries[0].Open, erlangC(c, rate*service)*service/(float64(c)*0.2)+service, 1e-5)
		near(t, "busy", r.Tasks[0].Busy, rate*service, 1e-9)
	}
}

// erlangC is the probability of waiting, from its sum.
func erlangC(c int, a float64) float64 {
	term, sum := 1.0, 0.0
	for i := range c {
		sum += term
		term *= a / float64(i+1)
	}
	term /= 1 - a/float64(c)
	return term / (sum + term)
}

// Users of one exponential server are the machine repair model: with a = Z/S,
// the server is idle with the probability B(N, a) of Erlang's loss formula.
func TestUsersOfOneServer(t *testing.T) {
	for _, n := range []int{1, 3, 40, 400} {
		const think, service = 4.0, 0.1
		r := solve(t, &layered.Model{
			Processors: []layered.Processor{{Name: "desk", Discipline: layered.Delay}, {Name: "db", Servers: 1}},
			Tasks:      []layered.Task{users(n, think, "db"), alone("db", 1, work(service))},
		})
		b := 1.0
		for i := 1; i <= n; i++ {
			b = think / service * b / (float64(i) + think/service*b)
		}
		near(t, "throughput", r.Tasks[0].Throughput, (1-b)/service, 1e-6)
		near(t, "response", r.Tasks[0].Response, float64(n)*service/(1-b)-think, 1e-5)
	}
}

// One user who is away for 1/a, and a server with a second phase of 1/c after a
// first of 1/b: a chain of four states (user away or waiting, server idle,
// before or after its reply), solved by hand.
func TestOvertaking(t *testing.T) {
	for _, x := range [][3]float64{{1, 1, 1}, {0.2, 2, 3}, {5, 1, 0.25}} {
		a, b, c := x[0], x[1], x[2]
		r := solve(t, &layered.Model{
			Processors: []layered.Processor{{Name: "desk", Discipline: layered.Delay}, {Name: "s", Servers: 1}},
			Tasks:      []layered.Task{users(1, 1/a, "s"), alone("s", 1, work(1/b), work(1/c))},
		})
		// A cycle: first phase; then the second, during which the user comes
		// back with probability a/(a+c) and waits for the rest of it.
		cycle := 1/b + 1/(a+c) + a/(a+c)/c + c/(a+c)/a
		near(t, "throughput", r.Tasks[0].Throughput, 1/cycle, 1e-6)
	}
}

// Whatever the layers do, work is conserved and Little's law holds.
func TestLaws(t *testing.T) {
	for _, c := range refCases(t) {
		m := c.model()
		r := solve(t, m)
		for i, x := range r.Tasks {
			if task := m.Tasks[i]; task.Reference {
				near(t, c.Name+" population", x.Throughput*(x.Response+task.Think), float64(task.Threads), 1e-5)
			} else if task.Threads > 0 && x.Busy > float64(task.Threads)*(1+1e-2) {
				t.Errorf("%s: %s has %g of %d threads busy", c.Name, x.Name, x.Busy, task.Threads)
			}
		}
		for i, x := range r.Processors {
			if m.Processors[i].Discipline != layered.Delay && x.Utilization > 1+1e-2 {
				t.Errorf("%s: processor %s is used %g of the time", c.Name, x.Name, x.Utilization)
			}
		}
	}
}

// Ten times slower is ten times slower in everything.
func TestTimeScale(t *testing.T) {
	build := func(f float64) *layered.Model {
		web := alone("web", 3, work(0.1*f, layered.Call{Entry: "db", Mean: 1.5}), work(0.05*f))
		return &layered.Model{
			Processors: []layered.Processor{{Name: "desk", Discipline: layered.Delay}, {Name: "web", Servers: 2, Discipline: layered.PS}, {Name: "db", Servers: 1}},
			Tasks:      []layered.Task{users(8, 0.5*f, "web"), web, alone("db", 1, work(0.06*f))},
		}
	}
	one, ten := solve(t, build(1)), solve(t, build(10))
	near(t, "throughput", ten.Tasks[0].Throughput, one.Tasks[0].Throughput/10, 1e-4)
	near(t, "response", ten.Tasks[0].Response, one.Tasks[0].Response*10, 1e-4)
}

func TestUnstable(t *testing.T) {
	front := alone("front", 2, work(0.1, layered.Call{Entry: "back", Mean: 2}))
	front.Entries[0].OpenRate = 6
	_, err := layered.Solve(t.Context(), &layered.Model{
		Processors: []layered.Processor{{Name: "front", Servers: 2}, {Name: "back", Servers: 1}},
		Tasks:      []layered.Task{front, alone("back", 1, work(0.1))},
	}, layered.Options{})
	var u *domain.UnstableError
	if !errors.As(err, &u) {
		t.Fatalf("got %v, want an UnstableError", err)
	}
	if u.Station != "front" && u.Station != "back" || !(u.Load >= u.Capacity) {
		t.Errorf("got %+v", u)
	}
}

func TestBadModels(t *testing.T) {
	good := func() *layered.Model {
		return &layered.Model{
			Processors: []layered.Processor{{Name: "desk", Discipline: layered.Delay}, {Name: "db", Servers: 1}},
			Tasks:      []layered.Task{users(2, 1, "db"), alone("db", 1, work(0.1))},
		}
	}
	solve(t, good())
	for name, spoil := range map[string]func(m *layered.Model){
		"no tasks":             func(m *layered.Model) { m.Tasks = nil },
		"no servers":           func(m *layered.Model) { m.Processors[1].Servers = 0 },
		"negative threads":     func(m *layered.Model) { m.Tasks[1].Threads = -1 },
		"NaN demand":           func(m *layered.Model) { m.Tasks[1].Entries[0].Phases[0].Demand = math.NaN() },
		"infinite demand":      func(m *layered.Model) { m.Tasks[1].Entries[0].Phases[0].Demand = math.Inf(1) },
		"negative calls":       func(m *layered.Model) { m.Tasks[0].Entries[0].Phases[0].Calls[0].Mean = -1 },
		"unknown entry":        func(m *layered.Model) { m.Tasks[0].Entries[0].Phases[0].Calls[0].Entry = "x" },
		"unknown processor":    func(m *layered.Model) { m.Tasks[1].Processor = "x" },
		"twice the same task":  func(m *layered.Model) { m.Tasks = append(m.Tasks, m.Tasks[1]) },
		"calls in a circle":    func(m *layered.Model) { m.Tasks[1].Entries[0].Phases[0].Calls = []layered.Call{{Entry: "db", Mean: 1}} },
		"half a fixed call":    func(m *layered.Model) { p := &m.Tasks[0].Entries[0].Phases[0]; p.Fixed, p.Calls[0].Mean = true, 0.5 },
		"no time in a cycle":   func(m *layered.Model) { m.Tasks[0].Think = 0; m.Tasks[1].Entries[0].Phases[0].Demand = 0 },
		"huge think time":      func(m *layered.Model) { m.Tasks[0].Think = 1e300 },
		"neither phase nor go": func(m *layered.Model) { m.Tasks[1].Entries[0].Phases = nil },
		"unknown activity":     func(m *layered.Model) { m.Tasks[1].Entries[0].Phases = nil; m.Tasks[1].Entries[0].Start = "x" },
	} {
		m := good()
		spoil(m)
		if _, err := layered.Solve(t.Context(), m, layered.Options{}); !errors.Is(err, domain.ErrInput) {
			t.Errorf("%s: got %v, want bad input", name, err)
		}
	}
}

// hundred is a hundred services in ten layers, each calling two of the next.
func hundred() *layered.Model {
	m := &layered.Model{Processors: []layered.Processor{{Name: "desk", Discipline: layered.Delay}}}
	name := func(layer, i int) string { return string(rune('a'+layer)) + string(rune('0'+i%10)) }
	m.Tasks = append(m.Tasks, users(50, 5, name(0, 0)))
	for i := 1; i < 10; i++ {
		m.Tasks[0].Entries[0].Phases[0].Calls = append(m.Tasks[0].Entries[0].Phases[0].Calls, layered.Call{Entry: name(0, i), Mean: 1})
	}
	for layer := range 10 {
		for i := range 10 {
			p := work(0.004 + 0.0005*float64(i))
			if layer < 9 {
				p.Calls = []layered.Call{{Entry: name(layer+1, i), Mean: 0.5}, {Entry: name(layer+1, i+1), Mean: 0.4}}
			}
			m.Processors = append(m.Processors, layered.Processor{Name: name(layer, i), Servers: 1, Discipline: layered.PS})
			m.Tasks = append(m.Tasks, alone(name(layer, i), 8, p))
		}
	}
	return m
}

func BenchmarkHundredServices(b *testing.B) {
	m := hundred()
	for b.Loop() {
		solve(b, m)
	}
}
