package simulate

import "slices"

// lockTable is a set of keys that requests lock.
type lockTable struct {
	name     string
	service  int32
	keys     popularity
	versions bool // some step is optimistic: it matters who changed what
}

// lockStep is a step that locks keys of a table.
type lockStep struct {
	table  int32
	count  int // different keys at once
	shared bool
	draw   int32 // picks keys
	tries  int32 // of an optimistic one; 0 = no bound
	wait   backoff
}

// table is a lock at work.
type table struct {
	*lockTable
	states   []keyState      // of keys that are locked or waited for
	at       map[int32]int32 // where a key's state is
	unused   []int32
	versions map[int32]uint32 // of keys that were changed

	held    gauge   // keys (1)
	waiting gauge   // frames in line (1)
	asked   int64   // keys asked for, optimistic ones when they are checked
	blocked int64   // of these, not free at once, or changed meanwhile
	waits   float64 // Σ time in line of those that got what they waited for (s)
	aborted int64   // requests that would have waited for themselves
}

// keyState is a key that is locked.
type keyState struct {
	key     int32
	readers int32 // that share it
	writer  bool
	first   int32 // hold of one holder, plus 1
	wanted  int32 // holds that are to have it and do not yet
	line    line
	mark    uint32 // of the search for a circle
}

func (k *kernel) setUpLocks() {
	k.tables = make([]table, len(k.program.locks))
	for i := range k.tables {
		k.tables[i] = table{lockTable: &k.program.locks[i], at: map[int32]int32{}, versions: map[int32]uint32{}}
	}
}

// state finds the state of a key, or makes one.
func (t *table) state(key int32) int32 {
	if i, ok := t.at[key]; ok {
		return i
	}
	var i int32
	if n := len(t.unused); n > 0 {
		i = t.unused[n-1]
		t.unused = t.unused[:n-1]
	} else {
		t.states = append(t.states, keyState{})
		i = int32(len(t.states) - 1)
	}
	t.states[i] = keyState{key: key, line: newLine()}
	t.at[key] = i
	return i
}

// forget gives back the state of a key that nobody has or wants.
func (t *table) forget(i int32) {
	s := &t.states[i]
	if s.first == 0 && s.wanted == 0 {
		delete(t.at, s.key)
		t.unused = append(t.unused, i)
	}
}

// choose picks the keys that a step locks, different from each other and from
// those of the same table that the frame has, in ascending order: those who
// take several at once never wait for each other.
func (k *kernel) choose(f int32, step *lockStep) []int32 {
	t := &k.tables[step.table]
	k.keys = k.keys[:0]
	had := k.had(f, step.table)
	for len(k.keys) < step.count {
		key := t.keys.Pick(k.samples[step.draw].draw())
		if !slices.Contains(k.keys, key) && !(had > 0 && k.hasKey(f, step.table, key)) {
			k.keys = append(k.keys, key)
		}
	}
	slices.Sort(k.keys)
	return k.keys
}

// had is how many keys of a table a frame has.
func (k *kernel) had(f, table int32) int {
	n := 0
	for h := k.frames.at(f).hold; h != 0; h = k.holds.at(h).outer {
		if k.holds.at(h).table == table {
			n++
		}
	}
	return n
}

func (k *kernel) hasKey(f, table, key int32) bool {
	for i := k.frames.at(f).hold; i != 0; {
		h := k.holds.at(i)
		if h.table == table {
			if h.optimistic() && h.key == key || !h.optimistic() && k.tables[table].states[h.key].key == key {
				return true
			}
		}
		i = h.outer
	}
	return false
}

// want notes the keys that a step is to lock.
func (k *kernel) want(f int32, step *lockStep) {
	for _, key := range k.choose(f, step) {
		i := k.tables[step.table].state(key)
		k.tables[step.table].states[i].wanted++
		k.addHold(f, hold{table: step.table, key: i, pool: nobody, shared: step.shared})
	}
}

// lock takes the keys of a step that frame f does not have yet. It reports
// whether it has all of them now; where it does not, it waits in line for one,
// unless that would be for ever (lost).
func (k *kernel) lock(f int32, step *lockStep) (got, lost bool) {
	t := &k.tables[step.table]
	for {
		h := k.missing(f, step)
		if h == 0 {
			return true, false
		}
		rec := k.holds.at(h)
		s := &t.states[rec.key]
		t.asked++
		if s.line.n == 0 && s.free(rec.shared) {
			t.grant(k, h)
			continue
		}
		t.blocked++
		k.stamp++
		if k.circle(f, step.table, rec.key) {
			t.aborted++
			return false, true
		}
		fr := k.frames.at(f)
		fr.since, fr.state = k.now, locking
		k.enqueue(&s.line, f)
		t.waiting.add(1, k.now)
		k.waitsBelow(f, step.table, rec.key)
		return false, false
	}
}

// missing is the first of the keys of a step, in order, that f has not got.
func (k *kernel) missing(f int32, step *lockStep) int32 {
	out := int32(0)
	i := k.frames.at(f).hold
	for range step.count {
		h := k.holds.at(i)
		if !h.has {
			out = i
		}
		i = h.outer
	}
	return out
}

// free reports whether one more can hold a key.
func (s *keyState) free(shared bool) bool {
	return !s.writer && (shared || s.readers == 0)
}

// grant lets a hold have its key.
func (t *table) grant(k *kernel, i int32) {
	h := k.holds.at(i)
	s := &t.states[h.key]
	h.has = true
	s.wanted--
	t.held.add(1, k.now)
	h.beside, s.first = s.first, i
	if h.shared {
		s.readers++
	} else {
		s.writer = true
	}
}

// unlock gives a key back, and on to those that wait for it. The record is one
// that was popped.
func (k *kernel) unlock(h *hold) {
	t := &k.tables[h.table]
	s := &t.states[h.key]
	t.held.add(-1, k.now)
	if h.shared {
		s.readers--
	} else {
		s.writer = false
		if t.lockTable.versions {
			t.versions[s.key]++
		}
	}
	k.unlink(s, h)
	k.passKey(h.table, h.key)
}

// passKey gives a key to those first in line for it that can have it.
func (k *kernel) passKey(table, key int32) {
	t := &k.tables[table]
	s := &t.states[key]
	for s.line.n > 0 {
		next := s.line.head
		i := k.wanted(next, table, key)
		if !s.free(k.holds.at(i).shared) {
			return
		}
		k.dequeue(&s.line)
		k.calm(next)
		fr := k.frames.at(next)
		if k.inside != nil {
			k.account(next)
		}
		fr.state = atWork
		t.waits += k.now - fr.since
		t.waiting.add(-1, k.now)
		t.grant(k, i)
		k.ready = append(k.ready, next)
	}
	t.forget(key)
}

// unlink takes a hold off the list of those who have a key.
func (k *kernel) unlink(s *keyState, gone *hold) {
	for at := &s.first; *at != 0; at = &k.holds.at(*at).beside {
		if h := k.holds.at(*at); h.frame == gone.frame && h.table == gone.table && h.key == gone.key && h.has {
			h.has = false
			*at = h.beside
			return
		}
	}
}

// wanted is the hold by which a frame waits for a key.
func (k *kernel) wanted(f, table, key int32) int32 {
	for i := k.frames.at(f).hold; i != 0; i = k.holds.at(i).outer {
		if h := k.holds.at(i); h.table == table && h.key == key && !h.has {
			return i
		}
	}
	return 0
}

// place is a key of a table, plus 1; 0 is none.
type place struct{ table, key int32 }

// waitsBelow notes on f and on all that wait for f that they wait for a key.
func (k *kernel) waitsBelow(f, table, key int32) {
	for a := f; a != nobody; a = k.above(a) {
		k.frames.at(a).blocked = place{table + 1, key}
	}
}

// calm takes the note back.
func (k *kernel) calm(f int32) {
	was := k.frames.at(f).blocked
	for a := f; a != nobody && k.frames.at(a).blocked == was; a = k.above(a) {
		k.frames.at(a).blocked = place{}
	}
}

// circle reports whether f would wait for itself if it waited for a key: whether
// one that has the key, or one that it waits for in turn, is f or waits for f to
// end (a circle in the waits-for graph, Coffman, Elphick and Shoshani 1971). Of a
// request that waits in several branches only the last wait is followed.
func (k *kernel) circle(f, table, key int32) bool {
	s := &k.tables[table].states[key]
	if s.mark == k.stamp {
		return false
	}
	s.mark = k.stamp
	for i := s.first; i != 0; i = k.holds.at(i).beside {
		holder := k.holds.at(i).frame
		for a := f; a != nobody; a = k.above(a) {
			if a == holder {
				return true
			}
		}
		if at := k.frames.at(holder).blocked; at.table != 0 && k.circle(f, at.table-1, at.key) {
			return true
		}
	}
	return false
}
