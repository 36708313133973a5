package scenarios

import "github.com/headroom/headroom/scenarios/internal/yamlx"

// unlimited is the word for no bound, on threads and backlog.
const unlimited = "unlimited"

func (c *compiler) compileServices(services []entry) {
	for _, e := range services {
		c.m.Services = append(c.m.Services, c.service(e))
	}
}

func (c *compiler) service(e entry) Service {
	s := Service{Name: e.name, Replicas: 1, Cores: 1, Backlog: Unlimited}
	f, ok := c.fields(e.spot, serviceKeys())
	if !ok {
		return s
	}
	if v, ok := f["replicas"]; ok {
		s.Replicas, _ = c.whole(v, 1, maxCount)
	}
	if v, ok := f["cores"]; ok {
		s.Cores, _ = c.whole(v, 1, maxCount)
	}
	c.waitingRoom(f, &s)
	if v, ok := f["discipline"]; ok {
		s.Discipline = c.discipline(v)
	}
	if v, ok := f["balancing"]; ok {
		c.balancing(v, &s)
	}
	if v, ok := f["pools"]; ok {
		c.pools(v, &s)
	}
	if v, ok := f["partitions"]; ok {
		c.partitions(v, &s)
	}
	if v, ok := f["replication"]; ok {
		c.replication(e, v, &s)
	}
	c.guard(f, &s)
	c.replicasOf(e.spot, f, &s)
	c.slowdown = 1 / c.speed(f)
	if v, ok := c.required(e.spot, f, "operations", "say what the service does, as operations: {read: [{cpu: exp(3ms)}]}"); ok {
		c.operations(e.name, v, &s)
	}
	return s
}

// waitingRoom reads threads and backlog.
func (c *compiler) waitingRoom(f fields, s *Service) {
	if v, ok := f["threads"]; ok && !isWord(v, unlimited) {
		s.Threads, _ = c.whole(v, 1, maxCount)
	}
	v, ok := f["backlog"]
	if !ok || isWord(v, unlimited) {
		return
	}
	n, ok := c.whole(v, 0, maxUsers)
	if !ok {
		return
	}
	s.Backlog = n
	if s.Threads == 0 && (!f.has("threads") || isWord(f["threads"], unlimited)) {
		c.fail(v, "say how many threads there are, or remove the backlog", "a backlog without threads: nothing ever waits for a thread")
	}
}

func isWord(s spot, word string) bool {
	return s.node.Kind == yamlx.Scalar && s.node.Text == word
}

func (c *compiler) discipline(s spot) Discipline {
	w, _ := c.word(s, disciplineWords())
	return map[string]Discipline{
		"ps": PS, "fifo": FIFO, "lifo": LIFO, "priority": Priority,
		"preemptive-priority": PreemptivePriority, "sjf": SJF, "srpt": SRPT,
	}[w]
}

// simpleBalancing are the ways to balance that need no more than their name.
func simpleBalancing() map[string]Balancing {
	return map[string]Balancing{
		"random": Random, "round-robin": RoundRobin, "least-requests": LeastRequests,
		"power-of-two": PowerOfTwo, "shared": Shared,
	}
}

func (c *compiler) balancing(s spot, out *Service) {
	if s.node.Kind == yamlx.Mapping {
		c.balancingOf(s, out)
		return
	}
	if isWord(s, "hash") {
		c.fail(s, "write balancing: {hash: {keys: 1000, skew: 0.9}}", "hash balancing needs the number of keys")
		return
	}
	if w, ok := c.word(s, balancingWords()); ok {
		out.Balancing = simpleBalancing()[w]
	}
}

// balancingOf reads a way to balance that has parameters.
func (c *compiler) balancingOf(s spot, out *Service) {
	f, ok := c.fields(s, balancingKeys())
	if !ok {
		return
	}
	if v, ok := f["power-of"]; ok && len(f) == 1 {
		out.Balancing = PowerOfTwo
		out.Choices, _ = c.whole(v, 2, maxCount)
		return
	}
	h, ok := c.required(s, f, "hash", "write balancing: {hash: {keys: 1000, skew: 0.9}}")
	if !ok {
		return
	}
	if len(f) > 1 {
		c.fail(s, "keep one", "%d ways to balance", len(f))
	}
	c.hash(h, out)
}

func (c *compiler) hash(h spot, out *Service) {
	out.Balancing = Hash
	f, ok := c.fields(h, hashKeys())
	if !ok {
		return
	}
	if v, ok := c.required(h, f, "keys", "say how many different keys requests have"); ok {
		out.HashKeys, _ = c.whole(v, 1, maxUsers)
	}
	if v, ok := f["skew"]; ok {
		out.HashSkew = c.skew(v)
	}
}

func (c *compiler) operations(service string, s spot, out *Service) {
	c.serving = out
	ops := c.entries(s, "a mapping of operations by name")
	if s.node.Kind == yamlx.Mapping && len(ops) == 0 {
		c.fail(s, "", "no operations; want at least one")
	}
	for _, o := range ops {
		c.name(o.key, o.name)
		id, ok := c.ops[service+"."+o.name]
		if !ok {
			continue
		}
		out.Operations = append(out.Operations, id)
		at := scope{path: c.m.Operations[id].Name, op: id, inService: true}
		c.m.Operations[id].Steps = c.steps(o.spot, at)
	}
}
