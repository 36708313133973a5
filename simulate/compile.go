package simulate

import (
	"fmt"
	"math"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// compiler turns a model into a program.
type compiler struct {
	*program
	model *scenarios.Model
	paths map[string]bool // of the steps that draw

	ranks   map[int]uint8 // by priority
	serving int           // the service whose operation is being compiled; -1 = none
	slack   int           // of the barriers of the workload that is being compiled; -1 = none

	lockAt, poolOfService map[tableKey]int32

	err error // the first thing found wrong
}

// compile turns a model into a program, or says what it cannot be simulated for.
func compile(m *scenarios.Model) (*program, error) {
	m, left := m.Plain(words()...)
	c := &compiler{program: &program{model: m, left: left, hits: map[string]float64{}}, model: m, paths: map[string]bool{}}
	c.emit(opTurnedAway, 0, 0)
	c.findRanks()
	for i := range m.Services {
		c.service(&m.Services[i])
	}
	for i := range m.Topics {
		c.topic(&m.Topics[i])
	}
	c.tables()
	for i := range m.Operations {
		c.operation(&m.Operations[i])
	}
	for i := range c.services {
		c.services[i].replicated = c.replicated(&m.Services[i], c.operations)
	}
	c.feeds()
	c.serving = -1
	if len(m.Workloads)+len(m.Jobs) == 0 {
		c.fail("model %q: no workload, so nothing would happen", m.Name)
	}
	for i := range m.Jobs {
		c.job(&m.Jobs[i])
	}
	for i := range m.Workloads {
		c.workload(&m.Workloads[i])
	}
	c.passes(m.Network.Latency, "network.latency")
	c.loss = c.probability(m.Network.Loss, "network.loss")
	for _, f := range m.Faults {
		if f.Kind == scenarios.PartitionFault || f.Kind == scenarios.LoseFault {
			c.fails, c.bends = true, true
		}
	}
	c.fails, c.bends = c.fails || c.loss > 0, c.bends || c.loss > 0
	if 2*c.replicas+len(c.services) > indexMask || c.partitions > indexMask {
		c.fail("model %q: %d replicas and %d partitions; at most %d can be simulated", m.Name, c.replicas, c.partitions, indexMask)
	}
	return c.program, c.err
}

func (c *compiler) fail(format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf("simulate: "+format, args...)
	}
}

func (c *compiler) service(s *scenarios.Service) {
	if s.Replicas < 1 || s.Cores < 1 || s.Threads < 0 {
		c.fail("services.%s: %d replicas, %d cores, %d threads; want at least one replica and core, and no fewer than 0 threads", s.Name, s.Replicas, s.Cores, s.Threads)
		return
	}
	out := service{
		name: s.Name, number: len(c.services), replicas: s.Replicas, cores: s.Cores, threads: s.Threads, backlog: s.Backlog,
		policy: s.Balancing, first: int32(c.replicas),
	}
	c.rules(s, &out)
	for _, op := range s.Operations {
		out.ops = append(out.ops, int32(op))
	}
	if s.Balancing == scenarios.Shared && s.Threads == 0 {
		out.replicas, out.cores = 1, s.Replicas*s.Cores
	}
	if s.Balancing == scenarios.Shared && s.Threads > 0 && s.Backlog >= 0 {
		out.backlog *= s.Replicas // the one line has the room of all
	}
	if s.Balancing == scenarios.Hash {
		out.keys = c.zipf(s.HashKeys, s.HashSkew, "services."+s.Name+" hash balancing")
	}
	out.shards = c.shards(s)
	c.replicas += out.replicas
	c.services = append(c.services, out)
}

// known reports whether there is such an operation.
func (c *compiler) known(op scenarios.OpID, where string) bool {
	if op < 0 || int(op) >= len(c.model.Operations) {
		c.fail("%s: operation %d of %d", where, op, len(c.model.Operations))
		return false
	}
	return true
}

func (c *compiler) operation(o *scenarios.Operation) {
	if o.Service < 0 || int(o.Service) >= len(c.model.Services) {
		c.fail("%s: service %d of %d", o.Name, o.Service, len(c.model.Services))
		return
	}
	c.serving = int(o.Service)
	c.operations = append(c.operations, operation{
		name: o.Name, service: int32(o.Service), entry: c.sequence(o.Steps, true),
	})
}

// sequence compiles steps that are run for themselves, and returns where they
// begin.
func (c *compiler) sequence(steps []scenarios.Step, atService bool) int32 {
	// Branches are compiled before the steps around them are under way, so that
	// the code of a sequence is in one piece.
	heads := c.branches(steps, atService)
	entry := c.here()
	c.steps(steps, atService, heads)
	c.emit(opEnd, 0, 0)
	return entry
}

// branches compiles what parallels among the steps start, at any depth short
// of another parallel.
func (c *compiler) branches(steps []scenarios.Step, atService bool) map[string]int32 {
	heads := map[string]int32{}
	eachFork(steps, func(s scenarios.Step) {
		var out parallel
		switch s := s.(type) {
		case scenarios.Parallel:
			out = parallel{need: s.Need, fan: nobody}
			for _, b := range s.Branches {
				out.branches = append(out.branches, c.sequence(b, atService))
			}
			if s.Need < 1 || s.Need > len(s.Branches) {
				c.fail("%s: join of %d of %d branches", s.Path(), s.Need, len(s.Branches))
			}
		case scenarios.FanOut:
			out = c.fanOut(s)
		}
		if _, twice := heads[s.Path()]; twice {
			c.fail("%s: two steps of this path", s.Path())
		}
		heads[s.Path()] = int32(len(c.parallels))
		c.parallels = append(c.parallels, out)
	})
	return heads
}

// eachFork calls f for every parallel and every fan-out that the steps may come to themselves.
func eachFork(steps []scenarios.Step, f func(scenarios.Step)) {
	for _, s := range steps {
		switch s := s.(type) {
		case scenarios.Parallel, scenarios.FanOut:
			f(s)
		case scenarios.Choose:
			for _, b := range s.Branches {
				eachFork(b.Steps, f)
			}
		case scenarios.Cache:
			eachFork(s.Then, f)
			eachFork(s.Else, f)
		case scenarios.Repeat:
			eachFork(s.Steps, f)
		case scenarios.Lock:
			eachFork(s.Steps, f)
		}
	}
}

func (c *compiler) here() int32 { return int32(len(c.code)) }

// emit adds an instruction and returns where it is.
func (c *compiler) emit(op opcode, a, b int32) int32 {
	c.code = append(c.code, instruction{op, a, b})
	return c.here() - 1
}

// steps compiles steps one after the other.
func (c *compiler) steps(steps []scenarios.Step, atService bool, heads map[string]int32) {
	for _, s := range steps {
		switch s := s.(type) {
		case scenarios.CPU:
			if !atService {
				c.fail("%s: a client has no cores", s.Path())
			}
			c.passes(s.Demand, s.Path())
			c.emit(opCPU, c.draw(s.Path(), s.Demand, false), 0)
		case scenarios.Wait:
			c.passes(s.Time, s.Path())
			c.emit(opWait, c.draw(s.Path(), s.Time, false), 0)
		case scenarios.Call:
			c.callStep(s.Path(), s.Op, s.Options)
		case scenarios.Fail:
			c.failStep(s)
		case scenarios.Parallel, scenarios.FanOut:
			c.emit(opParallel, heads[s.Path()], 0)
		case scenarios.Choose:
			c.choose(s.Path(), s.Branches, atService, heads)
		case scenarios.Cache:
			c.cache(s, atService, heads)
		case scenarios.Repeat:
			c.repeat(s, atService, heads)
		case scenarios.Lock:
			c.lock(s, heads)
		case scenarios.Acquire:
			c.emit(opAcquire, int32(len(c.acquires)), 0)
			c.acquires = append(c.acquires, acquireStep{pool: c.poolOf(s.Pool), timeout: s.Timeout})
		case scenarios.Release:
			c.emit(opRelease, c.poolOf(s.Pool), 0)
		case scenarios.Barrier:
			c.slack = max(c.slack, s.Slack)
			c.emit(opBarrier, int32(s.Slack), 0)
		case scenarios.Publish:
			if s.Topic < 0 || int(s.Topic) >= len(c.model.Topics) {
				c.fail("%s: topic %d of %d", s.Path(), s.Topic, len(c.model.Topics))
			}
			c.emit(opPublish, int32(s.Topic), 0)
		default:
			c.fail("%s: a step of type %T, which is not known", pathOf(s), s)
		}
	}
}

func pathOf(s scenarios.Step) string {
	if s == nil {
		return "a step"
	}
	return s.Path()
}

func (c *compiler) choose(path string, branches []scenarios.Branch, atService bool, heads map[string]int32) {
	if len(branches) == 0 {
		c.fail("%s: nothing to choose from", path)
		return
	}
	c.emit(opChoose, c.draw(path, dist.Dist{}, true), int32(len(c.choices)))
	ways := make([]way, len(branches))
	c.choices = append(c.choices, ways)
	sum := 0.0
	jumps := make([]int32, len(branches))
	for i, b := range branches {
		sum += c.probability(b.P, path)
		ways[i] = way{upTo: sum, target: c.here()}
		c.steps(b.Steps, atService, heads)
		jumps[i] = c.emit(opJump, 0, 0)
	}
	if math.Abs(sum-1) > 1e-9 {
		c.fail("%s: probabilities sum to %v, not 1", path, sum)
	}
	for _, j := range jumps {
		c.code[j].b = c.here()
	}
}

// cache is a choice of two ways.
func (c *compiler) cache(s scenarios.Cache, atService bool, heads map[string]int32) {
	if s.Store != nil {
		c.find(s, atService, heads)
		return
	}
	c.choose(s.Path(), []scenarios.Branch{{P: s.Hit, Steps: s.Then}, {P: 1 - s.Hit, Steps: s.Else}}, atService, heads)
}

func (c *compiler) repeat(s scenarios.Repeat, atService bool, heads map[string]int32) {
	var head int32
	if s.PerMessage {
		head = c.emit(opEach, 0, 0)
	} else {
		c.passes(s.Count, s.Path())
		head = c.emit(opRepeat, c.draw(s.Path(), s.Count, false), 0)
	}
	body := c.here()
	c.steps(s.Steps, atService, heads)
	c.emit(opAgain, 0, body)
	c.code[head].b = c.here()
}

// draw makes room for what a step draws.
func (c *compiler) draw(path string, d dist.Dist, share bool) int32 {
	if c.paths[path] {
		c.fail("%s: two steps of this path, which would draw the same numbers", path)
	}
	c.paths[path] = true
	c.draws = append(c.draws, draw{stream: path, dist: d, share: share})
	return int32(len(c.draws) - 1)
}

// passes holds that a time or a count is one.
func (c *compiler) passes(d dist.Dist, where string) {
	if m := d.Mean(); math.IsNaN(m) || m < 0 {
		c.fail("%s: %v has a mean of %v", where, d, m)
	}
}

func (c *compiler) probability(p float64, where string) float64 {
	if !(p >= 0 && p <= 1+1e-9) {
		c.fail("%s: a probability of %v", where, p)
	}
	return p
}
