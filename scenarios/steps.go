package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"github.com/headroom/headroom/scenarios/dist"
	"github.com/headroom/headroom/scenarios/internal/yamlx"
)

// scope is where a step stands in the model.
type scope struct {
	path      string // of the step or of the list it is in: "web.checkout/2"
	op        OpID   // the operation it belongs to
	inService bool   // false in a session of a workload, which has no cores
}

// in is the scope of the i-th step or list within.
func (s scope) in(i int) scope {
	s.path = fmt.Sprintf("%s/%d", s.path, i)
	return s
}

func (s scope) at() At { return At(s.path) }

// steps reads a list of steps; a single step may stand without its list.
func (c *compiler) steps(s spot, in scope) []Step {
	switch s.node.Kind {
	case yamlx.Mapping:
		if step := c.step(s, in.in(0)); step != nil {
			return []Step{step}
		}
		return nil
	case yamlx.Sequence:
		out := make([]Step, 0, len(s.node.Items))
		for i := range s.node.Items {
			if step := c.step(s.item(i), in.in(i)); step != nil {
				out = append(out, step)
			}
		}
		return out
	}
	hint := ""
	if s.node.Kind == yamlx.Null {
		hint = "write [] for nothing"
	}
	c.fail(s, hint, "%s; want a list of steps, as [{cpu: exp(3ms)}, {call: db.read}]", found(s.node))
	return nil
}

// step reads one step: a mapping with one of the kinds of step as a key.
func (c *compiler) step(s spot, in scope) Step {
	kind, ok := c.stepKind(s)
	if !ok {
		return nil
	}
	f, _ := c.fields(s, besideKeys(kind))
	body := f[kind]
	if hint, bad := elsewhere(kind, in); bad {
		c.fail(body, hint, "%s belongs to a service; a workload has none", kind)
		return nil
	}
	switch kind {
	case "cpu":
		return c.cpu(body, in)
	case "wait":
		return c.wait(body, in)
	case "call":
		return c.call(body, f, in)
	case "fanout":
		return c.fanOut(body, f, in)
	case "fail":
		return c.failStep(body, in)
	case "parallel":
		return c.parallel(body, f, in)
	case "choose":
		return c.choose(body, in)
	case "cache":
		return c.cache(body, in)
	case "repeat":
		return c.repeat(body, in)
	case "lock":
		return c.lock(s, f, in)
	case "barrier":
		return c.barrier(body, in)
	case "acquire":
		return c.acquire(f, in)
	case "release":
		return c.release(body, in)
	}
	return c.publish(body, in)
}

// elsewhere tells the steps that a session of a workload cannot have, and what
// to write there instead.
func elsewhere(kind string, in scope) (hint string, bad bool) {
	if in.inService {
		return "", false
	}
	switch kind {
	case "cpu":
		return "write wait for time that passes at the client", true
	case "publish":
		return "call an operation that publishes", true
	case "lock", "acquire", "release":
		return "call an operation that does", true
	}
	return "", false
}

// stepKind finds the one key that says what a step does.
func (c *compiler) stepKind(s spot) (string, bool) {
	k := stepKeys()
	if s.node.Kind != yamlx.Mapping {
		hint := ""
		if s.node.Kind == yamlx.Scalar && c.isOp(s.node.Text) {
			hint = "write call: " + s.node.Text
		}
		c.fail(s, hint, "%s; want a step, as cpu: exp(3ms) or call: db.read", found(s.node))
		return "", false
	}
	var kinds []string
	for _, e := range s.node.Entries {
		if slices.Contains(k.known, e.Key.Text) {
			kinds = append(kinds, e.Key.Text)
		}
	}
	switch len(kinds) {
	case 1:
		return kinds[0], true
	case 0:
		c.noKind(s, k)
	default:
		c.fail(s, "give each a line of its own that starts with -", "a step does one thing, and this has %s", strings.Join(kinds, " and "))
	}
	return "", false
}

func (c *compiler) noKind(s spot, k keys) {
	if len(s.node.Entries) == 0 {
		c.fail(s, "known are "+strings.Join(k.known, ", "), "an empty step")
		return
	}
	for _, e := range s.node.Entries {
		c.unknownKey(s.child(e.Key.Text, e.Key), e.Key.Text, k)
	}
}

func (c *compiler) isOp(name string) bool { _, ok := c.ops[name]; return ok }

func (c *compiler) cpu(s spot, in scope) Step {
	d, ok := c.dist(s, dist.Seconds)
	if !ok {
		return nil
	}
	return CPU{At: in.at(), Demand: c.slowed(s, d)}
}

func (c *compiler) wait(s spot, in scope) Step {
	d, ok := c.dist(s, dist.Seconds)
	if !ok {
		return nil
	}
	return Wait{At: in.at(), Time: d}
}

func (c *compiler) call(s spot, beside fields, in scope) Step {
	options := c.options(beside)
	id, ok := c.op(s)
	if !ok {
		return nil
	}
	c.noteEdge(in, id, s)
	return Call{At: in.at(), Op: id, Options: options}
}

// noteEdge remembers where an operation first asks another.
func (c *compiler) noteEdge(in scope, to OpID, s spot) {
	if !in.inService {
		return
	}
	if _, ok := c.callSpots[edge{in.op, to}]; !ok {
		c.callSpots[edge{in.op, to}] = s
	}
}

func (c *compiler) publish(s spot, in scope) Step {
	name, ok := c.text(s, "a topic")
	if !ok {
		return nil
	}
	id, ok := c.topics[name]
	if !ok {
		find := func(name string) string { return didYouMean(name, c.topicNames()) }
		c.fail(s, c.hint(find, name), "no topic %q", shorten(name))
		return nil
	}
	if _, ok := c.publishes[edgeToTopic{in.op, id}]; !ok {
		c.publishes[edgeToTopic{in.op, id}] = s
	}
	return Publish{At: in.at(), Topic: id}
}

// parallel reads either a list of branches, with join beside it, or a mapping
// of branches and join.
func (c *compiler) parallel(s spot, beside fields, in scope) Step {
	list, join, joined := s, beside["join"], beside.has("join")
	if s.node.Kind == yamlx.Mapping {
		f, _ := c.fields(s, parallelKeys())
		var ok bool
		if list, ok = c.required(s, f, "branches", "write parallel: [{call: a.x}, {call: b.y}]"); !ok {
			return nil
		}
		if f.has("join") {
			if joined {
				c.fail(join, "", "join is here twice")
			}
			join, joined = f["join"], true
		}
	}
	if list.node.Kind != yamlx.Sequence {
		c.fail(list, "write parallel: [{call: a.x}, {call: b.y}]", "%s; want a list of branches", found(list.node))
		return nil
	}
	out := Parallel{At: in.at(), Need: len(list.node.Items)}
	if len(list.node.Items) == 0 {
		c.fail(list, "", "no branches; want at least one")
	}
	for i := range list.node.Items {
		out.Branches = append(out.Branches, c.steps(list.item(i), in.in(i)))
	}
	if joined {
		out.Need = c.join(join, len(out.Branches))
	}
	return out
}

// join reads how many branches to wait for.
func (c *compiler) join(s spot, branches int) int {
	switch {
	case isWord(s, "all"):
		return branches
	case isWord(s, "any"):
		return 1
	case s.node.Kind == yamlx.Scalar && s.node.Tag != "!!int":
		c.fail(s, "", "%s; want all, any, or how many of the %d branches", found(s.node), branches)
		return branches
	}
	n, ok := c.whole(s, 1, maxCount)
	if ok && n > branches {
		c.fail(s, "", "join: %d, but there are only %d branches", n, branches)
	}
	return n
}
