package queueing

import "math"

// ProductForm solves an open network whose stations behave as if each were on
// its own with Poisson arrivals:
//
//	λ = start + routesᵀ·λ    W_k = W(M/M/c) at λ_k, S_k, c_k    T = S + W in order of arrival
//	T = S·(1 + W_k/S_k) under processor sharing    T = S at a delay
//
// Classes keep their own service times under processor sharing and at delays,
// where only the means matter; in order of arrival all of them need the same
// exponential one. How the classes are routed, in circles or changing into each
// other, is of no matter but for the visits.
//
//   - Assumes: Poisson arrivals.
//   - Domain: that of [OpenNetwork]; a network without product form gives an
//     [InputError] that says why, an overloaded station an [UnstableError].
//   - Accuracy: exact up to rounding (under processor sharing by several servers
//     too, by insensitivity).
//   - Source: [Jack57]; classes and disciplines [BCMP75]; [Kell79].
//
// [BCMP75]: https://doi.org/10.1145/321879.321887
func ProductForm(n OpenNetwork) (OpenResult, error) {
	f, err := newOpenFlow(&n)
	if err != nil {
		return OpenResult{}, err
	}
	if err := f.productForm(); err != nil {
		return OpenResult{}, err
	}
	return f.solveProductForm()
}

// asEqual is how far figures may lie apart and still be taken as equal.
const asEqual = 1e-9

// productForm says why the network has no product form, or nothing.
func (f *openFlow) productForm() error {
	w := want{station: "product form"}
	for r := range f.n.Classes {
		if c := &f.n.Classes[r]; c.Arrivals > 0 && math.Abs(c.SCV-1) > asEqual {
			w.fail("SCV of the gaps between arrivals", c.SCV, "1, for Poisson arrivals; QNA solves the rest")
		}
	}
	stations := len(f.n.Stations)
	for k, s := range f.n.Stations {
		if s.Shared || s.Servers == 0 || f.total[k] == 0 {
			continue
		}
		mean := f.load[k] / f.total[k]
		for r := range f.n.Classes {
			service := f.n.Classes[r].Service[k]
			if w.err != nil || f.rate[r*stations+k] == 0 {
				continue
			}
			if math.Abs(service.SCV-1) > asEqual {
				w.station = "product form at " + stationOfOpen(k)
				w.fail("SCV of service", service.SCV, "1, for exponential service in order of arrival; QNA solves the rest")
			}
			if math.Abs(service.Mean-mean) > asEqual*mean {
				w.station = "product form at " + stationOfOpen(k)
				w.fail("service time", service.Mean, "the same for all classes in order of arrival; QNA solves the rest")
			}
		}
	}
	return w.err
}

func (f *openFlow) solveProductForm() (OpenResult, error) {
	waits := make([]openWait, len(f.n.Stations))
	for k, s := range f.n.Stations {
		waits[k].stretch = 1
		if s.Servers == 0 || f.total[k] == 0 {
			continue
		}
		mean := f.load[k] / f.total[k]
		q := newMMc(f.total[k], mean, s.Servers)
		wait := q.pWait / q.drain
		if s.Shared {
			waits[k].stretch = 1 + wait/mean
			continue
		}
		waits[k].wait, waits[k].pWait, waits[k].scv = wait, q.pWait, 1
	}
	out, err := f.result(waits)
	out.Exact = true
	return out, err
}
