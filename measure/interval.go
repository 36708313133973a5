package measure

import "math"

// NiceInterval is a length that cuts a duration into 60 to 150 intervals: 1, 2
// or 5 times a power of ten, and 1 s where that will do.
func NiceInterval(duration float64) float64 {
	if duration >= 10 && duration <= 600 {
		return 1
	}
	unit := math.Pow(10, math.Floor(math.Log10(duration/60)))
	for _, f := range []float64{5, 2, 1} {
		if duration/(f*unit) >= 60*(1-1e-9) {
			return f * unit
		}
	}
	return unit
}
