package capacity

import (
	"fmt"
	"slices"

	"github.com/headroom/headroom/scenarios"
)

// Choice is how much of a service a plan has.
type Choice struct {
	Service  string
	Replicas int
	Cores    int     // of one replica
	Threads  int     // of one replica; 0 = unlimited
	Cost     float64 // of all replicas for an hour (1, in the currency of the scenario)
}

// Plan is how much of every service there is, in the order of the model.
type Plan struct {
	Services []Choice
	Cost     float64 // for an hour (1, in the currency of the scenario)
}

// PlanOf is the plan that a model follows.
func PlanOf(m *scenarios.Model) Plan {
	var p Plan
	for i := range m.Services {
		s := &m.Services[i]
		c := Choice{Service: s.Name, Replicas: s.Replicas, Cores: s.Cores, Threads: s.Threads, Cost: CostOf(s) * float64(s.Replicas)}
		p.Services = append(p.Services, c)
		p.Cost += c.Cost
	}
	return p
}

// Apply is a model that follows a plan of its services.
func (p Plan) Apply(m *scenarios.Model) *scenarios.Model {
	out := *m
	out.Services = slices.Clone(m.Services)
	for i := range out.Services {
		c := p.Services[i]
		s := &out.Services[i]
		if was := CostOf(s); s.Cost > 0 { // a larger machine costs more
			s.Cost = was * float64(c.Cores) / float64(s.Cores)
		}
		s.Replicas, s.Cores, s.Threads = c.Replicas, c.Cores, c.Threads
	}
	return &out
}

// Sets are the overrides that make a scenario follow the plan, where it does not.
func (p Plan) Sets(m *scenarios.Model) []string {
	var out []string
	for i, c := range p.Services {
		s := &m.Services[i]
		if c.Replicas != s.Replicas {
			out = append(out, fmt.Sprintf("services.%s.replicas=%d", c.Service, c.Replicas))
		}
		if c.Cores != s.Cores {
			out = append(out, fmt.Sprintf("services.%s.cores=%d", c.Service, c.Cores))
		}
		if c.Threads != s.Threads {
			out = append(out, fmt.Sprintf("services.%s.threads=%d", c.Service, c.Threads))
		}
	}
	return out
}

// times is a plan of so many cells.
func (p Plan) times(cells int) Plan {
	out := Plan{Services: slices.Clone(p.Services), Cost: p.Cost * float64(cells)}
	for i := range out.Services {
		out.Services[i].Replicas *= cells
		out.Services[i].Cost *= float64(cells)
	}
	return out
}

// Redundancy says what a plan must bear the loss of.
type Redundancy struct {
	One   bool // any one replica, of one service at a time
	Zones int  // one of so many zones that the replicas of every service are spread over evenly
}

// less are the plans that are left after a loss; ok is false where nothing is
// left of a service.
func (r Redundancy) less(counts []int) (left [][]int, ok bool) {
	switch {
	case r.Zones > 1:
		out := make([]int, len(counts))
		for i, n := range counts {
			if out[i] = n - (n+r.Zones-1)/r.Zones; out[i] < 1 {
				return nil, false
			}
		}
		return [][]int{out}, true
	case r.One:
		for i := range counts {
			if counts[i] < 2 {
				return nil, false
			}
			out := slices.Clone(counts)
			out[i]--
			left = append(left, out)
		}
	}
	return left, true
}
