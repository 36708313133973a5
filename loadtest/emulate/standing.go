package emulate

import (
	"slices"
	"strconv"

	"github.com/headroom/headroom/internal/rules"
)

// standing is how a replica stands among the others.
type standing struct {
	broken bool // waiting for a repair
	still  bool // it stands still until then
	off    bool // it is not among those that are up
	listed bool // balancing may pick it
	hired  hired
	at     float64 // when it will serve, while [starting] (s)
}

// hired is what an autoscaler has made of a replica.
type hired uint8

const (
	serving  hired = iota
	absent         // there is none
	starting       // it will serve after a delay
	draining       // it ends what it has, and then is absent
)

// fails reports whether a replica is down, with all that is asked of it.
func (r *replica) fails() bool { return r.broken && !r.still }

// list lets balancing pick a replica, and unlist no more. The lock is held, as
// in all that follows.
func (s *service) list(r *replica) {
	r.listed = true
	i, _ := slices.BinarySearchFunc(s.up, r, func(a, b *replica) int { return a.index - b.index })
	s.up = slices.Insert(s.up, i, r)
}

func (s *service) unlist(r *replica) {
	if r.listed {
		r.listed = false
		s.up = slices.DeleteFunc(s.up, func(x *replica) bool { return x == r })
	}
}

// countUp counts a replica among those that are up (d = 1), or no more (−1).
func (s *service) countUp(r *replica, at float64, d int) {
	r.off = d < 0
	s.meter.on.add(at, d)
}

// open lets balancing pick a replica that has begun to serve, and gives its
// threads to those who wait for one.
func (s *service) open(r *replica, at float64) {
	s.list(r)
	s.countUp(r, at, 1)
	s.fill(r, at)
	s.system.wake(s.id)
}

// crash ends all that is in progress on a replica, and fails who asked for it.
// What it had asked of others goes on there; its answer finds nobody.
func (s *service) crash(r *replica, at float64) {
	s.unlist(r)
	if r.hired == draining {
		r.hired = absent
	}
	r.cores.advance(at, s.met)
	r.cores.clear(at)
	r.set()
	s.countUp(r, at, -1)
	for _, v := range slices.Clone(r.line.waiting) {
		if v.replica == r {
			s.quit(v, at, down)
		}
	}
	for v := range r.visits {
		v.crash(cause{down, at})
	}
}

// pause stops the cores of a replica; resume lets them go on.
func (s *service) pause(r *replica, at float64) {
	r.still = true
	s.countUp(r, at, -1)
	s.halt(r, at)
}

func (s *service) resume(r *replica, at float64) {
	r.still = false
	s.countUp(r, at, 1)
	s.halt(r, at)
}

func (s *service) halt(r *replica, at float64) {
	r.cores.advance(at, s.met)
	r.cores.halt(at, r.still)
	r.set()
}

// slacken lets all that is left of the demands on a replica, and those to come,
// take so many times as long.
func (s *service) slacken(r *replica, at, times float64) {
	r.slowness *= times
	r.cores.advance(at, s.met)
	r.cores.stretch(at, times)
	r.set()
}

// repaired lets a replica serve again.
func (s *service) repaired(r *replica, at float64) {
	switch {
	case r.still:
		s.resume(r, at)
	case r.hired == serving:
		s.open(r, at)
	}
}

// breakDown lets the replicas of a service fail by themselves, and be repaired.
func (s *service) breakDown() {
	f := s.model.Failures
	if f == nil {
		return
	}
	for i, r := range s.replicas {
		name := "failures/" + s.model.Name + "/" + strconv.Itoa(i)
		up, fix := newStream(s.system.seed, name), newStream(s.system.seed, name+"/repair")
		at := up.sample(f.Up)
		var toggle func()
		toggle = func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			then := at
			r.broken = !r.broken
			switch {
			case !r.broken:
				at += up.sample(f.Up)
				s.repaired(r, then)
			default:
				at += fix.sample(f.Down)
				if r.hired == absent || r.hired == starting {
					break
				}
				if f.Pause {
					s.pause(r, then)
				} else {
					s.crash(r, then)
				}
			}
			s.system.clock.At(at, toggle)
		}
		s.system.clock.At(at, toggle)
	}
}

// glance is what an autoscaler knew when it last looked.
type glance struct {
	rules.Glance
	changed float64 // when it last changed the number of replicas (s)
}

// look reads what an autoscaler looks at.
func (s *service) look(at float64) rules.Glance {
	return rules.Glance{Busy: s.use(at).busy, On: s.meter.on.area(at), Present: s.meter.present.area(at), Came: s.meter.came}
}

// rebase makes up for areas that are counted anew from the instant at on.
func (s *service) rebase(at float64) {
	now := s.look(at)
	s.seen.Busy -= now.Busy
	s.seen.On -= now.On
	s.seen.Present -= now.Present
}

// scaleFrom lets the autoscaler of a service look, every interval from the
// instant at on.
func (s *service) scaleFrom(at float64) {
	a := s.model.Scaling
	if a == nil {
		return
	}
	at += a.Interval
	s.system.clock.At(at, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.scale(at)
		s.scaleFrom(at)
	})
}

// scale looks at the service, and makes its replicas more or fewer.
func (s *service) scale(at float64) {
	was := s.seen.Glance
	s.seen.Glance = s.look(at)
	if want, some := rules.Scale(s.model.Scaling, s.model.Cores, was, s.seen.Glance); some {
		s.hire(want, at)
	}
}

// hire makes the number of replicas what is wanted.
func (s *service) hire(want int, at float64) {
	have := 0
	for _, r := range s.replicas {
		if r.hired == serving || r.hired == starting {
			have++
		}
	}
	if want < have && at-s.seen.changed < s.model.Scaling.Cooldown || want == have {
		return
	}
	s.seen.changed = at
	for _, r := range s.replicas { // those that are about to go first
		if have < want && r.hired == draining {
			r.hired = serving
			s.list(r)
			s.fill(r, at)
			have++
		}
	}
	for _, r := range s.replicas {
		if have < want && r.hired == absent {
			s.starts(r, at+s.model.Scaling.Delay)
			have++
		}
	}
	for i := len(s.replicas) - 1; have > want && i >= 0; i-- {
		switch r := s.replicas[i]; r.hired {
		case starting:
			r.hired = absent
			have--
		case serving:
			s.retire(r, at)
			have--
		}
	}
}

// starts lets a replica serve from the instant at on, unless it is thought
// better of.
func (s *service) starts(r *replica, at float64) {
	r.hired, r.at = starting, at
	s.system.clock.At(at, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if r.hired != starting || r.at != at {
			return
		}
		r.hired = serving
		if !r.broken {
			s.open(r, at)
		}
	})
}

// retire lets a replica end what it has and then go.
func (s *service) retire(r *replica, at float64) {
	s.unlist(r)
	r.hired = draining
	switch {
	case r.fails():
		r.hired = absent
	case r.present == 0:
		s.drained(r, at)
	}
}

// drained lets a replica go that has nothing left to do.
func (s *service) drained(r *replica, at float64) {
	r.hired = absent
	if r.still { // its repair finds nobody but branches left behind
		r.still = false
		s.halt(r, at)
		return
	}
	s.countUp(r, at, -1)
}
