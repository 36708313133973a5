package history

import (
	"errors"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat"

	"github.com/headroom/headroom/internal/variate"
)

// ChangeOptions say how sure a change must be.
type ChangeOptions struct {
	Level        float64 // chance of naming a change where the series has none (1); 0: 0.01
	Permutations int     // 0: 499
	Least        int     // runs on each side of a change; 0: 4
	Seed         uint64  // of the permutations
}

// Change is where the values of a series begin to be others.
type Change struct {
	Index  int     `json:"index"`  // of the first value after it
	Before float64 `json:"before"` // mean of the values since the change before, in their unit: (s), (1/s) or (1)
	After  float64 `json:"after"`  // mean of the values until the change after, likewise: (s), (1/s) or (1)
	P      float64 `json:"p"`      // chance of so great a difference without a change (1)
}

// maxSeries bounds a series: time goes with the square of its length.
const maxSeries = 2000

// Changes finds the changes of a series by E-divisive means: the split with the
// greatest energy distance between its sides, as in [MaJa14] with
// exponent 1, is kept while fewer than a share Level of the permutations of
// its piece have one as great, and its sides are looked at likewise.
//
// It assumes that values between changes are exchangeable: a slow drift is cut
// into steps. The end of the second side is not searched for, as it is in
// [MaJa14]: what comes and goes again within few runs may be missed.
func Changes(values []float64, o ChangeOptions) ([]Change, error) {
	if o.Level == 0 {
		o.Level = 0.01
	}
	if o.Permutations == 0 {
		o.Permutations = 499
	}
	if o.Least == 0 {
		o.Least = 4
	}
	switch {
	case !(o.Level > 0 && o.Level < 1):
		return nil, errors.New("the level of significance must be between 0 and 1")
	case o.Least < 2 || o.Permutations < 1:
		return nil, errors.New("want 2 runs or more on each side of a change, and 1 permutation or more")
	case 1/float64(o.Permutations+1) > o.Level:
		return nil, errors.New("too few permutations for that level of significance: want 1/level or more")
	case len(values) > maxSeries:
		return nil, errors.New("more than 2000 runs; ask for the last of them")
	}
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, errors.New("a value is not finite")
		}
	}
	d := &divider{ChangeOptions: o, draws: variate.Stream(o.Seed, 0, "history/changes")}
	d.split(values, 0)
	for i := range d.found {
		from, to := 0, len(values)
		if i > 0 {
			from = d.found[i-1].Index
		}
		if i+1 < len(d.found) {
			to = d.found[i+1].Index
		}
		at := d.found[i].Index
		d.found[i].Before, d.found[i].After = stat.Mean(values[from:at], nil), stat.Mean(values[at:to], nil)
	}
	return d.found, nil
}

type divider struct {
	ChangeOptions
	draws *rand.Rand
	found []Change
}

// split looks at one piece, and appends its changes in their order.
func (d *divider) split(x []float64, offset int) {
	at, q := bestSplit(x, d.Least)
	if at == 0 {
		return
	}
	p, ok := d.chance(x, q)
	if !ok {
		return
	}
	d.split(x[:at], offset)
	d.found = append(d.found, Change{Index: offset + at, P: p})
	d.split(x[at:], offset+at)
}

// chance is the share of the permutations, the series itself counted as one,
// whose best split is as good; it stops where that is above the level already.
func (d *divider) chance(x []float64, q float64) (p float64, ok bool) {
	mixed := append([]float64(nil), x...)
	as := 1
	for range d.Permutations {
		d.draws.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		if _, other := bestSplit(mixed, d.Least); other >= q {
			as++
		}
		if float64(as) > d.Level*float64(d.Permutations+1) {
			return 1, false
		}
	}
	return float64(as) / float64(d.Permutations+1), true
}

// bestSplit is the place that parts x best, and how well: 0 where x is too
// short or does not vary.
func bestSplit(x []float64, least int) (at int, best float64) {
	n := len(x)
	if n < 2*least {
		return 0, 0
	}
	// Sums of the distances of pairs: both left, both right, or across.
	var left, right, across float64
	for i := range n {
		for j := range i {
			right += math.Abs(x[i] - x[j])
		}
	}
	for k := 1; k <= n-least; k++ {
		moved := x[k-1]
		for _, y := range x[:k-1] {
			left += math.Abs(moved - y)
			across -= math.Abs(moved - y)
		}
		for _, y := range x[k:] {
			right -= math.Abs(moved - y)
			across += math.Abs(moved - y)
		}
		if k < least {
			continue
		}
		m, r := float64(k), float64(n-k)
		q := m * r / (m + r) * (2*across/(m*r) - 2*left/(m*(m-1)) - 2*right/(r*(r-1)))
		if q > best {
			at, best = k, q
		}
	}
	return at, best
}
