package resilience

import (
	"fmt"
	"math"

	"github.com/headroom/headroom/queueing/internal/domain"
	"github.com/headroom/headroom/queueing/internal/quantile"
)

// Retrying is a station that callers give up on after a timeout, to try again.
// What they gave up on is worked off all the same.
type Retrying struct {
	Fresh    float64 // new requests (1/s)
	Capacity float64 // requests that the station completes when all its servers are busy (1/s)
	Timeout  float64 // time after which a caller gives up (s)
	Attempts int     // that a caller makes at the most (1)

	// Late is the probability that a response takes longer than t (s) when so
	// many requests a second are offered, fewer than Capacity.
	Late func(offered, t float64) float64
}

// Regime is a load at which retries keep themselves going.
type Regime struct {
	Offered  float64 // requests, attempts counted (1/s)
	TimedOut float64 // probability that an attempt times out (1)
	Failed   float64 // probability that all attempts of a request do (1)
	Goodput  float64 // new requests that are answered in time (1/s)
	Lasting  bool    // the load comes back here after a small disturbance
}

// Regimes are all loads at which the attempts made are those that the timeouts
// at this load bring about, in order of load:
//
//	Λ = λ·(1 − q^a)/(1 − q)    q = P(response > timeout) at Λ, and 1 from the capacity on
//
// Where there is a lasting one beyond the first, the system is metastable: a
// short overload can push it there, and it stays when the overload is over. How
// long a light regime lasts is not said: near the edge a long line by chance
// ends it.
//
//   - Domain: Fresh and Timeout 0 or from 1e-60 to 1e60, Capacity too but not 0;
//     1 to 1000 Attempts; Late, which must give numbers, falls in t and
//     rises with the load.
//   - Accuracy: exact for the equation, whose attempts are taken as a Poisson
//     stream of their own; the lasting ones are within 3 % of a simulated M/M/1
//     (tested for a timeout of 20 service times). Two regimes closer to each other
//     than a thousandth of the range may be missed together.
//   - Source: the fixed point is this comment; the phenomenon is [BrAC21].
func (r Retrying) Regimes() ([]Regime, error) {
	err := domain.First(
		domain.Scale("retries", "new requests", r.Fresh), domain.Scaled("retries", "capacity", r.Capacity),
		domain.Scale("retries", "timeout", r.Timeout), domain.Count("retries", "attempts", r.Attempts, 1, mostAttempts),
	)
	if err != nil || r.Fresh == 0 {
		return nil, err
	}
	const steps = 4000
	most := r.Fresh * float64(r.Attempts)
	excess := func(offered float64) float64 { return r.Fresh*tries(r.timedOut(offered), r.Attempts).Mean - offered }
	var out []Regime
	top := math.Min(most, r.Capacity)
	lo, flo := r.Fresh, excess(r.Fresh)
	if math.IsNaN(flo) {
		return nil, lateNaN(lo)
	}
	if flo == 0 {
		out = append(out, r.regime(lo, true))
	}
	for i := 1; i <= steps && top > r.Fresh; i++ {
		hi := r.Fresh + (top-r.Fresh)*float64(i)/steps
		if i == steps && top == r.Capacity {
			hi = math.Nextafter(top, 0)
		}
		fhi := excess(hi)
		if math.IsNaN(fhi) {
			return nil, lateNaN(hi)
		}
		if flo > 0 && fhi <= 0 || flo < 0 && fhi >= 0 {
			rising, sign := excess, 1.0
			if flo > 0 {
				rising, sign = func(offered float64) float64 { return -excess(offered) }, -1
			}
			out = append(out, r.regime(quantile.Illinois(rising, lo, hi, sign*flo, sign*fhi), flo > 0))
		}
		lo, flo = hi, fhi
	}
	if most >= r.Capacity { // all time out, and their retries keep it so
		out = append(out, r.regime(most, true))
	}
	return out, nil
}

func lateNaN(offered float64) error {
	return &domain.InputError{Station: "retries", Parameter: "probability of a late response", Value: math.NaN(), Want: fmt.Sprintf("a number, also where %g/s are offered", offered)}
}

// timedOut is the probability that an attempt times out at an offered load (1/s).
func (r Retrying) timedOut(offered float64) float64 {
	if offered >= r.Capacity {
		return 1
	}
	return math.Min(1, math.Max(0, r.Late(offered, r.Timeout)))
}

func (r Retrying) regime(offered float64, lasting bool) Regime {
	q := r.timedOut(offered)
	fail := tries(q, r.Attempts).Fail
	return Regime{offered, q, fail, r.Fresh * (1 - fail), lasting}
}
