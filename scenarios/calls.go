package scenarios

import (
	"github.com/headroom/headroom/scenarios/internal/yamlx"
)

// optionKeys are what may stand beside a call and a fanout.
func optionKeys() keys {
	return keys{
		what: "a call", known: []string{"timeout", "cancel", "retry", "hedge", "circuit-breaker"},
		means: map[string]string{"retries": "retry", "deadline": "timeout", "breaker": "circuit-breaker", "backup": "hedge"},
	}
}

func hedgeKeys() keys {
	return keys{what: "hedge", known: []string{"after", "copies"}, means: map[string]string{"delay": "after", "requests": "copies"}}
}

func breakerKeys() keys {
	return keys{
		what: "circuit-breaker", known: []string{"failures", "minimum", "window", "open", "probes"},
		means: map[string]string{"threshold": "failures", "errors": "failures", "volume": "minimum", "sleep": "open", "interval": "window"},
	}
}

func fanOutKeys() keys {
	return keys{what: "fanout", known: []string{"call", "width", "join"}, means: map[string]string{"need": "join", "to": "call", "of": "call"}}
}

// options reads what a caller does about late and bad answers.
func (c *compiler) options(f fields) CallOptions {
	var o CallOptions
	if v, ok := f["timeout"]; ok {
		o.Timeout = c.positive(v)
	}
	if v, ok := f["cancel"]; ok {
		o.Cancel = c.cancel(v, f)
	}
	if v, ok := f["retry"]; ok {
		o.Retry = c.retry(v, 2)
	}
	if v, ok := f["hedge"]; ok {
		o.Hedge = c.hedge(v, o.Timeout)
	}
	if v, ok := f["circuit-breaker"]; ok {
		o.Breaker = c.breaker(v)
	}
	return o
}

func (c *compiler) cancel(s spot, f fields) bool {
	yes := isWord(s, "true")
	switch {
	case !yes && !isWord(s, "false"):
		c.fail(s, "write cancel: true", "%s; want true or false", found(s.node))
	case yes && !f.has("timeout") && !f.has("hedge") && !f.has("fanout"):
		c.fail(s, "say when it is given up, as timeout: 300ms", "nothing is ever given up here, so there is nothing to cancel")
	}
	return yes
}

func (c *compiler) hedge(s spot, timeout float64) *Hedge {
	out := &Hedge{Copies: 2}
	f, ok := c.fields(s, hedgeKeys())
	if !ok {
		return out
	}
	if v, ok := c.required(s, f, "after", "say when a second copy is sent, as after: 30ms"); ok {
		out.After, ok = c.duration(v)
		if ok && timeout > 0 && out.After >= timeout {
			c.fail(v, "the timeout is of the attempt with all its copies", "%s; by then the call has timed out", v.node.Text)
		}
	}
	if v, ok := f["copies"]; ok {
		n, ok := c.whole(v, 1, maxCopies)
		if ok && n < 2 {
			c.fail(v, "", "1 copy is no hedge: the first is counted; want at least 2")
		}
		out.Copies = max(n, 2)
	}
	return out
}

// maxCopies bounds the copies of one call.
const maxCopies = 1000

// breaker reads a circuit breaker. What is not said is as in Hystrix, which
// made them popular: half of at least 20 calls in 10 s bad, open for 5 s, one
// probe.
func (c *compiler) breaker(s spot) *Breaker {
	out := &Breaker{Failures: 0.5, Minimum: 20, Window: 10, Open: 5, Probes: 1}
	f, ok := c.fields(s, breakerKeys())
	if !ok {
		return out
	}
	if v, ok := f["failures"]; ok {
		x, ok := c.share(v)
		if ok && x == 0 {
			c.fail(v, "", "a breaker that opens at 0%% of failures is never closed")
		}
		out.Failures = x
	}
	if v, ok := f["minimum"]; ok {
		out.Minimum, _ = c.whole(v, 1, maxCount)
	}
	if v, ok := f["window"]; ok {
		out.Window = c.positive(v)
	}
	if v, ok := f["open"]; ok {
		out.Open = c.positive(v)
	}
	if v, ok := f["probes"]; ok {
		out.Probes, _ = c.whole(v, 1, maxCount)
	}
	return out
}

// fanOut reads one operation asked of several replicas at once.
func (c *compiler) fanOut(s spot, beside fields, in scope) Step {
	out := FanOut{At: in.at(), Options: c.options(beside)}
	call := s
	var f fields
	if s.node.Kind != yamlx.Scalar {
		var ok bool
		if f, ok = c.fields(s, fanOutKeys()); !ok {
			return nil
		}
		if call, ok = c.required(s, f, "call", "say what is asked, as fanout: {call: shard.read}"); !ok {
			return nil
		}
	}
	id, ok := c.op(call)
	if !ok {
		return nil
	}
	c.noteEdge(in, id, call)
	out.Op = id
	if v, ok := f["width"]; ok && !isWord(v, "all") {
		out.Width, _ = c.whole(v, 1, maxCount)
	}
	c.fanOuts = append(c.fanOuts, fanOutSpot{path: out.At, op: id, width: out.Width, at: s, fields: f})
	if v, ok := f["join"]; ok {
		out.Need = c.fanOutJoin(v)
	}
	return out
}

// fanOutJoin reads how many answers to wait for, 0 for all.
func (c *compiler) fanOutJoin(s spot) int {
	switch {
	case isWord(s, "all"):
		return 0
	case isWord(s, "any"):
		return 1
	case s.node.Kind == yamlx.Scalar && s.node.Tag != "!!int":
		c.fail(s, "", "%s; want all, any, or how many answers", found(s.node))
		return 0
	}
	n, _ := c.whole(s, 1, maxCount)
	return n
}

// fanOutSpot is a fan-out that cannot be judged before all services are read.
type fanOutSpot struct {
	path   At
	op     OpID
	width  int
	at     spot
	fields fields
}

// checkFanOuts holds that no fan-out is wider than what it asks, and waits for
// no more than it asks.
func (c *compiler) checkFanOuts() {
	for _, f := range c.fanOuts {
		all := c.m.FanOutWidth(FanOut{Op: f.op})
		service := c.m.ServiceOf(f.op).Name
		if f.width > all {
			c.fail(f.fields["width"], "a fan-out asks each at most once", "width: %d, but there are only %d of %s", f.width, all, service)
			continue
		}
		width := f.width
		if width == 0 {
			width = all
		}
		if v, ok := f.fields["join"]; ok && v.node.Tag == "!!int" {
			if need, ok := c.whole(v, 1, maxCount); ok && need > width {
				c.fail(v, "", "join: %d, but only %d are asked", need, width)
			}
		}
	}
}

// failStep reads the probability that an operation fails here.
func (c *compiler) failStep(s spot, in scope) Step {
	p, ok := c.share(s)
	if !ok {
		return nil
	}
	return Fail{At: in.at(), P: p}
}
