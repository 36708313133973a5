package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/reports"
	"github.com/headroom/headroom/reports/gate"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/simulate"
)

// versus is the other system that simulate compares a scenario with.
type versus struct {
	name string   // of the scenario; empty for the same
	sets []string // overrides that only it has
}

// given reports whether there is another system.
func (v *versus) given() bool { return v.name != "" || len(v.sets) > 0 }

// label is what the other system is called: by what it differs in.
func (v *versus) label() string {
	if v.name == "" && len(v.sets) == 1 {
		return v.sets[0]
	}
	return cmp.Or(v.name, "other")
}

// simulateVersus simulates both systems with common random numbers and shows
// by how much they differ. The exit code is that of the other one.
func (a *app) simulateVersus(ctx context.Context, name string, m *scenarios.Model, v *versus, o simulate.Options) error {
	if a.format == "csv" {
		return usageError{errors.New("simulate --vs: differences have no csv form; want text, markdown, html or json")}
	}
	other, err := scenarios.Load(cmp.Or(v.name, name), scenarios.Options{Set: slices.Concat(a.sets, v.sets), Stdin: a.In})
	if err != nil {
		return err
	}
	p := newProgress(a.Streams, a.quiet)
	p.Stage("simulating both", 0)
	o.Progress = p.Update
	started := time.Now()
	r, err := simulate.Compare(ctx, m, other, o)
	p.Done()
	if err != nil {
		return mistaken(err)
	}
	for _, x := range []struct {
		m *scenarios.Model
		r *measure.Result
	}{{m, r.Base}, {other, r.Other}} {
		x.r.Run.Tool, x.r.Run.Started = tool(), started.UTC()
		x.r.Objectives = gate.Judge(x.m, x.r)
	}
	if err := a.showVersus(m, r, v.label()); err != nil {
		return err
	}
	return judged(ctx, a.strict, r.Other)
}

func (a *app) showVersus(m *scenarios.Model, r *measure.Versus, label string) error {
	if a.format == "json" {
		return a.write(func(w io.Writer) error {
			e := json.NewEncoder(w)
			e.SetIndent("", "  ")
			return e.Encode(r)
		})
	}
	const base, changed = "base", "other"
	chapters := []reports.Chapter{reports.Differences(r, base, changed)}
	for _, x := range []reports.Named{{Name: base, Result: r.Base}, {Name: changed, Result: r.Other}} {
		for _, c := range reports.Breakdowns(nil, x.Result) {
			c.Title = x.Name + ": " + c.Title
			chapters = append(chapters, c)
		}
	}
	return a.showPage(reports.Page{
		Title:     fmt.Sprintf("%s, and with %s", m.Name, label),
		Model:     m,
		Results:   []reports.Named{{Name: base, Result: r.Base}, {Name: changed, Result: r.Other}},
		Reference: base,
		Chapters:  chapters,
		Variants:  true,
	})
}
