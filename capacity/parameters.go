package capacity

import (
	"fmt"
	"slices"
	"strings"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// Parameter is a number of a model that can be changed by itself.
type Parameter struct {
	Name  string
	Value float64 // at present (s), (1/s) or (1)
	Unit  string  // "s", "1/s" or "1"
	Whole bool    // whole numbers of at least 1 only
	Most  float64 // what it can be at most (s), (1/s) or (1); 0 = no bound

	// With is the model with another value of it.
	With func(value float64) *scenarios.Model
}

// Parameters are the numbers of a model that results depend on: of workloads
// rate, users and thinking; of services replicas, cores and threads; of steps
// demands, waits, hits of caches and counts; of topics partitions and batches;
// and the latency of the network. Times change by a factor, their shape stays.
func Parameters(m *scenarios.Model) []Parameter {
	var out []Parameter
	for i := range m.Workloads {
		out = append(out, ofWorkload(m, i)...)
	}
	for i := range m.Services {
		out = append(out, ofService(m, i)...)
	}
	for i := range m.Topics {
		t := &m.Topics[i]
		set := func(f func(*scenarios.Topic, int)) func(float64) *scenarios.Model {
			return func(v float64) *scenarios.Model {
				c := *m
				c.Topics = slices.Clone(m.Topics)
				f(&c.Topics[i], int(v))
				return &c
			}
		}
		out = append(out,
			Parameter{Name: "topics." + t.Name + ".partitions", Value: float64(t.Partitions), Unit: "1", Whole: true, With: set(func(t *scenarios.Topic, n int) { t.Partitions = n })},
			Parameter{Name: "topics." + t.Name + ".batch", Value: float64(t.Batch), Unit: "1", Whole: true, With: set(func(t *scenarios.Topic, n int) { t.Batch = n })})
	}
	if l := m.Network.Latency; l.Mean() > 0 {
		out = append(out, Parameter{Name: "network.latency", Value: l.Mean(), Unit: "s", With: func(v float64) *scenarios.Model {
			c := *m
			c.Network.Latency = l.Scaled(v / l.Mean())
			return &c
		}})
	}
	return out
}

func ofWorkload(m *scenarios.Model, i int) []Parameter {
	w := &m.Workloads[i]
	with := func(f func(*scenarios.Workload, float64)) func(float64) *scenarios.Model {
		return func(v float64) *scenarios.Model {
			c := *m
			c.Workloads = slices.Clone(m.Workloads)
			f(&c.Workloads[i], v)
			return &c
		}
	}
	name := "workloads." + w.Name
	if w.Open() {
		return []Parameter{{Name: name + ".rate", Value: w.Arrivals.Rate, Unit: "1/s", With: func(v float64) *scenarios.Model {
			c := m.Scale(v / w.Arrivals.Rate)
			for k := range c.Workloads {
				if k != i {
					c.Workloads[k] = m.Workloads[k]
				}
			}
			return c
		}}}
	}
	out := []Parameter{{Name: name + ".users", Value: float64(w.Users), Unit: "1", Whole: true, With: with(func(w *scenarios.Workload, v float64) { w.Users = int(v) })}}
	if z := w.Think.Mean(); z > 0 {
		out = append(out, Parameter{Name: name + ".think", Value: z, Unit: "s", With: with(func(w *scenarios.Workload, v float64) { w.Think = w.Think.Scaled(v / z) })})
	}
	return out
}

func ofService(m *scenarios.Model, i int) []Parameter {
	s := &m.Services[i]
	count := func(what string, now int, f func(*scenarios.Service, int)) Parameter {
		return Parameter{Name: "services." + s.Name + "." + what, Value: float64(now), Unit: "1", Whole: true, With: func(v float64) *scenarios.Model {
			c := *m
			c.Live.Cells = 1 // any number of replicas will do
			c.Services = slices.Clone(m.Services)
			f(&c.Services[i], int(v))
			return &c
		}}
	}
	out := []Parameter{
		count("replicas", s.Replicas, func(s *scenarios.Service, n int) { s.Replicas = n }),
		count("cores", s.Cores, func(s *scenarios.Service, n int) { s.Cores = n }),
	}
	if s.Threads > 0 {
		out = append(out, count("threads", s.Threads, func(s *scenarios.Service, n int) { s.Threads = n }))
	}
	for _, op := range s.Operations {
		for _, leaf := range leavesOf(m.Operations[op].Steps) {
			out = append(out, Parameter{
				Name: "services." + strings.Replace(leaf.path, ".", ".operations.", 1) + " " + leaf.what, Value: leaf.value, Unit: leaf.unit, Most: leaf.most,
				With: func(v float64) *scenarios.Model {
					c := *m
					c.Operations = slices.Clone(m.Operations)
					c.Operations[op].Steps = replaced(m.Operations[op].Steps, leaf.path, v)
					return &c
				},
			})
		}
	}
	return out
}

// leaf is a number of a step.
type leaf struct {
	path, what, unit string
	value, most      float64
}

func leavesOf(steps []scenarios.Step) []leaf {
	var out []leaf
	scenarios.WalkSteps(steps, func(s scenarios.Step) {
		switch s := s.(type) {
		case scenarios.CPU:
			out = append(out, timed(s.Path(), "cpu", s.Demand)...)
		case scenarios.Wait:
			out = append(out, timed(s.Path(), "wait", s.Time)...)
		case scenarios.Cache:
			if s.Store == nil && s.Hit > 0 && s.Hit < 1 {
				out = append(out, leaf{s.Path(), "hit", "1", s.Hit, 1})
			}
		case scenarios.Repeat:
			if mean := s.Count.Mean(); !s.PerMessage && mean > 0 && s.Count.Family() != dist.FamilyConst {
				out = append(out, leaf{s.Path(), "count", "1", mean, 0})
			}
		}
	})
	return out
}

func timed(path, what string, d dist.Dist) []leaf {
	if mean := d.Mean(); mean > 0 {
		return []leaf{{path, what, "s", mean, 0}}
	}
	return nil
}

// replaced is steps in which the number of the step of a path is another.
func replaced(steps []scenarios.Step, path string, v float64) []scenarios.Step {
	if steps == nil {
		return nil
	}
	out := slices.Clone(steps)
	for i, s := range out {
		hit := s.Path() == path
		switch s := s.(type) {
		case scenarios.CPU:
			if hit {
				s.Demand = s.Demand.Scaled(v / s.Demand.Mean())
			}
			out[i] = s
		case scenarios.Wait:
			if hit {
				s.Time = s.Time.Scaled(v / s.Time.Mean())
			}
			out[i] = s
		case scenarios.Parallel:
			s.Branches = slices.Clone(s.Branches)
			for b := range s.Branches {
				s.Branches[b] = replaced(s.Branches[b], path, v)
			}
			out[i] = s
		case scenarios.Choose:
			s.Branches = slices.Clone(s.Branches)
			for b := range s.Branches {
				s.Branches[b].Steps = replaced(s.Branches[b].Steps, path, v)
			}
			out[i] = s
		case scenarios.Cache:
			if hit {
				s.Hit = v
			}
			s.Then, s.Else = replaced(s.Then, path, v), replaced(s.Else, path, v)
			out[i] = s
		case scenarios.Repeat:
			if hit {
				s.Count = s.Count.Scaled(v / s.Count.Mean())
			}
			s.Steps = replaced(s.Steps, path, v)
			out[i] = s
		case scenarios.Lock:
			s.Steps = replaced(s.Steps, path, v)
			out[i] = s
		}
	}
	return out
}

// Format writes a value with its unit.
func (p Parameter) Format(v float64) string {
	switch p.Unit {
	case "s":
		return fmt.Sprintf("%.4g ms", 1e3*v)
	case "1/s":
		return fmt.Sprintf("%.4g/s", v)
	}
	return fmt.Sprintf("%.4g", v)
}
