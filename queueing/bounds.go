package queueing

import (
	"fmt"
	"math"
)

// Between is what a throughput lies between, ends included.
type Between struct {
	Low, High float64 // (1/s)
}

// ClosedBounds say what the throughput of a closed network lies between, for
// less work than to solve it, whatever the number of users.
type ClosedBounds struct {
	Asymptotic Between // from the total and the largest demand alone (1/s)
	Balanced   Between // from a network of equal stations that is worse, or better (1/s)
	Geometric  Between // from every demand (1/s)

	Bottleneck int     // station of the largest demand; −1 if all are delays
	Saturation float64 // users at which the asymptotes of throughput cross (1)
}

// Bounds bounds the throughput of a network of single servers and delays. With
// D the demand of all queues, D⁺ the largest and D⁻ the mean one, and Z the
// time in delays and thinking, the bounds are
//
//	N/(N·D + Z) ≤ X ≤ min(1/D⁺, N/(D + Z))
//	N/(D + Z + (N−1)·D⁺/(1 + Z/(N·D))) ≤ X ≤ min(1/D⁺, N/(D + Z + (N−1)·D⁻/(1 + Z/D)))
//
// and the geometric ones of [geometric]. Saturation is (D + Z)/D⁺.
//
//   - Domain: one server of constant speed or a delay at each station, no open load.
//   - Accuracy: bounds of the network in product form.
//   - Source: [LZGS84]; [CaMS08].
//
// [CaMS08]: https://doi.org/10.1109/TC.2008.37
func Bounds(c ClosedNetwork) (ClosedBounds, error) {
	if err := c.check(); err != nil {
		return ClosedBounds{}, err
	}
	g, bottleneck, err := newGeometric(c)
	if err != nil {
		return ClosedBounds{}, err
	}
	out := ClosedBounds{Bottleneck: bottleneck, Saturation: math.Inf(1)}
	if g.most > 0 {
		out.Saturation = (g.sum + g.think) / g.most
	}
	if c.Users == 0 {
		return out, nil
	}
	n := float64(c.Users)
	out.Asymptotic = Between{n / (n*g.sum + g.think), g.atMost(n / (g.sum + g.think))}
	out.Balanced, out.Geometric = out.Asymptotic, out.Asymptotic
	if g.most > 0 {
		mean := g.sum / g.queues
		out.Balanced = Between{
			n / (g.sum + g.think + (n-1)*g.most/(1+g.think/(n*g.sum))),
			g.atMost(n / (g.sum + g.think + (n-1)*mean/(1+g.think/g.sum))),
		}
		out.Geometric = Between{g.low(n), g.high(n)}
	}
	return out, nil
}

// geometric bounds the number at each station that is not the bottleneck by a
// geometric sum and leaves the rest to the bottleneck. In
//
//	X(N) = N/(Z + D + D⁺·(N−1−Z·X(N−1)) − Σ (D⁺−D_k)·Q_k(N−1))
//
// Q_k is replaced by y + y² + … + y^(N−1), with y the utilization by the lowest
// or the highest throughput.
//
//   - Source: [CaMS08].
//
// [CaMS08]: https://doi.org/10.1109/TC.2008.37
type geometric struct {
	demands   []float64 // of the queues (s)
	copies    []float64 // of each of these (1)
	queues    float64   // all copies (1)
	sum, most float64   // of those (s)
	second    float64   // Σ D_k²/Σ D_k: mean demand of the station that a request is at (s)
	think     float64   // and delays (s)
}

func newGeometric(c ClosedNetwork) (geometric, int, error) {
	g, bottleneck := geometric{think: c.Think}, -1
	for k, s := range c.Stations {
		if s.isDelay() {
			g.think += s.Demand
			continue
		}
		w := want{station: fmt.Sprintf("station %d", k+1)}
		if s.Rates != nil || s.Servers != 1 {
			w.fail("servers", float64(s.Servers), "1 of constant speed, or 0 for a delay")
		}
		if s.OpenLoad != 0 {
			w.fail("open load", s.OpenLoad, "0")
		}
		if w.err != nil {
			return g, 0, w.err
		}
		one := s.one().Demand
		g.demands, g.copies = append(g.demands, one), append(g.copies, s.copies())
		g.queues += s.copies()
		g.sum += one * s.copies()
		if one > g.most {
			g.most, bottleneck = one, k
		}
	}
	for i, d := range g.demands {
		if d > 0 {
			g.second += d * (d / g.sum) * g.copies[i]
		}
	}
	return g, bottleneck, nil
}

// atMost keeps a throughput below what the bottleneck can carry.
func (g geometric) atMost(x float64) float64 {
	if g.most > 0 {
		return math.Min(x, 1/g.most)
	}
	return x
}

// low is the lower bound with n users.
func (g geometric) low(n float64) float64 {
	others := n - 1
	x := others / (g.think + g.sum + g.most*others) // never more than the throughput
	return n / (g.think + g.sum + g.most*(others-g.think*x) - g.elsewhere(x, others))
}

// high is the upper bound with n users, from the balanced one with one less.
func (g geometric) high(n float64) float64 {
	others := n - 1
	x := 0.0
	if others > 0 {
		x = g.atMost(others / (g.think + g.sum + (others-1)*g.second/(1+g.think/g.sum)))
	}
	return g.atMost(n / (g.think + g.sum + g.most*(others-g.think*x) - g.elsewhere(x, others)))
}

// elsewhere is Σ (D⁺−D_k)·Q_k with n users, at the throughput x.
func (g geometric) elsewhere(x, n float64) float64 {
	sum := 0.0
	for i, d := range g.demands {
		if y := d * x; d < g.most && y > 0 {
			sum -= g.copies[i] * (g.most - d) * y / (1 - y) * math.Expm1(n*math.Log(y))
		}
	}
	return sum
}
