package queueing

import (
	"errors"
	"fmt"
	"math"

	"github.com/headroom/headroom/queueing/ctmc"
)

// MarkovResult is the steady state of a closed network by its Markov chain.
type MarkovResult struct {
	SwitchingResult

	States int         // of the chain
	Number [][]float64 // probability of n requests at each station, by station and n (1)
}

// MarkovStates is a limit of states that [SwitchingNetwork.Markov] solves within
// seconds.
const MarkovStates = 20_000

// Markov solves a closed network as it is, by the Markov chain over all places
// of its requests: the phase of each request in service, the order of those in
// line, the weights of those that share a station. It answers what no product
// form does: service in order of arrival whose times differ by class or are not
// exponential, and shares that differ; and it is what approximations such as
// [Linearizer] are to be held against.
//
// laws are the service times by class and station, of the means in Service; nil,
// of all or of one, is [FittedLaw] of the mean and the SCV of a station that
// serves in order of arrival, and exponential elsewhere. A station in order of
// arrival whose speed depends on the number present gives all its speed to the
// first in line. Between stations, a request forgets where it was before.
//
// Stations that all keep the order of requests may keep it for ever; then it is
// that of the start, where class after class is put at its reference station, or at
// the first place of its chain where it does not come there.
//
//   - Domain: that of [SwitchingNetwork.Solve], without entries; service times
//     above 0 where requests come; at most limit states, which beyond a few
//     requests in order of arrival is soon reached: a line of n requests of R
//     classes has up to R^n orders.
//   - Cost: up to a second or so at some thousand states, which are eliminated;
//     less at more, which are iterated.
//   - Accuracy: exact but for rounding; 1e-9 of each figure where the chain is
//     wide (see [ctmc.Chain.Stationary]).
//   - Source: [Stew94].
func (s SwitchingNetwork) Markov(laws [][]ServiceLaw, limit int) (MarkovResult, error) {
	w := want{station: "Markov chain of a network"}
	w.count("limit of states", limit, 1)
	if len(s.Entries) > 0 {
		w.fail("number of entries", float64(len(s.Entries)), "0: the chain of an open network has no end")
	}
	if w.err != nil {
		return MarkovResult{}, w.err
	}
	chains, err := s.Chains()
	if err != nil {
		return MarkovResult{}, err
	}
	m, err := newMarkov(s, chains, laws)
	if err != nil {
		return MarkovResult{}, err
	}
	c, places, err := ctmc.Explore(m.start(chains), limit, m.moves)
	if bad := (*InputError)(nil); errors.As(err, &bad) && bad.Value == float64(limit) {
		return MarkovResult{}, err // the limit itself is out of bounds
	}
	if err != nil {
		w.fail("number of states", float64(limit+1), fmt.Sprintf("at most %d for an exact solution; Linearizer approximates larger ones", limit))
		return MarkovResult{}, w.err
	}
	p, err := c.Stationary()
	if err != nil {
		return MarkovResult{}, err
	}
	return m.result(chains, places, p), nil
}

// newMarkov checks what the chain needs beyond the routes.
func newMarkov(s SwitchingNetwork, chains []Chain, laws [][]ServiceLaw) (*markov, error) {
	if err := s.mixed(chains).check(); err != nil {
		return nil, err
	}
	w := want{station: "Markov chain of a network"}
	s.fits(&w, laws)
	if w.err != nil {
		return nil, w.err
	}
	m := &markov{net: s, law: make([][]ServiceLaw, len(s.Users)), slot: make([][]int, len(s.Users)), hops: make([][][]Hop, len(s.Users))}
	for j, row := range s.places(chains) {
		m.law[j], m.slot[j], m.hops[j] = make([]ServiceLaw, len(row)), make([]int, len(row)), make([][]Hop, len(row))
		for k, comes := range row {
			if comes {
				w.station = fmt.Sprintf("class %d at station %d of a network", j+1, k+1)
				m.serve(&w, laws, j, k)
			}
		}
	}
	for _, h := range s.Hops {
		if h.P > 0 {
			m.hops[h.FromClass][h.From] = append(m.hops[h.FromClass][h.From], h)
		}
	}
	return m, w.err
}

// fits wants numbers that a [place] has room for, and laws of the right shape.
func (s SwitchingNetwork) fits(w *want, laws [][]ServiceLaw) {
	atMost := func(name string, n, most int) {
		if n > most {
			w.fail("number of "+name, float64(n), fmt.Sprintf("at most %d for an exact solution; Linearizer approximates larger ones", most))
		}
	}
	orNone := func(name string, n, all int) {
		if n != 0 && n != all {
			w.fail("number of "+name, float64(n), fmt.Sprintf("%d, or none", all))
		}
	}
	users := 0
	for _, n := range s.Users {
		users += n
	}
	atMost("users", users, math.MaxUint16)
	atMost("classes", len(s.Users), endOfLine)
	orNone("classes with laws", len(laws), len(s.Users))
	for _, row := range laws {
		orNone("laws of a class", len(row), len(s.Stations))
	}
}

// places are where requests come, by class and station, however seldom.
func (s SwitchingNetwork) places(chains []Chain) [][]bool {
	comes := make([][]bool, len(s.Users))
	for j := range comes {
		comes[j] = make([]bool, len(s.Stations))
	}
	for _, c := range chains {
		for _, j := range c.Classes {
			for k, v := range c.Visits[j] {
				comes[j][k] = c.Users > 0 && v > 0
			}
		}
	}
	for more := true; more; {
		more = false
		for _, h := range s.Hops {
			if to := &comes[h.ToClass][h.To]; h.P > 0 && comes[h.FromClass][h.From] && !*to {
				*to, more = true, true
			}
		}
	}
	return comes
}

// serve chooses the law of a class at a station, and numbers its phases.
func (m *markov) serve(w *want, laws [][]ServiceLaw, j, k int) {
	st, mean := m.net.Stations[k], m.net.Service[j][k]
	w.positive("service time", mean)
	if st.Weights != nil {
		w.positive("weight", st.Weights[j])
	}
	w.scale("squared coefficient of variation", st.scv(j))
	if w.err != nil {
		return
	}
	var l ServiceLaw
	switch {
	case len(laws) > 0 && len(laws[j]) > 0 && laws[j][k] != nil:
		l = laws[j][k]
		l.check(w)
		if w.err == nil && !(math.Abs(l.Mean()-mean) <= 1e-6*mean) {
			w.fail("mean of the law", l.Mean(), fmt.Sprintf("the service time %v", mean))
		}
	case st.FIFO && !st.isDelay():
		fitted, err := FittedLaw(mean, st.scv(j))
		w.keep(err)
		l = fitted
	default:
		l = ServiceLaw{{1, 1 / mean, 1}}
	}
	m.law[j][k], m.slot[j][k] = l, m.slots
	m.slots += len(l)
}

// result adds up the figures of all places.
func (m *markov) result(chains []Chain, places []place, p []float64) MarkovResult {
	s := m.net
	classes, stations, users := len(s.Users), len(s.Stations), 0
	for _, n := range s.Users {
		users += n
	}
	out := MarkovResult{States: len(places), Number: matrix(stations, users+1)}
	out.Chains = chains
	out.Throughput, out.PerVisit = matrix(classes, stations), matrix(classes, stations)
	out.Present, out.Utilization = matrix(classes, stations), matrix(classes, stations)
	for i, at := range places {
		m.read(at)
		m.weigh(&out, p[i])
	}
	for j := range s.Users {
		for k, st := range s.Stations {
			if x := out.Throughput[j][k]; x > 0 {
				out.PerVisit[j][k] = out.Present[j][k] / x
				out.Utilization[j][k] = st.shared(0).utilizationBy(x * s.Service[j][k])
			}
		}
	}
	out.Mixed = out.joined(s)
	return out
}

// weigh adds the figures of one place, of probability p.
func (m *markov) weigh(out *MarkovResult, p float64) {
	for k := range m.line {
		total := 0
		for j := range m.law {
			n := m.present(j, k)
			total += n
			out.Present[j][k] += p * float64(n)
		}
		out.Number[k][total] += p
	}
	m.served(func(j, k, f int, rate float64) {
		out.Throughput[j][k] += p * rate * m.law[j][k][f].Done
	})
}

// joined are the figures of whole chains.
func (r MarkovResult) joined(s SwitchingNetwork) MixedResult {
	m := MixedNetwork{Stations: s.Stations, Classes: make([]MixedClass, len(r.Chains))}
	out := m.newResult()
	for i, c := range r.Chains {
		visits, done := 0.0, 0.0
		for _, j := range c.Classes {
			for k := range s.Stations {
				visits += c.Visits[j][k]
				done += r.Throughput[j][k]
				out.Present[i][k] += r.Present[j][k]
				out.Utilization[i][k] += r.Utilization[j][k]
			}
		}
		if done == 0 {
			continue
		}
		out.Throughput[i] = done / visits
		for k := range s.Stations {
			out.Residence[i][k] = out.Present[i][k] / out.Throughput[i]
			out.Response[i] += out.Residence[i][k]
		}
	}
	return out
}
