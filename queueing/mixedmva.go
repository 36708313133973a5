package queueing

import "fmt"

// MixedMVA solves a network of single servers and delays with several classes,
// closed and open, by exact mean value analysis. For each population n ≤ N of
// the closed classes and each class r with n_r > 0:
//
//	R_k(r) = D_k(r)/(1 − ρ_k)·(1 + Q_k(n − e_r))    X_r = n_r / (Z_r + Σ R_k(r))    Q_k(n) = Σ_r X_r·R_k(r)
//
// with R_k = D_k at a delay, where open requests keep a share ρ_k of server k
// busy. They themselves find all the closed ones: R_k = D_k·(1 + Q_k(N))/(1 − ρ_k).
//
//   - Assumes: product form; no station with several servers or changing speed
//     ([MixedConvolution] takes those).
//   - Domain: that of [MixedNetwork], with at most 8388608 populations n.
//   - Accuracy: exact up to rounding (only sums and quotients of positives).
//   - Source: [ReLa80]; open classes [LZGS84].
//
// [ReLa80]: https://doi.org/10.1145/322186.322195
func MixedMVA(m MixedNetwork) (MixedResult, error) {
	if err := m.check(); err != nil {
		return MixedResult{}, err
	}
	w := want{}
	for k, s := range m.Stations {
		if !s.isDelay() && !s.single() {
			w.station = fmt.Sprintf("station %d of a network", k+1)
			w.fail("servers", float64(s.Servers), "1, or 0 for a delay; MixedConvolution solves the rest")
		}
	}
	m.productForm(&w)
	closed, users := m.closedClasses()
	p := newPopulations(&w, users)
	w.station = "closed classes"
	w.bounded(float64(p.size)*float64(len(users)*len(m.Stations)), 0, "Linearizer approximates larger ones")
	if w.err != nil {
		return MixedResult{}, w.err
	}
	out := m.newResult()
	loads := m.loads()
	total := m.mva(&out, closed, p, loads)
	for j, c := range m.Classes {
		for k, s := range m.Stations {
			switch {
			case c.Rate == 0: // closed, or empty
			case s.isDelay():
				out.Residence[j][k] = c.Demands[k]
			default:
				out.Residence[j][k] = c.Demands[k] * (1 + total[k]) / (1 - loads[k])
			}
		}
	}
	m.finish(&out)
	return out, nil
}

// closedClasses are the classes with users. The one with most comes first, so
// that a plane of populations of the others is small.
func (m MixedNetwork) closedClasses() (classes, users []int) {
	for j, c := range m.Classes {
		if c.Users == 0 {
			continue
		}
		classes, users = append(classes, j), append(users, c.Users)
		if last := len(users) - 1; users[last] > users[0] {
			users[0], users[last] = users[last], users[0]
			classes[0], classes[last] = classes[last], classes[0]
		}
	}
	return classes, users
}

// mva goes through all populations. It fills in throughputs and residence times
// of the closed classes, and returns the number of them at each station.
//
// The numbers present are kept for one plane only, all populations with the
// same n_1: the one at n − e_1 has the place that n is about to take.
func (m MixedNetwork) mva(out *MixedResult, closed []int, p *populations, loads []float64) []float64 {
	stations := len(m.Stations)
	if len(closed) == 0 {
		return make([]float64, stations)
	}
	demand := matrix(len(closed), stations) // stretched by open load
	queues := make([]float64, stations)     // 1 at a queue, 0 at a delay
	for k, s := range m.Stations {
		if !s.isDelay() {
			queues[k] = 1
		}
		for i, j := range closed {
			demand[i][k] = m.Classes[j].Demands[k] / (1 - loads[k]*queues[k])
		}
	}
	present := matrix(p.stride[0], stations)
	old := make([]float64, stations) // at n − e_1, which is about to be written over
	residence := make([]float64, stations)
	p.first()
	p.next()
	for at := 1; at < p.size; at++ {
		here := present[at%p.stride[0]]
		copy(old, here)
		clear(here)
		for i, j := range closed {
			if p.n[i] == 0 {
				continue
			}
			seen := old
			if i > 0 {
				seen = present[at%p.stride[0]-p.stride[i]]
			}
			cycle := m.Classes[j].Think
			for k, d := range demand[i] {
				residence[k] = d * (1 + queues[k]*seen[k])
				cycle += residence[k]
			}
			x := float64(p.n[i]) / cycle
			for k, r := range residence {
				here[k] += x * r
			}
			if at == p.size-1 {
				out.Throughput[j] = x
				copy(out.Residence[j], residence)
			}
		}
		p.next()
	}
	return present[len(present)-1]
}
