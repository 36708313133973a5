package scenarios

import (
	"math"
	"strconv"
	"strings"

	"github.com/headroom/headroom/scenarios/dist"
	"github.com/headroom/headroom/scenarios/internal/yamlx"
)

func retryKeys() keys {
	return keys{
		what: "retry", known: []string{"attempts", "backoff", "jitter", "budget"},
		means: map[string]string{"max": "attempts", "tries": "attempts", "times": "attempts", "retries": "attempts", "delay": "backoff", "wait": "backoff"},
	}
}

func jitterWords() keys {
	return keys{what: "jitter", known: []string{"none", "full", "equal", "decorrelated"}}
}

// growth of decorrelated jitter, which has no other [Broo15].
const decorrelatedGrowth = 3

// retry reads how what failed is tried again, in all at least so many times.
func (c *compiler) retry(s spot, least int) *Retry {
	out := &Retry{Attempts: 2, Backoff: dist.Const(0), Factor: 1, Most: math.Inf(1)}
	f, ok := c.fields(s, retryKeys())
	if !ok {
		return out
	}
	if v, ok := c.required(s, f, "attempts", "say how many there may be in all, as attempts: 3"); ok {
		out.Attempts = c.attempts(v, least)
	}
	if v, ok := f["backoff"]; ok {
		c.backoff(v, out)
	}
	if v, ok := f["jitter"]; ok {
		c.jitter(v, f, out)
	}
	if v, ok := f["budget"]; ok {
		out.Budget = c.budget(v)
	}
	return out
}

// attempts reads how many attempts there may be, the first included.
func (c *compiler) attempts(s spot, least int) int {
	n, ok := c.whole(s, 1, maxCount)
	if ok && n < least {
		c.fail(s, "write 2 for one retry, or remove the retry", "1 attempt is no retry: the first is counted")
	}
	return max(n, least)
}

// backoff reads exponential(first, factor[, most]), or a distribution.
func (c *compiler) backoff(s spot, out *Retry) {
	if s.node.Kind == yamlx.Scalar && strings.HasPrefix(strings.TrimSpace(s.node.Text), "exponential") {
		c.exponentialBackoff(s, out)
		return
	}
	if d, ok := c.dist(s, dist.Seconds); ok {
		out.Backoff = d
	}
}

func (c *compiler) exponentialBackoff(s spot, out *Retry) {
	const want = "exponential(first, factor) or exponential(first, factor, most), as exponential(20ms, 2, 1s)"
	text := s.node.Text
	name, rest, isCall := strings.Cut(text, "(")
	inner, closes := strings.CutSuffix(strings.TrimRight(rest, " "), ")")
	if strings.TrimSpace(name) != "exponential" || !isCall || !closes {
		c.fail(s, "write "+want, "%q is not complete", shorten(text))
		return
	}
	offset := len(text) - len(rest)
	var parts []spot
	for _, part := range strings.Split(inner, ",") {
		lead := len(part) - len(strings.TrimLeft(part, " "))
		parts = append(parts, inside(s, offset+lead, strings.TrimSpace(part)))
		offset += len(part) + 1
	}
	if len(parts) < 2 || len(parts) > 3 {
		c.fail(s, "write "+want, "exponential of %d; want 2 or 3 values", len(parts))
		return
	}
	first, ok := c.duration(parts[0])
	if !ok {
		return
	}
	out.Backoff = dist.Const(first)
	if x, ok := c.number(parts[1], 1, "a factor of at least 1"); ok {
		out.Factor = x
	}
	if len(parts) < 3 {
		return
	}
	most, ok := c.duration(parts[2])
	if ok && most < first {
		c.fail(parts[2], "", "at most %s, but the first backoff is %s", parts[2].node.Text, parts[0].node.Text)
	}
	if ok && most >= first && most > 0 {
		out.Most = most
	}
}

func (c *compiler) jitter(s spot, f fields, out *Retry) {
	w, ok := c.word(s, jitterWords())
	if !ok {
		return
	}
	out.Jitter = map[string]Jitter{"none": NoJitter, "full": FullJitter, "equal": EqualJitter, "decorrelated": Decorrelated}[w]
	switch {
	case out.Jitter != NoJitter && !f.has("backoff"):
		c.fail(s, "write backoff: 20ms, or exponential(20ms, 2)", "%s jitter without a backoff: there is nothing to spread", w)
	case out.Jitter == Decorrelated && out.Factor != 1 && out.Factor != decorrelatedGrowth:
		c.fail(s, "write exponential(20ms, 3, 1s) for at most 1s", "decorrelated jitter grows threefold, and not by %g", out.Factor)
	}
}

// budget reads the retries that there may be for each first attempt: 10%, 0.1,
// or more than 100% (1).
func (c *compiler) budget(s spot) float64 {
	const want = "a share of retries for each first attempt, as 10%"
	text, ok := c.text(s, want)
	if !ok {
		return 0
	}
	digits, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	x, err := strconv.ParseFloat(digits, 64)
	if percent {
		x /= 100
	}
	switch {
	case err != nil || math.IsNaN(x) || math.IsInf(x, 0) || strings.ContainsAny(digits, "xXpP_"):
		c.fail(s, "", "%q is not %s", shorten(text), want)
	case x <= 0:
		c.fail(s, "remove the retry if there shall be none", "a budget of %s; want more than 0", shorten(text))
	case x > maxCount:
		c.fail(s, "", "a budget of %s is too large", shorten(text))
	default:
		return x
	}
	return 0
}

// positive reads a time above 0 (s).
func (c *compiler) positive(s spot) float64 {
	x, ok := c.duration(s)
	switch {
	case !ok:
	case !(x > 0):
		c.fail(s, "", "%s; want more than 0", s.node.Text)
	case x > maxTime:
		c.fail(s, "is the unit right?", "%.3g s is more than 30 years", x)
	}
	return x
}
