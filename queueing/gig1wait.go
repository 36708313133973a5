package queueing

import (
	"math"
	"math/cmplx"
)

// waitLST is W* for Re s > 0.
func (q GIG1) waitLST(s complex128) complex128 {
	if s == 0 || q.nodes == nil {
		return 1
	}
	sum := complex128(0)
	for _, n := range q.nodes {
		// the kernel −s/(iω(s + iω)) at ω and −ω, with conjugate values of Λ
		io := complex(0, n.omega)
		up := n.log / (io * (s + io))
		down := cmplx.Conj(n.log) / (io * (s - io))
		sum += complex(n.weight, 0) * (down - up)
	}
	return q.like.Waiting().LST(s) * cmplx.Exp(s*sum/complex(2*math.Pi, 0))
}

// Figures implements [Station].
func (q GIG1) Figures() Figures {
	rho := q.lambda * q.service.Moment(1)
	return Figures{
		Throughput:  q.lambda,
		Utilization: rho,
		Present:     q.lambda*q.wait + rho,
		InLine:      q.lambda * q.wait,
		PWait:       q.pWait,
		PIdle:       1 - rho,
		Waiting:     q.wait,
		Response:    q.wait + q.service.Moment(1),
	}
}

// Waiting is 0 or, with the probability of a wait, a time known by its transform;
// nil where only the mean is known.
func (q GIG1) Waiting() Time {
	if q.meanOnly && q.nodes != nil {
		return nil
	}
	if q.nodes == nil {
		return newExpMix(1)
	}
	return transformed{mean: q.wait, variance: q.variance, atom: 1 - q.pWait, lst: q.waitLST, euler: fineInversion()}
}

// Response is the sum of waiting and service.
func (q GIG1) Response() Time {
	wait := q.Waiting()
	if wait == nil {
		return nil
	}
	return afterWait(wait, q.service)
}

// afterWait is a wait and then a service, independent of each other.
func afterWait(wait Time, service Service) Time {
	m, v := service.Moment(1), varianceOf(service)
	if v == 0 {
		return shifted{m, wait}
	}
	return transformed{
		mean:     wait.Mean() + m,
		variance: wait.Variance() + v,
		lst:      func(s complex128) complex128 { return wait.LST(s) * service.LST(s) },
		euler:    fineInversion(),
	}
}
