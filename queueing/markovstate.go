package queueing

import (
	"encoding/binary"
	"slices"

	"github.com/headroom/headroom/scenarios"
)

// frame is an operation in progress: in which replica, and how far.
type frame struct {
	program, place, at int // place −1 is that of the workload
}

// markovPlace is one replica of a service.
type markovPlace struct {
	service int
	line    []int // requests that wait for a thread, in order of arrival
	cores   []int // requests at the cores, in order of arrival under FIFO and of their number otherwise
}

// markovState is what all requests do; those of a kind are told apart only by
// their places in lines.
type markovState struct {
	places []markovPlace
	pauses []int // requests that let time pass, in order of their number
}

func (s *markovState) clone() *markovState {
	out := &markovState{places: slices.Clone(s.places), pauses: slices.Clone(s.pauses)}
	for i := range out.places {
		p := &out.places[i]
		p.line, p.cores = slices.Clone(p.line), slices.Clone(p.cores)
	}
	return out
}

// key writes a state down, so that equal ones are equal.
func (s *markovState) key() string {
	var b []byte
	list := func(ids []int) {
		b = binary.AppendUvarint(b, uint64(len(ids)))
		for _, id := range ids {
			b = binary.AppendUvarint(b, uint64(id)) //nolint:gosec // an index
		}
	}
	for i := range s.places {
		list(s.places[i].line)
		list(s.places[i].cores)
	}
	list(s.pauses)
	return string(b)
}

// markovRequests numbers the stacks of frames that requests can have.
type markovRequests struct {
	stacks [][]frame
	number map[string]int
}

func (r *markovRequests) id(stack []frame) int {
	var b []byte
	for _, f := range stack {
		b = binary.AppendVarint(b, int64(f.program))
		b = binary.AppendVarint(b, int64(f.place))
		b = binary.AppendVarint(b, int64(f.at))
	}
	id, known := r.number[string(b)]
	if !known {
		id = len(r.stacks)
		r.stacks = append(r.stacks, slices.Clone(stack))
		r.number[string(b)] = id
	}
	return id
}

// insert keeps a list in order.
func insert(ids []int, id int) []int {
	at, _ := slices.BinarySearch(ids, id)
	return slices.Insert(ids, at, id)
}

// all calls do for every request of a state, and whether it is in line.
func (s *markovState) all(do func(id int, inLine bool)) {
	for i := range s.places {
		for _, id := range s.places[i].line {
			do(id, true)
		}
		for _, id := range s.places[i].cores {
			do(id, false)
		}
	}
	for _, id := range s.pauses {
		do(id, false)
	}
}

// atCores puts a request at the cores of a place.
func (p *markovPlace) atCores(id int, d scenarios.Discipline) {
	if d == scenarios.FIFO {
		p.cores = append(p.cores, id)
	} else {
		p.cores = insert(p.cores, id)
	}
}
