package queueing

import (
	"fmt"
	"math"
)

// PriorityRule is what priority means at a station of a [PriorityNetwork].
type PriorityRule int

// Rules of priority.
const (
	NoPriority PriorityRule = iota // all classes alike
	HeadOfLine                     // the first in rank goes next, no service is interrupted
	Preemptive                     // the first in rank is served at once; what is interrupted goes on later
)

// PriorityNetwork is a closed network at some of whose stations classes go
// before others.
type PriorityNetwork struct {
	Stations []MixedStation // single servers and delays
	Rules    []PriorityRule // by station; nil is [NoPriority]
	Classes  []MixedClass   // closed
	Ranks    []int          // of each class; the lowest goes first, equals in order of arrival
}

// MVAPriority solves a closed network with priorities by approximate mean value
// analysis. For each population n of the classes, from that without one request of
// class r on, whose numbers Q, throughputs X and utilizations U it finds, a visit
// takes
//
//	T(r) = Σ_(j<r) S_j·Q'_j/(1 − U(n − e_r − Q_j·e_j)) + Σ_(j=r) S_j·Q_j/(1 − U) + S_r/(1 − U)     Preemptive
//	T(r) = Σ_(j<r) S_j·Q'_j/(1 − U(n − e_r − Q_j·e_j)) + (Σ_(j=r) S_j·Q_j + Σ_(j>r) S_j·U'_j)/(1 − U) + S_r   HeadOfLine
//
// with U that of the classes j < r that go before: r waits for those it finds, and
// for those that come meanwhile and go before, of whom there are fewer the more of
// them it has found. Beyond the published method, a request does not find its
// station as it is on average (Q', U'): it left when none were there that go before
// ([priorityMVA.returning]), and meets a service of those that go after only if it
// comes back before that ends.
//
//   - Assumes: exponential service times.
//   - Domain: that of [MixedMVA], closed classes only; a limit of memory.
//   - Accuracy: exact without priorities in product form, and for who goes first
//     where they are preemptive. In random networks of a delay and a queue, two
//     classes of up to five users, of whom the first keeps the server busy for up to
//     three quarters, half of the other throughputs with preemption were within 1 % of
//     the Markov chain, nine in ten within 6 %, the worst off by 16 %; with head of
//     line 1 %, 10 % and 79 %, worst where services that cannot be interrupted
//     are long. Beyond three quarters, those who go last are starved, and how little is
//     left to them is not told well.
//   - Source: [BrKL84]; the open counterpart is [NewMG1Priority].
func MVAPriority(n PriorityNetwork) (MixedResult, error) {
	m := MixedNetwork{n.Stations, n.Classes}
	if err := m.check(); err != nil {
		return MixedResult{}, err
	}
	w := want{station: "network with priorities"}
	n.check(&w)
	closed, users := m.closedClasses()
	p := newPopulations(&w, users)
	if size := p.size * len(n.Stations) * max(1, len(users)); size > maxPopulations {
		w.fail("populations times stations and classes", float64(size), "at most 8388608; Linearizer takes larger ones, without priorities")
	}
	if w.err != nil {
		return MixedResult{}, w.err
	}
	out := m.newResult()
	newPriorityMVA(n, closed, p).run(&out)
	m.finish(&out)
	return out, nil
}

func (n PriorityNetwork) check(w *want) {
	if len(n.Ranks) != len(n.Classes) {
		w.fail("number of ranks", float64(len(n.Ranks)), fmt.Sprintf("one for each of %d classes", len(n.Classes)))
	}
	if n.Rules != nil && len(n.Rules) != len(n.Stations) {
		w.fail("number of rules", float64(len(n.Rules)), fmt.Sprintf("one for each of %d stations, or none", len(n.Stations)))
	}
	for _, r := range n.Rules {
		if r < NoPriority || r > Preemptive {
			w.fail("rule", float64(r), "NoPriority, HeadOfLine or Preemptive")
		}
	}
	for _, s := range n.Stations {
		if !s.isDelay() && !s.single() {
			w.fail("servers", float64(s.Servers), "1, or 0 for a delay")
		}
		if s.SCV != nil || s.Weights != nil {
			w.fail("number of SCVs or weights", float64(max(len(s.SCV), len(s.Weights))), "none: service is exponential and shares are equal")
		}
	}
	for _, c := range n.Classes {
		if c.Rate > 0 {
			w.fail("rate", c.Rate, "0: closed classes only")
		}
	}
}

// priorityMVA is the recursion over populations.
type priorityMVA struct {
	PriorityNetwork
	closed []int
	p      *populations
	// number and throughput by population: at (population·K + station)·R + class
	// and at population·R + class
	number, rate []float64
}

func newPriorityMVA(n PriorityNetwork, closed []int, p *populations) *priorityMVA {
	k, r := len(n.Stations), len(closed)
	return &priorityMVA{n, closed, p, make([]float64, p.size*k*r), make([]float64, p.size*r)}
}

// passes are enough to find times that depend on themselves.
const passes = 8

func (v *priorityMVA) run(out *MixedResult) {
	stations, classes := len(v.Stations), len(v.closed)
	v.p.first()
	for at := 1; at < v.p.size; at++ {
		v.p.next()
		for r, j := range v.closed {
			if v.p.n[r] == 0 {
				continue
			}
			c, total := v.Classes[j], math.Inf(1)
			for range passes { // with the times away as the last has found them
				row, was := out.Residence[j], total
				total = c.Think
				for k := range stations {
					row[k] = v.residence(at, k, r, was, was-row[k])
					total += row[k]
				}
			}
			x := float64(v.p.n[r]) / total
			v.rate[at*classes+r], out.Throughput[j] = x, x
			for k := range c.Demands {
				v.number[(at*stations+k)*classes+r] = x * out.Residence[j][k]
			}
		}
	}
}

// residence is the time at a station of a request of one class that finds the
// network without itself, and whose cycle and whose time away from the station,
// all visits together, are about so long (s).
func (v *priorityMVA) residence(at, k, r int, cycle, away float64) float64 {
	mine := v.Classes[v.closed[r]]
	if v.Stations[k].isDelay() || mine.Demands[k] == 0 {
		return mine.Demands[k]
	}
	rule := NoPriority
	if v.Rules != nil {
		rule = v.Rules[k]
	}
	seen := at - v.p.stride[r]
	before, others, come, still := 0.0, 0.0, 0.0, 0.0
	for j, class := range v.closed {
		number := v.number[(seen*len(v.Stations)+k)*len(v.closed)+j]
		service := v.Classes[class].service(k)
		demand := v.Classes[class].Demands[k]
		if rule == NoPriority {
			if !v.Stations[k].FIFO { // all share it, whatever their service
				service = mine.service(k)
			}
			others += service * number
			continue
		}
		switch rank := v.Ranks[class] - v.Ranks[v.closed[r]]; {
		case rank < 0:
			before += service * v.returning(seen, j, k, number, mine.service(k), away/mine.visits(k))
			come += v.rateWithout(seen, j, 0) * demand
			still += v.rateWithout(seen, j, math.Max(1, number)) * demand
		case rank == 0:
			others += service * number
		case rule == HeadOfLine:
			met := 1.0 // part of the services that go on when one comes back
			if !math.IsInf(cycle, 1) {
				met = math.Min(1, cycle/(service*mine.visits(k)+away))
			}
			others += service * v.rateWithout(seen, j, 0) * demand * met
		}
	}
	stretch := 1 / math.Max(1-come, 1e-9)
	wait := before/math.Max(1-still, 1e-9) + others*stretch
	if rule == HeadOfLine {
		stretch = 1
	}
	return mine.visits(k) * (wait + mine.service(k)*stretch)
}

// rateWithout is the throughput of class j at a population that has q fewer of
// it, between whole numbers.
func (v *priorityMVA) rateWithout(seen, j int, q float64) float64 {
	there := seen / v.p.stride[j] % (v.p.users[j] + 1)
	low := min(int(q), there)
	at := func(less int) float64 {
		if less > there {
			return 0
		}
		return v.rate[(seen-less*v.p.stride[j])*len(v.closed)+j]
	}
	part := q - float64(low)
	return (1-part)*at(low) + part*at(low+1)
}

// returning is how many of a class that goes before a request finds when it
// comes back to a station, of the number that there are on average. When it left
// there were none, or, where it was not interrupted, those who came during
// its service; since then they have come at the rate at which they come to an
// empty station, and so are as many as on average after a time τ of about
// that number over that rate.
func (v *priorityMVA) returning(seen, j, k int, number, service, away float64) float64 {
	class := v.Classes[v.closed[j]]
	there := seen / v.p.stride[j] % (v.p.users[j] + 1)
	x := v.rate[seen*len(v.closed)+j]
	if number == 0 || x == 0 {
		return 0
	}
	rate := x * class.visits(k) // of those who are away
	rate *= float64(there) / math.Max(float64(there)-number, 1e-9*number)
	tau := number / rate
	left := 1.0 // the part of τ's law that is still to come
	if v.Rules[k] == HeadOfLine {
		left = tau / (tau + service)
	}
	if math.IsInf(away, 1) {
		return number
	}
	return number * (1 - left*tau/(tau+away))
}
