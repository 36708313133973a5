package watch

import (
	"math"
	"sort"
)

// tracks are the figures of one monitor at the times of its looks (s).
type tracks struct {
	part    string
	every   float64 // (s)
	columns []Column
	at      []float64   // (s), rising
	values  [][]float64 // by column, then by look; NaN where not seen. Counters never fall
	offset  []float64   // by column: what a counter had risen to when it began anew
	last    []float64   // by column: the last value as seen
	resets  int         // looks at which some counter had begun anew
}

func (t *tracks) add(n *Note) {
	at := n.At.Seconds()
	if len(t.at) > 0 && at <= t.at[len(t.at)-1] {
		return // two looks at once tell nothing new
	}
	for range n.Columns {
		t.values = append(t.values, unknown(len(t.at)))
		t.offset = append(t.offset, 0)
		t.last = append(t.last, math.NaN())
	}
	t.columns = append(t.columns, n.Columns...)
	if len(n.Columns) > 0 {
		t.part, t.every = n.Part, n.Every.Seconds()
	}
	t.at = append(t.at, at)
	reset := false
	for i := range t.columns {
		x := math.NaN()
		if i < len(n.Values) {
			x = n.Values[i]
		}
		if t.columns[i].Kind != Gauge && !math.IsNaN(x) {
			if x < t.last[i] { // the target was started anew and counts from nothing
				t.offset[i] += t.last[i]
				reset = true
			}
			t.last[i] = x
			x += t.offset[i]
		}
		t.values[i] = append(t.values[i], x)
	}
	if reset {
		t.resets++
	}
}

func unknown(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = math.NaN()
	}
	return out
}

// gap is how far apart two looks may be for what lies between to be taken for
// known: a few missed ones.
func (t *tracks) gap() float64 { return 3.5 * t.every }

// over is a figure over a stretch of time: the mean of a gauge, by trapezoids
// between its looks, or the rate of a counter. NaN when it was not looked at
// for most of that time.
func (t *tracks) over(column int, from, to float64) float64 {
	area, known := 0.0, 0.0
	t.pieces(column, from, to, func(length, a, b float64) {
		known += length
		if t.columns[column].Kind == Gauge {
			area += length * (a + b) / 2
		} else {
			area += b - a
		}
	})
	if known <= 0 || known < (to-from)/2 {
		return math.NaN()
	}
	return area / known
}

// rise is what a counter has risen by in a stretch of time, as far as it is known.
func (t *tracks) rise(column int, from, to float64) float64 {
	sum := 0.0
	t.pieces(column, from, to, func(_, a, b float64) { sum += b - a })
	return sum
}

// pieces calls f with the parts of a stretch of time between two looks: their
// length and the values at their ends.
func (t *tracks) pieces(column int, from, to float64, f func(length, a, b float64)) {
	v := t.values[column]
	i := max(sort.SearchFloat64s(t.at, from)-1, 0)
	for math.IsNaN(v[i]) && i > 0 {
		i--
	}
	for j := i + 1; j < len(t.at) && t.at[i] < to; j++ {
		if math.IsNaN(v[j]) {
			continue
		}
		if math.IsNaN(v[i]) {
			i = j
			continue
		}
		length := t.at[j] - t.at[i]
		a, b := max(t.at[i], from), min(t.at[j], to)
		if b > a && length <= t.gap() {
			slope := (v[j] - v[i]) / length
			f(b-a, v[i]+slope*(a-t.at[i]), v[i]+slope*(b-t.at[i]))
		}
		i = j
	}
}

// column is the index of a figure, or -1.
func (t *tracks) column(name string) int {
	for i := range t.columns {
		if t.columns[i].Name == name {
			return i
		}
	}
	return -1
}
