package queueing

import (
	"fmt"
	"math"
)

// ServicePhase is one exponential phase of a service time.
type ServicePhase struct {
	Start float64 // probability that service starts with it (1)
	Rate  float64 // at which it ends (1/s)
	Done  float64 // probability that service ends with it; else the next phase follows (1)
}

// ServiceLaw is a service time made of phases, in the order in which they may
// follow each other: one phase is exponential, several that start and end
// service are a mixture, several in a row an Erlang or Coxian law.
type ServiceLaw []ServicePhase

// FittedLaw is the law of a given mean (s) and squared coefficient of variation
// (1): a mixture of Erlang laws of k − 1 and k phases up to 1, and of two
// exponentials with balanced means above.
//
//   - Domain: mean > 0; scv ≥ 0. One below 1/400 is taken as that.
//   - Source: [Tijm03].
//
// [Tijm03]: https://doi.org/10.1002/047001363X
func FittedLaw(mean, scv float64) (ServiceLaw, error) {
	w := want{station: "service law"}
	w.positive("mean", mean)
	w.scale("mean", mean)
	w.scale("squared coefficient of variation", scv)
	if w.err != nil {
		return nil, w.err
	}
	if scv > 1 {
		root := math.Sqrt((scv - 1) / (scv + 1))
		slow := 1 / ((scv + 1) * (1 + root)) // (1 − root)/2, without the difference
		fast := (1 + root) / 2
		return ServiceLaw{{fast, 2 * fast / mean, 1}, {slow, 2 * slow / mean, 1}}, nil
	}
	f := fit(mean, scv)
	l := make(ServiceLaw, f.k)
	for i := range l {
		l[i].Rate = f.rate
	}
	l[f.k-1].Done = 1
	l[0].Start = 1 - f.p
	if f.p > 0 { // one phase less
		l[1].Start += f.p
	}
	return l, nil
}

// Mean is the mean service time (s).
func (l ServiceLaw) Mean() float64 {
	sum, rest := 0.0, 0.0 // rest is what is left from the phase after
	for i := len(l) - 1; i >= 0; i-- {
		rest = 1/l[i].Rate + (1-l[i].Done)*rest
		sum += l[i].Start * rest
	}
	return sum
}

// check wants phases that start somewhere and end.
func (l ServiceLaw) check(w *want) {
	start := 0.0
	share := func(name string, v float64) {
		if !(v >= 0 && v <= 1) {
			w.fail(name, v, "a probability")
		}
	}
	for _, ph := range l {
		share("start probability of a phase", ph.Start)
		share("probability that service ends with a phase", ph.Done)
		w.positive("rate of a phase", ph.Rate)
		w.scale("rate of a phase", ph.Rate)
		start += ph.Start
	}
	if len(l) == 0 {
		w.fail("number of phases", 0, "at least one")
		return
	}
	if !(math.Abs(start-1) <= 1e-9) {
		w.fail("sum of the start probabilities", start, "1")
	}
	if last := l[len(l)-1].Done; last != 1 {
		w.fail(fmt.Sprintf("probability that service ends with phase %d, the last", len(l)), last, "1")
	}
}
