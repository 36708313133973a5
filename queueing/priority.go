package queueing

// NewMG1Priority is M/G/1 with classes in order of priority, the first served
// first, each in order of arrival, with service times of their own. With ρ_j =
// λ_j·E[S_j], σ_k = ρ_1 + … + ρ_k, a request of class k waits in the mean
//
//	W_k = Σ λ_j·E[S_j²] / (2(1 − σ_(k−1))(1 − σ_k))
//
// where the sum is over all classes when a service is not interrupted, and over
// those from the first to k when it is (preemptively, resumed later). The wait
// then is all the time not in service, E[S_k]·σ_(k−1)/(1 − σ_(k−1)) more. With
// B the busy period of the classes above and z = s + Λ − Λ·B*(s), Λ their rate,
//
//	W_k*(s) = ((1 − σ)·z + Σ_(j>k) λ_j(1 − S_j*(z))) / (s − λ_k + λ_k·S_k*(z))
//
// is the wait until service begins; with preemption the sum is left out and σ is
// σ_k, and the service takes S_k*(z).
//
//   - Domain: rates ≥ 0, E[S_k] > 0; Σ ρ_k ≥ 1 gives an [UnstableError].
//   - Accuracy: means and variances exact; distributions by inversion, see [Survival].
//   - Source: [Cobh54] for the mean; [Taka62], [CoMM67] for the transforms.
func NewMG1Priority(classes []ServiceClass, preemptive bool) (ByClass, error) {
	w := want{station: "M/G/1 with priorities"}
	rho := w.classes(classes, 1)
	if w.err != nil {
		return nil, w.err
	}
	out := make(ByClass, len(classes))
	for k := range classes {
		below := classes[k+1:]
		if preemptive {
			below = nil
		}
		out[k] = newRanked(classes[:k], classes[k], below, preemptive).view(rho)
	}
	return out, nil
}

// ranked is one class between those above and those below that can delay it.
type ranked struct {
	above      busyPeriod
	own        ServiceClass
	below      []ServiceClass
	preemptive bool
	sigmaAbove float64 // load above (1)
	sigma      float64 // load above and own (1)
	idle       float64 // probability that none of all these is present
	residual   float64 // Σ λ_j·E[S_j²]/2 (s)
}

func newRanked(above []ServiceClass, own ServiceClass, below []ServiceClass, preemptive bool) ranked {
	mixed := mixedOf(above)
	r := ranked{above: busyPeriod{mixed.lambda, mixed}, own: own, below: below, preemptive: preemptive}
	add := func(c ServiceClass) (load float64) {
		if c.Lambda == 0 {
			return 0 // where 0·E[S²] may be 0·Inf
		}
		r.residual += c.Lambda * c.Service.Moment(2) / 2
		return c.Lambda * c.Service.Moment(1)
	}
	for _, c := range above {
		r.sigmaAbove += add(c)
	}
	r.sigma = r.sigmaAbove + add(own)
	r.idle = 1 - r.sigma
	for _, c := range below {
		r.idle -= add(c)
	}
	return r
}

// begun is the mean time until service begins.
func (r ranked) begun() float64 { return r.residual / ((1 - r.sigmaAbove) * (1 - r.sigma)) }

// beginLST is the transform of that time.
func (r ranked) beginLST(s complex128) complex128 {
	if s == 0 {
		return 1
	}
	z := r.above.delay(s)
	top := complex(r.idle, 0) * z
	for _, c := range r.below {
		top += complex(c.Lambda, 0) * (1 - c.Service.LST(z))
	}
	return top / (s - complex(r.own.Lambda, 0)*(1-r.own.Service.LST(z)))
}

// beginSeries is beginLST as a power series, up to s².
func (r ranked) beginSeries() powerSeries {
	z := r.above.delaySeries()
	less := func(c ServiceClass) powerSeries { // λ(1 − S*(z))
		if c.Lambda == 0 {
			return powerSeries{}
		}
		return lstSeries(c.Service, z).scaled(-1).plus(powerSeries{1}).scaled(c.Lambda)
	}
	top := z.scaled(r.idle)
	for _, c := range r.below {
		top = top.plus(less(c))
	}
	return top.over(powerSeries{0, 1}.plus(less(r.own).scaled(-1)))
}

// view is what the class sees of the station, which is busy for the share rho.
func (r ranked) view(rho float64) seenBy {
	mean, begin := r.own.Service.Moment(1), r.beginSeries()
	if !r.preemptive {
		wait := Time(transformed{
			mean: r.begun(), variance: begin.variance(), atom: r.idle, lst: r.beginLST, euler: fineInversion(),
		})
		if rho == 0 {
			wait = newExpMix(1)
		}
		return seenBy{classFigures(r.own.Lambda, r.begun(), mean, 1, rho, 1-rho), wait, afterWait(wait, r.own.Service)}
	}
	if r.sigma == 0 {
		wait := newExpMix(1)
		return seenBy{classFigures(r.own.Lambda, 0, mean, 1, 0, 1-rho), wait, afterWait(wait, r.own.Service)}
	}
	wait := r.waitPreempted(begin)
	figures := classFigures(r.own.Lambda, wait.mean, mean, 1, r.sigma, 1-rho)
	if r.above.lambda == 0 {
		return seenBy{figures, wait, afterWait(wait, r.own.Service)}
	}
	response := transformed{
		mean:     wait.mean + mean,
		variance: begin.times(lstSeries(r.own.Service, r.above.delaySeries())).variance(),
		lst: func(s complex128) complex128 {
			return r.beginLST(s) * r.own.Service.LST(r.above.delay(s))
		},
		euler: fineInversion(),
	}
	return seenBy{figures, wait, response}
}

// waitPreempted is the time before service begins and that of its interruptions.
func (r ranked) waitPreempted(begin powerSeries) transformed {
	rate := r.above.lambda
	away := r.above.delaySeries().plus(powerSeries{0, -1}) // z − s
	return transformed{
		mean:     r.begun() + r.own.Service.Moment(1)*r.sigmaAbove/(1-r.sigmaAbove),
		variance: begin.times(lstSeries(r.own.Service, away)).variance(),
		atom:     r.idle * real(r.own.Service.LST(complex(rate, 0))),
		lst: func(s complex128) complex128 {
			return r.beginLST(s) * r.own.Service.LST(r.above.delay(s)-s)
		},
		euler: fineInversion(),
	}
}
