package queueing

import "math"

// mostThreads is how many threads [threadNet] is made for. With more of them the
// replica is as good as its limit for very many: see [threadWork.many].
const mostThreads = 20_000

// manySpeeds is at how many numbers in threads the speed of a replica of many is
// found; between them it is a straight line.
const manySpeeds = 128

// many is [threadWork.line] for very many threads. A closed network of a delay
// and a station of c servers with that many requests n in it is one whose station
// is met by a Poisson stream of the rate x that keeps n in it,
//
//	x·(elsewhere + r(x)) = n
//
// with r the response time of M/M/c: what law each of the other requests has no
// longer matters, only their mean number. The rest is the birth–death chain of
// the number at the replica, and the number at the cores that of product form.
//
//   - Accuracy: tested against [threadWork.line] at 2000 threads: what is
//     rejected, waits and numbers to 2 %, with cores busy for 95 % of their
//     time to a quarter. It is not meant for less than that.
//   - Source: [ChHW75] for the chain; to take the limit of its speeds is ours.
func (w *threadWork) many(d threadDemand, cores, threads, backlog int) threadLine {
	t := threadLine{}
	if d.from.at(0) == 0 || d.cpu+d.elsewhere == 0 {
		return t
	}
	speed := speedsOfMany(d.cpu, d.elsewhere, cores, threads)
	full := speed(threads)
	from, open := d.from, d.from.unbounded()
	t.load = open / full * float64(threads)
	if backlog < 0 && open >= full*(1-1e-12) {
		t.over = true
		from = from.slowed(nearlyFull * full / open)
	}
	room := threads + mostBacklog
	if backlog >= 0 {
		room = threads + min(backlog, mostBacklog)
	}
	p := birthDeathAround(room, func(n int) float64 { return from.at(n-1) / speed(n) })
	rate := from.rate()
	line := erlangMix{rate: full}
	came, lost := 0.0, 0.0 // of those who come
	for i, q := range p.p {
		n := p.first + i
		q *= from.at(n)
		came += q
		t.held += p.p[i] * float64(min(n, threads))
		switch {
		case n == room && backlog >= 0:
			lost += q
			t.pWait += q
		case n >= threads:
			t.pWait += q
			for len(line.weights) <= n-threads {
				line.weights = append(line.weights, 0)
			}
			line.weights[n-threads] += q
		default:
			line.atom += q
		}
	}
	t.loss, t.pWait = lost/came, t.pWait/came
	line.atom = math.Min(1, line.atom/(came-lost))
	for i := range line.weights {
		line.weights[i] /= came - lost
	}
	t.cut = p.at(room) > 1e-12 && (backlog < 0 || backlog > mostBacklog)
	t.mean, t.vari = line.Mean(), line.Variance()
	t.wait = line.coarser(mostPlaces)
	t.inLine = rate * (1 - t.loss) * t.mean
	if t.pWait < feltThreads && !from.crowded() {
		return threadLine{held: t.held}
	}
	t.limits, t.scv = true, d.scv(full, cores, threads)
	if from.free() {
		t.stretch(from.rate(), full, backlog)
	}
	t.manyAtCores(d, cores)
	return t
}

// speedsOfMany is what a replica completes with n in threads (1/s), n ≤ threads.
func speedsOfMany(cpu, elsewhere float64, cores, threads int) func(n int) float64 {
	if cpu == 0 {
		return func(n int) float64 { return float64(min(n, threads)) / elsewhere }
	}
	present := func(a float64) float64 { // in threads, where the cores are offered a
		return a/cpu*elsewhere + a + ErlangC(cores, a)*a/(float64(cores)-a)
	}
	table := make([]float64, manySpeeds+1)
	for k := 1; k < len(table); k++ {
		n := float64(threads) * float64(k) / manySpeeds
		lo, hi := 0.0, float64(cores)
		for range 100 {
			mid := (lo + hi) / 2
			if mid <= lo || mid >= hi {
				break
			}
			if present(mid) < n {
				lo = mid
			} else {
				hi = mid
			}
		}
		table[k] = lo / cpu
	}
	return func(n int) float64 {
		at := float64(min(n, threads)) / float64(threads) * manySpeeds
		k := min(int(at), manySpeeds-1)
		return table[k] + (at-float64(k))*(table[k+1]-table[k])
	}
}

// manyAtCores finds the number at the cores with as many in threads as there are
// on average: j with a probability in proportion to f(j)·z(n−j).
func (t *threadLine) manyAtCores(d threadDemand, cores int) {
	n := max(1, int(math.Round(t.held)))
	at := func(n int) []float64 {
		if d.elsewhere == 0 {
			return atLast(n)
		}
		w := birthDeathAround(n, func(j int) float64 {
			return d.cpu / float64(min(j, cores)) * float64(n-j+1) / d.elsewhere
		})
		if w.first+len(w.p) > maxPSStates {
			return atLast(maxPSStates)
		}
		return append(make([]float64, w.first, w.first+len(w.p)), w.p...)
	}
	if d.cpu == 0 {
		t.total, t.seen = []float64{1}, []float64{1}
		return
	}
	t.total, t.seen = at(n), trim(at(n-1))
	t.cut = t.cut || len(t.total) >= maxPSStates
}

// atLast is the distribution of what is always n, or the most states that are
// looked at.
func atLast(n int) []float64 {
	out := make([]float64, min(n+1, maxPSStates))
	out[len(out)-1] = 1
	return out
}
