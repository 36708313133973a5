package layered_test

import (
	"testing"

	"github.com/headroom/headroom/queueing/layered"
)

// Models of the regression suite of lqns whose answers the collection of known
// answers has, as throughputs of the reference task by lqns and, simulated, by
// lqsim. Where the two differ by much (85-fork), and where lqns has none
// (88-quorum), the simulation counts.
//
// Left out: 60-semaphore, whose task is a semaphore, taken by one call and given
// back by another. No task of this package is.
func TestOraclesLQN(t *testing.T) {
	one := func(demand float64, calls ...layered.Call) layered.Task {
		return layered.Task{
			Name: "client", Processor: "desk", Threads: 1, Reference: true,
			Entries: []layered.Entry{{Name: "client", Phases: []layered.Phase{work(demand, calls...)}}},
		}
	}
	desk := layered.Processor{Name: "desk", Discipline: layered.Delay}
	cpu := layered.Processor{Name: "server", Servers: 1}
	four, two := one(1, layered.Call{Entry: "server", Mean: 1}), alone("server", 2, work(1))
	four.Threads, two.Processor = 4, "desk"
	for _, c := range []struct {
		name              string
		m                 *layered.Model
		want, off         float64
		simulated, offSim float64
	}{
		{"01-sanity", &layered.Model{
			Processors: []layered.Processor{desk, cpu},
			Tasks:      []layered.Task{one(1, layered.Call{Entry: "server", Mean: 1}), alone("server", 1, work(1))},
		}, .5, 1e-9, .501371, .005},
		{"04-sanity", &layered.Model{
			Processors: []layered.Processor{{Name: "desk", Servers: 1}, cpu},
			Tasks:      []layered.Task{one(1, layered.Call{Entry: "server", Mean: 1, Async: true}), alone("server", 1, work(.5))},
		}, 1, 1e-9, 1.00035, .005},
		{"20-multiserver", &layered.Model{
			Processors: []layered.Processor{desk},
			Tasks:      []layered.Task{four, two},
		}, 1.7, 1e-9, 1.699, .005},
		{"85-fork", published(t, "lqns-regression-85-fork"), 0, 0, .580725, .05},
		{"88-quorum", quorum(), 0, 0, .434087, .05},
	} {
		x := solve(t, c.m).Tasks[0].Throughput
		t.Logf("%s: %.6f, simulated %.6f", c.name, x, c.simulated)
		if c.want > 0 {
			near(t, c.name, x, c.want, c.off)
		}
		near(t, c.name+", simulated", x, c.simulated, c.offSim)
	}
}

// published is a case of the reference models.
func published(t *testing.T, name string) *layered.Model {
	t.Helper()
	for _, c := range refCases(t) {
		if c.Name == name {
			return c.model()
		}
	}
	t.Fatalf("no model %s", name)
	return nil
}

// quorum is 88-quorum: work, then three calls at once of which two are enough,
// then work again.
func quorum() *layered.Model {
	client := layered.Task{
		Name: "t1", Processor: "p1", Threads: 1, Reference: true,
		Entries:    []layered.Entry{{Name: "e1", Start: "a1"}},
		Activities: []layered.Activity{{Name: "a1", Phase: work(1)}, {Name: "c1", Phase: work(1)}},
	}
	fork := layered.Precedence{From: []string{"a1"}, Fork: layered.And}
	join := layered.Precedence{Join: layered.And, Quorum: 2, To: []layered.Branch{{Activity: "c1"}}}
	m := &layered.Model{Processors: []layered.Processor{{Name: "p1", Servers: 1}}}
	var servers []layered.Task
	for _, d := range []string{"d1", "d2", "d3"} {
		p := work(.1, layered.Call{Entry: d, Mean: 1})
		p.Fixed = true
		client.Activities = append(client.Activities, layered.Activity{Name: "b" + d, Phase: p})
		fork.To, join.From = append(fork.To, layered.Branch{Activity: "b" + d}), append(join.From, "b"+d)
		m.Processors = append(m.Processors, layered.Processor{Name: d, Servers: 1})
		servers = append(servers, alone(d, 1, work(.04)))
	}
	client.Order = []layered.Precedence{fork, join}
	m.Tasks = append([]layered.Task{client}, servers...)
	return m
}
