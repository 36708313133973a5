package simulate

import (
	"math"
	"slices"

	"github.com/headroom/headroom/measure"
)

// halfWidth is half of the 95 % interval of a figure that is read off the result
// of a study, whatever it is made of: by what it would be without each of the
// replications (the jackknife, [ShWu89]). NaN where a figure is not there.
func halfWidth(s *study, read func(*measure.Result) float64) float64 {
	all := s.reps
	defer func() { s.reps = all }()
	n := len(all)
	without := make([]float64, n)
	for i := range all {
		s.reps = slices.Delete(slices.Clone(all), i, i+1)
		without[i] = read(s.result())
	}
	mean, sum := average(without), 0.0
	for _, x := range without {
		sum += square(x - mean)
	}
	return student(n-1) * math.Sqrt(float64(n-1)/float64(n)*sum)
}
