package scenarios

import "github.com/headroom/headroom/scenarios/internal/yamlx"

// endOfRoute is the word for leaving a route.
const endOfRoute = "end"

// route reads a Markov chain over operations:
//
//	{start: web.page, web.page: {db.read: 30%, end: 70%}, db.read: web.page}
func (c *compiler) route(s spot) *Route {
	mark := len(c.diags)
	r := &Route{Next: map[OpID][]Share{}}
	rows := map[OpID]spot{}
	started := false
	for _, e := range c.entries(s, "a mapping: start, and for every operation what comes next") {
		if e.name == "start" {
			started = true
			r.Start = c.next(e.spot, false)
			continue
		}
		if id, ok := c.opNamed(e.key, e.name); ok {
			rows[id] = e.key
			r.Next[id] = c.next(e.spot, true)
		}
	}
	if s.node.Kind == yamlx.Mapping && !started {
		c.fail(s, "write start: web.page", "\"start\" is missing")
	}
	if !c.failed(mark) {
		c.walk(s, r, rows)
	}
	return r
}

// next reads where a request goes: one operation, end, or shares of them.
func (c *compiler) next(s spot, end bool) []Share {
	if s.node.Kind == yamlx.Scalar {
		if end && s.node.Text == endOfRoute {
			return nil
		}
		if id, ok := c.op(s); ok {
			return []Share{{Op: id, P: 1}}
		}
		return nil
	}
	return c.mix(s, "the next step", end)
}

// walk checks that every operation of a route can be reached, knows the way
// on, and comes to an end.
func (c *compiler) walk(s spot, r *Route, rows map[OpID]spot) {
	reached, ends := r.reached(), r.ends()
	for i := range c.m.Operations {
		id := OpID(i)
		row, has := rows[id]
		switch {
		case reached[id] && !has:
			c.fail(s, "write "+c.m.Operations[id].Name+": end", "the route comes to %s and does not say what is next", c.m.Operations[id].Name)
		case has && !reached[id]:
			c.fail(row, "", "the route never comes here")
		case has && !ends[id]:
			c.fail(row, "give it a share of end", "the route never ends from here")
		}
	}
}

// reached is the set of operations that a request may come to.
func (r *Route) reached() map[OpID]bool {
	seen := map[OpID]bool{}
	var visit func([]Share)
	visit = func(next []Share) {
		for _, s := range next {
			if s.P > 0 && !seen[s.Op] {
				seen[s.Op] = true
				visit(r.Next[s.Op])
			}
		}
	}
	visit(r.Start)
	return seen
}

// ends is the set of operations from which a request may come to the end: those
// with a share of it, and those before them.
func (r *Route) ends() map[OpID]bool {
	before := map[OpID][]OpID{}
	out := map[OpID]bool{}
	var todo []OpID
	for id, next := range r.Next {
		sum := 0.0
		for _, s := range next {
			sum += s.P
			if s.P > 0 {
				before[s.Op] = append(before[s.Op], id)
			}
		}
		if sum < 1-sumTolerance {
			todo = append(todo, id)
		}
	}
	for len(todo) > 0 {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if !out[id] {
			out[id] = true
			todo = append(todo, before[id]...)
		}
	}
	return out
}
