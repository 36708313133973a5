package simulate

// optimistic reports whether a hold only remembers what its key was like.
func (h *hold) optimistic() bool { return h.pool == nobody && !h.shared && !h.has && h.seen != 0 }

// remember notes the versions of the keys of an optimistic step. Versions count
// from 1, so that a hold with one is told from one that waits.
func (k *kernel) remember(f int32, step *lockStep) {
	t := &k.tables[step.table]
	for _, key := range k.choose(f, step) {
		k.addHold(f, hold{table: step.table, key: key, pool: nobody, seen: t.versions[key] + 1})
	}
}

// validate ends an optimistic step: when none of its keys has changed since it
// looked, it changes them all (backward validation, Härder 1984).
func (k *kernel) validate(f int32, step *lockStep) bool {
	t := &k.tables[step.table]
	k.keys = k.keys[:0]
	same := true
	for range step.count {
		h := k.dropHold(f)
		same = same && t.versions[h.key]+1 == h.seen
		k.keys = append(k.keys, h.key)
	}
	t.asked++
	if !same {
		t.blocked++
		return false
	}
	for _, key := range k.keys {
		t.versions[key]++
	}
	return true
}

// conclude ends a round of an optimistic step: it is over, or to be tried again,
// or has been tried too often.
func (k *kernel) conclude(f int32, step *lockStep) (again, failed bool) {
	fr := k.frames.at(f)
	l := fr.loop
	round := k.loops.at(l)
	if k.validate(f, step) {
		fr.loop = round.outer
		k.dropLoop(l)
		return false, false
	}
	round.left++
	if step.tries > 0 && round.left >= int64(step.tries) {
		return false, true
	}
	round.last = k.after(&step.wait, round.left, round.last)
	return true, false
}

// pauseOr lets f go on after the wait that its innermost loop asks for.
func (k *kernel) pauseOr(f int32) int32 {
	if t := k.loops.at(k.frames.at(f).loop).last; t > 0 {
		fr := k.frames.at(f)
		fr.state = waiting
		if k.inside != nil { // it is no step that waits
			k.inside.add(f, k.column(fr.op), inLockLine, t)
		}
		k.schedule(t, evResume, f)
		return nobody
	}
	return f
}
