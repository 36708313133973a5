package estimate

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// Arrival is what one request met and how it fared.
type Arrival struct {
	Class    int       // of the request
	Found    []float64 // requests of each class that it found there (1)
	Response float64   // its response time there (s)
}

// leastArrivals is how many requests a regression wants.
const leastArrivals = 100

// parts are those that requests are divided into, for intervals.
const parts = 20

// InOrder finds the demands of each class at a station of one core that serves in
// order of arrival from response times: a request of class k that finds nⱼ of class
// j takes
//
//	E[R] = Dₖ + Σⱼ nⱼ·Dⱼ
//
// on average, where demands are exponential ([KPSC09] equation for FCFS; [RoVe95]
// has it with mean numbers). Rows are weighted by 1/(1 + Σnⱼ), to which their
// variance is in proportion. Errors of requests that share a line go together: the
// covariance is from the sums over 20 consecutive parts.
//
// Arrivals are in order of time.
func InOrder(classes int, seen []Arrival, confidence float64) (Regression, error) {
	if err := checkArrivals(classes, seen); err != nil {
		return Regression{}, err
	}
	rows, values, errs := make([][]float64, len(seen)), make([]float64, len(seen)), make([]float64, len(seen))
	for i, s := range seen {
		rows[i] = make([]float64, classes)
		sum := 1.0
		for j, n := range s.Found {
			rows[i][j] = n
			sum += n
		}
		rows[i][s.Class]++
		values[i], errs[i] = s.Response, math.Sqrt(sum)
	}
	r, err := Utilization(rows, values, errs, confidence)
	if err != nil || len(r.Unknown) > 0 {
		return r, err
	}
	a, _, err := weighted(rows, values, errs)
	if err != nil {
		return r, err
	}
	scaled := make([]float64, len(seen))
	for i := range scaled {
		scaled[i] = r.Residuals[i] / errs[i]
	}
	cov, ok := inParts(a, scaled)
	if !ok {
		return r, nil
	}
	for j := range r.Demands {
		half := quantile(confidence, parts-1) * math.Sqrt(cov.At(j, j))
		v := r.Demands[j].Value
		r.Demands[j] = Interval{v, math.Max(0, v-half), v + half}
	}
	return r, nil
}

// inParts is the covariance of least squares with errors that go together in time:
// (AᵀA)⁻¹·S·(AᵀA)⁻¹, S from the sums of Aᵀe over consecutive parts, which are nearly
// independent of each other (batch means).
func inParts(a *mat.Dense, e []float64) (*mat.Dense, bool) {
	rows, cols := a.Dims()
	s := mat.NewDense(cols, cols, nil)
	part := make([]float64, cols)
	for k := range parts {
		clear(part)
		for i := k * rows / parts; i < (k+1)*rows/parts; i++ {
			for j := range cols {
				part[j] += a.At(i, j) * e[i]
			}
		}
		for p := range cols {
			for q := range cols {
				s.Set(p, q, s.At(p, q)+part[p]*part[q]*parts/(parts-1))
			}
		}
	}
	var normal, inv, out mat.Dense
	normal.Mul(a.T(), a)
	if inv.Inverse(&normal) != nil {
		return nil, false
	}
	out.Mul(&inv, s)
	out.Mul(&out, &inv)
	return &out, true
}

// Sharing finds the demands of each class at a station of one core that is shared
// equally, by the ratio of means of the ERPS method ([PCPC15]),
//
//	Dₖ = E[Rₖ]/(1 + E[N])
//
// N the number that requests of the class find there, with Poisson arrivals:
// exact of means whatever the law of the demands, where a regression on what
// single requests found is not. Intervals are by batch means: the requests in
// 20 parts, whose ratios are jointly taken for normal.
func Sharing(classes int, seen []Arrival, confidence float64) ([]Interval, error) {
	if err := checkArrivals(classes, seen); err != nil {
		return nil, err
	}
	times, numbers := make([][]float64, classes), make([][]float64, classes)
	for k := range classes {
		times[k], numbers[k] = make([]float64, parts), make([]float64, parts)
	}
	for i, s := range seen {
		part := i * parts / len(seen)
		times[s.Class][part] += s.Response
		n := 1.0
		for _, f := range s.Found {
			n += f
		}
		numbers[s.Class][part] += n
	}
	out := make([]Interval, classes)
	for k := range classes {
		r, n := floats.Sum(times[k]), floats.Sum(numbers[k])
		if n == 0 {
			out[k] = unknown()
			continue
		}
		d := r / n
		squares := 0.0
		for p := range parts {
			e := times[k][p] - d*numbers[k][p]
			squares += e * e
		}
		se := math.Sqrt(squares*parts/(parts-1)) / n
		half := quantile(confidence, parts-1) * se
		out[k] = Interval{d, math.Max(0, d-half), d + half}
	}
	return out, nil
}

func checkArrivals(classes int, seen []Arrival) error {
	if len(seen) < leastArrivals {
		return fmt.Errorf("estimate: %d requests; want at least %d", len(seen), leastArrivals)
	}
	for i, s := range seen {
		if s.Class < 0 || s.Class >= classes || len(s.Found) != classes {
			return fmt.Errorf("estimate: request %d is of class %d and found %d classes; there are %d", i+1, s.Class, len(s.Found), classes)
		}
		for _, n := range s.Found {
			if !(n >= 0) || n > 1e9 {
				return fmt.Errorf("estimate: request %d found %v others", i+1, n)
			}
		}
		if !(s.Response >= 0) || s.Response > 1e9 {
			return fmt.Errorf("estimate: request %d took %v s", i+1, s.Response)
		}
	}
	return nil
}
