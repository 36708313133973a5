package queueing

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/headroom/headroom/scenarios/dist"
)

// moreMakers make the stations that [makers] leaves out; times that are not
// exponential have mean x[1] and a coefficient of variation of x[2].
var moreMakers = map[string]func(x [4]float64, c int) (Station, error){
	"MM1":        func(x [4]float64, _ int) (Station, error) { return NewMM1(x[0], x[1]) },
	"MMc":        func(x [4]float64, c int) (Station, error) { return NewMMc(x[0], x[1], c) },
	"MMcK":       func(x [4]float64, c int) (Station, error) { return NewMMcK(x[0], x[1], c, c+int(8*unit(x[2]))) },
	"MMInf":      func(x [4]float64, _ int) (Station, error) { return NewMMInf(x[0], x[1]) },
	"PS":         func(x [4]float64, c int) (Station, error) { return NewPS(x[0], x[1], c) },
	"MDc":        func(x [4]float64, c int) (Station, error) { return NewMDc(x[0], x[1], c) },
	"RoundRobin": func(x [4]float64, c int) (Station, error) { return NewRoundRobin(x[0], x[1], 1+int(8*unit(x[2])), c) },
	"MGc":        func(x [4]float64, c int) (Station, error) { return NewMGc(x[0], x[1], x[2], x[3], c) },
	"GGc":        func(x [4]float64, c int) (Station, error) { return NewGGc(x[0], x[1], x[2], x[3], 0, c) },
	"MXMc":       func(x [4]float64, c int) (Station, error) { return NewMXMc(x[0], GeometricBatch(x[2]), x[1], c) },
	"MG1":        func(x [4]float64, _ int) (Station, error) { return NewMG1(x[0], someTime(x)) },
	"MXG1":       func(x [4]float64, c int) (Station, error) { return NewMXG1(x[0], FixedBatch(c), someTime(x)) },
	"LCFS":       func(x [4]float64, c int) (Station, error) { return NewLCFS(x[0], someTime(x), c%2 == 0) },
	"MG1PS":      func(x [4]float64, _ int) (Station, error) { return NewMG1PS(x[0], someTime(x)) },
	"GIM1":       func(x [4]float64, _ int) (Station, error) { return NewGIM1(someTime(x), x[3]) },
	"GIMc":       func(x [4]float64, c int) (Station, error) { return NewGIMc(someTime(x), x[3], c) },
	"GIG1":       func(x [4]float64, _ int) (Station, error) { return NewGIG1(someTime(x), dist.Exponential(sane(x[3]))) },
}

// unit is a share between 0 and 1, whatever x is.
func unit(x float64) float64 {
	if !(x > 0) {
		return 0
	}
	return x / (1 + x)
}

// someTime is constant, gamma or lognormal, by its coefficient of variation x[2].
// Package dist takes no mean that is beyond all reason.
func someTime(x [4]float64) dist.Dist {
	mean := sane(x[1])
	switch cv := x[2]; {
	case !(cv > 0.05):
		return dist.Const(mean)
	case cv < 1.5:
		return dist.GammaOf(mean, cv)
	default:
		return dist.LognormalOf(mean, min(cv, 100))
	}
}

// sane is x, or the nearest number of seconds that a distribution takes.
func sane(x float64) float64 {
	if !(x > 1e-9) {
		return 1e-9
	}
	return min(x, 1e9)
}

// Whatever a station is made of: a typed error, or figures that are numbers.
func FuzzStations(f *testing.F) {
	names := slices.Sorted(maps.Keys(makers))
	all := maps.Clone(makers)
	for name, make := range moreMakers {
		names = append(names, name)
		all[name] = make
	}
	slices.Sort(names)
	for i := range names {
		f.Add(uint8(i), 0.4, 1.0, 2.0, 1.5, 3)
		f.Add(uint8(i), 0.9, 1.0, 0.5, 0.7, 1)
	}
	f.Fuzz(func(t *testing.T, which uint8, x0, x1, x2, x3 float64, c int) {
		if c > 60 && c < 1<<30 {
			c = 1 + c%60 // many servers take long, and are the same in small
		}
		name := names[int(which)%len(names)]
		x := [4]float64{x0, x1, x2, x3}
		checkHostile(t, fmt.Sprintf("%s %v, c = %d", name, x, c), func() (Station, error) { return all[name](x, c) })
	})
}
