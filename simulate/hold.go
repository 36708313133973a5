package simulate

// hold is a key of a lock, or one of a pool, that a frame has, waits for, or,
// under an optimistic lock, has looked at.
type hold struct {
	frame  int32
	table  int32 // of the lock, or nobody
	key    int32 // index among the key states of the table; of an optimistic one, the key
	pool   int32 // among those of all replicas, or nobody
	seen   uint32
	shared bool
	has    bool
	outer  int32 // the one that the frame took before, plus 1; the next free record, plus 1
	beside int32 // another holder of the same key, plus 1
}

// holds are the records of holds of one simulation; an index of 0 is none.
type holds struct {
	list []hold
	free int32
}

// addHold records that frame f is to have something more.
func (k *kernel) addHold(f int32, h hold) int32 {
	i := k.holds.free
	if i == 0 {
		k.holds.list = append(k.holds.list, hold{})
		i = int32(len(k.holds.list))
	} else {
		k.holds.free = k.holds.list[i-1].outer
	}
	h.frame, h.outer = f, k.frames.at(f).hold
	k.holds.list[i-1] = h
	k.frames.at(f).hold = i
	return i
}

// at is a record by its index, which is not 0.
func (h *holds) at(i int32) *hold { return &h.list[i-1] }

// dropHold gives the last record of a frame back.
func (k *kernel) dropHold(f int32) hold {
	fr := k.frames.at(f)
	i := fr.hold
	h := k.holds.list[i-1]
	fr.hold = h.outer
	k.holds.list[i-1].outer = k.holds.free
	k.holds.free = i
	return h
}

// letGo gives back whatever a frame that ends still holds.
func (k *kernel) letGo(f int32) {
	for k.frames.at(f).hold != 0 {
		k.unhold(f)
	}
}

// unhold gives back what frame f took last.
func (k *kernel) unhold(f int32) {
	h := k.dropHold(f)
	switch {
	case h.pool != nobody:
		k.giveBack(h.pool)
	case h.has:
		k.unlock(&h)
	case !h.optimistic():
		k.tables[h.table].states[h.key].wanted--
		k.tables[h.table].forget(h.key)
	}
}

// above is the frame that waits for f to end, or nobody: its caller, or the
// visit whose branch it is.
func (k *kernel) above(f int32) int32 {
	fr := k.frames.at(f)
	switch fr.kind {
	case called:
		return fr.parent
	case sent:
		if fr.parent != nobody {
			return k.errands.at(fr.parent).parent
		}
	case branch:
		return k.joins.at(fr.parent).parent
	}
	return nobody
}
