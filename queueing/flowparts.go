package queueing

// flowParts is a [sparseFlow] cut into its strongly connected parts: sets of
// places between which flows go round. Between the parts they go one way only,
// so that one part after the other can be solved, most of them a single place,
// and an equation with many unknowns is met only where flows do go round.
//
//   - Source: [Tarj72].
type flowParts struct {
	all   sparseFlow
	parts [][]int32      // sources first
	inner map[int]circle // of parts of several places, by number
}

// circle is the flow between the places of one part.
type circle struct {
	flow sparseFlow
	from [][]entry // by place of the part: what comes from the other parts
}

type entry struct {
	from   int32
	weight float64
}

// newFlowParts cuts n places; flows that go round without end are an error,
// even where nothing ever comes to them.
func newFlowParts(n int, edges []flowEdge) (*flowParts, error) {
	f := &flowParts{all: newSparseFlow(n, edges), inner: map[int]circle{}}
	f.parts = f.all.parts()
	for k, part := range f.parts {
		if len(part) == 1 {
			if !(f.all.self[part[0]] < 1) {
				return nil, errEndless
			}
			continue
		}
		c := f.circle(part)
		once := make([]float64, len(part))
		for i := range once {
			once[i] = 1
		}
		if _, err := c.flow.solve(once); err != nil {
			return nil, err
		}
		f.inner[k] = c
	}
	return f, nil
}

func (f *flowParts) circle(part []int32) circle {
	at := make(map[int32]int, len(part))
	for i, place := range part {
		at[place] = i
	}
	c := circle{from: make([][]entry, len(part))}
	var edges []flowEdge
	for i, place := range part {
		edges = append(edges, flowEdge{to: i, from: i, weight: f.all.self[place]})
		for e := f.all.first[place]; e < f.all.first[place+1]; e++ {
			if j, ok := at[f.all.from[e]]; ok {
				edges = append(edges, flowEdge{to: i, from: j, weight: f.all.weight[e]})
			} else {
				c.from[i] = append(c.from[i], entry{f.all.from[e], f.all.weight[e]})
			}
		}
	}
	c.flow = newSparseFlow(len(part), edges)
	return c
}

// solve finds x = b + M·x for b without negative entries. What is less than
// rounding (1e-13) is taken for nothing.
//
//   - Accuracy: exact up to rounding where nothing goes round, and as
//     [sparseFlow] says elsewhere.
//   - Source: [Jack57].
func (f *flowParts) solve(b []float64) ([]float64, error) {
	x := make([]float64, len(b))
	for k, part := range f.parts {
		if len(part) > 1 {
			if err := f.inner[k].solve(part, b, x); err != nil {
				return nil, err
			}
			continue
		}
		i := part[0]
		sum := b[i]
		for e := f.all.first[i]; e < f.all.first[i+1]; e++ {
			sum += f.all.weight[e] * x[f.all.from[e]]
		}
		x[i] = sum / (1 - f.all.self[i])
	}
	for i := range x {
		if x[i] < 1e-13 {
			x[i] = 0
		}
	}
	return x, nil
}

// solve fills in the places of the part in x.
func (c circle) solve(part []int32, b, x []float64) error {
	sums, any := make([]float64, len(part)), false
	for i, place := range part {
		sums[i] = b[place]
		for _, e := range c.from[i] {
			sums[i] += e.weight * x[e.from]
		}
		any = any || sums[i] > 0
	}
	if !any {
		return nil
	}
	inner, err := c.flow.solve(sums)
	if err != nil {
		return err
	}
	for i, place := range part {
		x[place] = inner[i]
	}
	return nil
}

// parts are the strongly connected ones, each after all that flow into it, by
// the algorithm of Tarjan without recursion.
func (s sparseFlow) parts() [][]int32 {
	n := len(s.self)
	var out [][]int32
	places := make([]int32, 0, n) // of all parts, one after the other
	number, low := make([]int32, n), make([]int32, n)
	on := make([]bool, n)
	next := make([]int, n) // entry of its row that is looked at next
	var stack, path []int32
	count := int32(0)
	enter := func(i int32) {
		count++
		number[i], low[i], on[i], next[i] = count, count, true, s.first[i]
		stack, path = append(stack, i), append(path, i)
	}
	for root := range int32(n) {
		if number[root] != 0 {
			continue
		}
		enter(root)
		for len(path) > 0 {
			i := path[len(path)-1]
			if next[i] < s.first[i+1] {
				j := s.from[next[i]]
				next[i]++
				if number[j] == 0 {
					enter(j)
				} else if on[j] {
					low[i] = min(low[i], number[j])
				}
				continue
			}
			path = path[:len(path)-1]
			if len(path) > 0 {
				above := path[len(path)-1]
				low[above] = min(low[above], low[i])
			}
			if low[i] != number[i] {
				continue
			}
			begin := len(places)
			for {
				j := stack[len(stack)-1]
				stack = stack[:len(stack)-1]
				on[j] = false
				places = append(places, j)
				if j == i {
					break
				}
			}
			out = append(out, places[begin:len(places):len(places)])
		}
	}
	return out
}
