package loadtest

import (
	"math"

	"github.com/headroom/headroom/measure"
)

// Intervals are reckoned from blocks of time. The requests of a run are not
// independent of each other (one that waits long makes the next wait), so the
// spread of single values says little; but what happens in one stretch of time
// is nearly independent of the next when the stretches are long compared with
// how long the system remembers. The measured time is cut into numBlocks
// blocks; a figure's interval follows from how it differs between them, by
// Student's t (the method of batch means; [Schm82] finds 10 to 30 batches the
// best number).
const (
	numBlocks  = 20
	confidence = 0.95
	// fewestForInterval is the number of values below which there is no interval.
	fewestForInterval = 5 * numBlocks
	// fewestBeyond is the number of values that must lie beyond a percentile
	// for it to be told at all.
	fewestBeyond = 5
)

// student is the 97.5 % point of Student's t with numBlocks − 1 = 19 degrees of freedom.
const student = 2.093024054408263

// perBlock is a figure added up in each block.
type perBlock [numBlocks]float64

func (b *perBlock) sum() float64 {
	s := 0.0
	for _, x := range b {
		s += x
	}
	return s
}

// meanOf is the interval of the mean of a figure over the blocks, times factor.
func meanOf(b *perBlock, factor float64) measure.Estimate {
	mean := b.sum() / numBlocks
	squares := 0.0
	for _, x := range b {
		squares += (x - mean) * (x - mean)
	}
	half := student * math.Sqrt(squares/(numBlocks-1)/numBlocks)
	return measure.Between(mean*factor, max(mean-half, 0)*factor, (mean+half)*factor, confidence)
}

// ratioError is the standard error of Σ num / Σ den, where the blocks are the
// independent pieces: the ratio estimator of sampling theory ([Coch77]).
func ratioError(num, den *perBlock) float64 {
	n, d := num.sum(), den.sum()
	if d == 0 {
		return 0
	}
	ratio, squares := n/d, 0.0
	for b := range num {
		e := num[b] - ratio*den[b]
		squares += e * e
	}
	return math.Sqrt(squares*numBlocks/(numBlocks-1)) / d
}

// shareOf is the share num/den with its interval. Its error is the larger one
// of what the blocks show and what independent trials would have, after
// [AgCo98], so that "never seen" is not taken for "impossible".
func shareOf(num, den *perBlock) measure.Estimate {
	n := den.sum()
	if n == 0 {
		return measure.Estimate{}
	}
	t := student
	share := num.sum() / n
	centre := (num.sum() + t*t/2) / (n + t*t)
	half := t * max(ratioError(num, den), math.Sqrt(centre*(1-centre)/(n+t*t)))
	return measure.Between(share, max(min(share, centre-half), 0), min(max(share, centre+half), 1), confidence)
}
