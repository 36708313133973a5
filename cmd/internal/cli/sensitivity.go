package cli

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/headroom/headroom/capacity"
	"github.com/headroom/headroom/reports"
	"github.com/headroom/headroom/scenarios"
)

const (
	mostBars = 15 // of a tornado
	mostLine = 20 // of a table of sensitivities
)

// sensitivity tells what moves the figures of a scenario, and what to improve.
func (a *app) sensitivity(cmd *cobra.Command, spec *scenarios.Spec, o *whatif) error {
	m, err := compiled(spec)
	if err != nil {
		return err
	}
	design, err := capacity.NewDesign(nil, 0, a.seed)
	if err != nil {
		return err
	}
	metrics, err := metricsOf(spec, design, o.metrics)
	if err != nil {
		return err
	}
	if metrics == nil {
		for _, x := range capacity.DefaultMetrics(m) {
			if x.Unit() != "1" {
				metrics = append(metrics, x)
			}
		}
	}
	p := newProgress(a.Streams, a.quiet)
	p.Stage("sensitivities of "+m.Name, 0)
	defer p.Done()
	if o.sobol != 0 && (o.sobol < 16 || o.sobol > 1<<20) {
		return usageError{fmt.Errorf("whatif: --sobol %d; want 16 to %d samples", o.sobol, 1<<20)}
	}
	list, err := capacity.Elasticities(cmd.Context(), m, metrics)
	if err != nil {
		return err
	}
	advice, err := capacity.Advise(cmd.Context(), m, list)
	if err != nil {
		return err
	}
	var global *capacity.Global
	if o.sobol != 0 {
		if global, err = capacity.Sobol(cmd.Context(), m, metrics, capacity.SobolOptions{Samples: o.sobol, Within: float64(o.within), Seed: a.seed}); err != nil {
			return err
		}
	}
	p.Done()
	return a.answer(cmd, sensitivityStudy(m, metrics, list, advice, global, float64(o.within)))
}

func sensitivityStudy(m *scenarios.Model, metrics []capacity.Metric, list []capacity.Elasticity, advice *capacity.Advice, global *capacity.Global, within float64) study {
	s := study{page: reports.Page{Title: "Sensitivity: " + m.Name, Answer: advice.Sentences}}
	s.rows = [][]string{{"metric", "parameter", "value", "unit", "step", "elasticity", "error", "metric at less", "metric", "metric at more"}}
	var data []map[string]any
	for _, e := range list {
		s.rows = append(s.rows, []string{e.Metric.String(), e.Parameter.Name, reports.FormatValue(e.Parameter.Value), e.Parameter.Unit, fmt.Sprint(e.Step), number(e.Value), number(e.Error), number(e.Low), number(e.Base), number(e.High)})
		data = append(data, map[string]any{"metric": e.Metric.String(), "parameter": e.Parameter.Name, "value": e.Parameter.Value, "unit": e.Parameter.Unit, "step": e.Step, "elasticity": finite(e.Value), "error": finite(e.Error), "low": finite(e.Low), "base": finite(e.Base), "high": finite(e.High)})
	}
	out := map[string]any{"schema": "headroom/sensitivity/v1", "scenario": m.Name, "elasticities": data, "advice": advice.Sentences}
	for _, x := range metrics {
		s.page.Chapters = append(s.page.Chapters, elasticityChapter(x, list))
	}
	if global != nil {
		c, rows := sobolChapter(global, within)
		s.page.Chapters = append(s.page.Chapters, c)
		out["sobol"] = map[string]any{"within": within, "solves": global.Solves, "lost": global.Lost, "indices": rows}
	}
	s.data = out
	return s
}

func number(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return ""
	}
	return reports.FormatValue(v)
}

func elasticityChapter(x capacity.Metric, list []capacity.Elasticity) reports.Chapter {
	c := reports.Chapter{
		Title:     "What moves " + x.String(),
		Sentences: []string{"Per cent by which it grows for one per cent more of a parameter; of a whole number, for its steps up and down."},
		Columns:   []reports.ChapterColumn{{Head: "parameter"}, {Head: "now", Numeric: true}, {Head: "elasticity", Numeric: true}, {Head: "at 10 % less, or one less", Numeric: true}, {Head: "at 10 % more, or one more", Numeric: true}},
	}
	of := slices.DeleteFunc(slices.Clone(list), func(e capacity.Elasticity) bool { return e.Metric.String() != x.String() })
	slices.SortStableFunc(of, func(a, b capacity.Elasticity) int { return cmp.Compare(swing(b), swing(a)) })
	t := reports.Tornado{Title: "Effects on " + x.String(), XLabel: "change, at 10 % less and more of a parameter, or a step of a whole number; cut at 100 %"}
	for i, e := range of {
		if i >= mostLine || swing(e) < 1e-4 {
			continue
		}
		value := "–"
		if !math.IsNaN(e.Value) && !math.IsInf(e.Value, 0) {
			value = fmt.Sprintf("%+.3g", e.Value)
		}
		side := func(v float64) string {
			if math.IsNaN(v) {
				return "not stable"
			}
			return figureText(x.Unit(), x.Name, v)
		}
		c.Rows = append(c.Rows, []string{e.Parameter.Name, e.Parameter.Format(e.Parameter.Value), value, side(e.Low), side(e.High)})
		if i < mostBars {
			t.Bars = append(t.Bars, reports.TornadoBar{Name: strings.TrimPrefix(strings.Replace(e.Parameter.Name, ".operations.", ".", 1), "services."), Low: e.Low/e.Base - 1, High: e.High/e.Base - 1})
		}
	}
	if len(t.Bars) > 0 {
		c.Pictures = []reports.Picture{t.Picture()}
	} else {
		c.Sentences = []string{"Nothing moves it."}
	}
	return c
}

// swing is how far a metric moves; furthest where a side is not stable.
func swing(e capacity.Elasticity) float64 {
	if math.IsNaN(e.Low) != math.IsNaN(e.High) {
		return math.Inf(1)
	}
	most := 0.0
	for _, v := range []float64{e.Low, e.High} {
		if d := math.Abs(v/e.Base - 1); !math.IsNaN(d) {
			most = math.Max(most, d)
		}
	}
	return most
}

func sobolChapter(g *capacity.Global, within float64) (reports.Chapter, []map[string]any) {
	c := reports.Chapter{
		Title:     "What its variance is due to",
		Sentences: []string{fmt.Sprintf("Sobol indices, with 95 %% intervals, of all parameters varying evenly by ±%.3g %%: S of the parameter alone, T with all that it does together with others. %d solutions.", 100*within, g.Solves)},
		Columns:   []reports.ChapterColumn{{Head: "figure"}, {Head: "parameter"}, {Head: "S", Numeric: true}, {Head: "T", Numeric: true}},
	}
	if g.Lost > 0 {
		c.Sentences = append(c.Sentences, fmt.Sprintf("%.3g %% of the samples were left out, since the system was not stable in them: the indices are those of where it is.", 100*g.Lost))
	}
	list := slices.Clone(g.Indices)
	slices.SortStableFunc(list, func(a, b capacity.Index) int {
		return cmp.Or(strings.Compare(a.Metric.String(), b.Metric.String()), cmp.Compare(b.Total, a.Total))
	})
	var rows []map[string]any
	for _, x := range list {
		rows = append(rows, map[string]any{"metric": x.Metric.String(), "parameter": x.Parameter, "first": []*float64{finite(x.First), finite(x.FirstLo), finite(x.FirstHi)}, "total": []*float64{finite(x.Total), finite(x.TotalLo), finite(x.TotalHi)}})
		if x.Total > 0.01 {
			c.Rows = append(c.Rows, []string{x.Metric.String(), x.Parameter, fmt.Sprintf("%.2f (%.2f – %.2f)", x.First, x.FirstLo, x.FirstHi), fmt.Sprintf("%.2f (%.2f – %.2f)", x.Total, x.TotalLo, x.TotalHi)})
		}
	}
	return c, rows
}
