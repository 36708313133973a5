package simulate

// phase is what a request spends time on at a service.
type phase int32

const (
	inThreadLine phase = iota
	forCore
	served
	inWait
	onNetwork
	inLockLine
	inPoolLine
	forRoom
	forCopies
	atBarrier
	inRetry
	phases
)

// ledger keeps account of what every frame spent its time on, so that a response
// time can be taken apart. A frame's account is a chain of entries from when it
// was made up to the instant told by its mark. When what a frame waits for ends,
// and lets it go on, the chain of that is put behind its own: what remains is
// the critical path through calls and parallels, and its entries add
// up to the response time. Chains of what nobody waited for in the end are
// forgotten. Nothing is allocated but for more entries in use at a time than ever.
type ledger struct {
	accounts records[account] // by frame
	entries  records[entered]
	unused   int32 // first entry to use again
	handed   chain // of a request of a route, on its way to the next operation
	columns  int32 // services, and one for sessions
	sums     []float64
	aside    []float64 // sums of rounds that a length was planned by
	tracer   *tracer   // nil where no request is traced
}

// account is that of a frame.
type account struct {
	begun float64 // when it was made (s)
	mark  float64 // up to when its time is in the chain (s)
	chain chain

	// Spans of a trace, plus 1; 0 is none.
	span    int32 // that the frame runs in
	asked   int32 // of who asked for it, which is its own
	serving int32 // of the service, which is its own
}

// chain is a list of entries.
type chain struct{ head, tail int32 }

// entered is time spent on one thing.
type entered struct {
	time float64 // (s)
	key  int32   // column × phases + phase
	next int32
}

var noChain = chain{nobody, nobody}

// keepLedger lets a kernel keep account from now on, before anything happens.
func (k *kernel) keepLedger() {
	l := &ledger{unused: nobody, handed: noChain, columns: int32(len(k.program.services) + 1)}
	l.sums = make([]float64, len(k.program.workloads)*int(l.columns)*int(phases))
	k.inside = l
}

// newFrame is that of pools, with an account where one is kept.
func (k *kernel) newFrame(of kind, op, pc int32) (int32, *frame) {
	f, fr := k.pools.newFrame(of, op, pc)
	if k.inside != nil {
		k.inside.open(f, k.now)
	}
	return f, fr
}

// drop gives a frame back, and its account.
func (k *kernel) drop(f int32) {
	if k.inside != nil {
		k.endSpans(f, outGivenUp)
		k.inside.empty(&k.inside.accounts.at(f).chain)
	}
	k.pools.drop(f)
}

// open begins the account of frame f.
func (l *ledger) open(f int32, now float64) {
	for l.accounts.n <= f {
		l.accounts.grow()
	}
	*l.accounts.at(f) = account{begun: now, mark: now, chain: noChain}
}

// empty forgets a chain.
func (l *ledger) empty(c *chain) {
	if c.head != nobody {
		l.entries.at(c.tail).next = l.unused
		l.unused = c.head
		*c = noChain
	}
}

// add puts time (s) at the end of the account of f, and moves its mark as far.
func (l *ledger) add(f, column int32, what phase, time float64) {
	a := l.accounts.at(f)
	a.mark += time
	if !(time > 0) {
		return
	}
	key := column*int32(phases) + int32(what)
	if a.chain.tail != nobody {
		if last := l.entries.at(a.chain.tail); last.key == key {
			last.time += time
			return
		}
	}
	i := l.unused
	if i == nobody {
		i = l.entries.grow()
	} else {
		l.unused = l.entries.at(i).next
	}
	*l.entries.at(i) = entered{time: time, key: key, next: nobody}
	l.link(&a.chain, chain{i, i})
}

// link puts one chain behind another.
func (l *ledger) link(c *chain, behind chain) {
	switch {
	case behind.head == nobody:
	case c.head == nobody:
		*c = behind
	default:
		l.entries.at(c.tail).next = behind.head
		c.tail = behind.tail
	}
}

// column is where the time of a frame at an operation goes.
func (k *kernel) column(op int32) int32 {
	if op == nobody {
		return k.inside.columns - 1
	}
	return k.operations[op].service
}

// account accounts for the time since the mark of f, by what f has been waiting
// for. It does nothing where no time has passed, so that it may be called
// whenever f goes on, whatever f was doing.
func (k *kernel) account(f int32) {
	l := k.inside
	a := l.accounts.at(f)
	t := k.now - a.mark
	if !(t > 0) {
		return
	}
	fr := k.frames.at(f)
	if l.tracer != nil {
		l.tracer.account(a, fr, t, k.now)
	}
	at := k.column(fr.op)
	for _, x := range spentOn(fr, t, k.now) {
		l.add(f, at, x.on, x.time)
	}
	a.mark = k.now // and not a rounding away from it
}

// spent is time on a phase.
type spent struct {
	on   phase
	time float64 // (s)
}

// spentOn is what a frame has spent time on that has waited for so long, now.
func spentOn(fr *frame, time, now float64) [2]spent {
	on := phases
	switch fr.state {
	case queueing, onCore, sharing:
		// Whatever the order of service, what is not demand is waiting.
		own := min(time, fr.demand)
		if time-own <= 1e-15*now { // no waiting, but what the clock rounds
			own = time
		}
		return [2]spent{{forCore, time - own}, {served, own}}
	case inLine:
		on = inThreadLine
	case waiting:
		on = inWait
	case travelling, answering:
		on = onNetwork
	case locking:
		on = inLockLine
	case pooling:
		on = inPoolLine
	case publishing:
		on = forRoom
	case agreeing:
		on = forCopies
	case meeting:
		on = atBarrier
	case atWork, calling, returning, joining, asking:
		time = 0 // accounted for with what was waited for
	}
	return [2]spent{{on, time}, {forCore, 0}}
}

// inherit puts the account of a frame that has ended, and was waited for since
// it was made, behind that of the one that waited.
func (k *kernel) inherit(f, from int32) {
	k.account(from)
	l := k.inside
	a, b := l.accounts.at(f), l.accounts.at(from)
	l.link(&a.chain, b.chain)
	b.chain = noChain
	a.mark = k.now
}

// inheritCall is inherit for a call whose answer takes time t to come.
func (k *kernel) inheritCall(f, from int32, t float64) {
	at := k.column(k.frames.at(from).op)
	k.inherit(f, from)
	if l := k.inside; l.tracer != nil {
		l.tracer.answerComes(l.accounts.at(from), t)
	}
	k.inside.add(f, at, onNetwork, t)
}

// inheritCopy is inherit for a copy of an errand, with what came before it was
// sent: attempts that were given up, backoffs, and the wait of a hedge.
func (k *kernel) inheritCopy(f, from int32) {
	l := k.inside
	before := l.accounts.at(from).begun - l.accounts.at(f).mark
	l.add(f, k.column(k.frames.at(from).op), inRetry, before)
	k.inherit(f, from)
}

// settleAccount counts the account of a request of a workload that has ended.
func (k *kernel) settleAccount(f, workload int32, due float64, how outcome) {
	l := k.inside
	k.endAsked(f, how)
	if how != outWell || !k.counts(due) {
		return
	}
	sums := l.sums[workload*l.columns*int32(phases):]
	for i := l.accounts.at(f).chain.head; i != nobody; {
		e := l.entries.at(i)
		sums[e.key] += e.time
		i = e.next
	}
}

// handOn keeps the account of a request of a route for its next operation.
func (l *ledger) handOn(f int32) {
	a := l.accounts.at(f)
	l.handed, a.chain = a.chain, noChain
	if l.tracer != nil {
		l.tracer.handed, a.asked = a.asked, 0
	}
}

// takeOver lets frame f have the account that was handed on.
func (l *ledger) takeOver(f int32) {
	l.accounts.at(f).chain, l.handed = l.handed, noChain
}
