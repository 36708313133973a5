package queueing

import (
	"slices"
	"testing"
)

// markovOracle solves a small closed network by its Markov chain: every state
// with every request in its place, no product form. Service is of phases.
type markovOracle struct {
	net    SwitchingNetwork
	law    func(class, station int) []phase
	states map[string]int
	list   []oracleState
	rates  []map[int]float64 // to other states
	done   [][]float64       // by class and station: completions, filled in by solve
	number [][]float64
}

// phase is a stage of service; next is −1 at its end.
type phase struct {
	start, rate float64
	next        int
}

// oracleState has the requests at each station, in order where it matters.
// Those that wait in order of arrival have phase −1.
type oracleState [][]oracleJob

type oracleJob struct{ class, phase int8 }

func (s oracleState) key() string {
	var b []byte
	for _, jobs := range s {
		for _, j := range jobs {
			b = append(b, byte(j.class), byte(j.phase))
		}
		b = append(b, 255, 255, 255)
	}
	return string(b)
}

func (s oracleState) clone() oracleState {
	out := make(oracleState, len(s))
	for k := range s {
		out[k] = slices.Clone(s[k])
	}
	return out
}

// solveMarkov is throughput and number by class and station.
func solveMarkov(t testing.TB, net SwitchingNetwork, law func(class, station int) []phase) (throughput, number [][]float64) {
	t.Helper()
	if law == nil {
		law = func(class, station int) []phase { return []phase{{1, 1 / net.Service[class][station], -1}} }
	}
	o := &markovOracle{net: net, law: law, states: map[string]int{}}
	o.done, o.number = matrix(len(net.Users), len(net.Stations)), matrix(len(net.Users), len(net.Stations))
	var start oracleState = make([][]oracleJob, len(net.Stations))
	first := []oracleState{start}
	for j, n := range net.Users {
		for range n {
			var next []oracleState
			o.arrive(first[0], net.Reference[j], j, 1, func(s oracleState, _ float64) { next = append(next, s) })
			first = next
		}
	}
	o.index(first[0])
	for i := 0; i < len(o.list); i++ {
		o.rates = append(o.rates, map[int]float64{})
		o.expand(i, func(s oracleState, rate float64, _, _ int) {
			if to := o.index(s); to != i {
				o.rates[i][to] += rate
			}
		})
		if len(o.list) > 4000 {
			t.Fatal("too many states for the oracle")
		}
	}
	p := o.stationary()
	for i, s := range o.list {
		for k, jobs := range s {
			for _, j := range jobs {
				o.number[j.class][k] += p[i]
			}
		}
		o.expand(i, func(_ oracleState, rate float64, class, station int) {
			if class >= 0 {
				o.done[class][station] += p[i] * rate
			}
		})
	}
	return o.done, o.number
}

func (o *markovOracle) index(s oracleState) int {
	key := s.key()
	i, ok := o.states[key]
	if !ok {
		i = len(o.list)
		o.states[key] = i
		o.list = append(o.list, s)
	}
	return i
}

// expand says where a state goes; class and station are of the request that is
// done, or −1 for a change of phase.
func (o *markovOracle) expand(i int, emit func(s oracleState, rate float64, class, station int)) {
	state := o.list[i]
	for k, jobs := range state {
		for at, j := range jobs {
			share := o.share(k, jobs, at)
			if share == 0 {
				continue
			}
			ph := o.law(int(j.class), k)[j.phase]
			rate := share * ph.rate
			s := state.clone()
			if ph.next >= 0 {
				s[k][at].phase = int8(ph.next)
				o.sort(s, k)
				emit(s, rate, -1, -1)
				continue
			}
			s[k] = slices.Delete(s[k], at, at+1)
			for _, h := range o.net.Hops {
				if h.From == k && h.FromClass == int(j.class) && h.P > 0 {
					o.promote(s, k, func(s oracleState, p float64) {
						o.arrive(s, h.To, h.ToClass, p, func(s oracleState, p float64) { emit(s, rate*h.P*p, int(j.class), k) })
					})
				}
			}
		}
	}
}

// share is the speed at which a request is served.
func (o *markovOracle) share(k int, jobs []oracleJob, at int) float64 {
	st := o.net.Stations[k]
	switch {
	case st.isDelay():
		return 1
	case st.FIFO:
		return boolTo(at < st.Servers)
	}
	weight := func(j oracleJob) float64 {
		if st.Weights == nil {
			return 1
		}
		return st.Weights[j.class]
	}
	sum := 0.0
	for _, j := range jobs {
		sum += weight(j)
	}
	return st.shared(0).speed(len(jobs)) * weight(jobs[at]) / sum
}

// arrive adds a request, in each phase that it may start in.
func (o *markovOracle) arrive(s oracleState, k, class int, p float64, emit func(oracleState, float64)) {
	st := o.net.Stations[k]
	if st.FIFO && !st.isDelay() && len(s[k]) >= st.Servers {
		s = s.clone()
		s[k] = append(s[k], oracleJob{int8(class), -1})
		emit(s, p)
		return
	}
	for f, ph := range o.law(class, k) {
		if ph.start > 0 {
			next := s.clone()
			next[k] = append(next[k], oracleJob{int8(class), int8(f)})
			o.sort(next, k)
			emit(next, p*ph.start)
		}
	}
}

// promote lets the first one in line start, where a server has become free.
func (o *markovOracle) promote(s oracleState, k int, emit func(oracleState, float64)) {
	st := o.net.Stations[k]
	if st.isDelay() || !st.FIFO || len(s[k]) < st.Servers {
		emit(s, 1)
		return
	}
	at := st.Servers - 1
	for f, ph := range o.law(int(s[k][at].class), k) {
		if ph.start > 0 {
			next := s.clone()
			next[k][at].phase = int8(f)
			emit(next, ph.start)
		}
	}
}

// sort puts requests whose order does not matter into one.
func (o *markovOracle) sort(s oracleState, k int) {
	if st := o.net.Stations[k]; !st.FIFO || st.isDelay() {
		slices.SortFunc(s[k], func(a, b oracleJob) int { return int(a.class)*256 + int(a.phase) - int(b.class)*256 - int(b.phase) })
	}
}

// stationary eliminates state after state, without a difference ([GrTH85]).
func (o *markovOracle) stationary() []float64 {
	n := len(o.list)
	q := matrix(n, n)
	for i, row := range o.rates {
		for to, r := range row {
			q[i][to] = r
		}
	}
	for m := n - 1; m > 0; m-- {
		out := 0.0
		for j := range m {
			out += q[m][j]
		}
		for i := range m {
			if q[i][m] == 0 {
				continue
			}
			q[i][m] /= out
			for j := range m {
				q[i][j] += q[i][m] * q[m][j]
			}
		}
	}
	p := make([]float64, n)
	p[0] = 1
	for m := 1; m < n; m++ {
		for i := range m {
			p[m] += p[i] * q[i][m]
		}
	}
	return normalise(p)
}
