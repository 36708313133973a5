package queueing

import "github.com/headroom/headroom/scenarios"

// revisits are the counts of one run of every operation, without the services
// that none of them comes to more than once: those that have one step on their
// cores, at the end of one way of calls. Of a tree of many services there are
// none left to be counted.
func (p *plan) revisits() []visitCounts {
	if p.revisited == nil {
		if p.cyclic {
			p.revisited = p.visits()
		} else {
			p.revisited = p.newVisiting(p.comesAgain()).of
		}
	}
	return p.revisited
}

// comesAgain tells the services that an operation may come to more than once, in
// a model without circles of calls.
func (p *plan) comesAgain() []bool {
	w := ways{calls: make([]int, len(p.ops)), cores: make([]int, len(p.m.Services))}
	for i := len(p.order) - 1; i >= 0; i-- { // who calls before who is called
		op := p.order[i]
		w.follow(int(p.ops[op].service), p.m.Operations[op].Steps, max(1, w.calls[op]))
	}
	out := make([]bool, len(w.cores))
	for id, n := range w.cores {
		out[id] = n > 1
	}
	return out
}

// ways are in how many places of the steps something is asked for, up to two.
type ways struct {
	calls []int // by operation
	cores []int // by service
}

// follow goes through steps that themselves are come to on so many ways.
func (w *ways) follow(service int, steps []scenarios.Step, many int) {
	for _, s := range steps {
		switch s := s.(type) {
		case scenarios.CPU:
			w.cores[service] = min(2, w.cores[service]+many)
		case scenarios.Call:
			w.calls[s.Op] = min(2, w.calls[s.Op]+many)
		case scenarios.Repeat:
			w.follow(service, s.Steps, 2)
		default:
			for _, inside := range scenarios.Inside(s) {
				w.follow(service, inside, many)
			}
		}
	}
}
