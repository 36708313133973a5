package logs

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios/dist"
	"github.com/headroom/headroom/scenarios/foreign"
)

// Want says what scenario is made of a log.
type Want struct {
	Name  string // of the scenario; empty: that of the first file
	Base  string // URL of the system
	Users bool   // a closed load of the sessions, in place of an open one
}

// DefaultBase is where the live system is thought to be.
const DefaultBase = "http://localhost:8080"

// phases are at most so many, of a test that plays a log again.
const mostPhases = 24

// Scenario writes a scenario of the same load: one service with an operation for
// each route, the arrivals of the busy hour, and a test that follows the log or
// its day.
func Scenario(t *measure.Traffic, w Want) (*foreign.Imported, error) {
	if w.Base == "" {
		w.Base = DefaultBase
	}
	file := "log"
	if len(t.Sources) > 0 && t.Sources[0] != "-" {
		file = t.Sources[0]
	}
	if w.Name == "" {
		w.Name, _, _ = strings.Cut(filepath.Base(file), ".")
	}
	r := &foreign.Recorded{Name: w.Name, File: file, Base: w.Base, About: about(t)}
	for i := range t.Routes {
		one, err := asked(&t.Routes[i])
		if err != nil {
			return nil, err
		}
		r.Asks = append(r.Asks, one)
	}
	if w.Users {
		s := t.Sessions
		if s == nil || s.Think == nil || !(s.Think.Mean.Value > 0) || s.Present < 0.5 {
			return nil, &Error{File: file, Msg: "a closed load wants sessions with think times, and the log has none: leave --users out"}
		}
		r.Users = int(math.Max(math.Round(s.Present), 1))
		r.Think = law(s.Think)
	} else {
		r.Arrivals = t.Arrivals
	}
	r.Test, r.Phases = course(t)
	got, err := r.Scenario()
	if err != nil {
		return nil, err
	}
	note := func(what, effect string) {
		got.Notes = append(got.Notes, foreign.Note{File: file, What: what, Effect: effect})
	}
	if w.Base == DefaultBase {
		note("where the system is, is not in the log", DefaultBase+" stands there: set live.base or give --base")
	}
	if r.Asks[0].Takes.IsZero() {
		return got, nil
	}
	note("times in the log are whole response times, waiting for each other included", "they stand as waits that nothing shares: for predictions at other loads find the work of a request (headroom fit)")
	return got, nil
}

func about(t *measure.Traffic) []string {
	out := []string{
		fmt.Sprintf("from %s (%s): %d requests in %s from %s", shorten(strings.Join(t.Sources, ", ")), t.Format, t.Requests, seconds(t.Span), t.Began.Format("2006-01-02 15:04:05 -0700")),
		fmt.Sprintf("busy hour: %s (95 %% %s to %s), from %s on", perSecond(t.Busy.Rate.Value), figure(t.Busy.Rate.Lo), figure(t.Busy.Rate.Hi), seconds(t.Busy.From)),
	}
	for _, c := range t.Caveats {
		if c.Where == "arrivals" {
			out = append(out, c.What)
		}
	}
	if p := t.Popularity; p != nil && p.Skew.Known() {
		out = append(out, fmt.Sprintf("addresses: %d, Zipf exponent %s (95 %% %s to %s): for cache: {keys: %d, skew: %s, size: …}", p.Keys, figure(p.Skew.Value), figure(p.Skew.Lo), figure(p.Skew.Hi), p.Keys, figure(p.Skew.Value)))
	}
	if s := t.Sessions; s != nil && s.Think != nil {
		out = append(out, fmt.Sprintf("sessions: %d of %s requests in the mean, think time %s in the mean", s.Count, figure(s.Length.Mean.Value), seconds(s.Think.Mean.Value)))
	}
	return append(out, "secrets are left out where their names tell them: look through it before you pass it on")
}

func shorten(text string) string {
	if r := []rune(text); len(r) > 80 {
		text = string(r[:80]) + "…"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, text)
}

func asked(r *measure.Route) (foreign.Asked, error) {
	one := foreign.Asked{Path: r.Example, Weight: float64(r.Requests)}
	verb, path, ok := strings.Cut(r.Name, " ")
	if ok && strings.HasPrefix(path, "/") {
		one.Method = verb
		one.Name = operationName(verb, path)
	} else {
		one.Name = strings.Trim(r.Name, "()")
		one.Path = ""
		if r.Example != "" && r.Name != notHTTP {
			one.Method, one.Path = "GET", r.Example
		}
	}
	if r.Response == nil || !(r.Response.Mean.Value > 0) {
		return one, nil
	}
	d, err := dist.Parse(law(r.Response), dist.Seconds)
	if err != nil {
		return one, errors.New("logs: times of " + r.Name + ": " + err.Error())
	}
	one.Takes = d
	return one, nil
}

// operationName is get-users-id for GET /users/{id}.
func operationName(verb, path string) string {
	name := strings.ToLower(verb)
	for part := range strings.SplitSeq(path, "/") {
		if part = strings.NewReplacer("{", "", "}", "", ".", "-").Replace(part); part != "" && len(name)+len(part) < 50 {
			name += "-" + part
		}
	}
	if name == strings.ToLower(verb) {
		name += "-root"
	}
	return name
}

// law is a distribution of a mean and a deviation, in the language.
func law(s *measure.Spread) string {
	mean := seconds(math.Max(s.Mean.Value, 1e-6))
	if s.CV < 0.05 {
		return mean
	}
	return "lognormal(mean=" + mean + ", cv=" + figure(math.Min(s.CV, 30)) + ")"
}

// course is a test that follows the day, where the log has one, or else the log
// itself: factors of the busy hour.
func course(t *measure.Traffic) (name string, phases []string) {
	base := t.Busy.Rate.Value
	if !(base > 0) {
		return "", nil
	}
	add := func(length, rate float64) {
		factor := figure(math.Max(rate/base, 0.001))
		phases = append(phases, fmt.Sprintf("{for: %s, load: x%s}", seconds(length), factor))
	}
	if t.Day != nil {
		for _, x := range t.Day {
			if math.IsNaN(x) {
				x = 0
			}
			add(3600, x)
		}
		return "day", phases
	}
	if t.Series == nil || len(t.Series.Rate) < 4 {
		return "", nil
	}
	n := len(t.Series.Rate)
	k := min(mostPhases, n)
	for i := range k {
		from, to := i*n/k, (i+1)*n/k
		sum := 0.0
		for _, x := range t.Series.Rate[from:to] {
			sum += x
		}
		add(t.Series.Interval*float64(to-from), sum/float64(to-from))
	}
	return "replay", phases
}
