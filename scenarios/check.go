package scenarios

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Check says what is wrong with a model, all of it in one error. A model that
// [Load], [Parse] or [Compile] returned has nothing wrong with it; one that a
// program filled in by hand should be checked before an engine gets it.
func (m *Model) Check() error {
	c := checker{m: m}
	c.services()
	c.topics()
	c.operations()
	c.workloads()
	c.jobs()
	c.objectives()
	c.overTime()
	c.liveAndPart()
	if len(c.errs) == 0 {
		c.together()
	}
	return errors.Join(c.errs...)
}

type checker struct {
	m       *Model
	serving *Service // whose operation is being checked; nil in a session
	errs    []error
}

func (c *checker) fail(where, format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf("scenarios: %s: %s", where, fmt.Sprintf(format, args...)))
}

// want notes a failure unless ok.
func (c *checker) want(ok bool, where, format string, args ...any) {
	if !ok {
		c.fail(where, format, args...)
	}
}

func (c *checker) services() {
	c.want(len(c.m.Services) > 0, "services", "none; want at least one")
	names := make(map[string]bool, len(c.m.Services))
	for i := range c.m.Services {
		s := &c.m.Services[i]
		fresh := s.Name != "" && !names[s.Name]
		names[s.Name] = true
		c.placed(func() string { return fmt.Sprintf("services[%d] %q", i, s.Name) }, func(where string) { c.service(where, ServiceID(i), fresh) })
	}
}

// placed checks, and does so again with words for the place where something is
// wrong: making them takes longer than all checks of a model that is right.
func (c *checker) placed(place func() string, check func(where string)) {
	before := len(c.errs)
	check("")
	if len(c.errs) > before {
		c.errs = c.errs[:before]
		check(place())
	}
}

func (c *checker) service(where string, id ServiceID, fresh bool) {
	s := &c.m.Services[id]
	c.want(fresh, where, "the name is empty or taken")
	c.want(s.Replicas >= 1, where, "%d replicas; want at least 1", s.Replicas)
	c.want(s.Cores >= 1, where, "%d cores; want at least 1", s.Cores)
	c.want(s.Threads >= 0, where, "%d threads; want at least 0, which is unlimited", s.Threads)
	c.want(s.Backlog >= Unlimited, where, "a backlog of %d; want at least 0, or Unlimited", s.Backlog)
	c.want(s.Backlog == Unlimited || s.Threads > 0, where, "a backlog of %d without a limit on threads", s.Backlog)
	c.want(s.Discipline <= SJF, where, "no discipline %d", s.Discipline)
	c.want(s.Balancing <= Hash, where, "no balancing %d", s.Balancing)
	c.want(s.Balancing != Hash || s.HashKeys >= 1 && s.HashSkew >= 0 && s.HashSkew <= maxSkew, where, "hash balancing with %d keys and skew %v", s.HashKeys, s.HashSkew)
	c.limits(where, s)
	for _, op := range s.Operations {
		if op >= 0 && int(op) < len(c.m.Operations) || c.op(where+" operations", op) {
			c.want(c.m.Operations[op].Service == id, where, "operation %q belongs to another service", c.m.Operations[op].Name)
		}
	}
}

// op reports whether an index is one of an operation.
func (c *checker) op(where string, id OpID) bool {
	ok := id >= 0 && int(id) < len(c.m.Operations)
	if !ok {
		c.fail(where, "no operation %d", id)
	}
	return ok
}

func (c *checker) topics() {
	for i, t := range c.m.Topics {
		where := fmt.Sprintf("topics[%d] %q", i, t.Name)
		c.want(t.Name != "", where, "no name")
		c.want(t.Partitions >= 1, where, "%d partitions; want at least 1", t.Partitions)
		c.want(t.Batch >= 1, where, "a batch of %d; want at least 1", t.Batch)
		c.op(where+" consumer", t.Consumer)
		c.topicMore(where, TopicID(i))
	}
}

func (c *checker) operations() {
	n := len(c.m.Operations)
	names, paths := make(map[string]bool, n), make(map[string]bool, 2*n)
	for i, op := range c.m.Operations {
		where := func() string { return fmt.Sprintf("operations[%d] %q", i, op.Name) }
		fresh := op.Name != "" && !names[op.Name]
		names[op.Name] = true
		c.placed(where, func(where string) {
			c.want(fresh, where, "the name is empty or taken")
			if op.Service < 0 || int(op.Service) >= len(c.m.Services) {
				c.fail(where, "no service %d", op.Service)
			} else if !slices.Contains(c.m.Services[op.Service].Operations, OpID(i)) {
				c.fail(where, "its service %q does not list it", c.m.Services[op.Service].Name)
			}
		})
		c.serving = nil
		if op.Service >= 0 && int(op.Service) < len(c.m.Services) {
			c.serving = &c.m.Services[op.Service]
		}
		c.steps(where, op.Steps, paths, true)
	}
}

// steps checks steps and those within them; random streams are named after the
// paths, so that no two may share one.
func (c *checker) steps(where func() string, steps []Step, paths map[string]bool, inService bool) {
	for i, s := range steps {
		if s == nil {
			c.fail(where(), "step %d is nil", i)
			continue
		}
		path := s.Path()
		fresh := path != "" && !paths[path]
		paths[path] = true
		c.placed(func() string { return where() + " step " + path }, func(at string) {
			c.want(fresh, at, "the path is empty or taken")
			c.step(at, s, inService)
		})
		for _, list := range Inside(s) {
			c.steps(where, list, paths, inService)
		}
	}
}

func (c *checker) step(at string, s Step, inService bool) {
	switch s := s.(type) {
	case CPU:
		c.want(inService, at, "a session has no cores")
	case Wait: // a distribution is always a sound one
	case Call:
		c.op(at, s.Op)
		c.options(at, s.Options)
	case FanOut:
		if c.op(at, s.Op) {
			c.fanOut(at, s)
		}
	case Parallel:
		c.want(s.Need >= 1 && s.Need <= len(s.Branches), at, "waits for %d of %d branches", s.Need, len(s.Branches))
	case Choose:
		sum := 0.0
		for _, b := range s.Branches {
			c.share(at, b.P)
			sum += b.P
		}
		c.want(math.Abs(sum-1) <= sumTolerance, at, "probabilities add up to %v", sum)
	case Cache:
		c.share(at, s.Hit)
		c.store(at, s.Store)
	case Repeat:
		c.want(!s.PerMessage || inService, at, "a session has no batch of messages")
	case Publish:
		c.want(inService, at, "a session publishes through an operation")
		c.want(s.Topic >= 0 && int(s.Topic) < len(c.m.Topics), at, "no topic %d", s.Topic)
	case Barrier:
		c.want(s.Slack >= 0 && !inService, at, "a slack of %d", s.Slack)
	case Lock, Acquire, Release, Fail:
		c.held(at, s, inService)
	default:
		c.fail(at, "a step of unknown type %T", s)
	}
}

func (c *checker) share(where string, p float64) {
	c.want(p >= 0 && p <= 1, where, "probability %v; want 0 to 1", p)
}

func (c *checker) workloads() {
	c.want(len(c.m.Workloads)+len(c.m.Jobs) > 0, "workloads", "none, and no jobs; want at least one")
	paths := map[string]bool{}
	for i := range c.m.Workloads {
		w := &c.m.Workloads[i]
		where := fmt.Sprintf("workloads[%d] %q", i, w.Name)
		c.want(w.Name != "", where, "no name")
		c.want(w.Priority >= 0 && w.Priority <= maxPriority, where, "a priority of %d; want 0 to %d", w.Priority, maxPriority)
		c.source(where, w)
		c.does(where, w, paths)
	}
}

func (c *checker) source(where string, w *Workload) {
	if !w.Open() {
		c.want(w.Users >= 1, where, "%d users; want at least 1, or arrivals", w.Users)
		return
	}
	a := w.Arrivals
	c.want(w.Users == 0, where, "both arrivals and users")
	c.want(a.Rate > 0 && !math.IsInf(a.Rate, 0), where, "a rate of %v/s; want a finite one above 0", a.Rate)
	c.want(a.Kind <= Replay, where, "no arrival process %d", a.Kind)
	c.process(where, a)
	if mean := a.Gap.Mean(); a.Kind == Renewal {
		c.want(math.Abs(mean*a.Rate-1) <= 1e-9, where, "a mean gap of %v s at a rate of %v/s", mean, a.Rate)
	}
}

func (c *checker) does(where string, w *Workload, paths map[string]bool) {
	said := 0
	if len(w.Mix) > 0 {
		said++
		c.shares(where+" mix", w.Mix, true)
	}
	if len(w.Steps) > 0 {
		said++
		c.steps(func() string { return where }, w.Steps, paths, false)
	}
	if w.Route != nil {
		said++
		c.route(where+" route", w.Route)
	}
	c.want(said == 1, where, "has %d of mix, steps and route; want one", said)
}

// shares checks probabilities that add up to 1, or to at most 1.
func (c *checker) shares(where string, shares []Share, whole bool) {
	sum := 0.0
	for _, s := range shares {
		c.op(where, s.Op)
		c.share(where, s.P)
		sum += s.P
	}
	c.want(sum <= 1+sumTolerance && (!whole || sum >= 1-sumTolerance), where, "probabilities add up to %v", sum)
}

func (c *checker) route(where string, r *Route) {
	c.shares(where+" start", r.Start, true)
	for id, next := range r.Next {
		c.op(where, id)
		c.shares(fmt.Sprintf("%s from %d", where, id), next, false)
	}
	ends := r.ends()
	for id := range r.reached() {
		_, row := r.Next[id]
		c.want(!row || ends[id], where, "never ends from operation %d", id)
	}
}

func (c *checker) objectives() {
	for i, o := range c.m.Objectives {
		where := fmt.Sprintf("objectives[%d] %s of %q", i, o.Metric, o.Subject)
		c.want(o.Kind <= OfTopic && slices.Contains(objectiveKeys(o.Kind).known, o.Metric), where, "no such metric")
		c.want(o.Limit >= 0 && !math.IsInf(o.Limit, 0), where, "a limit of %v", o.Limit)
		found := false
		switch o.Kind {
		case OfWorkload:
			_, found = c.m.WorkloadByName(o.Subject)
		case OfOperation:
			_, found = c.m.OpByName(o.Subject)
		case OfService:
			_, found = c.m.ServiceByName(o.Subject)
		case OfTopic:
			_, found = c.m.TopicByName(o.Subject)
		}
		c.want(found, where, "there is no such subject")
	}
}

func (c *checker) liveAndPart() {
	for id := range c.m.Live.Operations {
		c.op("live operations", id)
	}
	c.observe()
	c.want(c.m.Live.Cells >= 0, "live", "%d cells; want at least 1", c.m.Live.Cells)
	c.share("network loss", c.m.Network.Loss)
	c.want(c.m.Part > 0 && c.m.Part <= 1, "part", "%v; want more than 0, and at most 1 for the whole", c.m.Part)
	n := c.m.Live.Cells
	if n <= 1 {
		return
	}
	for _, s := range c.m.Services {
		c.want(s.Replicas%n == 0, "services "+s.Name, "%d replicas for %d cells", s.Replicas, n)
	}
	for _, t := range c.m.Topics {
		c.want(t.Partitions%n == 0, "topics "+t.Name, "%d partitions for %d cells", t.Partitions, n)
	}
	for _, w := range c.m.Workloads {
		c.want(w.Users%n == 0, "workloads "+w.Name, "%d users for %d cells", w.Users, n)
	}
}

// together checks what needs every index to be right.
func (c *checker) together() {
	if !c.m.goesOneWay() {
		for _, way := range c.m.asks().endless() {
			c.fail("operations", "calls go round without end: %s", c.m.describe(way))
		}
	}
	for i := range c.m.Workloads {
		w := &c.m.Workloads[i]
		idle := !w.Open() && w.Think.Mean() == 0 && !c.m.takesTime(w)
		c.want(!idle, fmt.Sprintf("workloads[%d] %q", i, w.Name), "neither thinking nor the request takes any time")
	}
}
