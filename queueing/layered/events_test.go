package layered_test

import (
	"container/heap"
	"math/rand/v2"

	"github.com/headroom/headroom/queueing/layered"
)

// events simulates a layered model of phases (no activities, no forwarding) on
// FCFS processors or delays, to have something to compare with that shares no
// step with the solver. Times are exponential.
type events struct {
	now   float64
	queue eventHeap
	seq   int
	rng   *rand.Rand
	cpus  map[string]*pool
	tasks map[string]*pool
	owner map[string]*layered.Task
	entry map[string]*layered.Entry

	from  float64 // measured from this instant on (s)
	count map[string]float64
	spent map[string]float64 // until the reply, and all of it under "name/all" (s)
	waits map[string]float64 // response of open arrivals (s)
}

// pool is servers and those who wait for one; free < 0 is no limit.
type pool struct {
	free    int
	waiting []func()
}

type event struct {
	at  float64
	seq int
	do  func()
}

type eventHeap []event

func (h eventHeap) Len() int { return len(h) }
func (h eventHeap) Less(i, j int) bool {
	return h[i].at < h[j].at || h[i].at == h[j].at && h[i].seq < h[j].seq
}
func (h eventHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *eventHeap) Push(x any)   { *h = append(*h, x.(event)) }
func (h *eventHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}

func (p *pool) take(then func()) {
	if p.free == 0 {
		p.waiting = append(p.waiting, then)
		return
	}
	p.free--
	then()
}

func (p *pool) put() {
	if len(p.waiting) == 0 {
		p.free++
		return
	}
	next := p.waiting[0]
	p.waiting = p.waiting[1:]
	next()
}

func (s *events) after(mean float64, do func()) {
	s.seq++
	heap.Push(&s.queue, event{s.now + mean*s.rng.ExpFloat64(), s.seq, do})
}

// simulate runs a model for a time (s), of which it leaves out the first tenth.
func simulate(m *layered.Model, seed uint64, length float64) *events {
	s := &events{
		rng: rand.New(rand.NewPCG(seed, 1)), cpus: map[string]*pool{}, tasks: map[string]*pool{},
		owner: map[string]*layered.Task{}, entry: map[string]*layered.Entry{}, from: length / 10,
		count: map[string]float64{}, spent: map[string]float64{}, waits: map[string]float64{},
	}
	for _, p := range m.Processors {
		s.cpus[p.Name] = &pool{free: p.Servers}
		if p.Discipline == layered.Delay {
			s.cpus[p.Name].free = -1
		}
	}
	for i := range m.Tasks {
		t := &m.Tasks[i]
		s.tasks[t.Name] = &pool{free: t.Threads}
		if t.Threads == 0 {
			s.tasks[t.Name].free = -1
		}
		for j := range t.Entries {
			s.owner[t.Entries[j].Name], s.entry[t.Entries[j].Name] = t, &t.Entries[j]
		}
	}
	for i := range m.Tasks {
		s.begin(&m.Tasks[i])
	}
	for len(s.queue) > 0 && s.now < length {
		e := heap.Pop(&s.queue).(event)
		s.now = e.at
		e.do()
	}
	return s
}

// begin sets off a reference task's users and the open arrivals.
func (s *events) begin(t *layered.Task) {
	if t.Reference {
		for range t.Threads {
			var again func()
			again = func() {
				s.after(t.Think, func() { s.execute(&t.Entries[0], t, func() {}, again) })
			}
			again()
		}
	}
	for i := range t.Entries {
		e := &t.Entries[i]
		if e.OpenRate == 0 {
			continue
		}
		var next func()
		next = func() {
			s.after(1/e.OpenRate, func() {
				next()
				came := s.now
				s.call(e.Name, func() {
					if came >= s.from {
						s.count[e.Name+"/open"]++
						s.waits[e.Name] += s.now - came
					}
				})
			})
		}
		next()
	}
}

// call asks an entry and goes on at its reply.
func (s *events) call(name string, reply func()) {
	t := s.owner[name]
	s.tasks[t.Name].take(func() { s.execute(s.entry[name], t, reply, s.tasks[t.Name].put) })
}

// execute runs the phases of an entry.
func (s *events) execute(e *layered.Entry, t *layered.Task, reply, end func()) {
	began := s.now
	var phase func(i int)
	phase = func(i int) {
		if i == 1 {
			if began >= s.from {
				s.spent[e.Name] += s.now - began
			}
			reply()
		}
		if i == len(e.Phases) {
			if began >= s.from {
				s.count[e.Name]++
				s.spent[e.Name+"/all"] += s.now - began
			}
			end()
			return
		}
		s.slice(&e.Phases[i], t, func() { phase(i + 1) })
	}
	phase(0)
}

// slice works, and then calls or ends.
func (s *events) slice(p *layered.Phase, t *layered.Task, end func()) {
	cuts := 0.0
	for _, c := range p.Calls {
		cuts += c.Mean
	}
	next := func() {
		u := s.rng.Float64() * (cuts + 1)
		for _, c := range p.Calls {
			if u -= c.Mean; u >= 0 {
				continue
			}
			again := func() { s.slice(p, t, end) }
			if c.Async {
				s.call(c.Entry, func() {})
				again()
			} else {
				s.call(c.Entry, again)
			}
			return
		}
		end()
	}
	if p.Demand == 0 {
		next()
		return
	}
	cpu := s.cpus[t.Processor]
	cpu.take(func() { s.after(p.Demand/(cuts+1), func() { cpu.put(); next() }) })
}

// tasksWaiting is how many wait for a thread at the end.
func (s *events) tasksWaiting() int {
	n := 0
	for _, t := range s.tasks {
		n += len(t.waiting)
	}
	return n
}
