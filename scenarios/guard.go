package scenarios

import (
	"math"
	"strings"

	"github.com/headroom/headroom/scenarios/dist"
	"github.com/headroom/headroom/scenarios/internal/yamlx"
)

// guard reads what a service lets in, and what becomes of what waits for a
// thread: line, patience, rate-limit and shed.
func (c *compiler) guard(f fields, s *Service) {
	for _, word := range []string{"line", "patience", "shed"} {
		if v, ok := f[word]; ok && s.Threads == 0 && (!f.has("threads") || isWord(f["threads"], unlimited)) {
			c.fail(v, "say how many threads there are, or remove it", "%q without threads: nothing ever waits for a thread", word)
		}
	}
	if v, ok := f["line"]; ok {
		c.line(v, &s.Guard)
	}
	if v, ok := f["patience"]; ok {
		s.Guard.Patience, _ = c.lasting(v, "nobody would wait at all; a backlog of 0 turns away who finds no thread")
	}
	if v, ok := f["rate-limit"]; ok {
		c.rateLimit(v, &s.Guard)
	}
	if v, ok := f["shed"]; ok {
		if in, ok := c.fields(v, shedKeys()); ok {
			if w, ok := c.required(v, in, "wait", "write shed: {wait: 200ms}"); ok {
				s.Guard.Shed = c.positive(w)
			}
		}
	}
}

// line reads the order of the line for a thread: a word, or a mapping from one
// to its parameters.
func (c *compiler) line(s spot, out *Guard) {
	simple := map[string]Line{"fifo": FIFOLine, "lifo": LIFOLine, "priority": PriorityLine}
	if s.node.Kind != yamlx.Mapping {
		for _, word := range lineKeys().known {
			if isWord(s, word) {
				c.fail(s, "write line: {"+word+": {"+strings.Join(managedKeys(word).known, ": 5ms, ")+": 100ms}}", "%s needs its parameters", word)
				return
			}
		}
		if w, ok := c.word(s, lineWords()); ok {
			out.Line = simple[w]
		}
		return
	}
	f, ok := c.fields(s, lineKeys())
	if !ok {
		return
	}
	if len(f) != 1 {
		c.fail(s, "write line: {codel: {target: 5ms, interval: 100ms}}", "%d orders of a line; want one", len(f))
		return
	}
	for word, v := range f {
		c.managed(word, v, out)
	}
}

// managed reads the parameters of a line that looks at how long it is.
func (c *compiler) managed(word string, s spot, out *Guard) {
	f, ok := c.fields(s, managedKeys(word))
	if !ok {
		return
	}
	if v, ok := c.required(s, f, "target", "say which wait is still good, as target: 5ms"); ok {
		out.Target = c.positive(v)
	}
	out.Line = AdaptiveLIFO
	if word != "codel" {
		return
	}
	out.Line = CoDel
	if v, ok := c.required(s, f, "interval", "say how long the wait may be worse, as interval: 100ms"); ok {
		out.Interval = c.positive(v)
	}
}

func (c *compiler) rateLimit(s spot, out *Guard) {
	f, ok := c.fields(s, rateLimitKeys())
	if !ok {
		return
	}
	if v, ok := c.required(s, f, "rate", "write rate-limit: {rate: 100/s, burst: 20}"); ok {
		out.Rate = c.arrivalRate(v)
	}
	out.Burst = 1
	if v, ok := f["burst"]; ok {
		n, _ := c.whole(v, 1, maxUsers)
		out.Burst = float64(n)
	}
}

// lasting reads a time that must not be 0: a distribution, where a bare
// duration is the mean of an exponential one.
func (c *compiler) lasting(s spot, zero string) (dist.Dist, bool) {
	d, ok := c.dist(s, dist.Seconds)
	if !ok {
		return d, false
	}
	mean := d.Mean()
	if !(mean > 0) || math.IsInf(mean, 1) {
		c.fail(s, zero, "a mean of %g s; want more than 0, and a finite one", mean)
		return d, false
	}
	if _, err := dist.ParseDuration(s.node.Text); err == nil {
		return dist.Exponential(mean), true
	}
	return d, true
}
