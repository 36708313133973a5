package queueing

import (
	"math"
)

// threadLine is what the limits of a replica's threads and of its backlog do.
//
// A replica with n requests in threads is a small closed network: its cores,
// and a delay for what its requests do elsewhere. It completes X(n) requests a
// second, so that the number of requests at the replica is a birth–death chain
// with that death rate: the flow-equivalent server of Norton's theorem. For one
// exponential CPU step and nothing else it is M/M/c/K, or M/M/c//N where
// requests come from N users.
//
// Behind the threads there is a line in order of arrival, which feels how
// variable the time in a thread is. Where it has no end, the wait is stretched by
// (1 + c²)/2, as in M/G/1 and as limited processor sharing has it.
//
//   - Accuracy: exact for requests that only use the cores, with exponential
//     demands; the wait is exact for one thread, within about 10 % for several
//     (tested for c² from 0 to 4); with calls as good as the assumption that what
//     they take does not depend on how many are made.
//   - Source: [ChHW75]; the stretch is that of [AvHa88] for limited sharing.
type threadLine struct {
	limits bool    // whether the limits are ever felt
	wait   Time    // for a thread, of those let in; nil without a wait
	mean   float64 // of it (s)
	vari   float64 // (s²)
	pWait  float64 // probability that an arrival finds no thread free
	loss   float64 // probability that it is turned away
	inLine float64 // mean number waiting for a thread
	held   float64 // mean number of threads held
	scv    float64 // of what keeps a thread from the next in line

	stretched bool // whether wait is as variable as that
	seen      []float64
	total     []float64 // distribution of the number at the cores
	pure      bool      // the replica is M/M/c/K
	present   []float64
	load      float64 // offered load in threads; capacity is how many there are
	over      bool    // more than the threads can do
	cut       bool    // more are in line than are looked at
}

// feltThreads is the probability of finding no thread below which the limit
// is taken as never felt.
const feltThreads = 1e-9

// nearlyFull is the part of what it can do that a replica which is offered more
// is taken to be offered while nothing has settled.
const nearlyFull = 0.99

// threadWork is memory that serves one line after the other.
type threadWork struct {
	numbers []float64
	used    int
	net     threadNet
}

// row takes so many numbers of it, all zero.
func (w *threadWork) row(n int) []float64 {
	if len(w.numbers)-w.used < n {
		w.numbers, w.used = make([]float64, 4*n), 0
	}
	out := w.numbers[w.used : w.used+n : w.used+n]
	w.used += n
	clear(out)
	return out
}

// line works out what the thread limit of a replica does.
func (w *threadWork) line(d threadDemand, cores, threads, backlog int) threadLine {
	w.used = 0
	from, cpu, elsewhere := d.from, d.cpu, d.elsewhere
	t := threadLine{pure: elsewhere <= 1e-12*cpu && from.bounded() == 0}
	if from.at(0) == 0 || cpu+elsewhere == 0 {
		return t
	}
	net := &w.net
	net.of(cpu, elsewhere, cores, threads)
	full := net.speed[threads]
	open := from.unbounded()
	t.load = open / full * float64(threads)
	if backlog < 0 && open >= full*(1-1e-12) {
		// what is called will know that it is never asked by more than the
		// threads, and may then answer soon enough
		t.over = true
		from = from.slowed(nearlyFull * full / open)
		open = nearlyFull * full
	}
	room := threads + min(backlog, mostBacklog)
	endless := backlog < 0 && from.bounded() == 0
	switch {
	case endless:
		room = threads // those in line are added below
	case backlog < 0:
		room = threads + int(math.Ceil(math.Min(from.bounded(), mostBacklog)))
		if open > 0 { // the line is cut where its geometric tail is negligible
			room += int(math.Min(200_000, math.Log(psTail)/math.Log(open/full)))
		}
	}
	come := w.row(room + 1) // by the number present (1/s)
	for n := range come {
		come[n] = from.at(n)
	}
	p := birthDeath(room, func(n int) float64 { return come[n-1] / net.speed[min(n, threads)] })
	rate := full
	if endless {
		p[threads] /= 1 - open/full
		normalise(p)
		rate -= open
	}
	seen := w.row(len(p)) // by those who come
	for n := range p {
		seen[n] = p[n] * come[n]
	}
	normalise(seen)
	if backlog >= 0 {
		t.loss = seen[room]
	}
	t.cut = seen[room] > 1e-12 && (backlog > mostBacklog || backlog < 0 && from.bounded() > mostBacklog)
	t.describe(p, seen, threads, room, rate)
	t.inLine = from.rate() * (1 - t.loss) * t.mean
	if t.pWait < feltThreads && !from.crowded() {
		return threadLine{held: t.held}
	}
	t.limits, t.scv = true, d.scv(full, cores, threads)
	if from.free() {
		t.stretch(from.rate(), full, backlog)
	}
	inThreads := w.row(threads + 1)
	for n, q := range p {
		inThreads[min(n, threads)] += q
	}
	t.total, t.seen = net.atCores(inThreads)
	return t
}

// describe reads the line off the distributions of the number at the replica,
// at any time and as those who come see it; each before a request there takes
// an exponential time of the given rate, one of them standing for all of an
// endless line.
func (t *threadLine) describe(p, seen []float64, threads, room int, rate float64) {
	m := erlangMix{rate: rate, weights: make([]float64, 0, max(0, len(seen)-threads))}
	in := 1 - t.loss
	for n, q := range p {
		t.held += q * float64(min(n, threads))
	}
	for n, q := range seen {
		switch {
		case n < threads:
			m.atom += q / in
		case n < room || t.loss == 0:
			m.weights = append(m.weights, q/in)
			t.pWait += q
		default:
			t.pWait += q
		}
	}
	m.atom = math.Min(1, m.atom)
	t.present = p
	m.weights = trimmed(m.weights)
	t.mean, t.vari = m.Mean(), m.Variance()
	t.wait = m.coarser(mostPlaces)
}

// What bounds the line for a thread: requests in it, and exponential times that a
// wait is put together from.
const (
	mostBacklog = 1_000_000
	mostPlaces  = 20_000
)

// trimmed are weights without those at the end that make no difference.
func trimmed(weights []float64) []float64 {
	n := len(weights)
	for n > 0 && weights[n-1] < 1e-30 {
		n--
	}
	return weights[:n]
}

// near goes only a part of the way from what was known before.
func (t *threadLine) near(before *threadLine, part float64) {
	t.mean = before.mean + part*(t.mean-before.mean)
	t.vari = before.vari + part*(t.vari-before.vari)
	t.pWait = before.pWait + part*(t.pWait-before.pWait)
}

// stretch makes the wait for a thread as variable as what it waits for, where the
// line ends so rarely that it may be taken as endless; full is what the replica
// completes with all threads held (1/s). Any other keeps its exponential form,
// with a caveat.
func (t *threadLine) stretch(lambda, full float64, backlog int) {
	by := (1 + t.scv) / 2
	m, ok := t.wait.(erlangMix)
	if !ok || !(by <= math.MaxFloat64) {
		return
	}
	if t.loss > 0 {
		// a line with the same decay as an endless one of the stretched mean
		rho := lambda / full
		ratio := by * rho / (1 - rho + by*rho)
		if rho >= 1 || t.pWait*math.Pow(ratio, float64(backlog)) > 1e-3 {
			return
		}
	}
	t.stretched = true
	m.rate /= by
	t.inLine *= by
	t.wait, t.mean, t.vari = m, m.Mean(), m.Variance()
}

// lookThrough is the view of a replica whose thread limit is felt.
func (x *solver) lookThrough(st *station, g *group, t *threadLine) {
	v := st.viewOf(g.cores, t.seen)
	for j := range g.views {
		g.views[j] = v
	}
	g.total = t.total
	g.pIdle = 0
	for n, p := range t.total {
		if n < g.cores {
			g.pIdle += p
		}
	}
}
