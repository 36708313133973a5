package emulate

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/headroom/headroom/measure"
)

// Intervals are reckoned by batch means: what happens in one stretch of time is
// nearly independent of the next when the stretches are long compared with how
// long the system remembers, so the measured time is cut into blocks and a
// figure's interval follows from how it differs between them, by Student's t
// ([Schm82] finds 10 to 30 batches the best number).
const (
	numBlocks  = 20
	confidence = 0.95
	// fewest is how many of what is counted a figure must rest on to have an interval.
	fewest = 5 * numBlocks
)

// blocks reckons the figures of one part of the system from its track.
type blocks struct {
	track   track
	part    int
	student float64 // 97.5 % point of Student's t for the blocks; NaN where there are too few marks for intervals
}

func newBlocks(t track) blocks {
	b := blocks{track: t, student: math.NaN()}
	if len(t) > numBlocks {
		b.student = distuv.StudentsT{Mu: 0, Sigma: 1, Nu: numBlocks - 1}.Quantile((1 + confidence) / 2)
	}
	return b
}

// of returns the same blocks of another part.
func (b blocks) of(part int) blocks {
	b.part = part
	return b
}

// change is by how much the total in a column rose over the whole time.
func (b blocks) change(column int) float64 {
	return b.track.total(b.part, column, b.track.to()) - b.track.total(b.part, column, b.track.from())
}

// perBlock is by how much it rose in each block.
func (b blocks) perBlock(column int) (rises [numBlocks]float64) {
	from, to := b.track.from(), b.track.to()
	last := b.track.total(b.part, column, from)
	for i := range rises {
		next := b.track.total(b.part, column, from+(to-from)*float64(i+1)/numBlocks)
		rises[i], last = next-last, next
	}
	return rises
}

// rate is the change of a column per second, divided by so many; counts of
// few things have no interval.
func (b blocks) rate(column int, many float64) measure.Estimate {
	seconds := b.track.to() - b.track.from()
	value := b.change(column) / seconds / many
	rises := b.perBlock(column)
	mean, squares := b.change(column)/numBlocks, 0.0
	for _, x := range rises {
		squares += (x - mean) * (x - mean)
	}
	half := b.student * math.Sqrt(squares/(numBlocks-1)/numBlocks) * numBlocks / seconds / many
	return b.figure(value, half)
}

// ratio is the change of one column over that of another, with the standard
// error of the ratio estimator ([Coch77]).
func (b blocks) ratio(num, den int) measure.Estimate {
	n := b.change(den)
	if n == 0 {
		return measure.Estimate{}
	}
	value := b.change(num) / n
	above, below, squares := b.perBlock(num), b.perBlock(den), 0.0
	for i := range above {
		e := above[i] - value*below[i]
		squares += e * e
	}
	half := b.student * math.Sqrt(squares*numBlocks/(numBlocks-1)) / n
	if n < fewest {
		half = math.NaN()
	}
	return b.figure(value, half)
}

// figure is a value that is not negative, with its interval where one is known.
func (b blocks) figure(value, half float64) measure.Estimate {
	if math.IsNaN(half) {
		return measure.Exactly(value)
	}
	return measure.Between(value, max(0, value-half), value+half, confidence)
}

// share keeps a figure from 0 to 1, which rounding and intervals may leave.
func share(e measure.Estimate) measure.Estimate {
	e.Value, e.Lo, e.Hi = min(max(e.Value, 0), 1), min(max(e.Lo, 0), 1), min(max(e.Hi, 0), 1)
	return e
}

// rest is what a share leaves of 1.
func rest(e measure.Estimate) measure.Estimate {
	e.Value, e.Lo, e.Hi = 1-e.Value, 1-e.Hi, 1-e.Lo
	return share(e)
}
