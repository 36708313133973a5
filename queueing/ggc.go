package queueing

import "math"

// GGc is the G/G/c station in order of arrival, by approximations on the first
// two or three moments. [NewMGc] and [NewGGc] make one.
type GGc struct {
	lambda, mean float64
	c            int
	pWait        float64
	wait         float64 // mean, all arrivals (s)
	scv          float64 // of the wait of those who wait
	serviceSCV   float64
}

// NewMGc is M/G/c with arrival rate lambda (1/s) and service times of the given
// mean (s), squared coefficient of variation scv and third moment relative to
// the mean cubed, skew = E[S³]/E[S]³ (0 when it is not known: then that of the
// usual two-moment distributions is taken). The mean wait is interpolated
// between exponential and constant service,
//
//	W = (1 + c²) / (2c²/W(M/M/c) + (1 − c²)/W(M/D/c))
//
// an arrival waits with about the probability of M/M/c, and a wait, once it is
// one, has the SCV that M/G/1 would give it.
//
//   - Domain: λ ≥ 0, mean > 0, scv ≥ 0, c ≥ 1; an overload gives an [UnstableError].
//   - Accuracy: exact for c = 1 and for exponential service; within about 3 %
//     of exact means for c² ≤ 4 (tested against M/D/c, M/H2/c and simulation).
//   - Source: mean [Kimu94], with [Cosm75] for M/D/c as in [Whit93]; the rest
//     [Whit93].
//
// [Kimu94]: https://doi.org/10.1007/BF01158699
// [Whit93]: https://doi.org/10.1111/j.1937-5956.1993.tb00094.x
func NewMGc(lambda, mean, scv, skew float64, c int) (GGc, error) {
	w := checkGGc("M/G/c", lambda, mean, 1, scv, c)
	w.notNegative("third moment", skew)
	if w.err != nil {
		return GGc{}, w.err
	}
	return newMGc(lambda, mean, scv, skew, c), nil
}

func newMGc(lambda, mean, scv, skew float64, c int) GGc {
	q := GGc{lambda: lambda, mean: mean, c: c, serviceSCV: scv}
	exp := newMMc(lambda, mean, c)
	q.pWait = exp.pWait
	wM := exp.pWait / exp.drain
	rho := lambda * mean / float64(c)
	wD := wM * 0.5 * (1 + cosmetatos(c, rho))
	switch {
	case wM == 0:
	case c == 1:
		q.wait = wM * (1 + scv) / 2
	case math.IsInf(scv, 1):
		q.wait = scv
	default:
		q.wait = (1 + scv) / (2*scv/wM + (1-scv)/wD)
	}
	q.scv = waitSCV(rho, scv, skew, c)
	return q
}

// cosmetatos is what constant service adds, relatively, to half the wait of
// exponential service when c > 1 ([Cosm75], in the form γ of [Whit93]).
func cosmetatos(c int, rho float64) float64 {
	if c == 1 || rho <= 0 {
		return 0
	}
	n := float64(c)
	return math.Min(0.24, (1-rho)*(n-1)*(math.Sqrt(4+5*n)-2)/(16*n*rho))
}

// waitSCV is the SCV of a wait that is one,
//
//	c_D² = 2ρ − 1 + 4(1 − ρ)·E[S³]/E[S]³ / (3(c² + 1)²)
//
// which is exact for M/G/1 ([Whit83], [Whit93]). Without a third moment that of
// two exponentials with balanced means or of an Erlang mixture stands in. What
// a third moment adds to theirs is divided by √c: with more servers a long
// service holds up fewer of those in line (a rule of thumb of ours, within 6 %
// of the simulated 99th percentile of M/lognormal/4 with c² = 4).
func waitSCV(rho, scv, skew float64, c int) float64 {
	if math.IsInf(scv, 1) {
		return scv
	}
	usual := (2*scv + 1) * (scv + 1)
	if scv >= 1 {
		usual = 3 * scv * (1 + scv)
	}
	if skew == 0 || math.IsInf(skew, 1) {
		skew = usual
	}
	skew = math.Max(0, usual+(skew-usual)/math.Sqrt(float64(c)))
	return math.Max(0, 2*rho-1+4*(1-rho)*skew/(3*(scv+1)*(scv+1)))
}

func checkGGc(name string, lambda, mean, arrivalSCV, serviceSCV float64, c int) want {
	w := want{station: name}
	w.notNegative("arrival rate", lambda)
	w.positive("service time", mean)
	w.notNegative("SCV of the gaps between arrivals", arrivalSCV)
	w.notNegative("SCV of service", serviceSCV)
	w.count("servers", c, 1)
	w.stable(lambda*mean, float64(c))
	return w
}

// NewGGc is GI/G/c with arrival rate lambda (1/s), squared coefficient of
// variation arrivalSCV of the gaps, and service times of the given mean (s),
// SCV and skew (as in [NewMGc]), by Whitt's interpolation:
//
//		W = φ(ρ, ca², cs², c)·(ca² + cs²)/2·W(M/M/c)
//
//	  - Domain: λ ≥ 0, mean > 0, SCVs ≥ 0, c ≥ 1; an overload gives an [UnstableError].
//	  - Accuracy: within about 10 % of simulated means where ρ ≥ 0.5 (tested);
//	    poorer at low load, where there is little wait to be wrong about. Poisson
//	    arrivals are better served by [NewMGc].
//	  - Source: [Whit93], equations 2.24–2.25 for the mean, 3.10 for P(wait), 4.2
//	    for the rest, as tested in the Python module qng of hillmaker.
func NewGGc(lambda, mean, arrivalSCV, serviceSCV, skew float64, c int) (GGc, error) {
	w := checkGGc("GI/G/c", lambda, mean, arrivalSCV, serviceSCV, c)
	w.notNegative("third moment", skew)
	if w.err != nil {
		return GGc{}, w.err
	}
	return newGGc(lambda, mean, arrivalSCV, serviceSCV, skew, c), nil
}

func newGGc(lambda, mean, ca, cs, skew float64, c int) GGc {
	q := GGc{lambda: lambda, mean: mean, c: c, serviceSCV: cs}
	exp := newMMc(lambda, mean, c)
	rho := lambda * mean / float64(c)
	if rho == 0 {
		return q
	}
	q.wait = whittPhi(rho, ca, cs, c) * (ca + cs) / 2 * exp.pWait / exp.drain
	q.pWait = whittPWait(rho, ca, cs, c, exp.pWait)
	q.scv = waitSCV(rho, cs, skew, c)
	if q.wait == 0 || q.pWait == 0 {
		q.wait, q.pWait = 0, 0
	}
	return q
}

// whittPhi is φ of [Whit93], equation 2.25, with ψ of 2.22 and φ1, φ3, φ4.
func whittPhi(rho, ca, cs float64, c int) float64 {
	if ca == 0 && cs == 0 {
		return 1
	}
	gamma := cosmetatos(c, rho)
	phi1 := 1 + gamma
	phi3 := (1 - 4*gamma) * math.Exp(-2*(1-rho)/(3*rho))
	psi := 1.0
	if mid := (ca + cs) / 2; mid < 1 {
		psi = math.Pow(math.Min(1, (phi1+phi3)/2), 2*(1-mid))
	}
	if ca >= cs {
		d := 4*ca - 3*cs
		return 4*(ca-cs)/d*phi1 + cs/d*psi
	}
	d := 2 * (ca + cs)
	return (cs-ca)/d*phi3 + (cs+3*ca)/d*psi
}

// whittPWait is P(wait) of [Whit93], equations 3.8–3.11; erlangC is that of
// M/M/c with the same load.
func whittPWait(rho, ca, cs float64, c int, erlangC float64) float64 {
	if ca == 1 {
		return erlangC
	}
	n := float64(c)
	z := (ca + cs) / (1 + cs)
	slack := (1 - rho) * math.Sqrt(n)
	tail := func(x float64) float64 { return 0.5 * math.Erfc(x/math.Sqrt2) }
	ratio := func(x float64) float64 { // tail(x)/tail(slack), also where both vanish
		if tail(slack) == 0 || tail(x) == 0 {
			return math.Exp((slack*slack - x*x) / 2)
		}
		return tail(x) / tail(slack)
	}
	pi4 := 0.0
	if z > 0 {
		pi4 = math.Min(1, erlangC*ratio(slack/z))
	}
	pi5 := math.Min(1, erlangC*ratio(2*slack/(1+ca)))
	pi1 := rho*rho*pi4 + (1-rho*rho)*pi5
	if c <= 6 || ca >= 1 || z == 0 {
		return math.Min(1, pi1)
	}
	gamma := (n - n*rho - 0.5) / math.Sqrt(n*rho*z)
	pi2 := ca*pi1 + (1-ca)*tail(gamma)
	share := math.Max(0, math.Min(1, 2*(1-ca)*(gamma-0.5)))
	switch {
	case gamma <= 0.5:
		return math.Min(1, pi1)
	case gamma >= 1:
		return math.Min(1, pi2)
	}
	return math.Min(1, share*pi2+(1-share)*pi1)
}

// AllenCunneen is the mean wait (s) of GI/G/c by the plainest of its
// approximations, W = (ca² + cs²)/2·W(M/M/c). It is exact for M/M/c and M/G/1.
//
//   - Domain: that of [NewGGc].
//   - Source: [Alle90].
func AllenCunneen(lambda, mean, arrivalSCV, serviceSCV float64, c int) (float64, error) {
	w := checkGGc("GI/G/c", lambda, mean, arrivalSCV, serviceSCV, c)
	if w.err != nil {
		return 0, w.err
	}
	exp := newMMc(lambda, mean, c)
	return (arrivalSCV + serviceSCV) / 2 * exp.pWait / exp.drain, nil
}

// KraemerLangenbachBelz is the mean wait (s) of GI/G/1: that of [AllenCunneen]
// times
//
//		g = exp(−2(1 − ρ)(1 − ca²)² / (3ρ(ca² + cs²)))  for ca² < 1
//		g = exp(−(1 − ρ)(ca² − 1) / (ca² + 4cs²))       for ca² ≥ 1
//
//	  - Source: [KrLa76], as in [Whit83].
func KraemerLangenbachBelz(lambda, mean, arrivalSCV, serviceSCV float64) (float64, error) {
	w, err := AllenCunneen(lambda, mean, arrivalSCV, serviceSCV, 1)
	if err != nil || w == 0 {
		return w, err
	}
	rho, ca, cs := lambda*mean, arrivalSCV, serviceSCV
	if ca < 1 {
		return w * math.Exp(-2*(1-rho)*(1-ca)*(1-ca)/(3*rho*(ca+cs))), nil
	}
	return w * math.Exp(-(1-rho)*(ca-1)/(ca+4*cs)), nil
}

// Figures implements [Station].
func (q GGc) Figures() Figures {
	a := q.lambda * q.mean
	return Figures{
		Throughput:  q.lambda,
		Utilization: a / float64(q.c),
		Present:     q.lambda*q.wait + a,
		InLine:      q.lambda * q.wait,
		PWait:       q.pWait,
		PIdle:       1 - q.pWait, // as for M/M/c; an approximation here
		Waiting:     q.wait,
		Response:    q.wait + q.mean,
	}
}

// Waiting is 0 or, with the probability of a wait, a time fitted to mean and SCV.
func (q GGc) Waiting() Time { return q.waiting().simple() }

func (q GGc) waiting() delayed {
	if q.pWait == 0 {
		return delayed{0, fit(1, 1)}
	}
	return delayed{q.pWait, fit(q.wait/q.pWait, q.scv)}
}

// Response is waiting plus a service time fitted to mean and SCV.
func (q GGc) Response() Time { return sumOf(q.waiting(), fit(q.mean, q.serviceSCV)) }
