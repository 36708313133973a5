package simulate

import (
	"math"
	"slices"
	"testing"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// timetable is a system whose every time is constant, and what happens in it,
// worked out by hand. Requests of the workload arrive at 1, 2, 3 … s.
type timetable struct {
	name     string
	arrivals int
	build    func(s *system) scenarios.OpID
	want     []float64 // response times of those answered well, sorted (s)
	failed   int64
}

// seen simulates a timetable to its end.
func (c timetable) seen(t *testing.T) (*kernel, []float64) {
	t.Helper()
	s := newSystem(c.name)
	s.open("users", scenarios.Arrivals{Kind: scenarios.Constant, Rate: 1}, c.build(s))
	return run(t, s.Model, float64(c.arrivals)+0.5)
}

// run simulates a model for a time and to the end of what began in it, and
// returns the response times of the first workload in order.
func run(t *testing.T, m *scenarios.Model, duration float64) (*kernel, []float64) {
	t.Helper()
	p, err := compile(m)
	if err != nil {
		t.Fatal(err)
	}
	k := newKernel(p, streams{seed: 1})
	k.until = duration
	k.series = newRecorder(k, math.Inf(1), 1)
	rec := k.series
	k.run(math.Inf(1))
	if err := k.checkLaws(); err != nil {
		t.Fatal(err)
	}
	if k.live != 0 || k.calendar.len() != 0 {
		t.Fatalf("%d records and %d events are left over", k.live, k.calendar.len())
	}
	times := rec.ends[0].times
	slices.Sort(times)
	return k, times
}

func TestTimetables(t *testing.T) {
	sec := dist.Const
	for _, c := range []timetable{
		{"one core, first come first served", 3, func(s *system) scenarios.OpID {
			return s.op(s.service(scenarios.Service{Name: "a", Discipline: scenarios.FIFO}), "x", s.cpu(sec(1.5)))
		}, []float64{1.5, 2, 2.5}, 0},
		// Alone to 2, halved to 3: the first is done at 3; the second at 5, the third at 5.5.
		{"one core, shared", 3, func(s *system) scenarios.OpID {
			return s.op(s.service(scenarios.Service{Name: "a"}), "x", s.cpu(sec(1.5)))
		}, []float64{2, 2.5, 3}, 0},
		// A core each to 3, two thirds of one to 6, when 4 s are given to the first.
		{"two cores, shared by three", 3, func(s *system) scenarios.OpID {
			return s.op(s.service(scenarios.Service{Name: "a", Cores: 2}), "x", s.cpu(sec(4)))
		}, []float64{5, 5, 5}, 0},
		{"two cores, first come first served", 4, func(s *system) scenarios.OpID {
			return s.op(s.service(scenarios.Service{Name: "a", Cores: 2, Discipline: scenarios.FIFO}), "x", s.cpu(sec(2.5)))
		}, []float64{2.5, 2.5, 3, 3}, 0},
		{"a thread is held during a call", 3, func(s *system) scenarios.OpID {
			db := s.op(s.service(scenarios.Service{Name: "db"}), "x", s.cpu(sec(1)))
			web := s.service(scenarios.Service{Name: "web", Threads: 1, Backlog: scenarios.Unlimited})
			return s.op(web, "x", s.cpu(sec(1)), s.call(db))
		}, []float64{2, 3, 4}, 0},
		{"a call crosses the network twice", 3, func(s *system) scenarios.OpID {
			s.Network.Latency = sec(0.25)
			db := s.op(s.service(scenarios.Service{Name: "db"}), "x", s.cpu(sec(1)))
			web := s.service(scenarios.Service{Name: "web", Threads: 1, Backlog: scenarios.Unlimited})
			return s.op(web, "x", s.cpu(sec(1)), s.call(db))
		}, []float64{2.5, 4, 5.5}, 0},
		{"no room in the backlog", 5, func(s *system) scenarios.OpID {
			a := s.service(scenarios.Service{Name: "a", Threads: 1, Backlog: 1, Discipline: scenarios.FIFO})
			return s.op(a, "x", s.cpu(sec(2.5)))
		}, []float64{2.5, 4, 4.5}, 2},
		// The caller has waited 1 s when it is turned away, and gives its thread back.
		{"a call that is turned away fails its caller", 3, func(s *system) scenarios.OpID {
			db := s.op(s.service(scenarios.Service{Name: "db", Threads: 1}), "x", s.cpu(sec(1.5)))
			web := s.service(scenarios.Service{Name: "web", Threads: 2, Backlog: scenarios.Unlimited})
			return s.op(web, "x", s.wait(sec(1)), s.call(db), s.wait(sec(1)))
		}, []float64{3.5, 3.5}, 1},
		{"two replicas in turn", 4, func(s *system) scenarios.OpID {
			a := s.service(scenarios.Service{Name: "a", Replicas: 2, Balancing: scenarios.RoundRobin})
			return s.op(a, "x", s.cpu(sec(1.5)))
		}, []float64{1.5, 1.5, 1.5, 1.5}, 0},
		// The third goes to the replica free first, at 4.
		{"one line for two replicas", 3, func(s *system) scenarios.OpID {
			a := s.service(scenarios.Service{Name: "a", Replicas: 2, Threads: 1, Backlog: scenarios.Unlimited, Balancing: scenarios.Shared})
			return s.op(a, "x", s.cpu(sec(3)))
		}, []float64{3, 3, 4}, 0},
		// At 3 the first is gone from replica 0, where the third goes too; so does
		// the fourth: each has none but the one it picks.
		{"fewest requests", 3, func(s *system) scenarios.OpID {
			a := s.service(scenarios.Service{Name: "a", Replicas: 2, Balancing: scenarios.LeastRequests})
			return s.op(a, "x", s.cpu(sec(1.9)))
		}, []float64{1.9, 1.9, 1.9}, 0},
		{"a join on all", 2, func(s *system) scenarios.OpID {
			a := s.service(scenarios.Service{Name: "a", Cores: 9})
			return s.op(a, "x", s.parallel(2, []scenarios.Step{s.wait(sec(1))}, []scenarios.Step{s.cpu(sec(3))}))
		}, []float64{3, 3}, 0},
		{"a join on two of three", 2, func(s *system) scenarios.OpID {
			a := s.service(scenarios.Service{Name: "a", Cores: 9})
			return s.op(a, "x", s.parallel(2, []scenarios.Step{s.wait(sec(1))}, []scenarios.Step{s.cpu(sec(3))}, []scenarios.Step{s.wait(sec(2))}))
		}, []float64{2, 2}, 0},
		// Those left behind keep the core: 1→2, (2→4), 4→5, (5→7), 7→8.
		{"a join on any leaves work behind", 3, func(s *system) scenarios.OpID {
			a := s.service(scenarios.Service{Name: "a", Discipline: scenarios.FIFO})
			return s.op(a, "x", s.parallel(1, []scenarios.Step{s.cpu(sec(1))}, []scenarios.Step{s.cpu(sec(2))}))
		}, []float64{1, 3, 5}, 0},
		// One of two calls finds no room. With any, the other is enough; the
		// second request finds the only thread taken by it.
		{"a branch that fails, join on any", 1, func(s *system) scenarios.OpID {
			db := s.op(s.service(scenarios.Service{Name: "db", Threads: 1}), "x", s.cpu(sec(1)))
			return s.op(s.service(scenarios.Service{Name: "a"}), "x",
				s.parallel(1, []scenarios.Step{s.call(db)}, []scenarios.Step{s.call(db)}))
		}, []float64{1}, 0},
		{"a branch that fails, join on all", 1, func(s *system) scenarios.OpID {
			db := s.op(s.service(scenarios.Service{Name: "db", Threads: 1}), "x", s.cpu(sec(1)))
			return s.op(s.service(scenarios.Service{Name: "a"}), "x",
				s.parallel(2, []scenarios.Step{s.call(db)}, []scenarios.Step{s.call(db)}))
		}, nil, 1},
		{"again and again", 2, func(s *system) scenarios.OpID {
			a := s.service(scenarios.Service{Name: "a"})
			return s.op(a, "x", s.repeat(sec(3), s.wait(sec(0.5)), s.repeat(sec(2), s.wait(sec(0.25)))), s.repeat(sec(0), s.wait(sec(9))))
		}, []float64{3, 3}, 0},
		{"nothing takes no time", 2, func(s *system) scenarios.OpID {
			a := s.service(scenarios.Service{Name: "a", Discipline: scenarios.FIFO})
			return s.op(a, "x", s.cpu(sec(0)), s.wait(sec(0)))
		}, []float64{0, 0}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			k, times := c.seen(t)
			if !same(times, c.want) || k.sources[0].failed != c.failed {
				t.Errorf("response times %v, %d failed; want %v, %d", times, k.sources[0].failed, c.want, c.failed)
			}
		})
	}
}

// same reports whether two lists are the same but for rounding.
func same(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Abs(x-y) < 1e-9 })
}

// A topic of one partition, its consumer slower than the messages come: what
// has come meanwhile is the next batch. Batches end at 3.6, 6.2 and 8.8.
func TestTimetableOfTopic(t *testing.T) {
	s := newSystem("topic")
	worker := s.service(scenarios.Service{Name: "worker"})
	web := s.service(scenarios.Service{Name: "web"})
	consume := s.op(worker, "consume", s.cpu(dist.Const(2.6)))
	s.Topics = []scenarios.Topic{{Name: "mail", Partitions: 1, Consumer: consume, Batch: 10}}
	s.open("users", scenarios.Arrivals{Kind: scenarios.Constant, Rate: 1}, s.op(web, "put", s.publish(0)))
	k, times := run(t, s.Model, 6.1)
	if !same(times, make([]float64, 6)) {
		t.Errorf("publishing took %v", times)
	}
	d, f := &k.tally.delays[0], &k.tally.topics[0]
	if want := (2.6 + 4.2 + 3.2 + 4.8 + 3.8 + 2.8) / 6; math.Abs(d.mean()-want) > 1e-9 || d.n != 6 || f.batches != 3 || f.consumed != 6 {
		t.Errorf("mean delay %v of %d messages in %d batches; want %v, 6, 3", d.mean(), d.n, f.batches, want)
	}
	if math.Abs(d.most-4.8) > 1e-9 || math.Abs(d.least-2.6) > 1e-9 {
		t.Errorf("delays from %v to %v, want 2.6 to 4.8", d.least, d.most)
	}
}

// The work of a batch grows with its messages, and a batch is bounded: batches
// {1}, {2}, {3}, {4 5}, {6} end at 2.45, 3.9, 5.35, 7.25 and 8.7.
func TestTimetableOfBatches(t *testing.T) {
	s := newSystem("batches")
	worker := s.service(scenarios.Service{Name: "worker", Threads: 1, Backlog: scenarios.Unlimited})
	web := s.service(scenarios.Service{Name: "web"})
	consume := s.op(worker, "consume", s.cpu(dist.Const(1)), s.each(s.cpu(dist.Const(0.45))))
	s.Topics = []scenarios.Topic{{Name: "mail", Partitions: 1, Consumer: consume, Batch: 2}}
	s.open("users", scenarios.Arrivals{Kind: scenarios.Constant, Rate: 1}, s.op(web, "put", s.publish(0)))
	k, _ := run(t, s.Model, 6.1)
	d := &k.tally.delays[0]
	if want := (1.45 + 1.9 + 2.35 + 3.25 + 2.25 + 2.7) / 6; math.Abs(d.mean()-want) > 1e-9 || d.n != 6 {
		t.Errorf("mean delay %v of %d messages; want %v of 6", d.mean(), d.n, want)
	}
}

// Two users of one server of 1 s who think for 1 s: the second waits for the
// first once, and never again.
func TestTimetableOfUsers(t *testing.T) {
	s := newSystem("users")
	a := s.service(scenarios.Service{Name: "a", Discipline: scenarios.FIFO})
	s.closed("users", 2, dist.Const(1), s.op(a, "x", s.cpu(dist.Const(1))))
	_, times := run(t, s.Model, 5.5)
	if want := []float64{1, 1, 1, 1, 2}; !same(times, want) {
		t.Errorf("response times %v, want %v", times, want)
	}
}

// A session is a list of steps of the client's own; a route walks from
// operation to operation. Nothing lies between a client and the system.
func TestTimetableOfClients(t *testing.T) {
	s := newSystem("clients")
	s.Network.Latency = dist.Const(10)
	a := s.service(scenarios.Service{Name: "a"})
	x := s.op(a, "x", s.cpu(dist.Const(0.25)))
	y := s.op(a, "y", s.cpu(dist.Const(0.5)))
	arrivals := scenarios.Arrivals{Kind: scenarios.Constant, Rate: 1}
	s.Workloads = []scenarios.Workload{
		{Name: "session", Arrivals: &arrivals, Steps: []scenarios.Step{s.call(x), s.wait(dist.Const(3)), s.call(y)}},
	}
	if _, times := run(t, s.Model, 1.5); !same(times, []float64{3.75}) {
		t.Errorf("a session took %v, want 3.75", times)
	}
	s.Workloads = []scenarios.Workload{{Name: "route", Arrivals: &arrivals, Route: &scenarios.Route{
		Start: []scenarios.Share{{Op: x, P: 1}},
		Next:  map[scenarios.OpID][]scenarios.Share{x: {{Op: y, P: 1}}},
	}}}
	if _, times := run(t, s.Model, 1.5); !same(times, []float64{0.75}) {
		t.Errorf("a route took %v, want 0.75", times)
	}
}
