package capacity

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// series is a history by even steps, in logarithms: growth is a line then, and a
// season a term of a sum.
type series struct {
	dates  []time.Time
	y      []float64 // logarithm of the rate
	step   time.Duration
	season int // steps in a season; 1 = none
	filled int // steps without an observation, put on the line between their neighbours
}

// fit is a way to go on from a series.
type fit struct {
	name    string
	trend   float64 // of the logarithm, in a step (1)
	caveats []string
	// ahead is the mean of the logarithm in h steps, its standard deviation, and
	// how many of those the interval of a confidence reaches.
	ahead func(h int, confidence float64) (mean, sd, reach float64)
}

const fewObservations = 8

func newSeries(o ForecastOptions) (*series, error) {
	obs := slices.Clone(o.History)
	slices.SortFunc(obs, func(a, b Observation) int { return a.Date.Compare(b.Date) })
	if len(obs) < fewObservations {
		return nil, fmt.Errorf("capacity: a history of %d observations; want at least %d", len(obs), fewObservations)
	}
	var gaps []time.Duration
	for i, x := range obs {
		if !(x.Rate > 0) || math.IsInf(x.Rate, 0) {
			return nil, fmt.Errorf("capacity: a rate of %v on %s; want above 0", x.Rate, x.Date.Format(time.DateOnly))
		}
		if i > 0 {
			gap := x.Date.Sub(obs[i-1].Date)
			if gap <= 0 {
				return nil, fmt.Errorf("capacity: two observations of %s; want one", x.Date.Format(time.DateOnly))
			}
			gaps = append(gaps, gap)
		}
	}
	slices.Sort(gaps)
	s := &series{step: gaps[len(gaps)/2]}
	if monthly := s.step >= 28*day && s.step <= 31*day; monthly {
		s.step = year / 12
	}
	if obs[len(obs)-1].Date.Sub(obs[0].Date)/s.step > mostCourse {
		return nil, errors.New("capacity: a history of more than 20 000 steps; take means of longer stretches")
	}
	for i, x := range obs {
		if i > 0 {
			last := obs[i-1]
			n := int(math.Round(float64(x.Date.Sub(last.Date)) / float64(s.step)))
			for k := 1; k < n; k++ {
				part := float64(k) / float64(n)
				s.dates = append(s.dates, last.Date.Add(time.Duration(k)*s.step))
				s.y = append(s.y, (1-part)*math.Log(last.Rate)+part*math.Log(x.Rate))
				s.filled++
			}
			if n < 1 {
				return nil, fmt.Errorf("capacity: the observation of %s comes too soon after the one before; want even steps", x.Date.Format(time.DateOnly))
			}
		}
		s.dates, s.y = append(s.dates, x.Date), append(s.y, math.Log(x.Rate))
	}
	s.season = o.Season
	if s.season == 0 {
		s.season = usualSeason(s.step)
		if len(s.y) < 2*s.season {
			s.season = 1
		}
	}
	if s.season < 1 || s.season > 1 && len(s.y) < 2*s.season {
		return nil, fmt.Errorf("capacity: a season of %d steps in a history of %d; want two seasons or more", s.season, len(s.y))
	}
	return s, nil
}

func usualSeason(step time.Duration) int {
	switch {
	case step == day:
		return 7
	case step == 7*day:
		return 52
	case step == year/12:
		return 12
	case step == time.Hour:
		return 24
	}
	return 1
}

// before is the series without its last n steps.
func (s *series) before(n int) *series {
	out := *s
	out.dates, out.y = s.dates[:len(s.y)-n], s.y[:len(s.y)-n]
	return &out
}

// better is the method that would have foretold the last fifth of the history
// with the smaller squares.
func (s *series) better() string {
	n := len(s.y) / 5
	early := s.before(n)
	if len(early.y) < max(2*s.season, fewObservations) {
		return "regression"
	}
	off := func(f fit, err error) float64 {
		if err != nil {
			return math.Inf(1)
		}
		sum := 0.0
		for h := 1; h <= n; h++ {
			mean, _, _ := f.ahead(h, 0.95)
			sum += (mean - s.y[len(early.y)+h-1]) * (mean - s.y[len(early.y)+h-1])
		}
		return sum
	}
	if off(early.holtWinters()) < off(early.regression()) {
		return "holt-winters"
	}
	return "regression"
}

func (s *series) caveats() []string {
	var out []string
	if s.filled > 0 {
		out = append(out, fmt.Sprintf("%d of %d steps have no observation and were put on the line between their neighbours", s.filled, len(s.y)))
	}
	return out
}

// row is the regressors of a step: one, the time, and the place in the season.
func (s *series) row(i int) []float64 {
	out := make([]float64, 1+s.season)
	out[0], out[1] = 1, float64(i)
	if k := i % s.season; k > 0 {
		out[1+k] = 1
	}
	return out
}

// regression fits the logarithm of the load with a line and a term for every
// place in the season, by least squares. The prediction interval is the usual one
// of a new observation, from Student's t; the part that is due to the estimated
// line is widened by (1+r)/(1−r) where residuals have an autocorrelation r above
// 0 at one step, as the variance of a mean of such residuals is [BoJe76].
func (s *series) regression() (fit, error) {
	n, k := len(s.y), 1+s.season
	if n < k+2 {
		return fit{}, fmt.Errorf("capacity: %d observations for %d unknowns; want more, or a season of 1", n, k)
	}
	x := mat.NewDense(n, k, nil)
	for i := range n {
		x.SetRow(i, s.row(i))
	}
	y := mat.NewVecDense(n, slices.Clone(s.y))
	var gram, inverse mat.Dense
	gram.Mul(x.T(), x)
	if err := inverse.Inverse(&gram); err != nil {
		return fit{}, fmt.Errorf("capacity: regression: %w", err)
	}
	var xy, beta mat.VecDense
	xy.MulVec(x.T(), y)
	beta.MulVec(&inverse, &xy)
	rest := make([]float64, n)
	sum, next := 0.0, 0.0
	for i := range n {
		rest[i] = s.y[i] - mat.Dot(&beta, mat.NewVecDense(k, s.row(i)))
		sum += rest[i] * rest[i]
		if i > 0 {
			next += rest[i] * rest[i-1]
		}
	}
	variance := sum / float64(n-k)
	r := 0.0
	if sum > 0 {
		r = min(0.95, max(0, next/sum))
	}
	wide := (1 + r) / (1 - r)
	f := fit{name: "log-linear regression", trend: beta.AtVec(1), caveats: s.caveats()}
	if s.season > 1 {
		f.name += fmt.Sprintf(" with a season of %d steps", s.season)
	}
	if r > 2/math.Sqrt(float64(n)) {
		f.caveats = append(f.caveats, fmt.Sprintf("residuals are autocorrelated (%.2f at one step): the interval of the line is wider for it, and is still approximate", r))
	}
	f.ahead = func(h int, confidence float64) (mean, sd, reach float64) {
		at := mat.NewVecDense(k, s.row(n-1+h))
		var v mat.VecDense
		v.MulVec(&inverse, at)
		t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(n - k)}
		return mat.Dot(&beta, at), math.Sqrt(variance * (1 + wide*mat.Dot(at, &v))), t.Quantile((1 + confidence) / 2)
	}
	return f, nil
}

// smoother is exponential smoothing with additive errors, trend and season.
type smoother struct {
	level, trend       float64
	season             []float64
	alpha, beta, gamma float64
	squares            float64 // of the errors at one step
}

// run smooths a series:
//
//	e = y − (l + b + s_m)   l ← l + b + α·e   b ← b + β·e   s ← s_m + γ·e
//
// It is the form of Holt and Winters' method [Wint60] by corrections of errors
// [HKOS08].
func (x smoother) run(s *series) smoother {
	m := s.season
	x.season = make([]float64, m)
	// a line through the first two seasons or, without any, the first half
	first := max(2*m, fewObservations/2)
	first = min(first, len(s.y))
	mid := first / 2
	a, b := stat.Mean(s.y[:mid], nil), stat.Mean(s.y[mid:first], nil)
	x.trend = (b - a) / float64(first-mid)
	x.level = a - x.trend*(float64(mid-1)/2+1)
	if m > 1 {
		for i := range first {
			x.season[i%m] += (s.y[i] - x.level - x.trend*float64(i+1)) / (float64(first) / float64(m))
		}
		off := stat.Mean(x.season, nil)
		for i := range x.season {
			x.season[i] -= off
		}
		x.level += off
	}
	x.squares = 0
	for i, y := range s.y {
		e := y - (x.level + x.trend + x.season[i%m])
		x.squares += e * e
		x.level += x.trend + x.alpha*e
		x.trend += x.beta * e
		x.season[i%m] += x.gamma * e
	}
	return x
}

// holtWinters smooths the logarithm of the load, with the constants that make the
// squares of its errors least, on a grid made finer five times. The variance in h
// steps is σ²·(1 + Σ c_j²) for j from 1 to h−1, c_j = α + β·j + γ where j is a
// multiple of the season [HKOS08].
func (s *series) holtWinters() (fit, error) {
	n := len(s.y)
	best := smoother{squares: math.Inf(1)}
	centre, width := [3]float64{0.5, 0.25, 0.5}, 0.5
	for range 6 {
		at := centre
		for i := -2.0; i <= 2; i++ {
			for j := -2.0; j <= 2; j++ {
				for k := -2.0; k <= 2; k++ {
					x := smoother{alpha: clip(at[0] + i*width/2), gamma: clip(at[2] + k*width/2)}
					x.beta = min(clip(at[1]+j*width/4), x.alpha)
					x.gamma = min(x.gamma, 1-x.alpha)
					if s.season == 1 {
						x.gamma = 0
					}
					if x = x.run(s); x.squares < best.squares {
						best = x
						centre = [3]float64{x.alpha, x.beta, x.gamma}
					}
				}
			}
		}
		width /= 2.2
	}
	if math.IsInf(best.squares, 1) || math.IsNaN(best.squares) {
		return fit{}, errors.New("capacity: holt-winters finds no constants")
	}
	unknowns := 4
	if s.season > 1 {
		unknowns += s.season
	}
	if n <= unknowns {
		return fit{}, fmt.Errorf("capacity: %d observations for %d unknowns; want more, or a season of 1", n, unknowns)
	}
	variance := best.squares / float64(n-unknowns)
	f := fit{
		name:  fmt.Sprintf("Holt–Winters (α %.2f, β %.2f, γ %.2f, season of %d steps)", best.alpha, best.beta, best.gamma, s.season),
		trend: best.trend, caveats: s.caveats(),
	}
	f.ahead = func(h int, confidence float64) (mean, sd, reach float64) {
		sum := 1.0
		for j := 1; j < h; j++ {
			c := best.alpha + best.beta*float64(j)
			if s.season > 1 && j%s.season == 0 {
				c += best.gamma
			}
			sum += c * c
		}
		mean = best.level + float64(h)*best.trend + best.season[(n-1+h)%s.season]
		return mean, math.Sqrt(variance * sum), distuv.UnitNormal.Quantile((1 + confidence) / 2)
	}
	return f, nil
}

func clip(v float64) float64 { return min(1, max(0, v)) }
