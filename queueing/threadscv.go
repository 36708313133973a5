package queueing

import "math"

// threadDemand is what the requests of one replica ask of its threads.
type threadDemand struct {
	from      comers  // who comes for them
	cpu       float64 // mean demand on the cores (s)
	elsewhere float64 // the rest of the time in a thread, cores and their line left out (s)
	cpuSCV    float64 // of the demand on the cores
	heldSCV   float64 // of the time in a thread
}

// scv is that of what keeps a thread from the next in line when all threads are
// held: the demands on the cores as far as these are busy then, and the times in
// threads as far as they are not. With a core for every thread nobody waits for
// one.
func (d threadDemand) scv(full float64, cores, threads int) float64 {
	if threads <= cores {
		return d.heldSCV
	}
	busy := math.Min(1, full*d.cpu/float64(cores))
	return busy*d.cpuSCV + (1-busy)*d.heldSCV
}

// variability is the SCV of what one request asks of the cores of a service,
// and that of how long it holds a thread, over all who ask.
func (x *solver) variability(id int) (cpu, held float64) {
	var work, time mixMoment
	add := func(rate float64, w, whole, wait moment) {
		work.add(rate, w)
		time.add(rate, moment{math.Max(0, whole.mean-wait.mean), math.Max(0, whole.variance-wait.variance)})
	}
	cores := &folder{
		x: x, service: -1, batch: 1, count: true,
		calls: x.noCalls(),
		cores: momentOf,
	}
	for v := range x.viewers {
		for _, op := range x.m.Services[id].Operations {
			if r := x.rates.calls[v][op]; r > 0 {
				add(r, cores.steps(x.m.Operations[op].Steps), x.response[v][op], x.threadWait(id, v))
			}
		}
	}
	for t := range x.m.Topics {
		op := x.m.Topics[t].Consumer
		if int(x.p.ops[op].service) != id {
			continue
		}
		cores.batch = x.batch[t]
		add(x.rates.batches[t], cores.steps(x.m.Operations[op].Steps), x.fedMoments(t, x.batch[t]), x.threadWait(id, viewBatch))
	}
	return scvOf(work.moment()), scvOf(time.moment())
}

// noCalls are calls that take no time.
func (x *solver) noCalls() []moment {
	if x.nothing == nil {
		x.nothing = make([]moment, len(x.p.ops))
	}
	return x.nothing
}

// scvOf is the squared coefficient of variation of a time.
func scvOf(m moment) float64 {
	if m.mean == 0 {
		return 0
	}
	return m.variance / (m.mean * m.mean)
}
