package queueing

import (
	"fmt"
	"slices"
	"strings"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// report puts what a result says of services that were not written under the
// names of those that were: figures of cores back to their service, and those of
// what is held to its locks and pools.
func (w *rewrite) report(r *measure.Result, x *solver) {
	for i := range w.parts {
		p := &w.parts[i]
		name := w.m.Services[len(w.from.Services)+i].Name
		if p.kind == coresOf {
			join(r.Services[w.from.Services[p.owner].Name], r.Services[name])
		}
		w.reportHold(r, x, p)
		if name == r.Bottleneck {
			r.Bottleneck = w.from.Services[max(0, p.owner)].Name
			if p.kind == holding {
				r.Caveats = append(r.Caveats, measure.Caveat{
					What: "queueing: what saturates first is " + w.describe(p.hold), Where: "services." + r.Bottleneck,
					Effect: "more cores or threads would not carry more",
				})
			}
		}
		delete(r.Services, name)
	}
	for op := len(w.from.Operations); op < len(w.m.Operations); op++ {
		delete(r.Operations, w.m.Operations[op].Name)
	}
	w.reportCaches(r, x)
	w.caveats(r, x)
}

// join adds the figures of the cores of a service to those of its threads.
func join(s, cores *measure.Service) {
	s.Utilization, s.PIdle = cores.Utilization, cores.PIdle
	if !s.Waiting.Known() || !cores.Waiting.Known() {
		s.Waiting, s.PWait = measure.Estimate{}, measure.Estimate{}
		return
	}
	s.Waiting = exactly(s.Waiting.Value + cores.Waiting.Value)
	s.PWait = exactly(1 - (1-s.PWait.Value)*(1-cores.PWait.Value))
}

func (w *rewrite) reportHold(r *measure.Result, x *solver, p *heldPart) {
	if p.kind != holding || p.tier > 0 {
		return
	}
	out := r.Services[w.from.Services[p.owner].Name]
	into := &out.Locks
	if p.hold.pool {
		into = &out.Pools
	}
	if *into == nil {
		*into = make(map[string]*measure.Hold)
	}
	(*into)[w.nameOf(p.hold)] = w.hold(x, p.hold)
}

// reportCaches fills in the share of look-ups that hit, over the caches of a
// service, and what only optimistic locks have.
func (w *rewrite) reportCaches(r *measure.Result, x *solver) {
	for id := range w.from.Services {
		s := &w.from.Services[id]
		asked, hits := 0.0, 0.0
		for _, f := range w.finds {
			if int(f.owner) == id {
				rate := x.asked(f.op)
				asked += rate
				hits += rate * f.hit
			}
		}
		if asked > 0 {
			r.Services[s.Name].CacheHits = exactly(hits / asked)
		}
		for _, t := range w.tries {
			if int(t.key.service) != id {
				continue
			}
			out := r.Services[s.Name]
			if out.Locks == nil {
				out.Locks = make(map[string]*measure.Hold)
			}
			if out.Locks[w.nameOf(t.key)] == nil {
				out.Locks[w.nameOf(t.key)] = w.hold(x, t.key)
			}
		}
	}
}

// describe names a lock or a pool.
func (w *rewrite) describe(key holdKey) string {
	if key.pool {
		return fmt.Sprintf("pool %q", w.nameOf(key))
	}
	return fmt.Sprintf("lock %q", w.nameOf(key))
}

// names turns names of services that were not written into those that were.
func (w *rewrite) names() *strings.Replacer {
	var pairs []string
	for i := range w.parts {
		if p := &w.parts[i]; p.kind == coresOf {
			pairs = append(pairs, "services."+w.m.Services[len(w.from.Services)+i].Name, "services."+w.from.Services[p.owner].Name)
		}
	}
	return strings.NewReplacer(pairs...)
}

// ofHolds turns what is said of threads into what is so of things that are held.
func ofHolds() *strings.Replacer {
	return strings.NewReplacer(
		"the limit on threads is taken", "waiting for it is taken", "no thread free", "none free", "the line for a thread", "the line for it",
		"times in a thread", "times that it is held", "wait for a thread", "wait for it", "what calls take", "what is done with it",
		"how many are made", "how many do it",
	)
}

// caveats says what was approximated here, and puts names right.
func (w *rewrite) caveats(r *measure.Result, x *solver) {
	names, held := w.names(), ofHolds()
	var out []measure.Caveat
	for _, c := range r.Caveats {
		if id := slices.IndexFunc(w.m.Services, func(s scenarios.Service) bool { return c.Where == "services."+s.Name }); id >= 0 {
			if p := w.partOf(id); p != nil && p.kind == holding {
				c.What, c.Effect = held.Replace(c.What), held.Replace(c.Effect)
			}
		}
		c = measure.Caveat{What: names.Replace(c.What), Where: names.Replace(c.Where), Effect: names.Replace(c.Effect)}
		if !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	add := func(what, where, effect string) {
		c := measure.Caveat{What: "queueing: " + what, Where: where, Effect: effect}
		if !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	for _, f := range w.finds {
		if x.asked(f.op) == 0 {
			continue
		}
		where := "workloads"
		if f.owner >= 0 {
			where = "services." + w.from.Services[f.owner].Name
		}
		switch {
		case f.store.Policy == scenarios.LFU && f.store.Size > 0 && f.store.Size < f.store.Keys:
			add("the hit ratio of an LFU cache depends on how long it has run", where, "within about 9 % of what is hit in the first half million look-ups")
		case f.store.Size > 0 && f.store.Size < f.store.Keys:
			add("the hit ratio of a cache is taken from its characteristic time", where, "within about 2 % of itself")
		case !f.store.TTL.IsZero():
			add("look-ups in a cache are taken to come as a Poisson stream", where, "exact if they do")
		}
	}
	for _, t := range w.tries {
		if x.asked(t.op) == 0 {
			continue
		}
		add("commits of others are taken as a Poisson stream for optimistic "+w.describe(t.key), "services."+w.from.Services[t.key.service].Name,
			"attempts within about 5 % where few are in progress at a time")
	}
	for i := range w.parts {
		key := w.parts[i].hold
		use := w.uses[key]
		if w.parts[i].kind == holding && use.shared && use.exclusive && w.figuresOf(x, len(w.from.Services)+i).asked > 0 {
			add(w.describe(key)+" has readers and writers: a writer's wait for those before it is a mean value", "services."+w.from.Services[key.service].Name,
				"waits within about 15 %")
		}
	}
	r.Caveats = out
}

// inexact is what stands in the way of exact means.
func (w *rewrite) inexact() []measure.Caveat {
	var out []measure.Caveat
	for i := range w.parts {
		if p := &w.parts[i]; p.kind == holding && p.tier == 0 {
			out = append(out, measure.Caveat{Where: "services." + w.from.Services[p.owner].Name, What: "requests wait for " + w.describe(p.hold)})
		}
	}
	for _, t := range w.tries {
		out = append(out, measure.Caveat{Where: "services." + w.from.Services[t.key.service].Name, What: "requests try for optimistic " + w.describe(t.key)})
	}
	for _, f := range w.finds {
		c := measure.Caveat{Where: "workloads", What: "a cache of keys"}
		if f.owner >= 0 {
			c.Where = "services." + w.from.Services[f.owner].Name
		}
		out = append(out, c)
	}
	return out
}
