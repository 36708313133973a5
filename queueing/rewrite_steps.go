package queueing

import (
	"slices"

	"github.com/headroom/headroom/scenarios"
)

// list rewrites a list of steps. With tail, what is taken and not given back in
// it is held until the end of the operation (or branch), which is its own end.
func (w *rewrite) list(steps []scenarios.Step, tail bool) []scenarios.Step {
	var out []scenarios.Step
	for i := 0; i < len(steps); i++ {
		s := steps[i]
		if tail && w.opens(s) {
			return append(out, w.pushed(s, steps[i+1:])...)
		}
		acquire, ok := s.(scenarios.Acquire)
		if !ok {
			out = append(out, w.step(s)...)
			continue
		}
		key := holdKey{w.owner, true, int(acquire.Pool)}
		if w.unfit[key] != "" {
			continue
		}
		end := releaseOf(acquire.Pool, steps[i+1:])
		body, rest := steps[i+1:], []scenarios.Step(nil)
		switch {
		case end >= 0:
			body, rest = body[:end], body[end+1:]
		case !tail:
			w.refuse(key, "taken in one list of steps and given back in another")
			continue
		}
		if w.fed && perMessage(body) {
			w.refuse(key, "held while the messages of a batch are worked on")
			continue
		}
		out = append(out, w.pool(acquire, key, w.list(body, tail && end < 0))...)
		return append(out, w.list(rest, tail)...)
	}
	return out
}

// releaseOf is the place of the release that gives back what was acquired before
// the steps, −1 where there is none among them.
func releaseOf(pool scenarios.PoolID, steps []scenarios.Step) int {
	more := 0
	for i, s := range steps {
		switch s := s.(type) {
		case scenarios.Acquire:
			if s.Pool == pool {
				more++
			}
		case scenarios.Release:
			if s.Pool != pool {
				continue
			}
			if more == 0 {
				return i
			}
			more--
		}
	}
	return -1
}

// opens reports whether a branch of a step takes something that it does not give
// back, so that it is held over what comes after the step.
func (w *rewrite) opens(s scenarios.Step) bool {
	switch s.(type) {
	case scenarios.Choose, scenarios.Cache:
	default:
		return false
	}
	return slices.ContainsFunc(scenarios.Inside(s), func(branch []scenarios.Step) bool {
		for i, s := range branch {
			if a, ok := s.(scenarios.Acquire); ok && w.unfit[holdKey{w.owner, true, int(a.Pool)}] == "" && releaseOf(a.Pool, branch[i+1:]) < 0 {
				return true
			}
			if w.opens(s) {
				return true
			}
		}
		return false
	})
}

// pushed is a step with what comes after it at the end of each of its branches.
func (w *rewrite) pushed(s scenarios.Step, rest []scenarios.Step) []scenarios.Step {
	and := func(branch []scenarios.Step) []scenarios.Step {
		return w.list(append(slices.Clone(branch), rest...), true)
	}
	switch s := s.(type) {
	case scenarios.Choose:
		s.Branches = slices.Clone(s.Branches)
		for i := range s.Branches {
			s.Branches[i].Steps = and(s.Branches[i].Steps)
		}
		return []scenarios.Step{s}
	case scenarios.Cache:
		s.Then, s.Else = and(s.Then), and(s.Else)
		return w.find(s)
	}
	return []scenarios.Step{s}
}

// refuse notes that a lock or a pool is not used as a layer would be.
func (w *rewrite) refuse(key holdKey, why string) {
	if w.unfit[key] == "" {
		w.unfit[key] = why
	}
}

func (w *rewrite) step(s scenarios.Step) []scenarios.Step {
	switch s := s.(type) {
	case scenarios.CPU:
		if c := w.cores[w.owner]; c != nil {
			return []scenarios.Step{scenarios.Call{At: s.At, Op: w.coreOp(c, s)}}
		}
	case scenarios.Parallel:
		branches := make([][]scenarios.Step, len(s.Branches))
		for i, b := range s.Branches {
			branches[i] = w.list(b, true)
		}
		s.Branches = branches
		return []scenarios.Step{s}
	case scenarios.Choose:
		s.Branches = slices.Clone(s.Branches)
		for i := range s.Branches {
			s.Branches[i].Steps = w.list(s.Branches[i].Steps, false)
		}
		return []scenarios.Step{s}
	case scenarios.Cache:
		s.Then, s.Else = w.list(s.Then, false), w.list(s.Else, false)
		return w.find(s)
	case scenarios.Repeat:
		s.Steps = w.list(s.Steps, false)
		return []scenarios.Step{s}
	case scenarios.Lock:
		return w.lock(s)
	case scenarios.Release:
		w.refuse(holdKey{w.owner, true, int(s.Pool)}, "given back where it was not taken")
		return nil
	}
	return []scenarios.Step{s}
}

// coreOp is the operation that is a step on the cores of a service.
func (w *rewrite) coreOp(c *coresPart, s scenarios.CPU) scenarios.OpID {
	for _, op := range w.m.Services[c.service].Operations {
		if w.m.Operations[op].Steps[0].(scenarios.CPU).Demand.Equal(s.Demand) {
			return op
		}
	}
	return w.addOp(c.service, []scenarios.Step{s})
}

// perMessage reports whether steps run some of them once for each message of a
// batch: those of an operation that is called do not.
func perMessage(steps []scenarios.Step) bool {
	found := false
	scenarios.WalkSteps(steps, func(s scenarios.Step) {
		r, ok := s.(scenarios.Repeat)
		found = found || ok && r.PerMessage
	})
	return found
}

// pool is a call to the pool that one is acquired of, which runs the body.
func (w *rewrite) pool(a scenarios.Acquire, key holdKey, body []scenarios.Step) []scenarios.Step {
	if len(w.keys[key]) == 0 {
		s, p := &w.from.Services[key.service], w.from.Services[key.service].Pools[key.index]
		id := w.addService(scenarios.Service{
			Name: s.Name + " pool '" + p.Name + "'", Replicas: s.Replicas, Cores: 1, Threads: p.Size, Backlog: p.Backlog,
			Balancing: s.Balancing, HashKeys: s.HashKeys, HashSkew: s.HashSkew,
		}, heldPart{kind: holding, owner: key.service, hold: key})
		w.keys[key] = []tier{{service: id, share: 1}}
	}
	if a.Timeout > 0 {
		w.note(scenarios.Feature{
			Word: scenarios.WordPool, What: "the timeout of pool \"" + w.nameOf(key) + "\"",
			Where: "services." + w.from.Services[key.service].Name, Effect: "waits take as long as they take",
		})
	}
	return w.through(key, func(int) gate { return gate{body: -1} }, func(int) []scenarios.Step { return body })
}
