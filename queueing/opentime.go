package queueing

import "math"

// ResponseTime is the distribution of the time that a request beginning as the
// given class spends in the network. With T_i the transform of the time of one
// visit to place i, what is left to go from there has the transform
//
//	φ_i(s) = T_i(s)·(leave_i + Σ_j route_ij·φ_j(s))
//
// which is solved at every point s that the inversion asks for; mean and
// variance follow from the same equations.
//
//   - Assumes: visits are independent of each other. They are in product form
//     where requests cannot overtake each other on their way (single servers in
//     order of arrival, paths that do not meet again); otherwise it is an
//     approximation, though its mean is that of the network.
//   - Accuracy: that of [Survival] where the visits are independent.
//   - Source: [Reic57]; overtaking [WaVa80].
//
// [Reic57]: https://doi.org/10.1214/aoms/1177706889
// [WaVa80]: https://doi.org/10.2307/1426753
func (r OpenResult) ResponseTime(class int) (Time, error) {
	w := want{station: "response time in an open network"}
	if r.net == nil || class < 0 || class >= len(r.Classes) {
		w.fail("class", float64(class), "a class of a solved network")
		return nil, w.err
	}
	c := &r.net.n.Classes[class]
	if c.Start == nil {
		w.fail("class", float64(class), "one with Start and Routes: without an order of visits there is only a mean")
		return nil, w.err
	}
	visits, err := r.visits()
	if err != nil {
		return nil, err
	}
	first, second, err := r.net.leftMoments(visits)
	if err != nil {
		return nil, err
	}
	out := transformed{euler: fineInversion()}
	from := class * len(r.Stations)
	for k, p := range c.Start {
		out.mean += p * first[from+k]
		out.variance += p * second[from+k]
	}
	out.variance = math.Max(0, out.variance-out.mean*out.mean)
	out.lst = func(s complex128) complex128 {
		t := make([]complex128, len(visits))
		for i, v := range visits {
			if v != nil {
				t[i] = v.LST(s)
			}
		}
		left := r.net.onward.transforms(t, r.net.leave)
		sum := complex128(0)
		for k, p := range c.Start {
			sum += complex(p, 0) * left[from+k]
		}
		return sum
	}
	return out, nil
}

// visits are the times of one visit to each place; nil where nobody comes.
func (r OpenResult) visits() ([]Time, error) {
	stations := len(r.Stations)
	out := make([]Time, len(r.net.rate))
	for k, s := range r.net.n.Stations {
		var sharing *PS
		for class := range r.net.n.Classes {
			i := class*stations + k
			if r.net.rate[i] == 0 {
				continue
			}
			service := r.net.n.Classes[class].Service[k]
			if s.Servers == 0 || !s.Shared {
				out[i] = r.waits[k].visit(service)
				continue
			}
			if sharing == nil {
				q, err := NewPS(r.net.total[k], r.net.load[k]/r.net.total[k], s.Servers)
				if err != nil {
					return nil, err
				}
				sharing = &q
			}
			t, err := sharing.ResponseTo(service.Mean)
			if err != nil {
				return nil, err
			}
			// non-Poisson arrivals change the mean, and the rest with it
			out[i] = scaled{t, r.Stations[k].Classes[class].Response / t.Mean()}
		}
	}
	return out, nil
}

// visit is waiting plus service.
func (w openWait) visit(service OpenService) Time {
	own := fit(service.Mean, service.SCV)
	if w.pWait == 0 || w.wait == 0 {
		return own
	}
	return sumOf(delayed{w.pWait, fit(w.wait/w.pWait, w.scv)}.simple(), own)
}

// leftMoments are the first two moments of the time that is left to go from
// each place.
func (f *openFlow) leftMoments(visits []Time) (first, second []float64, err error) {
	b := make([]float64, len(visits))
	for i, v := range visits {
		if v != nil {
			b[i] = v.Mean()
		}
	}
	if first, err = f.onward.solve(b); err != nil {
		return nil, nil, err
	}
	for i, v := range visits { // E[(T + L)²] = E[T²] + 2·E[T]·E[L] + E[L²], L = first − E[T] on average
		if v != nil {
			b[i] = v.Variance() + v.Mean()*v.Mean() + 2*v.Mean()*(first[i]-v.Mean())
		}
	}
	second, err = f.onward.solve(b)
	return first, second, err
}

// scaled is a time multiplied by a factor.
type scaled struct {
	Time
	by float64
}

func (t scaled) Mean() float64               { return t.by * t.Time.Mean() }
func (t scaled) Variance() float64           { return t.by * t.by * t.Time.Variance() }
func (t scaled) CDF(x float64) float64       { return t.Time.CDF(x / t.by) }
func (t scaled) Survival(x float64) float64  { return t.Time.Survival(x / t.by) }
func (t scaled) Quantile(p float64) float64  { return t.by * t.Time.Quantile(p) }
func (t scaled) LST(s complex128) complex128 { return t.Time.LST(s * complex(t.by, 0)) }
