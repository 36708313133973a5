package scenarios

import (
	"math"

	"github.com/headroom/headroom/scenarios/dist"
)

func retryKeys() keys {
	return keys{
		what: "retry", known: []string{"attempts", "backoff", "jitter", "budget"},
		means: map[string]string{"max": "attempts", "tries": "attempts", "delay": "backoff", "wait": "backoff"},
	}
}

// retry reads how what failed is tried again.
func (c *compiler) retry(s spot) *Retry {
	out := &Retry{Attempts: 2, Backoff: dist.Const(0), Factor: 1, Most: math.Inf(1)}
	f, ok := c.fields(s, retryKeys())
	if !ok {
		return out
	}
	if v, ok := f["attempts"]; ok {
		out.Attempts, _ = c.whole(v, 1, maxCount)
	}
	if v, ok := f["backoff"]; ok {
		if d, ok := c.dist(v, dist.Seconds); ok {
			out.Backoff = d
		}
	}
	return out
}

// positive reads a time above 0 (s).
func (c *compiler) positive(s spot) float64 {
	x, ok := c.duration(s)
	if ok && !(x > 0) {
		c.fail(s, "", "%s; want more than 0", s.node.Text)
	}
	return x
}
