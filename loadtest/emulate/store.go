package emulate

import (
	"sync"

	"github.com/headroom/headroom/internal/rules"
	"github.com/headroom/headroom/scenarios"
)

// store is a cache of keys at work: one for all replicas of a service.
type store struct {
	service scenarios.ServiceID
	spec    *scenarios.Store
	keys    rules.Popularity
	lasts   *stream // "<path>/ttl"

	mu          sync.Mutex
	kept        *rules.Store
	span        span
	asked, hits int64
}

// newStores makes the caches of a model, by the path of their step.
func newStores(seed uint64, m *scenarios.Model) map[string]*store {
	stores := map[string]*store{}
	for i := range m.Operations {
		scenarios.WalkSteps(m.Operations[i].Steps, func(s scenarios.Step) {
			c, ok := s.(scenarios.Cache)
			if !ok || c.Store == nil {
				return
			}
			keys := rules.Zipf(c.Store.Keys, c.Store.Skew)
			stores[c.Path()] = &store{
				service: m.Operations[i].Service, spec: c.Store, keys: keys, lasts: newStream(seed, c.Path()+"/ttl"),
				kept: rules.NewStore(keys, c.Store.Size, c.Store.Policy, !c.Store.TTL.IsZero()),
			}
		})
	}
	return stores
}

// finds draws whether a cache has what is asked of it at the instant now.
func (s *System) finds(step scenarios.Cache, draws *stream, now float64) bool {
	if step.Store == nil {
		return draws.share() < step.Hit
	}
	c := s.stores[step.Path()]
	key := c.keys.Pick(draws.share())
	c.mu.Lock()
	defer c.mu.Unlock()
	hit := c.kept.Find(key, now, func() float64 { return c.lasts.sample(c.spec.TTL) })
	if c.span.has(now) {
		c.asked++
		if hit {
			c.hits++
		}
	}
	return hit
}

func (c *store) begin(at float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.span, c.asked, c.hits = openSpan(at), 0, 0
}

func (c *store) stop(at float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.span.to = at
}
