package rules

import (
	"math"

	"github.com/headroom/headroom/scenarios"
)

// Store is a cache that holds some of many keys. The objects in it are in a
// list by key: the first is the next to go.
type Store struct {
	Keys   Popularity
	size   int32 // 0 = all
	policy scenarios.Eviction

	next, prev []int32 // by key; the last place is the head of the list
	in         []bool
	until      []float64       // how long the object may be used (s)
	uses       []int32         // under LFU: how often it was asked for since it came
	last       map[int32]int32 // under LFU: the last object of the list with so many uses
	n          int32
}

// NewStore makes an empty cache with room for size objects, all where that is
// 0; ages says whether objects may get too old.
func NewStore(keys Popularity, size int, policy scenarios.Eviction, ages bool) *Store {
	n := keys.N
	s := &Store{Keys: keys, size: int32(min(size, n)), policy: policy, in: make([]bool, n)}
	if ages {
		s.until = make([]float64, n)
	}
	if size > 0 {
		s.next, s.prev = make([]int32, n+1), make([]int32, n+1)
		s.next[n], s.prev[n] = int32(n), int32(n)
		if policy == scenarios.LFU {
			s.uses, s.last = make([]int32, n), make(map[int32]int32)
		}
	}
	return s
}

// Find asks for a key at the instant now, and puts its object in where it was
// not: it is there as soon as it was asked for (the independent reference
// model). It draws the time that an object lasts (s) where that comes anew.
func (s *Store) Find(key int32, now float64, lasts func() float64) bool {
	if s.in[key] && (s.until == nil || now < s.until[key]) {
		s.touch(key)
		return true
	}
	if s.until != nil {
		s.until[key] = now + lasts()
	}
	s.put(key)
	return false
}

// touch notes that an object was asked for.
func (s *Store) touch(key int32) {
	if s.size == 0 {
		return
	}
	switch s.policy {
	case scenarios.LRU:
		s.unlink(key)
		s.link(key, s.prev[s.Keys.N])
	case scenarios.LFU:
		s.use(key, s.uses[key]+1)
	}
}

// put brings an object in, for which another goes where there is no room.
func (s *Store) put(key int32) {
	if s.in[key] { // and too old: it comes anew
		if s.size > 0 {
			s.unlink(key)
			s.n--
		}
	}
	s.in[key] = true
	if s.size == 0 {
		return
	}
	if s.n == s.size {
		first := s.next[s.Keys.N]
		s.unlink(first)
		s.in[first] = false
		s.n--
	}
	s.n++
	if s.policy == scenarios.LFU {
		s.uses[key] = 0
		s.link(key, int32(s.Keys.N))
		s.last[0] = key
		s.use(key, 1)
		return
	}
	s.link(key, s.prev[s.Keys.N])
}

// use moves an object behind all that were asked for as often or less: of those
// asked for equally often, the one that was so first goes first.
func (s *Store) use(key, uses int32) {
	behind, some := s.last[uses]
	if !some {
		if behind = s.last[uses-1]; behind == key {
			behind = s.prev[key]
		}
	}
	s.unlink(key)
	s.uses[key] = uses
	s.last[uses] = key
	s.link(key, behind)
}

// link puts an object behind another in the list.
func (s *Store) link(key, behind int32) {
	next := s.next[behind]
	s.next[behind], s.prev[key] = key, behind
	s.next[key], s.prev[next] = next, key
}

func (s *Store) unlink(key int32) {
	if s.last != nil {
		s.leaveUses(key)
	}
	s.next[s.prev[key]], s.prev[s.next[key]] = s.next[key], s.prev[key]
}

// leaveUses keeps track of the last object with as many uses as key, which goes.
func (s *Store) leaveUses(key int32) {
	u := s.uses[key]
	if s.last[u] != key {
		return
	}
	if before := s.prev[key]; before != int32(s.Keys.N) && s.uses[before] == u {
		s.last[u] = before
	} else {
		delete(s.last, u)
	}
}

// HitRatio tells how often such a cache hits (1) when it is asked for one key
// after another, without regard to the time that objects last: an upper end
// where they do not last for ever. It asks often enough for three digits, with
// keys drawn from 0 to 1.
func HitRatio(keys Popularity, size int, policy scenarios.Eviction, draw func() float64) float64 {
	if size == 0 {
		return 1
	}
	s := NewStore(keys, size, policy, false)
	for i := 0; i < 20*size+100_000; i++ {
		s.Find(keys.Pick(draw()), 0, nil)
	}
	const asked = 400_000
	hits := 0
	for range asked {
		if s.Find(keys.Pick(draw()), 0, nil) {
			hits++
		}
	}
	return math.Min(float64(hits)/asked, 1)
}
