package estimate

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/headroom/headroom/scenarios"
)

// byResponse turns the solver round: demands, and latency and threads if asked
// for, with which it predicts the response times (and utilizations, where
// they are known) of every run at the load of that run.
func (c *calibrator) byResponse() error {
	if c.o.Solve == nil {
		return errors.New("estimate: response times want a solver")
	}
	var ps []*Parameter
	for i := range c.m.Operations {
		if p := c.demands[c.m.Operations[i].Name]; p != nil && p.Why == "" {
			ps = append(ps, p)
		}
	}
	if c.o.Latency {
		p := &Parameter{Name: "network latency", Was: c.m.Network.Latency.Mean()}
		if v, ok := c.values["network.latency"]; ok && v.Mean > 0 {
			p.values, p.Paths = []scenarios.Valued{v}, []string{v.Path}
		} else {
			p.add, p.Was = "network.latency", 1e-3
		}
		ps = append(ps, p)
	}
	if len(ps) == 0 {
		return errors.New("estimate: the scenario has no cpu step whose time could be estimated")
	}
	figures, sets, err := c.figures()
	if err != nil {
		return err
	}
	start := make([]float64, len(ps))
	for i := range ps {
		start[i] = ps[i].Was
	}
	if c.o.Threads != "" {
		return c.withThreads(ps, figures, sets, start)
	}
	in, err := c.invert(c.predict(ps, figures, sets, nil), measuredOf(figures), start)
	if err != nil {
		return err
	}
	c.finish(ps, figures, in)
	return nil
}

// invert starts from smaller demands where those of the scenario cannot bear the
// load.
func (c *calibrator) invert(p Predict, m []Measured, start []float64) (Inversion, error) {
	var err error
	for _, f := range []float64{1, 0.5, 0.2, 0.05} {
		at := make([]float64, len(start))
		for i, v := range start {
			at[i] = f * v
		}
		var in Inversion
		if in, err = Invert(p, m, at, c.o.Confidence); err == nil {
			return in, nil
		}
	}
	return Inversion{}, err
}

func (c *calibrator) finish(ps []*Parameter, figures []figure, in Inversion) {
	for i, f := range figures {
		c.out.Residuals = append(c.out.Residuals, Residual{f.Name, f.Value, f.Value - in.Residuals[i]})
	}
	c.out.Free, c.out.Condition = in.Free, in.Condition
	c.take(ps, in.Parameters, in.Unknown)
	if in.Free <= 0 {
		c.note("there are as many unknowns as measurements: no residuals tell how good the estimates are")
	}
}

// withThreads tries limits on the threads of a service.
func (c *calibrator) withThreads(ps []*Parameter, figures []figure, sets [][]string, start []float64) error {
	path := "services." + c.o.Threads + ".threads"
	known, most := false, 1
	for i := range c.m.Services {
		known = known || c.m.Services[i].Name == c.o.Threads
	}
	if !known {
		return fmt.Errorf("estimate: there is no service %q", c.o.Threads)
	}
	for _, r := range c.runs {
		for _, w := range r.Result.Workloads {
			if w.Response != nil {
				most = max(most, int(4*w.Throughput.Value*w.Response.Mean.Value))
			}
		}
	}
	most = min(max(most, 8), 2000)
	n, in, err := InvertWhole(func(n int) Predict {
		return c.predict(ps, figures, sets, []string{path + "=" + strconv.Itoa(n)})
	}, measuredOf(figures), start, most, c.o.Confidence)
	if err != nil {
		return err
	}
	c.finish(ps, figures, in)
	p := Parameter{Name: c.o.Threads + " threads", whole: true, add: path}
	if v, ok := c.values[path]; ok {
		p.Was = v.Mean
	}
	if n.Bounded {
		p.Estimate = estimateOf(Interval{float64(n.Value), float64(n.Lo), float64(n.Hi)}, c.o.Confidence)
	} else {
		p.Why = fmt.Sprintf("every limit from %d on fits as well: none was reached", n.Lo)
	}
	c.out.Parameters = append(c.out.Parameters, p)
	return nil
}

// figure is one figure of one run.
type figure struct {
	Measured
	run      int
	workload string // of a response time; empty for a utilization
	service  int
}

func measuredOf(figures []figure) []Measured {
	out := make([]Measured, len(figures))
	for i, f := range figures {
		out[i] = f.Measured
	}
	return out
}

// figures lists what was measured, and the overrides that set the load of each
// run.
func (c *calibrator) figures() (out []figure, sets [][]string, err error) {
	for k, r := range c.runs {
		set, err := c.load(r)
		if err != nil {
			return nil, nil, err
		}
		sets = append(sets, set)
		if !r.Result.Stable {
			c.note("%s was overloaded: its response times have no limit and were left out", r.Name)
			continue
		}
		for i := range c.m.Workloads {
			name := c.m.Workloads[i].Name
			if w := r.Result.Workloads[name]; w != nil && w.Response != nil && w.Response.Mean.Value > 0 {
				e := w.Response.Mean
				out = append(out, figure{Measured{r.Name + ": mean response time of " + name, e.Value, standardError(e)}, k, name, -1})
			}
		}
		for s := range c.m.Services {
			if b, e, ok := c.busy(s, r.Result); ok && b > 0 {
				out = append(out, figure{Measured{r.Name + ": busy cores of " + c.m.Services[s].Name, b, e}, k, "", s})
			}
		}
	}
	if len(out) == 0 {
		return nil, nil, errors.New("estimate: the runs hold no response times")
	}
	return out, sets, nil
}

// load is the overrides that give the model the load of a run.
func (c *calibrator) load(r Run) ([]string, error) {
	var out []string
	for i := range c.m.Workloads {
		w := &c.m.Workloads[i]
		got := r.Result.Workloads[w.Name]
		if got == nil {
			return nil, fmt.Errorf("estimate: %s says nothing of the workload %q", r.Name, w.Name)
		}
		path := "workloads." + w.Name
		switch {
		case w.Arrivals == nil && got.Response != nil:
			// Little's law: those who think and those who wait.
			n := math.Round(got.Throughput.Value * (got.Response.Mean.Value + w.Think.Mean()))
			out = append(out, fmt.Sprintf("%s.users=%.0f", path, math.Max(1, n)))
		case w.Arrivals == nil:
			return nil, fmt.Errorf("estimate: %s has no response times of %q, whose users they tell", r.Name, w.Name)
		default:
			rate := got.Throughput.Value
			if got.Offered.Known() {
				rate = got.Offered.Value
			}
			v, ok := c.values[path+".arrivals"]
			if !ok {
				return nil, fmt.Errorf("estimate: %s.arrivals is not written as poisson(RATE) or constant(RATE), whose rate could be set to that of %s", path, r.Name)
			}
			out = append(out, path+".arrivals="+v.With(rate))
		}
	}
	return out, nil
}

// predict solves the scenario at the load of each run.
func (c *calibrator) predict(ps []*Parameter, figures []figure, sets [][]string, more []string) Predict {
	return func(at []float64) ([]float64, error) {
		var set []string
		set = append(set, c.o.Set...)
		for i, p := range ps {
			if p.add != "" {
				set = append(set, fmt.Sprintf("%s=%.12gs", p.add, at[i]))
			}
			for _, v := range p.values {
				set = append(set, v.Path+"="+v.With(v.Mean/p.Was*at[i]))
			}
		}
		set = append(set, more...)
		out := make([]float64, len(figures))
		for k := range sets {
			m, diags := scenarios.Parse(c.file, c.src, append(set[:len(set):len(set)], sets[k]...))
			if m == nil {
				return nil, diags
			}
			r, err := c.o.Solve(m)
			if err != nil {
				return nil, err
			}
			for i, f := range figures {
				if f.run != k {
					continue
				}
				out[i] = math.Inf(1)
				if f.workload == "" {
					if b, _, ok := c.busy(f.service, r); ok && r.Stable {
						out[i] = b
					}
				} else if w := r.Workloads[f.workload]; r.Stable && w != nil && w.Response != nil && w.Response.Mean.Known() {
					out[i] = w.Response.Mean.Value
				}
			}
		}
		return out, nil
	}
}
