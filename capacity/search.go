package capacity

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/reports/gate"
	"github.com/headroom/headroom/scenarios"
)

const (
	manyReplicas = 100_000
	manySolves   = 50_000
	costTol      = 1e-9 // relative difference of costs that are the same
)

// amount is how much of a service there is: a shape, and how often.
type amount struct{ shape, replicas int }

// option is a plan: an amount of each service that can vary, in the order of the
// search.
type option []amount

// dim is a service of the search.
type dim struct {
	service int
	fixed   bool
	shapes  []Choice // one replica each, with its cost
	plenty  int      // index of the shape that can do most
	least   int      // replicas that are too few by one, in whatever shape and with plenty of the others
	most    int      // replicas that are plenty
	cheap   float64  // what the least of it costs (1)
}

// search looks for the cheapest plan of a cell.
type search struct {
	ctx     context.Context
	o       SizeOptions
	unit    *scenarios.Model // one cell
	loaded  *scenarios.Model // with its headroom
	cells   int
	dims    []dim
	known   map[string]bool // by plan: the objectives are met
	tried   []option        // plans that are known, in order
	refuted []option        // plans that failed in simulation

	solves  int
	proven  bool
	floor   float64 // what a plan costs at least (1)
	caveats []measure.Caveat
	err     error // of the solver

	caps     []int
	best     option
	bestCost float64
}

func newSearch(ctx context.Context, m *scenarios.Model, o SizeOptions) (*search, error) {
	unit := m.Cell()
	s := &search{ctx: ctx, o: o, unit: unit, loaded: scaledLoad(unit, 1+o.Headroom), cells: max(1, m.Live.Cells), known: map[string]bool{}}
	if s.o.MaxReplicas == 0 {
		s.o.MaxReplicas = manyReplicas
	}
	if s.o.MaxSolves == 0 {
		s.o.MaxSolves = manySolves
	}
	for _, name := range o.Fixed {
		if _, ok := m.ServiceByName(name); !ok {
			return nil, fmt.Errorf("capacity: no service %q to leave as it is", name)
		}
	}
	for i := range unit.Services {
		v := &unit.Services[i]
		d := dim{service: i, fixed: slices.Contains(o.Fixed, v.Name)}
		cores, threads := []int{v.Cores}, []int{v.Threads}
		if !d.fixed && len(o.Cores) > 0 {
			cores = o.Cores
		}
		if !d.fixed && len(o.Threads) > 0 && v.Threads > 0 {
			threads = o.Threads
		}
		for _, c := range cores {
			for _, t := range threads {
				if c < 1 || t < 0 {
					return nil, fmt.Errorf("capacity: %d cores and %d threads; want at least 1 core, and 0 threads, which is no limit, or more", c, t)
				}
				price := float64(c)
				if v.Cost > 0 {
					price = v.Cost * float64(c) / float64(v.Cores)
				}
				d.shapes = append(d.shapes, Choice{Service: v.Name, Replicas: 1, Cores: c, Threads: t, Cost: price})
			}
		}
		for k, c := range d.shapes {
			if p := d.shapes[d.plenty]; c.Cores > p.Cores || c.Cores == p.Cores && more(c.Threads, p.Threads) {
				d.plenty = k
			}
		}
		s.dims = append(s.dims, d)
	}
	slices.SortStableFunc(s.dims, func(a, b dim) int { return cmp.Compare(b.shapes[0].Cost, a.shapes[0].Cost) })
	return s, nil
}

// more compares limits of threads, of which 0 is none.
func more(a, b int) bool { return b != 0 && (a == 0 || a > b) }

// today is the plan that the model has.
func (s *search) today() option {
	out := make(option, len(s.dims))
	for i, d := range s.dims {
		v := &s.unit.Services[d.service]
		k := slices.IndexFunc(d.shapes, func(c Choice) bool { return c.Cores == v.Cores && c.Threads == v.Threads })
		out[i] = amount{max(k, 0), v.Replicas}
	}
	return out
}

// plan writes an option out in the order of the model.
func (s *search) plan(p option) Plan {
	out := Plan{Services: make([]Choice, len(s.dims))}
	for i, d := range s.dims {
		c := d.shapes[p[i].shape]
		c.Replicas = p[i].replicas
		c.Cost *= float64(c.Replicas)
		out.Services[d.service] = c
		out.Cost += c.Cost
	}
	return out
}

func (s *search) model(p option) *scenarios.Model       { return s.plan(p).Apply(s.unit) }
func (s *search) loadedModel(p option) *scenarios.Model { return s.plan(p).Apply(s.loaded) }

func (s *search) cost(p option) float64 {
	sum := 0.0
	for i, a := range p {
		sum += s.dims[i].shapes[a.shape].Cost * float64(a.replicas)
	}
	return sum
}

// key is an option as a key of a map.
func (p option) key() string {
	b := make([]byte, 0, 4*len(p))
	for _, a := range p {
		b = binary.AppendUvarint(b, uint64(a.shape))
		b = binary.AppendUvarint(b, uint64(a.replicas))
	}
	return string(b)
}

// below reports whether an option has no more of anything than another, in the
// same shapes.
func (p option) below(q option) bool {
	for i := range p {
		if p[i].shape != q[i].shape || p[i].replicas > q[i].replicas {
			return false
		}
	}
	return true
}

// cases are what is left of a plan in the cases that it must bear, itself first.
func (s *search) cases(p option) ([]option, bool) {
	counts := make([]int, len(p))
	for i := range p {
		counts[i] = p[i].replicas
	}
	left, ok := s.o.Redundancy.less(counts)
	out := []option{p}
	for _, l := range left {
		q := slices.Clone(p)
		for i := range q {
			q[i].replicas = l[i]
		}
		out = append(out, q)
	}
	return out, ok
}

// meets reports whether a plan meets the objectives, in all cases that it must
// bear.
func (s *search) meets(p option) bool {
	for _, r := range s.refuted {
		if p.below(r) {
			return false
		}
	}
	all, ok := s.cases(p)
	if !ok {
		return false
	}
	for i := len(all) - 1; i >= 0; i-- { // losses are harder
		if !s.solved(all[i]) {
			return false
		}
	}
	return true
}

// solved reports whether the solver finds the objectives met.
func (s *search) solved(p option) bool {
	key := p.key()
	if ok, known := s.known[key]; known {
		return ok
	}
	if s.err != nil || s.spent() {
		return false
	}
	m := s.loadedModel(p)
	ok := false
	if m.Check() == nil { // more partitions than replicas, and the like
		ok = s.judge(m)
	}
	if s.err == nil {
		s.known[key] = ok
		s.tried = append(s.tried, slices.Clone(p))
	}
	return ok
}

func (s *search) spent() bool { return s.solves >= s.o.MaxSolves }

func (s *search) judge(m *scenarios.Model) bool {
	s.solves++
	if s.o.Progress != nil && s.solves%50 == 0 {
		s.o.Progress(fmt.Sprintf("%d plans solved", s.solves))
	}
	r, err := solve(s.ctx, m, objectiveMetrics(m))
	if err != nil {
		s.err = err
		return false
	}
	if len(s.caveats) == 0 {
		s.caveats = r.Caveats
	}
	if !r.Stable {
		return false
	}
	judged := gate.Judge(m, r)
	for _, o := range judged {
		if o.Verdict == measure.Undecided && !o.Value.Known() {
			s.err = fmt.Errorf("capacity: formulas do not tell %s.%s, so that no plan can be found for it; remove that objective, or compare plans by whatif --simulate", o.Subject, o.Metric)
			return false
		}
	}
	return gate.Worst(judged) == measure.Pass
}

// plenty is an option with plenty of everything that comes after the first k.
func (s *search) plenty(fixed option) option {
	out := slices.Clone(fixed)
	for i := len(fixed); i < len(s.dims); i++ {
		d := &s.dims[i]
		out = append(out, amount{d.plenty, s.upTo(i)})
	}
	return out
}

// upTo is the most replicas of a service that may be tried.
func (s *search) upTo(i int) int {
	most := s.dims[i].most
	if len(s.caps) > 0 && s.caps[i] > 0 {
		most = min(most, s.caps[i])
	}
	return most
}

// optimum is the cheapest plan, with no more replicas of each service than caps
// say, where they are above 0.
func (s *search) optimum(caps []int) (option, error) {
	s.caps = caps
	s.best, s.bestCost, s.proven = nil, math.Inf(1), true
	if err := s.incumbent(); err != nil {
		return nil, err
	}
	s.bound()
	s.branch(nil, 0)
	if s.err != nil {
		return nil, s.err
	}
	if err := s.ctx.Err(); err != nil {
		return nil, err
	}
	if s.best == nil {
		return nil, &NoPlanError{}
	}
	if !s.monotone() {
		s.proven = s.oneByOne()
	}
	s.proven = s.proven && !s.spent()
	if s.proven {
		s.floor = s.bestCost
	}
	return s.best, s.err
}

// incumbent finds some plan that will do: twice as much of everything until it
// does, and then as little of each service as it can be left with.
func (s *search) incumbent() error {
	for i := range s.dims {
		d := &s.dims[i]
		d.least, d.most = 0, s.unit.Services[d.service].Replicas
	}
	top := s.plenty(nil)
	for !s.meets(top) {
		if s.err != nil {
			return s.err
		}
		grown := false
		for i := range s.dims {
			d := &s.dims[i]
			if !d.fixed && d.most < s.o.MaxReplicas/s.cells {
				d.most = min(2*d.most, max(1, s.o.MaxReplicas/s.cells))
				grown = grown || s.upTo(i) > top[i].replicas
			}
		}
		next := s.plenty(nil)
		if !grown || s.spent() || s.hopeless(next) {
			return &NoPlanError{Broken: s.broken(top)}
		}
		top = next
	}
	s.take(top)
	p := slices.Clone(top)
	for i := range s.dims {
		if d := &s.dims[i]; !d.fixed {
			p[i].replicas = s.fewest(p, i, 1, p[i].replicas)
		}
	}
	s.take(p)
	return nil
}

// hopeless reports whether there is so much of everything that more of it will
// not help: a thousandth of each is busy.
func (s *search) hopeless(p option) bool {
	r, err := solve(s.ctx, s.loadedModel(p), nil)
	if err != nil || !r.Stable {
		return false
	}
	for i, d := range s.dims {
		u := r.Services[s.unit.Services[d.service].Name].Utilization
		if !d.fixed && s.upTo(i) >= p[i].replicas && u.Value > 1e-3 && (len(s.caps) == 0 || s.caps[i] == 0) {
			return false
		}
	}
	return true
}

// broken names the objectives that a plan does not meet.
func (s *search) broken(p option) []string {
	all, _ := s.cases(p)
	var out []string
	for _, q := range all {
		m := s.loadedModel(q)
		r, err := solve(s.ctx, m, objectiveMetrics(m))
		if err != nil {
			continue
		}
		for _, o := range gate.Judge(m, r) {
			if name := o.Subject + "." + o.Metric; o.Verdict != measure.Pass && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// fewest is the smallest number of replicas of a service that will do, the rest
// being as in p, where high will and what is below low will not.
func (s *search) fewest(p option, i, low, high int) int {
	p = slices.Clone(p)
	return low + sortSearch(high-low, func(k int) bool {
		p[i].replicas = low + k
		return s.meets(p)
	})
}

// sortSearch is the smallest k from 0 to n for which ok is true, where it is at n.
func sortSearch(n int, ok func(int) bool) int {
	low, high := 0, n
	for low < high {
		mid := (low + high) / 2
		if ok(mid) {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return low
}

// take remembers a plan that will do, if it is the cheapest.
func (s *search) take(p option) {
	c := s.cost(p)
	if s.best == nil || c < s.bestCost*(1-costTol) {
		s.best, s.bestCost = slices.Clone(p), c
	}
}

// bound finds how many of each service are needed with plenty of the others, and
// how many the best plan known leaves money for.
func (s *search) bound() {
	for i := range s.dims {
		d := &s.dims[i]
		if d.fixed {
			d.least = d.most
		}
		d.cheap = math.Inf(1)
		for _, c := range d.shapes {
			d.cheap = math.Min(d.cheap, c.Cost)
		}
		if d.fixed {
			d.cheap *= float64(d.most)
		}
	}
	for range 2 {
		for i := range s.dims {
			d := &s.dims[i]
			if d.fixed {
				continue
			}
			rest := 0.0
			price := math.Inf(1)
			for k := range s.dims {
				if k != i {
					rest += s.dims[k].cheap
				}
			}
			for _, c := range d.shapes {
				price = math.Min(price, c.Cost)
			}
			d.most = max(1, min(s.o.MaxReplicas, int((s.bestCost-rest)/price*(1+costTol))))
		}
		s.floor = 0
		for i := range s.dims {
			d := &s.dims[i]
			if d.fixed {
				s.floor += d.cheap
				continue
			}
			d.cheap = math.Inf(1)
			least := math.MaxInt
			for k, c := range d.shapes {
				p := s.plenty(nil)
				p[i].shape = k
				if !s.meets(p) {
					continue
				}
				n := s.fewest(p, i, 1, p[i].replicas)
				least = min(least, n)
				d.cheap = math.Min(d.cheap, c.Cost*float64(n))
			}
			if least == math.MaxInt { // the corner itself is not monotone
				least, d.cheap = 1, d.shapes[0].Cost
				for _, c := range d.shapes {
					d.cheap = math.Min(d.cheap, c.Cost)
				}
			}
			d.least = least
			s.floor += d.cheap
		}
	}
}

// branch decides on the services one after the other, at so much spent already.
func (s *search) branch(p option, paid float64) {
	i := len(p)
	if s.err != nil || s.spent() || s.ctx.Err() != nil {
		return
	}
	if i == len(s.dims) {
		s.take(p)
		return
	}
	d := &s.dims[i]
	rest := 0.0
	for _, x := range s.dims[i+1:] {
		rest += x.cheap
	}
	for k, c := range d.shapes {
		low, high := max(1, d.least), s.upTo(i)
		if d.fixed {
			high = low
		}
		if low > high || paid+c.Cost*float64(low)+rest >= s.bestCost*(1-costTol) {
			continue
		}
		q := append(slices.Clone(p), amount{k, high})
		if top := s.plenty(q); !s.meets(top) {
			continue
		} else if !d.fixed {
			low = s.fewest(top, i, low, high)
		}
		for n := low; n <= high; n++ {
			pays := paid + c.Cost*float64(n)
			if pays+rest >= s.bestCost*(1-costTol) {
				break
			}
			q[i].replicas = n
			s.branch(q, pays)
			if i == len(s.dims)-1 || s.bestCost <= (pays+rest)*(1+costTol) {
				break // more of it cannot be cheaper
			}
		}
	}
}

// monotone reports whether more never broke what less had met, over all plans
// that were solved.
func (s *search) monotone() bool {
	const enough = 3000
	var good, bad []option
	for _, p := range s.tried {
		if s.known[p.key()] {
			good = append(good, p)
		} else {
			bad = append(bad, p)
		}
	}
	if len(good)*len(bad) > enough*enough {
		good = good[:min(len(good), enough)]
		bad = bad[max(0, len(bad)-enough):]
	}
	for _, g := range good {
		for _, b := range bad {
			if g.below(b) {
				return false
			}
		}
	}
	return true
}

// oneByOne tries all plans that are cheaper than the best one; it reports
// whether it could.
func (s *search) oneByOne() bool {
	var walk func(p option, paid float64)
	walk = func(p option, paid float64) {
		i := len(p)
		if s.err != nil || s.spent() || s.ctx.Err() != nil {
			return
		}
		if i == len(s.dims) {
			if s.meets(p) {
				s.take(p)
			}
			return
		}
		d := &s.dims[i]
		for k, c := range d.shapes {
			from, to := 1, s.upTo(i)
			if d.fixed {
				from, to = d.most, d.most
			}
			for n := from; n <= to; n++ {
				if paid+c.Cost*float64(n) >= s.bestCost*(1-costTol) {
					break
				}
				walk(append(slices.Clone(p), amount{k, n}), paid+c.Cost*float64(n))
			}
		}
	}
	walk(nil, 0)
	return !s.spent()
}
