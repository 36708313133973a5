package simulate

import (
	"github.com/headroom/headroom/internal/rules"
	"github.com/headroom/headroom/scenarios"
)

// station is what a service is doing, over all its replicas.
type station struct {
	*service
	balancer
	parts    *shards
	tokens   rules.Bucket
	patience sampler
	seen     glance // by the autoscaler
	central  line   // for a thread of any replica, under shared balancing

	present gauge // requests waiting and in progress (1)
	lined   gauge // in line for a thread (1)
	queued  gauge // in line for a core (1)
	busy    gauge // cores (1)
	idle    gauge // replicas with a core to spare (1)
	on      gauge // replicas that are up (1); where they vary
	paid    gauge // replicas that are there, up or not (1); where they vary

	arrivals int64 // requests that came
	refused  int64 // of these, turned away
	found    int64 // of these, found every core busy or no thread free

	served float64 // core time given to demands that are met (s)
	stayed float64 // Σ time here of the requests that left (s)
}

// replica is one process of a service.
type replica struct {
	station *station
	present int32   // requests that are its own: in its line or in progress
	threads int32   // held; counted only where they are limited
	line    line    // for a thread
	busy    int32   // demands on the cores: in service and, for PS, all
	queue   line    // for a core, FIFO
	share   share   // PS, and of any but FIFO those in service
	wait    waiters // for a core, neither PS nor FIFO

	slowness float64   // time that it takes for a second of demand (s)
	off      bool      // not among those that are up
	still    bool      // it stands still until it is repaired
	standing *standing // where replicas vary
}

func (k *kernel) setUpStations(s *streams) {
	k.stations = apart[station](len(k.program.services))
	k.replicas = apart[replica](k.program.replicas)
	for i := range k.stations {
		st := &k.stations[i]
		st.service = &k.program.services[i]
		st.balancer = newBalancer(st.service, s)
		st.central = newThreadLine(st.service)
		st.tokens = rules.Bucket{Left: st.guard.Burst}
		st.patience = newSampler(st.guard.Patience, s.named("patience/"+st.name))
		st.idle.n = float64(st.service.replicas)
		for r := range st.service.replicas {
			k.replicas[int(st.first)+r] = replica{station: st, line: newThreadLine(st.service), queue: newLine(), slowness: 1 / st.speed(r)}
		}
		k.setUpStandings(st, s)
	}
}

// compute asks the cores of f's replica for demand seconds. It reports whether
// they are given at once, which takes a demand of nothing and a free core.
func (k *kernel) compute(f int32, fr *frame, demand float64) bool {
	r := &k.replicas[fr.replica]
	demand *= r.slowness
	if fr.host == f {
		fr.work += demand
	} else if host := k.frames.at(fr.host); host.gen == fr.hostGen {
		host.work += demand
	}
	fr.demand = demand
	switch {
	case r.station.fifo:
		return k.queueUp(f, fr, r)
	case r.station.ordered:
		return k.orderIn(f, fr, r)
	}
	return k.shareIn(f, r, demand)
}

// waited adds time in a line to the visit that f belongs to, unless that has
// gone on without f.
func (k *kernel) addWait(fr *frame) {
	if host := k.frames.at(fr.host); host.gen == fr.hostGen {
		host.waited += k.now - fr.since
	}
}

// takeCore and giveCore keep count of a replica's busy cores.
func (k *kernel) takeCore(r *replica) {
	s := r.station
	r.busy++
	if r.off {
		s.busy.add(1-toFloat(r.still), k.now)
		return
	}
	s.busy.add(1, k.now)
	if int(r.busy) == s.cores {
		s.idle.add(-1, k.now)
	}
}

func (k *kernel) giveCore(r *replica) {
	s := r.station
	if r.off {
		r.busy--
		s.busy.add(toFloat(r.still)-1, k.now)
		return
	}
	if int(r.busy) == s.cores {
		s.idle.add(1, k.now)
	}
	r.busy--
	s.busy.add(-1, k.now)
}

// hasThread reports whether r can begin with one more request.
func (r *replica) hasThread() bool {
	return r.station.threads == 0 || int(r.threads) < r.station.threads
}

// isShared reports whether the service has one line for all its replicas.
func (s *service) isShared() bool { return s.policy == scenarios.Shared && s.threads > 0 }

func toFloat(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
