package cli

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/headroom/headroom/capacity"
	"github.com/headroom/headroom/reports"
	"github.com/headroom/headroom/scenarios"
)

func sortedKeys(m map[string]float64) []string { return slices.Sorted(maps.Keys(m)) }

func newForecast(a *app) *cobra.Command {
	var (
		growth, season, history, from, method string
		steps                                 int
		peak                                  float64
		years                                 = 5.0
	)
	c := &cobra.Command{
		Use:   "forecast S",
		Short: "Tell on which date each objective breaks",
		Long: `forecast finds the load at which each objective breaks and each resource is full,
and the date on which the load comes to that.

--growth 5%/month says how the load grows from --from on (today); 4%..6%/month gives
the dates an interval, from the middle of the two. --season gives the load of each
month (12 numbers, from January) or day of the week (7, from Monday) as multiples.

--history FILE reads a CSV of dates and rates (1/s) instead, with or without a head,
and goes on from it: by a line through the logarithms with a term for each place in
the season, or by Holt–Winters, whichever would have foretold the last fifth better.
The rates are compared with those of all open workloads together; --peak 2.5 makes
the peaks that matter of the means of a day. Intervals are 95 % prediction intervals.`,
		Example: `  headroom forecast shop.yaml --growth 5%/month
  headroom forecast shop.yaml --growth 4%..6%/month --season 1,1,1,1,1,1,1,1,1,1.2,1.6,1.8
  headroom forecast shop.yaml --history load.csv --peak 2.5 -o forecast.html`,
		Args:              oneScenario,
		ValidArgsFunction: completeScenario,
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := a.load(args[0])
			if err != nil {
				return err
			}
			o := capacity.ForecastOptions{Method: method, Season: steps, Peak: peak, Horizon: time.Duration(years * 8766 * float64(time.Hour))}
			if (growth == "") == (history == "") {
				return usageError{errors.New("forecast: give --growth 5%/month or --history FILE")}
			}
			if !(peak > 0) || peak > 1e12 || growth != "" && cmd.Flags().Changed("peak") {
				return usageError{errors.New("forecast: --peak is what the rates of a --history are multiplied by: more than 0, at most 1e12")}
			}
			if !(years > 0) || years > 100 {
				return usageError{errors.New("forecast: --years wants more than 0, at most 100")}
			}
			if o.Start, err = startOf(from); err != nil {
				return err
			}
			if growth != "" {
				if o.Growth, err = growthOf(growth, season); err != nil {
					return err
				}
			} else {
				if season != "" {
					return usageError{errors.New("forecast: --season belongs to --growth; a history has its own (--season-steps)")}
				}
				if o.History, err = readHistory(history); err != nil {
					return err
				}
			}
			x, err := capacity.Forecast(cmd.Context(), m, o)
			if err != nil {
				return usageError{err}
			}
			return a.answer(cmd, forecastStudy(m, x))
		},
	}
	f := c.Flags()
	f.StringVar(&growth, "growth", "", "of the load, as 5%/month or 4%..6%/month; of a day, week, month, quarter or year")
	f.StringVar(&season, "season", "", "with --growth: load of each month or weekday as multiples, 12 or 7 numbers with commas")
	f.StringVar(&history, "history", "", "CSV file of dates and rates")
	f.StringVar(&from, "from", "", "with --growth: date at which the load is that of the scenario, as 2026-01-31 (default today)")
	f.StringVar(&method, "method", "", "with --history: regression or holt-winters (default: the better one)")
	f.IntVar(&steps, "season-steps", 0, "with --history: observations in a season (0: 7 of days, 52 of weeks, 12 of months; 1: none)")
	f.Float64Var(&peak, "peak", 1, "with --history: what the rates are multiplied by")
	f.Float64Var(&years, "years", years, "how far to look")
	return c
}

func startOf(from string) (time.Time, error) {
	if from == "" {
		return time.Now().UTC().Truncate(24 * time.Hour), nil
	}
	t, err := time.Parse(time.DateOnly, from)
	if err != nil {
		return t, usageError{fmt.Errorf("--from %q: want a date, as 2026-01-31", from)}
	}
	return t, nil
}

// growthOf reads 5%/month and 4%..6%/month.
func growthOf(text, season string) (*capacity.Growth, error) {
	wrong := func() error {
		return usageError{fmt.Errorf("--growth %q: want a share of a period, as 5%%/month or 4%%..6%%/month; periods are day, week, month, quarter and year", text)}
	}
	rate, per, ok := strings.Cut(text, "/")
	period, known := capacity.Periods()[strings.TrimSpace(per)]
	if !ok || !known {
		return nil, wrong()
	}
	g := &capacity.Growth{Period: period}
	lo, hi, ranged := strings.Cut(rate, "..")
	if !ranged {
		hi = lo
	}
	var err error
	if g.Lo, err = growthShare(lo); err != nil {
		return nil, wrong()
	}
	if g.Hi, err = growthShare(hi); err != nil || g.Hi < g.Lo {
		return nil, wrong()
	}
	g.Rate = (g.Lo + g.Hi) / 2
	if season == "" {
		return g, nil
	}
	for _, word := range strings.Split(season, ",") {
		v, err := strconv.ParseFloat(strings.TrimSpace(word), 64)
		if err != nil || !(v > 0) {
			return nil, usageError{fmt.Errorf("--season: %q is no multiple of the load above 0", word)}
		}
		g.Season = append(g.Season, v)
	}
	if n := len(g.Season); n != 7 && n != 12 {
		return nil, usageError{fmt.Errorf("--season: %d numbers; want 12 for months or 7 for weekdays", n)}
	}
	return g, nil
}

func growthShare(text string) (float64, error) {
	text = strings.TrimSpace(text)
	v, err := strconv.ParseFloat(strings.TrimSuffix(text, "%"), 64)
	if err == nil && (!(v > -100) || v > 1e4) {
		return 0, errors.New("out of range")
	}
	if strings.HasSuffix(text, "%") {
		v /= 100
	}
	return v, err
}

// readHistory reads dates and rates.
func readHistory(name string) ([]capacity.Observation, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, usageError{err}
	}
	defer func() { _ = f.Close() }() // only read
	r := csv.NewReader(f)
	r.Comment, r.FieldsPerRecord, r.TrimLeadingSpace = '#', -1, true
	var out []capacity.Observation
	for n := 0; ; n++ {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, usageError{fmt.Errorf("%s: %w", name, err)}
		}
		line, column := r.FieldPos(0)
		if len(row) < 2 {
			return nil, usageError{fmt.Errorf("%s:%d:%d: one column; want a date and a rate (1/s)", name, line, column)}
		}
		date, err := historyDate(row[0])
		if err != nil {
			if n == 0 {
				continue // a head
			}
			return nil, usageError{fmt.Errorf("%s:%d:%d: %q is no date; write 2026-01-31, 2026-01 or 2026-01-31T15:00:00Z", name, line, column, row[0])}
		}
		rate, err := strconv.ParseFloat(strings.TrimSpace(row[1]), 64)
		if err != nil || !(rate > 0) {
			_, column := r.FieldPos(1)
			return nil, usageError{fmt.Errorf("%s:%d:%d: %q is no rate; want a number of requests a second above 0", name, line, column, row[1])}
		}
		out = append(out, capacity.Observation{Date: date, Rate: rate})
	}
	return out, nil
}

func historyDate(text string) (t time.Time, err error) {
	for _, layout := range []string{time.DateOnly, "2006-01", time.RFC3339, time.DateTime} {
		if t, err = time.Parse(layout, strings.TrimSpace(text)); err == nil {
			return t, nil
		}
	}
	return t, err
}

func dateText(t time.Time) string {
	if t.IsZero() {
		return "later"
	}
	return t.Format(time.DateOnly)
}

func forecastStudy(m *scenarios.Model, x *capacity.Outlook) study {
	s := study{page: reports.Page{Title: "Forecast: " + m.Name, Notes: x.Caveats}}
	if len(x.Breaks) > 0 && !x.Breaks[0].Date.IsZero() {
		b := x.Breaks[0]
		text := fmt.Sprintf("%s breaks first, on %s", b, dateText(b.Date))
		if x.Confidence > 0 {
			text += fmt.Sprintf(" (between %s and %s)", dateText(b.Earliest), dateText(b.Latest))
		}
		s.page.Answer = append(s.page.Answer, text+fmt.Sprintf(", at %s times the load of the scenario.", reports.Number(b.Factor)))
	} else {
		s.page.Answer = append(s.page.Answer, "Nothing breaks within the horizon.")
	}
	s.page.Answer = append(s.page.Answer, fmt.Sprintf("By %s; that is %s a year.", x.Method, reports.Change(x.Growth)))
	c := reports.Chapter{Title: "When it breaks", Columns: []reports.ChapterColumn{{Head: "breaks"}, {Head: "at load", Numeric: true}, {Head: "date"}, {Head: "earliest"}, {Head: "latest"}}}
	s.rows = [][]string{{"breaks", "factor", "date", "earliest", "latest"}}
	data := []map[string]any{}
	for _, b := range x.Breaks {
		row := []string{dateText(b.Date), dateText(b.Earliest), dateText(b.Latest)}
		if x.Confidence == 0 {
			row[1], row[2] = "–", "–"
		}
		c.Rows = append(c.Rows, append([]string{b.String(), many(b.Factor)}, row...))
		s.rows = append(s.rows, append([]string{b.String(), reports.FormatValue(b.Factor)}, row...))
		data = append(data, map[string]any{"breaks": b.String(), "factor": finite(b.Factor), "rates": b.Rates, "date": row[0], "earliest": row[1], "latest": row[2]})
	}
	if picture, ok := forecastPicture(x); ok {
		c.Pictures = []reports.Picture{picture}
	}
	s.page.Chapters = []reports.Chapter{c}
	s.data = map[string]any{"schema": "headroom/forecast/v1", "scenario": m.Name, "method": x.Method, "growth_a_year": x.Growth, "confidence": x.Confidence, "breaks": data, "caveats": x.Caveats}
	return s
}

// forecastPicture is the load over time, up to a while after the last break that
// there is.
func forecastPicture(x *capacity.Outlook) (reports.Picture, bool) {
	if len(x.Course) < 2 {
		return reports.Picture{}, false
	}
	end := x.Course[min(len(x.Course)-1, 60)].Date
	for _, b := range x.Breaks {
		if b.Date.After(end) {
			end = b.Date
		}
	}
	first := x.Course[0].Date
	end = end.Add(end.Sub(first) / 8)
	was, will := reports.Curve{Name: "history"}, reports.Curve{Name: "forecast"}
	c := reports.Curves{Title: "Load, as a multiple of that of the scenario", XLabel: "date", YLabel: "load", Unit: "1", Dates: true}
	var all []capacity.ForecastPoint
	for _, p := range x.Course {
		if !p.Date.After(end) {
			all = append(all, p)
		}
	}
	every := 1 + len(all)/600
	n := len(x.History)
	for i, p := range append(slices.Clone(x.History), all...) {
		if i >= n && (i-n)%every != 0 {
			continue
		}
		c.X = append(c.X, float64(p.Date.Unix()))
		if i < n {
			was.Y, will.Y = append(was.Y, p.Value), append(will.Y, blank(1)...)
			will.Lo, will.Hi = append(will.Lo, blank(1)...), append(will.Hi, blank(1)...)
			continue
		}
		was.Y, will.Y = append(was.Y, blank(1)...), append(will.Y, p.Value)
		will.Lo, will.Hi = append(will.Lo, p.Lo), append(will.Hi, p.Hi)
	}
	c.Lines = []reports.Curve{will}
	if n > 0 {
		c.Lines = append(c.Lines, was)
	}
	for _, b := range x.Breaks[:min(6, len(x.Breaks))] {
		if !b.Date.IsZero() && b.Factor > 0 {
			c.Levels = append(c.Levels, reports.Level{Name: b.String(), At: b.Factor})
		}
	}
	if len(c.Levels) > 0 {
		c.Top = 1.6 * c.Levels[len(c.Levels)-1].At
	}
	return c.Picture(), true
}
