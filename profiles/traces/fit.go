package traces

import (
	"fmt"
	"math"
	"strconv"

	"github.com/headroom/headroom/scenarios/dist"
)

// fit is a distribution for times: of the families of the language, with the
// mean and the coefficient of variation that were seen, the one whose
// distribution function is nearest (Kolmogorov and Smirnov's distance). Where
// none is within 0.1, the times themselves, in twenty parts. The mean, on which
// utilization depends, is kept by all of them.
func fit(s *stat) dist.Dist {
	cv := math.Sqrt(s.scv())
	if s.n < 2 || cv < 0.01 || !(s.mean > 1e-12) {
		return dist.Const(round(s.mean))
	}
	var best dist.Dist
	apart := math.Inf(1)
	for _, text := range families(s.mean, cv, s.n) {
		d, err := dist.Parse(text, dist.Seconds)
		if err != nil {
			continue // this cv is none of the family
		}
		if k := distance(s, d); k < apart-1e-3 { // the simpler ones come first
			best, apart = d, k
		}
	}
	if apart > 0.1 && s.n >= 100 {
		if d, err := dist.Parse(parts(s), dist.Seconds); err == nil {
			return d
		}
	}
	if math.IsInf(apart, 1) {
		return dist.Const(round(s.mean))
	}
	return best
}

// families are candidates with this mean (s) and coefficient of variation.
func families(mean, cv float64, n int) []string {
	m := amount(mean)
	c := strconv.FormatFloat(cv, 'g', 4, 64)
	var out []string
	if math.Abs(cv-1) < 0.03+3/math.Sqrt(float64(n)) {
		out = append(out, fmt.Sprintf("exp(%s)", m))
	}
	if k := math.Round(1 / (cv * cv)); k >= 2 && k < 100 && math.Abs(cv*math.Sqrt(k)-1) < 0.02+2/math.Sqrt(float64(n)) {
		out = append(out, fmt.Sprintf("erlang(mean=%s, k=%d)", m, int(k)))
	}
	if cv >= 0.05 && cv <= 10 {
		out = append(out, fmt.Sprintf("gamma(mean=%s, cv=%s)", m, c))
	}
	if cv > 1.05 {
		out = append(out, fmt.Sprintf("hyperexp(mean=%s, cv=%s)", m, c))
	}
	return append(out, fmt.Sprintf("lognormal(mean=%s, cv=%s)", m, c), fmt.Sprintf("weibull(mean=%s, cv=%s)", m, c))
}

// distance is the largest difference between what was seen and a distribution,
// at the ends of the bins (1).
func distance(s *stat, d dist.Dist) float64 {
	most, below := 0.0, 0
	for i, c := range s.bins {
		if c == 0 {
			continue
		}
		before := float64(below) / float64(s.n)
		below += int(c)
		most = max(most, math.Abs(float64(below)/float64(s.n)-d.CDF(upper(i))))
		if i > 0 {
			most = max(most, math.Abs(before-d.CDF(upper(i-1))))
		}
	}
	return most
}

// parts are twenty values, or fewer, that stand for an equal number of times
// each, stretched so that the mean is exact.
func parts(s *stat) string {
	const most = 20
	var values, weights []float64
	var sum, count, total float64
	below := 0
	flush := func() {
		if count > 0 {
			values, weights = append(values, sum/count), append(weights, count/float64(s.n))
			total += sum
			sum, count = 0, 0
		}
	}
	for i, c := range s.bins {
		if c == 0 {
			continue
		}
		mid := 0.0
		if i > 0 {
			mid = min(max(math.Sqrt(upper(i-1)*upper(i)), s.min), s.max)
		}
		sum, count, below = sum+mid*float64(c), count+float64(c), below+int(c)
		if float64(below) >= float64(s.n)/most*float64(len(values)+1) {
			flush()
		}
	}
	flush()
	text := "empirical("
	for i := range values {
		if i > 0 {
			text += ", "
		}
		text += strconv.FormatFloat(100*weights[i], 'g', 10, 64) + "%:" + amount(values[i]*s.mean*float64(s.n)/total)
	}
	return text + ")"
}

// round keeps five digits: more than a sample can tell.
func round(x float64) float64 {
	y, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 5, 64), 64)
	if err != nil {
		return x
	}
	return y
}

// amount writes a time (s) in a unit that suits it.
func amount(x float64) string {
	for _, u := range []struct {
		name string
		of   float64
	}{{"s", 1}, {"ms", 1e-3}, {"us", 1e-6}} {
		if x >= u.of {
			return plain(x/u.of) + u.name
		}
	}
	return plain(x/1e-9) + "ns"
}

func plain(x float64) string { return strconv.FormatFloat(round(x), 'f', -1, 64) }
