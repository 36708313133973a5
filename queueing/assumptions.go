package queueing

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/headroom/headroom/measure"
)

// Assumption is a reservation about a solution, with how much depends on it.
type Assumption struct {
	measure.Caveat

	// Weight is by how many per cent the mean time of some workload or topic moves
	// for each per cent of the work of the service that the assumption is about:
	// the elasticity of the one that feels it most. It is 1 where the
	// assumption is about more than one service, whose error the result then
	// shares in full (1).
	Weight float64
}

// assumptions orders reservations by how much depends on them.
func assumptions(caveats []measure.Caveat, s []Sensitivity) []Assumption {
	out := make([]Assumption, len(caveats))
	for i, c := range caveats {
		out[i] = Assumption{Caveat: c, Weight: 1}
		service, about := strings.CutPrefix(c.Where, "services.")
		if !about || len(s) == 0 {
			continue
		}
		out[i].Weight = 0
		for _, is := range s {
			switch {
			case is.Service != service:
			case is.Overload:
				out[i].Weight = math.Inf(1)
			case !math.IsNaN(is.Mean):
				out[i].Weight = math.Max(out[i].Weight, is.Mean/is.More)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Assumption) int { return cmp.Compare(b.Weight, a.Weight) })
	return out
}
