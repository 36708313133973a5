package capacity

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/queueing"
	"github.com/headroom/headroom/reports/gate"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/simulate"
)

// Sweep is one question asked at many points.
type Sweep struct {
	Spec    *scenarios.Spec
	Design  *Design
	Metrics []Metric // nil: [DefaultMetrics]

	// Simulate, where it is not nil, simulates the points instead of solving
	// them. All are given the same seed, and with it the same random numbers for
	// the same purpose, so that what chance does to all is not in their
	// differences.
	Simulate *simulate.Options

	Workers int    // points at a time; 0 = GOMAXPROCS
	Journal string // file that finished points are kept in, and not done again; empty = none

	// Progress, when not nil, is told how many points are done. It is called
	// from several goroutines, one at a time.
	Progress func(done, total int)
}

// Point is what is known at one point.
type Point struct {
	Index int `json:"i"`
	// Figures are those of the metrics of the table, in their order.
	Figures    []measure.Estimate `json:"figures"`
	Stable     bool               `json:"stable"`
	Bottleneck string             `json:"bottleneck,omitempty"`
	Cost       float64            `json:"cost"`                // of all replicas for an hour (1): see [CostOf]
	Bears      float64            `json:"bears,omitempty"`     // multiple of the point's load at which the bottleneck saturates; 0 where not known (1)
	Verdict    measure.Verdict    `json:"verdict,omitempty"`   // on all objectives; empty where there are none
	Broken     []string           `json:"broken,omitempty"`    // objectives that fail
	Undecided  []string           `json:"undecided,omitempty"` // objectives that could not be judged
	Caveats    int                `json:"caveats,omitempty"`   // reservations of the engine
	Error      string             `json:"error,omitempty"`     // why there are no figures
}

// Table is the answer of a [Sweep].
type Table struct {
	Name    string // of the scenario
	Model   *scenarios.Model
	Method  measure.Method
	Design  *Design
	Metrics []Metric
	Points  []Point          // those done, in order
	Kept    int              // of which the journal had so many already
	Caveats []measure.Caveat // of the scenario as it is
	// Interrupted says that not all points were done.
	Interrupted bool
}

// Run answers at every point, on all cores. A point at which the scenario is
// not valid or the engine fails has an Error; only a scenario that is wrong at
// every value, a journal that cannot be used and a context that ends before
// anything is done are errors of the sweep. The diagnostics of a scenario are
// returned as they are.
func (s *Sweep) Run(ctx context.Context) (*Table, error) {
	if s.Spec == nil || s.Design == nil {
		return nil, errors.New("capacity: a sweep needs a scenario and a design")
	}
	base, err := s.base()
	if err != nil {
		return nil, err
	}
	t := &Table{Name: base.Name, Model: base, Design: s.Design, Metrics: s.Metrics, Method: measure.Analytic}
	if t.Metrics == nil {
		t.Metrics = DefaultMetrics(base)
	}
	if s.Simulate != nil {
		t.Method = measure.Simulation
	} else if r, err := queueing.Solve(ctx, base, queueing.Options{Only: []string{}}); err == nil {
		t.Caveats = r.Caveats
	}
	var j *journal
	if s.Journal != "" {
		head, err := s.head(base, t.Metrics)
		if err != nil {
			return nil, err
		}
		if j, t.Points, err = openJournal(s.Journal, head); err != nil {
			return nil, err
		}
		t.Kept = len(t.Points)
	}
	err = s.all(ctx, t, j)
	if j != nil {
		err = errors.Join(err, j.close())
	}
	slices.SortFunc(t.Points, func(a, b Point) int { return a.Index - b.Index })
	t.Interrupted = len(t.Points) < s.Design.Len()
	return t, err
}

// base is the scenario at the first of its points that is valid. Where no value
// of a hole by itself is, that is the error.
func (s *Sweep) base() (*scenarios.Model, error) {
	m, err := s.model(s.Design.At(0))
	if err == nil {
		return m, nil
	}
	first := err
	for i := 1; i < min(s.Design.Len(), 1000); i++ {
		if m, err := s.model(s.Design.At(i * max(1, s.Design.Len()/1000))); err == nil {
			return m, nil
		}
	}
	return nil, first
}

// leastLoad and mostLoad are the multiples of the load that a scenario can have.
const leastLoad, mostLoad = 1e-9, 1e9

// model is the scenario at a point.
func (s *Sweep) model(at []Setting) (*scenarios.Model, error) {
	sets, load := s.Design.sets(at)
	if !(load >= leastLoad && load <= mostLoad) {
		return nil, fmt.Errorf("capacity: %.4g times the load; want %g to %g", load, leastLoad, mostLoad)
	}
	spec, diags := s.Spec.With(sets)
	if len(diags) == 0 {
		var m *scenarios.Model
		if m, diags = scenarios.Compile(spec); len(diags) == 0 {
			return scaledLoad(m, load), nil
		}
	}
	return nil, diags
}

// head identifies the study.
func (s *Sweep) head(base *scenarios.Model, metrics []Metric) (journalHead, error) {
	h := sha256.New()
	sim := simulate.Options{}
	if s.Simulate != nil {
		sim = *s.Simulate
		sim.Progress, sim.Workers = nil, 0
	}
	names := make([]string, len(metrics))
	for i, m := range metrics {
		names[i] = fmt.Sprintf("%s %d %v", m, m.Kind, m.Limit)
	}
	err := json.NewEncoder(h).Encode(map[string]any{
		"scenario": s.Spec.Digest(), "name": base.Name, "sample": s.Design.Sample, "seed": s.Design.Seed, "metrics": names,
		"simulate": fmt.Sprintf("%v %d %v %v %d %v %v %v %d %d", s.Simulate != nil, sim.Seed, sim.Precision, sim.Targets, sim.Replications, sim.Duration, sim.Warmup, sim.MaxTime, sim.MaxEvents, sim.MaxInProgress),
	})
	if err != nil {
		return journalHead{}, err
	}
	for i := range s.Design.Len() {
		sets, load := s.Design.sets(s.Design.At(i))
		if i > 1000 && i%97 != 0 { // a sample of them tells studies apart
			continue
		}
		_, _ = fmt.Fprintln(h, sets, load) // a hash takes everything
	}
	return journalHead{journalSchema, hex.EncodeToString(h.Sum(nil)), s.Design.Len()}, nil
}

// all does the points that are not done, several at a time.
func (s *Sweep) all(ctx context.Context, t *Table, j *journal) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make([]bool, s.Design.Len())
	for i := range t.Points {
		done[t.Points[i].Index] = true
	}
	var (
		next  atomic.Int64
		mu    sync.Mutex
		wg    sync.WaitGroup
		wrong error
	)
	workers := s.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	finish := func(p Point) {
		mu.Lock()
		defer mu.Unlock()
		if j != nil {
			if err := j.add(&p); err != nil && wrong == nil {
				wrong = fmt.Errorf("%w: %w", ErrJournal, err)
				cancel()
			}
		}
		t.Points = append(t.Points, p)
		if s.Progress != nil {
			s.Progress(len(t.Points), len(done))
		}
	}
	for range min(workers, len(done)) {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(done) {
					return
				}
				if done[i] {
					continue
				}
				if p, ok := s.point(ctx, i, t.Metrics); ok {
					finish(p)
				}
			}
		})
	}
	wg.Wait()
	return wrong
}

// point answers at one point; not where the context ended meanwhile.
func (s *Sweep) point(ctx context.Context, i int, metrics []Metric) (Point, bool) {
	p := Point{Index: i, Figures: make([]measure.Estimate, len(metrics))}
	m, err := s.model(s.Design.At(i))
	if err != nil {
		p.Error = firstLine(err)
		return p, true
	}
	r, err := s.answer(ctx, m, metrics)
	if ctx.Err() != nil {
		return p, false
	}
	if err != nil {
		p.Error = firstLine(err)
		return p, true
	}
	p.fill(m, r, metrics)
	return p, true
}

func (s *Sweep) answer(ctx context.Context, m *scenarios.Model, metrics []Metric) (*measure.Result, error) {
	if s.Simulate == nil {
		return solve(ctx, m, metrics)
	}
	o := *s.Simulate
	o.Workers = 1
	return simulate.Run(ctx, m, o)
}

// solve is the solution of a model, as far as metrics ask for it.
func solve(ctx context.Context, m *scenarios.Model, metrics []Metric) (*measure.Result, error) {
	names := wanted(metrics)
	if len(names) == 0 {
		return queueing.Solve(ctx, m, queueing.Options{Brief: true})
	}
	for _, x := range metrics { // means of others come with it
		if x.Unit() == "s" && !slices.Contains(names, x.Subject) {
			names = append(names, x.Subject)
		}
	}
	return queueing.Solve(ctx, m, queueing.Options{Only: names})
}

// fill takes from a result what a point holds.
func (p *Point) fill(m *scenarios.Model, r *measure.Result, metrics []Metric) {
	p.Stable, p.Bottleneck, p.Cost, p.Caveats = r.Stable, r.Bottleneck, cost(m), len(r.Caveats)
	for i, o := range read(m, r, metrics) {
		p.Figures[i] = o.Value
	}
	p.Bears = bears(m, r)
	if len(m.Objectives) == 0 {
		return
	}
	judged := gate.Judge(m, r)
	p.Verdict = gate.Worst(judged)
	if !r.Stable {
		p.Verdict = measure.Fail
	}
	for _, o := range judged {
		switch o.Verdict {
		case measure.Fail:
			p.Broken = append(p.Broken, o.Subject+"."+o.Metric)
		case measure.Undecided:
			p.Undecided = append(p.Undecided, o.Subject+"."+o.Metric)
		}
	}
}

// bears is the multiple of the load of open workloads at which the bottleneck
// saturates; 0 where that is not known (1).
func bears(m *scenarios.Model, r *measure.Result) float64 {
	for i := range m.Workloads {
		w := &m.Workloads[i]
		if limit, ok := r.Saturation[w.Name]; ok && w.Open() && w.Arrivals.Rate > 0 && !math.IsInf(limit, 0) {
			return limit / w.Arrivals.Rate
		}
	}
	return 0
}

// firstLine is what an error says first.
func firstLine(err error) string {
	var diags scenarios.Diagnostics
	if errors.As(err, &diags) && len(diags) > 0 {
		d := diags[0]
		text := d.Msg
		if d.Path != "" {
			text = d.Path + ": " + text
		}
		if d.Hint != "" {
			text += "; " + d.Hint
		}
		return text
	}
	text := err.Error()
	for i, c := range text {
		if c == '\n' {
			return text[:i]
		}
	}
	return text
}

// First is the scenario at the first point of a design that is valid.
func First(spec *scenarios.Spec, d *Design) (*scenarios.Model, error) {
	return (&Sweep{Spec: spec, Design: d}).base()
}

// BearsOf is the multiple of the load of open workloads at which the bottleneck of
// a result saturates; 0 where that is not known (1).
func BearsOf(m *scenarios.Model, r *measure.Result) float64 { return bears(m, r) }

// Knee is the load, among the points of a sweep of [LoadPath] alone, at which the
// power of the system is largest: throughput over mean response time, [Klei79], of
// the first open workload; and the load at which it saturates. Both are 0 where
// they are not known (1).
func Knee(t *Table) (knee, full float64) {
	k := slices.IndexFunc(t.Metrics, func(m Metric) bool { return m.Kind == scenarios.OfWorkload && m.Name == "mean" })
	if k < 0 || len(t.Design.Holes()) != 1 {
		return 0, 0
	}
	most := 0.0
	for i := range t.Points {
		p := &t.Points[i]
		load := t.Design.At(p.Index)[0].Value
		if p.Bears > 0 {
			full = load * p.Bears
		}
		if e := p.Figures[k]; p.Stable && e.Known() && e.Value > 0 && load/e.Value > most {
			most, knee = load/e.Value, load
		}
	}
	return knee, full
}
