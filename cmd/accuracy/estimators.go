package main

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"

	"github.com/headroom/headroom/internal/usl"
	"github.com/headroom/headroom/profiles/estimate"
	"github.com/headroom/headroom/profiles/fitting"
	"github.com/headroom/headroom/scenarios/dist"
)

// recovery is an estimator on data whose truth is known: it gives intervals of
// 95 % and the truth that each should hold.
type recovery struct {
	name string
	run  func(r *rand.Rand) ([]held, error)
}

// held is an interval and the truth.
type held struct {
	what          string
	lo, hi, truth float64
}

// covers prints how many of n intervals of each estimator hold the truth.
func covers(w io.Writer, n int, from uint64, only string) error {
	fmt.Fprintln(w, "| estimator | of | runs | held by 95 % intervals |")
	fmt.Fprintln(w, "|---|---|---|---|")
	for _, e := range recoveries() {
		if only != "" && e.name != only {
			continue
		}
		count, times, order, err := cover(e, n, from)
		if err != nil {
			return err
		}
		for _, what := range order {
			fmt.Fprintf(w, "| %s | %s | %d | %.1f %% |\n", e.name, what, times[what], 100*float64(count[what])/float64(times[what]))
		}
	}
	return nil
}

func cover(e recovery, n int, from uint64) (count, times map[string]int, order []string, err error) {
	count, times = map[string]int{}, map[string]int{}
	for k := range uint64(n) {
		got, err := e.run(rand.New(rand.NewPCG(from+k, 0x657374)))
		if err != nil {
			return nil, nil, nil, fmt.Errorf("%s, seed %d: %w", e.name, from+k, err)
		}
		for _, h := range got {
			if times[h.what] == 0 {
				order = append(order, h.what)
			}
			times[h.what]++
			if h.lo <= h.truth && h.truth <= h.hi {
				count[h.what]++
			}
		}
	}
	return count, times, order, nil
}

func recoveries() []recovery {
	var out []recovery
	for _, text := range []string{
		"exp(3ms)", "erlang(9ms, 3)", "gamma(mean=3ms, cv=0.7)", "lognormal(mean=4ms, cv=1)", "weibull(shape=0.8, scale=8ms)",
		"normal(mean=9ms, sd=2ms)", "uniform(2ms, 5ms)", "pareto(alpha=3, min=3ms)", "hyperexp(80%: 2ms, 20%: 30ms)",
	} {
		out = append(out, ofLaw(text))
	}
	return append(out,
		recovery{"utilization law", utilizationLaw}, recovery{"solver turned round", turnedRound},
		recovery{"response times in order", inOrder}, recovery{"response times, sharing", sharing},
		recovery{"Kalman filter", filtered}, recovery{"scalability law", scalability})
}

// ofLaw fits a family to 300 samples (800 where it has three parameters): its mean.
func ofLaw(text string) recovery {
	return recovery{text, func(r *rand.Rand) ([]held, error) {
		d, err := dist.Parse(text, dist.Seconds)
		if err != nil {
			return nil, err
		}
		x := make([]float64, 300)
		if d.Family() == dist.FamilyHyperExp {
			x = make([]float64, 800)
		}
		for i := range x {
			x[i] = d.Sample(r)
		}
		rep, err := fitting.Samples(x, fitting.Options{Families: []dist.Family{d.Family()}, Bootstrap: -1})
		if err != nil || len(rep.Fits) == 0 {
			return nil, fmt.Errorf("%w %v", err, rep.Notes)
		}
		out := []held{{"mean", rep.Mean.Lo, rep.Mean.Hi, d.Mean()}}
		// The parameters by their names: where the truth is one of the text's numbers.
		truth := map[string]float64{"cv": d.Stddev() / d.Mean(), "shape": 0.8, "scale": 0.008, "alpha": 3, "sd": 0.002, "weight 1": 0.8, "mean 1": 0.002, "mean 2": 0.03}
		for _, p := range rep.Fits[0].Parameters {
			if v, ok := truth[p.Name]; ok && p.Known() {
				out = append(out, held{p.Name, p.Lo, p.Hi, v})
			}
		}
		return out, nil
	}}
}

// utilizationLaw has three operations and eight loads; utilizations are off by a
// standard deviation of half a per cent of a core.
func utilizationLaw(r *rand.Rand) ([]held, error) {
	truth := []float64{0.002, 0.005, 0.0008}
	var rows [][]float64
	var busy []float64
	for range 8 {
		row, u := make([]float64, 3), 0.005*r.NormFloat64()
		for j := range row {
			row[j] = 20 + 80*r.Float64()
			u += row[j] * truth[j]
		}
		rows, busy = append(rows, row), append(busy, u)
	}
	got, err := estimate.Utilization(rows, busy, nil, 0.95)
	if err != nil {
		return nil, err
	}
	var out []held
	for j, d := range got.Demands {
		out = append(out, held{fmt.Sprintf("demand %d", j+1), d.Lo, d.Hi, truth[j]})
	}
	return out, nil
}

// turnedRound finds the demand and a latency of an M/M/1 station, R = D/(1 − λD) +
// L, from mean responses at six loads that are off by 2 %.
func turnedRound(r *rand.Rand) ([]held, error) {
	const demand, latency = 0.008, 0.004
	rates := []float64{10, 30, 50, 70, 90, 105}
	model := func(p []float64) ([]float64, error) {
		out := make([]float64, len(rates))
		for i, l := range rates {
			out[i] = math.Inf(1)
			if l*p[0] < 1 {
				out[i] = p[0]/(1-l*p[0]) + p[1]
			}
		}
		return out, nil
	}
	at, err := model([]float64{demand, latency})
	if err != nil {
		return nil, err
	}
	var m []estimate.Measured
	for _, v := range at {
		m = append(m, estimate.Measured{Name: "mean", Value: v * (1 + 0.02*r.NormFloat64())})
	}
	got, err := estimate.Invert(model, m, []float64{0.004, 0.002}, 0.95)
	if err != nil {
		return nil, err
	}
	d, l := got.Parameters[0], got.Parameters[1]
	return []held{{"demand", d.Lo, d.Hi, demand}, {"latency", l.Lo, l.Hi, latency}}, nil
}

// inOrder simulates one core in order of arrival, two classes, at 60 %.
func inOrder(r *rand.Rand) ([]held, error) {
	demands := []float64{0.004, 0.010}
	type job struct {
		class int
		ends  float64
	}
	var there []job
	var seen []estimate.Arrival
	now, free := 0.0, 0.0
	for range 4500 {
		now += r.ExpFloat64() / 85
		for len(there) > 0 && there[0].ends <= now {
			there = there[1:]
		}
		a := estimate.Arrival{Class: r.IntN(2), Found: make([]float64, 2)}
		for _, j := range there {
			a.Found[j.class]++
		}
		free = math.Max(free, now) + demands[a.Class]*r.ExpFloat64()
		a.Response = free - now
		there = append(there, job{a.Class, free})
		seen = append(seen, a)
	}
	got, err := estimate.InOrder(2, seen[500:], 0.95)
	if err != nil {
		return nil, err
	}
	var out []held
	for j, d := range got.Demands {
		out = append(out, held{fmt.Sprintf("demand %d", j+1), d.Lo, d.Hi, demands[j]})
	}
	return out, nil
}

// sharing simulates one core that is shared equally, one class of gamma demands, at
// 60 %.
func sharing(r *rand.Rand) ([]held, error) {
	const demand = 0.006
	law := dist.GammaOf(demand, 1.5)
	type job struct {
		left, came float64
		found      int
	}
	var there []job
	var seen []estimate.Arrival
	now, next := 0.0, r.ExpFloat64()/100
	for len(seen) < 8500 {
		first := -1
		for i := range there {
			if first < 0 || there[i].left < there[first].left {
				first = i
			}
		}
		n := float64(len(there))
		if first >= 0 && now+there[first].left*n <= next {
			took := there[first].left
			now += took * n
			for i := range there {
				there[i].left -= took
			}
			j := there[first]
			seen = append(seen, estimate.Arrival{Found: []float64{float64(j.found)}, Response: now - j.came})
			there = append(there[:first], there[first+1:]...)
			continue
		}
		for i := range there {
			there[i].left -= (next - now) / n
		}
		now = next
		there = append(there, job{law.Sample(r), now, len(there)})
		next += r.ExpFloat64() / 100
	}
	got, err := estimate.Sharing(1, seen[500:], 0.95)
	if err != nil {
		return nil, err
	}
	return []held{{"demand", got[0].Lo, got[0].Hi, demand}}, nil
}

// filtered follows a demand through 40 intervals of utilization and response, each
// off by an error that is known.
func filtered(r *rand.Rand) ([]held, error) {
	const demand = 0.006
	var sights []estimate.Sight
	for range 40 {
		rate := 30 + 90*r.Float64()
		model := func(p []float64) ([]float64, error) {
			if rate*p[0] >= 1 {
				return []float64{math.Inf(1), math.Inf(1)}, nil
			}
			return []float64{rate * p[0], p[0] / (1 - rate*p[0])}, nil
		}
		at, err := model([]float64{demand})
		if err != nil {
			return nil, err
		}
		errs := []float64{0.02, 0.1 * at[1]}
		sights = append(sights, estimate.Sight{Predict: model, Measured: []estimate.Measured{
			{Name: "utilization", Value: at[0] + errs[0]*r.NormFloat64(), Error: errs[0]},
			{Name: "response", Value: at[1] + errs[1]*r.NormFloat64(), Error: errs[1]},
		}})
	}
	got, err := estimate.Kalman(sights, []float64{0.003}, 2, 0, 0.95)
	if err != nil {
		return nil, err
	}
	last := got.Steps[len(got.Steps)-1][0]
	return []held{{"demand", last.Lo, last.Hi, demand}}, nil
}

// scalability has twelve loads, throughputs off by 2 % of the greatest.
func scalability(r *rand.Rand) ([]held, error) {
	truth := usl.USL{Contention: 0.03, Coherency: 0.0005, Rate: 100}
	n := []float64{1, 2, 4, 6, 8, 12, 16, 24, 32, 40, 48, 64}
	x := make([]float64, len(n))
	for i := range n {
		x[i] = truth.Throughput(n[i]) + 20*r.NormFloat64()
	}
	_, in, ok, err := estimate.Scalability(n, x, r)
	if err != nil || !ok {
		return nil, err
	}
	peak, most := truth.Peak()
	return []held{
		{"contention", in.Contention[0], in.Contention[1], truth.Contention},
		{"coherency", in.Coherency[0], in.Coherency[1], truth.Coherency},
		{"peak", in.Peak[0], in.Peak[1], peak},
		{"throughput there", in.PeakThroughput[0], in.PeakThroughput[1], most},
	}, nil
}
