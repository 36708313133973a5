package queueing

import (
	"math"
	"testing"

	"github.com/headroom/headroom/scenarios/dist"
)

// generalAnswers solves the stations with general arrivals or service.
var generalAnswers = answers{
	"md1-rho083":          mg1Answer,
	"md1-rho05":           mg1Answer,
	"mek1-k3-rho09":       mg1Answer,
	"mu1-rho072":          mg1Answer,
	"mgamma1-scv09":       mg1Answer,
	"mpareto1-a35":        mg1Answer,
	"mg1-variance-h2":     varianceAnswer,
	"mg1-variance-d":      varianceAnswer,
	"mg1-ps-h2":           psAnswer,
	"mm1-lcfs":            lcfsAnswer,
	"mg1-fcfs-multiclass": classesAnswer(func(c []ServiceClass, _ int) (ByClass, error) { return NewMG1Classes(c) }),
	"batch-mx-m-1-fixed4": batchAnswer,
	"dm1-rho08":           gimcAnswer,
	"um1-rho07":           gimcAnswer,
	"h2m1-rho06":          gimcAnswer,
	"e2m-3":               gimcAnswer,
	"h2e2-1":              gig1Answer,
	"gg1-gamma-gamma":     gig1SimulatedAnswer,
	"gg1-det-logn":        gig1SimulatedAnswer,
	"gg3-logn-logn":       spreadAnswer,
	"mlogn4":              spreadAnswer,
	"round-robin-3":       roundRobinAnswer,
	"mm1-srpt-rho093":     srptAnswer,
	"np-2class-mixed":     classesAnswer(mg1Priority(false)),
	"np-4class-heavy":     classesAnswer(mg1Priority(false)),
	"pr-3class-general":   classesAnswer(mg1Priority(true)),
	"pr-2class-longhi":    classesAnswer(mg1Priority(true)),
	"np-mmc-c2-diffrates": classesAnswer(mmcRates),
	"np-mmc-c3-diffrates": classesAnswer(mmcRates),
	"jsq2-hetero":         jsqAnswer,
	"np-mmc-c8-equal":     classesAnswer(mmcPriority(false)),
	"pr-mmc-c5-equal":     classesAnswer(mmcPriority(true)),
}

// alone are the arrivals and the service of a case with one class and station.
func (c refCase) alone(t *testing.T) (gap, service dist.Dist, servers int) {
	t.Helper()
	s := c.Model.Stations[0]
	return c.Model.Classes[0].Arrival.dist(t), s.Service[c.Model.Classes[0].Name].dist(t), max(1, s.Servers)
}

// wantFigures compares whatever figures the case has at the top.
func (c refCase) wantFigures(t *testing.T, f Figures, kind string) {
	t.Helper()
	seen := 0
	for name, got := range map[string]float64{
		"utilization": f.Utilization, "number": f.Present, "number_waiting": f.InLine, "prob_wait": f.PWait,
		"response_time": f.Response, "waiting_time": f.Waiting, "throughput": f.Throughput,
	} {
		if _, ok := c.number(name); ok {
			seen++
			c.want(t, got, kind, name)
		}
	}
	if seen == 0 {
		t.Error("no figure to compare with")
	}
}

func mg1Answer(t *testing.T, c refCase) {
	gap, service, _ := c.alone(t)
	q, err := NewMG1(1/gap.Mean(), service)
	if err != nil {
		t.Fatal(err)
	}
	c.wantFigures(t, q.Figures(), "rel")
}

func varianceAnswer(t *testing.T, c refCase) {
	gap, service, _ := c.alone(t)
	q, err := NewMG1(1/gap.Mean(), service)
	if err != nil {
		t.Fatal(err)
	}
	c.want(t, q.Waiting().Mean(), "rel", "waiting_time")
	c.want(t, q.Waiting().Variance(), "rel", "waiting_variance")
	c.want(t, q.Response().Variance(), "rel", "response_variance")
}

func psAnswer(t *testing.T, c refCase) {
	gap, service, servers := c.alone(t)
	q, err := NewPS(1/gap.Mean(), service.Mean(), servers)
	if err != nil {
		t.Fatal(err)
	}
	c.wantFigures(t, q.Figures(), "rel")
}

func lcfsAnswer(t *testing.T, c refCase) {
	gap, service, _ := c.alone(t)
	q, err := NewLCFS(1/gap.Mean(), service, false)
	if err != nil {
		t.Fatal(err)
	}
	c.wantFigures(t, q.Figures(), "rel")
}

// classesAnswer compares the figures of each class at the case's one station.
func classesAnswer(of func([]ServiceClass, int) (ByClass, error)) func(*testing.T, refCase) {
	return func(t *testing.T, c refCase) {
		s := c.Model.Stations[0]
		var classes []ServiceClass
		for _, class := range c.Model.Classes {
			classes = append(classes, ServiceClass{1 / class.Arrival.dist(t).Mean(), s.Service[class.Name].dist(t)})
		}
		q, err := of(classes, max(1, s.Servers))
		if err != nil {
			t.Fatal(err)
		}
		for k, class := range c.Model.Classes {
			f := q[k].Figures()
			at := []string{"stations", s.Name, "classes", class.Name}
			c.want(t, f.Response, "rel", append(at, "response_time")...)
			c.want(t, f.Present, "rel", append(at, "number")...)
			c.want(t, f.Throughput, "rel", append(at, "throughput")...)
			if _, ok := c.number(append(at, "waiting_time")...); ok {
				c.want(t, f.Waiting, "rel", append(at, "waiting_time")...)
			}
		}
		c.want(t, q.Total().Utilization, "rel", "stations", s.Name, "utilization")
	}
}

func mg1Priority(preemptive bool) func([]ServiceClass, int) (ByClass, error) {
	return func(c []ServiceClass, _ int) (ByClass, error) { return NewMG1Priority(c, preemptive) }
}

func mmcPriority(preemptive bool) func([]ServiceClass, int) (ByClass, error) {
	return func(c []ServiceClass, servers int) (ByClass, error) {
		var lambdas []float64
		for _, class := range c {
			lambdas = append(lambdas, class.Lambda)
		}
		return NewMMcPriority(lambdas, c[0].Service.Moment(1), servers, preemptive)
	}
}

func srptAnswer(t *testing.T, c refCase) {
	gap, service, _ := c.alone(t)
	q, err := NewMG1BySize(1/gap.Mean(), service, ShortestRemainingFirst)
	if err != nil {
		t.Fatal(err)
	}
	c.wantFigures(t, q.Figures(), "rel")
}

func mmcRates(c []ServiceClass, servers int) (ByClass, error) {
	return NewMMcPriorityRates(
		[2]float64{c[0].Lambda, c[1].Lambda},
		[2]float64{c[0].Service.Moment(1), c[1].Service.Moment(1)}, servers)
}

func jsqAnswer(t *testing.T, c refCase) {
	s := c.Model.Stations[1:]
	q, err := NewJSQ2(1/c.Model.Classes[0].Arrival.dist(t).Mean(),
		[2]float64{s[0].Service["C"].dist(t).Mean(), s[1].Service["C"].dist(t).Mean()})
	if err != nil {
		t.Fatal(err)
	}
	c.want(t, q.Total.Present, "rel", "system", "number")
	c.want(t, q.Total.Response, "rel", "system", "response_time")
	c.want(t, q.Total.Throughput, "rel", "system", "throughput")
	c.want(t, q.Lines[0].Present, "rel", "stations", "a", "number")
	c.want(t, q.Lines[1].Present, "rel", "stations", "b", "number")
}

func batchAnswer(t *testing.T, c refCase) {
	gap, service, _ := c.alone(t)
	q, err := NewMXG1(1/gap.Mean(), FixedBatch(4), service)
	if err != nil {
		t.Fatal(err)
	}
	c.wantFigures(t, q.Figures(), "rel")
}

func gimcAnswer(t *testing.T, c refCase) {
	gap, service, servers := c.alone(t)
	q, err := NewGIMc(gap, service.Mean(), servers)
	if err != nil {
		t.Fatal(err)
	}
	c.wantFigures(t, q.Figures(), "rel")
}

func gig1Answer(t *testing.T, c refCase) {
	gap, service, _ := c.alone(t)
	q, err := NewGIG1(gap, service)
	if err != nil {
		t.Fatal(err)
	}
	c.wantFigures(t, q.Figures(), "rel")
}

// spreadAnswer compares the formulas under their own names, and the best of them
// with the simulated wait.
func spreadAnswer(t *testing.T, c refCase) {
	gap, service, servers := c.alone(t)
	lambda, mean, ca, cs := 1/gap.Mean(), service.Mean(), gap.SCV(), service.SCV()
	if math.Abs(ca-1) < 1e-12 {
		ca = 1
	}
	s, err := SpreadGGc(lambda, mean, ca, cs, servers)
	if err != nil {
		t.Fatal(err)
	}
	c.want(t, s.Best, "rel_analytic_approx_vs_truth", "waiting_time")
	if !(s.Lo <= s.Best && s.Best <= s.Hi && s.Lo < s.Hi) {
		t.Errorf("spread %+v", s)
	}
	allen, _ := AllenCunneen(lambda, mean, ca, cs, servers)
	c.want(t, allen, "rel_approximation_formula", "approximations", "allen_cunneen_waiting")
	if servers > 1 {
		return
	}
	bound, _ := KingmanBound(lambda, mean, ca, cs)
	c.want(t, bound, "rel_approximation_formula", "approximations", "kingman_bound_waiting")
	krlb, _ := KraemerLangenbachBelz(lambda, mean, ca, cs)
	c.want(t, krlb, "rel_approximation_formula", "approximations", "kramer_langenbach_belz_waiting")
}

func gig1SimulatedAnswer(t *testing.T, c refCase) {
	spreadAnswer(t, c)
	gap, service, _ := c.alone(t)
	q, err := NewGIG1(gap, service)
	if err != nil {
		t.Fatal(err)
	}
	c.wantFigures(t, q.Figures(), "rel_simulation")
	for name, p := range map[string]float64{"0.5": 0.5, "0.9": 0.9, "0.95": 0.95, "0.99": 0.99} {
		c.want(t, q.Response().Quantile(p), "rel_percentile", "response_percentiles", name)
	}
	for name, p := range map[string]float64{"0.9": 0.9, "0.99": 0.99} {
		c.want(t, q.Waiting().Quantile(p), "rel_percentile", "waiting_percentiles", name)
	}
}

func roundRobinAnswer(t *testing.T, c refCase) {
	gap := c.Model.Classes[0].Arrival.dist(t)
	replicas := c.Model.Stations[1:]
	q, err := NewRoundRobin(1/gap.Mean(), replicas[0].Service["C"].dist(t).Mean(), len(replicas), 1)
	if err != nil {
		t.Fatal(err)
	}
	f, n := q.Figures(), float64(len(replicas))
	c.want(t, f.Response, "rel", "system", "response_time")
	c.want(t, n*f.Present, "rel", "system", "number")
	c.want(t, n*f.Throughput, "rel", "system", "throughput")
	c.want(t, f.Present, "rel", "stations", "q0", "number")
	c.want(t, f.Utilization, "rel", "stations", "q0", "utilization")
}
