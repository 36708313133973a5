package queueing

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/headroom/headroom/queueing/ctmc"
	"github.com/headroom/headroom/scenarios/dist"
)

// With one server it is M^X/G/1 with exponential service, which is found by
// transforms; with batches of one it is M/M/c.
func TestMXMcReduces(t *testing.T) {
	for name, size := range map[string]BatchSize{
		"three": FixedBatch(3), "geometric": GeometricBatch(2.5), "given": BatchOf(2, 0, 1, 3), "one": FixedBatch(1), "zero": {},
	} {
		for _, rho := range []float64{0.1, 0.6, 0.95} {
			lambda := rho / size.Mean() / 2
			got, err := NewMXMc(lambda, size, 2, 1)
			if err != nil {
				t.Fatal(err)
			}
			want, err := NewMXG1(lambda, size, dist.Exponential(2))
			if err != nil {
				t.Fatal(err)
			}
			g, w := got.Figures(), want.Figures()
			what := fmt.Sprintf("%s at %v: ", name, rho)
			near(t, what+"wait", g.Waiting, w.Waiting, 1e-9)
			near(t, what+"must wait", g.PWait, w.PWait, 1e-9)
			near(t, what+"present", g.Present, w.Present, 1e-9)
			near(t, what+"idle", g.PIdle, 1-rho, 1e-9)
			near(t, what+"variance", got.Waiting().Variance(), want.Waiting().Variance(), 1e-8)
			near(t, what+"p90", got.Response().Quantile(0.9), want.Response().Quantile(0.9), 1e-6)
		}
	}
	for _, c := range []int{1, 3, 20} {
		got, err := NewMXMc(0.8*float64(c), BatchSize{}, 1, c)
		if err != nil {
			t.Fatal(err)
		}
		want, _ := NewMMc(0.8*float64(c), 1, c)
		near(t, "M/M/c wait", got.Figures().Waiting, want.Figures().Waiting, 1e-9)
		near(t, "M/M/c must wait", got.Figures().PWait, want.Figures().PWait, 1e-9)
		near(t, "M/M/c p99", got.Waiting().Quantile(0.99), want.Waiting().Quantile(0.99), 1e-8)
	}
}

// Several servers against the chain solved by elimination: batches of 1, 2 or 4,
// cut where nothing is left.
func TestMXMcAgainstChain(t *testing.T) {
	const lambda, service, c, most = 1.1, 1.0, 4, 400
	size := map[int]float64{1: 0.25, 2: 0.25, 4: 0.5}
	chain, err := ctmc.New(most+1, func(n int, add func(int, float64)) {
		for x, p := range size {
			if n+x <= most {
				add(n+x, lambda*p)
			}
		}
		if n > 0 {
			add(n-1, float64(min(n, c))/service)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := chain.Stationary()
	if err != nil {
		t.Fatal(err)
	}
	q, err := NewMXMc(lambda, BatchOf(1, 1, 0, 2), service, c)
	if err != nil {
		t.Fatal(err)
	}
	f := q.Figures()
	near(t, "present", f.Present, ctmc.Mean(p, func(n int) float64 { return float64(n) }), 1e-9)
	near(t, "in line", f.InLine, ctmc.Mean(p, func(n int) float64 { return float64(max(0, n-c)) }), 1e-9)
	near(t, "idle", f.PIdle, p[0]+p[1]+p[2]+p[3], 1e-9)
}

func TestMXMcBadInput(t *testing.T) {
	for name, c := range map[string]struct {
		lambda, service float64
		size            BatchSize
		servers         int
	}{
		"NaN":       {math.NaN(), 1, FixedBatch(1), 1},
		"negative":  {-1, 1, FixedBatch(1), 1},
		"service":   {1, 0, FixedBatch(1), 1},
		"servers":   {1, 1, FixedBatch(1), 0},
		"no batch":  {1, 1, FixedBatch(0), 9},
		"small":     {1, 1, GeometricBatch(0.5), 9},
		"NaN sizes": {1, 1, BatchOf(math.NaN()), 9},
		"nothing":   {1, 1, BatchOf(), 9},
		"too long":  {1e-6 * (1 - 1e-9), 1, FixedBatch(1_000_000), 1},
	} {
		if _, err := NewMXMc(c.lambda, c.size, c.service, c.servers); !errors.Is(err, ErrInput) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if _, err := NewMXMc(1, FixedBatch(3), 1, 3); !errors.Is(err, ErrUnstable) {
		t.Errorf("overload: %v", err)
	}
	q, err := NewMXMc(0, FixedBatch(2), 1, 3)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "nobody", q.Figures().Response, 1, 1e-12)
}
