package queueing

import (
	"errors"
	"math"
	"testing"

	"github.com/headroom/headroom/scenarios/dist"
)

// closeTo wants got to be want within a relative tolerance.
func closeTo(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol*math.Abs(want)) {
		t.Errorf("%s: got %.12g, want %.12g (off by %.2g, tolerance %g)", what, got, want, math.Abs(got/want-1), tol)
	}
}

// M/D/1 is M/G/1, and its P(W > t) has Erlang's closed form for t below two
// service times: 1 − (1 − ρ)·Σ_k (λ(kS − t))^k/k!·e^(−λ(kS − t)), k ≤ t/S.
func TestMD1(t *testing.T) {
	for _, rho := range []float64{0.1, 0.5, 0.9, 0.99} {
		q, err := NewMDc(rho, 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		m, _ := NewMG1(rho, dist.Const(1))
		closeTo(t, "mean", q.Figures().Waiting, m.Figures().Waiting, 1e-9)
		closeTo(t, "variance", q.Waiting().Variance(), m.Waiting().Variance(), 1e-8)
		closeTo(t, "P(wait)", q.Figures().PWait, rho, 1e-9)
		for _, at := range []float64{0.25, 0.999, 1, 1.5} {
			want := 1 - (1-rho)*math.Exp(rho*at)
			if at >= 1 {
				want += (1 - rho) * rho * (at - 1) * math.Exp(rho*(at-1))
			}
			closeTo(t, "P(W > t)", q.Waiting().Survival(at), want, 1e-8)
		}
		got, want := q.Waiting().LST(0.7+2i), m.Waiting().LST(0.7+2i)
		closeTo(t, "transform", real(got), real(want), 1e-8)
		closeTo(t, "transform", imag(got), imag(want), 1e-8)
	}
}

// The wait in M/D/c is that in GI/D/1 where every c-th arrival comes ([Crom32]),
// which is solved here without use of the line.
func TestMDcIsErlangArrivals(t *testing.T) {
	for _, c := range []int{2, 5, 10} {
		for _, rho := range []float64{0.5, 0.8, 0.95} {
			q, err := NewMDc(rho*float64(c), 1, c)
			if err != nil {
				t.Fatal(err)
			}
			g, err := NewGIG1(dist.ErlangOf(1/rho, c), dist.Const(1))
			if err != nil {
				t.Fatal(err)
			}
			closeTo(t, "mean", g.Figures().Waiting, q.Figures().Waiting, 1e-6)
			closeTo(t, "P(wait)", g.Figures().PWait, q.Figures().PWait, 1e-6)
			closeTo(t, "variance", g.Waiting().Variance(), q.Waiting().Variance(), 1e-4)
		}
	}
}

// GI/G/1 agrees with the two stations that have transforms in closed form.
func TestGIG1AgainstClosedForms(t *testing.T) {
	for _, rho := range []float64{0.3, 0.7, 0.95} {
		for _, l := range []struct {
			law            dist.Dist
			mean, variance float64
		}{{dist.Const(1), 1e-7, 1e-5}, {dist.ErlangOf(1, 3), 1e-7, 1e-5}, {dist.LognormalOf(1, 1.5), 3e-6, 5e-4}} {
			m, _ := NewMG1(rho, l.law)
			q, err := NewGIG1(dist.Exponential(1/rho), l.law)
			if err != nil {
				t.Fatal(err)
			}
			closeTo(t, "M/G/1 mean", q.Figures().Waiting, m.Figures().Waiting, l.mean)
			closeTo(t, "M/G/1 P(wait)", q.Figures().PWait, rho, 1e-6)
			closeTo(t, "M/G/1 variance", q.Waiting().Variance(), m.Waiting().Variance(), l.variance)
			closeTo(t, "M/G/1 P(W > 3.3)", q.Waiting().Survival(3.3), m.Waiting().Survival(3.3), 1e-5)
		}
		g, _ := NewGIM1(dist.Const(1), rho)
		q, _ := NewGIG1(dist.Const(1), dist.Exponential(rho))
		closeTo(t, "D/M/1 mean", q.Figures().Waiting, g.Figures().Waiting, 1e-7)
		closeTo(t, "D/M/1 P(wait)", q.Figures().PWait, g.Figures().PWait, 1e-6)
		closeTo(t, "D/M/1 P(W > 2)", q.Waiting().Survival(2), g.Waiting().Survival(2), 1e-5)
	}
}

// GI/M/c is M/M/c for exponential gaps and GI/M/1 for one server.
func TestGIMcReduces(t *testing.T) {
	for _, c := range []int{1, 3, 40, 300} {
		m, _ := NewMMc(0.9*float64(c), 1, c)
		q, err := NewGIMc(dist.Exponential(1/(0.9*float64(c))), 1, c)
		if err != nil {
			t.Fatal(err)
		}
		closeTo(t, "wait", q.Figures().Waiting, m.Figures().Waiting, 1e-9)
		closeTo(t, "P(wait)", q.Figures().PWait, m.Figures().PWait, 1e-9)
		closeTo(t, "P(idle)", q.Figures().PIdle, m.Figures().PIdle, 1e-9)
	}
	one, _ := NewGIM1(dist.Const(1), 0.7)
	q, _ := NewGIMc(dist.Const(1), 0.7, 1)
	closeTo(t, "D/M/1", q.Figures().Waiting, one.Figures().Waiting, 1e-11)
}

// The busy period of M/M/1 has the transform in closed form
// (λ + μ + s − √((λ + μ + s)² − 4λμ))/2λ.
func TestBusyPeriod(t *testing.T) {
	const lambda, mu = 0.8, 1.0
	b, err := NewBusyPeriod(lambda, dist.Exponential(1/mu))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []float64{1e-6, 0.01, 1, 30} {
		a := lambda + mu + s
		closeTo(t, "transform", real(b.LST(complex(s, 0))), 2*mu/(a+math.Sqrt(a*a-4*lambda*mu)), 1e-12)
	}
	closeTo(t, "mean", b.Mean(), 1/(mu-lambda), 1e-12)
	closeTo(t, "variance", b.Variance(), (mu+lambda)/math.Pow(mu-lambda, 3), 1e-12)
}

// The last come, first served wait of M/M/1 has E[W²] = E[W²](FCFS)/(1 − ρ), and
// its transform must have these moments.
func TestLCFS(t *testing.T) {
	const lambda = 0.6
	for _, preemptive := range []bool{false, true} {
		q, err := NewLCFS(lambda, dist.ErlangOf(1, 2), preemptive)
		if err != nil {
			t.Fatal(err)
		}
		for name, x := range map[string]Time{"wait": q.Waiting(), "response": q.Response()} {
			checkTransform(t, name, x)
		}
		closeTo(t, "mean", q.Waiting().Mean(), q.Figures().Waiting, 1e-12)
	}
}

// checkTransform compares mean and variance with the derivatives of log E[e^(−sT)]
// at 0, which differences along the real axis give.
func checkTransform(t *testing.T, name string, x Time) {
	t.Helper()
	h := 2e-3 / math.Max(x.Mean(), math.Sqrt(x.Variance()))
	var f [5]float64
	for i := range f {
		f[i] = math.Log(real(x.LST(complex(h*float64(i), 0))))
	}
	slope := (-25*f[0] + 48*f[1] - 36*f[2] + 16*f[3] - 3*f[4]) / (12 * h)
	bend := (35*f[0] - 104*f[1] + 114*f[2] - 56*f[3] + 11*f[4]) / (12 * h * h)
	closeTo(t, name+" mean by transform", -slope, x.Mean(), 1e-5)
	closeTo(t, name+" variance by transform", bend, x.Variance(), 1e-3)
}

// With batches the moments must be those of the transform, batches of one make
// M/G/1, and geometric batches of exponential service make a wait that is 0 or
// exponential.
func TestBatches(t *testing.T) {
	for _, size := range []BatchSize{FixedBatch(3), GeometricBatch(2.5), BatchOf(0.5, 0, 0.2, 0.3)} {
		q, err := NewMXG1(0.25, size, dist.ErlangOf(1, 2))
		if err != nil {
			t.Fatal(err)
		}
		checkTransform(t, "wait", q.Waiting())
		closeTo(t, "mean", q.Waiting().Mean(), q.Figures().Waiting, 1e-12)
	}
	q, _ := NewMXG1(0.7, BatchSize{}, dist.Const(1))
	m, _ := NewMG1(0.7, dist.Const(1))
	closeTo(t, "batches of one", q.Waiting().Variance(), m.Waiting().Variance(), 1e-12)
	g, _ := NewMXG1(0.25, GeometricBatch(2), dist.Exponential(1))
	drain := 1.0 - 0.5 // (1 − ρ)/(S·E[X]) is the rate at which the line empties
	want := (1 - 0.25) * math.Exp(-drain/2*3)
	closeTo(t, "geometric batches", g.Waiting().Survival(3), want, 1e-7)
}

// What is out of its domain is said by type.
func TestGeneralInput(t *testing.T) {
	one := dist.Exponential(1)
	for name, f := range map[string]func() error{
		"batch":       func() error { _, err := NewMXG1(0.5, FixedBatch(0), one); return err },
		"batch NaN":   func() error { _, err := NewMXG1(0.5, BatchOf(math.NaN()), one); return err },
		"M/D/c":       func() error { _, err := NewMDc(math.NaN(), 1, 1); return err },
		"no server":   func() error { _, err := NewMDc(1, 1, 0); return err },
		"LCFS":        func() error { _, err := NewLCFS(-1, one, true); return err },
		"busy period": func() error { _, err := NewBusyPeriod(math.Inf(1), one); return err },
		"GI/M/c":      func() error { _, err := NewGIMc(one, 0, 2); return err },
		"round robin": func() error { _, err := NewRoundRobin(0, 1, 2, 1); return err },
		"no class":    func() error { _, err := NewMG1Classes(nil); return err },
	} {
		if err := f(); !errors.Is(err, ErrInput) {
			t.Errorf("%s: got %v, want an InputError", name, err)
		}
	}
	for name, f := range map[string]func() error{
		"batch":       func() error { _, err := NewMXG1(0.5, FixedBatch(2), one); return err },
		"M/D/c":       func() error { _, err := NewMDc(3, 1, 3); return err },
		"LCFS":        func() error { _, err := NewLCFS(1, one, false); return err },
		"GI/G/1":      func() error { _, err := NewGIG1(one, dist.Const(1)); return err },
		"GI/M/c":      func() error { _, err := NewGIMc(one, 2, 2); return err },
		"round robin": func() error { _, err := NewRoundRobin(2, 1, 2, 1); return err },
		"classes":     func() error { _, err := NewMG1Classes([]ServiceClass{{0.5, one}, {0.6, one}}); return err },
	} {
		var unstable *UnstableError
		if err := f(); !errors.As(err, &unstable) {
			t.Errorf("%s: got %v, want an UnstableError", name, err)
		}
	}
}

// Kingman's bound is above the exact wait, and meets it in heavy traffic.
func TestKingmanBound(t *testing.T) {
	for _, rho := range []float64{0.3, 0.8, 0.999} {
		g, _ := NewGIM1(dist.Const(1), rho)
		b, err := KingmanBound(1, rho, 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		exact := g.Figures().Waiting
		if b < exact || rho > 0.99 && b > 1.002*exact {
			t.Errorf("ρ = %v: bound %v, exact %v", rho, b, exact)
		}
	}
	if _, err := KingmanBound(1, 1, 1, 1); !errors.Is(err, ErrUnstable) {
		t.Error(err)
	}
	if _, err := SpreadGGc(1, 1, math.NaN(), 1, 2); !errors.Is(err, ErrInput) {
		t.Error(err)
	}
}
