package layered

import "math"

// line is a station as one class of customers meets it in their own network,
// which is solved for 1, 2, … of them by mean value analysis with marginal
// probabilities ([ReLa80]):
//
//	R(n) = Σ_j j/μ(j)·p(j−1|n−1)    p(j|n) = X(n)/μ(j)·p(j−1|n−1)
//
// with μ(j) the rate at which it serves them with j of them there.
type line struct {
	*link
	rates []float64 // μ(1), μ(2), …, of which the last goes on (1/s)
	p     []float64 // probability of 0, 1, … there, but fewer than len(rates) (1)
	there float64   // mean number there (1)
	r     float64   // time of one visit (s)
	sum   []float64 // p over all numbers of busy threads, and then the rest (1)
}

// lines are those of a task's stations where one can meet others.
func (t *task) lines(keep float64) []*line {
	var out []*line
	for _, l := range t.links {
		if l.visits == 0 {
			continue
		}
		x := &line{link: l}
		if !l.free() {
			was := l.rates
			l.view(l.to.others(l, l.to.depth(l)))
			l.blend(was, keep)
			x.rates = l.ownRates()
			x.p = make([]float64, len(x.rates))
			x.p[0] = 1
			x.sum = make([]float64, len(x.rates)+1)
		}
		out = append(out, x)
	}
	return out
}

// blend keeps a part of the rates that were, by geometric means, since they can
// span decades.
func (l *link) blend(was []float64, keep float64) {
	if len(was) == 0 || keep == 0 {
		return
	}
	for i := range l.rates {
		l.rates[i] = math.Pow(l.rates[i], 1-keep) * math.Pow(was[min(i, len(was)-1)], keep)
	}
}

// free reports a station where one never waits.
func (l *link) free() bool {
	return l.to.discipline == Delay && (l.to.task == nil || l.from.limit > most)
}

// ownRates are a class's rates for its own mean service, where the station's
// rates are for that of all: those of the class take their own, and those of
// other classes that one waits behind take theirs.
func (l *link) ownRates() []float64 {
	s := l.to
	out := make([]float64, len(l.rates))
	if s.task == nil && (s.discipline == PS || s.prioritised()) {
		for i, mu := range l.rates {
			out[i] = mu / s.crowded
		}
		return out
	}
	others := l.behind() / max(s.service.mean, shortest)
	for i, mu := range l.rates {
		side := float64(i + 1)
		if s.servers > 0 {
			side = min(side, float64(s.servers))
		}
		behind := 1/mu - s.service.mean/side
		if s.task == nil && behind > 0 { // a task's own times depend on how many are busy
			behind *= others
		}
		out[i] = 1 / max(l.own/side+behind, max(0.01*l.own/side, shortest)) / s.crowded
	}
	return out
}

// behind is the mean service of other classes (s).
func (l *link) behind() float64 {
	rate, work := 0.0, 0.0
	for _, o := range l.to.clients {
		if o != l {
			rate += o.from.mean * o.visits
			work += o.from.mean * o.visits * o.own
		}
	}
	if rate == 0 || l.to.open > 0 {
		return l.to.service.mean
	}
	return work / rate
}

// respond finds the time of a visit with one more customer.
func (x *line) respond(n int) {
	l := x.link
	if x.rates == nil {
		x.r = max(l.own, shortest)
		l.wait[n] = 0
		return
	}
	m := len(x.rates)
	rest, mass, time := x.there, 1.0, 0.0
	for j := 1; j < m; j++ {
		time += float64(j) / x.rates[j-1] * x.p[j-1]
		rest -= float64(j-1) * x.p[j-1]
		mass -= x.p[j-1]
	}
	x.r = time + max(0, rest+mass)/x.rates[m-1]
	if l.to.task == nil && l.to.discipline == PS {
		l.wait[n] = max(1, x.r/max(l.own, shortest))
		return
	}
	l.wait[n] = x.r - l.own
	if l.to.task == nil {
		l.wait[n] = l.to.privilege(l, max(0, l.wait[n]))
	}
}

// step finds the probabilities with n customers, of a throughput of x visits
// (1/s), who spend a part of their cycles here. Where few find the station
// empty, 1 − Σ p would lose them to rounding, and instead
//
//	p(0|n) = p(0|n−1)·X(n)/X°(n)
//
// with X° the throughput without this station ([Reis81]), here about
// X/(1 − part).
func (x *line) step(rate, part float64) {
	if x.rates == nil {
		return
	}
	m := len(x.rates)
	x.there = rate * x.r
	tail := 1.0
	for j := range m - 1 {
		tail -= x.p[j]
	}
	tail = max(0, tail) * rate / x.rates[m-1]
	empty := x.p[0] * max(0, min(1, 1-part))
	sum := tail
	for j := m - 1; j > 0; j-- {
		x.p[j] = rate / x.rates[j-1] * x.p[j-1]
		sum += x.p[j]
	}
	if 1-sum > 1e-6 {
		x.p[0] = 1 - sum
		return
	}
	x.p[0] = empty
	for j := range x.p {
		x.p[j] /= sum + empty
	}
}

// count adds the present probabilities to the sum, with a weight.
func (x *line) count(weight float64) {
	if x.rates == nil || weight == 0 {
		return
	}
	rest := 1.0
	for j, p := range x.p {
		x.sum[j] += weight * p
		rest -= p
	}
	x.sum[len(x.p)] += weight * max(0, rest)
}
