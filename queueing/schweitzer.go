package queueing

import "fmt"

// Schweitzer solves a network of several classes by approximate mean value
// analysis. An arrival of class r sees what is there on average, less its own
// share:
//
//	A_k(r) = Σ_j Q_k(j) − Q_k(r)/N_r    R_k(r) = D_k(r)·(1 + A_k(r))    X_r = N_r / (Z_r + Σ R_k(r))
//
// Other stations than single servers that requests share:
//
//   - Several servers, or speeds α: R = D·E((n+1)/α(n+1)), with n distributed
//     as in the machine-repair model of mean A.
//   - Order of arrival: R = V·(S + Σ_j S_j·A(j)) at one server ([Reis79]), where
//     services in progress are longer by their SCV; at several, those in
//     front hold a request up as if their mean service were everyone's.
//   - Unequal weights w: at one server, by whom a request meets and in which
//     ratio they are served ([FaMI80]); at several, each in front counts w_j/w_r.
//   - Open load ρ stretches a single server's D to D/(1 − ρ), and slows others
//     down as product form says ([BrBA84]).
//
// It is for networks that are too large for [MixedConvolution] or not in
// product form; [Linearizer] is closer and takes about ten times as long.
//
//   - Domain: that of [MixedNetwork].
//   - Accuracy: single servers within some 10 %, usually 3 %; it reports too
//     low a throughput near saturation.
//   - Source: [Schw79] and [Bard79], as in [LZGS84].
//
// [BrBA84]: https://doi.org/10.1016/0166-5316(84)90010-5
// [FaMI80]: https://doi.org/10.1145/322203.322212
func Schweitzer(m MixedNetwork) (MixedResult, error) {
	if err := m.check(); err != nil {
		return MixedResult{}, err
	}
	a := newArrival(m)
	a.spread()
	if err := a.settle(1e-12); err != nil {
		return MixedResult{}, err
	}
	return a.result(), nil
}

// maxSweeps bounds the iteration; from slowSweeps on, each goes half the way
// only, for what has not settled by then goes to and fro.
const (
	maxSweeps  = 20000
	slowSweeps = 2000
)

// settle goes round until nothing changes.
func (a *arrival) settle(tolerance float64) error {
	damp := 1.0
	for i := range maxSweeps {
		if i == slowSweeps {
			damp = 0.5
		}
		if a.sweep(damp) <= tolerance {
			return nil
		}
	}
	return fmt.Errorf("queueing: approximate mean value analysis of %d classes did not settle in %d rounds", a.r, maxSweeps)
}

// result takes the figures over, and adds those of open classes, which find all
// closed ones present.
func (a *arrival) result() MixedResult {
	out := a.m.newResult()
	a.sums()
	for k := range a.stations {
		for r, j := range a.classes {
			out.Throughput[j] = a.x[r]
			out.Residence[j][k] = a.reside[k*a.r+r]
		}
		a.openResidence(&out, k)
	}
	a.m.finish(&out)
	return out
}

// openResidence fills in the residence times of open classes at a station.
func (a *arrival) openResidence(out *MixedResult, k int) {
	s := &a.stations[k]
	present := 0.0 // of open requests, where the station is shared
	switch {
	case s.load == 0 || s.kind == kindDelay || s.kind == kindFIFO:
	case s.single:
		present = s.load * (1 + a.total[k]) / s.full
	default:
		shared, sources := a.m.Stations[k].shared(s.load), 0.0
		for _, n := range a.users {
			sources += n
		}
		for n, p := range repairLaw(shared, int(sources), a.total[k]) {
			present += p * shared.openPresent(n)
		}
	}
	for j, c := range a.m.Classes {
		d := c.Demands[k]
		switch {
		case c.Rate == 0 || d == 0:
		case s.kind == kindDelay:
			out.Residence[j][k] = d
		case s.kind == kindFIFO:
			out.Residence[j][k] = d*s.first + c.visits(k)*s.wait(a.total[k], a.weighed[k], a.work[k], a.variety[k])
		default:
			out.Residence[j][k] = d * present / s.load
		}
	}
}
