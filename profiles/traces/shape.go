package traces

import (
	"slices"
	"strconv"
	"strings"
)

// shape is one way in which an operation went: what it asked for, in which
// order, and what at once.
type shape struct {
	stages []stage
	n      int
	cpu    stat
	wait   stat
}

// stage is one call, as often as times says, or several at once.
type stage struct {
	branches [][]item
	times    map[int]int // how often it was how many in a row, where there is one call
}

// item is what is asked for.
type item struct {
	op    *operation
	topic string
}

func (i item) key() string {
	if i.op == nil {
		return "p" + i.topic
	}
	return strconv.Itoa(i.op.index)
}

// stagesOf orders calls, which are sorted by their beginnings. Two are at once
// where they overlap by more than rounding explains.
func stagesOf(calls []call) []stage {
	var out []stage
	for i := 0; i < len(calls); {
		j, end := i+1, calls[i].end
		for j < len(calls) && overlaps(&calls[j], end) {
			end = max(end, calls[j].end)
			j++
		}
		st := stage{branches: branchesOf(calls[i:j])}
		last := len(out) - 1
		if len(st.branches) == 1 && len(st.branches[0]) == 1 {
			if last >= 0 && out[last].single() && out[last].branches[0][0] == st.branches[0][0] {
				out[last].times[-1]++
				i = j
				continue
			}
			st.times = map[int]int{-1: 1}
		}
		out = append(out, st)
		i = j
	}
	return out
}

func (s *stage) single() bool { return s.times != nil }

// overlaps reports whether a call began before an earlier one ended.
func overlaps(c *call, end int64) bool {
	const slack = 2000 // (ns)
	both := min(c.end, end) - c.begin
	return both > slack && both > (c.end-c.begin)/100
}

// branchesOf are the fewest sequences of calls in which none overlap.
func branchesOf(calls []call) [][]item {
	var out [][]item
	var ends []int64
next:
	for i := range calls {
		c := &calls[i]
		it := item{c.op, c.topic}
		for b := range out {
			if !overlaps(c, ends[b]) {
				out[b], ends[b] = append(out[b], it), c.end
				continue next
			}
		}
		out, ends = append(out, []item{it}), append(ends, c.end)
	}
	slices.SortStableFunc(out, func(a, b []item) int { return strings.Compare(branchKey(a), branchKey(b)) })
	return out
}

func branchKey(b []item) string {
	parts := make([]string, len(b))
	for i := range b {
		parts[i] = b[i].key()
	}
	return strings.Join(parts, ",")
}

func stageKey(s *stage) string {
	parts := make([]string, len(s.branches))
	for i := range s.branches {
		parts[i] = branchKey(s.branches[i])
	}
	return strings.Join(parts, "|")
}

func shapeKey(stages []stage) string {
	parts := make([]string, len(stages))
	for i := range stages {
		parts[i] = stageKey(&stages[i])
	}
	return strings.Join(parts, ";")
}

// count adds what was seen once; stages have their number of rounds under -1.
func (s *shape) count(stages []stage, cpu, wait float64) {
	if s.n == 0 {
		s.stages = stages
		for i := range stages {
			if rounds := stages[i].times; rounds != nil {
				s.stages[i].times = map[int]int{rounds[-1]: 1}
			}
		}
	} else {
		for i := range stages {
			if rounds := stages[i].times; rounds != nil {
				s.stages[i].times[min(rounds[-1], mostRounds)]++
			}
		}
	}
	s.n++
	s.cpu.add(cpu)
	s.wait.add(wait)
}

const mostRounds = 10_000
