package queueing

import "math"

// unequal is the residence time of one request of a class r at a single server
// whose classes have unequal weights w, with rates μ of service. While two
// requests are there together they are served in the ratio of their weights,
// so that, both being exponential, one of class j takes from one of class r
//
//	h_j = w_j/(w_j·μ_j + w_r·μ_r)    (s)
//
// of the server until either is done, whoever else is there. A request of class
// r meets those it finds, and those that come while it is there,
//
//	T_r = S_r + Σ_j h_j·(A_j + X_j·T_r)
//
// which is exact at a queue with Poisson arrivals, where A_j = Q_j. Here A_j is
// what an arrival finds of a closed network; and of its own class as many come
// as go while it is there, which makes S_r·A_r of their term. Open requests
// slow the server down.
//
//   - Source: the equation [FaMI80]; its use in a closed network is ours.
//
// [FaMI80]: https://doi.org/10.1145/322203.322212
func (a *arrival) unequal(k, r int, share float64) float64 {
	// leastLeft keeps the iteration going where others take the whole server for
	// a while; it does not bind where they have settled.
	const leastLeft = 1e-3
	s := &a.stations[k]
	own := s.service[r]
	work, left := own, s.full
	for j, service := range s.service {
		if service == 0 {
			continue
		}
		at := k*a.r + j
		found := a.q[at] + a.shiftOf[at*a.r+r]
		if j == r {
			work += own * math.Max(0, found-share*a.q[at])
			continue
		}
		taken := s.weight[j] / (s.weight[j]/service + s.weight[r]/own)
		work += taken * math.Max(0, found)
		left -= taken * a.x[j] * s.visits[j]
	}
	return s.visits[r] * work / math.Max(left, leastLeft*s.full)
}

// equalOver reports whether all of the given entries of a list are equal.
func equalOver(list []float64, entries []int) bool {
	for _, i := range entries {
		if list[i] != list[entries[0]] {
			return false
		}
	}
	return true
}
