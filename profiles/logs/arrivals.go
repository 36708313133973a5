package logs

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"

	"github.com/headroom/headroom/measure"
)

// stretch is a part of the requests in order of time.
type stretch struct {
	records  []record
	from, to int64 // (ns)
}

func (s stretch) span() float64 { return float64(s.to-s.from) / second }

// rate is the mean rate, with an interval over blocks (1/s).
func (s stretch) rate() measure.Estimate {
	parts := make([]sums, blocks)
	length := s.span() / blocks
	for _, r := range s.records {
		i := int(float64(r.at-s.from) / second / length)
		parts[min(max(i, 0), blocks-1)].x++
	}
	for i := range parts {
		parts[i].n = length
	}
	return overBlocks(parts, sums.mean, false)
}

// busyHour is the hour with the most requests, wherever it begins; all of a
// log that is not much longer.
func busyHour(records []record) stretch {
	const hour = 3600 * second
	first, last := records[0].at, records[len(records)-1].at
	all := stretch{records, first, last + 1}
	if last-first < hour*5/4 {
		return all
	}
	best, at, to := 0, 0, 0
	for from := range records {
		for to < len(records) && records[to].at < records[from].at+hour {
			to++
		}
		if to-from > best {
			best, at = to-from, from
		}
	}
	from := min(records[at].at, last+1-hour)
	at = sort.Search(len(records), func(i int) bool { return records[i].at >= from })
	end := sort.Search(len(records), func(i int) bool { return records[i].at >= from+hour })
	return stretch{records[at:end], from, from + hour}
}

// gaps are the times between arrivals, nil where the grain of the stamps is too
// coarse: what rounding adds to the variance, a sixth of the squared grain
// ([Shep98]), is to stay below a hundredth of the squared mean.
func (s stretch) gaps(grain float64) *measure.Gaps {
	if len(s.records) < 10*blocks {
		return nil
	}
	parts := make([]sums, blocks)
	n := len(s.records) - 1
	for i := range n {
		parts[i*blocks/n].add(float64(s.records[i+1].at-s.records[i].at) / second)
	}
	mean := overBlocks(parts, sums.mean, true)
	if grain*grain/6 > mean.Value*mean.Value/100 {
		return nil
	}
	return &measure.Gaps{Mean: mean, SCV: overBlocks(parts, sums.scv, true)}
}

// dispersion is the index of dispersion for counts ([Guse91]) of windows of
// rising length: from the grain of the stamps to a fiftieth of the stretch.
func (s stretch) dispersion(grain float64) []measure.Dispersion {
	const leastWindows = 50
	var out []measure.Dispersion
	span := s.span()
	if len(s.records) < 10*blocks {
		return nil
	}
	shortest := math.Max(grain, float64(span)/1e6)
	for _, w := range windows(shortest, span/leastWindows) {
		if w < 0.9*grain {
			continue
		}
		out = append(out, measure.Dispersion{Window: w, Index: s.dispersionOf(w)})
	}
	return out
}

// windows are 1, 2 and 5 times the powers of ten between two lengths (s).
func windows(from, to float64) []float64 {
	var out []float64
	for power := math.Floor(math.Log10(from)); power < 6; power++ {
		for _, f := range []float64{1, 2, 5} {
			w, _ := strconv.ParseFloat(fmt.Sprintf("%ge%g", f, power), 64)
			if w >= from*(1-1e-9) && w <= to*(1+1e-9) {
				out = append(out, w)
			}
		}
	}
	return out
}

func (s stretch) dispersionOf(window float64) measure.Estimate {
	length := int64(math.Round(window * second))
	n := (s.to - s.from) / length
	counts := make([]uint32, n)
	for _, r := range s.records {
		if at := (r.at - s.from) / length; at < n {
			counts[at]++
		}
	}
	parts := make([]sums, blocks)
	for i, c := range counts {
		parts[int64(i)*blocks/n].add(float64(c))
	}
	return overBlocks(parts, sums.dispersion, true)
}

// Where arrivals are no longer taken for Poisson, and what tells.
const (
	nearlyPoisson = 1.25
	patience      = 10 // longest window that tells, beside the day's own course (s)
)

// arrivals says the arrivals of a stretch in the language of scenarios, and why.
func (s stretch) arrivals(rate float64, g *measure.Gaps, d []measure.Dispersion) (text, why string) {
	poisson := "poisson(" + perSecond(rate) + ")"
	var known []measure.Dispersion
	for _, one := range d {
		if one.Index.Known() && one.Window <= patience {
			known = append(known, one)
		}
	}
	if len(known) == 0 {
		return poisson, "too few requests to tell more"
	}
	last := known[len(known)-1]
	highest := slices.MaxFunc(known, func(a, b measure.Dispersion) int {
		switch {
		case a.Index.Value < b.Index.Value:
			return -1
		case a.Index.Value > b.Index.Value:
			return 1
		}
		return 0
	})
	if highest.Index.Value < nearlyPoisson || highest.Index.Lo <= 1 {
		if g != nil && g.SCV.Value < 0.5 && last.Index.Value < 0.5 {
			return "renewal(gamma(mean=" + seconds(1/rate) + ", cv=" + figure(math.Sqrt(math.Max(g.SCV.Value, 1e-4))) + "))",
				fmt.Sprintf("more regular than Poisson: squared coefficient of variation of the gaps %.2g", g.SCV.Value)
		}
		return poisson, fmt.Sprintf("index of dispersion at most %.2f up to windows of %s", highest.Index.Value, seconds(last.Window))
	}
	if g != nil && g.SCV.Value >= 1 && highest.Index.Lo <= g.SCV.Hi {
		return `"bursty(` + perSecond(rate) + ", " + figure(math.Sqrt(g.SCV.Value)) + `)"`,
			fmt.Sprintf("gaps of squared coefficient of variation %.2f, which explains the index of dispersion of %.2f", g.SCV.Value, highest.Index.Value)
	}
	low, high, stay := modulated(rate, known)
	return fmt.Sprintf(`"mmpp(%s for %s, %s for %s)"`, perSecond(low), seconds(stay), perSecond(high), seconds(stay)),
		fmt.Sprintf("the index of dispersion rises to %.2f at windows of %s: bursts of requests that belong together", highest.Index.Value, seconds(highest.Window))
}

// modulated fits a Poisson process whose rate takes turns between two values,
// staying at each for an exponential time of the same mean, to indices of
// dispersion. With rates m ± d and stays of mean s the rate's autocovariance is
// d²·exp(−2t/s), and so ([FiMe93], of which this is the symmetric case)
//
//	I(t) = 1 + (d²·s/m)·(1 − (1 − exp(−2t/s))·s/(2t))
//
// The stay is the one of a grid that leaves the least squares of ln I, and d
// follows from the means of both sides, at most m.
func modulated(m float64, points []measure.Dispersion) (low, high, stay float64) {
	best := math.Inf(1)
	longest := 10 * points[len(points)-1].Window // longer stays are not to be told from a drift
	for k := -12; k <= 16; k++ {
		s := math.Pow(10, float64(k)/4)
		if s > longest {
			break
		}
		shape := func(t float64) float64 { return 1 + math.Expm1(-2*t/s)*s/(2*t) }
		num, den := 0.0, 0.0
		for _, p := range points {
			x, y := shape(p.Window), p.Index.Value-1
			num += x * y / (p.Index.Value * p.Index.Value)
			den += x * x / (p.Index.Value * p.Index.Value)
		}
		d := math.Min(math.Sqrt(math.Max(num/den, 0)*m/s), m)
		left := 0.0
		for _, p := range points {
			e := math.Log(p.Index.Value) - math.Log1p(d*d*s/m*shape(p.Window))
			left += e * e
		}
		if left < best {
			best, low, high, stay = left, m-d, m+d, s
		}
	}
	return low, high, stay
}

// figure writes a number with three digits.
func figure(x float64) string {
	short, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 3, 64), 64)
	return strconv.FormatFloat(short, 'f', -1, 64)
}

func perSecond(rate float64) string { return figure(rate) + "/s" }

// seconds writes a time in the unit that suits it.
func seconds(x float64) string {
	switch {
	case x <= 0:
		return "0s"
	case x < 1e-3:
		return figure(x*1e6) + "us"
	case x < 1:
		return figure(x*1e3) + "ms"
	}
	return figure(x) + "s"
}
