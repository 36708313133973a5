package capacity

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/headroom/headroom/scenarios"
)

// Observation is the load of a day, or of whatever stretch of time.
type Observation struct {
	Date time.Time
	Rate float64 // (1/s)
}

// Growth is a load that grows by the same share in every period.
type Growth struct {
	Rate, Lo, Hi float64       // of the load, in a period; Lo = Hi where nothing is known of how sure it is (1)
	Period       time.Duration // that Rate is of
	Season       []float64     // multiples of the load by month of the year (12) or day of the week (7, from Monday), nil = none (1)
}

// ForecastOptions say how the load goes on: by Growth or by its History.
type ForecastOptions struct {
	Start   time.Time // the date at which the load is that of the scenario, or the last of the history
	Growth  *Growth
	History []Observation
	Method  string  // of a history: "regression", "holt-winters", or "" for the one that would have foretold the last fifth better
	Season  int     // observations in a season; 0 = 7 of days, 12 of months, 52 of weeks, where there are two of them or more; 1 = none
	Peak    float64 // what the rates of the history are multiplied by; 0 = 1 (1)

	Horizon    time.Duration // how far to look; 0 = five years
	Confidence float64       // of the intervals; 0 = 0.95 (1)
}

// Break is when an objective breaks, or a resource is full.
type Break struct {
	Rung
	// Date is when, Earliest and Latest the ends of the interval; the zero time
	// stands for later than the horizon.
	Date, Earliest, Latest time.Time
}

// ForecastPoint is the load on a date, as a multiple of that of the scenario (1).
type ForecastPoint struct {
	Date          time.Time
	Value, Lo, Hi float64
}

// Outlook is the answer of [Forecast].
type Outlook struct {
	Breaks     []Break
	Course     []ForecastPoint
	History    []ForecastPoint // as multiples of the load of the scenario
	Method     string
	Confidence float64 // of the intervals; 0 where there are none (1)
	Growth     float64 // of a year: by the method, without season (1)
	Caveats    []string
}

const (
	day        = 24 * time.Hour
	year       = 8766 * time.Hour
	mostCourse = 20_000 // points that are looked at
)

// Forecast finds the dates on which the rungs of the [Ladder] of a model break.
func Forecast(ctx context.Context, m *scenarios.Model, o ForecastOptions) (*Outlook, error) {
	if o.Horizon == 0 {
		o.Horizon = 5 * year
	}
	if o.Confidence == 0 {
		o.Confidence = 0.95
	}
	if o.Horizon < day || o.Horizon > 100*year || !(o.Confidence > 0 && o.Confidence < 1) {
		return nil, fmt.Errorf("capacity: a horizon of %v at %v confidence; want a day to a hundred years, and more than 0 and less than 1", o.Horizon, o.Confidence)
	}
	if (o.Growth == nil) == (len(o.History) == 0) {
		return nil, errors.New("capacity: a forecast needs a growth or a history, and one of them")
	}
	ladder, err := Ladder(ctx, m)
	if err != nil {
		return nil, err
	}
	var out *Outlook
	if o.Growth != nil {
		out, err = o.Growth.course(o)
	} else {
		now := 0.0
		for i := range m.Workloads {
			if w := &m.Workloads[i]; w.Open() {
				now += w.Arrivals.Rate
			}
		}
		if now == 0 {
			return nil, errors.New("capacity: a history of rates needs a workload with arrivals to compare with; give a growth instead")
		}
		out, err = historyCourse(o, now)
	}
	if err != nil {
		return nil, err
	}
	for _, r := range ladder {
		b := Break{Rung: r}
		b.Date = out.first(r.Factor, func(p ForecastPoint) float64 { return p.Value })
		if out.Confidence > 0 {
			b.Earliest = out.first(r.Factor, func(p ForecastPoint) float64 { return p.Hi })
			b.Latest = out.first(r.Factor, func(p ForecastPoint) float64 { return p.Lo })
		} else {
			b.Earliest, b.Latest = b.Date, b.Date
		}
		out.Breaks = append(out.Breaks, b)
	}
	slices.SortStableFunc(out.Breaks, func(a, b Break) int {
		switch {
		case a.Date.IsZero() && !b.Date.IsZero():
			return 1
		case b.Date.IsZero() && !a.Date.IsZero():
			return -1
		}
		return a.Date.Compare(b.Date)
	})
	return out, nil
}

// first is the date on which the load comes to a multiple for the first time.
func (x *Outlook) first(factor float64, of func(ForecastPoint) float64) time.Time {
	for _, p := range x.Course {
		if of(p) >= factor {
			return p.Date
		}
	}
	return time.Time{}
}

// course is the load of a growth, day by day.
func (g *Growth) course(o ForecastOptions) (*Outlook, error) {
	for _, v := range []float64{g.Rate, g.Lo, g.Hi} {
		if !(v > -1) || v > 100 {
			return nil, fmt.Errorf("capacity: a growth of %v; want more than -100 %% and at most 10 000 %%", v)
		}
	}
	if g.Period < day || g.Lo > g.Rate || g.Hi < g.Rate || len(g.Season) != 0 && len(g.Season) != 7 && len(g.Season) != 12 {
		return nil, errors.New("capacity: growth needs a period of a day or more, ends on both sides, and a season of 7 days or 12 months")
	}
	for _, f := range g.Season {
		if !(f > 0) || math.IsInf(f, 0) {
			return nil, fmt.Errorf("capacity: a season with a multiple of %v; want above 0", f)
		}
	}
	out := &Outlook{Method: fmt.Sprintf("growth of %.3g %% in %s", 100*g.Rate, periodName(g.Period))}
	out.Growth = math.Pow(1+g.Rate, float64(year)/float64(g.Period)) - 1
	if g.Lo < g.Hi {
		out.Confidence = o.Confidence
		out.Caveats = append(out.Caveats, "the interval is that of the growth as it was given, whatever confidence that has")
	} else {
		out.Caveats = append(out.Caveats, "nothing is known of how sure the growth is: give a range, as 4%..6%/month, for an interval")
	}
	for d := time.Duration(0); d <= o.Horizon && len(out.Course) < mostCourse; d += day {
		at := o.Start.Add(d)
		n, s := float64(d)/float64(g.Period), g.season(at)/g.season(o.Start)
		p := ForecastPoint{at, s * math.Pow(1+g.Rate, n), s * math.Pow(1+g.Lo, n), s * math.Pow(1+g.Hi, n)}
		out.Course = append(out.Course, p)
		if p.Value > mostGrowth {
			break
		}
	}
	return out, nil
}

func (g *Growth) season(t time.Time) float64 {
	switch len(g.Season) {
	case 12:
		return g.Season[t.Month()-1]
	case 7:
		return g.Season[(int(t.Weekday())+6)%7]
	}
	return 1
}

func periodName(d time.Duration) string {
	for name, p := range Periods() {
		if p == d {
			return "a " + name
		}
	}
	return d.String()
}

// Periods are those that a growth may be given for.
func Periods() map[string]time.Duration {
	return map[string]time.Duration{"day": day, "week": 7 * day, "month": year / 12, "quarter": year / 4, "year": year}
}

// historyCourse goes on from a history, whose load is compared with that of the
// scenario (1/s).
func historyCourse(o ForecastOptions, now float64) (*Outlook, error) {
	s, err := newSeries(o)
	if err != nil {
		return nil, err
	}
	peak := o.Peak
	if peak == 0 {
		peak = 1
	}
	if !(peak > 0) || math.IsInf(peak, 0) {
		return nil, fmt.Errorf("capacity: a peak of %v times the rates; want above 0", o.Peak)
	}
	method := o.Method
	if method == "" {
		method = s.better()
	}
	var f fit
	switch method {
	case "regression":
		f, err = s.regression()
	case "holt-winters":
		f, err = s.holtWinters()
	default:
		return nil, fmt.Errorf("capacity: no method %q; want regression or holt-winters", method)
	}
	if err != nil {
		return nil, err
	}
	out := &Outlook{Method: f.name, Confidence: o.Confidence, Growth: math.Expm1(f.trend * float64(year) / float64(s.step)), Caveats: f.caveats}
	for i, y := range s.y {
		v := math.Exp(y) * peak / now
		out.History = append(out.History, ForecastPoint{s.dates[i], v, v, v})
	}
	last := s.dates[len(s.dates)-1]
	for h := 1; h <= mostCourse && time.Duration(h)*s.step <= o.Horizon; h++ {
		mean, sd, q := f.ahead(h, o.Confidence)
		scale := peak / now
		out.Course = append(out.Course, ForecastPoint{
			last.Add(time.Duration(h) * s.step),
			scale * math.Exp(mean), scale * math.Exp(mean-q*sd), scale * math.Exp(mean+q*sd),
		})
	}
	return out, nil
}
