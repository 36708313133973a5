package scenarios

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/headroom/headroom/scenarios/dist"
	"github.com/headroom/headroom/scenarios/internal/yamlx"
)

// Bounds on what a scenario can say. They are far above any real system, and
// low enough that a slip of the keyboard does not fill the memory.
const (
	maxCount = 1_000_000     // replicas, threads, partitions, messages of a batch, …
	maxUsers = 1_000_000_000 // of a closed workload; backlog
	maxTime  = 1e9           // (s), about 32 years
	maxRate  = 1e12          // (1/s)
	minRate  = 1 / maxTime   // (1/s)
	maxSkew  = 10            // Zipf exponent (1)
)

// text insists on a single value.
func (c *compiler) text(s spot, want string) (string, bool) {
	if s.node.Kind == yamlx.Scalar {
		return s.node.Text, true
	}
	c.fail(s, "", "%s; want %s", found(s.node), want)
	return "", false
}

// whole reads a whole number from lo to hi.
func (c *compiler) whole(s spot, lo, hi int) (int, bool) {
	want := fmt.Sprintf("a whole number of at least %d", lo)
	text, ok := c.text(s, want)
	if !ok {
		return 0, false
	}
	plain := strings.ReplaceAll(text, "_", "")
	n, err := strconv.ParseInt(plain, 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		c.fail(s, "", "%s is too large; at most %d", shorten(text), hi)
	case err != nil:
		hint := ""
		if f, ferr := strconv.ParseFloat(plain, 64); ferr == nil && f == math.Trunc(f) && math.Abs(f) <= maxUsers {
			hint = fmt.Sprintf("write %.0f", f)
		}
		c.fail(s, hint, "%q is not %s", shorten(text), want)
	case n < int64(lo):
		c.fail(s, "", "%d; want at least %d", n, lo)
	case n > int64(hi):
		c.fail(s, "", "%d is too large; at most %d", n, hi)
	default:
		return int(n), true
	}
	return 0, false
}

// number reads a plain number of at least lo.
func (c *compiler) number(s spot, lo float64, want string) (float64, bool) {
	text, ok := c.text(s, want)
	if !ok {
		return 0, false
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) || strings.ContainsAny(text, "xXpP_") {
		c.fail(s, "", "%q is not %s", shorten(text), want)
		return 0, false
	}
	if x < lo {
		c.fail(s, "", "%s; want %s", text, want)
		return 0, false
	}
	return x, true
}

// share reads a probability: 30% or 0.3.
func (c *compiler) share(s spot) (float64, bool) {
	text, ok := c.text(s, "a share from 0% to 100%")
	if !ok {
		return 0, false
	}
	x, err := dist.ParseShare(text)
	if err != nil {
		c.badText(s, err)
		return 0, false
	}
	return x, true
}

// duration reads a time such as 250ms (s).
func (c *compiler) duration(s spot) (float64, bool) {
	text, ok := c.text(s, "a duration, as 250ms")
	if !ok {
		return 0, false
	}
	x, err := dist.ParseDuration(text)
	if err != nil {
		c.badText(s, err)
		return 0, false
	}
	return x, true
}

// dist reads a distribution of times or of counts.
func (c *compiler) dist(s spot, unit dist.Unit) (dist.Dist, bool) {
	want := "a duration or a distribution, as 3ms or exp(3ms)"
	if unit == dist.Count {
		want = "a number or a distribution of numbers, as 3 or uniform(1, 5)"
	}
	text, ok := c.text(s, want)
	if !ok {
		return dist.Dist{}, false
	}
	d, err := dist.Env{Unit: unit, ReadFile: c.beside}.Parse(text)
	if err != nil {
		c.badText(s, err)
		return dist.Dist{}, false
	}
	switch mean := d.Mean(); {
	case unit == dist.Seconds && mean > maxTime:
		c.fail(s, "is the unit right?", "a mean of %.3g s is more than 30 years", mean)
		return dist.Dist{}, false
	case unit == dist.Count && mean > maxCount:
		c.fail(s, "", "a mean of %.3g is too large; at most %d", mean, maxCount)
		return dist.Dist{}, false
	}
	return d, true
}

// badText notes an error of the parser of distributions, at the very
// character where it knows one.
func (c *compiler) badText(s spot, err error) {
	var p *dist.ParseError
	if !errors.As(err, &p) {
		c.fail(s, "", "%s", strings.TrimPrefix(err.Error(), "dist: "))
		return
	}
	at := *s.node
	if skip := offsetIn(s.node, p.Offset); skip >= 0 {
		at.Column += skip
		at.Width = wordWidth(s.node.Text[min(p.Offset, len(s.node.Text)):])
	}
	c.fail(spot{&at, s.path}, p.Hint, "%s", p.Msg)
}

// wordWidth is how many characters come before the next delimiter.
func wordWidth(text string) int {
	end := strings.IndexAny(text, " ,()=:")
	if end < 0 {
		end = len(text)
	}
	return max(1, len([]rune(text[:end])))
}

// offsetIn turns a byte offset in a node's text into characters from its start
// in the source; -1 when the text does not stand there as it is (escapes,
// several lines).
func offsetIn(n *yamlx.Node, offset int) int {
	if offset < 0 || offset > len(n.Text) {
		return -1
	}
	line := n.Source.Runes(n.Line)
	start := n.Column - 1
	if n.Quoted {
		start++
	}
	text := []rune(n.Text)
	if start < 0 || start+len(text) > len(line) || string(line[start:start+len(text)]) != n.Text {
		return -1
	}
	skip := min(len([]rune(n.Text[:offset])), max(0, len(text)-1))
	if n.Quoted {
		skip++
	}
	return skip
}

// word reads one of a few words.
func (c *compiler) word(s spot, k keys) (string, bool) {
	text, ok := c.text(s, "one of "+strings.Join(k.known, ", "))
	if !ok {
		return "", false
	}
	switch {
	case slices.Contains(k.known, text):
		return text, true
	case slices.Contains(k.later, text):
		c.later(s, text)
	default:
		c.fail(s, k.hint(text), "no %s %q", k.what, shorten(text))
	}
	return "", false
}

// percent shows a share.
func percent(x float64) string { return strconv.FormatFloat(100*x, 'g', 6, 64) + "%" }

// sumTolerance is how far shares may be off 1 in sum: 33.3333% three times is
// meant as thirds. What is off is scaled away.
const sumTolerance = 1e-5

// offOne says how a sum of shares misses 1, or "".
func offOne(sum float64) string {
	if math.Abs(sum-1) <= sumTolerance {
		return ""
	}
	return fmt.Sprintf("the shares add up to %s; want 100%%", percent(sum))
}
