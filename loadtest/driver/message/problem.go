package message

import (
	"cmp"
	"maps"
	"slices"

	"github.com/headroom/headroom/scenarios"
)

// Problem is something that went wrong with answers, in words of the scenario:
// it never holds a part of a request or an answer.
type Problem struct {
	Operation string // its name; empty where it is about none
	What      string
}

// Count is how often a problem came up.
type Count struct {
	Problem
	Times int64
}

// maxProblems bounds how many different problems are kept.
const maxProblems = 1000

func (s *Source) problem(operation, what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := Problem{operation, what}
	if _, ok := s.problems[p]; !ok && len(s.problems) >= maxProblems {
		p = Problem{What: "other problems"}
	}
	s.problems[p]++
}

// Note counts a problem of an operation, which is told in words that hold no
// part of a request or an answer.
func (s *Source) Note(operation, what string) { s.problem(operation, what) }

// Problems are those that came up, the most frequent first.
func (s *Source) Problems() []Count {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Count
	for _, p := range slices.SortedFunc(maps.Keys(s.problems), func(a, b Problem) int {
		return cmp.Or(cmp.Compare(s.problems[b], s.problems[a]), cmp.Compare(a.Operation, b.Operation), cmp.Compare(a.What, b.What))
	}) {
		out = append(out, Count{p, s.problems[p]})
	}
	return out
}

// Exhausted are the data whose rows were each used once and are all used up.
func (s *Source) Exhausted() []string {
	var out []string
	for name, f := range s.feeds {
		if f.Pick == scenarios.PickUnique && f.next.Load() > int64(len(f.Rows)) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}
