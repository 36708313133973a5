package pprof

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/headroom/headroom/internal/holm"
	"github.com/headroom/headroom/measure"
)

// Difference is what got dearer, and what cheaper, from one version to another.
type Difference struct {
	Type       string `json:"type"`
	Unit       string `json:"unit"`
	PerRequest bool   `json:"per_request,omitzero"` // else of the share that each is of its profiles (1)
	Base       int    `json:"base"`
	Head       int    `json:"head"` // captures
	Paired     bool   `json:"paired,omitzero"`

	Total Change   `json:"total,omitzero"`
	Self  []Change `json:"self,omitzero"` // of functions themselves: the surely dearer first, the dearest leading; then the surely cheaper; then the rest
	Cum   []Change `json:"cum,omitzero"`  // with what they called, in the same order
	// Skipped is how many functions were too small, on both sides, to be tested.
	Skipped int              `json:"skipped,omitzero"`
	Caveats []measure.Caveat `json:"caveats,omitzero"`
}

// Change is how the cost of one function changed.
type Change struct {
	Name  string           `json:"name"`
	Base  float64          `json:"base"`           // a request, in Unit (s, B or 1), or a share (1)
	Head  float64          `json:"head"`           // a request, in Unit (s, B or 1), or a share (1)
	By    measure.Estimate `json:"by"`             // Head − Base, with its 95 % interval where one is known
	P     float64          `json:"-"`              // probability of a change as large with none behind it, after Holm; NaN = not known
	Sure  bool             `json:"sure"`           // P below 5 %, over all functions tested
	Under string           `json:"under,omitzero"` // the function of the program's own that most of the change is called from, or empty
}

// Relative is the change as a share of what it was, +Inf of what is new.
func (c *Change) Relative() float64 {
	if c.Base == 0 {
		if c.Head == 0 {
			return 0
		}
		return math.Inf(1)
	}
	return c.Head/c.Base - 1
}

// weighty is the share of all, on either side, from which on a function is
// tested: with every one that appears in a sample or two, a true change would
// drown in the correction for so many tests.
const weighty = 0.002

// Compare tells what changed from base to head. With several captures a side,
// intervals are Welch's for means of unequal variances [Welc47], or of the mean
// of differences where they are paired, capture by capture; either variance is
// at least that of the samples, since captures that happen to agree prove
// nothing. With one a side they are of the samples alone. What is called sure
// is so over all functions together, by Holm's correction [Holm79], at 5 %.
func Compare(base, head []Capture, value string, paired bool) (*Difference, error) {
	if len(base) == 0 || len(head) == 0 {
		return nil, errors.New("want profiles on both sides")
	}
	if paired && (len(base) != len(head) || len(base) < 2) {
		return nil, fmt.Errorf("pairs want as many captures on both sides, two or more; there are %d and %d", len(base), len(head))
	}
	var sides [2]*side
	for i, captures := range [][]Capture{base, head} {
		a, err := newAdding(captures, value, Naming{})
		if err != nil {
			return nil, err
		}
		sides[i] = newSide(a)
	}
	b, h := sides[0], sides[1]
	if b.a.d.Type != h.a.d.Type || b.a.d.Unit != h.a.d.Unit {
		return nil, fmt.Errorf("base is of %s (%s) and head of %s (%s): give profiles of one kind", b.a.d.Type, b.a.d.Unit, h.a.d.Type, h.a.d.Unit)
	}
	if (b.a.d.Requests > 0) != (h.a.d.Requests > 0) {
		return nil, errors.New("the number of requests is known of one side only; give it for both, or for neither")
	}
	d := &Difference{Type: b.a.d.Type, Unit: b.a.d.Unit, PerRequest: b.a.d.Requests > 0, Base: len(base), Head: len(head), Paired: paired}
	if !d.PerRequest {
		d.Unit = "1"
		b.normalize()
		h.normalize()
		d.Caveats = append(d.Caveats, measure.Caveat{
			What:   "the number of requests is not known",
			Effect: "shares are compared: what got cheaper makes all else look dearer; give the requests of both sides",
		})
	}
	d.Total = change("all", b.all, h.all, paired)
	d.Total.Sure = d.Total.P < 1-confidence
	d.Self, d.Skipped = changes(b.self, h.self, b.all, h.all, paired)
	d.Cum, _ = changes(b.cum, h.cum, b.all, h.all, paired)
	under(d.Self, b, h)
	d.caveats(b, h)
	return d, nil
}

func (d *Difference) caveats(b, h *side) {
	if d.Base == 1 || d.Head == 1 {
		d.Caveats = append(d.Caveats, measure.Caveat{
			What:   "one capture on a side",
			Effect: "intervals are of the samples alone; how runs differ by themselves needs several a side",
		})
		if b.a.d.Samples == 0 || h.a.d.Samples == 0 {
			d.Caveats = append(d.Caveats, measure.Caveat{What: "the files do not tell how many samples they are of", Effect: "there are no intervals; give several captures a side"})
		}
	}
}

// series is one figure of a function over the captures of a side, a request,
// and the variance that samples alone give to each.
type series struct{ values, noise []float64 }

// side is what one version costs by function.
type side struct {
	a         *adding
	self, cum map[string]*series
	all       *series
	edges     map[[2]string]float64 // own function and the leaf below it, a request
}

func newSide(a *adding) *side {
	n := len(a.captures)
	s := &side{a: a, self: map[string]*series{}, cum: map[string]*series{}, all: fresh(n), edges: map[[2]string]float64{}}
	seen := map[string]bool{}
	for k := range a.captures {
		f := a.figures[k]
		for i := range a.captures[k].Profile.Stacks {
			frames := a.captures[k].Profile.Stacks[i].Frames
			v := f.Each[i] * a.scale[k] / a.per[k]
			noise := 0.0
			if f.Events != nil && f.Events[i] > 0 {
				noise = v * v / f.Events[i] // of a Poisson number of samples
			}
			s.all.add(k, v, noise)
			clear(seen)
			for j := range frames {
				if name := frames[j].Function; !seen[name] {
					seen[name] = true
					of(s.cum, name, n).add(k, v, noise)
				}
			}
			if len(frames) > 0 {
				leaf := frames[len(frames)-1].Function
				of(s.self, leaf, n).add(k, v, noise)
				s.edges[[2]string{leaf, owner(frames)}] += v / float64(n)
			}
		}
	}
	return s
}

// owner is the innermost function that is neither the leaf nor of the standard
// library: who of the program's own made the leaf work.
func owner(frames []Frame) string {
	for i := len(frames) - 2; i >= 0; i-- {
		if name := frames[i].Function; !Standard(Package(name)) && name != frames[len(frames)-1].Function {
			return name
		}
	}
	return ""
}

func fresh(n int) *series { return &series{make([]float64, n), make([]float64, n)} }

func of(m map[string]*series, name string, n int) *series {
	if m[name] == nil {
		m[name] = fresh(n)
	}
	return m[name]
}

func (s *series) add(k int, v, noise float64) {
	s.values[k] += v
	s.noise[k] += noise
}

func (s *series) mean() float64 { return stat.Mean(s.values, nil) }

// normalize makes shares of the figures of each capture.
func (s *side) normalize() {
	for k, all := range s.all.values {
		if all <= 0 {
			continue
		}
		for _, m := range []map[string]*series{s.self, s.cum} {
			for _, x := range m {
				x.values[k] /= all
				x.noise[k] /= all * all
			}
		}
		for e := range s.edges {
			s.edges[e] /= all
		}
		s.all.values[k], s.all.noise[k] = 1, 0
	}
}

// changes are those of functions that matter, in the order of [Difference].
func changes(base, head map[string]*series, allBase, allHead *series, paired bool) (out []Change, skipped int) {
	names := map[string]bool{}
	for name := range base {
		names[name] = true
	}
	for name := range head {
		names[name] = true
	}
	for name := range names {
		b, h := of(base, name, len(allBase.values)), of(head, name, len(allHead.values))
		if b.mean() < weighty*allBase.mean() && h.mean() < weighty*allHead.mean() {
			skipped++
			continue
		}
		out = append(out, change(name, b, h, paired))
	}
	corrected(out)
	slices.SortFunc(out, func(x, y Change) int {
		return cmp.Or(cmp.Compare(x.rank(), y.rank()), x.further(&y), cmp.Compare(x.Name, y.Name))
	})
	return out, skipped
}

func (c *Change) rank() int {
	switch {
	case c.Sure && c.By.Value > 0:
		return 0
	case c.Sure:
		return 1
	}
	return 2
}

// further puts the larger rise first, and among what is surely cheaper the
// larger fall.
func (c *Change) further(o *Change) int {
	if c.rank() == 1 {
		return cmp.Compare(c.By.Value, o.By.Value)
	}
	return cmp.Compare(o.By.Value, c.By.Value)
}

// change is that of one figure. Where no variance is known it has no interval.
func change(name string, b, h *series, paired bool) Change {
	c := Change{Name: name, Base: b.mean(), Head: h.mean(), P: math.NaN()}
	by := c.Head - c.Base
	c.By = measure.Exactly(by)
	var variance, freedom float64
	if paired {
		variance, freedom = pairedVariance(b, h)
	} else {
		variance, freedom = welch(b, h)
	}
	if !(freedom > 0) {
		return c
	}
	deviation := math.Sqrt(variance)
	if deviation <= 1e-12*math.Max(c.Base, c.Head) { // counted exactly, the same in every capture
		c.P = 0
		if math.Abs(by) <= 1e-12*math.Max(c.Base, c.Head) {
			c.P = 1
		}
		return c
	}
	t := distuv.StudentsT{Sigma: 1, Nu: freedom}
	half := t.Quantile((1+confidence)/2) * deviation
	c.By = measure.Between(by, by-half, by+half, confidence)
	c.P = 2 * t.CDF(-math.Abs(by)/deviation)
	return c
}

// known is the degrees of freedom of a variance that is not estimated.
const known = 1e6

// welch is the variance of a difference of means, and its degrees of freedom by
// the equation of Welch and Satterthwaite [Welc47]; 0 where nothing is known.
func welch(b, h *series) (variance, freedom float64) {
	vb, fb := b.variance()
	vh, fh := h.variance()
	if fb == 0 || fh == 0 {
		return 0, 0
	}
	variance = vb + vh
	if variance == 0 {
		return 0, known
	}
	return variance, variance * variance / (vb*vb/fb + vh*vh/fh)
}

// variance is that of the mean of a side, and its degrees of freedom: as the
// captures differ, but no less than samples scatter.
func (s *series) variance() (v, freedom float64) {
	n := float64(len(s.values))
	noise := stat.Mean(s.noise, nil) / n
	if n < 2 {
		if noise == 0 {
			return 0, 0
		}
		return noise, known
	}
	v, freedom = stat.Variance(s.values, nil)/n, n-1
	if v < noise {
		return noise, known
	}
	return v, freedom
}

func pairedVariance(b, h *series) (variance, freedom float64) {
	n := float64(len(b.values))
	differences := make([]float64, len(b.values))
	for i := range differences {
		differences[i] = h.values[i] - b.values[i]
	}
	variance = stat.Variance(differences, nil) / n
	if noise := (stat.Mean(b.noise, nil) + stat.Mean(h.noise, nil)) / n; variance < noise {
		return noise, known
	}
	return variance, n - 1
}

// corrected has the probabilities of changes corrected for as many tests as there are.
func corrected(all []Change) {
	var known []int
	var p []float64
	for i := range all {
		if !math.IsNaN(all[i].P) {
			known, p = append(known, i), append(p, all[i].P)
		}
	}
	for k, adjusted := range holm.Adjust(p) {
		c := &all[known[k]]
		c.P, c.Sure = adjusted, adjusted < 1-confidence
	}
}

// under finds for each change who of the program's own it is called from most.
func under(list []Change, b, h *side) {
	best := map[string]float64{}
	who := map[string]string{}
	look := func(edges map[[2]string]float64) {
		for e := range edges {
			by := math.Abs(h.edges[e] - b.edges[e])
			if e[1] != "" && (by > best[e[0]] || by == best[e[0]] && e[1] < who[e[0]]) {
				best[e[0]], who[e[0]] = by, e[1]
			}
		}
	}
	look(b.edges)
	look(h.edges)
	for i := range list {
		list[i].Under = who[list[i].Name]
	}
}
