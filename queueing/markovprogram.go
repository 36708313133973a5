package queueing

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// ErrNoChain is what a [ChainError] is, for errors.Is.
var ErrNoChain = errors.New("queueing: the model has no Markov chain of a size to solve")

// ChainError says what of a model cannot be in its Markov chain.
type ChainError struct {
	Reasons []measure.Caveat
}

// Error implements error.
func (e *ChainError) Error() string {
	lines := make([]string, len(e.Reasons))
	for i, r := range e.Reasons {
		lines[i] = r.Where + ": " + r.What
	}
	return fmt.Sprintf("%v: %s; simulate it", ErrNoChain, strings.Join(lines, "; "))
}

// Unwrap makes it an [ErrNoChain].
func (e *ChainError) Unwrap() error { return ErrNoChain }

// instruction is one thing that a request does.
type instruction struct {
	kind   instructionKind
	mean   float64 // of a compute or pause (s)
	op     int     // of an ask
	branch []way   // of a fork in the way
}

type instructionKind uint8

const (
	compute instructionKind = iota
	pause
	ask  // calls another operation and waits for its answer
	turn // goes on at one of several instructions
)

// way is one of several ways to go on.
type way struct {
	p  float64
	to int
}

// markovProgram is a model as instructions: first those of the operations, then
// those of the workloads.
type markovProgram struct {
	m       *scenarios.Model
	code    [][]instruction
	reasons []measure.Caveat
}

// Loops of at most mostRounds are written out; with more than mostReplicas the
// states cannot be but too many.
const (
	mostRounds   = 32
	mostReplicas = 1000
)

func newMarkovProgram(m *scenarios.Model) (*markovProgram, error) {
	g := &markovProgram{m: m}
	for i := range m.Operations {
		g.code = append(g.code, g.compile(m.Operations[i].Name, m.Operations[i].Steps))
	}
	for w := range m.Workloads {
		g.code = append(g.code, g.workload(w))
	}
	replicas := 0
	for i := range m.Services {
		replicas += m.Services[i].Replicas
		if s := &m.Services[i]; s.Replicas > 1 && s.Balancing != scenarios.Random {
			g.refuse("services."+s.Name, "replicas are not picked at random")
		}
	}
	if replicas > mostReplicas {
		g.refuse("model", fmt.Sprintf("more than %d replicas", mostReplicas))
	}
	if !m.Network.Latency.IsZero() {
		g.refuse("network", "messages take time")
	}
	if newPlan(m).cyclic {
		g.refuse("model", "operations call each other in a circle")
	}
	if len(g.reasons) > 0 {
		return nil, &ChainError{g.reasons}
	}
	return g, nil
}

func (g *markovProgram) refuse(where, what string) {
	g.reasons = append(g.reasons, measure.Caveat{Where: where, What: what})
}

// root is the program of a workload.
func (g *markovProgram) root(w int) int { return len(g.m.Operations) + w }

func (g *markovProgram) workload(w int) []instruction {
	wl := &g.m.Workloads[w]
	where := "workloads." + wl.Name
	switch {
	case wl.Open() && wl.Arrivals.Kind != scenarios.Poisson:
		g.refuse(where, "arrivals are not Poisson")
	case wl.Open():
		g.bounded(w, where)
	case wl.Think.Family() != dist.FamilyExponential:
		g.refuse(where, "think times are not exponential")
	}
	switch {
	case wl.Route != nil:
		return g.route(wl.Route)
	case len(wl.Mix) > 0:
		return mixed(wl.Mix)
	}
	return g.compile(where, wl.Steps)
}

// bounded wants an end to every line that requests from outside can come to.
func (g *markovProgram) bounded(w int, where string) {
	starts, err := newPlan(g.m).starts(&g.m.Workloads[w], nil, nil)
	if err != nil {
		g.refuse(where, err.Error())
		return
	}
	for op, n := range starts {
		s := &g.m.Services[g.m.Operations[op].Service]
		if n > 0 && (s.Threads == 0 || s.Backlog < 0) {
			g.refuse("services."+s.Name, "any number of requests of an open workload can be there: threads and backlog have to be limited")
			return
		}
	}
	for _, s := range g.m.Workloads[w].Steps {
		if _, waits := s.(scenarios.Wait); waits {
			g.refuse(where, "any number of requests of an open workload can wait at once")
			return
		}
	}
}

// mixed asks for one operation.
func mixed(mix []scenarios.Share) []instruction {
	code := []instruction{{kind: turn}}
	for i, s := range mix {
		code[0].branch = append(code[0].branch, way{s.P, 1 + 2*i})
		code = append(code, instruction{kind: ask, op: int(s.Op)}, instruction{kind: turn, branch: []way{{1, 1 + 2*len(mix)}}})
	}
	return code
}

// route asks for one operation after the other.
func (g *markovProgram) route(r *scenarios.Route) []instruction {
	n := len(g.m.Operations)
	end := 1 + 2*n
	code := make([]instruction, end)
	turns := func(shares []scenarios.Share) instruction {
		t, left := instruction{kind: turn}, 1.0
		for _, s := range shares {
			t.branch = append(t.branch, way{s.P, 1 + 2*int(s.Op)})
			left -= s.P
		}
		if left > 1e-12 {
			t.branch = append(t.branch, way{left, end})
		}
		return t
	}
	code[0] = turns(r.Start)
	for op := range n {
		code[1+2*op] = instruction{kind: ask, op: op}
		code[2+2*op] = turns(r.Next[scenarios.OpID(op)])
	}
	return code
}

// compile writes steps out as instructions; the end is where there are no more.
func (g *markovProgram) compile(where string, steps []scenarios.Step) []instruction {
	var code []instruction
	g.steps(&code, where, steps)
	return code
}

func (g *markovProgram) steps(code *[]instruction, where string, steps []scenarios.Step) {
	for _, s := range steps {
		switch s := s.(type) {
		case scenarios.CPU:
			g.time(code, where, compute, s.Demand)
		case scenarios.Wait:
			g.time(code, where, pause, s.Time)
		case scenarios.Call:
			*code = append(*code, instruction{kind: ask, op: int(s.Op)})
		case scenarios.Choose:
			g.choose(code, where, s.Branches)
		case scenarios.Cache:
			g.choose(code, where, []scenarios.Branch{{P: s.Hit, Steps: s.Then}, {P: 1 - s.Hit, Steps: s.Else}})
		case scenarios.Repeat:
			n := s.Count.Mean()
			if s.PerMessage {
				n = 1
			} else if s.Count.Family() != dist.FamilyConst || n != math.Trunc(n) || n > mostRounds {
				g.refuse(where, fmt.Sprintf("a loop whose rounds are not a constant of at most %d", mostRounds))
				continue
			}
			for range int(n) {
				g.steps(code, where, s.Steps)
			}
		case scenarios.Parallel:
			g.refuse(where, "parallel branches")
		case scenarios.Publish:
			g.refuse(where, "messages to a topic")
		}
	}
}

func (g *markovProgram) time(code *[]instruction, where string, kind instructionKind, d dist.Dist) {
	switch {
	case d.IsZero():
	case d.Family() == dist.FamilyExponential:
		*code = append(*code, instruction{kind: kind, mean: d.Mean()})
	default:
		g.refuse(where, fmt.Sprintf("%v is not exponential", d))
	}
}

// choose writes the branches one after the other, each but the last with a jump
// to their common end.
func (g *markovProgram) choose(code *[]instruction, where string, branches []scenarios.Branch) {
	at := len(*code)
	*code = append(*code, instruction{kind: turn})
	var ways []way
	var ends []int
	for _, b := range branches {
		if b.P <= 0 {
			continue
		}
		ways = append(ways, way{b.P, len(*code)})
		g.steps(code, where, b.Steps)
		ends = append(ends, len(*code))
		*code = append(*code, instruction{kind: turn})
	}
	(*code)[at].branch = ways
	for _, e := range ends {
		(*code)[e].branch = []way{{1, len(*code)}}
	}
}
