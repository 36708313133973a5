package queueing

import (
	"slices"

	"github.com/headroom/headroom/scenarios"
)

// markovRates are how often things happen in one state (1/s).
type markovRates struct {
	done, failed, late []float64 // by workload: requests that end well, that are turned away, and of these after some time
	asked, rejected    []float64 // by service: visits begun or turned away, and the latter
	undone             []float64 // by service: visits given up since something that they called was turned away
	ended              []float64 // by operation: that end well
}

// markovModel makes the moves of the chain of a model.
type markovModel struct {
	*markovProgram
	requests markovRequests
	first    []int // place of the first replica of each service
	states   map[string]*markovState
	rates    []*markovRates // by state, as they were explored
	add      func(to string, rate float64)
	now      *markovRates // of the state that is looked at
	rate     float64      // of the event that is looked at (1/s)
	ways     int          // followed from the state that is looked at
	written  float64      // of all states that moves led to (B)
}

// mostWays bounds the ways that a state is left by: a request that turns often
// without taking time has more than can be followed.
const mostWays = 200_000

// mostWritten bounds the work of exploring states of very many requests, by the
// bytes of all states that moves led to.
const mostWritten = 5e7

// negligible is the probability of a turn of events within one instant that is
// not followed further: only a request that goes round in no time gets there.
const negligible = 1e-15

func newMarkovModel(g *markovProgram) (*markovModel, *markovState) {
	k := &markovModel{markovProgram: g, requests: markovRequests{number: make(map[string]int)}, states: make(map[string]*markovState)}
	start := &markovState{}
	for id := range g.m.Services {
		k.first = append(k.first, len(start.places))
		for range g.m.Services[id].Replicas {
			start.places = append(start.places, markovPlace{service: id})
		}
	}
	k.states[start.key()] = start
	return k, start
}

// moves lists the moves out of a state.
func (k *markovModel) moves(from string, add func(to string, rate float64)) {
	if k.ways > mostWays || k.written > mostWritten {
		return
	}
	k.ways = 0
	s := k.states[from]
	w, n := len(k.m.Workloads), len(k.m.Services)
	k.add = add
	k.now = &markovRates{
		done: make([]float64, w), failed: make([]float64, w), late: make([]float64, w),
		asked: make([]float64, n), rejected: make([]float64, n), undone: make([]float64, n), ended: make([]float64, len(k.m.Operations)),
	}
	k.rates = append(k.rates, k.now)
	for w := range k.m.Workloads {
		if r := k.comes(s, w); r > 0 {
			k.begin(s.clone(), []frame{{program: k.root(w), place: -1}}, r)
		}
	}
	for i := range s.places {
		p := &s.places[i]
		sv := &k.m.Services[p.service]
		speed := 1.0
		if n := len(p.cores); sv.Discipline == scenarios.PS && n > sv.Cores {
			speed = float64(sv.Cores) / float64(n)
		}
		served := p.cores
		if sv.Discipline == scenarios.FIFO {
			served = served[:min(len(served), sv.Cores)]
		}
		eachKind(served, func(j, n int) {
			next := s.clone()
			next.places[i].cores = slices.Delete(next.places[i].cores, j, j+1)
			k.goOn(next, served[j], speed*float64(n))
		})
	}
	eachKind(s.pauses, func(j, n int) {
		next := s.clone()
		next.pauses = slices.Delete(next.pauses, j, j+1)
		k.goOn(next, s.pauses[j], float64(n))
	})
}

// eachKind calls do for every run of n equal requests that stand together from j
// on: whichever of them goes on, the same is left.
func eachKind(ids []int, do func(j, n int)) {
	for j := 0; j < len(ids); {
		n := 1
		for j+n < len(ids) && ids[j+n] == ids[j] {
			n++
		}
		do(j, n)
		j += n
	}
}

// comes is how often requests of a workload come (1/s).
func (k *markovModel) comes(s *markovState, w int) float64 {
	wl := &k.m.Workloads[w]
	if wl.Open() {
		return arrivalRate(wl.Arrivals)
	}
	thinking := wl.Users
	s.all(func(id int, _ bool) {
		if k.requests.stacks[id][0].program == k.root(w) {
			thinking--
		}
	})
	return float64(thinking) / wl.Think.Mean()
}

// goOn ends what a request is at, which it does at the given speed; as many times
// that where one of several goes on.
func (k *markovModel) goOn(s *markovState, id int, speed float64) {
	stack := slices.Clone(k.requests.stacks[id])
	top := &stack[len(stack)-1]
	rate := speed / k.code[top.program][top.at].mean
	top.at++
	k.begin(s, stack, rate)
}

func (k *markovModel) begin(s *markovState, stack []frame, rate float64) {
	k.rate = rate
	k.run(s, [][]frame{stack}, 1)
}

// run lets requests go on until all of them are at something that takes time,
// in line, or gone, with probability p of what happened on the way.
func (k *markovModel) run(s *markovState, going [][]frame, p float64) {
	if k.ways++; p < negligible || k.ways > mostWays {
		return
	}
	for len(going) > 0 {
		stack := going[0]
		top := &stack[len(stack)-1]
		if code := k.code[top.program]; top.at < len(code) {
			in := &code[top.at]
			switch in.kind {
			case compute:
				pl := &s.places[top.place]
				pl.atCores(k.requests.id(stack), k.m.Services[pl.service].Discipline)
				going = going[1:]
			case pause:
				s.pauses = insert(s.pauses, k.requests.id(stack))
				going = going[1:]
			case turn:
				if len(in.branch) > 1 {
					k.turns(s, going, in.branch, p)
					return
				}
				top.at = in.branch[0].to
			case ask:
				service := int(k.m.Operations[in.op].Service)
				if n := k.m.Services[service].Replicas; n > 1 {
					for r := range n {
						also := s.clone()
						k.run(also, k.asks(also, copied(going), in.op, k.first[service]+r, p/float64(n)), p/float64(n))
					}
					return
				}
				going = k.asks(s, going, in.op, k.first[service], p)
			}
			continue
		}
		if top.place < 0 {
			k.now.done[top.program-len(k.m.Operations)] += k.rate * p
			going = going[1:]
			continue
		}
		k.now.ended[top.program] += k.rate * p
		place := top.place
		going[0] = stack[:len(stack)-1]
		going[0][len(stack)-2].at++
		going = k.release(s, going, place)
	}
	key := s.key()
	k.written += float64(len(key))
	if _, known := k.states[key]; !known {
		k.states[key] = s
	}
	k.add(key, k.rate*p)
}

// turns goes every one of several ways.
func (k *markovModel) turns(s *markovState, going [][]frame, ways []way, p float64) {
	for _, w := range ways {
		also := copied(going)
		stack := also[0]
		stack[len(stack)-1].at = w.to
		k.run(s.clone(), also, p*w.p)
	}
}

func copied(going [][]frame) [][]frame {
	out := make([][]frame, len(going))
	for i := range going {
		out[i] = slices.Clone(going[i])
	}
	return out
}

// asks lets the first of those that go call an operation at a place.
func (k *markovModel) asks(s *markovState, going [][]frame, op, place int, p float64) [][]frame {
	pl := &s.places[place]
	sv := &k.m.Services[pl.service]
	stack := going[0]
	k.now.asked[pl.service] += k.rate * p
	free := sv.Threads == 0 || len(pl.line) == 0 && k.held(s, going, place) < sv.Threads
	called := append(slices.Clone(stack), frame{program: op, place: place})
	switch {
	case free:
		going[0] = called
		return going
	case sv.Backlog < 0 || len(pl.line) < sv.Backlog:
		pl.line = append(pl.line, k.requests.id(called))
		return going[1:]
	}
	k.now.rejected[pl.service] += k.rate * p
	w := stack[0].program - len(k.m.Operations)
	k.now.failed[w] += k.rate * p
	if len(stack) > 1 || len(k.m.Workloads[w].Mix) == 0 && stack[0].at > 0 {
		k.now.late[w] += k.rate * p
	}
	going = going[1:]
	for i := len(stack) - 1; i > 0; i-- { // the whole request fails
		k.now.undone[s.places[stack[i].place].service] += k.rate * p
		going = k.release(s, going, stack[i].place)
	}
	return going
}

// release gives a thread of a place to the first in line for it.
func (k *markovModel) release(s *markovState, going [][]frame, place int) [][]frame {
	pl := &s.places[place]
	if len(pl.line) == 0 {
		return going
	}
	next := slices.Clone(k.requests.stacks[pl.line[0]])
	pl.line = pl.line[1:]
	return append(slices.Clip(going), next)
}

// held is how many threads of a place are held, by requests in the state and by
// those that go.
func (k *markovModel) held(s *markovState, going [][]frame, place int) int {
	n := 0
	count := func(stack []frame) {
		for _, f := range stack {
			if f.place == place {
				n++
			}
		}
	}
	s.all(func(id int, inLine bool) {
		stack := k.requests.stacks[id]
		if inLine {
			stack = stack[:len(stack)-1]
		}
		count(stack)
	})
	for _, stack := range going {
		count(stack)
	}
	return n
}
