package capacity

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	"github.com/headroom/headroom/internal/variate"
)

// Design is the points of a study: all combinations of the values of its holes
// or, with Sample, so many drawn from their ranges.
type Design struct {
	Varied []Varied
	Sample int // points of a Latin hypercube; 0 = the grid
	Seed   uint64

	holes  []*Hole
	strata [][]int     // by hole: of a sample, the stratum of each point
	within [][]float64 // by hole: and the place in it, from 0 to 1
	size   int
}

// Setting is the value of a hole at a point.
type Setting struct {
	Text  string
	Value float64 // as a number in the unit that is written (1); NaN for a word
}

// NewDesign lays out the points. A sample is a Latin hypercube: of each range
// every one of as many strata as there are points is drawn from once
// [McBC79].
func NewDesign(varied []Varied, sample int, seed uint64) (*Design, error) {
	d := &Design{Varied: varied, Sample: sample, Seed: seed, size: 1}
	for i := range varied {
		for k := range varied[i].Holes {
			d.holes = append(d.holes, &varied[i].Holes[k])
		}
	}
	if sample < 0 || sample > mostPoints {
		return nil, fmt.Errorf("capacity: a sample of %d points; want 1 to %d", sample, mostPoints)
	}
	if sample > 0 {
		if len(d.holes) == 0 {
			return nil, fmt.Errorf("capacity: a sample of nothing; give ranges to draw from, as services.db.cores=2..8")
		}
		d.size = sample
		for _, h := range d.holes {
			r := variate.Stream(seed, 0, "latin/"+h.Name)
			d.strata = append(d.strata, r.Perm(sample))
			d.within = append(d.within, uniforms(r, sample))
		}
		return d, nil
	}
	for _, h := range d.holes {
		if d.size *= len(h.Texts); d.size > mostPoints {
			return nil, fmt.Errorf("capacity: more than %d points; give shorter lists, ranges with fewer points (1..1000 x10), or a sample", mostPoints)
		}
	}
	return d, nil
}

func uniforms(r *rand.Rand, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = r.Float64()
	}
	return out
}

// Len is the number of points.
func (d *Design) Len() int { return d.size }

// Holes are the parameters that vary, in order of mention.
func (d *Design) Holes() []*Hole { return d.holes }

// At is the values of the holes at a point; of a grid the last varies fastest.
func (d *Design) At(i int) []Setting {
	out := make([]Setting, len(d.holes))
	rest := i
	for k := len(d.holes) - 1; k >= 0; k-- {
		h := d.holes[k]
		if d.Sample > 0 {
			out[k] = h.draw((float64(d.strata[k][i]) + d.within[k][i]) / float64(d.Sample))
			continue
		}
		at := rest % len(h.Texts)
		rest /= len(h.Texts)
		out[k] = Setting{h.Texts[at], h.Values[at]}
	}
	return out
}

// draw is the value after a part of a range, or of a list.
func (h *Hole) draw(part float64) Setting {
	if !h.Ranged {
		i := min(int(part*float64(len(h.Texts))), len(h.Texts)-1)
		return Setting{h.Texts[i], h.Values[i]}
	}
	var v float64
	if h.Whole && !h.Log {
		v = min(h.High, h.Low+float64(int(part*(h.High-h.Low+1))))
	} else {
		v = h.at(part)
	}
	text := h.text(v)
	if !h.Whole { // as precise as anyone cares for
		text = strconv.FormatFloat(v, 'g', 6, 64) + h.unit
	}
	return Setting{text, v}
}

// sets is a point as overrides, and what its load is multiplied by (1).
func (d *Design) sets(at []Setting) (sets []string, load float64) {
	load = 1
	for i := range d.Varied {
		v := &d.Varied[i]
		texts := make([]string, len(v.Holes))
		for k := range texts {
			texts[k] = at[k].Text
		}
		at = at[len(texts):]
		one := v.set(texts)
		if v.Path != LoadPath {
			sets = append(sets, one)
		} else if f, err := strconv.ParseFloat(one[len(LoadPath)+1:], 64); err == nil {
			load = f
		}
	}
	return sets, load
}
