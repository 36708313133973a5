package scenarios

import (
	"cmp"
	"fmt"
)

// together checks what can be said of a scenario only when all of it is known.
func (c *compiler) together(services, topics, workloads []entry) {
	for _, way := range c.m.asks().endless() {
		what := "calls go round without end"
		at, ok := c.callSpots[edge{way[0], way[1]}]
		if topic, through := c.m.between(way[0], way[1]); through {
			at, ok = c.publishes[edgeToTopic{way[0], topic}]
		}
		if !ok {
			at = c.opSpots[way[0]]
		}
		c.fail(at, "let a choose or a cache end it", "%s: %s", what, c.m.describe(way))
	}
	for i, w := range c.m.Workloads {
		if !w.Open() && w.Think.Mean() == 0 && !c.m.takesTime(&w) {
			c.fail(workloads[i].key, "give the users a think time, or the operations a demand", "neither thinking nor the request takes any time: infinitely many requests at once")
		}
	}
	c.cells(services, topics, workloads)
}

// cells checks that the system falls into equal cells.
func (c *compiler) cells(services, topics, workloads []entry) {
	n := c.m.Live.Cells
	if n <= 1 {
		return
	}
	names := map[string]string{"slow": "slow replicas", "autoscale": "replicas of an autoscaler"}
	uneven := func(e entry, key string, count int) {
		if count%n == 0 {
			return
		}
		at := e.key
		if v := e.node.Get(key); v != nil {
			at = e.child(key, v)
		}
		c.fail(at, fmt.Sprintf("make it a multiple of %d, or change live.cells", n), "%d %s cannot be shared out over %d equal cells", count, cmp.Or(names[key], key), n)
	}
	for i, s := range c.m.Services {
		uneven(services[i], "replicas", s.Replicas)
		uneven(services[i], "slow", s.Slow.Replicas)
		if s.Scaling != nil {
			uneven(services[i], "autoscale", s.Scaling.Min)
			uneven(services[i], "autoscale", s.Scaling.Max)
		}
	}
	for i, t := range c.m.Topics {
		uneven(topics[i], "partitions", t.Partitions)
	}
	for i, w := range c.m.Workloads {
		if !w.Open() {
			uneven(workloads[i], "users", w.Users)
		}
	}
}

// takesTime reports whether a request of a workload takes any time on average,
// its messages to topics left out.
func (m *Model) takesTime(w *Workload) bool {
	seen := map[OpID]bool{}
	ops := func(shares []Share) bool {
		for _, s := range shares {
			if s.P > 0 && m.opTakesTime(s.Op, seen) {
				return true
			}
		}
		return false
	}
	if ops(w.Mix) || m.stepsTakeTime(w.Steps, false, seen) {
		return true
	}
	if w.Route == nil || ops(w.Route.Start) {
		return w.Route != nil
	}
	for id := range w.Route.reached() {
		if ops(w.Route.Next[id]) {
			return true
		}
	}
	return false
}

func (m *Model) opTakesTime(id OpID, seen map[OpID]bool) bool {
	if seen[id] {
		return false
	}
	seen[id] = true
	return m.stepsTakeTime(m.Operations[id].Steps, true, seen)
}

// stepsTakeTime reports whether any step with a chance to run takes time;
// calls cross the network only from within a service.
func (m *Model) stepsTakeTime(steps []Step, inService bool, seen map[OpID]bool) bool {
	for _, s := range steps {
		switch s := s.(type) {
		case CPU:
			if s.Demand.Mean() > 0 {
				return true
			}
		case Wait:
			if s.Time.Mean() > 0 {
				return true
			}
		case Call:
			if inService && m.Network.Latency.Mean() > 0 {
				return true
			}
			if m.opTakesTime(s.Op, seen) {
				return true
			}
		case FanOut:
			if m.opTakesTime(s.Op, seen) {
				return true
			}
		default:
			for _, list := range likely(s) {
				if m.stepsTakeTime(list, inService, seen) {
					return true
				}
			}
		}
	}
	return false
}

// likely lists the lists of steps within a step that have a chance to run.
func likely(s Step) [][]Step {
	var out [][]Step
	switch s := s.(type) {
	case Choose:
		for _, b := range s.Branches {
			if b.P > 0 {
				out = append(out, b.Steps)
			}
		}
	case Cache:
		if s.Hit > 0 || s.Store != nil {
			out = append(out, s.Then)
		}
		if s.Hit < 1 || s.Store != nil {
			out = append(out, s.Else)
		}
	case Repeat:
		if s.PerMessage || s.Count.Mean() > 0 {
			out = append(out, s.Steps)
		}
	default:
		return Inside(s)
	}
	return out
}
