package qbd_test

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/headroom/headroom/queueing/ctmc"
	"github.com/headroom/headroom/queueing/internal/domain"
	"github.com/headroom/headroom/queueing/qbd"
)

func station(t *testing.T, arrivals *qbd.MAP, service *qbd.PH, c int) *qbd.MAPPHc {
	t.Helper()
	s, err := qbd.NewMAPPHc(arrivals, service, c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func times(t *testing.T, s *qbd.MAPPHc) (waiting, response *qbd.Stages) {
	t.Helper()
	waiting, err := s.Waiting()
	if err != nil {
		t.Fatal(err)
	}
	if response, err = s.Response(); err != nil {
		t.Fatal(err)
	}
	return waiting, response
}

func law(p *qbd.PH, err error) *qbd.PH {
	if err != nil {
		panic(err)
	}
	return p
}

func stream(m *qbd.MAP, err error) *qbd.MAP {
	if err != nil {
		panic(err)
	}
	return m
}

// Erlang's formula, and the waiting time that goes with it.
func TestExponentialStation(t *testing.T) {
	for _, c := range []int{1, 2, 5, 40} {
		for _, rho := range []float64{.05, .6, .99} {
			const mean = .25
			a, f := rho*float64(c), float64(c)
			s := station(t, stream(qbd.PoissonArrivals(a/mean)), law(qbd.Exponential(mean)), c)
			term, below := 1.0, 0.0
			for n := range c {
				below += term
				term *= a / float64(n+1)
			}
			wait := term / (1 - rho) / (below + term/(1-rho))
			near(t, "p_wait", s.PWait(), wait, 1e-12)
			near(t, "p_idle", s.PIdle(), below*wait*(1-rho)/term, 1e-12)
			near(t, "mean wait", s.MeanWaiting(), wait*mean/f/(1-rho), 1e-11)
			near(t, "present", s.Present(), a+wait*rho/(1-rho), 1e-11)
			w, r := times(t, s)
			fall := f * (1 - rho) / mean
			near(t, "mean of W", w.Mean(), wait/fall, 1e-11)
			near(t, "variance of W", w.Variance(), wait*(2-wait)/fall/fall, 1e-11)
			for _, at := range []float64{0, .01, .3, 4, 50} {
				if want := wait * math.Exp(-fall*at); want > 1e-250 {
					near(t, "W", w.Survival(at), want, 1e-10)
				}
			}
			near(t, "mean of R", r.Mean(), s.MeanResponse(), 1e-11)
			if q := 1 - wait*1e-3; wait > 1e-6 {
				near(t, "quantile", w.Quantile(q), math.Log(1e3)/fall, 1e-9)
			}
			if w.Quantile((1-wait)/2) != 0 || !math.IsInf(w.Quantile(1), 1) || !math.IsNaN(w.Quantile(math.NaN())) {
				t.Errorf("c=%d: those who do not wait do", c)
			}
		}
	}
}

// One server: Pollaczek and Khinchine's mean, Takács's second moment and the
// transform, for laws of both kinds of variation.
func TestOneServerByMoments(t *testing.T) {
	for _, p := range []*qbd.PH{
		law(qbd.Erlang(1, 16)), law(qbd.FitTwo(1, .37)), law(qbd.FitTwo(1, 30)), law(qbd.Coxian([]float64{3, .7, 9}, []float64{.4, .3})),
	} {
		for _, rho := range []float64{.1, .8, .98} {
			lambda := rho / p.Mean()
			s := station(t, stream(qbd.PoissonArrivals(lambda)), p, 1)
			w, r := times(t, s)
			mean := lambda * p.Moment(2) / 2 / (1 - rho)
			second := 2*mean*mean + lambda*p.Moment(3)/3/(1-rho)
			near(t, "mean wait", s.MeanWaiting(), mean, 1e-11)
			near(t, "mean of W", w.Mean(), mean, 1e-10)
			near(t, "variance of W", w.Variance(), second-mean*mean, 1e-9)
			near(t, "variance of R", r.Variance(), second-mean*mean+p.Variance(), 1e-9)
			near(t, "p_wait", s.PWait(), rho, 1e-12)
			u := complex(.4, 1)
			want := complex(1-rho, 0) * u / (u - complex(lambda, 0)*(1-p.LST(u)))
			got := w.LST(u)
			near(t, "transform", real(got), real(want), 1e-9)
			near(t, "transform", imag(got), imag(want), 1e-9)
			got, want = r.LST(u), want*p.LST(u)
			near(t, "transform of R", real(got), real(want), 1e-9)
			near(t, "transform of R", imag(got), imag(want), 1e-9)
		}
	}
}

// pair is two servers told apart: the phase of the stream, the number in line
// and what each server does, 0 for nothing.
type pair struct{ arrival, line, a, b int }

var (
	oddWithout = mat.NewDense(2, 2, []float64{0, .3, .2, 0})
	oddWith    = mat.NewDense(2, 2, []float64{.4, .1, .2, 2.5})
	oddPhases  = mat.NewDense(3, 3, []float64{0, .5, .3, .4, 0, 1, 0, .2, 0})
	oddStart   = []float64{.5, .3, .2}
	oddExit    = []float64{2, .8, 3}
)

// serve adds the moves of the servers; finished says what is begun instead.
func serve(s pair, add func(to pair, rate float64), finished func(s pair, server int, rate float64)) {
	for server, phase := range []int{s.a, s.b} {
		if phase == 0 {
			continue
		}
		for j, rate := range oddPhases.RawRowView(phase - 1) {
			add(s.with(server, j+1), rate)
		}
		finished(s.with(server, 0), server, oddExit[phase-1])
	}
}

func (s pair) with(server, phase int) pair {
	if server == 0 {
		s.a = phase
	} else {
		s.b = phase
	}
	return s
}

func pairMoves(s pair, add func(to pair, rate float64)) {
	for j := range 2 {
		to := s
		to.arrival = j
		add(to, oddWithout.At(s.arrival, j))
		rate := oddWith.At(s.arrival, j)
		switch {
		case s.a != 0 && s.b != 0:
			if to.line++; to.line < 250 {
				add(to, rate)
			}
		default:
			server := 0
			if s.a != 0 {
				server = 1
			}
			for k, share := range oddStart {
				add(to.with(server, k+1), rate*share)
			}
		}
	}
	serve(s, add, func(to pair, server int, rate float64) {
		if to.line == 0 {
			add(to, rate)
			return
		}
		to.line--
		for k, share := range oddStart {
			add(to.with(server, k+1), rate*share)
		}
	})
}

// Without any structure: two servers told apart in a chain cut off far out, and
// how long an arrival waits by following the servers from what it finds.
func TestStationAgainstChain(t *testing.T) {
	s := station(t, stream(qbd.NewMAP(oddWithout, oddWith)), law(qbd.NewPH(oddStart, oddPhases, oddExit)), 2)
	chain, states, err := ctmc.Explore(pair{}, 1e5, pairMoves)
	if err != nil {
		t.Fatal(err)
	}
	p, err := chain.Stationary()
	if err != nil {
		t.Fatal(err)
	}
	found := map[pair]float64{} // by arrivals that must wait
	var busy, inLine, rate, waits float64
	for i, st := range states {
		comes := p[i] * (oddWith.At(st.arrival, 0) + oddWith.At(st.arrival, 1))
		rate += comes
		inLine += p[i] * float64(st.line)
		if st.a != 0 && st.b != 0 {
			busy += p[i]
			waits += comes
			st.arrival = 0
			found[st] += comes
		}
	}
	near(t, "rate", s.Rate(), rate, 1e-12)
	near(t, "p_idle", s.PIdle(), 1-busy, 1e-11)
	near(t, "p_wait", s.PWait(), waits/rate, 1e-11)
	near(t, "in line", s.InLine(), inLine, 1e-10)
	w, r := times(t, s)
	near(t, "mean of W", w.Mean(), inLine/rate, 1e-10)
	near(t, "mean of R", r.Mean(), s.MeanResponse(), 1e-11)
	drain, line, err := ctmc.Explore(pair{0, 249, 1, 1}, 1e5, func(s pair, add func(to pair, rate float64)) {
		if s.line < 0 {
			return
		}
		serve(s, add, func(to pair, server int, rate float64) {
			if to.line--; to.line < 0 {
				add(pair{line: -1}, rate)
				return
			}
			for k, share := range oddStart {
				add(to.with(server, k+1), rate*share)
			}
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	start := make([]float64, len(line))
	for i, st := range line {
		start[i] = found[st] / waits
	}
	for _, at := range []float64{.1, 2, 15} {
		left, _, err := drain.Transient(start, at, 1e-24)
		if err != nil {
			t.Fatal(err)
		}
		want := 0.0
		for i, st := range line {
			if st.line >= 0 {
				want += left[i]
			}
		}
		near(t, "W", w.Survival(at), want*waits/rate, 1e-10)
	}
}

func TestBadStation(t *testing.T) {
	one, exp := stream(qbd.PoissonArrivals(1)), law(qbd.Exponential(1))
	for what, f := range map[string]func() (*qbd.MAPPHc, error){
		"no arrivals": func() (*qbd.MAPPHc, error) { return qbd.NewMAPPHc(nil, exp, 1) },
		"no services": func() (*qbd.MAPPHc, error) { return qbd.NewMAPPHc(one, nil, 1) },
		"no servers":  func() (*qbd.MAPPHc, error) { return qbd.NewMAPPHc(one, exp, 0) },
		"huge":        func() (*qbd.MAPPHc, error) { return qbd.NewMAPPHc(one, law(qbd.Erlang(1, 900)), 50) },
	} {
		if s, err := f(); !errors.Is(err, domain.ErrInput) {
			t.Errorf("%s: got %v, error %v; want bad input", what, s, err)
		}
	}
	_, err := qbd.NewMAPPHc(stream(qbd.PoissonArrivals(5)), law(qbd.FitTwo(1, 3)), 3)
	var unstable *domain.UnstableError
	if !errors.As(err, &unstable) || math.Abs(unstable.Load-5) > 1e-12 || unstable.Capacity != 3 {
		t.Errorf("error is %v, want a load of 5 on 3 servers", err)
	}
}

// Rates eighteen orders apart take too many steps: the means are there, the
// times are refused, and at once.
func TestTimesTooStiff(t *testing.T) {
	p := law(qbd.Coxian([]float64{1, 1e18}, []float64{.5}))
	s := station(t, stream(qbd.PoissonArrivals(.4)), p, 1)
	near(t, "mean wait", s.MeanWaiting(), .4*p.Moment(2)/2/.6, 1e-12)
	if _, err := s.Waiting(); !errors.Is(err, domain.ErrInput) {
		t.Errorf("waiting: error is %v, want bad input", err)
	}
	if _, err := s.Response(); !errors.Is(err, domain.ErrInput) {
		t.Errorf("response: error is %v, want bad input", err)
	}
}
