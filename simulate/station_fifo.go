package simulate

// queueUp gives f a core, or a place in the line for one: cores serve demands
// in the order in which they were asked for.
func (k *kernel) queueUp(f int32, fr *frame, r *replica) bool {
	if int(r.busy) >= r.station.cores {
		fr.since, fr.state = k.now, queueing
		r.station.queued.add(1, k.now)
		k.enqueue(&r.queue, f)
		return false
	}
	if fr.demand <= 0 {
		return true
	}
	k.takeCore(r)
	fr.since, fr.state = k.now, onCore
	k.schedule(fr.demand, evCore, f)
	return false
}

// coreDone gives the core of f, whose demand is met, to the next in line, and
// lets f go on.
func (k *kernel) coreDone(f int32) int32 {
	fr := k.frames.at(f)
	r := &k.replicas[fr.replica]
	r.station.served += fr.demand
	k.passCore(r)
	return f
}

// passCore gives a core to the next in line.
func (k *kernel) passCore(r *replica) {
	if r.queue.n == 0 {
		k.giveCore(r)
		return
	}
	next := k.dequeue(&r.queue)
	nx := k.frames.at(next)
	r.station.queued.add(-1, k.now)
	k.addWait(nx)
	nx.since, nx.state = k.now, onCore
	k.schedule(nx.demand, evCore, next)
}
