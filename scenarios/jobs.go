package scenarios

import (
	"maps"
	"slices"

	"github.com/headroom/headroom/scenarios/dist"
	"github.com/headroom/headroom/scenarios/internal/yamlx"
)

func jobKeys() keys {
	return keys{
		what: "a job", known: []string{"every", "stages"},
		means: map[string]string{"period": "every", "interval": "every", "cron": "every", "schedule": "every", "steps": "stages", "phases": "stages"},
	}
}

func stageKeys() keys {
	return keys{
		what: "a stage", known: []string{"name", "tasks", "does", "slots", "shuffle", "after", "speculate", "local", "fetch"},
		means: map[string]string{"call": "does", "do": "does", "count": "tasks", "parallelism": "slots", "workers": "slots", "needs": "after", "depends": "after", "backup": "speculate", "locality": "local"},
	}
}

// compileJobs reads staged batch work, by name.
func (c *compiler) compileJobs(s spot) {
	for _, e := range c.entries(s, "a mapping of jobs by name") {
		c.name(e.key, e.name)
		c.m.Jobs = append(c.m.Jobs, c.job(e))
	}
}

func (c *compiler) job(e entry) Job {
	j := Job{Name: e.name}
	f, ok := c.fields(e.spot, jobKeys())
	if !ok {
		return j
	}
	if v, ok := f["every"]; ok {
		if d, ok := c.dist(v, dist.Seconds); ok {
			j.Every = d
			if d.Mean() <= 0 {
				c.fail(v, "leave it out for a job that runs once", "jobs would start all the time")
			}
		}
	}
	stages, ok := c.required(e.spot, f, "stages", "say what it does, as stages: [{name: map, tasks: 100, does: worker.map}]")
	if !ok {
		return j
	}
	const example = "write stages: [{name: map, tasks: 100, does: worker.map}]"
	switch {
	case stages.node.Kind != yamlx.Sequence:
		c.fail(stages, example, "%s; want a list of stages", found(stages.node))
		return j
	case len(stages.node.Items) == 0:
		c.fail(stages, example, "no stages; want at least one")
	}
	names := map[string]int{}
	for i := range stages.node.Items {
		j.Stages = append(j.Stages, c.stage(stages.item(i), names, i))
	}
	return j
}

// stage reads one stage; names are those of the stages before it.
func (c *compiler) stage(s spot, names map[string]int, i int) Stage {
	out := Stage{Tasks: 1, Local: 1}
	f, ok := c.fields(s, stageKeys())
	if !ok {
		return out
	}
	if v, ok := c.required(s, f, "name", "name it, as name: map"); ok {
		if name, ok := c.text(v, "a name"); ok {
			c.name(v, name)
			if _, taken := names[name]; taken {
				c.fail(v, "name it otherwise", "two stages %q", shorten(name))
			}
			out.Name = name
			names[name] = i
		}
	}
	if v, ok := f["tasks"]; ok {
		out.Tasks, _ = c.whole(v, 1, maxCount)
	}
	if v, ok := c.required(s, f, "does", "say which operation a task is, as does: worker.map"); ok {
		out.Op, _ = c.op(v)
	}
	if v, ok := f["slots"]; ok {
		out.Slots, _ = c.whole(v, 1, maxCount)
	}
	if v, ok := f["shuffle"]; ok {
		out.Shuffle, _ = c.dist(v, dist.Seconds)
	}
	if v, ok := f["after"]; ok {
		out.After = c.after(v, names, i)
	}
	if v, ok := f["speculate"]; ok {
		const want = "how many times the median, as 1.5"
		x, ok := c.number(v, 0, want)
		if ok && !(x >= 1 && x <= maxSpeculate) {
			c.fail(v, "", "%g; want %s, from 1 to %g", x, want, float64(maxSpeculate))
		}
		out.Speculate = x
	}
	c.locality(f, &out)
	return out
}

// maxSpeculate bounds how many times the median a task may take.
const maxSpeculate = 1e6

// locality reads how often a task finds its data where it runs.
func (c *compiler) locality(f fields, out *Stage) {
	local, has := f["local"]
	if has {
		out.Local, _ = c.share(local)
	}
	fetch, fetches := f["fetch"]
	if fetches {
		out.Fetch, _ = c.dist(fetch, dist.Seconds)
	}
	switch {
	case has && !fetches:
		c.fail(local, "say how long a task needs for its data otherwise, as fetch: exp(1s)", "local without fetch changes nothing")
	case fetches && !has:
		c.fail(fetch, "say how often a task finds its data where it runs, as local: 90%", "fetch without local: every task finds its data")
	}
}

// after reads the stages that must have ended before one begins; a single name
// needs no list.
func (c *compiler) after(s spot, names map[string]int, i int) []int {
	items := []spot{s}
	if s.node.Kind == yamlx.Sequence {
		items = nil
		for j := range s.node.Items {
			items = append(items, s.item(j))
		}
	}
	if len(items) == 0 {
		c.fail(s, "leave it out to begin after the stage before", "an empty list")
	}
	var out []int
	for _, item := range items {
		name, ok := c.text(item, "the name of a stage")
		if !ok {
			continue
		}
		at, ok := names[name]
		switch {
		case !ok:
			find := func(name string) string { return didYouMean(name, slices.Sorted(maps.Keys(names))) }
			c.fail(item, c.hint(find, name), "no stage %q before this one", shorten(name))
		case at == i:
			c.fail(item, "", "a stage after itself")
		default:
			out = append(out, at)
		}
	}
	return out
}
