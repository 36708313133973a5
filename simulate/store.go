package simulate

import (
	"github.com/headroom/headroom/internal/rules"
	"github.com/headroom/headroom/scenarios"
)

// storeSpec is a cache that holds some of many keys.
type storeSpec struct {
	service int32
	keys    popularity
	size    int // 0 = all
	policy  scenarios.Eviction
	draw    int32 // picks keys
	ttl     int32 // draws how long an object lasts; nobody = for ever
}

// store is a cache at work.
type store struct {
	*storeSpec
	kept *rules.Store

	asked, hits int64
}

func (k *kernel) setUpStores() {
	k.stores = make([]store, len(k.program.stores))
	for i := range k.stores {
		spec := &k.program.stores[i]
		k.stores[i] = store{storeSpec: spec, kept: rules.NewStore(spec.keys, spec.size, spec.policy, spec.ttl != nobody)}
	}
}

// find asks a cache for a key.
func (k *kernel) find(i int32) bool {
	s := &k.stores[i]
	key := s.keys.Pick(k.samples[s.draw].draw())
	s.asked++
	hit := s.kept.Find(key, k.now, func() float64 { return k.samples[s.ttl].draw() })
	if hit {
		s.hits++
	}
	return hit
}
