// Package paired judges differences of pairs of runs: intervals, one-sided tests
// by Student's t and by exact signed ranks, several figures at once, and several
// looks at data that grow.
//
// It knows numbers only. A pair of runs is one difference; requests within a
// run depend on each other and must never be given to it one by one.
package paired

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// MostPairs bounds how many pairs are looked at: exact ranks take time with
// their cube.
const MostPairs = 400

// Interval is the mean of differences with its two-sided interval by Student's
// t [Stud08]. Of fewer than two differences nothing is known of the ends.
func Interval(d []float64, confidence float64) (mean, lo, hi float64) {
	mean, sd := moments(d)
	if len(d) < 2 {
		return mean, math.Inf(-1), math.Inf(1)
	}
	half := quantileT(1-(1-confidence)/2, len(d)-1) * sd / math.Sqrt(float64(len(d)))
	return mean, mean - half, mean + half
}

// Above is the larger of two p-values against "no more than limit": that of
// Student's paired t and that of the exact signed ranks [Wilc45]. Each is valid
// by itself, the former where means of so many differences are close to normal,
// the latter where differences are symmetric about their middle; the larger of
// two valid p-values is one.
func Above(d []float64, limit float64) float64 { return max(AboveT(d, limit), AboveRank(d, limit)) }

// Below is the same against "no less than limit".
func Below(d []float64, limit float64) float64 { return Above(negated(d), -limit) }

// AboveT is the p-value of Student's one-sided paired t against "the mean is no
// more than limit" [Stud08].
func AboveT(d []float64, limit float64) float64 {
	if len(d) < 2 {
		return 1
	}
	mean, sd := moments(d)
	if sd == 0 {
		if mean > limit {
			return 0
		}
		return 1
	}
	t := (mean - limit) / sd * math.Sqrt(float64(len(d)))
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(len(d) - 1)}.Survival(t)
}

// AboveRank is the exact p-value of the signed ranks against "symmetric about
// limit, or about less" [Wilc45], [Pratt59]: the share of all ways to give signs
// to the ranks whose sum of positive ranks is as large. Ties share their ranks,
// and a difference that is the limit itself counts as one below.
func AboveRank(d []float64, limit float64) float64 {
	n := len(d)
	if n == 0 {
		return 1
	}
	ranks, positive := signedRanks(d, limit)
	sum, total := 0, 0
	for i, r := range ranks {
		total += r
		if positive[i] {
			sum += r
		}
	}
	ways := make([]float64, total+1) // probability of each sum
	ways[0] = 1
	reached := 0
	for _, r := range ranks {
		reached += r
		for s := reached; s >= 0; s-- {
			p := ways[s] / 2
			if s >= r {
				p += ways[s-r] / 2
			}
			ways[s] = p
		}
	}
	p := 0.0
	for _, w := range slices.Backward(ways[sum:]) { // small ones first
		p += w
	}
	return min(p, 1)
}

// signedRanks are the ranks of the distances from limit, doubled so that shared
// ones are whole, and which of them are above.
func signedRanks(d []float64, limit float64) (ranks []int, positive []bool) {
	order := make([]int, len(d))
	for i := range order {
		order[i] = i
	}
	distance := func(i int) float64 { return math.Abs(d[i] - limit) }
	slices.SortStableFunc(order, func(a, b int) int {
		switch x, y := distance(a), distance(b); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	ranks, positive = make([]int, len(d)), make([]bool, len(d))
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && distance(order[to]) == distance(order[from]) {
			to++
		}
		for _, i := range order[from:to] {
			ranks[i] = from + 1 + to // twice the mean of from+1 … to
			positive[i] = d[i] > limit
		}
		from = to
	}
	return ranks, positive
}

// Spent is how much of alpha has been used up once a share of all pairs has
// been looked at, by the second spending function of [LaDM83], which gives the
// looks about the same: alpha·ln(1+(e−1)·share).
func Spent(alpha, share float64) float64 {
	return alpha * math.Log(1+(math.E-1)*min(max(share, 0), 1))
}

// Levels are the levels of several looks at growing data, each after so many
// pairs, that are wrong with probability alpha at most all together: each look
// takes what the spending function gives it and no more, so that their sum bounds
// it (Boole) whatever the test and however the looks depend on each other.
func Levels(alpha float64, looks []int) []float64 {
	out := make([]float64, len(looks))
	if len(looks) == 0 {
		return out
	}
	last, most := 0.0, float64(looks[len(looks)-1])
	for i, n := range looks {
		now := Spent(alpha, float64(n)/most)
		out[i], last = now-last, now
	}
	return out
}

// Needed is about how many pairs would tell that the mean of differences such as
// these is not limit, at this one-sided level, if their mean and spread stay as
// they are; 0 where no number within [MostPairs] would.
func Needed(d []float64, limit, level float64) int {
	mean, sd := moments(d)
	away := math.Abs(mean - limit)
	if len(d) < 2 || away == 0 || !(level > 0 && level < 1) {
		return 0
	}
	least := int(math.Ceil(-math.Log2(level))) // fewer signs cannot tell
	for n := max(least, 2); n <= MostPairs; n++ {
		if quantileT(1-level, n-1)*sd/math.Sqrt(float64(n)) <= away {
			return n
		}
	}
	return 0
}

// Detectable is the least difference beyond a tolerance that so many pairs of
// this spread find with this power, at this one-sided level: both are taken as
// Student's, which is a little too much.
func Detectable(sd float64, pairs int, level, power float64) float64 {
	if pairs < 2 || math.Pow(0.5, float64(pairs)) > level {
		return math.Inf(1)
	}
	return (quantileT(1-level, pairs-1) + quantileT(power, pairs-1)) * sd / math.Sqrt(float64(pairs))
}

// Spread is the standard deviation of differences.
func Spread(d []float64) float64 {
	_, sd := moments(d)
	return sd
}

func moments(d []float64) (mean, sd float64) {
	if len(d) == 0 {
		return math.NaN(), math.NaN()
	}
	m2 := 0.0 // [Welf62]
	for i, x := range d {
		delta := x - mean
		mean += delta / float64(i+1)
		m2 += delta * (x - mean)
	}
	if len(d) < 2 {
		return mean, math.NaN()
	}
	return mean, math.Sqrt(m2 / float64(len(d)-1))
}

func quantileT(p float64, nu int) float64 {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(nu)}.Quantile(p)
}

func negated(d []float64) []float64 {
	out := make([]float64, len(d))
	for i, x := range d {
		out[i] = -x
	}
	return out
}
