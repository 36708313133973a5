package queueing

import (
	"fmt"

	"github.com/headroom/headroom/scenarios/dist"
)

// NewMMcPriority is M/M/c with classes in order of priority, the first served
// first, of arrival rates lambdas (1/s) and one mean service time service (s)
// for all. With σ_k the load of the first k classes on a server and C the
// probability that all servers are busy, a service that is not interrupted makes
// class k wait
//
//	W_k = C·S / (c(1 − σ_(k−1))(1 − σ_k))
//
// and a wait that is one has the law of that with one server of c times the
// speed. With preemption the first k classes are M/M/c by themselves, so
// that the numbers present follow by subtraction, the distributions not: they
// are nil.
//
//   - Domain: λ_k > 0, S > 0, c ≥ 1; Σ λ_k·S ≥ c gives an [UnstableError].
//   - Accuracy: exact up to rounding; distributions by inversion, see [Survival].
//   - Source: [KeYe85] without preemption, [BuBo83] with it.
func NewMMcPriority(lambdas []float64, service float64, c int, preemptive bool) (ByClass, error) {
	w := want{station: "M/M/c with priorities"}
	w.count("number of classes", len(lambdas), 1)
	w.positive("service time", service)
	w.count("servers", c, 1)
	load := 0.0
	for k, l := range lambdas {
		w.positive(fmt.Sprintf("arrival rate of class %d", k), l)
		load += l * service
	}
	w.stable(load, float64(c))
	if w.err != nil {
		return nil, w.err
	}
	if preemptive {
		return bySubtraction(lambdas, service, c), nil
	}
	classes := make([]ServiceClass, len(lambdas))
	for k, l := range lambdas {
		classes[k] = ServiceClass{l, dist.Exponential(service / float64(c))}
	}
	one, err := NewMG1Priority(classes, false)
	if err != nil {
		return nil, err
	}
	pWait, rho := ErlangC(c, load), load/float64(c)
	out := make(ByClass, len(lambdas))
	for k, fast := range one {
		wait := thinned(fast.Waiting(), rho, pWait)
		f := classFigures(lambdas[k], wait.Mean(), service, c, pWait, 1-pWait)
		out[k] = seenBy{f, wait, afterWait(wait, dist.Exponential(service))}
	}
	return out, nil
}

// thinned is a wait that is one with probability now, where that of wait was
// before, and has the same law then.
func thinned(wait Time, before, now float64) Time {
	f := now / before
	mean := f * wait.Mean()
	second := f * (wait.Variance() + wait.Mean()*wait.Mean())
	return transformed{
		mean: mean, variance: second - mean*mean, atom: 1 - now, euler: fineInversion(),
		lst: func(s complex128) complex128 { return 1 + complex(f, 0)*(wait.LST(s)-1) },
	}
}

// bySubtraction takes from those present of the first k classes those of the
// first k − 1.
func bySubtraction(lambdas []float64, service float64, c int) ByClass {
	out := make(ByClass, len(lambdas))
	var rate, line float64
	for k, l := range lambdas {
		rate += l
		f := newMMc(rate, service, c).Figures()
		out[k] = seenBy{figures: classFigures(l, (f.InLine-line)/l, service, c, f.PWait, 0)}
		line = f.InLine
	}
	for k, s := range out {
		v := s.(seenBy)
		v.figures.PIdle = 1 - ErlangC(c, rate*service)
		out[k] = v
	}
	return out
}
