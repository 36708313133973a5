package queueing

import (
	"fmt"
	"math"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// repairable reports whether the failures of the replicas of a service are
// modelled: replicas without a limit on their threads that are picked at random,
// under open requests alone.
func repairable(m *scenarios.Model, id scenarios.ServiceID) bool {
	s := &m.Services[id]
	if s.Threads > 0 || s.Replicas > 1 && s.Balancing != scenarios.Random || s.Replicas > mostStates || len(m.Topics) > 0 ||
		s.Discipline != scenarios.FIFO && s.Discipline != scenarios.PS {
		return false
	}
	for i := range m.Workloads {
		if !m.Workloads[i].Open() {
			return false
		}
	}
	return true
}

// available is the share of the time in which a replica of a service is up (1).
func available(s *scenarios.Service) float64 {
	if s.Failures == nil {
		return 1
	}
	up, down := s.Failures.Up.Mean(), s.Failures.Down.Mean()
	return up / (up + down)
}

// pauses reports whether work waits for the repair of the replica that it is on.
func pauses(s *scenarios.Service) bool { return s.Failures != nil && s.Failures.Pause }

// crashes reports whether work is lost with the replica that it is on.
func crashes(s *scenarios.Service) bool { return s.Failures != nil && !s.Failures.Pause }

// stretchedByRepairs is a model in which the demands on services that pause take so much
// longer as their replicas are up for less than all of the time: the mean of the
// time from the beginning of a service to its end, repairs in between included.
//
//   - Source: [Gave62], the completion time.
func stretchedByRepairs(m *scenarios.Model) *scenarios.Model {
	for i := range m.Services {
		if s := &m.Services[i]; pauses(s) {
			m, _ = slowed(m, scenarios.ServiceID(i), 1/available(s))
		}
	}
	return m
}

// standstill is what a visit takes longer where replicas stop now and then, than
// at ones that always run at the mean of the speed: what is left of the repair
// that an arrival finds, with probability 1 − A, and the line that has grown
// while the cores stood still.
//
//   - Model: Poisson arrivals; up for exponential times of rate ξ, busy or idle;
//     down for times D. With S the demand, C the time from the beginning of a service
//     to its end and ρ = λE[C], the work that an arrival finds, counted in time, has
//     the transform
//
//     V*(s) = (1 − ρ)s/(s − λ + λC*(s)) · A(1 + ξ(1 − D*(s))/s)
//
//     of which the mean is that of M/G/1 with C, and (1 − A)·E[D²]/(2E[D]) more.
//     Of E[C²] = E[S²]/A² + ξE[S]E[D²] the first part is that of a server that is
//     slower; the second leads to a wait of λξE[S]E[D²]/(2(1 − ρ)).
//
//   - Accuracy: the mean is exact for one core in order of arrival, and for one
//     core that is shared where demands are exponential. The distribution is that of the
//     sum of two independent parts, each 0 or a time fitted to moments. Several
//     cores are taken as one of their speed.
//
//   - Source: [Gave62]; [AvNa63] for the mean.
//
// [AvNa63]: https://doi.org/10.1287/opre.11.3.303
type standstill struct {
	found, grown chance
}

// chance is 0 or, with probability p, a time of a mean and c².
type chance struct{ p, mean, scv float64 }

func (c chance) moment() moment {
	if !(c.p > 0) || !(c.mean > 0) {
		return moment{}
	}
	second := c.p * c.mean * c.mean * (1 + c.scv)
	return moment{c.p * c.mean, second - c.p*c.p*c.mean*c.mean}
}

func (c chance) law() law {
	if !(c.p > 0) || !(c.mean > 0) {
		return newConstantLaw(0)
	}
	p := math.Min(1, c.p)
	return newMix([]float64{1 - p, p}, []law{newConstantLaw(0), newTimeLaw(fit(c.mean, c.scv), 0)})
}

// newStandstill is that of replicas of so many cores to each of which visits of
// mean demand service (s), without any repair, come at rate lambda (1/s).
func newStandstill(lambda, service float64, cores int, f *scenarios.Failures) standstill {
	up, d := f.Up.Mean(), f.Down
	a := up / (up + d.Mean())
	each := service / float64(cores)
	rho := lambda * each / a
	left := residualOf(d)
	out := standstill{found: chance{1 - a, left.mean, left.scv()}}
	if rho <= 0 || rho >= 1 {
		return out
	}
	mean := lambda * each * d.Moment(2) / up / (2 * (1 - rho))
	// What comes is in the line of a repair for ρ/(1 − ρ) times as long as that took.
	p := math.Min(0.95, (1-a)*rho/(1-rho))
	out.grown = chance{p, mean / p, 1}
	return out
}

// residualOf are the moments of what is left of a time at an arbitrary instant of it.
func residualOf(d dist.Dist) moment {
	mean := d.Moment(2) / (2 * d.Mean())
	return moment{mean, math.Max(0, d.Moment(3)/(3*d.Mean())-mean*mean)}
}

// scv is the squared coefficient of variation.
func (a moment) scv() float64 {
	if a.mean == 0 {
		return 0
	}
	return a.variance / (a.mean * a.mean)
}

func (s *standstill) moment() moment {
	if s == nil {
		return moment{}
	}
	return s.found.moment().plus(s.grown.moment())
}

// later is a law and what a standstill adds to it.
func (s *standstill) later(l law) law {
	if s == nil {
		return l
	}
	return newSum(l, s.found.law(), s.grown.law())
}

// withRepairs is a view of replicas that pause, from that of ones which are slower
// instead: [MM1Breakdowns] where they are that, with a standstill elsewhere.
func (st *station) withRepairs(g *group, v view) view {
	f := st.service.Failures
	if !pauses(st.service) || g.visits == 0 {
		return v
	}
	service := g.load / g.visits * available(st.service)
	if st.breaksDown() {
		if q, err := NewMM1Breakdowns(g.visits, service, f.Up.Mean(), f.Down.Mean()); err == nil {
			v.line = lineOf(q.Waiting())
			v.line.response = q.Response()
			v.pWait, v.idle = 1-q.free(), 1-g.load
			return v
		}
	}
	s := newStandstill(g.visits, service, g.cores, f)
	v.still = &s
	return v
}

// breaksDown reports whether replicas that pause are each [MM1Breakdowns].
func (st *station) breaksDown() bool {
	s := st.service
	return s.Discipline == scenarios.FIFO && s.Cores == 1 && st.mix.exponential &&
		s.Failures.Up.Family() == dist.FamilyExponential && s.Failures.Down.Family() == dist.FamilyExponential
}

// repairCaveats are those about replicas that fail by themselves.
func (x *solver) repairCaveats(id int, add func(what, where, effect string)) {
	s, st := &x.m.Services[id], &x.stations[id]
	if s.Failures == nil || st.mix.rate == 0 {
		return
	}
	where := "services." + s.Name
	if crashes(s) {
		x.environmentCaveats(id, add)
		return
	}
	effect := "the mean wait is exact for Poisson arrivals, percentiles are not"
	switch {
	case st.breaksDown():
		effect = "exact for Poisson arrivals"
	case s.Cores > 1:
		effect = "several cores that stop together are taken as one of their speed: waits within about 15 %"
	case s.Discipline == scenarios.PS && !st.mix.exponential:
		effect = "demands are taken as exponential for what is added: mean response times were up to a quarter too long where they vary more"
	}
	if s.Failures.Up.Family() != dist.FamilyExponential {
		effect += "; times between failures are taken as exponential"
	}
	add(fmt.Sprintf("replicas that stop for %.3g s at a time are taken as slower ones, and a wait for the repair", s.Failures.Down.Mean()), where, effect)
}

// runs is the share of the time for which the cores of a service are there to be
// used: where they pause, that is in the demands on them already (1).
func runs(s *scenarios.Service) float64 {
	if pauses(s) {
		return 1
	}
	return available(s)
}

// worked is a demand without the repairs that are in it where a service pauses.
func worked(s *scenarios.Service, d dist.Dist) dist.Dist {
	if pauses(s) {
		return d.Scaled(available(s))
	}
	return d
}
