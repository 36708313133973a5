package simulate

import "github.com/headroom/headroom/internal/rules"

// errand is a call whose caller does not just wait for the answer: it may try
// several times, and have several copies of one attempt out at once ([DeBa13],
// hedged requests).
type errand struct {
	parent int32      // frame of the caller
	step   int32      // of the program's asks
	first  int32      // copies that may still answer, linked as siblings
	out    int32      // copies of this attempt that were sent and not heard of
	copies int32      // of this attempt that were sent
	tries  int32      // attempts begun
	next   int32      // free record
	pass   rules.Pass // of the circuit breaker
	// The events that may act; others of this record are stale. 0 is none.
	timeout, wake uint32
	resting       bool    // between two attempts: to wake is to try again, and else to send a copy
	wait          float64 // last backoff (s)
}

func (k *kernel) newErrand(f, step int32) int32 {
	e := k.freeErrand
	if e == nobody {
		e = k.errands.grow()
	} else {
		k.freeErrand = k.errands.at(e).next
	}
	*k.errands.at(e) = errand{parent: f, step: step, first: nobody}
	return e
}

// dropErrand gives the record back, and returns who waited for it.
func (k *kernel) dropErrand(e int32) int32 {
	er := k.errands.at(e)
	f := er.parent
	*er = errand{parent: nobody, first: nobody, next: k.freeErrand}
	k.freeErrand = e
	return f
}

// sendOut lets f ask as step i of the program's asks says, and wait.
func (k *kernel) sendOut(f, i int32) int32 {
	e := k.newErrand(f, i)
	fr := k.frames.at(f)
	fr.state, fr.next = asking, e
	k.calls[i].first++
	if s := &k.asks[i]; s.budget > 0 {
		k.cellOf(e).purse.Save(s.budget)
	}
	return k.attempt(e)
}

// attempt begins one: with all its copies where these are sent at once.
func (k *kernel) attempt(e int32) int32 {
	er := k.errands.at(e)
	s := &k.asks[er.step]
	er.tries++
	er.resting = false
	if s.breaker != nil && !k.admits(e) {
		return k.attemptFailed(e, outOpen)
	}
	k.calls[er.step].attempts++
	if s.timeout > 0 {
		er.timeout = k.push(k.now+s.timeout, evErrand|uint32(e))
	}
	n := int32(1)
	if s.copies > 1 && s.after == 0 {
		n = s.copies
	}
	er.copies, er.out = n, n
	k.planCopy(e)
	for i := range n - 1 {
		// One that fails at once cannot end the attempt, as others are out.
		if v := k.send(e, i == 0); v != nobody {
			k.ready = append(k.ready, v)
		}
	}
	return k.send(e, n == 1)
}

// planCopy schedules the next copy, if there is one to come.
func (k *kernel) planCopy(e int32) {
	er := k.errands.at(e)
	er.wake = 0
	if s := &k.asks[er.step]; er.copies < s.copies {
		er.wake = k.push(k.now+s.after, evErrand|uint32(e))
	}
}

// send sends a copy on its way. The first of an attempt goes where its caller
// was told to ask, if it was.
func (k *kernel) send(e int32, first bool) int32 {
	er := k.errands.at(e)
	s := &k.asks[er.step]
	caller := k.frames.at(er.parent)
	v, fr := k.newFrame(sent, s.op, k.operations[s.op].entry)
	fr.parent, fr.rank = e, caller.rank
	if first && caller.kind == branch {
		fr.replica = caller.source
	}
	k.adopt(&er.first, v)
	k.calls[er.step].copies++
	t := k.crossing(er.parent)
	if k.inside != nil {
		k.traceCall(er.parent, v, er.tries, !first)
	}
	if k.loses(er.parent, s.op) {
		if s.timeout > 0 { // nothing is heard of it
			k.endAsked(v, outLost)
			k.disown(&er.first, v)
			k.drop(v)
			return nobody
		}
		return k.tell(v, outLost, t)
	}
	if t > 0 {
		fr.state = travelling
		k.schedule(t, evReach, v)
		return nobody
	}
	return k.arrive(v, fr)
}

// reply sends the answer of v, which has ended, on its way to whoever waits.
func (k *kernel) reply(v int32, how outcome) int32 {
	fr := k.frames.at(v)
	e := fr.parent
	fr.host = nobody
	op := fr.op
	if e == nobody { // given up long ago
		k.drop(v)
		return nobody
	}
	er := k.errands.at(e)
	t := k.crossing(er.parent)
	if k.loses(er.parent, op) {
		how = outLost
		if k.asks[er.step].timeout > 0 {
			k.endAsked(v, outLost)
			k.disown(&er.first, v)
			k.drop(v)
			return nobody
		}
	}
	return k.tell(v, how, t)
}

// reached brings v to its service, or its answer to its caller.
func (k *kernel) reached(v int32) int32 {
	fr := k.frames.at(v)
	if fr.state == answering {
		return k.heard(v)
	}
	return k.arrive(v, fr)
}

// tell lets the caller of v hear of its end, after time t.
func (k *kernel) tell(v int32, how outcome, t float64) int32 {
	fr := k.frames.at(v)
	fr.fate, fr.state = how, answering
	if t > 0 {
		k.schedule(t, evReach, v)
		return nobody
	}
	return k.heard(v)
}

// heard takes the answer of v. The first good one is taken for that of the
// call; a bad one fails the attempt when no other copy is out.
func (k *kernel) heard(v int32) int32 {
	fr := k.frames.at(v)
	e, how := fr.parent, fr.fate
	if e == nobody { // given up while the answer was on its way
		k.drop(v)
		return nobody
	}
	er := k.errands.at(e)
	if k.inside != nil {
		k.account(v)
		if how == outWell {
			k.inheritCopy(er.parent, v)
		}
		k.endAsked(v, how)
	}
	k.disown(&er.first, v)
	k.drop(v)
	if how == outWell {
		k.giveUp(e, outGivenUp)
		k.observe(e, true)
		return k.dropErrand(e)
	}
	if er.out--; er.out > 0 {
		return nobody
	}
	return k.attemptFailed(e, how)
}

// attemptFailed waits for another attempt, or fails the caller when there is
// none to come.
func (k *kernel) attemptFailed(e int32, how outcome) int32 {
	er := k.errands.at(e)
	s := &k.asks[er.step]
	er.timeout, er.wake = 0, 0
	if how != outOpen {
		k.observe(e, false)
	}
	if er.tries < s.attempts && (s.budget == 0 || k.cellOf(e).purse.Spend()) {
		er.resting = true
		// By the calendar and not by a call, however short the wait: attempts
		// that fail at once would call themselves as often as there are any.
		er.wait = k.after(&s.wait, int64(er.tries), er.wait)
		er.wake = k.push(k.now+er.wait, evErrand|uint32(e))
		return nobody
	}
	return k.fail(k.dropErrand(e), how)
}

// errandDue lets the event of the given number happen to an errand, unless it is stale.
func (k *kernel) errandDue(e int32, seq uint32) int32 {
	er := k.errands.at(e)
	switch {
	case seq == er.timeout:
		k.giveUp(e, outTimeout)
		return k.attemptFailed(e, outTimeout)
	case seq != er.wake:
		return nobody
	case er.resting:
		return k.attempt(e)
	}
	er.copies++
	er.out++
	k.planCopy(e)
	return k.send(e, false)
}

// giveUp waits for no copy of an errand any more: they are cancelled, or work
// on for nobody.
func (k *kernel) giveUp(e int32, why outcome) {
	er := k.errands.at(e)
	cancel := k.asks[er.step].cancel
	for v := er.first; v != nobody; {
		fr := k.frames.at(v)
		next := fr.sibling
		k.endAsked(v, why)
		if cancel {
			k.cancel(v)
		} else {
			fr.parent = nobody
		}
		v = next
	}
	er.first, er.out = nobody, 0
}

// cancelErrand takes back all that an errand has out, as its caller is gone.
func (k *kernel) cancelErrand(e int32) {
	er := k.errands.at(e)
	for v := er.first; v != nobody; {
		next := k.frames.at(v).sibling
		k.cancel(v)
		v = next
	}
	k.unjudged(e)
	k.dropErrand(e)
}

// adopt puts f first in a list of siblings.
func (k *kernel) adopt(first *int32, f int32) {
	fr := k.frames.at(f)
	fr.sibling, fr.elder = *first, nobody
	if *first != nobody {
		k.frames.at(*first).elder = f
	}
	*first = f
}

// disown takes f out of a list of siblings.
func (k *kernel) disown(first *int32, f int32) {
	fr := k.frames.at(f)
	if *first == f {
		*first = fr.sibling
	} else {
		k.frames.at(fr.elder).sibling = fr.sibling
	}
	if fr.sibling != nobody {
		k.frames.at(fr.sibling).elder = fr.elder
	}
}
