package simulate

// fork starts the branches of a parallel; f waits for them.
func (k *kernel) fork(f int32, p *parallel) {
	j := k.newJoin(f, p.need, len(p.branches))
	jn := k.joins.at(j)
	jn.cancel = p.cancel
	at := k.frames.at(f)
	at.state, at.next = joining, j
	for i, entry := range p.branches {
		b, fr := k.newFrame(branch, at.op, entry)
		fr.parent, fr.source, fr.replica, fr.host, fr.hostGen, fr.batch = j, k.target(p, i), at.replica, at.host, at.hostGen, at.batch
		fr.rank = at.rank
		if k.inside != nil {
			k.inside.accounts.at(b).span = k.inside.accounts.at(f).span
		}
		if k.cancels {
			k.adopt(&jn.first, b)
		}
		k.ready = append(k.ready, b)
	}
}

// joinUp ends a branch. It returns the frame that waited when this decides the
// matter: to go on with when enough branches have ended well, or as it has
// failed with too few left that could. Branches left behind run on, unless
// they are to be cancelled.
func (k *kernel) joinUp(b int32, how outcome) int32 {
	at := k.frames.at(b).parent
	j := k.joins.at(at)
	if k.inside != nil && how == outWell && j.parent != nobody && j.well+1 >= j.need {
		k.inherit(j.parent, b)
	}
	if k.cancels {
		k.disown(&j.first, b)
	}
	k.drop(b)
	j.left--
	if how == outWell {
		j.well++
	}
	waits := j.parent
	enough, hopeless := j.well >= j.need, j.well+j.left < j.need
	if enough || hopeless {
		j.parent = nobody
	}
	if j.cancel && (enough || hopeless) {
		k.cancelJoin(at)
	} else if j.left == 0 {
		k.dropJoin(at)
	}
	switch {
	case waits == nobody:
		return nobody
	case enough:
		return waits
	case hopeless:
		return k.fail(waits, how)
	}
	return nobody
}
