package queueing

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/headroom/headroom/scenarios/dist"
)

// law is a distribution as testdata/ref/stations.json writes it.
type lawRow struct {
	Type                        string
	Mean, SCV, Min, Max, Value  float64
	Alpha, Xm, Mu, Sigma, Shape float64
	K                           int
	P, Means                    []float64
	Rates, Switch               []float64 // of an MMPP of two phases
}

func (l lawRow) dist(t testing.TB) dist.Dist {
	t.Helper()
	switch l.Type {
	case "exp":
		return dist.Exponential(l.Mean)
	case "det":
		return dist.Const(l.Value)
	case "erlang":
		return dist.ErlangOf(l.Mean, l.K)
	case "hyperexp":
		return dist.HyperExponential(l.P, l.Means)
	case "uniform":
		return dist.UniformOf(l.Min, l.Max)
	case "gamma":
		return dist.GammaOf(l.Mean, math.Sqrt(l.SCV))
	case "lognormal":
		return dist.LognormalOf(l.Mean, math.Sqrt(l.SCV))
	case "pareto":
		return dist.ParetoOf(l.Alpha, l.Xm)
	}
	t.Fatalf("no law %q", l.Type)
	return dist.Dist{}
}

type stationCase struct {
	Name, Family, Source, Discipline string
	Tol                              struct {
		Rel        float64
		Percentile float64 `json:"rel_percentile"`
		Approx     float64 `json:"rel_analytic_approx_vs_truth"`
	}
	Arrival, Service lawRow
	Servers, Room    int
	Expected         map[string]json.RawMessage
}

func (c stationCase) number(key string) (float64, bool) {
	var v float64
	raw, ok := c.Expected[key]
	return v, ok && json.Unmarshal(raw, &v) == nil
}

func (c stationCase) table(key string) map[string]float64 {
	var v map[string]float64
	if raw, ok := c.Expected[key]; ok {
		_ = json.Unmarshal(raw, &v)
	}
	return v
}

func stationCases(t testing.TB) []stationCase {
	t.Helper()
	raw, err := os.ReadFile("testdata/ref/stations.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []stationCase
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

// station makes the station that a case is about, with the tolerances it
// deserves: those of the source for exact methods, the stated ones for
// approximations.
func (c stationCase) station(t *testing.T) (q Station, mean, quantile float64) {
	t.Helper()
	lambda, s := 1/c.Arrival.dist(t).Mean(), c.Service.dist(t)
	poisson, exponential := c.Arrival.Type == "exp", c.Service.Type == "exp"
	var err error
	mean, quantile = c.Tol.Rel, c.Tol.Rel
	switch {
	case c.Room > 0:
		q, err = NewMMcK(lambda, s.Mean(), c.Servers, c.Room)
	case c.Discipline == "ps":
		q, err = NewPS(lambda, s.Mean(), c.Servers)
	case poisson && exponential:
		q, err = NewMMc(lambda, s.Mean(), c.Servers)
	case poisson && c.Servers == 1:
		q, err = NewMG1(lambda, s)
	case poisson:
		m := s.Mean()
		q, err = NewMGc(lambda, m, s.SCV(), s.Moment(3)/(m*m*m), c.Servers)
		mean, quantile = 0.03, 0.06
	case exponential && c.Servers == 1:
		q, err = NewGIM1(c.Arrival.dist(t), s.Mean())
	default:
		q, err = NewGGc(lambda, s.Mean(), c.Arrival.dist(t).SCV(), s.SCV(), s.Moment(3)/math.Pow(s.Mean(), 3), c.Servers)
		mean, quantile = 0.14, 0.20
	}
	if err != nil {
		t.Fatal(err)
	}
	return q, mean, quantile
}

func TestStationReference(t *testing.T) {
	for _, c := range stationCases(t) {
		t.Run(c.Name, func(t *testing.T) {
			q, tol, tail := c.station(t)
			f := q.Figures()
			for key, got := range map[string]float64{
				"utilization": f.Utilization, "number": f.Present, "number_waiting": f.InLine,
				"response_time": f.Response, "waiting_time": f.Waiting, "throughput": f.Throughput,
				"prob_wait": f.PWait, "prob_loss": f.PLoss,
			} {
				if want, ok := c.number(key); ok {
					near(t, key, got, want, tol)
				}
			}
			if want, ok := c.number("waiting_variance"); ok {
				near(t, "waiting variance", q.Waiting().Variance(), want, tol)
			}
			if want, ok := c.number("response_variance"); ok {
				near(t, "response variance", q.Response().Variance(), want, tol)
			}
			for key, d := range map[string]Time{"response_percentiles": q.Response(), "waiting_percentiles": q.Waiting()} {
				for p, want := range c.table(key) {
					x, _ := strconv.ParseFloat(p, 64)
					near(t, key+" "+p, d.Quantile(x), want, tail)
				}
			}
			if k, ok := q.(MMcK); ok {
				for n, want := range c.table("p_n") {
					i, _ := strconv.Atoi(n)
					near(t, "p("+n+")", k.Present(i), want, tol)
				}
			}
		})
	}
}

// Values of textbooks and tables, to the digits printed.
func TestPrinted(t *testing.T) {
	mm1, _ := NewMM1(75, 0.01)
	near(t, "M/M/1 R", mm1.Figures().Response, 0.04, 1e-12)
	near(t, "M/M/1 p95", mm1.Response().Quantile(0.95), 0.1198293, 1e-6)
	mm2, _ := NewMMc(9, 0.2, 2)
	f := mm2.Figures()
	near(t, "M/M/2 C", f.PWait, 0.852632, 1e-6)
	near(t, "M/M/2 Lq", f.InLine, 7.673684, 1e-6)
	near(t, "M/M/2 W50", mm2.Waiting().Quantile(0.5), 0.533719, 1e-6)
	near(t, "M/M/2 R99", mm2.Response().Quantile(0.99), 4.668886, 1e-6)
	mm3, _ := NewMMc(2, 1, 3)
	near(t, "M/M/3 R999", mm3.Response().Quantile(0.99), 5.891174, 1e-6)
	near(t, "Erlang B 10 10", ErlangB(10, 10), 0.2145823, 1e-6)
	near(t, "Erlang B 24 20", ErlangB(24, 20), 0.0660967, 1e-6)
	near(t, "Erlang C 24 20", ErlangC(24, 20), 0.2980723, 1e-6)
	near(t, "Erlang C 581", ErlangC(581, 1.2e9/86400*0.04), 0.199347431, 1e-8)
	near(t, "Erlang C 10143", ErlangC(10143, 10000), 0.0991544888, 1e-8)
	k, _ := NewMMcK(0.9, 1, 1, 11)
	near(t, "M/M/1/11 loss", k.Figures().PLoss, 0.043732, 2e-5)
	near(t, "M/M/1/11 L", k.Figures().Present, 4.276904, 1e-6)
	even, _ := NewMMcK(1, 1, 1, 10)
	near(t, "M/M/1/10 at ρ = 1", even.Figures().Present, 5, 1e-12)
	web, _ := NewMMc(0.8, 60, 50)
	near(t, "P(idle)", web.Figures().PIdle, 0.305544389, 1e-8)
	near(t, "W", web.Figures().Waiting, 20.8336683, 1e-8)
	for scv, want := range map[float64]float64{0: 3, 0.25: 3.5, 1: 5, 4: 11, 10: 23} {
		q, _ := NewMGc(0.8, 1, scv, 0, 1)
		near(t, "M/G/1", q.Figures().Response, want, 1e-12)
	}
}

// Exact waits of M/D/c and M/H2/c with balanced means (numerical, Markov chains),
// against the approximations.
func TestMGcAgainstExact(t *testing.T) {
	for _, r := range []struct {
		c                        int
		rho, constant, balanced4 float64
	}{
		{2, 0.7, 0.493610462, 2.261037},
		{2, 0.9, 2.14692321, 10.484202},
		{5, 0.8, 0.289060007, 1.2541514},
		{10, 0.9, 0.344582051, 1.54895501},
	} {
		d, _ := NewMGc(r.rho*float64(r.c), 1, 0, 0, r.c)
		near(t, "M/D/c", d.Figures().Waiting, r.constant, 0.01)
		h, _ := NewMGc(r.rho*float64(r.c), 1, 4, 0, r.c)
		near(t, "M/H2/c", h.Figures().Waiting, r.balanced4, 0.02)
	}
	ac, _ := AllenCunneen(0.7*2, 1, 1, 4, 2)
	near(t, "Allen–Cunneen", ac, 2.40196078, 1e-8)
	klb, _ := KraemerLangenbachBelz(1, 0.88, 0.35, 0.6)
	near(t, "Krämer–Langenbach-Belz", klb, 2.94387192512, 1e-9)
	klb, _ = KraemerLangenbachBelz(1, 0.7, 0, 2)
	near(t, "Krämer–Langenbach-Belz", klb, 1.41590056959, 1e-9)
}

func TestBadInput(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, err := range []error{
		second(NewMM1(-1, 1)), second(NewMM1(nan, 1)), second(NewMM1(1, 0)), second(NewMM1(1, inf)),
		second(NewMMc(1, 1, 0)), second(NewMMc(inf, 1, 1)), second(NewMMcK(1, 1, 1, 0)),
		second(NewMMInf(1, nan)), second(NewPS(nan, 1, 1)), second(NewMGc(1, 0.1, -1, 0, 1)), second(NewGGc(1, 0.1, nan, 0, 0, 1)),
		second(NewMG1(1, dist.Const(0))), second(SolveBulk(Bulk{Lambda: -1})), second(MVA(ClosedNetwork{Users: -1})),
		second(Convolution(ClosedNetwork{Users: 3})), second(Schweitzer(MixedNetwork{Stations: []MixedStation{{Servers: -1}}})),
	} {
		var bad *InputError
		if !errors.Is(err, ErrInput) || !errors.As(err, &bad) || !strings.Contains(err.Error(), "; want ") {
			t.Errorf("got %v, want an input error that says what is wanted", err)
		}
	}
	for _, err := range []error{
		second(NewMM1(1, 1)), second(NewMMc(9, 0.5, 4)), second(NewMG1(1, dist.Const(2))), second(NewPS(2, 1, 2)),
		second(NewMGc(2, 1, 1, 0, 1)), second(NewGGc(2, 1, 1, 0, 0, 1)), second(NewGIM1(dist.Const(1), 1)),
		second(SolveBulk(Bulk{Lambda: 10, Max: 4, Time: func(int) (float64, float64) { return 1, 0 }})),
		second(Convolution(ClosedNetwork{Users: 1, Stations: []ClosedStation{{Demand: 1, Servers: 1, OpenLoad: 1}}})),
	} {
		var u *UnstableError
		if !errors.Is(err, ErrUnstable) || !errors.As(err, &u) || u.Load < u.Capacity {
			t.Errorf("got %v, want an UnstableError with load and capacity", err)
		}
	}
}

func second[T any](_ T, err error) error { return err }
