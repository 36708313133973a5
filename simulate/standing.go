package simulate

import (
	"math"
	"strconv"

	"github.com/headroom/headroom/internal/rules"
	"github.com/headroom/headroom/scenarios"
)

// standing is how a replica stands in a service whose replicas vary.
type standing struct {
	broken  bool // waiting for a repair
	hired   hired
	at      float64 // when it will serve, while [starting] (s)
	listed  bool    // balancing may pick it
	up, fix sampler // until the next failure, and the repair of it (s)
}

// hired is what an autoscaler has made of a replica.
type hired uint8

const (
	serving  hired = iota
	absent         // there is none
	starting       // it will serve after a delay
	draining       // it ends what it has, and then is absent
)

// balanced reports whether new requests may go to a replica.
func (r *replica) balanced() bool { return !r.station.varies || r.standing.listed }

// setUpStandings begins with the replicas that a service starts with.
func (k *kernel) setUpStandings(st *station, s *streams) {
	if !st.varies {
		return
	}
	st.pos = make([]int32, st.replicas)
	st.idle.n = 0
	for j := range st.replicas {
		i := st.first + int32(j)
		r := &k.replicas[i]
		r.standing = &standing{}
		r.off = true
		if st.order != nil {
			st.order.take(int32(j), 0)
		}
		if st.failures != nil {
			name := "failures/" + st.name + "/" + strconv.Itoa(j)
			r.standing.up = newSampler(st.failures.Up, s.named(name))
			r.standing.fix = newSampler(st.failures.Down, s.named(name+"/repair"))
			k.schedule(r.standing.up.draw(), evService, i)
		}
		if j >= st.begin {
			r.standing.hired = absent
			continue
		}
		st.paid.n++
		k.list(r, i)
		k.countUp(r, 1)
	}
	if st.scaling != nil {
		k.schedule(st.scaling.Interval, evService, int32(len(k.replicas)+st.number))
	}
}

// Events about services and replicas are told apart by ranges of their index:
// a failure or repair of a replica, the look of an autoscaler, and the moment
// when a replica that it started begins to serve.
func (k *kernel) service(i int32) int32 {
	n := int32(len(k.replicas))
	switch {
	case i < n:
		k.toggle(i)
	case i < n+int32(len(k.stations)):
		k.scale(&k.stations[i-n])
	default:
		k.started(i - n - int32(len(k.stations)))
	}
	return nobody
}

// toggle lets a replica fail, or repairs it.
func (k *kernel) toggle(i int32) {
	r := &k.replicas[i]
	r.standing.broken = !r.standing.broken
	if !r.standing.broken {
		k.schedule(r.standing.up.draw(), evService, i)
		k.repaired(r, i)
		return
	}
	k.schedule(r.standing.fix.draw(), evService, i)
	if h := r.standing.hired; h == absent || h == starting {
		return
	}
	if r.station.failures.Pause {
		k.pause(r)
		return
	}
	k.crash(r, i)
}

// repaired lets a replica serve again.
func (k *kernel) repaired(r *replica, i int32) {
	switch h := r.standing.hired; {
	case r.still:
		k.resume(r)
	case h == serving:
		k.open(r, i)
	}
}

// pause stops the cores of a replica; resume lets them go on.
func (k *kernel) pause(r *replica) {
	s := &r.share
	s.advance(k.now, max(1, len(s.marks)), r.station.cores)
	k.countUp(r, -1)
	r.station.busy.add(-float64(r.inUse()), k.now)
	r.still, s.still = true, true
	s.seq, s.alarm = 0, math.Inf(1)
}

func (k *kernel) resume(r *replica) {
	k.stir(r)
	k.countUp(r, 1)
}

// stir lets cores that stood still go on.
func (k *kernel) stir(r *replica) {
	s := &r.share
	s.asOf = k.now
	r.still, s.still = false, false
	r.station.busy.add(float64(r.inUse()), k.now)
	if len(s.marks) > 0 {
		k.setAlarm(r)
	}
}

// countUp counts a replica among those that are up (d = 1), or no more (−1).
func (k *kernel) countUp(r *replica, d float64) {
	s := r.station
	r.off = d < 0
	s.on.add(d, k.now)
	if r.inUse() < s.cores {
		s.idle.add(d, k.now)
	}
}

// inUse is how many cores have a demand.
func (r *replica) inUse() int { return min(int(r.busy), r.station.cores) }

// open lets balancing pick a replica that has begun to serve, and gives its
// threads to those who wait for one.
func (k *kernel) open(r *replica, i int32) {
	k.list(r, i)
	k.countUp(r, 1)
	k.fill(r.station, r, i)
	for j := range k.partitions { // batches that found no replica up
		p := &k.partitions[j]
		if op := k.program.topics[p.topic].consumer; int(k.operations[op].service) == r.station.number && !p.busy && p.n > 0 {
			k.schedule(0, evPull, int32(j))
		}
	}
}

// fails reports whether a replica is down, with all that is asked of it.
func (r *replica) fails() bool { return r.standing.broken && !r.still }

// list lets balancing pick a replica, and unlist no more.
func (k *kernel) list(r *replica, i int32) {
	s := r.station
	r.standing.listed = true
	s.pos[i-s.first] = int32(len(s.up))
	s.up = append(s.up, i)
	if s.order != nil {
		s.order.put(i-s.first, k.level(r))
	}
}

func (k *kernel) unlist(r *replica, i int32) {
	s := r.station
	if !r.standing.listed {
		return
	}
	r.standing.listed = false
	at, last := s.pos[i-s.first], s.up[len(s.up)-1]
	s.up[at] = last
	s.pos[last-s.first] = at
	s.up = s.up[:len(s.up)-1]
	if s.order != nil {
		s.order.take(i-s.first, k.level(r))
	}
}

// level is what a replica is ordered by.
func (k *kernel) level(r *replica) int {
	if r.station.policy == scenarios.Shared {
		return int(r.threads)
	}
	return int(r.present)
}

// routeUp picks a replica among those that are up, of which there is one.
func (k *kernel) routeUp(s *station, fr *frame, op int32) int32 {
	i := k.anyUp(s, op)
	if fr.kind != sent || fr.parent == nobody || s.policy == scenarios.Hash {
		return i
	}
	first := k.errands.at(fr.parent).first
	for range 8 { // copies of one call avoid each other, as in apart
		if !k.holdsCopy(first, fr, i) {
			break
		}
		i = k.anyUp(s, op)
	}
	return i
}

func (k *kernel) anyUp(s *station, op int32) int32 {
	n := len(s.up)
	switch s.policy {
	case scenarios.RoundRobin:
		for {
			r := s.first + int32(s.turn)
			if s.turn++; s.turn == s.replicas {
				s.turn = 0
			}
			if k.replicas[r].standing.listed {
				return r
			}
		}
	case scenarios.PowerOfTwo:
		return k.leastOf(s, s.up)
	case scenarios.LeastRequests, scenarios.Shared:
		return k.route(s, op)
	case scenarios.Hash:
		// A key goes to its replica; those of one that is down are spread over
		// the others.
		key := s.key()
		if r := s.first + int32(key%s.replicas); k.replicas[r].standing.listed {
			return r
		}
		return s.up[rules.Mix(uint64(key))%uint64(n)]
	}
	if n == 1 {
		return s.up[0]
	}
	return s.up[s.rand.IntN(n)]
}

// leastOf picks some of the replicas at random and returns the one of them with
// the fewest requests, the first picked where they have as many ([Mitz01]). It
// shuffles the list.
func (k *kernel) leastOf(s *station, list []int32) int32 {
	best := nobody
	for i := range min(s.choices, len(list)) {
		j := i + s.rand.IntN(len(list)-i)
		if s.varies { // positions in the list are known elsewhere
			s.pos[list[i]-s.first], s.pos[list[j]-s.first] = int32(j), int32(i)
		}
		list[i], list[j] = list[j], list[i]
		if best == nobody || k.replicas[list[i]].present < k.replicas[best].present {
			best = list[i]
		}
	}
	return best
}

// reachable reports whether a replica is up that could work on a batch.
func (k *kernel) reachable(p *partition) bool {
	s := k.replicas[p.replica].station
	return !s.varies || len(s.up) > 0
}
