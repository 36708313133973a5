package queueing

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/headroom/headroom/scenarios"
)

// A rewrite is a model in which that which requests take besides a thread, keys
// of locks and things of pools, is a service of its own: a passive resource is a
// task of a layered queueing network, whose threads are the things there are, and
// what is done with one of them is a call to it. Steps on cores become calls to
// a service that has the cores, so that both callers share them. What depends on
// the solution (how often a cache hits whose objects last for a time, how often an
// optimistic lock fails) is learnt from it, round by round.
//
//   - Source: passive resources as tasks, and layers: [RoSe95], [FAWO09].
type rewrite struct {
	from  *scenarios.Model // as it was written
	m     *scenarios.Model // with services for what is held
	inner []bool           // by operation of m: a call of it crosses no network
	parts []heldPart       // the services of m after those of from
	left  []scenarios.Feature
	know  knowledge

	unfit map[holdKey]string // what does not fit, and why
	cores map[scenarios.ServiceID]*coresPart
	keys  map[holdKey][]tier
	uses  map[holdKey]lockUse
	finds []find
	tries []try
	watch scenarios.ServiceID // of operations that only count; −1 before the first

	// while steps are being rewritten
	owner scenarios.ServiceID // −1 in a session
	fed   bool                // by a topic
	depth map[holdKey]int     // locks around the steps, by table
}

// holdKey names a lock or a pool of a service.
type holdKey struct {
	service scenarios.ServiceID
	pool    bool
	index   int
}

// heldPart says what a service of the rewritten model stands for.
type heldPart struct {
	kind  partKind
	owner scenarios.ServiceID
	hold  holdKey // of a holding
	tier  int     // of a lock: which of its keys
	gates []gate  // of a holding: its operations
}

type partKind uint8

const (
	holding  partKind = iota // a lock or pool, or some keys of a lock
	coresOf                  // the cores of a service
	counting                 // takes no time
)

// gate is one operation of a holding.
type gate struct {
	op     scenarios.OpID
	shared bool
	body   scenarios.OpID // of a reader, which passes the gate and goes on there; −1 for others
}

// coresPart are the cores of a service that was split.
type coresPart struct{ service scenarios.ServiceID }

// knowledge is what was learnt from solutions so far.
type knowledge struct {
	hit      map[string]float64 // by path of a cache
	conflict map[string]float64 // by path of an optimistic lock
	drain    map[string]float64 // by name of a holding: how long a writer waits for readers (s)
}

// newRewrite rewrites a model; it returns nil where nothing is to be.
func newRewrite(m *scenarios.Model) *rewrite {
	w := &rewrite{
		from: m, unfit: map[holdKey]string{},
		know: knowledge{map[string]float64{}, map[string]float64{}, map[string]float64{}},
	}
	if !w.needed() {
		return nil
	}
	w.again()
	return w
}

// needed reports whether some step is about a lock, a pool or a cache of keys.
func (w *rewrite) needed() bool {
	found := false
	look := func(s scenarios.Step) {
		switch s := s.(type) {
		case scenarios.Lock, scenarios.Acquire, scenarios.Release:
			found = true
		case scenarios.Cache:
			found = found || s.Store != nil
		}
	}
	for i := range w.from.Operations {
		scenarios.WalkSteps(w.from.Operations[i].Steps, look)
	}
	for i := range w.from.Workloads {
		scenarios.WalkSteps(w.from.Workloads[i].Steps, look)
	}
	return found
}

// again makes the model anew with what is known now. What turns out not to fit
// is left out, and the rest begun again.
func (w *rewrite) again() {
	for {
		before := len(w.unfit)
		w.build()
		if len(w.unfit) == before {
			return
		}
	}
}

func (w *rewrite) build() {
	out := *w.from
	out.Services = slices.Clone(w.from.Services)
	out.Operations = slices.Clone(w.from.Operations)
	out.Workloads = slices.Clone(w.from.Workloads)
	w.m, w.inner, w.parts = &out, make([]bool, len(out.Operations)), nil
	w.cores, w.keys, w.uses = map[scenarios.ServiceID]*coresPart{}, map[holdKey][]tier{}, map[holdKey]lockUse{}
	w.finds, w.tries, w.watch, w.left = nil, nil, -1, nil
	for i := range w.from.Operations {
		w.scan(&w.from.Operations[i])
	}
	fed := map[scenarios.OpID]bool{}
	for i := range w.from.Topics {
		for _, op := range w.from.Topics[i].Consumers() {
			fed[op] = true
		}
	}
	for i := range w.from.Operations {
		op := &w.from.Operations[i]
		w.owner, w.fed, w.depth = op.Service, fed[scenarios.OpID(i)], map[holdKey]int{}
		steps := w.list(op.Steps, true) // which appends to the operations
		w.m.Operations[i].Steps = steps
	}
	w.owner, w.fed = -1, false
	for i := range out.Workloads {
		if steps := w.from.Workloads[i].Steps; len(steps) > 0 {
			out.Workloads[i].Steps = w.list(steps, true)
		}
	}
	for key, why := range w.unfit {
		what, word := "lock", scenarios.WordLock
		if key.pool {
			what, word = "pool", scenarios.WordPool
		}
		w.left = append(w.left, scenarios.Feature{
			Word: word, What: fmt.Sprintf("%s %q, %s", what, w.nameOf(key), why),
			Where: "services." + w.from.Services[key.service].Name, Effect: "waiting for it is left out",
		})
	}
	slices.SortFunc(w.left, func(a, b scenarios.Feature) int { return cmp.Compare(a.Where+a.What, b.Where+b.What) })
}

// scan notes which locks an operation uses, and splits its service where it holds
// anything.
func (w *rewrite) scan(op *scenarios.Operation) {
	scenarios.WalkSteps(op.Steps, func(s scenarios.Step) {
		switch s := s.(type) {
		case scenarios.Acquire:
			if key := (holdKey{op.Service, true, int(s.Pool)}); w.unfit[key] == "" {
				w.split(op.Service)
			}
		case scenarios.Lock:
			key := holdKey{op.Service, false, int(s.Lock)}
			if w.unfit[key] != "" {
				return
			}
			use := w.uses[key]
			use.exclusive = use.exclusive || s.Mode == scenarios.Exclusive
			use.shared = use.shared || s.Mode == scenarios.SharedLock
			w.uses[key] = use
			w.split(op.Service)
		}
	})
}

// split gives the cores of a service to a service of their own.
func (w *rewrite) split(id scenarios.ServiceID) {
	if w.cores[id] != nil {
		return
	}
	s := w.from.Services[id]
	s = scenarios.Service{
		Name: s.Name + " cores", Replicas: s.Replicas, Cores: s.Cores, Backlog: scenarios.Unlimited,
		Discipline: s.Discipline, Balancing: s.Balancing, HashKeys: s.HashKeys, HashSkew: s.HashSkew,
	}
	w.cores[id] = &coresPart{w.addService(s, heldPart{kind: coresOf, owner: id})}
}

func (w *rewrite) addService(s scenarios.Service, p heldPart) scenarios.ServiceID {
	w.m.Services = append(w.m.Services, s)
	w.parts = append(w.parts, p)
	return scenarios.ServiceID(len(w.m.Services) - 1)
}

// addOp adds an operation to a service that was added.
func (w *rewrite) addOp(id scenarios.ServiceID, steps []scenarios.Step) scenarios.OpID {
	op := scenarios.OpID(len(w.m.Operations))
	s := &w.m.Services[id]
	w.m.Operations = append(w.m.Operations, scenarios.Operation{Name: fmt.Sprintf("%s.%d", s.Name, len(s.Operations)), Service: id, Steps: steps})
	s.Operations = append(s.Operations, op)
	w.inner = append(w.inner, true)
	return op
}

// partOf is what a service of the rewritten model stands for; nil for one that
// was written.
func (w *rewrite) partOf(id int) *heldPart {
	if id -= len(w.from.Services); id >= 0 {
		return &w.parts[id]
	}
	return nil
}

func (w *rewrite) nameOf(key holdKey) string {
	s := &w.from.Services[key.service]
	if key.pool {
		return s.Pools[key.index].Name
	}
	return s.Locks[key.index].Name
}
