package queueing

// MVA solves a closed network of single servers and delays by exact mean value
// analysis. For each population i = 1 … n:
//
//	R_k = D_k·(1 + Q_k)    X = i / (Z + Σ R_k)    Q_k = X·R_k
//
// with R_k = D_k at a delay. Where open requests keep a share ρ of a server
// busy, D_k becomes D_k/(1 − ρ).
//
//   - Assumes: product form; no station with several servers or changing speed
//     ([Convolution] takes those).
//   - Domain: that of [ClosedNetwork], with users times stations at most 2e9; no users
//     give zeros.
//   - Accuracy: exact up to rounding (only sums and quotients of positives).
//   - Source: [ReLa80]; open requests [LZGS84].
//
// [ReLa80]: https://doi.org/10.1145/322186.322195
func MVA(c ClosedNetwork) (ClosedResult, error) {
	w := want{station: "mean value analysis"}
	for _, s := range c.Stations {
		if s.Rates != nil || s.Servers > 1 {
			w.fail("servers", float64(s.Servers), "1, or 0 for a delay; Convolution solves the rest")
		}
	}
	if err := c.check(); err != nil {
		return ClosedResult{}, err
	}
	if w.err != nil {
		return ClosedResult{}, w.err
	}
	w.station = "closed network"
	if w.bounded(float64(c.Users)*float64(len(c.Stations)), 0, "Schweitzer and Linearizer approximate"); w.err != nil {
		return ClosedResult{}, w.err
	}
	d := make([]float64, len(c.Stations))
	r := make([]float64, len(d))
	q := make([]float64, len(d))
	for k, s := range c.Stations {
		d[k] = s.Demand
		if !s.isDelay() {
			d[k] /= s.copies() * (1 - s.OpenLoad)
		}
	}
	x, total := 0.0, 0.0
	for i := 1; i <= c.Users; i++ {
		total = 0
		for k := range d {
			r[k] = d[k]
			if s := &c.Stations[k]; !s.isDelay() {
				r[k] *= s.copies() * (1 + q[k]/s.copies())
			}
			total += r[k]
		}
		x = float64(i) / (c.Think + total)
		for k := range d {
			q[k] = x * r[k]
		}
	}
	out := ClosedResult{Throughput: x, Response: total, Stations: make([]ClosedFigures, len(d))}
	for k, s := range c.Stations {
		f := ClosedFigures{Residence: r[k], Present: q[k], Utilization: s.utilization(x)}
		if !s.isDelay() {
			f.OpenPresent = s.OpenLoad * (s.copies() + q[k]) / (1 - s.OpenLoad)
		}
		out.Stations[k] = f
	}
	return out, nil
}
