package queueing_test

import (
	"strconv"
	"testing"

	"github.com/headroom/headroom/queueing"
	"github.com/headroom/headroom/queueing/ctmc"
	"github.com/headroom/headroom/queueing/qbd"
	"github.com/headroom/headroom/scenarios/dist"
)

func TestOraclesMarkovStations(t *testing.T) {
	type made func(*testing.T) queueing.Station
	mmc := func(lambda, mu float64, c int) made {
		return func(t *testing.T) queueing.Station { return must(queueing.NewMMc(lambda, 1/mu, c))(t) }
	}
	mmck := func(lambda, mu float64, c, k int) made {
		return func(t *testing.T) queueing.Station { return must(queueing.NewMMcK(lambda, 1/mu, c, k))(t) }
	}
	erlangA := func(lambda, mu, theta float64, c int) made {
		return func(t *testing.T) queueing.Station { return must(queueing.NewErlangA(lambda, 1/mu, 1/theta, c))(t) }
	}
	for _, c := range []struct {
		name string
		q    made
		want string
	}{
		{"M/M/1", mmc(75, 100, 1), "R .04 L 3 R50 .0277259 R95 .1198293 R99 .1842068"},
		{"M/M/2", mmc(9, 5, 2), "C .852632 Lq 7.673684 R 1.052632 Wq50 .533719 Wq95 2.836305 Wq99 4.445742 " +
			"R50 .753832 R90 2.366296 R95 3.059448 R99 4.668886"},
		{"M/M/4", mmc(9, 5, 4), "C .128534 Wq .011685 Lq .105164 R .211685"},
		{"M/M/3", mmc(2, 1, 3), "C .444444 Wq .444444 Lq .888889 R 1.444444 R50 1.087413 R90 3.184405 R95 4.020688 R99 5.891174"},
		{"M/M/1/11", mmck(.9, 1, 1, 11), "p0 .139359 PK .043732 L 4.276904 X .860641 R 4.969441"},
		{"M/M/1/10", mmck(1, 1, 1, 10), "L 5 X .909091 R 5.5"},
		{"M/M/3/7", mmck(40, 30, 3, 7), "p0 .255037 PK ~.003931 L 1.454938 R .036517"},
		{"M/M/4/6", mmck(50, 10, 4, 6), "PK .293543 L 4.354205 R .123269"},
		{"M/M/2/5", mmck(3, 2, 2, 5), "p0 .179335 PK .085114 L 2.005954 Wq .230858"},
		{"Erlang A", erlangA(10, 1, .5, 10), "L 11.039132 Lq 2.078264 Pab .1039132"},
		{"Erlang A at 1.2", erlangA(12, 1, 1, 10), "L 12 Lq 2.563588 Pab .2136324"},
		{"M/M/1 with retrials", func(t *testing.T) queueing.Station { return must(queueing.NewRetrial(.5, 1, 1, 1))(t) }, "L 1.5"},
		{"M/M/1 with set-up", func(t *testing.T) queueing.Station { return must(queueing.NewSetup(.5, 1, 2, 1))(t) }, "R 4"},
	} {
		agreesWith(t, c.name, c.q(t), c.want)
	}
}

func TestOraclesLoss(t *testing.T) {
	agrees(t, "Erlang B, 10 erlangs at 10", queueing.ErlangB(10, 10), ".2145823")
	agrees(t, "Erlang B, 20 erlangs at 24", queueing.ErlangB(24, 20), ".0660967")
	agrees(t, "Erlang B, 5 erlangs at 5", queueing.ErlangB(5, 5), ".2848678")
	agrees(t, "Erlang C, 20 erlangs at 24", queueing.ErlangC(24, 20), ".2980723")
	q := must(queueing.NewEngset(20, 10, 1, 5))(t)
	agrees(t, "Engset, time congestion", q.TimeCongestion(), ".0232112")
	agrees(t, "Engset, call congestion", q.CallCongestion(), ".0191159")
}

func TestOraclesGeneralStations(t *testing.T) {
	for _, c := range []struct {
		name    string
		service queueing.Service
		want    string
	}{
		{"M/D/1", dist.Const(1), "2"},
		{"M/E2/1", dist.ErlangOf(1, 2), "3"},
		{"M/U/1", dist.UniformOf(0, 2), "2.666667"},
		{"M/LN/1", dist.LognormalOf(1, 2), "10"},
		{"M/Γ/1", dist.GammaOf(1, 2), "10"},
	} {
		agrees(t, c.name, must(queueing.NewMG1(.8, c.service))(t).Figures().Waiting, c.want)
	}

	for _, c := range []struct {
		name string
		gap  queueing.Service
		want string
	}{
		{"E4/M/1", dist.ErlangOf(1, 4), ".7162616"},
		{"D/M/1", dist.Const(1), ".6275005"},
		{"U/M/1", dist.UniformOf(0, 2), ".7821883"},
		{"Cox/M/1", must(qbd.Coxian([]float64{2, .25}, []float64{.125}))(t), "1.6861406"},
		{"H2/M/1", dist.HyperExponential([]float64{.2, .8}, []float64{5, 1.25}), ".7383341"},
	} {
		agrees(t, c.name, must(queueing.NewGIM1(c.gap, .5))(t).Figures().Response, c.want)
		// the same by an independent way
		agrees(t, c.name+" as GI/G/1", must(queueing.NewGIG1(c.gap, dist.Exponential(.5)))(t).Figures().Response, c.want)
	}
}

func TestOraclesPriority(t *testing.T) {
	classes := []queueing.ServiceClass{{Lambda: .3, Service: dist.Exponential(1)}, {Lambda: .4, Service: dist.Exponential(1)}}
	for preemptive, want := range map[bool]string{false: "2 4.333333", true: "1.428571 4.761905"} {
		name := "preemptive " + strconv.FormatBool(preemptive)
		general := must(queueing.NewMG1Priority(classes, preemptive))(t)
		equal := must(queueing.NewMMcPriority([]float64{.3, .4}, 1, 1, preemptive))(t)
		for way, q := range map[string]queueing.ByClass{" as M/G/1": general, " as M/M/c": equal} {
			agree(t, name+way, []float64{q[0].Figures().Response, q[1].Figures().Response}, want)
		}
	}
}

// A line that is empty at first. Cut at 400, where the probability to be is
// below 1e-30 at these times.
func TestOraclesFromEmpty(t *testing.T) {
	c := must(ctmc.BirthDeath(400, func(int) float64 { return .8 }, func(int) float64 { return 1 }))(t)
	p := make([]float64, c.States())
	p[0] = 1
	at := 0.0
	for _, row := range []struct {
		t          float64
		mean, idle string
	}{
		{1, ".551552", ""},
		{5, "1.469461", ""},
		{10, "2.030282", ".286423"},
		{20, "2.647635", ""},
		{50, "3.405039", ""},
		{100, "3.791873", ""},
	} {
		var err error
		if p, _, err = c.Transient(p, row.t-at, 1e-12); err != nil {
			t.Fatal(err)
		}
		at = row.t
		agrees(t, "number present", ctmc.Mean(p, func(n int) float64 { return float64(n) }), row.mean)
		if row.idle != "" {
			agrees(t, "empty", p[0], row.idle)
		}
	}
}

func TestOraclesParallel(t *testing.T) {
	q := must(queueing.NewJSQ2(1.6, [2]float64{1, 1}))(t)
	agrees(t, "shortest of two lines", q.Total.Response, "2.955736")
	agrees(t, "one line for both", must(queueing.NewMMc(1.6, 1, 2))(t).Figures().Response, "2.777778")
	agrees(t, "any of two lines", must(queueing.NewMM1(.8, 1))(t).Figures().Response, "5")

	for rho, want := range map[float64]string{.3: "2.089286", .5: "2.875", .8: "7", .9: "13.875"} {
		agrees(t, "fork to two", must(queueing.NewForkJoin(rho, 1, 2))(t).Two(), want)
	}
	for n, want := range map[int]string{3: "3.397727", 4: "3.789773", 8: "4.784821"} {
		agrees(t, "fork to "+strconv.Itoa(n)+" by Nelson and Tantawi", must(queueing.NewForkJoin(.5, 1, n))(t).NelsonTantawi(), want)
	}

	one := must(queueing.NewMMInf(1, 1))(t).Response()
	for need, want := range map[int]string{2: ".833333", 3: "1.833333"} {
		agrees(t, strconv.Itoa(need)+" of 3", must(queueing.NewJoin(need, one, one, one))(t).Mean(), want)
	}
}
