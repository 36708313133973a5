package queueing

import (
	"math"

	"github.com/headroom/headroom/queueing/ctmc"
)

// JSQ2 is two lines, each with a server of its own, of which a request joins
// the shorter.
type JSQ2 struct {
	Lines [2]Figures // of each line
	Total Figures    // of both; PWait is that of an arrival to find both busy
}

// jsqHeaviest is the largest load that NewJSQ2 takes, for the size of its chain.
const jsqHeaviest = 0.9

// NewJSQ2 is two single servers with exponential service of the given means (s)
// and Poisson arrivals of rate lambda (1/s), each of which joins the line where
// fewer are present, either of them with probability ½ when these are equal, and
// stays there. It is solved as a Markov chain, cut off where both lines together
// are so long that it is as good as never.
//
//   - Domain: λ > 0, S > 0; λ ≥ 1/S_1 + 1/S_2 gives an [UnstableError], above
//     0.9 of that an [InputError].
//   - Accuracy: 1e-7, in up to half a second at the heaviest loads.
//   - Source: [Haig58] for the model; [GrTH85] for the solution.
func NewJSQ2(lambda float64, service [2]float64) (JSQ2, error) {
	w := want{station: "shortest of two lines"}
	w.positive("arrival rate", lambda)
	w.positive("service time of line 0", service[0])
	w.positive("service time of line 1", service[1])
	rho := lambda / (1/service[0] + 1/service[1])
	w.stable(rho*2, 2)
	if w.err == nil && rho > jsqHeaviest {
		w.fail("load of a server", rho, "at most 0.9")
	}
	if w.err != nil {
		return JSQ2{}, w.err
	}
	most := int(math.Ceil(-11.5/math.Log(rho))) + 20 // each line half of a total that ρ^n bounds
	p, err := jsqChain(lambda, service, most)
	if err == nil {
		q := jsqFigures(lambda, service, p, most+1)
		if served := q.Lines[0].Throughput + q.Lines[1].Throughput; math.Abs(served-lambda) < 1e-7*lambda {
			return q, nil
		}
	}
	w.fail("ratio of service times", service[0]/service[1], "a ratio nearer to 1")
	return JSQ2{}, w.err
}

// jsqChain is the distribution of the numbers (a, b) in the two lines, neither
// longer than most, by a·(most + 1) + b.
func jsqChain(lambda float64, service [2]float64, most int) ([]float64, error) {
	side := most + 1
	c, err := ctmc.New(side*side, func(at int, add func(int, float64)) {
		a, b := at/side, at%side
		toA := 0.5
		if a != b {
			toA = 0
			if a < b {
				toA = 1
			}
		}
		if a < most {
			add(at+side, lambda*toA)
		}
		if b < most {
			add(at+1, lambda*(1-toA))
		}
		if a > 0 {
			add(at-side, 1/service[0])
		}
		if b > 0 {
			add(at-1, 1/service[1])
		}
	})
	if err != nil {
		return nil, err
	}
	return c.Stationary()
}

func jsqFigures(lambda float64, service [2]float64, p []float64, side int) JSQ2 {
	var q JSQ2
	var present, busy [2]float64
	both, found := 0.0, [2]float64{} // of arrivals: joins line i, which is busy
	for a := range side {
		for b := range side {
			x, n := p[a*side+b], [2]int{a, b}
			for i := range n {
				present[i] += x * float64(n[i])
				if n[i] > 0 {
					busy[i] += x
				}
			}
			if a > 0 && b > 0 {
				both += x
				switch {
				case a < b:
					found[0] += x
				case a > b:
					found[1] += x
				default:
					found[0] += x / 2
					found[1] += x / 2
				}
			}
		}
	}
	for i := range present {
		rate := busy[i] / service[i]
		q.Lines[i] = Figures{
			Throughput: rate, Utilization: busy[i], Present: present[i], InLine: present[i] - busy[i],
			PWait: lambda * found[i] / rate, PIdle: 1 - busy[i],
			Waiting: (present[i] - busy[i]) / rate, Response: present[i] / rate,
		}
	}
	l, s := present[0]+present[1], busy[0]+busy[1]
	q.Total = Figures{
		Throughput: lambda, Utilization: s / 2, Present: l, InLine: l - s,
		PWait: both, PIdle: 1 - both, Waiting: (l - s) / lambda, Response: l / lambda,
	}
	return q
}
