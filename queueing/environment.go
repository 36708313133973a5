package queueing

import (
	"fmt"
	"math"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// mostStates is the number of replicas up to which the states of a service, by
// how many of them are up, are looked at.
const mostStates = 1000

// upStates are the states of a service of n replicas that are lost when they
// fail, each by itself and up for the share a of the time: in state k there are
// k up, which share what comes.
//
//   - Model: the state changes so seldom that each is as if it were for ever
//     (pointwise stationary in the state of a random environment); how many are up
//     is binomial whatever the distributions of times up and down.
//   - Accuracy: exact for one replica; for more it is the limit of slow failures and
//     repairs. A state in which too few are up for the load ends with the
//     next repair, and the line is taken to be gone with it.
//   - Source: queues in a random environment [GaJL84], each state of it by the pointwise
//     stationary approximation of [GrKo91].
//
// [GrKo91]: https://doi.org/10.1287/mnsc.37.1.84
func upStates(n int, a float64) (shares []share, up []int, none float64) {
	if a >= 1 { // but for rounding
		return []share{{float64(n), 1 / float64(n)}}, []int{n}, 0
	}
	a = math.Max(a, 1e-300)
	logNone := float64(n) * math.Log1p(-a)
	some := -math.Expm1(logNone)
	none = math.Exp(logNone)
	for k := 1; k <= n; k++ {
		lg := func(x int) float64 { v, _ := math.Lgamma(float64(x) + 1); return v }
		p := math.Exp(lg(n) - lg(k) - lg(n-k) + float64(k)*math.Log(a) + float64(n-k)*math.Log1p(-a))
		if p < 1e-12*some {
			continue
		}
		shares = append(shares, share{float64(k) * p, 1 / (float64(k) * some)})
		up = append(up, k)
	}
	total := 0.0
	for _, s := range shares {
		total += s.replicas * s.each
	}
	for i := range shares {
		shares[i].replicas /= total
	}
	return shares, up, none
}

// splitByState makes of the replicas of a service that crash a group for each
// number of them that may be up.
func (st *station) splitByState() []group {
	s := st.service
	shares, up, _ := upStates(s.Replicas, available(s))
	fail, repair := 1/s.Failures.Up.Mean(), 1/s.Failures.Down.Mean()
	out := make([]group, len(shares))
	for i, sh := range shares {
		g := group{share: sh, cores: s.Cores, load: st.load() * sh.each, visits: st.mix.rate * sh.each, up: up[i], cleared: fail}
		if g.passing(s.Replicas) && g.load >= float64(g.cores) {
			g.cleared += float64(s.Replicas-g.up) * repair
		}
		out[i] = g
	}
	return out
}

// passing reports whether a group is a state in which not all of so many
// replicas are up.
func (g *group) passing(replicas int) bool { return g.up > 0 && g.up < replicas }

// lookCleared is the view of a replica whose requests are lost all at once now
// and then; false where demands in order of arrival are not exponential, and
// the line is not too long for that to matter less.
func (st *station) lookCleared(g *group) (view, bool) {
	ps := st.service.Discipline == scenarios.PS
	if g.up == 0 || !ps && !st.mix.exponential && g.load < float64(g.cores) {
		return view{}, false
	}
	seen := clearedSeen(g.cores, g.load, g.cleared*g.load/g.visits)
	v := st.viewOf(g.cores, seen)
	v.idle = 0
	for n := 0; n < g.cores && n < len(seen); n++ {
		v.idle += seen[n]
	}
	return v, true
}

// clearedSeen is the distribution of the number present in M/M/c with
// catastrophes: offered load a, and all that is there lost at the rate delta,
// counted in mean services. With every request that is lost the balance of the states
// n ≥ 1 is
//
//	(a + min(n, c) + δ)·p_n = a·p_(n−1) + min(n+1, c)·p_(n+1)
//
// so that from c − 1 on it falls geometrically, at the smaller root of
// c·r² − (a + c + δ)·r + a. Repairs during which nothing is let in leave it as it is.
//
//   - Domain: c ≥ 1, a ≥ 0, delta > 0; no load is too much.
//   - Accuracy: exact up to rounding, and the tail beyond 1e-13.
//   - Source: [Chao95].
//
// [Chao95]: https://doi.org/10.1016/0167-6377(95)00035-0
func clearedSeen(c int, a, delta float64) []float64 {
	if a <= 0 {
		return []float64{1}
	}
	b := a + float64(c) + delta
	r := 2 * a / (b + math.Sqrt(b*b-4*float64(c)*a))
	low := make([]float64, c) // p_n below c, from above, p_(c−1) = 1
	low[c-1] = 1
	above := r
	for n := c - 1; n >= 1; n-- {
		low[n-1] = ((a+float64(n)+delta)*low[n] - float64(n+1)*above) / a
		above = low[n]
		if low[n-1] > 1e200 {
			for i := n - 1; i < c; i++ {
				low[i] *= 1e-200
			}
			above *= 1e-200
		}
	}
	seen := low
	for p := low[c-1] * r; len(seen) < maxPSStates && p > psTail*(1-r)*low[0]; p *= r {
		seen = append(seen, p)
	}
	return normalise(seen)
}

// noneUp is the share of its arrivals that find no replica of a service up (1).
func (x *solver) noneUp(id int) float64 {
	if s := &x.m.Services[id]; crashes(s) {
		_, _, none := upStates(s.Replicas, available(s))
		return none
	}
	return 0
}

// survives is the probability that the replica that an operation runs on does
// not fail before its end: E[exp(−ξT)] of a time in it.
func (x *solver) survives(op int) float64 {
	s := &x.m.Services[x.p.ops[op].service]
	if !crashes(s) {
		return 1
	}
	m := x.response[x.asker(scenarios.OpID(op))][op]
	f, ok := fitOf(m)
	if !ok {
		return 1
	}
	return real(f.LST(complex(1/s.Failures.Up.Mean(), 0)))
}

// settleCrashes brings up to date what is lost with replicas, and returns by how
// much that moved.
func (x *solver) settleCrashes() float64 {
	for id := range x.m.Services {
		if crashes(&x.m.Services[id]) {
			return x.passOn()
		}
	}
	return 0
}

func (x *solver) environmentCaveats(id int, add func(what, where, effect string)) {
	s, st := &x.m.Services[id], &x.stations[id]
	where := "services." + s.Name
	few := 0.0
	for i := range st.groups {
		if g := &st.groups[i]; g.passing(s.Replicas) && g.load >= float64(g.cores) {
			few += st.weight(g, viewOpen)
		}
	}
	effect := "means within about 2 % where failures and repairs are seldom beside requests"
	if s.Replicas == 1 && st.mix.exponential {
		effect = "exact in the mean for one exponential demand and Poisson arrivals"
	}
	if s.Failures.Up.Family() != dist.FamilyExponential {
		effect += "; times between failures are taken as exponential"
	}
	add("replicas that fail are taken as a random environment: each number of them that is up is as if it were for ever", where,
		effect+"; calls that are tried again are taken to find other states")
	if few > 1e-6 {
		add(fmt.Sprintf("for %.2g %% of the time too few replicas are up for the load", 100*few), where,
			"the line then is taken to grow until the next repair and to be gone with it: mean response times are about, and percentiles beyond that share not to be trusted")
	}
}
