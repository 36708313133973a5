package queueing

import (
	"slices"
	"strings"
	"testing"
)

// closedAnswers solve the cases of closed and mixed networks.
var closedAnswers = answers{
	"bard-schweitzer-1class": answerBardSchweitzer,

	"mc-2x3-n4-5":              answerProductForm,
	"mc-2x2-asym-n12-3":        answerProductForm,
	"mc-4class-n3":             answerProductForm,
	"mc-2x6-n80-45":            answerProductForm,
	"mc-5x3-n6":                answerProductForm,
	"class-switching-chain-n9": answerProductForm,
	"ms-n64-c16":               answerProductForm,
	"ms-saturated-n200":        answerProductForm,
	"ms-ps-n25":                answerProductForm,
	"mc-ms-fcfs-equal-n5-5-3":  answerProductForm,
	"balanced-4-n9":            answerProductForm,
	"n1-no-queueing":           answerProductForm,
	"population-100000":        answerProductForm,
	"ld-degrading-n20":         answerProductForm,
	"ld-two-n40":               answerProductForm,
	"mixed-1closed-1open":      answerProductForm,
	"mixed-multiserver":        answerProductForm,
	"jain-3.42":                answerProductForm,
	"bolch-8.4":                answerProductForm,
	"bolch-8.6-multiserver":    answerProductForm,

	"line-class-switch-2class":    answerProductForm,
	"line-class-switch-3class-ms": answerProductForm,

	"fcfs-multiclass-rates-c1": answerNonProduct,
	"fcfs-multiclass-rates-c2": answerNonProduct,
	"fcfs-3class-rates-c1":     answerNonProduct,
	"closed-3st-h2":            answerNonProduct,
	"dps-closed":               answerNonProduct,
	"line-dps-two-queues":      answerNonProduct,
}

// figures of a case, however it was solved, by class and station.
type closedFigures struct {
	m           MixedNetwork // for visits and demands
	x           []float64    // completions of each class
	throughput  [][]float64
	present     [][]float64
	perVisit    [][]float64
	utilization [][]float64
}

func figuresOf(m MixedNetwork, r MixedResult) closedFigures {
	f := closedFigures{
		m: m, x: r.Throughput, present: r.Present, utilization: r.Utilization,
		throughput: matrix(len(m.Classes), len(m.Stations)), perVisit: matrix(len(m.Classes), len(m.Stations)),
	}
	for j, c := range m.Classes {
		for k := range m.Stations {
			if v := c.visits(k); v > 0 {
				f.throughput[j][k] = r.Throughput[j] * v
				f.perVisit[j][k] = r.Residence[j][k] / v
			}
		}
	}
	return f
}

func (c refCase) check(t *testing.T, kind string, f closedFigures) {
	t.Helper()
	var systemX, systemR float64
	delay := func(k int) bool { return f.m.Stations[k].isDelay() }
	for j, cl := range c.Model.Classes {
		response, number, all := 0.0, 0.0, 0.0
		for k := range f.m.Stations {
			all += f.present[j][k]
			if !delay(k) {
				number += f.present[j][k]
			}
		}
		if f.x[j] > 0 {
			response = number / f.x[j]
		}
		systemX += f.x[j]
		systemR += number
		c.maybe(t, f.x[j], kind, "classes", cl.Name, "throughput")
		c.maybe(t, response, kind, "classes", cl.Name, "response_time")
		c.maybe(t, all/f.x[j], kind, "classes", cl.Name, "cycle_time")
		c.maybe(t, number, kind, "classes", cl.Name, "number")
	}
	c.maybe(t, systemX, kind, "system", "throughput")
	c.maybe(t, systemR/systemX, kind, "system", "response_time")
	for k, s := range c.Model.Stations {
		var number, throughput, utilization float64
		for j, cl := range c.Model.Classes {
			number += f.present[j][k]
			throughput += f.throughput[j][k]
			utilization += f.utilization[j][k]
			at := []string{"stations", s.Name, "classes", cl.Name}
			c.maybe(t, f.present[j][k], kind, append(at, "number")...)
			c.maybe(t, f.perVisit[j][k], kind, append(at, "response_time")...)
			c.maybe(t, f.present[j][k]/f.x[j], kind, append(at, "residence_time")...)
			c.maybe(t, f.throughput[j][k], kind, append(at, "throughput")...)
			if !delay(k) {
				c.maybe(t, f.utilization[j][k], kind, append(at, "utilization")...)
			}
		}
		at := []string{"stations", s.Name}
		c.maybe(t, number, kind, append(at, "number")...)
		c.maybe(t, throughput, kind, append(at, "throughput")...)
		c.maybe(t, number/throughput, kind, append(at, "response_time")...)
		c.maybe(t, number/systemX, kind, append(at, "residence_time")...)
		if !delay(k) {
			c.maybe(t, utilization, kind, append(at, "utilization")...)
		}
	}
}

// maybe compares a figure if the case has it.
func (c refCase) maybe(t *testing.T, got float64, kind string, path ...string) {
	t.Helper()
	if _, ok := c.number(path...); ok {
		c.want(t, got, kind, path...)
	}
}

// exactly solves a case in product form.
func (c refCase) exactly(t *testing.T, method func(MixedNetwork) (MixedResult, error)) closedFigures {
	t.Helper()
	if c.Model.Visits != nil {
		m := c.mixed()
		r, err := method(m)
		if err != nil {
			t.Fatal(err)
		}
		return figuresOf(m, r)
	}
	n := c.switching(t)
	r, err := n.Solve(method)
	if err != nil {
		t.Fatal(err)
	}
	// throughput of a class is counted where its chain is
	f := closedFigures{m: n.mixed(r.Chains), throughput: r.Throughput, present: r.Present, perVisit: r.PerVisit, utilization: r.Utilization}
	f.x = make([]float64, len(n.Users))
	for i, chain := range r.Chains {
		f.x[chain.Classes[0]] = r.Mixed.Throughput[i]
	}
	return f
}

// answerProductForm solves a case by convolution, by mean value analysis if it
// is one of single servers, and with one class by the solver for that, which
// knows the distribution of the numbers present as well.
func answerProductForm(t *testing.T, c refCase) {
	c.check(t, "rel", c.exactly(t, MixedConvolution))
	if c.Model.Visits == nil {
		return
	}
	m := c.mixed()
	if !slices.ContainsFunc(m.Stations, func(s MixedStation) bool { return !s.isDelay() && !s.single() }) {
		c.check(t, "rel", c.exactly(t, MixedMVA))
	}
	if len(m.Classes) > 1 || m.Classes[0].Users > 10000 {
		return
	}
	one := ClosedNetwork{Users: m.Classes[0].Users}
	for k, s := range m.Stations {
		one.Stations = append(one.Stations, ClosedStation{Demand: m.Classes[0].Demands[k], Servers: s.Servers, Rates: s.Rates})
	}
	r, err := Convolution(one)
	if err != nil {
		t.Fatal(err)
	}
	for k, s := range c.Model.Stations {
		at := []string{"stations", s.Name}
		c.maybe(t, r.Stations[k].Present, "rel", append(at, "number")...)
		if m.Stations[k].isDelay() {
			continue
		}
		c.maybe(t, 1-r.Stations[k].Marginal[0], "rel", append(at, "prob_busy")...)
		c.maybe(t, r.Stations[k].Marginal[0], "rel", append(at, "p_n", "0")...)
		c.maybe(t, r.Stations[k].Marginal[1], "rel", append(at, "p_n", "1")...)
	}
}

// answerNonProduct solves a case by its Markov chain, and holds the
// approximation against it.
func answerNonProduct(t *testing.T, c refCase) {
	n := c.switching(t)
	laws := make([][]ServiceLaw, len(n.Users))
	for j, cl := range c.Model.Classes {
		for _, s := range c.Model.Stations {
			laws[j] = append(laws[j], refLaw(s.Service[cl.Name]))
		}
	}
	r, err := n.Markov(laws, MarkovStates)
	if err != nil {
		t.Fatal(err)
	}
	c.check(t, "rel", markovFigures(n, r))
	if len(n.Users) == 1 {
		answerMarie(t, c, n, laws[0])
	}
	c.Tolerance["approximate"] = linearizerOff[c.Name]
	c.check(t, "approximate", c.exactly(t, Linearizer))
}

// answerMarie solves a case of one class whose requests visit each station once
// by Marie's method, which is within the bar of 0.12: held to what it measures.
func answerMarie(t *testing.T, c refCase, n SwitchingNetwork, laws []ServiceLaw) {
	one := ClosedNetwork{Users: n.Users[0]}
	for k, s := range n.Stations {
		one.Stations = append(one.Stations, ClosedStation{Demand: n.Service[0][k], Servers: s.Servers})
	}
	r, err := Marie(one, laws)
	if err != nil {
		t.Fatal(err)
	}
	c.Tolerance["marie"] = 0.08
	c.want(t, r.Throughput, "marie", "system", "throughput")
	for k, s := range c.Model.Stations {
		c.maybe(t, r.Stations[k].Present, "marie", "stations", s.Name, "number")
		c.maybe(t, r.Stations[k].Residence, "marie", "stations", s.Name, "response_time")
		c.maybe(t, r.Stations[k].Utilization, "marie", "stations", s.Name, "utilization")
	}
}

// linearizerOff is how far the Linearizer may be off in any figure of a case
// that has no product form. The bar of the tables is 0.12; what misses it is
// answered by the chain, and named in the comment of [Linearizer].
var linearizerOff = map[string]float64{
	"fcfs-multiclass-rates-c1": 0.12,
	"fcfs-multiclass-rates-c2": 0.22,
	"fcfs-3class-rates-c1":     0.14,
	"closed-3st-h2":            0.21,
	"dps-closed":               0.06,
	"line-dps-two-queues":      0.05,
}

func markovFigures(n SwitchingNetwork, r MarkovResult) closedFigures {
	f := closedFigures{m: MixedNetwork{Stations: n.Stations}, throughput: r.Throughput, present: r.Present, perVisit: r.PerVisit, utilization: r.Utilization}
	for j := range n.Users {
		f.x = append(f.x, r.Throughput[j][n.Reference[j]])
	}
	return f
}

// answerBardSchweitzer compares with the fixed point itself.
func answerBardSchweitzer(t *testing.T, c refCase) {
	r, err := Schweitzer(c.mixed())
	if err != nil {
		t.Fatal(err)
	}
	exact, err := MixedConvolution(c.mixed())
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]MixedResult{"bard_schweitzer": r, "exact": exact} {
		c.want(t, r.Throughput[0], "rel", name, "classes", "c1", "throughput")
		for k, s := range c.Model.Stations {
			if strings.HasPrefix(s.Name, "s") {
				c.want(t, r.Present[0][k], "rel", name, "stations", s.Name, "number")
			}
		}
	}
}
