package queueing

import "github.com/headroom/headroom/queueing/internal/quantile"

// quantileNewton finds the quantile of a time with a density.
func quantileNewton(d interface {
	Time
	density(t float64) float64
}, p float64,
) float64 {
	return quantile.Newton(d.CDF, d.Survival, d.density, d.Mean(), p)
}

// quantileEdge answers for the p that need no search.
func quantileEdge(p float64) (float64, bool) { return quantile.Edge(p) }

// quantileSearch finds the quantile of a time that has no density at hand; near
// is a guess above 0.
func quantileSearch(d Time, p, near float64) float64 {
	return quantile.Search(d.CDF, d.Survival, near, p)
}

// illinois narrows a bracket with f(lo) ≤ 0 ≤ f(hi) to a root.
func illinois(f func(float64) float64, lo, hi, fl, fh float64) float64 {
	return quantile.Illinois(f, lo, hi, fl, fh)
}
