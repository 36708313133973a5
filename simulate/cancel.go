package simulate

// state is what a frame waits for. It is that of the last wait while a frame
// runs: only those that do not are ever asked.
type state uint8

const (
	atWork     state = iota // for its turn at this instant
	travelling              // to reach its service
	inLine                  // for a thread
	queueing                // for a core
	onCore                  // for a core to meet its demand, FIFO
	sharing                 // for shared cores to meet its demand
	waiting                 // for time to pass
	locking                 // for a key of a lock
	pooling                 // for one of a pool
	agreeing                // for copies of its data
	calling                 // for the visit next
	returning               // for an answer that is on its way
	joining                 // for the join next
	meeting                 // for the other users
	asking                  // for the errand next
	publishing              // for room on the topic of its step
	answering               // for its answer to reach the caller
)

// cancel takes f out of whatever it waits for, and with it all that it asked
// of others: they leave lines, cores and threads now. What it left behind
// before, and messages that it published, go on. Nobody is told. Whoever
// listed f among siblings forgets it.
func (k *kernel) cancel(f int32) {
	k.endSpans(f, outGivenUp)
	fr := k.frames.at(f)
	here := fr.kind != branch && fr.kind != tasked // at its service, in a thread
	pending := false                               // an event, or its turn, will come to it
	switch fr.state {
	case atWork, waiting, returning, agreeing:
		pending = true
	case travelling, answering:
		pending, here = true, false
	case inLine:
		k.leaveLine(f, fr)
		here = false
	case queueing:
		r := &k.replicas[fr.replica]
		if r.station.ordered {
			k.unwait(r, f)
		} else {
			k.unqueue(&r.queue, f)
		}
		r.station.queued.add(-1, k.now)
	case onCore:
		r := &k.replicas[fr.replica]
		r.station.served += k.now - fr.since
		k.passCore(r)
		pending = true
	case sharing:
		k.shareOut(f, &k.replicas[fr.replica])
	case locking:
		k.leaveLock(f, fr)
	case pooling:
		k.leavePool(f, fr)
	case publishing:
		p := &k.publishers[k.code[fr.pc-1].a]
		k.unqueue(&p.line, f)
		p.blocked.add(-1, k.now)
	case calling:
		k.cancel(fr.next)
	case joining:
		k.cancelJoin(fr.next)
	case asking:
		k.cancelErrand(fr.next)
	}
	if fr.hold != 0 {
		k.letGo(f)
	}
	if here {
		k.leave(f, outGivenUp)
	}
	if !pending {
		k.drop(f)
		return
	}
	fr.kind = gone
	fr.gen++ // branches that it left behind do not find it any more
}

// bury drops f when it was cancelled and the last event of it has come.
func (k *kernel) bury(f int32) bool {
	if k.frames.at(f).kind != gone {
		return false
	}
	k.drop(f)
	return true
}

// stale reports whether an event is about a frame that was cancelled.
func (k *kernel) stale(e event, f int32) bool {
	switch e.what &^ indexMask {
	case evResume, evReturn, evRefused, evCore, evReach:
		return k.bury(f)
	}
	return false
}

// leaveLine takes visit v out of the line for a thread.
func (k *kernel) leaveLine(v int32, fr *frame) {
	s := &k.stations[k.operations[fr.op].service]
	l := &s.central
	if fr.replica != nobody {
		l = &k.replicas[fr.replica].line
		k.exit(&k.replicas[fr.replica], fr.replica)
	}
	k.takeOut(l, v)
	s.present.add(-1, k.now)
	s.lined.add(-1, k.now)
	s.stayed += k.now - fr.born
	k.record(fr, s, outGivenUp)
}

// leaveLock takes f out of the line for a key, which may let others have it.
func (k *kernel) leaveLock(f int32, fr *frame) {
	at := fr.blocked
	t := &k.tables[at.table-1]
	k.unqueue(&t.states[at.key].line, f)
	k.calm(f)
	t.waiting.add(-1, k.now)
	k.passKey(at.table-1, at.key)
}

// leavePool takes f out of the line for one of a pool.
func (k *kernel) leavePool(f int32, fr *frame) {
	h := k.dropHold(f)
	p := &k.connpools[h.pool]
	fr.timer = 0
	k.unqueue(&p.line, f)
	k.poolUses[p.spec.number].waiting.add(-1, k.now)
}

// cancelJoin takes back the branches that a join waits for.
func (k *kernel) cancelJoin(j int32) {
	k.cancelBranches(j)
	k.dropJoin(j)
}

func (k *kernel) cancelBranches(j int32) {
	for b := k.joins.at(j).first; b != nobody; {
		next := k.frames.at(b).sibling
		k.cancel(b)
		b = next
	}
}

// unqueue takes f out of a line.
func (p *pools) unqueue(l *line, f int32) {
	if l.head == f {
		p.dequeue(l)
		return
	}
	fr := p.frames.at(f)
	p.frames.at(fr.prev).next = fr.next
	if l.tail == f {
		l.tail = fr.prev
	} else {
		p.frames.at(fr.next).prev = fr.prev
	}
	l.n--
}

// shareOut takes the demand of f off shared cores, who are faster for it.
func (k *kernel) shareOut(f int32, r *replica) {
	s := &r.share
	n := len(s.marks)
	cores := r.station.cores
	s.advance(k.now, n, cores)
	i := 0
	for s.marks[i].frame != f {
		i++
	}
	r.station.served += k.frames.at(f).demand - (s.marks[i].at - s.attained)
	s.remove(i)
	if n-1 < cores {
		k.giveCore(r)
	} else {
		r.busy--
	}
	if r.station.ordered {
		k.nextOrdered(r)
	}
	if len(s.marks) == 0 {
		s.seq = 0 // no event is about these cores
		return
	}
	k.setAlarm(r)
}
