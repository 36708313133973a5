package scenarios

import (
	"slices"
	"strings"

	"github.com/headroom/headroom/scenarios/dist"
	"github.com/headroom/headroom/scenarios/internal/yamlx"
)

func (c *compiler) compileWorkloads(workloads []entry) {
	for _, e := range workloads {
		c.m.Workloads = append(c.m.Workloads, c.workload(e))
	}
}

// maxPriority is the least urgent that a workload may be.
const maxPriority = 1000

func (c *compiler) workload(e entry) Workload {
	w := Workload{Name: e.name, Think: dist.Const(0)}
	f, ok := c.fields(e.spot, workloadKeys())
	if !ok {
		return w
	}
	c.source(e, f, &w)
	c.open = w.Open()
	if v, ok := f["priority"]; ok {
		w.Priority, _ = c.whole(v, 0, maxPriority)
	}
	if v, ok := c.required(e.spot, f, "does", "say what a request does, as does: web.checkout"); ok {
		c.does(v, &w)
	}
	return w
}

// source reads where the requests come from: arrivals, or users who think.
func (c *compiler) source(e entry, f fields, w *Workload) {
	users, closed := f["users"]
	arrivals, open := f["arrivals"]
	think, thinks := f["think"]
	switch {
	case open && closed:
		c.fail(users, "keep arrivals for requests that come on their own, users for people who wait for an answer", "a workload is open (arrivals) or closed (users), not both")
	case !open && !closed:
		c.fail(e.spot, "write arrivals: poisson(200/s), or users: 50", "neither arrivals nor users")
	case open && thinks:
		c.fail(think, "remove it", "only users think; this workload has arrivals")
	}
	if open {
		w.Arrivals = c.arrivals(arrivals)
	}
	if closed {
		w.Users, _ = c.whole(users, 1, maxUsers)
	}
	if thinks {
		if d, ok := c.dist(think, dist.Seconds); ok {
			w.Think = d
		}
	}
}

// process takes an arrival process apart: its name and what is in parentheses.
func (c *compiler) process(s spot) (name string, inner spot, ok bool) {
	const want = "an arrival process, as poisson(200/s)"
	text, ok := c.text(s, want)
	if !ok {
		return "", s, false
	}
	name, rest, isCall := strings.Cut(text, "(")
	argument, closes := strings.CutSuffix(strings.TrimRight(rest, " "), ")")
	name = strings.TrimSpace(name)
	k := arrivalWords()
	switch {
	case slices.Contains(k.later, name):
		c.later(s, name)
	case !slices.Contains(k.known, name):
		hint := k.hint(name)
		if _, err := dist.ParseRate(text); err == nil {
			hint = "write poisson(" + text + ") or constant(" + text + ")"
		} else if !isCall {
			hint = "write poisson(200/s), constant(200/s) or renewal(exp(5ms))"
		}
		c.fail(s, hint, "%q is not an arrival process", shorten(text))
	case !isCall || !closes:
		c.fail(s, "write "+name+"(…)", "%q is not complete; want %s", shorten(text), want)
	default:
		return name, inside(s, len(text)-len(rest), argument), true
	}
	return "", s, false
}

// inside is the spot of a part of a text, from a byte offset.
func inside(s spot, offset int, text string) spot {
	n := *s.node
	if skip := offsetIn(s.node, offset); skip >= 0 {
		n.Column += skip
		n.Quoted = false
		n.Width = max(1, len([]rune(text)))
	}
	n.Text = text
	return spot{&n, s.path}
}

func (c *compiler) arrivalRate(s spot) float64 {
	rate, ok := c.rate(s)
	switch {
	case !ok:
	case rate <= 0:
		c.fail(s, "remove the workload if nothing arrives", "a rate of %s; want more than 0", s.node.Text)
	case rate > maxRate:
		c.fail(s, "is the unit right?", "%g/s is too large; at most %g/s", rate, maxRate)
	case rate < minRate:
		c.fail(s, "is the unit right?", "%g/s is less than one in 30 years", rate)
	default:
		return rate
	}
	return 0
}

// rate reads a rate such as 200/s (1/s).
func (c *compiler) rate(s spot) (float64, bool) {
	text, ok := c.text(s, "a rate, as 200/s")
	if !ok {
		return 0, false
	}
	x, err := dist.ParseRate(text)
	if err != nil {
		c.badText(s, err)
		return 0, false
	}
	return x, true
}

func (c *compiler) renewal(s spot, out *Arrivals) {
	out.Kind = Renewal
	gap, ok := c.dist(s, dist.Seconds)
	if !ok {
		return
	}
	mean := gap.Mean()
	if mean <= 1/maxRate {
		c.fail(s, "", "the mean gap between requests is %g s; want more than 0", mean)
		return
	}
	out.Rate, out.Gap = 1/mean, gap
}

// does reads what a request does: one operation, a mix of them, a session of
// steps, or a route.
func (c *compiler) does(s spot, w *Workload) {
	switch s.node.Kind {
	case yamlx.Scalar:
		if id, ok := c.op(s); ok {
			w.Mix = []Share{{Op: id, P: 1}}
		}
		return
	case yamlx.Sequence:
		w.Steps = c.session(s, w.Name)
		return
	case yamlx.Null:
		c.fail(s, "write an operation, as does: web.checkout", "no value")
		return
	}
	for _, kind := range []string{"call", "fanout"} {
		if s.node.Get(kind) != nil {
			w.Steps = c.session(s, w.Name)
			return
		}
	}
	for _, word := range doesKeys().known {
		if v := s.node.Get(word); v != nil {
			c.doesWord(s, word, v, w)
			return
		}
	}
	w.Mix = c.mix(s, "a request", false)
}

func (c *compiler) doesWord(s spot, word string, v *yamlx.Node, w *Workload) {
	if len(s.node.Entries) > 1 {
		c.fail(s, "", "%s stands alone in does", word)
	}
	if word == "route" {
		w.Route = c.route(s.child(word, v))
		return
	}
	w.Steps = c.session(s.child(word, v), w.Name)
}

// session reads the steps of a client.
func (c *compiler) session(s spot, workload string) []Step {
	mark := len(c.diags)
	steps := c.steps(s, scope{path: workload})
	if len(steps) == 0 && !c.failed(mark) {
		c.fail(s, "", "a session without steps")
	}
	return steps
}

// mix reads shares of operations that add up to 1. With end, the word "end"
// may have a share, which is left out of the result.
func (c *compiler) mix(s spot, what string, end bool) []Share {
	mark := len(c.diags)
	var out []Share
	sum := 0.0
	for _, e := range c.entries(s, "a mapping from operations to shares") {
		p, ok := c.share(e.spot)
		sum += p
		if end && e.name == endOfRoute {
			continue
		}
		if id, known := c.opNamed(e.key, e.name); known && ok {
			out = append(out, Share{Op: id, P: p})
		}
	}
	if c.failed(mark) || s.node.Broken {
		return nil
	}
	if msg := offOne(sum); msg != "" {
		hint := ""
		if end && sum < 1 {
			hint = "write end: " + percent(1-sum) + " if the rest is done"
		}
		c.fail(s, hint, "%s", msg)
		return nil
	}
	for i := range out {
		out[i].P /= sum
	}
	return out
}
