package queueing

import (
	"fmt"

	"github.com/headroom/headroom/internal/usl"
	"github.com/headroom/headroom/queueing/internal/domain"
)

// USL is the universal scalability law: how much more a system does when it has
// more of something, of users or of processors. See [usl.USL].
type USL = usl.USL

// USLFit is a [USL] fitted to measurements.
type USLFit = usl.Fit

// FitUSL fits the universal scalability law to the throughputs x (1/s) measured
// with n, by least squares of the throughputs themselves. (The textbook's
// parabola through N/X − 1 takes the measurement at N = 1 for exact, and weighs
// the errors at large N by more.) α and β are not negative: of the fits with
// none, one or both of them at 0, it takes the best that keeps to that.
//
//   - Domain: at least three different n, all ≥ 1; throughputs above 0; both at
//     most 1e60.
//   - Accuracy: 1e-8 of each number where the measurements tell them apart.
//   - Source: [Gunt07] for the law; least squares by [Marq63].
func FitUSL(n, x []float64) (USLFit, error) {
	w := want{station: "universal scalability law"}
	if len(x) != len(n) {
		w.fail("throughputs", float64(len(x)), fmt.Sprintf("%d, one for each number", len(n)))
	}
	different := map[float64]bool{}
	for i := range min(len(n), len(x)) {
		if !(n[i] >= 1 && n[i] <= domain.MaxScale) {
			w.fail(fmt.Sprintf("number %d", i+1), n[i], "a number from 1 to 1e60")
		}
		w.scaled(fmt.Sprintf("throughput %d", i+1), x[i])
		different[n[i]] = true
	}
	if w.err == nil && len(different) < 3 {
		w.fail("different numbers", float64(len(different)), "at least 3")
	}
	if w.err != nil {
		return USLFit{}, w.err
	}
	f, err := usl.FitTo(n, x)
	if err != nil {
		w.fail("throughput 1", x[0], "numbers whose squares can be summed")
		return USLFit{}, w.err
	}
	return f, nil
}
