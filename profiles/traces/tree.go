package traces

import "slices"

// tree is the spans of a trace with who asked for whom.
type tree struct {
	spans  []span
	parent []int32 // -1 of first ones
	first  []int32 // child
	next   []int32 // child of the same parent
	order  []int32 // those that can be reached, parents before children
	visit  []bool  // begins the work of a service for one that asked
	below  []bool  // something within the same visit asks others
	lost   []bool  // the parent is missing
	drop   []bool  // there already
	index  map[uint64]int32
	answer map[uint64]int32 // answering halves of calls, by the id they share
	stack  []int32
}

// oddities are counts of what is wrong with spans.
type oddities struct {
	noID, duplicates, cycles, missing, rootless, backward, endless int
}

// longest is how long a span lasts that can be believed (ns): a week.
const longest = 7 * 24 * 3600 * 1_000_000_000

// grow makes room for the trace.
func (t *tree) grow(spans []span) {
	n := len(spans)
	t.spans = spans
	t.parent, t.first, t.next = sized(t.parent, n), sized(t.first, n), sized(t.next, n)
	t.visit, t.below, t.lost, t.drop = sized(t.visit, n), sized(t.below, n), sized(t.lost, n), sized(t.drop, n)
	t.order, t.stack = t.order[:0], t.stack[:0]
	if t.index == nil || len(t.index) > 4096 {
		t.index, t.answer = make(map[uint64]int32), make(map[uint64]int32)
	}
	clear(t.index)
	clear(t.answer)
}

func sized[T any](s []T, n int) []T {
	s = slices.Grow(s[:0], n)[:n]
	clear(s)
	return s
}

// plant makes the tree of a trace. Whatever the parents say, each span is in it
// once at most.
func (t *tree) plant(spans []span, odd *oddities) {
	t.grow(spans)
	t.identify(odd)
	for i := range spans {
		t.parent[i], t.first[i], t.next[i] = -1, -1, -1
	}
	for i := len(spans) - 1; i >= 0; i-- { // children end up in order
		if t.drop[i] {
			continue
		}
		p, known := t.parentOf(i)
		switch {
		case spans[i].parent == 0:
		case !known:
			t.lost[i] = true
			odd.missing++
		default:
			t.parent[i] = p
			t.next[i], t.first[p] = t.first[p], int32(i)
		}
	}
	t.walk(odd)
	for _, i := range t.order {
		t.visit[i] = t.visits(i)
	}
	for k := len(t.order) - 1; k >= 0; k-- {
		i := t.order[k]
		if p := t.parent[i]; p >= 0 {
			kind := spans[i].kind
			t.below[p] = t.below[p] || t.visit[i] || t.below[i] || kind == Client || kind == Producer
		}
	}
}

// identify finds spans by their ids. Two that share one are the two halves of a
// call, or one told twice.
func (t *tree) identify(odd *oddities) {
	for i := range t.spans {
		s := &t.spans[i]
		switch {
		case s.end < s.begin:
			odd.backward++
			s.end = s.begin
		case s.end-s.begin > longest || s.end-s.begin < 0:
			odd.endless++
			s.end = s.begin
		}
		if s.id == 0 {
			odd.noID++
			continue
		}
		j, taken := t.index[s.id]
		if !taken {
			t.index[s.id] = int32(i)
			continue
		}
		o := &t.spans[j]
		_, both := t.answer[s.id]
		switch {
		case !both && s.kind == Server && o.kind == Client:
			t.answer[s.id] = int32(i)
			s.parent = s.id
		case !both && s.kind == Client && o.kind == Server:
			t.answer[s.id] = j
			t.index[s.id] = int32(i)
			o.parent = o.id
		default:
			odd.duplicates++
			t.drop[i] = true
		}
	}
}

func (t *tree) parentOf(i int) (int32, bool) {
	s := &t.spans[i]
	if j, ok := t.answerOf(s.parent); ok && int(j) != i && s.kind != Server {
		return j, true // what a service does, it does in the answering half
	}
	if j, ok := t.answerOf(s.parent); ok && int(j) != i && t.spans[j].from.Service == s.from.Service {
		return j, true
	}
	p, ok := t.index[s.parent]
	return p, ok
}

func (t *tree) answerOf(id uint64) (int32, bool) {
	if j, ok := t.answer[id]; ok {
		return j, true
	}
	j, ok := t.index[id^sharedSalt]
	return j, ok && t.spans[j].parent == id
}

// walk lists what can be reached from the first spans; the rest is in cycles.
func (t *tree) walk(odd *oddities) {
	kept := 0
	for i := range t.spans {
		if t.drop[i] {
			continue
		}
		kept++
		if t.parent[i] >= 0 {
			continue
		}
		t.stack = append(t.stack, int32(i))
		for len(t.stack) > 0 {
			k := t.stack[len(t.stack)-1]
			t.stack = t.stack[:len(t.stack)-1]
			t.order = append(t.order, k)
			for c := t.first[k]; c >= 0; c = t.next[c] {
				t.stack = append(t.stack, c)
			}
		}
	}
	odd.cycles += kept - len(t.order)
}

// visits reports whether a span begins the work of a service for who asked.
func (t *tree) visits(i int32) bool {
	s := &t.spans[i]
	p := t.parent[i]
	if p < 0 || s.kind == Consumer {
		return true
	}
	o := &t.spans[p]
	if s.from.Service != o.from.Service {
		return true
	}
	return s.kind == Server && (o.kind != Server || s.name != o.name)
}
