package scenarios

import (
	"math"
	"strings"

	"github.com/headroom/headroom/scenarios/dist"
	"github.com/headroom/headroom/scenarios/internal/yamlx"
)

// choose reads a list of branches, each {p: 30%, do: [...]} or, in short,
// {30%: [...]}.
func (c *compiler) choose(s spot, in scope) Step {
	if s.node.Kind != yamlx.Sequence {
		c.fail(s, "", "%s; want a list of branches, as [{p: 30%%, do: [{call: db.read}]}, {p: 70%%, do: []}]", found(s.node))
		return nil
	}
	out := Choose{At: in.at()}
	mark := len(c.diags)
	for i := range s.node.Items {
		out.Branches = append(out.Branches, c.branch(s.item(i), in.in(i)))
	}
	if c.failed(mark) {
		return nil
	}
	if len(out.Branches) == 0 {
		c.fail(s, "", "no branches; want at least one")
		return nil
	}
	sum := 0.0
	for _, b := range out.Branches {
		sum += b.P
	}
	if msg := offOne(sum); msg != "" {
		c.fail(s, "a branch with do: [] does nothing", "%s", msg)
		return nil
	}
	for i := range out.Branches {
		out.Branches[i].P /= sum
	}
	return out
}

func (c *compiler) branch(s spot, in scope) Branch {
	if n := s.node; n.Kind == yamlx.Mapping && len(n.Entries) == 1 && looksLikeShare(n.Entries[0].Key.Text) {
		key := n.Entries[0].Key
		p, _ := c.share(s.child(key.Text, key))
		return Branch{P: p, Steps: c.steps(s.child(key.Text, n.Entries[0].Value), in)}
	}
	f, ok := c.fields(s, branchKeys())
	if !ok {
		return Branch{}
	}
	var b Branch
	if v, ok := c.required(s, f, "p", "say how often this branch is taken, as p: 30%"); ok {
		b.P, _ = c.share(v)
	}
	if v, ok := c.required(s, f, "do", "write do: [] for nothing"); ok {
		b.Steps = c.steps(v, in)
	}
	return b
}

// looksLikeShare tells the key of a short branch from a word.
func looksLikeShare(text string) bool {
	return text != "" && strings.ContainsRune("0123456789.+-", rune(text[0]))
}

func (c *compiler) cache(s spot, in scope) Step {
	f, ok := c.fields(s, cacheKeys())
	if !ok {
		return nil
	}
	out := Cache{At: in.at()}
	if out.Store = c.store(s, f); out.Store == nil {
		if v, ok := c.required(s, f, "hit", "say how often it hits, as hit: 85%, or what it holds, as keys: 10_000 and size: 1000"); ok {
			out.Hit, _ = c.share(v)
		}
	}
	if !f.has("then") && !f.has("else") {
		c.fail(s, "write else: [...] for what a miss costs", "neither then nor else: the cache does nothing")
	}
	if v, ok := f["then"]; ok {
		out.Then = c.steps(v, in.in(0))
	}
	if v, ok := f["else"]; ok {
		out.Else = c.steps(v, in.in(1))
	}
	return out
}

func (c *compiler) repeat(s spot, in scope) Step {
	f, ok := c.fields(s, repeatKeys())
	if !ok {
		return nil
	}
	out := Repeat{At: in.at(), Count: dist.Const(1)}
	if v, ok := c.required(s, f, "count", "say how often, as count: 3 or count: batch"); ok {
		c.count(v, &out, in)
	}
	if v, ok := c.required(s, f, "do", "say what is repeated, as do: [{call: db.read}]"); ok {
		out.Steps = c.steps(v, in)
	}
	return out
}

// count reads how often a repeat repeats.
func (c *compiler) count(s spot, out *Repeat, in scope) {
	if isWord(s, "batch") {
		out.PerMessage = true
		if !in.inService {
			c.fail(s, "", "a workload has no batch of messages")
			return
		}
		if _, ok := c.usesBatch[in.op]; !ok {
			c.usesBatch[in.op] = s
		}
		return
	}
	d, ok := c.dist(s, dist.Count)
	if !ok {
		return
	}
	if isConst := d.Variance() == 0; isConst && d.Mean() != math.Trunc(d.Mean()) {
		c.fail(s, "write a whole number, or a distribution around it", "%q is not a whole number", s.node.Text)
		return
	}
	out.Count = d
}
