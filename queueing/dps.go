package queueing

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// WeightedClass is one class of requests that share a processor by weight:
// Poisson arrivals of rate Lambda (1/s), exponential demands of mean Service (s),
// and the weight (1) of each of its requests.
type WeightedClass struct {
	Lambda  float64
	Service float64
	Weight  float64
}

// NewDPS is M/M/1 under discriminatory processor sharing: a request of class k is
// served at the rate g_k/Σ_j n_j·g_j when n_j of each class are present. The mean
// response times W_k (s) solve
//
//	W_k·(1 − Σ_j a_kj) − Σ_j a_kj·W_j = 1/μ_k    a_kj = λ_j·g_j / (μ_j·g_j + μ_k·g_k)
//
// Only the ratios of weights g matter; nobody waits, and the distributions of the
// response times are nil.
//
//   - Domain: λ ≥ 0, S = 1/μ and weights from 1e-60 to 1e60, up to a thousand
//     classes; Σ λ_k·S_k ≥ 1 gives an [UnstableError].
//   - Accuracy: exact up to rounding.
//   - Source: [FaMI80].
//
// [FaMI80]: https://doi.org/10.1145/322203.322212
func NewDPS(classes []WeightedClass) (ByClass, error) {
	w := want{station: "M/M/1 with weighted sharing"}
	rho := w.weighted(classes)
	if w.err != nil {
		return nil, w.err
	}
	n := len(classes)
	a, b := mat.NewDense(n, n, nil), mat.NewVecDense(n, nil)
	for k, x := range classes {
		here, rest := 0.0, 1.0
		for j, y := range classes {
			// λ_j·g_j/(μ_j·g_j + μ_k·g_k), a load times the share of j against k
			f := y.Lambda * y.Service / (1 + x.Weight/y.Weight*(y.Service/x.Service))
			rest -= f
			if j == k {
				here = f
			} else {
				a.Set(k, j, -f)
			}
		}
		a.Set(k, k, rest-here)
		b.SetVec(k, x.Service)
	}
	var lu mat.LU
	var v mat.VecDense
	lu.Factorize(a)
	if err := lu.SolveVecTo(&v, false, b); err != nil {
		w.fail("offered load", rho, "a load further below 1: the response times cannot be told apart from infinity")
		return nil, w.err
	}
	out := make(ByClass, n)
	for k, x := range classes {
		t := v.AtVec(k)
		out[k] = seenBy{waiting: newExpMix(1), figures: Figures{
			Throughput: x.Lambda, Utilization: x.Lambda * x.Service, Present: x.Lambda * t,
			PWait: rho, PIdle: 1 - rho, Response: t,
		}}
	}
	return out, nil
}

// mostWeighted bounds the linear equations of NewDPS.
const mostWeighted = 1000

// weighted checks classes that share one processor; it gives their load.
func (w *want) weighted(classes []WeightedClass) (load float64) {
	w.count("number of classes", len(classes), 1)
	if len(classes) > mostWeighted {
		w.fail("number of classes", float64(len(classes)), "at most 1000")
	}
	for k, x := range classes {
		w.notNegative(fmt.Sprintf("arrival rate of class %d", k), x.Lambda)
		w.scaled(fmt.Sprintf("service time of class %d", k), x.Service)
		w.scaled(fmt.Sprintf("weight of class %d", k), x.Weight)
		load += x.Lambda * x.Service
	}
	w.stable(load, 1)
	return load
}
