package queueing

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/headroom/headroom/scenarios/dist"
)

// makers make each station with up to four numbers, by name.
var makers = map[string]func(x [4]float64, c int) (Station, error){
	"ErlangA":       func(x [4]float64, c int) (Station, error) { return NewErlangA(x[0], x[1], x[2], c) },
	"Choices":       func(x [4]float64, c int) (Station, error) { return NewPowerOfChoices(x[0], x[1], c) },
	"Engset":        func(x [4]float64, c int) (Station, error) { return NewEngset(12, x[0], x[1], c) },
	"EngsetSources": func(x [4]float64, c int) (Station, error) { return NewEngset(c, x[0], x[1], 3) },
	"EngsetLoad":    func(x [4]float64, c int) (Station, error) { return NewEngsetLoad(12, x[0], x[1], c) },
	"LPS":           func(x [4]float64, c int) (Station, error) { return NewLPS(x[0], x[1], 2, c) },
	"MMcN":          func(x [4]float64, c int) (Station, error) { return NewMMcN(12, x[0], x[1], c) },
	"MMcNSources":   func(x [4]float64, c int) (Station, error) { return NewMMcN(c, x[0], x[1], 3) },
	"LoadDependent": func(x [4]float64, _ int) (Station, error) { return NewLoadDependent(x[0], x[1:]) },
	"Shared": func(x [4]float64, _ int) (Station, error) {
		q, err := NewLoadDependent(x[0], x[1:])
		return q.Shared(), err
	},
	"FastestIdle": func(x [4]float64, _ int) (Station, error) { return NewHeterogeneous(x[0], x[1:], FastestIdle) },
	"RandomIdle":  func(x [4]float64, _ int) (Station, error) { return NewHeterogeneous(x[0], x[1:], RandomIdle) },
	"Retrial":     func(x [4]float64, c int) (Station, error) { return NewRetrial(x[0], x[1], x[2], c) },
	"Setup":       func(x [4]float64, c int) (Station, error) { return NewSetup(x[0], x[1], x[2], c) },
	"Breakdowns":  func(x [4]float64, _ int) (Station, error) { return NewMM1Breakdowns(x[0], x[1], x[2], x[3]) },
	"Busy":        func(x [4]float64, _ int) (Station, error) { return NewMM1BusyBreakdowns(x[0], x[1], x[2], x[3]) },
	"MGcc":        func(x [4]float64, c int) (Station, error) { return NewMGcc(x[0], dist.Exponential(1), c) },
	"MGInf":       func(x [4]float64, _ int) (Station, error) { return NewMGInf(x[0], dist.Exponential(1)) },
}

// hostile are numbers that nobody should ask with.
var hostile = []float64{
	math.NaN(), math.Inf(1), math.Inf(-1), -1, 0, math.SmallestNonzeroFloat64,
	1e-300, 1e-9, 1e9, 1e160, 1e300, math.MaxFloat64,
}

// Whatever is put in, a typed error comes out or figures that are numbers.
func TestHostileInput(t *testing.T) {
	plain := [4]float64{0.4, 1, 2, 1.5}
	for name, make := range makers {
		for i := range plain {
			for _, v := range hostile {
				x := plain
				x[i] = v
				checkHostile(t, fmt.Sprintf("%s %v", name, x), func() (Station, error) { return make(x, 3) })
			}
		}
		for _, c := range []int{math.MinInt, -1, 0, 1, 200, 251, math.MaxInt} {
			checkHostile(t, fmt.Sprintf("%s c = %d", name, c), func() (Station, error) { return make(plain, c) })
		}
	}
}

func checkHostile(t *testing.T, what string, make func() (Station, error)) {
	t.Helper()
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("%s: panic: %v", what, p)
		}
	}()
	q, err := make()
	if err != nil {
		var unstable *UnstableError
		if !errors.Is(err, ErrInput) && !errors.As(err, &unstable) {
			t.Errorf("%s: %v", what, err)
		}
		if unstable != nil && !(unstable.Load >= unstable.Capacity) {
			t.Errorf("%s: unstable at %v of %v", what, unstable.Load, unstable.Capacity)
		}
		return
	}
	f := q.Figures()
	for _, v := range []float64{f.Throughput, f.Utilization, f.Present, f.InLine, f.PWait, f.PIdle, f.PLoss, f.Waiting, f.Response} {
		if !(v >= 0) {
			t.Errorf("%s: %+v", what, f)
			break
		}
	}
	for _, v := range []float64{f.Utilization, f.PWait, f.PIdle, f.PLoss} {
		if v > 1+1e-9 {
			t.Errorf("%s: %+v", what, f)
			break
		}
	}
	for _, d := range []Time{q.Waiting(), q.Response()} {
		if d == nil {
			continue
		}
		half, most := d.Quantile(0.5), d.Quantile(0.99)
		if !(half >= 0 && most >= half) || !(d.Survival(most) >= 0) || !(d.Mean() >= 0) || !(d.Variance() >= 0) {
			t.Errorf("%s: mean %v, variance %v, median %v, p99 %v of %T", what, d.Mean(), d.Variance(), half, most, d)
		}
	}
}

func TestUnstableStations(t *testing.T) {
	for name, r := range map[string]struct {
		x              [4]float64
		load, capacity float64
	}{
		"LoadDependent": {[4]float64{3, 9, 9, 2}, 1.5, 1},
		"FastestIdle":   {[4]float64{6, 1, 2, 3}, 3, 3},
		"RandomIdle":    {[4]float64{6, 1, 2, 3}, 3, 3},
		"LPS":           {[4]float64{3, 1}, 3, 2},
		"Retrial":       {[4]float64{4, 1, 1}, 4, 3},
		"Setup":         {[4]float64{4, 1, 1}, 4, 3},
		"Breakdowns":    {[4]float64{0.8, 1, 3, 1}, 0.8, 0.75},
		"Busy":          {[4]float64{0.8, 1, 3, 1}, 0.8, 0.75},
	} {
		_, err := makers[name](r.x, 3)
		var u *UnstableError
		if !errors.As(err, &u) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		near(t, name+": load", u.Load, r.load, 1e-12)
		near(t, name+": capacity", u.Capacity, r.capacity, 1e-12)
	}
}

func TestHostileGoals(t *testing.T) {
	for _, v := range hostile {
		for _, err := range []error{
			second(ServersForLoss(v, 0.1)), second(ServersForWait(v, 0.1)), second(StaffForWait(v, 0.1)),
			second(ServersForWaitWithin(v, 1, 1, 0.9)), second(ServersForResponseWithin(1, 1, v, 0.9)),
			second(LoadForLoss(3, v)), second(LoadForWait(3, v)),
		} {
			if err != nil && !errors.Is(err, ErrInput) {
				t.Errorf("%v: %v", v, err)
			}
		}
		for _, err := range []error{second(ServersForLoss(1, -v)), second(LoadForWait(0, 0.5)), second(StaffForWait(1, 1))} {
			if v >= 0 && err == nil {
				t.Errorf("%v: no error", v)
			}
		}
	}
}

var sinkFigures Figures

func BenchmarkStations(b *testing.B) {
	x := [4]float64{0.4, 1, 2, 1.5}
	for _, name := range []string{"ErlangA", "Engset", "MMcN", "LPS", "LoadDependent", "RandomIdle", "FastestIdle", "Retrial", "Setup", "Breakdowns", "MGcc", "MGInf"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				q, err := makers[name](x, 1)
				if err != nil {
					b.Fatal(err)
				}
				sinkFigures = q.Figures()
			}
		})
	}
}
