package simulate

import "math"

// crash ends all that is in progress on a replica, and fails who asked for it.
// What it had asked of others goes on there; its answer finds nobody.
func (k *kernel) crash(r *replica, i int32) {
	k.unlist(r, i)
	if r.standing.hired == draining {
		k.dismiss(r)
	}
	k.loseDemands(r)
	k.countUp(r, -1)
	for f := range k.frames.n {
		fr := k.frame(f)
		if fr.replica != i {
			continue
		}
		switch fr.kind {
		case branch:
			if j := k.joins.at(fr.parent); j.parent == nobody { // left behind
				k.disown(&j.first, f)
				if j.left--; j.left == 0 {
					k.dropJoin(fr.parent)
				}
				k.lose(f, fr)
			}
		case request, called, sent, fed:
			if fr.host == f && fr.hostGen == fr.gen {
				k.loseVisit(f, fr, r, i)
			}
		}
	}
}

// loseDemands empties the cores of a replica; what they have done so far is done.
func (k *kernel) loseDemands(r *replica) {
	s, st := &r.share, r.station
	if n := len(s.marks); n > 0 {
		s.advance(k.now, n, st.cores)
	}
	for _, m := range s.marks {
		st.served += k.frame(m.frame).demand - max(0, m.at-s.attained)
	}
	for _, e := range r.wait.heap {
		st.served += k.frame(e.frame).demand - e.left
		st.queued.add(-1, k.now)
	}
	s.marks, r.wait.heap = s.marks[:0], r.wait.heap[:0]
	s.seq, s.alarm = 0, math.Inf(1)
	for r.busy > 0 {
		if int(r.busy) > st.cores {
			r.busy--
			continue
		}
		k.giveCore(r)
	}
}

// lose ends a frame on a replica that has failed. It reports whether its record
// is free, or gone until what it waits for has come.
func (k *kernel) lose(f int32, fr *frame) {
	if k.forsake(f, fr) {
		fr.kind, fr.replica = gone, nobody
		fr.gen++
		return
	}
	k.drop(f)
}

// forsake takes f out of what it waits for, but for its cores, which are empty.
// It reports whether an event, or its turn, will come to it nevertheless.
func (k *kernel) forsake(f int32, fr *frame) (pending bool) {
	switch fr.state {
	case atWork, waiting, returning, agreeing:
		pending = true
	case locking:
		k.leaveLock(f, fr)
	case pooling:
		k.leavePool(f, fr)
	case calling: // the callee works on for nobody
		k.endAsked(fr.next, outDown)
		v := k.frame(fr.next)
		v.kind, v.parent = sent, nobody
	case joining:
		j := fr.next
		for b := k.joins.at(j).first; b != nobody; {
			at := k.frame(b)
			next := at.sibling
			k.lose(b, at)
			b = next
		}
		k.dropJoin(j)
	case asking:
		k.forget(fr.next)
	}
	if fr.hold != 0 {
		k.letGo(f)
	}
	return pending
}

// forget waits for nothing of an errand any more, whose copies work on.
func (k *kernel) forget(e int32) {
	er := k.errands.at(e)
	for v := er.first; v != nobody; v = k.frame(v).sibling {
		k.endAsked(v, outDown)
		k.frame(v).parent = nobody
	}
	k.unjudged(e)
	k.dropErrand(e)
}

// loseVisit ends a visit on a replica that has failed, and tells who asked.
func (k *kernel) loseVisit(f int32, fr *frame, r *replica, i int32) {
	s := r.station
	if fr.state == inLine {
		k.takeOut(&r.line, f)
		k.goneFrom(s, f)
		fr.replica = nobody
		k.turnAway(f, outDown)
		return
	}
	s.present.add(-1, k.now)
	s.stayed += k.now - fr.born
	k.record(fr, s, outDown)
	k.exit(r, i)
	if s.threads > 0 {
		k.giveThread(r, i)
	}
	if !k.forsake(f, fr) {
		fr.replica = nobody
		k.turnAway(f, outDown)
		return
	}
	// Another record tells who asked for it, since something will come to this one.
	v, heir := k.newFrame(fr.kind, fr.op, turnedAway)
	heir.parent, heir.source, heir.due, heir.born, heir.rank = fr.parent, fr.source, fr.due, fr.born, fr.rank
	heir.letters, heir.batch = fr.letters, fr.batch
	k.passSpans(f, v)
	switch {
	case fr.kind == called:
		k.frame(fr.parent).next = v
	case fr.kind == sent && fr.parent != nobody:
		first := &k.errands.at(fr.parent).first
		k.disown(first, f)
		k.adopt(first, v)
	}
	k.turnAway(v, outDown)
	fr.kind, fr.replica, fr.letters = gone, nobody, nobody
	fr.gen++
}
