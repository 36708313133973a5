package cli

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/headroom/headroom/capacity"
	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/reports"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/simulate"
)

func newSize(a *app) *cobra.Command {
	var (
		o          capacity.SizeOptions
		redundancy string
		headroom   share
		unchecked  bool
		precision  = share(0.02)
		maxTime    = time.Minute
	)
	c := &cobra.Command{
		Use:   "size S",
		Short: "Find the cheapest plan that meets all objectives",
		Long: `size finds the cheapest replicas of every service, and cores and threads where
--cores and --threads give a choice, that meet all objectives at the load of the
scenario: by formulas, and then checked by simulation; a plan that fails there is
given up for the next one. A replica costs what the scenario says (cost of a service,
of one replica for an hour) or, without that, one for each core.

It also tells what breaks first as the load grows, today and then, what load today's
plan bears, and the runners-up: plans with less of some service.

--redundancy n+1 wants the objectives met with any one replica lost; zone=3 with one
of three zones lost, over which the replicas of each service are spread. --headroom
20% wants room for 20 % more load, at the same time. A system of equal cells is sized
cell by cell, and loses a replica of each.`,
		Example: `  headroom size shop.yaml
  headroom size shop.yaml --redundancy n+1 --headroom 20%
  headroom size shop.yaml --cores 2,4,8 --fixed db
  headroom size shop.yaml --set 'workloads.shoppers.arrivals=poisson(900/s)' -o plan.html`,
		Args:              oneScenario,
		ValidArgsFunction: completeScenario,
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := a.load(args[0])
			if err != nil {
				return err
			}
			if o.Redundancy, err = redundancyOf(redundancy); err != nil {
				return err
			}
			if len(m.Objectives) == 0 {
				return usageError{fmt.Errorf("size: %s has no objectives to size for; add some, as --set objectives.%s.p99=250ms", m.Name, firstSubject(m))}
			}
			o.Headroom = float64(headroom)
			if !unchecked {
				o.Simulate = &simulate.Options{Seed: a.seed, Precision: float64(precision), MaxTime: maxTime}
			}
			p := newProgress(a.Streams, a.quiet)
			p.Stage("sizing "+m.Name, 0)
			o.Progress = func(note string) { p.Update(0, note) }
			s, err := capacity.Size(cmd.Context(), m, o)
			p.Done()
			switch {
			case errors.Is(err, capacity.ErrNoPlan):
				return verdictError{ExitObjective, strings.TrimPrefix(err.Error(), "capacity: ")}
			case cmd.Context().Err() != nil:
				return errInterrupted
			case err != nil:
				return usageError{err}
			}
			if err := a.answer(cmd, sizeStudy(m, s)); err != nil {
				return err
			}
			if s.Verified == measure.Fail {
				return verdictError{ExitObjective, "no plan that the solver found holds in simulation"}
			}
			if s.Verified == measure.Undecided && a.strict {
				return verdictError{ExitUndecided, "the simulation does not decide on the plan"}
			}
			return nil
		},
	}
	f := c.Flags()
	f.IntSliceVar(&o.Cores, "cores", nil, "sizes of a replica to choose from, in cores")
	f.IntSliceVar(&o.Threads, "threads", nil, "limits on threads to choose from, of services that have one; 0 is no limit")
	f.StringSliceVar(&o.Fixed, "fixed", nil, "services that stay as they are")
	f.StringVar(&redundancy, "redundancy", "", "what must be borne the loss of: n+1, or zone=3")
	f.Var(&headroom, "headroom", "room for so much more load")
	f.IntVar(&o.MaxReplicas, "max-replicas", 0, "of a service at most (0: 100000)")
	f.IntVar(&o.MaxSolves, "max-solves", 0, "give up the search for a better plan after so many solutions (0: 50000)")
	f.IntVar(&o.RunnersUp, "runners-up", 3, "plans to name besides the cheapest")
	f.BoolVar(&unchecked, "no-simulation", false, "do not check the plan by simulation")
	f.Var(&precision, "precision", "half-width of the intervals of that simulation, as a share of the figure")
	f.DurationVar(&maxTime, "max-time", maxTime, "most time for one simulation")
	return c
}

func firstSubject(m *scenarios.Model) string {
	if len(m.Workloads) > 0 {
		return m.Workloads[0].Name
	}
	return "web"
}

func redundancyOf(text string) (capacity.Redundancy, error) {
	switch kind, n, ok := strings.Cut(text, "="); {
	case text == "":
		return capacity.Redundancy{}, nil
	case strings.EqualFold(text, "n+1"):
		return capacity.Redundancy{One: true}, nil
	case kind == "zone" && ok:
		if z, err := strconv.Atoi(n); err == nil && z >= 2 && z <= 100 {
			return capacity.Redundancy{Zones: z}, nil
		}
	}
	return capacity.Redundancy{}, usageError{fmt.Errorf("--redundancy %q: want n+1, or zone=3 for one zone of three", text)}
}

func sizeStudy(m *scenarios.Model, s *capacity.Sizing) study {
	out := study{page: reports.Page{Title: "Size: " + m.Name, Answer: sizeAnswer(m, s)}}
	c := reports.Chapter{Title: "Plans", Columns: []reports.ChapterColumn{{Head: "service"}, {Head: "today", Numeric: true}, {Head: "cheapest", Numeric: true}}}
	for i := range s.RunnersUp {
		c.Columns = append(c.Columns, reports.ChapterColumn{Head: fmt.Sprintf("runner-up %d", i+1), Numeric: true})
	}
	plans := append([]capacity.Plan{s.Today, s.Best}, s.RunnersUp...)
	for i, x := range s.Best.Services {
		row := []string{x.Service}
		for _, p := range plans {
			row = append(row, choiceText(p.Services[i]))
		}
		c.Rows = append(c.Rows, row)
	}
	row := []string{"cost an hour"}
	for _, p := range plans {
		row = append(row, reports.Number(p.Cost))
	}
	c.Rows = append(c.Rows, row)
	if sets := s.Best.Sets(m); len(sets) > 0 {
		c.Sentences = append(c.Sentences, "The cheapest plan: --set "+strings.Join(sets, " --set "))
	}
	out.page.Chapters = []reports.Chapter{c, ladderChapter("What breaks first today", s.Ladder), ladderChapter("What breaks first of the cheapest plan", s.Next)}
	if len(s.Checked) > 0 {
		c := reports.Chapter{Title: "The cheapest plan, simulated", Columns: []reports.ChapterColumn{{Head: "objective"}, {Head: "limit", Numeric: true}, {Head: "simulated", Numeric: true}, {Head: "95 % interval", Numeric: true}, {Head: "verdict"}}}
		for _, o := range s.Checked {
			unit := (capacity.Metric{Name: o.Metric}).Unit()
			text := func(v float64) string { return figureText(unit, o.Metric, v) }
			c.Rows = append(c.Rows, []string{o.Subject + "." + o.Metric, text(o.Limit), text(o.Value.Value), text(o.Value.Lo) + " – " + text(o.Value.Hi), string(o.Verdict)})
		}
		out.page.Chapters = append(out.page.Chapters, c)
	}
	for _, x := range s.Caveats {
		out.page.Notes = append(out.page.Notes, "The solver says: "+x.What+atPlace(x.Where)+": "+x.Effect)
	}
	out.rows = [][]string{{"plan", "service", "replicas", "cores", "threads", "cost"}}
	names := []string{"today", "cheapest"}
	for i := range s.RunnersUp {
		names = append(names, fmt.Sprintf("runner-up %d", i+1))
	}
	for i, p := range plans {
		for _, x := range p.Services {
			out.rows = append(out.rows, []string{names[i], x.Service, strconv.Itoa(x.Replicas), strconv.Itoa(x.Cores), strconv.Itoa(x.Threads), reports.FormatValue(x.Cost)})
		}
	}
	out.data = map[string]any{
		"schema": "headroom/size/v1", "scenario": m.Name, "today": planJSON(s.Today), "today_meets": s.TodayOK, "bears": finite(s.Bears), "best": planJSON(s.Best), "best_bears": finite(s.BestBears),
		"runners_up": plansJSON(s.RunnersUp), "refuted": plansJSON(s.Refuted), "proven": s.Proven, "at_least": s.AtLeast, "solves": s.Solves, "verified": s.Verified, "simulated": s.Checked,
		"ladder": ladderJSON(s.Ladder), "next": ladderJSON(s.Next), "set": s.Best.Sets(m), "caveats": s.Caveats,
	}
	return out
}

func choiceText(c capacity.Choice) string {
	text := fmt.Sprintf("%d × %d core", c.Replicas, c.Cores)
	if c.Cores != 1 {
		text += "s"
	}
	if c.Threads > 0 {
		text += fmt.Sprintf(", %d threads", c.Threads)
	}
	return text
}

func planJSON(p capacity.Plan) map[string]any {
	list := []map[string]any{}
	for _, c := range p.Services {
		list = append(list, map[string]any{"service": c.Service, "replicas": c.Replicas, "cores": c.Cores, "threads": c.Threads, "cost": c.Cost})
	}
	return map[string]any{"cost": p.Cost, "services": list}
}

func plansJSON(list []capacity.Plan) []map[string]any {
	out := []map[string]any{}
	for _, p := range list {
		out = append(out, planJSON(p))
	}
	return out
}

func ladderJSON(list []capacity.Rung) []map[string]any {
	out := []map[string]any{}
	for _, r := range list {
		out = append(out, map[string]any{"breaks": r.String(), "factor": finite(r.Factor), "rates": r.Rates, "at_most": r.AtMost})
	}
	return out
}

func sizeAnswer(m *scenarios.Model, s *capacity.Sizing) []string {
	holds := "does not meet"
	if s.TodayOK {
		holds = "meets"
	}
	out := []string{fmt.Sprintf("Today's plan, at a cost of %s an hour, %s all that is asked; it bears %s the load.", reports.Number(s.Today.Cost), holds, bearsText(s.Bears))}
	text := fmt.Sprintf("The cheapest plan costs %s an hour and bears %s the load", reports.Number(s.Best.Cost), bearsText(s.BestBears))
	if s.Proven {
		text += "; no plan is cheaper, by the solver"
	} else {
		text += fmt.Sprintf("; the search was not finished, and no plan costs less than %s", reports.Number(s.AtLeast))
	}
	out = append(out, text+fmt.Sprintf(" (%d plans solved).", s.Solves))
	switch s.Verified {
	case measure.Pass:
		out = append(out, "Simulated, it meets every objective.")
	case measure.Undecided:
		out = append(out, "Simulated, it is on the right side of every limit, but of one so little that the interval does not decide.")
	case measure.Fail:
		out = append(out, "Simulated, it fails: what the formulas leave out matters here. Treat it as a beginning.")
	}
	if n := len(s.Refuted); n > 0 {
		out = append(out, fmt.Sprintf("%s that the solver found good failed in simulation and were given up.", count(n, "cheaper plan")))
	}
	if s.Cells > 1 {
		out = append(out, fmt.Sprintf("The system is built of %d equal cells; counts are multiples of that.", s.Cells))
	}
	return out
}

func bearsText(v float64) string {
	if math.IsInf(v, 1) {
		return "any multiple of"
	}
	return fmt.Sprintf("%.3g times", v)
}

func ladderChapter(title string, list []capacity.Rung) reports.Chapter {
	c := reports.Chapter{Title: title, Columns: []reports.ChapterColumn{{Head: "breaks"}, {Head: "at load", Numeric: true}, {Head: "that is"}}}
	for _, r := range list {
		at := many(r.Factor)
		if r.AtMost {
			at = "at most " + at
		}
		c.Rows = append(c.Rows, []string{r.String(), at, ratesText(r.Rates)})
	}
	return c
}

func ratesText(rates map[string]float64) string {
	var words []string
	for _, name := range sortedKeys(rates) {
		words = append(words, name+" "+reports.PerSecond(rates[name]))
	}
	return strings.Join(words, ", ")
}
