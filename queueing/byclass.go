package queueing

import "fmt"

// ServiceClass is one class of requests of a station: Poisson arrivals of rate
// Lambda (1/s), each with a service time of its own law.
type ServiceClass struct {
	Lambda  float64
	Service Service
}

// ByClass is what the classes of one station see of it, each as a [Station] of
// its own. The utilization there is the share of the servers that the class
// keeps busy, and the numbers are those of the class.
type ByClass []Station

// Total is the station as a whole: rates, numbers and utilization added up,
// times and the probability to wait averaged over arrivals (s, 1).
func (b ByClass) Total() Figures {
	var sum Figures
	for _, s := range b {
		f := s.Figures()
		sum.Throughput += f.Throughput
		sum.Utilization += f.Utilization
		sum.Present += f.Present
		sum.InLine += f.InLine
		sum.PWait += f.Throughput * f.PWait
		sum.PIdle = f.PIdle // the same for all
	}
	if sum.Throughput > 0 {
		sum.PWait /= sum.Throughput
		sum.Waiting = sum.InLine / sum.Throughput
		sum.Response = sum.Present / sum.Throughput
	}
	return sum
}

// seenBy is the view of one class.
type seenBy struct {
	figures           Figures
	waiting, response Time
}

func (v seenBy) Figures() Figures { return v.figures }
func (v seenBy) Waiting() Time    { return v.waiting }
func (v seenBy) Response() Time   { return v.response }

// classFigures are those of a class with the given mean wait and service (s) at
// a station of c servers of which one or more are idle with probability pIdle.
func classFigures(lambda, wait, service float64, c int, pWait, pIdle float64) Figures {
	inLine := 0.0
	if lambda > 0 {
		inLine = lambda * wait
	}
	return Figures{
		Throughput:  lambda,
		Utilization: lambda * service / float64(c),
		Present:     inLine + lambda*service,
		InLine:      inLine,
		PWait:       pWait,
		PIdle:       pIdle,
		Waiting:     wait,
		Response:    wait + service,
	}
}

// classes wants rates of 0 or more, service times above 0 and a total load that
// c servers can bear; it gives the load.
func (w *want) classes(classes []ServiceClass, c int) (load float64) {
	w.count("number of classes", len(classes), 1)
	for k, x := range classes {
		w.notNegative(fmt.Sprintf("arrival rate of class %d", k), x.Lambda)
		m := x.Service.Moment(1)
		w.positive(fmt.Sprintf("service time of class %d", k), m)
		load += x.Lambda * m
	}
	w.stable(load, float64(c))
	return load
}

// mixedService is the service time of an arrival of any class.
type mixedService struct {
	classes []ServiceClass
	lambda  float64
}

func mixedOf(classes []ServiceClass) mixedService {
	m := mixedService{classes: classes}
	for _, c := range classes {
		m.lambda += c.Lambda
	}
	return m
}

func (m mixedService) Moment(k int) float64 {
	sum := 0.0
	for _, c := range m.classes {
		if c.Lambda > 0 {
			sum += c.Lambda / m.lambda * c.Service.Moment(k)
		}
	}
	return sum
}

func (m mixedService) LST(s complex128) complex128 {
	var sum complex128
	for _, c := range m.classes {
		if c.Lambda > 0 {
			sum += complex(c.Lambda/m.lambda, 0) * c.Service.LST(s)
		}
	}
	return sum
}

// NewMG1Classes is M/G/1 in order of arrival with several classes of requests,
// each with a service time of its own: all wait alike, as in [NewMG1] with the
// service time of an arrival of any class.
//
//   - Domain: rates ≥ 0, E[S_k] > 0; Σ λ_k·E[S_k] ≥ 1 gives an [UnstableError].
//   - Accuracy: means exact; distributions by inversion, see [Survival].
//   - Source: [Klei75].
func NewMG1Classes(classes []ServiceClass) (ByClass, error) {
	w := want{station: "M/G/1 with classes"}
	rho := w.classes(classes, 1)
	if w.err != nil {
		return nil, w.err
	}
	mixed := mixedOf(classes)
	q := MG1{mixed.lambda, mixed, rho}
	mean := mg1Wait(q.lambda, mixed)
	wait := Time(newExpMix(1))
	if q.lambda > 0 {
		wait = q.Waiting()
	}
	out := make(ByClass, len(classes))
	for k, c := range classes {
		out[k] = seenBy{classFigures(c.Lambda, mean, c.Service.Moment(1), 1, rho, 1-rho), wait, afterWait(wait, c.Service)}
	}
	return out, nil
}
