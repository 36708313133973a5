package simulate

// call lets f ask an operation and wait.
func (k *kernel) call(f, op int32) int32 {
	v, fr := k.newFrame(called, op, k.operations[op].entry)
	at := k.frames.at(f)
	at.state, at.next = calling, v
	fr.parent, fr.rank = f, at.rank
	if at.kind == branch {
		fr.replica = at.source
	}
	if k.inside != nil {
		k.traceCall(f, v, 0, false)
	}
	t := k.crossing(f)
	if k.loses(f, op) {
		k.endAsked(v, outLost)
		k.drop(v)
		return k.hear(f, outLost, t)
	}
	if t > 0 {
		fr.state = travelling
		k.schedule(t, evReach, v)
		return nobody
	}
	return k.arrive(v, fr)
}

// crossing draws the time that a message from or to f needs. Nothing lies
// between a client and the system.
func (k *kernel) crossing(f int32) float64 {
	if !k.remote || k.frames.at(f).op == nobody {
		return 0
	}
	return k.latency.draw()
}

// arrive brings visit v to its service: it gets a thread, or a place in a line
// for one, or is turned away. A batch comes with its replica; other visits are
// balanced. It returns the frame to go on with.
func (k *kernel) arrive(v int32, fr *frame) int32 {
	op := fr.op
	s := &k.stations[k.operations[op].service]
	if k.inside != nil {
		k.account(v)
		k.traceVisit(v, op)
	}
	fr.state = atWork
	fr.born, fr.host, fr.hostGen = k.now, v, fr.gen
	k.tally.operations[op].arrivals++
	s.arrivals++
	i := fr.replica
	if s.rules {
		var how outcome
		if i, how = k.admit(fr, s, op); how != outWell {
			return k.answer(v, how)
		}
	} else if i == nobody {
		i = k.apart(fr, s, k.route(s, op))
	}
	if i != nobody {
		if r := &k.replicas[i]; r.hasThread() {
			if int(r.busy) >= s.cores {
				s.found++
			}
			fr.replica = i
			s.present.add(1, k.now)
			k.enter(r, i)
			k.takeThread(r, i)
			return v
		}
	}
	s.found++
	return k.standInLine(v, fr, s, i)
}

// standInLine puts visit v in the line for a thread of replica i, or of any
// when that is nobody, unless the line is full.
func (k *kernel) standInLine(v int32, fr *frame, s *station, i int32) int32 {
	l := &s.central
	if i != nobody {
		l = &k.replicas[i].line
	}
	if how := k.full(s, l); how != outWell {
		k.refuse(fr, s)
		return k.answer(v, how)
	}
	if i != nobody {
		k.enter(&k.replicas[i], i)
	}
	fr.replica, fr.since, fr.state = i, k.now, inLine
	s.present.add(1, k.now)
	s.lined.add(1, k.now)
	k.standIn(l, v)
	if !s.guard.Patience.IsZero() {
		k.settle(v, fr, s)
	}
	return nobody
}

// inLine is how many stand in the line that a bound on l is about: that of the
// whole service where it has one.
func (s *station) inLine(l *line) int {
	if s.isShared() {
		return int(s.lined.n)
	}
	return int(l.n)
}

// leave takes visit v off its service and hands its thread on.
func (k *kernel) leave(v int32, how outcome) {
	fr := k.frames.at(v)
	i := fr.replica
	r := &k.replicas[i]
	s := r.station
	s.present.add(-1, k.now)
	s.stayed += k.now - fr.born
	k.record(fr, s, how)
	k.exit(r, i)
	if s.threads == 0 {
		return
	}
	if s.rules {
		k.giveThread(r, i)
		k.fill(s, r, i)
		return
	}
	l := k.nextLine(s, r)
	if l == nil {
		k.giveThread(r, i)
		return
	}
	next := k.dequeue(l)
	nx := k.frames.at(next)
	if nx.replica == nobody {
		nx.replica = i
		k.enter(r, i)
	}
	if k.inside != nil {
		k.account(next)
	}
	nx.state = atWork
	nx.waited += k.now - nx.since
	s.lined.add(-1, k.now)
	k.ready = append(k.ready, next)
}

// nextLine is the line whose first gets the thread that r has free: that of
// the replica or that of the service, whoever came first; nil when nobody waits.
func (k *kernel) nextLine(s *station, r *replica) *line {
	own, all := &r.line, &s.central
	switch {
	case own.n == 0 && all.n == 0:
		return nil
	case own.n == 0:
		return all
	case all.n == 0 || k.frames.at(own.head).since < k.frames.at(all.head).since:
		return own
	}
	return all
}

// answer tells who asked for visit v how it ended, and gives its frame back.
func (k *kernel) answer(v int32, how outcome) int32 {
	if k.inside != nil {
		k.account(v)
		k.endServing(v, how)
	}
	fr := k.frames.at(v)
	switch fr.kind {
	case called:
		return k.giveAnswer(v, fr.parent, how)
	case sent:
		return k.reply(v, how)
	case fed:
		k.consumed(v, fr, how)
		return nobody
	}
	source, due, op := fr.source, fr.due, fr.op
	if how == outWell && k.program.workloads[source].hops != nil {
		if next := k.hop(source, op); next != nobody {
			if k.inside != nil {
				k.inside.handOn(v)
			}
			k.drop(v)
			return k.visit(source, next, due)
		}
	}
	if k.inside != nil {
		k.settleAccount(v, source, due, how)
	}
	k.drop(v)
	k.answered(source, due, how)
	return nobody
}

// giveAnswer lets the caller of v hear of its end.
func (k *kernel) giveAnswer(v, caller int32, how outcome) int32 {
	op := k.frames.at(v).op
	t := k.crossing(caller)
	if k.inside != nil {
		k.inheritCall(caller, v, t)
	}
	if k.loses(caller, op) {
		how = outLost
	}
	k.endAsked(v, how)
	k.drop(v)
	return k.hear(caller, how, t)
}

// hear lets a caller hear of the end of what it asked for, after time t.
func (k *kernel) hear(caller int32, how outcome, t float64) int32 {
	if t > 0 {
		kind := uint32(evReturn)
		if how != outWell {
			kind = evRefused
		}
		at := k.frames.at(caller)
		at.state, at.fate = returning, how
		k.schedule(t, kind, caller)
		return nobody
	}
	if how == outWell {
		return caller
	}
	return k.fail(caller, how)
}
