package scenarios

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/headroom/headroom/scenarios/dist"
)

// Abort is a condition that ends a load test before its end: a figure of the
// last seconds that is worse than anybody wants to see.
type Abort struct {
	Text     string  // as written
	Workload int     // index in the model; -1 = all together
	Metric   string  // errors (1), throughput (1/s), mean, p50, p90, p95, p99, p999 or max (s)
	Below    bool    // the figure must not be below the limit; otherwise not above
	OrEqual  bool    // nor at it
	Limit    float64 // in the unit of the metric
	For      float64 // the figure is that of so many seconds before now (s)
}

// abortFor is how long a condition looks back that does not say so (s).
const abortFor = 5

// mostAbortFor bounds how long one may look back (s).
const mostAbortFor = 3600

// abortMetrics are the figures that a condition may be about.
func abortMetrics() []string {
	return []string{"errors", "throughput", "mean", "p50", "p90", "p95", "p99", "p999", "max"}
}

// AbortError is a condition that cannot be read, and where in its text.
type AbortError struct {
	Text    string
	Column  int // of the first character it is about, from 1
	Message string
	Hint    string // may be empty
}

// Error says what is wrong, with the column.
func (e *AbortError) Error() string {
	s := fmt.Sprintf("%q, column %d: %s", shorten(e.Text), e.Column, e.Message)
	if e.Hint != "" {
		s += "; " + e.Hint
	}
	return s
}

const abortExample = "write errors > 5%, or shoppers.p99 > 2s for 10s"

// ParseAbort reads a condition, as "errors > 5%" or "shoppers.p99 > 2s for 10s".
// Without a workload it is about all of them together; without a time it looks
// at the last 5 seconds. The error is an [*AbortError].
func ParseAbort(text string, m *Model) (Abort, error) {
	p := abortParser{text: text, model: m, out: Abort{Text: strings.TrimSpace(text), Workload: -1, For: abortFor}}
	if err := p.parse(); err != nil {
		return Abort{}, err
	}
	return p.out, nil
}

type abortParser struct {
	text  string
	model *Model
	out   Abort
}

func (p *abortParser) fail(at int, hint, format string, args ...any) error {
	return &AbortError{Text: p.text, Column: at + 1, Message: fmt.Sprintf(format, args...), Hint: hint}
}

func (p *abortParser) parse() error {
	at := strings.IndexAny(p.text, "<>")
	if at < 0 {
		return p.fail(len(strings.TrimRight(p.text, " ")), abortExample, "no > or < in it")
	}
	if err := p.figure(p.text[:at]); err != nil {
		return err
	}
	p.out.Below = p.text[at] == '<'
	if at++; at < len(p.text) && p.text[at] == '=' {
		p.out.OrEqual = true
		at++
	}
	value, length, timed := strings.Cut(p.text[at:], " for ")
	if err := p.limit(at, value); err != nil {
		return err
	}
	if !timed {
		return nil
	}
	from := at + len(value) + len(" for ")
	d, err := dist.ParseDuration(strings.TrimSpace(length))
	if err != nil || !(d >= 1 && d <= mostAbortFor) {
		return p.fail(from+blanks(length), "", "%q; want a time from 1s to 1h", strings.TrimSpace(length))
	}
	p.out.For = d
	return nil
}

// blanks is how many blanks a text begins with.
func blanks(s string) int { return len(s) - len(strings.TrimLeft(s, " \t")) }

func (p *abortParser) figure(text string) error {
	from := blanks(text)
	name := strings.TrimSpace(text)
	metric := name
	if dot := strings.LastIndex(name, "."); dot >= 0 {
		metric = name[dot+1:]
		workload := name[:dot]
		var known []string
		for i := range p.model.Workloads {
			known = append(known, p.model.Workloads[i].Name)
		}
		if p.out.Workload = slices.Index(known, workload); p.out.Workload < 0 {
			return p.fail(from, didYouMean(workload, known), "no workload %q", shorten(workload))
		}
		from += dot + 1
	}
	if !slices.Contains(abortMetrics(), metric) {
		hint := didYouMean(metric, abortMetrics())
		if hint == "" {
			hint = "it may be about " + strings.Join(abortMetrics(), ", ")
		}
		return p.fail(from, hint, "no figure %q", shorten(metric))
	}
	p.out.Metric = metric
	return nil
}

func (p *abortParser) limit(at int, text string) error {
	from := at + blanks(text)
	value := strings.TrimSpace(text)
	bad := func(want string) error { return p.fail(from, "", "%q; want %s", shorten(value), want) }
	switch p.out.Metric {
	case "errors":
		digits, percent := strings.CutSuffix(value, "%")
		x, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
		if percent {
			x /= 100
		}
		if err != nil || !(x >= 0 && x <= 1) {
			return bad("a share of the requests, from 0% to 100%")
		}
		p.out.Limit = x
	case "throughput":
		x, err := strconv.ParseFloat(strings.TrimSuffix(value, "/s"), 64)
		if err != nil || !(x >= 0) || math.IsInf(x, 0) {
			return bad("requests a second, as 200/s")
		}
		p.out.Limit = x
	default:
		x, err := dist.ParseDuration(value)
		if err != nil || !(x >= 0 && x <= maxTime) {
			return bad("a time, as 250ms or 2s")
		}
		p.out.Limit = x
	}
	return nil
}

// aborts reads the conditions of a test: one, or a list.
func (c *compiler) aborts(s spot) []Abort {
	var out []Abort
	for _, v := range c.nameList(s, "a condition such as errors > 5%") {
		a, err := ParseAbort(v.node.Text, c.m)
		if e, ok := err.(*AbortError); ok { //nolint:errorlint // ParseAbort returns no other
			at := min(e.Column-1, len(v.node.Text))
			c.fail(inside(v, at, v.node.Text[at:]), e.Hint, "%s", e.Message)
			continue
		}
		out = append(out, a)
	}
	return out
}
