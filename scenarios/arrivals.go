package scenarios

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/headroom/headroom/scenarios/dist"
)

// arrivals reads an arrival process, as poisson(200/s).
func (c *compiler) arrivals(s spot) *Arrivals {
	out := &Arrivals{}
	name, inner, ok := c.process(s)
	if !ok {
		return out
	}
	switch name {
	case "renewal":
		c.renewal(inner, out)
	case "bursty":
		c.bursty(inner, out)
	case "mmpp":
		c.mmpp(inner, out)
	case "batch":
		c.batches(inner, out)
	case "replay":
		c.replay(inner, out)
	case "constant":
		out.Kind = Constant
		if out.Rate = c.arrivalRate(inner); out.Rate > 0 {
			out.Gap = dist.Const(1 / out.Rate)
		}
	default:
		if out.Rate = c.arrivalRate(inner); out.Rate > 0 {
			out.Gap = dist.Exponential(1 / out.Rate)
		}
	}
	return out
}

// mostArrivalCV is how bursty a renewal process can be said to be: what the
// distributions allow.
const mostArrivalCV = 1000

// bursty reads rate, cv: independent gaps of a hyperexponential distribution
// of that coefficient of variation, of two phases with balanced means ([Whit82]).
func (c *compiler) bursty(s spot, out *Arrivals) {
	out.Kind = Renewal
	args := c.arguments(s, "bursty", 2, "bursty(200/s, 3)")
	if args == nil {
		return
	}
	rate := c.arrivalRate(args[0])
	cv, ok := c.number(c.named(args[1], "cv"), 0, "a coefficient of variation of 1 or more, as 3")
	switch {
	case !ok || rate == 0:
	case cv < 1 || cv > mostArrivalCV:
		c.fail(args[1], "below 1 arrivals are more even than Poisson: renewal(gamma(mean=5ms, cv=0.5))", "a cv of %s; want 1 to %d", args[1].node.Text, mostArrivalCV)
	default:
		out.Rate = rate
		out.Gap = dist.Exponential(1 / rate)
		if cv > 1 {
			out.Gap = c.hyperexponential(args[1], 1/rate, cv)
		}
	}
}

func (c *compiler) hyperexponential(s spot, mean, cv float64) dist.Dist {
	text := fmt.Sprintf("hyperexp(mean=%ss, cv=%s)", strconv.FormatFloat(mean, 'g', -1, 64), strconv.FormatFloat(cv, 'g', -1, 64))
	d, err := dist.Parse(text, dist.Seconds)
	if err != nil {
		c.fail(s, "", "no gaps of mean %g s and cv %g", mean, cv)
		return dist.Exponential(mean)
	}
	return d
}

// mostStates is how many states of a modulated process a text may list.
const mostStates = 1000

// mmpp reads states as "100/s for 10s, 500/s for 1s".
func (c *compiler) mmpp(s spot, out *Arrivals) {
	out.Kind = MMPP
	parts := split(s)
	if len(parts) < 2 || len(parts) > mostStates {
		c.fail(s, "write mmpp(100/s for 10s, 500/s for 1s)", "%d states of a Markov-modulated process; want 2 to %d", len(parts), mostStates)
		return
	}
	mark := len(c.diags)
	requests, time := 0.0, 0.0
	for _, p := range parts {
		rate, stay, ok := cut(p, " for ")
		if !ok {
			c.fail(p, "write it as 500/s for 1s", "%q does not say how long the state lasts", shorten(p.node.Text))
			continue
		}
		state := MMPPState{}
		if text := rate.node.Text; text != "0" && !strings.HasPrefix(text, "0/") {
			state.Rate = c.arrivalRate(rate)
		}
		if d, ok := c.duration(stay); ok {
			if d <= 0 || d > maxTime {
				c.fail(stay, "", "a state of %s; want more than 0 and at most 30 years", stay.node.Text)
			}
			state.Stay = d
		}
		out.States = append(out.States, state)
		requests += state.Rate * state.Stay
		time += state.Stay
	}
	if c.failed(mark) {
		return
	}
	if requests == 0 {
		c.fail(s, "give one of the states a rate", "nothing arrives in any state")
		return
	}
	out.Rate = requests / time
	out.Gap = dist.Exponential(1 / out.Rate)
}

// batches reads rate, size: Poisson batches of so many requests, their rate
// such that requests come at the rate that is asked for.
func (c *compiler) batches(s spot, out *Arrivals) {
	out.Kind = Batch
	args := c.arguments(s, "batch", 2, "batch(200/s, uniform(1, 5))")
	if args == nil {
		return
	}
	rate := c.arrivalRate(args[0])
	size, ok := c.dist(args[1], dist.Count)
	if !ok || rate == 0 {
		return
	}
	out.Rate, out.Size = rate, size
	out.Gap = dist.Exponential(BatchMean(size) / rate)
}

// BatchMean is the mean number of requests of a batch whose size is drawn from
// d, rounded to a whole number, and 1 where that is less:
// E[max(1, round X)] = 1 + Σ P(X ≥ k − ½) over k ≥ 2.
func BatchMean(d dist.Dist) float64 {
	const far = 10_000
	switch {
	case d.Variance() == 0:
		return max(1, math.Round(d.Mean()))
	case d.Quantile(0.999) > far: // rounding makes no difference
		return max(1, d.Mean())
	}
	sum := 1.0
	for k := 2; ; k++ {
		tail := d.Survival(float64(k) - 0.5)
		sum += tail
		if tail < 1e-12 || k > 10*far {
			return sum
		}
	}
}

// replay reads the log that file names: an instant a line.
func (c *compiler) replay(s spot, out *Arrivals) {
	out.Kind = Replay
	s.node.Text = strings.Trim(s.node.Text, `"'`)
	content := c.besideFile(s)
	if content == nil {
		return
	}
	times, problem := readLog(content)
	if problem != "" {
		c.fail(s, "a line of the file is an instant, in seconds or with a unit", "%s: %s", shorten(s.node.Text), problem)
		return
	}
	n := len(times)
	length := times[n-1] - times[0]
	rate := float64(n-1) / length
	if n < 2 || !(length > 0) || !(rate <= maxRate) || length > maxTime {
		c.fail(s, "", "%s: %d requests in %g s; want at least 2, some time apart", shorten(s.node.Text), n, length)
		return
	}
	first := times[0]
	for i := range times {
		times[i] += 1/rate - first
	}
	out.Times, out.Rate, out.Gap = times, rate, dist.Exponential(1/rate)
}

// readLog reads ascending instants (s), one a line; what follows a comma is
// ignored, and so are empty lines, comments and a first line of words.
func readLog(content []byte) ([]float64, string) {
	var out []float64
	for i, line := range bytes.Split(content, []byte("\n")) {
		field, _, _ := strings.Cut(strings.TrimSpace(string(line)), ",")
		if field = strings.TrimSpace(field); field == "" || field[0] == '#' {
			continue
		}
		t, err := strconv.ParseFloat(field, 64)
		if err != nil {
			t, err = dist.ParseDuration(field)
		}
		switch {
		case err != nil && len(out) == 0 && i == 0:
			continue
		case err != nil || math.IsNaN(t) || math.IsInf(t, 0):
			return nil, fmt.Sprintf("line %d: %q is not an instant", i+1, shorten(field))
		case len(out) > 0 && t < out[len(out)-1]:
			return nil, fmt.Sprintf("line %d: %s comes after a later one; sort the file", i+1, shorten(field))
		}
		out = append(out, t)
	}
	if len(out) == 0 {
		return nil, "no requests"
	}
	return out, ""
}

// arguments splits a text at the commas outside of parentheses, and insists on
// so many parts; nil when there are others.
func (c *compiler) arguments(s spot, name string, n int, example string) []spot {
	parts := split(s)
	if len(parts) != n {
		c.fail(s, "write "+example, "%s takes %d values", name, n)
		return nil
	}
	parts[0] = c.named(parts[0], "rate")
	return parts
}

// named takes "name=" off the front of a value.
func (c *compiler) named(s spot, name string) spot {
	before, after, ok := strings.Cut(s.node.Text, "=")
	if !ok || strings.TrimSpace(before) != name {
		return s
	}
	return trimmed(s, len(before)+1, after)
}

// split cuts a text at the commas outside of parentheses.
func split(s spot) []spot {
	text, depth, start := s.node.Text, 0, 0
	var out []spot
	for i := range len(text) + 1 {
		switch {
		case i == len(text) || text[i] == ',' && depth == 0:
			out = append(out, trimmed(s, start, text[start:i]))
			start = i + 1
		case text[i] == '(':
			depth++
		case text[i] == ')':
			depth--
		}
	}
	return out
}

// cut splits a text in two.
func cut(s spot, at string) (before, after spot, ok bool) {
	a, b, ok := strings.Cut(s.node.Text, at)
	return trimmed(s, 0, a), trimmed(s, len(s.node.Text)-len(b), b), ok
}

// trimmed is the spot of a part of a text without the blanks around it.
func trimmed(s spot, offset int, text string) spot {
	short := strings.TrimLeft(text, " \t")
	return inside(s, offset+len(text)-len(short), strings.TrimRight(short, " \t"))
}
