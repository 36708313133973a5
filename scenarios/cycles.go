package scenarios

import (
	"fmt"
	"slices"
	"strings"
)

// asks is how often, on average, each operation asks each other one, itself
// included, while it runs once: by a call, or by a message to a topic whose
// consumer it is.
type asks []map[OpID]float64

// goesOneWay reports whether no operation asks for itself in the end, by calls
// and messages of any weight: then nothing has to be weighed.
func (m *Model) goesOneWay() bool {
	const (
		under = 1 + iota // way
		done
	)
	state := make([]uint8, len(m.Operations))
	var visit func(id OpID) bool
	var look func(steps []Step) bool
	visit = func(id OpID) bool {
		switch state[id] {
		case under:
			return false
		case done:
			return true
		}
		state[id] = under
		ok := look(m.Operations[id].Steps)
		state[id] = done
		return ok
	}
	look = func(steps []Step) bool {
		for _, s := range steps {
			switch s := s.(type) {
			case CPU, Wait:
			case Call:
				if !visit(s.Op) {
					return false
				}
			case FanOut:
				if !visit(s.Op) {
					return false
				}
			case Publish:
				for _, to := range m.Topics[s.Topic].Consumers() {
					if !visit(to) {
						return false
					}
				}
			default:
				for _, list := range Inside(s) {
					if !look(list) {
						return false
					}
				}
			}
		}
		return true
	}
	for id := range m.Operations {
		if !visit(OpID(id)) {
			return false
		}
	}
	return true
}

// asks weighs every call and publish of a model by its probability. A message
// counts as one run of the consumer, which is the most it can be.
func (m *Model) asks() asks {
	out := make(asks, len(m.Operations))
	for i, op := range m.Operations {
		if len(op.Steps) > 0 {
			out[i] = map[OpID]float64{}
			m.weigh(op.Steps, 1, out[i])
		}
	}
	return out
}

func (m *Model) weigh(steps []Step, weight float64, row map[OpID]float64) {
	if !(weight > 0) {
		return
	}
	for _, s := range steps {
		switch s := s.(type) {
		case Call:
			row[s.Op] += weight
		case Publish:
			for _, to := range m.Topics[s.Topic].Consumers() {
				row[to] += weight
			}
		case FanOut:
			row[s.Op] += weight * float64(m.FanOutWidth(s))
		case Lock:
			m.weigh(s.Steps, weight, row)
		case Parallel:
			for _, b := range s.Branches {
				m.weigh(b, weight, row)
			}
		case Choose:
			for _, b := range s.Branches {
				m.weigh(b.Steps, weight*b.P, row)
			}
		case Cache:
			hit, miss := s.Hit, 1-s.Hit
			if s.Store != nil {
				hit, miss = 1, 1 // at most
			}
			m.weigh(s.Then, weight*hit, row)
			m.weigh(s.Else, weight*miss, row)
		case Repeat:
			times := 1.0
			if !s.PerMessage {
				times = s.Count.Mean()
			}
			m.weigh(s.Steps, weight*times, row)
		}
	}
}

// next lists what an operation may ask, in order.
func (a asks) next(id OpID) []OpID {
	out := make([]OpID, 0, len(a[id]))
	for to, w := range a[id] {
		if w > 0 {
			out = append(out, to)
		}
	}
	slices.Sort(out)
	return out
}

// endless returns, for every group of operations that go round without end, a
// shortest way round. A group that asks itself is allowed as long as the
// expected number of rounds is finite.
func (a asks) endless() [][]OpID {
	var out [][]OpID
	for _, group := range a.groups() {
		if a.goesRound(group) && !a.dies(group) {
			out = append(out, a.round(group))
		}
	}
	return out
}

func (a asks) goesRound(group []OpID) bool {
	return len(group) > 1 || a[group[0]][group[0]] > 0
}

// largestGroup bounds the work of dies; nothing real is near it.
const largestGroup = 400

// dies reports whether the expected number of runs in a group that asks itself
// is finite, that is whether the spectral radius of its matrix A is below 1.
// For a matrix without negative entries that holds if and only if every pivot
// of the elimination of I − A is positive: I − A is then a nonsingular
// M-matrix [Plem77, conditions E17 and N38].
//
// [Plem77]: https://doi.org/10.1016/0024-3795(77)90073-8
func (a asks) dies(group []OpID) bool {
	n := len(group)
	if n > largestGroup {
		return false
	}
	m := make([][]float64, n)
	for i, from := range group {
		m[i] = make([]float64, n)
		for j, to := range group {
			m[i][j] = -a[from][to]
		}
		m[i][i]++
	}
	const tiny = 1e-9
	for k := range n {
		if !(m[k][k] >= tiny) { // NaN, of an infinite weight, is no pivot either
			return false
		}
		for i := k + 1; i < n; i++ {
			factor := m[i][k] / m[k][k]
			if factor == 0 {
				continue
			}
			for j := k; j < n; j++ {
				m[i][j] -= factor * m[k][j]
			}
		}
	}
	return true
}

// round finds a shortest way from the first operation of a group back to it.
func (a asks) round(group []OpID) []OpID {
	start := group[0]
	came := map[OpID]OpID{}
	for queue := []OpID{start}; len(queue) > 0; {
		at := queue[0]
		queue = queue[1:]
		for _, to := range a.next(at) {
			if to == start {
				way := []OpID{start}
				for ; at != start; at = came[at] {
					way = append(way, at)
				}
				way = append(way, start)
				slices.Reverse(way)
				return way
			}
			if _, seen := came[to]; !seen {
				came[to] = at
				queue = append(queue, to)
			}
		}
	}
	return group
}

// groups are the strongly connected components: sets of operations that all
// come to each other. The lowest operation comes first in each. ([Tarj72],
// with a stack of its own so that a long chain of calls is no deep recursion.)
func (a asks) groups() [][]OpID {
	t := tarjan{asks: a, index: make([]int, len(a)), low: make([]int, len(a)), on: make([]bool, len(a))}
	for i := range a {
		if t.index[i] == 0 {
			t.visit(OpID(i))
		}
	}
	for _, g := range t.groups {
		slices.Sort(g)
	}
	slices.SortFunc(t.groups, func(x, y []OpID) int { return int(x[0]) - int(y[0]) })
	return t.groups
}

type tarjan struct {
	asks   asks
	index  []int // order of discovery, from 1
	low    []int
	on     []bool
	stack  []OpID
	count  int
	groups [][]OpID
}

type frame struct {
	id   OpID
	next []OpID
}

func (t *tarjan) enter(id OpID) frame {
	t.count++
	t.index[id], t.low[id], t.on[id] = t.count, t.count, true
	t.stack = append(t.stack, id)
	return frame{id, t.asks.next(id)}
}

func (t *tarjan) visit(root OpID) {
	frames := []frame{t.enter(root)}
	for len(frames) > 0 {
		f := &frames[len(frames)-1]
		if len(f.next) > 0 {
			to := f.next[0]
			f.next = f.next[1:]
			switch {
			case t.index[to] == 0:
				frames = append(frames, t.enter(to))
			case t.on[to]:
				t.low[f.id] = min(t.low[f.id], t.index[to])
			}
			continue
		}
		id := f.id
		frames = frames[:len(frames)-1]
		if len(frames) > 0 {
			parent := frames[len(frames)-1].id
			t.low[parent] = min(t.low[parent], t.low[id])
		}
		if t.low[id] == t.index[id] {
			t.leave(id)
		}
	}
}

func (t *tarjan) leave(id OpID) {
	at := len(t.stack) - 1
	for t.stack[at] != id {
		at--
	}
	group := slices.Clone(t.stack[at:])
	t.stack = t.stack[:at]
	for _, member := range group {
		t.on[member] = false
	}
	t.groups = append(t.groups, group)
}

// longestWay is how much of a way round is shown.
const longestWay = 20

// describe writes a way round as "web.a → topic orders → shipping.b → web.a".
func (m *Model) describe(way []OpID) string {
	var b strings.Builder
	for i, id := range way {
		if i == longestWay && len(way) > longestWay+1 {
			fmt.Fprintf(&b, " → … %d more … → %s", len(way)-1-i, m.Operations[way[0]].Name)
			break
		}
		if i > 0 {
			b.WriteString(" → ")
			if t, ok := m.between(way[i-1], id); ok {
				b.WriteString("topic " + m.Topics[t].Name + " → ")
			}
		}
		b.WriteString(m.Operations[id].Name)
	}
	return b.String()
}

// between finds the topic through which one operation asks another that it
// does not call.
func (m *Model) between(from, to OpID) (TopicID, bool) {
	called, topic := false, TopicID(-1)
	WalkSteps(m.Operations[from].Steps, func(s Step) {
		switch s := s.(type) {
		case Call:
			called = called || s.Op == to
		case FanOut:
			called = called || s.Op == to
		case Publish:
			if slices.Contains(m.Topics[s.Topic].Consumers(), to) && topic < 0 {
				topic = s.Topic
			}
		}
	})
	return topic, !called && topic >= 0
}

// EachStep calls visit for every step of every operation and session.
func (m *Model) EachStep(visit func(Step)) {
	for i := range m.Operations {
		WalkSteps(m.Operations[i].Steps, visit)
	}
	for i := range m.Workloads {
		WalkSteps(m.Workloads[i].Steps, visit)
	}
}

// WalkSteps calls visit for every step of a list and, before it goes on, for
// the steps within it.
func WalkSteps(steps []Step, visit func(Step)) {
	for _, s := range steps {
		visit(s)
		for _, list := range Inside(s) {
			WalkSteps(list, visit)
		}
	}
}

// Inside lists the lists of steps within a step.
func Inside(s Step) [][]Step {
	switch s := s.(type) {
	case Parallel:
		return s.Branches
	case Choose:
		out := make([][]Step, len(s.Branches))
		for i, b := range s.Branches {
			out[i] = b.Steps
		}
		return out
	case Cache:
		return [][]Step{s.Then, s.Else}
	case Repeat:
		return [][]Step{s.Steps}
	case Lock:
		return [][]Step{s.Steps}
	}
	return nil
}
