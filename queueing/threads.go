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
// exponential CPU step and nothing else it is M/M/c/K.
//
//   - Accuracy: exact for requests that only use the cores, under processor
//     sharing or in order of arrival with exponential demands; else as good as
//     the assumption that what calls take does not depend on how many are made.
//   - Source: [ChHW75].
type threadLine struct {
	limits  bool    // whether the limits are ever felt
	wait    Time    // for a thread, of those let in; nil without a wait
	mean    float64 // of it (s)
	vari    float64 // (s²)
	pWait   float64 // probability that an arrival finds no thread free
	loss    float64 // probability that it is turned away
	inLine  float64 // mean number waiting for a thread
	held    float64 // mean number of threads held
	seen    []float64
	total   []float64 // distribution of the number at the cores
	pure    bool      // the replica is M/M/c/K
	present []float64
	load    float64 // offered load in threads; capacity is how many there are
	over    bool    // more than the threads can do
}

// feltThreads is the probability of finding no thread below which the limit
// is taken as never felt.
const feltThreads = 1e-9

// threadLimits works out what the thread limit of each group of a service does,
// where cpu is the mean demand of a request on the cores (s), its parts being
// exponential if pure is set, and elsewhere is the rest of its time in a thread.
func newThreadLine(lambda, cpu, elsewhere float64, cores, threads, backlog int) threadLine {
	t := threadLine{pure: elsewhere <= 1e-12*cpu}
	if lambda == 0 || cpu+elsewhere == 0 {
		return t
	}
	f := newFactor(ClosedStation{Demand: cpu, Servers: cores}, threads)
	g := f.convolve(delayConstants(elsewhere, threads))
	speed := func(n int) float64 { n = min(n, threads); return g[n-1].over(g[n]) }
	full := speed(threads)
	t.load = lambda / full * float64(threads)
	room := threads + backlog
	if backlog < 0 {
		if lambda >= full*(1-1e-12) {
			t.over = true
			return t
		}
		// the line is cut where its geometric tail is negligible
		room = threads + int(math.Min(200_000, math.Log(psTail)/math.Log(lambda/full)))
	}
	p := birthDeath(room, func(n int) float64 { return lambda / speed(n) })
	if backlog >= 0 {
		t.loss = p[room]
	}
	t.describe(p, threads, room, full)
	if t.pWait < feltThreads {
		return threadLine{held: t.held}
	}
	t.limits = true
	t.atCores(p, f, elsewhere, threads, g)
	return t
}

// describe reads the line off the distribution of the number at the replica.
func (t *threadLine) describe(p []float64, threads, room int, full float64) {
	m := erlangMix{rate: full}
	in := 1 - t.loss
	for n, q := range p {
		t.held += q * float64(min(n, threads))
		t.inLine += q * float64(max(0, n-threads))
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
	t.wait, t.mean, t.vari = m, m.Mean(), m.Variance()
}

// atCores finds what a request sees at the cores: with n in threads, j at the
// cores and the others elsewhere, in product form.
func (t *threadLine) atCores(p []float64, f factor, elsewhere float64, threads int, g []xnum) {
	inThreads := make([]float64, threads+1)
	for n, q := range p {
		inThreads[min(n, threads)] += q
	}
	z := delayConstants(elsewhere, threads)
	t.seen, t.total = make([]float64, threads), make([]float64, threads+1)
	for n := 1; n <= threads; n++ {
		weight := inThreads[n]
		if weight < 1e-12 {
			continue
		}
		flow := weight * g[n-1].over(g[n])
		for j := 0; j <= n; j++ {
			at := f.at(j)
			if j >= len(f.f) && f.long == nil {
				at = f.f[len(f.f)-1].times(math.Pow(f.ratio, float64(j-len(f.f)+1)))
			}
			t.total[j] += weight * at.by(z[n-j]).over(g[n])
			if j < n {
				t.seen[j] += flow * at.by(z[n-1-j]).over(g[n-1])
			}
		}
	}
	t.total[0] += inThreads[0]
	normalise(t.total)
	t.seen = trim(normalise(t.seen))
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
