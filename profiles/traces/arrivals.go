package traces

import (
	"math"
	"slices"
)

// arrivals are the instants of requests.
type arrivals struct {
	at     []int64 // (ns); the first so many
	n      int
	weight float64 // requests that they stand for
	first  int64
	last   int64
}

const maxStarts = 1 << 20

func (a *arrivals) add(at int64, share float64) {
	if a.n == 0 || at < a.first {
		a.first = at
	}
	if a.n == 0 || at > a.last {
		a.last = at
	}
	a.n++
	if share > 0 && share < 1 {
		a.weight += 1 / share
	} else {
		a.weight++
	}
	if len(a.at) < maxStarts {
		a.at = append(a.at, at)
	}
}

// process is how requests come.
type process struct {
	rate    float64 // (1/s)
	scv     float64 // squared coefficient of variation of gaps (1)
	n       int
	poisson bool
	trend   bool // the two halves differ more than chance explains
	whole   bool // every request is known, and none stands for others
}

// joined are the processes of several operations taken for one.
func joined(all []*arrivals) process {
	var at []int64
	p := process{whole: true}
	weight := 0.0
	first, last := int64(math.MaxInt64), int64(math.MinInt64)
	for _, a := range all {
		at = append(at, a.at...)
		p.n += a.n
		weight += a.weight
		p.whole = p.whole && a.n == len(a.at) && a.weight == float64(a.n)
		first, last = min(first, a.first), max(last, a.last)
	}
	span := float64(last-first) / 1e9
	if p.n < 2 || !(span > 0) {
		return p
	}
	p.rate = weight / float64(p.n) * float64(p.n-1) / span
	slices.Sort(at)
	p.judge(at)
	return p
}

// judge tests whether instants in order are of a Poisson process: n times the
// sum of squared shares of the gaps in the whole has then mean 2n/(n+1) and
// standard deviation near 2/√n [Gree46], [Mora47]. A departure of less than 5 %
// is too small to matter. False alarms: 1 in 100 where it is Poisson.
func (p *process) judge(at []int64) {
	n := float64(len(at) - 1)
	sum, squares := 0.0, 0.0
	for i := 1; i < len(at); i++ {
		g := float64(at[i]-at[i-1]) / 1e9
		sum += g
		squares += g * g
	}
	if !(sum > 0) {
		return
	}
	g := n * squares / (sum * sum)
	p.scv = max(g-1, 0)
	apart := math.Abs(g - 2*n/(n+1))
	p.poisson = apart <= 2.576*2/math.Sqrt(n) || apart < 0.05
	half := at[0] + (at[len(at)-1]-at[0])/2
	k, _ := slices.BinarySearch(at, half)
	a, b := float64(k), float64(len(at)-k)
	p.trend = math.Abs(a-b) > 4*math.Sqrt((a+b)*max(p.scv, 0.1))
}
