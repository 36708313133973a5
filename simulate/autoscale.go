package simulate

import "github.com/headroom/headroom/internal/rules"

// glance is what an autoscaler knew when it last looked.
type glance struct {
	rules.Glance
	changed float64 // when it last changed the number of replicas (s)
}

// scale looks at a service, and makes its replicas more or fewer.
func (k *kernel) scale(s *station) {
	a := s.scaling
	k.schedule(a.Interval, evService, int32(len(k.replicas)+s.number))
	now := rules.Glance{Busy: s.busy.area(k.now), On: s.on.area(k.now), Present: s.present.area(k.now), Came: s.arrivals}
	was := s.seen.Glance
	s.seen.Glance = now
	if want, some := rules.Scale(a, s.cores, was, now); some {
		k.hire(s, want)
	}
}

// hire makes the number of replicas what is wanted.
func (k *kernel) hire(s *station, want int) {
	have := 0
	for j := range s.replicas {
		if h := k.replicas[int(s.first)+j].standing.hired; h == serving || h == starting {
			have++
		}
	}
	if want < have && k.now-s.seen.changed < s.scaling.Cooldown || want == have {
		return
	}
	s.seen.changed = k.now
	for j := 0; have < want && j < s.replicas; j++ { // those that are about to go first
		if i := s.first + int32(j); k.replicas[i].standing.hired == draining {
			k.keep(&k.replicas[i], i)
			have++
		}
	}
	for j := 0; have < want && j < s.replicas; j++ {
		if r := &k.replicas[int(s.first)+j]; r.standing.hired == absent {
			r.standing.hired, r.standing.at = starting, k.now+s.scaling.Delay
			s.paid.add(1, k.now)
			k.schedule(s.scaling.Delay, evService, int32(len(k.replicas)+len(k.stations))+s.first+int32(j))
			have++
		}
	}
	for j := s.replicas - 1; have > want && j >= 0; j-- {
		i := s.first + int32(j)
		switch r := &k.replicas[i]; r.standing.hired {
		case starting:
			r.standing.hired = absent
			s.paid.add(-1, k.now)
			have--
		case serving:
			k.retire(r, i)
			have--
		}
	}
}

// started lets a replica serve, unless it was thought better of meanwhile.
func (k *kernel) started(i int32) {
	r := &k.replicas[i]
	if r.standing.hired != starting || r.standing.at != k.now {
		return
	}
	r.standing.hired = serving
	if !r.standing.broken {
		k.open(r, i)
	}
}

// keep lets a replica that was draining serve on.
func (k *kernel) keep(r *replica, i int32) {
	r.standing.hired = serving
	k.list(r, i)
	k.fill(r.station, r, i)
}

// retire lets a replica end what it has and then go.
func (k *kernel) retire(r *replica, i int32) {
	k.unlist(r, i)
	r.standing.hired = draining
	switch {
	case r.standing.broken && !r.still:
		k.dismiss(r)
	case r.present == 0:
		k.drained(r)
	}
}

// drained lets a replica go that has nothing left to do.
func (k *kernel) drained(r *replica) {
	if r.still { // its repair finds nobody but branches left behind
		k.stir(r)
	} else {
		k.countUp(r, -1)
	}
	k.dismiss(r)
}

// dismiss stops paying for a replica.
func (k *kernel) dismiss(r *replica) {
	r.standing.hired = absent
	r.station.paid.add(-1, k.now)
}
