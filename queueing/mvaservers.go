package queueing

import (
	"errors"
	"fmt"
)

// ErrDigits says that an exact recursion has lost too many digits to be one.
var ErrDigits = errors.New("queueing: mean value analysis has lost its digits in the differences that p(0) is found as; convolution loses none")

// ServersMVA solves a network with several classes and several servers at its
// stations by exact mean value analysis. With p_k(j|n) the probability of j
// requests at station k when the population is n, and c_k its servers,
//
//	R_k(r) = D_k(r)/c_k·(1 + Q_k + Σ_(j≤c_k−2) (c_k−1−j)·p_k(j))    all at n − e_r
//	p_k(j|n) = 1/j·Σ_r D_k(r)·X_r(n)·p_k(j−1|n−e_r)    for 0 < j < c_k
//	p_k(0|n) = 1 − 1/c_k·(Σ_r D_k(r)·X_r(n) + Σ_(0<j<c_k) (c_k−j)·p_k(j|n))
//
// The last line is a difference, whose digits can be lost on the way to large
// populations. How much has been lost is added up beside it.
//
//   - Assumes: product form; servers of constant speed; at stations of several
//     servers no open requests ([MixedConvolution] takes those).
//   - Domain: that of [MixedNetwork], with at most 8388608 populations n; where
//     more than 1e-9 of a response time may be lost, [ErrDigits].
//   - Accuracy: 1e-9 relative or better.
//   - Source: [Reis81]; the form for equal servers [LZGS84].
func ServersMVA(m MixedNetwork) (MixedResult, error) {
	if err := m.check(); err != nil {
		return MixedResult{}, err
	}
	w := want{}
	loads := m.loads()
	for k, s := range m.Stations {
		w.station = fmt.Sprintf("station %d of a network", k+1)
		if s.Rates != nil {
			w.fail("number of speeds", float64(len(s.Rates)), "servers of constant speed; MixedConvolution solves the rest")
		}
		if s.Servers > 1 && loads[k] > 0 {
			w.fail("open load", loads[k], "0 at several servers; MixedConvolution solves the rest")
		}
	}
	m.productForm(&w)
	closed, users := m.closedClasses()
	p := newPopulations(&w, users)
	w.station = "closed classes"
	steps, cells := m.serversSize(p)
	w.bounded(steps, cells, "Linearizer approximates larger ones")
	if w.err != nil {
		return MixedResult{}, w.err
	}
	v := serversMVA{m: m, closed: closed, p: p, out: m.newResult()}
	total, err := v.solve(loads)
	if err != nil {
		return MixedResult{}, err
	}
	for j, c := range m.Classes {
		for k, s := range m.Stations {
			switch {
			case c.Rate == 0: // closed, or empty
			case s.isDelay():
				v.out.Residence[j][k] = c.Demands[k]
			default:
				v.out.Residence[j][k] = c.Demands[k] * (1 + total[k]) / (1 - loads[k])
			}
		}
	}
	m.finish(&v.out)
	return v.out, nil
}

// mostLost is the part of a response time that rounding may have cost (1).
const mostLost = 1e-9

// serversMVA is the state of [ServersMVA].
type serversMVA struct {
	m      MixedNetwork
	closed []int // classes
	p      *populations
	out    MixedResult

	demand [][]float64 // by closed class and station, stretched by open load
	first  []int       // where the probabilities of each station begin
	plane  []serversAt // all populations with the same number of the first class
}

// serversAt is what is known of the stations at one population.
type serversAt struct {
	present   []float64 // by station (1)
	p, unsure []float64 // of j requests, from first[k] on, and how far off they may be (1)
}

// solve goes through all populations and returns the number at each station.
func (v *serversMVA) solve(loads []float64) ([]float64, error) {
	stations := len(v.m.Stations)
	if len(v.closed) == 0 {
		return make([]float64, stations), nil
	}
	v.begin(loads)
	old, next := v.newAt(), v.newAt()
	seen := make([]*serversAt, len(v.closed))
	x := make([]float64, len(v.closed))
	residence := make([]float64, stations)
	v.p.first()
	v.p.next()
	for at := 1; at < v.p.size; at++ {
		here := &v.plane[at%v.p.stride[0]]
		*here, old = old, *here // at n − e_1, which is about to be written over
		seen[0] = &old
		for i := 1; i < len(v.closed); i++ {
			if v.p.n[i] > 0 {
				seen[i] = &v.plane[at%v.p.stride[0]-v.p.stride[i]]
			}
		}
		clear(next.present)
		for i, j := range v.closed {
			x[i] = 0
			if v.p.n[i] == 0 {
				continue
			}
			cycle, err := v.residences(i, seen[i], residence)
			if err != nil {
				return nil, err
			}
			x[i] = float64(v.p.n[i]) / cycle
			for k, r := range residence {
				next.present[k] += x[i] * r
			}
			if at == v.p.size-1 {
				v.out.Throughput[j] = x[i]
				copy(v.out.Residence[j], residence)
			}
		}
		v.probabilities(x, seen, &next)
		*here, next = next, *here
		v.p.next()
	}
	return v.plane[len(v.plane)-1].present, nil
}

func (v *serversMVA) begin(loads []float64) {
	v.demand = matrix(len(v.closed), len(v.m.Stations))
	places := 0
	for k, s := range v.m.Stations {
		v.first = append(v.first, places)
		if !s.isDelay() {
			places += s.Servers
		}
		for i, j := range v.closed {
			v.demand[i][k] = v.m.Classes[j].Demands[k]
			if s.single() {
				v.demand[i][k] /= 1 - loads[k]
			}
		}
	}
	v.first = append(v.first, places)
	v.plane = make([]serversAt, v.p.stride[0])
	for i := range v.plane {
		v.plane[i] = v.newAt()
	}
}

// newAt is that of no requests at all.
func (v *serversMVA) newAt() serversAt {
	places := v.first[len(v.m.Stations)]
	out := serversAt{make([]float64, len(v.m.Stations)), make([]float64, places), make([]float64, places)}
	for k, s := range v.m.Stations {
		if !s.isDelay() {
			out.p[v.first[k]] = 1
		}
	}
	return out
}

// residences fills in how long the i-th class is at each station when it finds
// what is there without it, and returns its cycle time.
func (v *serversMVA) residences(i int, seen *serversAt, residence []float64) (cycle float64, err error) {
	lost := 0.0
	cycle = v.m.Classes[v.closed[i]].Think
	for k, s := range v.m.Stations {
		d := v.demand[i][k]
		if !s.isDelay() {
			stretch, unsure := 1+seen.present[k], 0.0
			for j := range s.Servers - 1 {
				stretch += float64(s.Servers-1-j) * seen.p[v.first[k]+j]
				unsure += float64(s.Servers-1-j) * seen.unsure[v.first[k]+j]
			}
			d /= float64(s.Servers)
			lost += d * unsure
			d *= stretch
		}
		residence[k] = d
		cycle += d
	}
	if lost > mostLost*cycle {
		return 0, ErrDigits
	}
	return cycle, nil
}

// probabilities fills in those at the throughputs x (1/s).
func (v *serversMVA) probabilities(x []float64, seen []*serversAt, out *serversAt) {
	const rounding = 4e-16
	for k, s := range v.m.Stations {
		if s.isDelay() {
			continue
		}
		p, unsure := out.p[v.first[k]:v.first[k+1]], out.unsure[v.first[k]:v.first[k+1]]
		c := float64(s.Servers)
		busy, off := 0.0, 0.0
		for i, r := range x {
			busy += r * v.demand[i][k]
		}
		idle := c - busy
		for j := 1; j < s.Servers; j++ {
			p[j], unsure[j] = 0, 0
			for i, r := range x {
				if r > 0 {
					f := r * v.demand[i][k] / float64(j)
					p[j] += f * seen[i].p[v.first[k]+j-1]
					unsure[j] += f * seen[i].unsure[v.first[k]+j-1]
				}
			}
			unsure[j] += rounding * p[j]
			idle -= (c - float64(j)) * p[j]
			off += (c - float64(j)) * unsure[j]
		}
		p[0], unsure[0] = idle/c, off/c+rounding
	}
}
