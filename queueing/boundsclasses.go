package queueing

import (
	"fmt"
	"math"
)

// ClassBounds say what the throughput of one closed class lies between.
type ClassBounds struct {
	Throughput Between // (1/s)
	Response   Between // (s); what a throughput at the other end would make of it
	Bottleneck int     // station of the largest demand by server; −1 if all are delays
}

// BoundsOfClasses bounds the throughputs of each closed class of a network, for no
// more work than to look at every demand once. With c_k servers, N users of all
// closed classes, D_r the whole demand of class r outside of thinking and D_kr/c_k
// at its largest D⁺_r,
//
//	X_r ≥ N_r / (Z_r + D_r + (N − 1)·D⁺_r)
//	X_r ≤ N_r / (Z_r + D_r)    X_r ≤ (c_k − Σ_(j≠r) X_j·D_kj) / D_kr
//
// for on arrival one finds the N − 1 others somewhere, at worst all of them at the
// station where a request waits longest; and all classes together keep no more
// servers busy than there are, where X_j may be as low as its own bound. Open
// requests that keep a share ρ of a single server busy stretch its demands to D/(1 −
// ρ). Open classes have the zero ClassBounds, with Bottleneck −1.
//
//   - Domain: that of [MixedConvolution], but for speeds that depend on the number
//     present, and for open requests at several servers.
//   - Accuracy: bounds of the network in product form.
//   - Source: the asymptotes [LZGS84]; what one finds on arrival [SeMi81].
//
// [SeMi81]: https://doi.org/10.1145/322248.322257
func BoundsOfClasses(m MixedNetwork) ([]ClassBounds, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	w := want{}
	loads := m.loads()
	for k, s := range m.Stations {
		w.station = fmt.Sprintf("station %d of a network", k+1)
		if s.Rates != nil {
			w.fail("number of speeds", float64(len(s.Rates)), "none; MixedConvolution takes them")
		}
		if s.Servers > 1 && loads[k] > 0 {
			w.fail("open load", loads[k], "0 at several servers; MixedConvolution takes it")
		}
	}
	m.productForm(&w)
	if w.err != nil {
		return nil, w.err
	}
	out := make([]ClassBounds, len(m.Classes))
	users := 0
	for _, c := range m.Classes {
		users += c.Users
	}
	for j, c := range m.Classes {
		b := &out[j]
		b.Bottleneck = -1
		if c.Users == 0 {
			continue
		}
		total, most := c.Think, 0.0
		for k := range m.Stations {
			total += m.stretched(c, k, loads)
			if d := m.byServer(c, k, loads); d > most {
				most, b.Bottleneck = d, k
			}
		}
		n := float64(c.Users)
		b.Throughput = Between{n / (total + float64(users-1)*most), n / total}
	}
	m.leave(out, loads)
	for j, c := range m.Classes {
		if b := &out[j]; c.Users > 0 {
			n := float64(c.Users)
			b.Response = Between{math.Max(0, n/b.Throughput.High-c.Think), n/b.Throughput.Low - c.Think}
		}
	}
	return out, nil
}

// leave lowers the upper bounds to what the others leave at each station.
func (m MixedNetwork) leave(out []ClassBounds, loads []float64) {
	for k := range m.Stations {
		taken := 0.0
		for j, c := range m.Classes {
			taken += out[j].Throughput.Low * m.byServer(c, k, loads)
		}
		for j, c := range m.Classes {
			if d := m.byServer(c, k, loads); c.Users > 0 && d > 0 {
				b := &out[j].Throughput
				b.High = math.Min(b.High, math.Max(b.Low, (1-taken)/d+b.Low))
			}
		}
	}
}

// stretched is the demand of a class at a station next to open requests (s).
func (m MixedNetwork) stretched(c MixedClass, k int, loads []float64) float64 {
	if m.Stations[k].isDelay() {
		return c.Demands[k]
	}
	return c.Demands[k] / (1 - loads[k])
}

// byServer is that by server, and 0 at a delay (s).
func (m MixedNetwork) byServer(c MixedClass, k int, loads []float64) float64 {
	if m.Stations[k].isDelay() {
		return 0
	}
	return m.stretched(c, k, loads) / float64(m.Stations[k].Servers)
}
