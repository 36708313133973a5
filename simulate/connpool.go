package simulate

// connpool is one pool of one replica.
type connpool struct {
	spec *poolSpec
	used int32
	line line
}

// poolSpec is a pool of a service.
type poolSpec struct {
	name    string
	service int32
	size    int32
	backlog int32 // scenarios.Unlimited = no bound
	first   int32 // its pool at the first replica, among those of all
	number  int32
}

// poolUse is what a pool has been doing, over all replicas.
type poolUse struct {
	used    gauge
	waiting gauge
	asked   int64
	blocked int64
	refused int64
	waits   float64 // Σ time in line of those that got one (s)
}

// acquireStep takes one of a pool.
type acquireStep struct {
	pool    int32
	timeout float64 // (s); 0 = none
}

func (k *kernel) setUpPools() {
	k.poolUses = make([]poolUse, len(k.program.pools))
	for i := range k.program.pools {
		spec := &k.program.pools[i]
		for range k.program.services[spec.service].replicas {
			k.connpools = append(k.connpools, connpool{spec: spec, line: newLine()})
		}
	}
}

// poolAt is the pool of a kind at the replica that f is at.
func (k *kernel) poolAt(f, pool int32) int32 {
	spec := &k.program.pools[pool]
	return spec.first + k.frames.at(f).replica - k.program.services[spec.service].first
}

// acquire takes one of a pool for f. It reports whether it has one now; where it
// has not, it waits in line, unless the line is full (lost).
func (k *kernel) acquire(f int32, step *acquireStep) (got, lost bool) {
	i := k.poolAt(f, step.pool)
	p := &k.connpools[i]
	u := &k.poolUses[step.pool]
	u.asked++
	if p.used < p.spec.size {
		p.used++
		u.used.add(1, k.now)
		k.addHold(f, hold{table: nobody, pool: i, has: true})
		return true, false
	}
	u.blocked++
	if p.spec.backlog >= 0 && p.line.n >= p.spec.backlog {
		u.refused++
		return false, true
	}
	k.addHold(f, hold{table: nobody, pool: i})
	fr := k.frames.at(f)
	fr.since, fr.state = k.now, pooling
	k.enqueue(&p.line, f)
	u.waiting.add(1, k.now)
	if step.timeout > 0 {
		fr.timer = k.schedule(step.timeout, evPoolTimeout, f)
	}
	return false, false
}

// giveBack gives one of a pool back, and on to the first that waits.
func (k *kernel) giveBack(i int32) {
	p := &k.connpools[i]
	u := &k.poolUses[p.spec.number]
	if p.line.n == 0 {
		p.used--
		u.used.add(-1, k.now)
		return
	}
	f := k.dequeue(&p.line)
	fr := k.frames.at(f)
	k.holds.at(fr.hold).has = true
	if k.inside != nil {
		k.account(f)
	}
	fr.timer, fr.state = 0, atWork
	u.waits += k.now - fr.since
	u.waiting.add(-1, k.now)
	k.ready = append(k.ready, f)
}

// release gives back the last that f took of a pool, if any.
func (k *kernel) release(f, pool int32) {
	i := k.poolAt(f, pool)
	above := int32(0)
	for at := k.frames.at(f).hold; at != 0; at = k.holds.at(at).outer {
		h := k.holds.at(at)
		if h.pool != i {
			above = at
			continue
		}
		if above == 0 {
			k.unhold(f)
			return
		}
		k.holds.at(above).outer = h.outer
		h.outer = k.holds.free
		k.holds.free = at
		k.giveBack(i)
		return
	}
}

// poolTimeout fails a frame that has waited for one of a pool too long.
func (k *kernel) poolTimeout(f int32, seq uint32) int32 {
	fr := k.frames.at(f)
	if fr.timer != seq || fr.hold == 0 || k.holds.at(fr.hold).has {
		return nobody
	}
	fr.timer = 0
	h := k.dropHold(f)
	p := &k.connpools[h.pool]
	u := &k.poolUses[p.spec.number]
	k.unqueue(&p.line, f)
	u.waiting.add(-1, k.now)
	u.refused++
	return k.fail(f, outTimeout)
}
