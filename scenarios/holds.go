package scenarios

import (
	"slices"

	"github.com/headroom/headroom/scenarios/internal/yamlx"
)

// lock reads a lock and the steps that run while it is held; the first use of a
// name in a service says how many keys it has.
func (c *compiler) lock(s spot, f fields, in scope) Step {
	name, ok := c.text(f["lock"], "the name of a lock")
	if !ok {
		return nil
	}
	c.name(f["lock"], name)
	out := Lock{At: in.at()}
	table := LockTable{Name: name, Keys: 1}
	if v, ok := f["keys"]; ok {
		table.Keys, _ = c.whole(v, 1, maxUsers)
	}
	if v, ok := f["skew"]; ok {
		table.Skew = c.skew(v)
	}
	if v, ok := f["count"]; ok {
		out.Count, _ = c.whole(v, 1, 1000)
	}
	out.Lock = c.lockTable(f, table)
	if keys := c.serving.Locks[out.Lock].Keys; out.Count > keys && keys > 0 {
		c.fail(f["count"], "", "%d different keys of %d", out.Count, keys)
	}
	if v, ok := f["mode"]; ok {
		w, _ := c.word(v, lockModeWords())
		out.Mode = map[string]LockMode{"shared": SharedLock, "optimistic": Optimistic}[w]
	}
	if v, ok := f["retry"]; ok {
		if out.Mode != Optimistic {
			c.fail(v, "write mode: optimistic, or remove retry", "only an optimistic lock is tried again")
		}
		out.Retry = c.retry(v, 1)
	}
	if v, ok := c.required(s, f, "do", "say what runs while it is held, as do: [{cpu: exp(2ms)}]"); ok {
		out.Steps = c.steps(v, in)
	}
	return out
}

// lockTable finds the lock of that name in the service, or adds it.
func (c *compiler) lockTable(f fields, t LockTable) LockID {
	s := c.serving
	i := slices.IndexFunc(s.Locks, func(o LockTable) bool { return o.Name == t.Name })
	if i < 0 {
		s.Locks = append(s.Locks, t)
		return LockID(len(s.Locks) - 1)
	}
	if was := s.Locks[i]; (f.has("keys") || f.has("skew")) && t != was {
		at := f["lock"]
		if f.has("keys") {
			at = f["keys"]
		}
		c.fail(at, "say it once, where the lock is used first", "lock %q has %d keys of skew %g elsewhere", t.Name, was.Keys, was.Skew)
	}
	return LockID(i)
}

// skew reads the exponent of a Zipf law.
func (c *compiler) skew(s spot) float64 {
	const want = "a Zipf exponent from 0 (all keys alike) to 10"
	x, ok := c.number(s, 0, want)
	if ok && x > maxSkew {
		c.fail(s, "", "%g; want %s", x, want)
		return 0
	}
	return x
}

func (c *compiler) barrier(s spot, in scope) Step {
	out := Barrier{At: in.at()}
	f, ok := c.fields(s, barrierKeys())
	if !ok {
		return nil
	}
	if v, ok := f["slack"]; ok {
		out.Slack, _ = c.whole(v, 0, maxCount)
	}
	switch {
	case in.inService:
		c.fail(s, "write it in the steps of a workload", "a barrier holds users together; a service has none")
	case c.open:
		c.fail(s, "give the workload users instead of arrivals", "a barrier holds users together; arrivals have none")
	}
	return out
}

func (c *compiler) acquire(f fields, in scope) Step {
	out := Acquire{At: in.at()}
	id, ok := c.pool(f["acquire"])
	if !ok {
		return nil
	}
	out.Pool = id
	if v, ok := f["timeout"]; ok {
		out.Timeout = c.positive(v)
	}
	return out
}

func (c *compiler) release(s spot, in scope) Step {
	id, ok := c.pool(s)
	if !ok {
		return nil
	}
	return Release{At: in.at(), Pool: id}
}

// pool finds a pool of the service.
func (c *compiler) pool(s spot) (PoolID, bool) {
	name, ok := c.text(s, "a pool of the service")
	if !ok {
		return 0, false
	}
	names := make([]string, len(c.serving.Pools))
	for i, p := range c.serving.Pools {
		if p.Name == name {
			return PoolID(i), true
		}
		names[i] = p.Name
	}
	hint := "write pools: {" + name + ": 20} beside its operations"
	if near := nearest(name, names); near != "" {
		hint = didYouMean(name, names)
	}
	c.fail(s, hint, "service %q has no pool %q", c.serving.Name, shorten(name))
	return 0, false
}

// pools reads the pools of a service: their size, or a mapping.
func (c *compiler) pools(s spot, out *Service) {
	for _, e := range c.entries(s, "a mapping of pools by name, as {connections: 20}") {
		c.name(e.key, e.name)
		p := Pool{Name: e.name, Size: 1, Backlog: Unlimited}
		if e.node.Kind != yamlx.Mapping {
			p.Size, _ = c.whole(e.spot, 1, maxCount)
			out.Pools = append(out.Pools, p)
			continue
		}
		f, _ := c.fields(e.spot, poolKeys())
		if v, ok := c.required(e.spot, f, "size", "say how many there are, as size: 20"); ok {
			p.Size, _ = c.whole(v, 1, maxCount)
		}
		if v, ok := f["backlog"]; ok && !isWord(v, unlimited) {
			p.Backlog, _ = c.whole(v, 0, maxUsers)
		}
		out.Pools = append(out.Pools, p)
	}
}
