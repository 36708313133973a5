package simulate

import "github.com/headroom/headroom/scenarios"

// fan is a fan-out: which service is asked. It is a parallel of calls, each at
// a replica of its own.
type fan struct {
	service int32
	draw    int32 // whose stream picks the replicas
}

// setUpFans makes the list of what every fan-out asks: the partitions of a
// service, or its replicas.
func (k *kernel) setUpFans() {
	k.fans = make([][]int32, len(k.program.fans))
	for i, fan := range k.program.fans {
		s := &k.program.services[fan.service]
		n := s.replicas
		if s.shards != nil {
			n = s.shards.of.N
		}
		k.fans[i] = make([]int32, n)
		for r := range k.fans[i] {
			k.fans[i][r] = int32(r)
		}
	}
}

// target picks the replica that branch i of a fan-out asks, or that has the
// partition that it asks: any that none of the branches before it does, by a shuffle that goes as far as it is needed
// (R. Durstenfeld, Algorithm 235, 1964 [Durs64]). The list need not begin in
// order for that. Where there are fewer replicas than branches, as of one line
// for all, they are asked in turn.
func (k *kernel) target(p *parallel, i int) int32 {
	if p.fan == nobody {
		return nobody
	}
	list := k.fans[p.fan]
	n := len(list)
	if len(p.branches) < n {
		j := i + k.samples[k.program.fans[p.fan].draw].rand.IntN(n-i)
		list[i], list[j] = list[j], list[i]
	}
	s := &k.stations[k.program.fans[p.fan].service]
	at := list[i%n]
	if s.parts != nil {
		s.parts.asked[at]++
		at = s.parts.owner[at]
	}
	return s.first + at
}

// apart picks another replica for visit v of an errand while another copy of
// it is at replica i, as long as there is one without a copy.
func (k *kernel) apart(fr *frame, s *station, i int32) int32 {
	if fr.kind != sent || fr.parent == nobody || i == nobody || s.parts != nil {
		return i // no other has the partition
	}
	first := k.errands.at(fr.parent).first
	if k.frames.at(first).sibling == nobody || !k.holdsCopy(first, fr, i) {
		return i
	}
	tries := 8
	if s.policy == scenarios.Hash {
		tries = 0 // it is the same key
	}
	for range tries { // as the balancing likes it
		if i = k.route(s, fr.op); !k.holdsCopy(first, fr, i) {
			return i
		}
	}
	if s.replicated != nil {
		return i
	}
	from := s.rand.IntN(s.replicas)
	for r := range s.replicas {
		j := s.first + int32((from+r)%s.replicas)
		if !k.holdsCopy(first, fr, j) {
			return j
		}
	}
	return i
}

// holdsCopy reports whether a sibling of fr is or was at replica i.
func (k *kernel) holdsCopy(first int32, fr *frame, i int32) bool {
	for v := first; v != nobody; {
		o := k.frames.at(v)
		if o != fr && o.replica == i {
			return true
		}
		v = o.sibling
	}
	return false
}
