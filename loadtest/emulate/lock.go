package emulate

import (
	"context"
	"slices"

	"github.com/headroom/headroom/internal/rules"
	"github.com/headroom/headroom/scenarios"
)

// lockTable is a set of keys that requests to a service lock, over all its
// replicas.
type lockTable struct {
	name     string
	keys     rules.Popularity
	states   map[int32]*keyState
	versions map[int32]uint32 // of keys that were changed
	meter    holdMeter
}

// keyState is a key that is, or was a moment ago, locked or waited for.
type keyState struct {
	holders []*hold
	line    []*hold
	writer  bool
	freed   float64 // when the last holder gave it back (s)
	written float64 // when the last exclusive one did (s)
}

func newLockTable(l *scenarios.LockTable) *lockTable {
	return &lockTable{name: l.Name, keys: rules.Zipf(l.Keys, l.Skew), states: map[int32]*keyState{}, versions: map[int32]uint32{}}
}

// lock runs steps with keys of a lock held.
func (f *frame) lock(ctx context.Context, step scenarios.Lock, draws *stream, now float64) (float64, fault) {
	t := f.visit.service.locks[step.Lock]
	if step.Mode == scenarios.Optimistic {
		return f.optimistic(ctx, t, step, draws, now)
	}
	had := len(f.holds)
	var why fault
	keys := t.choose(f, max(1, step.Count), draws)
	if keys == nil {
		return now, deadlock // it has all that is there itself
	}
	for _, key := range keys {
		if now, why = f.take(ctx, t, key, step.Mode == scenarios.SharedLock, now); why != none {
			break
		}
	}
	if why == none {
		now, why = f.run(ctx, step.Steps, now)
	}
	f.unhold(had, now)
	return now, why
}

// choose picks keys, different from each other and from those of the same table
// that the frame has, in ascending order: those who take several at once never
// wait for each other. It returns nil where there are too few.
func (t *lockTable) choose(f *frame, count int, draws *stream) []int32 {
	if len(f.holds)+count > t.keys.N && t.had(f)+count > t.keys.N {
		return nil // there are not so many
	}
	var keys []int32
	had := func(key int32) bool {
		return slices.ContainsFunc(f.holds, func(h *hold) bool { return h.from == t && h.key == key })
	}
	for len(keys) < count {
		if key := t.keys.Pick(draws.share()); !slices.Contains(keys, key) && !had(key) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// take takes one key, or waits for it, unless that would be for ever.
func (f *frame) take(ctx context.Context, t *lockTable, key int32, shared bool, now float64) (float64, fault) {
	sys := f.visit.service.system
	h := &hold{frame: f, from: t, key: key, shared: shared, asked: now, granted: make(chan float64, 1)}
	sys.holding.Lock()
	s := t.state(key)
	blocked := len(s.line) > 0 || !s.free(shared)
	t.meter.ask(now, blocked)
	if !blocked {
		// It may have been given back a moment after it was asked for, by one
		// whose messages were faster.
		now = max(now, s.since(shared))
		s.hand(h)
		h.has = true
		t.meter.held.add(now, 1)
		sys.holding.Unlock()
		f.holds = append(f.holds, h)
		return now, none
	}
	if circle(f, s, map[*keyState]bool{}) {
		t.meter.fail(now)
		sys.holding.Unlock()
		return now, deadlock
	}
	s.line = standIn(s.line, h)
	t.meter.waiting.add(now, 1)
	for a := f; a != nil; a = a.upper() {
		a.stuck = s
	}
	sys.holding.Unlock()
	now, why := f.wait(ctx, h, nil, now)
	if why == none {
		f.holds = append(f.holds, h)
	}
	return now, why
}

// had is how many keys of the table a frame has.
func (t *lockTable) had(f *frame) int {
	n := 0
	for _, h := range f.holds {
		if h.from == t {
			n++
		}
	}
	return n
}

func (t *lockTable) state(key int32) *keyState {
	s := t.states[key]
	if s == nil {
		s = &keyState{}
		t.states[key] = s
	}
	return s
}

// free reports whether one more can hold a key.
func (s *keyState) free(shared bool) bool {
	return !s.writer && (shared || len(s.holders) == 0)
}

// since is since when a key that is free is so (s).
func (s *keyState) since(shared bool) float64 {
	if shared {
		return s.written
	}
	return s.freed
}

// hand lets a hold have its key.
func (s *keyState) hand(h *hold) {
	s.holders = append(s.holders, h)
	s.writer = !h.shared
}

func (t *lockTable) back(h *hold, at float64) {
	t.meter.held.add(at, -1)
	s := t.state(h.key)
	s.holders = without(s.holders, h)
	s.freed = max(s.freed, at)
	if !h.shared {
		s.writer = false
		s.written = max(s.written, at)
		t.versions[h.key]++
	}
	t.pass(h.key, s, at)
}

func (t *lockTable) quit(h *hold, at float64) {
	s := t.state(h.key)
	s.line = without(s.line, h)
	t.meter.waiting.add(max(at, h.asked), -1)
	t.meter.fail(h.asked)
	h.frame.calm(s)
	t.pass(h.key, s, at)
}

// pass gives a key to those first in line for it that can have it.
func (t *lockTable) pass(key int32, s *keyState, at float64) {
	for len(s.line) > 0 && s.free(s.line[0].shared) {
		h := s.line[0]
		s.line = s.line[1:]
		h.frame.calm(s)
		s.hand(h)
		t.meter.grant(h, max(at, s.since(h.shared)))
	}
	const many = 1 << 12
	if len(t.states) > many && len(s.line)+len(s.holders) == 0 {
		delete(t.states, key)
	}
}

// calm takes the note back that f, and those who wait for it, wait for a key.
func (f *frame) calm(s *keyState) {
	for a := f; a != nil && a.stuck == s; a = a.upper() {
		a.stuck = nil
	}
}

// circle reports whether f would wait for itself if it waited for a key: whether
// one that has the key, or one that it waits for in turn, is f or waits for f to
// end (a circle in the waits-for graph, Coffman, Elphick and Shoshani 1971). Of a
// request that waits in several branches only the last wait is followed. The
// lock on what is held is held.
func circle(f *frame, s *keyState, seen map[*keyState]bool) bool {
	if seen[s] {
		return false
	}
	seen[s] = true
	for _, h := range s.holders {
		for a := f; a != nil; a = a.upper() {
			if a == h.frame {
				return true
			}
		}
		if at := h.frame.stuck; at != nil && circle(f, at, seen) {
			return true
		}
	}
	return false
}
