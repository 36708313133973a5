package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/queueing"
	"github.com/headroom/headroom/reports"
	"github.com/headroom/headroom/scenarios"
)

// drawsFlag is --uncertain[=N]: how many sets of parameters are drawn.
type drawsFlag int

const (
	usualDraws = 200
	leastDraws = 40 // so that one value lies beyond either end of 95 %
	mostDraws  = 100_000
)

func (d *drawsFlag) String() string { return strconv.Itoa(int(*d)) }
func (d *drawsFlag) Type() string   { return "N" }

func (d *drawsFlag) Set(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < leastDraws || n > mostDraws {
		return fmt.Errorf("want %d to %d", leastDraws, mostDraws)
	}
	*d = drawsFlag(n)
	return nil
}

// source is the text of a scenario; standard input is read once and kept.
func (a *app) source(name string) (file string, src []byte, err error) {
	file, src, err = scenarios.Text(name, scenarios.Options{Stdin: a.In})
	if name == "-" && err == nil {
		a.In = io.Reader(bytes.NewReader(src))
	}
	return file, src, err
}

// solveUncertain predicts with the parameters as they are, and gives every figure the
// interval of its predictions with parameters drawn from theirs.
func (a *app) solveUncertain(ctx context.Context, name string, by methodFlag, draws drawsFlag) (*scenarios.Model, *measure.Result, []reports.Chapter, error) {
	file, src, err := a.source(name)
	if err != nil {
		return nil, nil, nil, err
	}
	m, err := a.load(name)
	if err != nil {
		return nil, nil, nil, err
	}
	all, diags := scenarios.Provenances(file, src)
	if len(diags) > 0 {
		return nil, nil, nil, diags
	}
	var open []scenarios.Sourced
	for _, s := range all {
		if s.Uncertain() && !a.overridden(s.Path) {
			open = append(open, s)
		}
	}
	if len(open) == 0 {
		return nil, nil, nil, usageError{errors.New("--uncertain: no value of the scenario says how sure it is; 'headroom fit' writes such comments, as in # from profile, 95 % 3.9–4.3ms")}
	}
	r, _, err := a.solve(ctx, m, by, false)
	if err != nil {
		return nil, nil, nil, err
	}
	random := rand.New(rand.NewPCG(a.seed, 0x756e63))
	var drawn []*measure.Result
	overloaded := 0
	for range int(draws) {
		var set []string
		for _, s := range open {
			set = append(set, s.Draw(random))
		}
		one, diags := scenarios.Parse(file, src, append(set, a.sets...))
		if one == nil {
			return nil, nil, nil, diags
		}
		d, err := queueing.Solve(ctx, one, queueing.Options{Strict: a.strict, Method: queueing.MethodName(by)})
		if err != nil {
			return nil, nil, nil, misused(one, err)
		}
		if !d.Stable {
			overloaded++
		}
		drawn = append(drawn, d)
	}
	without := measure.Bands(r, drawn, 0.95)
	r.Run.Seed = a.seed
	r.Run.Detail = strings.TrimPrefix(r.Run.Detail+fmt.Sprintf(", intervals of %d draws of uncertain parameters", int(draws)), ", ")
	if overloaded > 0 {
		effect := fmt.Sprintf("in %d of %d draws the system is overloaded", overloaded, int(draws))
		if without > 0 {
			effect += fmt.Sprintf("; %d figures have no upper limit and are given without an interval", without)
		}
		r.Caveats = append(r.Caveats, measure.Caveat{What: "the uncertainty of the parameters reaches beyond what the system can bear", Effect: effect})
	}
	return m, r, []reports.Chapter{sourcesChapter(open)}, nil
}

// overridden reports whether --set gives the value at a path, or what holds it.
func (a *app) overridden(path string) bool {
	for _, set := range a.sets {
		at, _, _ := strings.Cut(set, "=")
		if path == at || strings.HasPrefix(path, at+".") || strings.HasPrefix(path, at+"[") {
			return true
		}
	}
	return false
}

func sourcesChapter(open []scenarios.Sourced) reports.Chapter {
	c := reports.Chapter{
		Title:     "Uncertain parameters",
		Sentences: []string{"Intervals of all figures are the middle 95 % of predictions with these values drawn from theirs; whatever else is uncertain is not in them."},
		Columns:   []reports.ChapterColumn{{Head: "value"}, {Head: "is"}, {Head: "from"}, {Head: "interval"}},
	}
	for _, s := range open {
		c.Rows = append(c.Rows, []string{s.Path, s.Value, strings.TrimSpace(s.From + " " + s.Date), s.Interval()})
	}
	return c
}
