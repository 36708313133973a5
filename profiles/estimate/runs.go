package estimate

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/headroom/headroom/internal/usl"
	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// Method is how a scenario is calibrated.
type Method string

const (
	ByUtilization Method = "utilization" // the utilization law, by regression over runs
	ByResponse    Method = "response"    // response times, through the solver turned round
	ByKalman      Method = "kalman"      // utilization over time, by the extended Kalman filter
)

// Options say what to estimate and how.
type Options struct {
	Method     Method   // empty: by utilization where it was measured, by response otherwise
	Threads    string   // a service whose limit on threads is estimated too, by response
	Latency    bool     // estimate network.latency too, by response
	Confidence float64  // of intervals (1); 0 = 0.95
	Set        []string // overrides of the scenario, applied before all else
	Seed       uint64   // of the intervals of the scalability law

	// Solve predicts a model: for ByResponse, and for how often operations within
	// the system are asked for.
	Solve func(m *scenarios.Model) (*measure.Result, error)
}

// Run is one load test, by the name of its file.
type Run struct {
	Name   string
	Result *measure.Result
}

// Parameter is one number of a scenario that was estimated.
type Parameter struct {
	Name     string           `json:"name"` // "db.query cpu"
	Paths    []string         `json:"-"`    // of the values in the text that it stands for
	Was      float64          `json:"was"`  // in base units, of one request, (s) or (1)
	Estimate measure.Estimate `json:"estimate,omitzero"`
	Why      string           `json:"why,omitempty"` // it is not known

	values []scenarios.Valued
	whole  bool
	add    string // path of a value that the text does not have yet
}

// Residual is what was measured beside what the estimates say.
type Residual struct {
	What     string  `json:"what"`
	Measured float64 `json:"measured"` // (s) or (1)
	Fitted   float64 `json:"fitted"`   // (s) or (1)
}

// Scale is the universal scalability law of one workload.
type Scale struct {
	Workload string           `json:"workload"`
	At       []float64        `json:"at"`         // mean numbers in progress, (1)
	X        []float64        `json:"throughput"` // (1/s)
	Alpha    measure.Estimate `json:"contention"`
	Beta     measure.Estimate `json:"coherency"`
	Peak     measure.Estimate `json:"peak,omitzero"`            // number in progress of the greatest throughput; absent: none
	Most     measure.Estimate `json:"peak_throughput,omitzero"` // there (1/s)
}

// Calibration is what runs say of a scenario.
type Calibration struct {
	Method     Method      `json:"method"`
	Parameters []Parameter `json:"parameters"`
	Residuals  []Residual  `json:"residuals,omitempty"`
	Condition  float64     `json:"condition,omitempty"` // of the data: large where parameters are hard to tell apart
	Free       int         `json:"degrees_of_freedom"`
	Scales     []Scale     `json:"scalability,omitempty"`
	Notes      []string    `json:"notes,omitempty"`
}

// Calibrate estimates the demands of a scenario from load tests of it.
func Calibrate(file string, src []byte, runs []Run, o Options) (*Calibration, error) {
	c, err := newCalibrator(file, src, runs, o)
	if err != nil {
		return nil, err
	}
	switch c.out.Method {
	case ByUtilization:
		err = c.byUtilization()
	case ByKalman:
		err = c.byKalman()
	case ByResponse:
		err = c.byResponse()
	default:
		err = fmt.Errorf("estimate: no method %q; want utilization, response or kalman", c.out.Method)
	}
	if err != nil {
		return nil, err
	}
	c.scales()
	return &c.out, nil
}

type calibrator struct {
	file string
	src  []byte
	m    *scenarios.Model
	runs []Run
	o    Options
	out  Calibration

	demands map[string]*Parameter // by operation
	values  map[string]scenarios.Valued
}

func newCalibrator(file string, src []byte, runs []Run, o Options) (*calibrator, error) {
	if len(runs) == 0 {
		return nil, errors.New("estimate: no runs to learn from")
	}
	if o.Confidence == 0 {
		o.Confidence = 0.95
	}
	m, diags := scenarios.Parse(file, src, o.Set)
	if m == nil {
		return nil, diags
	}
	list, diags := scenarios.Values(file, src)
	if len(diags) > 0 {
		return nil, diags
	}
	c := &calibrator{file: file, src: src, m: m, runs: runs, o: o, demands: map[string]*Parameter{}, values: map[string]scenarios.Valued{}}
	for _, v := range list {
		c.values[v.Path] = v
	}
	for _, r := range runs {
		if r.Result.Scenario.Name != m.Name {
			c.note("%s is of the scenario %q, not of %q", r.Name, r.Result.Scenario.Name, m.Name)
		}
	}
	c.find(list)
	c.out.Method = o.Method
	if o.Method == "" {
		c.out.Method = ByResponse
		for s := range m.Services {
			if _, _, ok := c.busy(s, runs[0].Result); ok && o.Threads == "" && !o.Latency {
				c.out.Method = ByUtilization
			}
		}
	}
	return c, nil
}

func (c *calibrator) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(c.out.Notes, text) {
		c.out.Notes = append(c.out.Notes, text)
	}
}

// find makes a parameter of the work on the cores of each operation.
func (c *calibrator) find(list []scenarios.Valued) {
	for i := range c.m.Operations {
		op := &c.m.Operations[i]
		service := c.m.Services[op.Service].Name
		prefix := "services." + service + ".operations." + strings.TrimPrefix(op.Name, service+".")
		p := &Parameter{Name: op.Name + " cpu"}
		for _, v := range list {
			rest, ok := strings.CutPrefix(v.Path, prefix)
			if ok && (rest[0] == '[' || rest[0] == '.') && strings.HasSuffix(rest, ".cpu") {
				p.values, p.Paths = append(p.values, v), append(p.Paths, v.Path)
			}
		}
		was, sure := work(op.Steps)
		if len(p.values) == 0 || was == 0 {
			continue
		}
		if !sure {
			p.Why = "how often its cpu steps are done depends on a cache of keys"
		}
		p.Was = was
		c.demands[op.Name] = p
	}
}

// work is the mean demand of one visit on the cores (s); false where it depends
// on what is in a cache.
func work(steps []scenarios.Step) (mean float64, sure bool) {
	sure = true
	add := func(p float64, inner []scenarios.Step) {
		m, ok := work(inner)
		mean += p * m
		sure = sure && ok
	}
	for _, step := range steps {
		switch s := step.(type) {
		case scenarios.CPU:
			mean += s.Demand.Mean()
		case scenarios.Parallel:
			for _, b := range s.Branches {
				add(1, b)
			}
		case scenarios.Choose:
			for _, b := range s.Branches {
				add(b.P, b.Steps)
			}
		case scenarios.Cache:
			add(s.Hit, s.Then)
			add(1-s.Hit, s.Else)
			if s.Store != nil {
				then, _ := work(s.Then)
				other, _ := work(s.Else)
				sure = sure && then == 0 && other == 0
			}
		case scenarios.Repeat:
			add(s.Count.Mean(), s.Steps)
			sure = sure && !s.PerMessage
		case scenarios.Lock:
			add(1, s.Steps)
		}
	}
	return mean, sure
}

// busy is how many cores of a service were busy, and the standard error of that
// (0 where it is not known).
func (c *calibrator) busy(s int, r *measure.Result) (cores, err float64, ok bool) {
	svc := &c.m.Services[s]
	if got := r.Services[svc.Name]; got != nil && got.Utilization.Known() {
		n := float64(svc.Replicas)
		if got.Replicas.Known() {
			n = got.Replicas.Value
		}
		u := got.Utilization.Times(n * float64(svc.Cores))
		return u.Value, standardError(u), true
	}
	if t := r.Target[svc.Name]; t != nil && t.Resources["cpu"] != nil && t.Resources["cpu"].Use.Known() {
		u := t.Resources["cpu"].Use
		return u.Value, standardError(u), true
	}
	return 0, 0, false
}

func standardError(e measure.Estimate) float64 {
	if !e.Uncertain() || !(e.Hi > e.Lo) {
		return 0
	}
	return (e.Hi - e.Lo) / (2 * quantile(e.Confidence, math.Inf(1)))
}

// byUtilization regresses the busy cores of each service on the throughputs of
// its operations.
func (c *calibrator) byUtilization() error {
	some := false
	for s := range c.m.Services {
		var ps []*Parameter
		var ops []string
		for _, id := range c.m.Services[s].Operations {
			if p := c.demands[c.m.Operations[id].Name]; p != nil {
				ps, ops = append(ps, p), append(ops, c.m.Operations[id].Name)
			}
		}
		if len(ps) == 0 {
			continue
		}
		rows, busy, errs, names := c.rows(s, ops)
		if len(rows) == 0 {
			for _, p := range ps {
				p.Why = "no run says how busy " + c.m.Services[s].Name + " was"
				c.out.Parameters = append(c.out.Parameters, *p)
			}
			continue
		}
		some = true
		fit, err := Utilization(rows, busy, errs, c.o.Confidence)
		if err != nil {
			return fmt.Errorf("%s: %w", c.m.Services[s].Name, err)
		}
		for i, name := range names {
			c.out.Residuals = append(c.out.Residuals, Residual{name + ": busy cores of " + c.m.Services[s].Name, busy[i], busy[i] - fit.Residuals[i]})
		}
		c.out.Free += fit.Free
		c.out.Condition = math.Max(c.out.Condition, fit.Condition)
		c.take(ps, fit.Demands, fit.Unknown)
		for _, j := range fit.AtZero {
			c.note("%s: the least squares are at 0 or below; only its upper end is known", ps[j].Name)
		}
	}
	if !some {
		return errors.New("estimate: no run says how busy a service was; name --method response, which reads response times")
	}
	if c.out.Free <= 0 {
		c.note("there are as many unknowns as measurements: no residuals tell how good the estimates are; intervals are those of the measurements alone, where they had any")
	}
	return nil
}

func (c *calibrator) rows(s int, ops []string) (rows [][]float64, busy, errs []float64, names []string) {
	known, inferred := true, false
	for _, r := range c.runs {
		b, e, ok := c.busy(s, r.Result)
		if !ok {
			c.note("%s does not say how busy %s was", r.Name, c.m.Services[s].Name)
			continue
		}
		row := make([]float64, len(ops))
		var asked map[string]float64
		for i, name := range ops {
			if op := r.Result.Operations[name]; op != nil && op.Throughput.Known() {
				row[i] = op.Throughput.Value
			} else if len(ops) == 1 && r.Result.Services[c.m.Services[s].Name] != nil && r.Result.Services[c.m.Services[s].Name].Throughput.Known() {
				row[i] = r.Result.Services[c.m.Services[s].Name].Throughput.Value
			} else {
				if asked == nil {
					asked = c.asked(r)
				}
				row[i], ok = asked[name]
			}
			if !ok {
				break
			}
		}
		if asked != nil && ok {
			inferred = true
		}
		if !ok {
			c.note("%s does not say how often the operations of %s were asked for", r.Name, c.m.Services[s].Name)
			continue
		}
		rows, busy, errs, names = append(rows, row), append(busy, b), append(errs, e), append(names, r.Name)
		known = known && e > 0
	}
	if inferred {
		c.note("how often the operations of %s were asked for was not measured: it follows from the calls of the scenario", c.m.Services[s].Name)
	}
	if !known {
		errs = nil
	}
	return rows, busy, errs, names
}

// asked is how often each operation is asked for in a run (1/s), by the calls
// that the scenario makes at the load of the run; nil where that cannot be told.
// Demands are next to nothing, so that none of them limits it.
func (c *calibrator) asked(r Run) map[string]float64 {
	set, err := c.load(r)
	if err != nil || c.o.Solve == nil {
		return nil
	}
	set = append(c.o.Set[:len(c.o.Set):len(c.o.Set)], set...)
	for _, p := range c.demands {
		for _, v := range p.values {
			set = append(set, v.Path+"="+v.With(v.Mean*1e-3))
		}
	}
	m, _ := scenarios.Parse(c.file, c.src, set)
	if m == nil {
		return nil
	}
	got, err := c.o.Solve(m)
	if err != nil || !got.Stable {
		return nil
	}
	out := map[string]float64{}
	for name, op := range got.Operations {
		if op.Throughput.Known() {
			out[name] = op.Throughput.Value
		}
	}
	return out
}

// take notes estimates, and why others are refused.
func (c *calibrator) take(ps []*Parameter, got []Interval, lost []Confounded) {
	var names []string
	for _, p := range ps {
		names = append(names, p.Name)
	}
	for j, p := range ps {
		if p.Why == "" {
			for _, g := range lost {
				if slices.Contains(g, j) {
					p.Why = g.Names(names)
				}
			}
		}
		if p.Why == "" {
			p.Estimate = estimateOf(got[j], c.o.Confidence)
		}
		c.out.Parameters = append(c.out.Parameters, *p)
	}
}

func estimateOf(in Interval, confidence float64) measure.Estimate {
	switch {
	case math.IsNaN(in.Value) || math.IsInf(in.Value, 0):
		return measure.Estimate{}
	case math.IsNaN(in.Lo) || math.IsNaN(in.Hi) || math.IsInf(in.Hi, 0):
		return measure.Exactly(in.Value)
	}
	return measure.Between(in.Value, in.Lo, in.Hi, confidence)
}

// byKalman follows, for each service, the factor by which its demands differ from those of
// the scenario, over the intervals of the runs' series.
func (c *calibrator) byKalman() error {
	if len(c.m.Workloads) != 1 {
		return errors.New("estimate: the filter follows one workload, whose throughput tells that of every operation; want --method utilization or response here")
	}
	w := c.m.Workloads[0].Name
	some := false
	for s := range c.m.Services {
		var ps []*Parameter
		each := 0.0 // demand of one request of the workload, as the scenario says (s)
		svc := &c.m.Services[s]
		for _, id := range svc.Operations {
			name := c.m.Operations[id].Name
			p := c.demands[name]
			first := c.runs[0].Result
			if p == nil || first.Operations[name] == nil || first.Workloads[w] == nil || !(first.Workloads[w].Throughput.Value > 0) {
				continue
			}
			ps = append(ps, p)
			each += p.Was * first.Operations[name].Throughput.Value / first.Workloads[w].Throughput.Value
		}
		if len(ps) == 0 {
			continue
		}
		sights := c.sights(w, svc, each)
		if len(sights) < 3 {
			c.note("%s: no run has its utilization over time", svc.Name)
			continue
		}
		some = true
		track, err := Kalman(sights, []float64{1}, 2, 0, c.o.Confidence)
		if err != nil {
			return err
		}
		drifting, err := Kalman(sights, []float64{1}, 2, 0.05, c.o.Confidence)
		if err != nil {
			return err
		}
		f := track.Steps[len(track.Steps)-1][0]
		last := drifting.Steps[len(drifting.Steps)-1][0]
		if last.Lo > f.Hi || last.Hi < f.Lo {
			c.note("%s: demands changed while they were measured: %.3g times those of the scenario at the end, %.3g over all", svc.Name, last.Value, f.Value)
		}
		for _, p := range ps {
			p.Estimate = estimateOf(Interval{p.Was * f.Value, p.Was * f.Lo, p.Was * f.Hi}, c.o.Confidence)
			c.out.Parameters = append(c.out.Parameters, *p)
		}
		if len(ps) > 1 {
			c.note("%s: one factor for all its operations, whose shares of the load do not change", svc.Name)
		}
		c.out.Free += len(sights) - 1
	}
	if !some {
		return errors.New("estimate: no run has the utilization of a service over time; want --method utilization or response")
	}
	return nil
}

// sights are the intervals of all runs. The busy time of n jobs has n times the
// variance of that of one, so errors grow as the root of the throughput; the
// estimate is then the ratio of the sums, as of the utilization law. With errors
// of one size, intervals with many jobs done, which had short jobs, would count
// most, and demands come out too small. The size is that of the spread about the
// line through the origin.
func (c *calibrator) sights(w string, svc *scenarios.Service, each float64) []Sight {
	var x, u []float64
	for _, r := range c.runs {
		if r.Result.Series == nil {
			continue
		}
		xs, us := r.Result.Series.Workloads[w].Throughput, r.Result.Series.Services[svc.Name].Utilization
		for i := range min(len(xs), len(us)) {
			if xs[i] > 0 && us[i] >= 0 && r.Result.Series.Start+float64(i)*r.Result.Series.Interval >= 0 {
				x, u = append(x, xs[i]*each/float64(svc.Replicas*svc.Cores)), append(u, us[i])
			}
		}
	}
	var sx, su, left float64
	for i := range x {
		sx += x[i]
		su += u[i]
	}
	for i := range x {
		d := u[i] - su/sx*x[i]
		left += d * d / x[i]
	}
	noise := math.Sqrt(left / math.Max(1, float64(len(x)-1)))
	var out []Sight
	for i := range x {
		out = append(out, Sight{
			Predict:  func(p []float64) ([]float64, error) { return []float64{p[0] * x[i]}, nil },
			Measured: []Measured{{"utilization of " + svc.Name, u[i], math.Max(noise*math.Sqrt(x[i]), 1e-6)}},
		})
	}
	return out
}

// scales fits the universal scalability law where there are three loads.
func (c *calibrator) scales() {
	if len(c.runs) < 3 {
		return
	}
	draws := rand.New(rand.NewPCG(c.o.Seed, 0x75736c))
	for i := range c.m.Workloads {
		name := c.m.Workloads[i].Name
		s := Scale{Workload: name}
		for _, r := range c.runs {
			w := r.Result.Workloads[name]
			if w == nil || !(w.Throughput.Value > 0) {
				continue
			}
			n := w.InSystem.Value
			if !w.InSystem.Known() && w.Response != nil {
				n = w.Throughput.Value * w.Response.Mean.Value
			}
			if n >= 1 {
				s.At, s.X = append(s.At, n), append(s.X, w.Throughput.Value)
			}
		}
		f, in, ok, err := Scalability(s.At, s.X, draws)
		if err != nil {
			c.note("no scalability law of %s: %s", name, strings.TrimPrefix(err.Error(), "usl: "))
			continue
		}
		at, x := f.Peak()
		s.Alpha, s.Beta = measure.Exactly(f.Contention), measure.Exactly(f.Coherency)
		if !math.IsInf(at, 0) {
			s.Peak, s.Most = measure.Exactly(at), measure.Exactly(x)
		}
		if ok {
			s.Alpha = estimateOf(Interval{f.Contention, in.Contention[0], in.Contention[1]}, 0.95)
			s.Beta = estimateOf(Interval{f.Coherency, in.Coherency[0], in.Coherency[1]}, 0.95)
			if s.Peak.Known() {
				s.Peak = estimateOf(Interval{at, in.Peak[0], in.Peak[1]}, 0.95)
				s.Most = estimateOf(Interval{x, in.PeakThroughput[0], in.PeakThroughput[1]}, 0.95)
			}
		}
		c.out.Scales = append(c.out.Scales, s)
	}
}

// Scalability fits the universal scalability law with intervals. Those of
// [usl.Fit.Intervals] know the size of the errors only from the residuals, and with few
// loads are too narrow by as much as Student's t is wider than the normal law: the
// errors drawn are larger by that ratio.
func Scalability(n, x []float64, draws *rand.Rand) (usl.Fit, usl.Intervals, bool, error) {
	f, err := usl.FitTo(n, x)
	if err != nil {
		return f, usl.Intervals{}, false, err
	}
	free := len(n) - 3
	if f.NoContention {
		free++
	}
	if f.NoCoherency {
		free++
	}
	if free < 1 {
		return f, usl.Intervals{}, false, nil
	}
	wide := f
	wide.Residual *= quantile(0.95, float64(free)) / quantile(0.95, math.Inf(1))
	in, ok := wide.Intervals(n, draws)
	return f, in, ok, nil
}

// Edits are what to write back into the text of the scenario: parameters that
// are known, not at 0, each with its provenance.
func (c *Calibration) Edits(from, date string) []scenarios.Edit {
	var out []scenarios.Edit
	for _, p := range c.Parameters {
		if !p.Estimate.Known() || p.Estimate.Value <= 0 {
			continue
		}
		source := func(factor float64) *scenarios.Provenance {
			s := &scenarios.Provenance{From: from, Date: date}
			if p.Estimate.Uncertain() {
				s.Confidence, s.Lo, s.Hi = p.Estimate.Confidence, p.Estimate.Lo*factor, p.Estimate.Hi*factor
			}
			return s
		}
		if p.add != "" {
			text := fmt.Sprintf("%.4gms", p.Estimate.Value*1000)
			if p.whole {
				text = fmt.Sprintf("%.0f", p.Estimate.Value)
			}
			out = append(out, scenarios.Edit{Path: p.add, Value: text, From: source(1)})
			continue
		}
		for _, v := range p.values {
			factor := v.Mean / p.Was
			out = append(out, scenarios.Edit{Path: v.Path, Value: v.With(rounded(p.Estimate.Value*factor, p.Estimate)), From: source(factor)})
		}
	}
	return out
}

// rounded keeps the digits that an interval leaves worth while, and at least four.
func rounded(v float64, e measure.Estimate) float64 {
	digits := 4
	if width := e.Hi - e.Lo; width > 0 && e.Value > 0 {
		digits = min(12, max(4, 3+int(math.Ceil(math.Log10(e.Value/width)))))
	}
	var out float64
	if _, err := fmt.Sscanf(fmt.Sprintf("%.*g", digits, v), "%g", &out); err != nil {
		return v
	}
	return out
}
