package simulate

import (
	"math"

	"github.com/headroom/headroom/measure"
)

// serviceData adds the figures of the locks, pools, caches and data of service i.
func (s *study) serviceData(out *measure.Service, i int, w []totals) {
	for j := range s.locks {
		if l := &s.locks[j]; int(l.service) == i {
			if out.Locks == nil {
				out.Locks = make(map[string]*measure.Hold)
			}
			out.Locks[l.name] = s.hold(s.lockCol(j), w)
		}
	}
	for j := range s.pools {
		if p := &s.pools[j]; int(p.service) == i {
			if out.Pools == nil {
				out.Pools = make(map[string]*measure.Hold)
			}
			out.Pools[p.name] = s.hold(s.poolCol(j), w)
		}
	}
	var hits ratio
	for j := range s.stores {
		if int(s.stores[j].service) != i {
			continue
		}
		one := over(w, s.storeCol(j)+caHits, s.storeCol(j)+caAsked)
		if hits == nil {
			hits = one
			continue
		}
		for r := range hits {
			hits[r].num += one[r].num
			hits[r].den += one[r].den
		}
	}
	if hits != nil {
		out.CacheHits = hits.share()
	}
	if r := s.services[i].replicated; r != nil {
		c := s.dataCol(r.number)
		out.Stale = over(w, c+daStale, c+daReads).share()
		out.Behind = rate(over(w, c+daBehind, c+daReads))
	}
}

func (s *study) hold(c int, w []totals) *measure.Hold {
	out := &measure.Hold{
		Asked: rate(over(w, c+loAsked, atTime)),
		PWait: over(w, c+loBlocked, c+loAsked).share(), Failed: over(w, c+loAborted, c+loAsked).share(),
	}
	if s.limited() {
		out.Held = rate(over(w, c+loHeld, atTime))
		out.Waiting = rate(over(w, c+loWaiting, atTime))
		out.WaitingTime = over(w, c+loWaits, c+loAsked).figure(0, math.Inf(1))
	}
	return out
}
