package simulate

import (
	"github.com/headroom/headroom/internal/rules"
	"github.com/headroom/headroom/internal/variate"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// tableKey names a lock or a pool of a service by its number there.
type tableKey struct{ service, number int }

// tables makes room for the locks and pools of all services.
func (c *compiler) tables() {
	c.lockAt, c.poolOfService = map[tableKey]int32{}, map[tableKey]int32{}
	pools := int32(0)
	for i := range c.model.Services {
		s := &c.model.Services[i]
		for j, t := range s.Locks {
			c.lockAt[tableKey{i, j}] = int32(len(c.locks))
			c.locks = append(c.locks, lockTable{name: t.Name, service: int32(i), keys: c.zipf(t.Keys, t.Skew, "services."+s.Name+" lock "+t.Name)})
		}
		for j, p := range s.Pools {
			c.poolOfService[tableKey{i, j}] = int32(len(c.pools))
			c.pools = append(c.pools, poolSpec{
				name: p.Name, service: int32(i), size: int32(p.Size), backlog: int32(p.Backlog),
				first: pools, number: int32(len(c.pools)),
			})
			pools += int32(c.services[i].replicas)
		}
	}
}

// zipf is the popularity of keys, as long as there is room for them.
func (c *compiler) zipf(n int, skew float64, where string) popularity {
	if n < 1 || !(skew >= 0) || n > mostKeys && skew > 0 {
		c.fail("%s: %d keys of skew %v; want at least one, at most %d where they differ, and a skew of 0 or more", where, n, skew, mostKeys)
		return popularity{N: 1}
	}
	return rules.Zipf(n, skew)
}

func (c *compiler) poolOf(id scenarios.PoolID) int32 {
	return c.poolOfService[tableKey{c.serving, int(id)}]
}

// lock compiles a lock and the steps within it.
func (c *compiler) lock(s scenarios.Lock, heads map[string]int32) {
	table := c.lockAt[tableKey{c.serving, int(s.Lock)}]
	count := max(s.Count, 1)
	if count > c.locks[table].keys.N {
		c.fail("%s: %d different keys of %d", s.Path(), count, c.locks[table].keys.N)
	}
	step := lockStep{
		table: table, count: count, shared: s.Mode == scenarios.SharedLock,
		draw: c.share(s.Path()), wait: backoff{draw: nobody},
	}
	at := int32(len(c.lockSteps))
	if s.Mode != scenarios.Optimistic {
		c.lockSteps = append(c.lockSteps, step)
		c.emit(opWant, at, 0)
		c.emit(opLock, at, 0)
		c.steps(s.Steps, true, heads)
		c.emit(opUnlock, at, 0)
		return
	}
	c.locks[table].versions = true
	if r := s.Retry; r != nil {
		step.tries = int32(min(r.Attempts, 1<<30))
		step.wait = c.backoff(r, s.Path())
	}
	c.lockSteps = append(c.lockSteps, step)
	c.emit(opTry, 0, 0)
	again := c.emit(opRemember, at, 0)
	c.steps(s.Steps, true, heads)
	c.emit(opValidate, at, again)
}

// backoff compiles the wait before another try.
func (c *compiler) backoff(r *scenarios.Retry, path string) backoff {
	if r.Backoff.IsZero() {
		return backoff{draw: nobody}
	}
	return backoff{
		draw: c.draw(path+"/backoff", r.Backoff, false), jitter: c.share(path + "/jitter"),
		Backoff: rules.Backoff{Jitter: r.Jitter, Factor: r.Factor, Most: r.Most},
	}
}

// share makes room for a number from 0 to 1 that a step draws.
func (c *compiler) share(path string) int32 { return c.draw(path, dist.Dist{}, true) }

// find compiles a cache of keys.
func (c *compiler) find(s scenarios.Cache, atService bool, heads map[string]int32) {
	st := s.Store
	spec := storeSpec{
		service: int32(c.serving),
		keys:    c.zipf(st.Keys, st.Skew, s.Path()), size: min(st.Size, st.Keys), policy: st.Policy,
		draw: c.share(s.Path()), ttl: nobody,
	}
	if !st.TTL.IsZero() {
		spec.ttl = c.draw(s.Path()+"/ttl", st.TTL, false)
	}
	if st.Keys > mostKeys {
		c.fail("%s: a cache that knows %d keys; at most %d can be simulated", s.Path(), st.Keys, mostKeys)
		return
	}
	find := c.emit(opFind, int32(len(c.stores)), 0)
	c.stores = append(c.stores, spec)
	c.hits[s.Path()] = rules.HitRatio(spec.keys, spec.size, spec.policy, variate.Stream(0, 0, s.Path()).Float64)
	c.steps(s.Then, atService, heads)
	jump := c.emit(opJump, 0, 0)
	c.code[find].b = c.here()
	c.steps(s.Else, atService, heads)
	c.code[jump].b = c.here()
}
