package simulate

import (
	"slices"

	"github.com/headroom/headroom/scenarios"
)

// replicated is how the data of a service is copied.
type replicated struct {
	mode        scenarios.ReplicationMode
	copies      int
	write, read int
	items       popularity
	lag         int32 // draws how long a write takes to a copy
	item        int32 // picks items
	from        scenarios.ReadFrom
	number      int // among all replicated services
}

// data is the data of a replicated service at work: versions of items.
type data struct {
	newest   []uint32 // by item: last version that a write made
	answered []uint32 // by item: last version that was answered
	has      []uint32 // by copy and item

	reads, stale int64
	behind       float64 // Σ versions that reads were behind
}

// access is a write that is under way, or a read that waits for answers.
type access struct {
	frame, service, item int32
	version              uint32 // written; of a read, the newest seen
	known                uint32 // of a read: the version that it should see
	copy                 int32  // of a message to one copy
	next                 int32  // free record
}

type role uint8

const (
	other role = iota
	writes
	reads
)

func (c *compiler) replicated(s *scenarios.Service, ops []operation) *replicated {
	r := s.Replication
	if r == nil {
		return nil
	}
	where := "services." + s.Name + ".replication"
	if r.Copies < 1 || r.Copies > s.Replicas || s.Balancing == scenarios.Shared || r.Write < 1 || r.Write > r.Copies || r.Read < 1 || r.Read > r.Copies || r.Keys < 1 || r.Keys > mostKeys/r.Copies {
		c.fail("%s: %d copies on %d replicas, %d to write, %d to read, %d items", where, r.Copies, s.Replicas, r.Write, r.Read, r.Keys)
		return nil
	}
	c.passes(r.Lag, where+".lag")
	out := &replicated{
		mode: r.Mode, copies: r.Copies, write: r.Write, read: r.Read, items: c.zipf(r.Keys, r.Skew, where),
		lag: c.draw(where+"/lag", r.Lag, false), item: c.share(where + "/item"), from: r.From, number: c.datas,
	}
	c.datas++
	for _, op := range r.Writes {
		ops[op].role = writes
	}
	for _, op := range r.Reads {
		ops[op].role = reads
	}
	return out
}

func (k *kernel) setUpData() {
	k.datas = make([]data, k.program.datas)
	for i := range k.program.services {
		r := k.program.services[i].replicated
		if r == nil {
			continue
		}
		n := r.items.N
		k.datas[r.number] = data{newest: make([]uint32, n), answered: make([]uint32, n), has: make([]uint32, n*r.copies)}
	}
}

// led is the replica that a visit goes to because of its role, counted within
// the service; false where balancing is to say.
func (k *kernel) led(s *station, op int32) (int32, bool) {
	r := s.replicated
	switch role := k.operations[op].role; {
	case role == other, r.mode == scenarios.Quorum && r.copies == s.replicas:
		return 0, false
	case r.mode != scenarios.Quorum && (role == writes || r.from == scenarios.Leader):
		return 0, true
	case r.mode != scenarios.Quorum && r.from == scenarios.Followers && r.copies > 1:
		return 1 + int32(s.rand.IntN(r.copies-1)), true
	}
	return int32(s.rand.IntN(r.copies)), true
}

// settleData does what is left of a visit to replicated data when its steps
// have ended. It reports whether the visit has ended with that.
func (k *kernel) settleData(f int32, s *station, role role) bool {
	r := s.replicated
	d := &k.datas[r.number]
	item := r.items.Pick(k.samples[r.item].draw())
	if role == writes {
		return k.spread(f, s, d, item)
	}
	return k.consult(f, s, d, item)
}

// spread sends a write to the copies. The visit ends when enough have it.
func (k *kernel) spread(f int32, s *station, d *data, item int32) bool {
	r := s.replicated
	d.newest[item]++
	version := d.newest[item]
	k.acks = k.acks[:0]
	for c := range int32(r.copies) {
		if c == 0 && r.mode != scenarios.Quorum {
			k.apply(d, r, c, item, version)
			k.acks = append(k.acks, 0)
			continue
		}
		lag := k.samples[r.lag].draw()
		k.schedule(lag, evApply, k.newAccess(access{service: int32(s.number), item: item, version: version, copy: c}))
		k.acks = append(k.acks, lag+k.hop1())
	}
	slices.Sort(k.acks)
	wait := k.acks[r.write-1]
	k.frames.at(f).state = agreeing
	if wait == 0 {
		d.answered[item] = max(d.answered[item], version)
		return true
	}
	k.schedule(wait, evAnswered, k.newAccess(access{frame: f, service: int32(s.number), item: item, version: version}))
	return false
}

// hop1 is the time that a message between copies needs (s).
func (k *kernel) hop1() float64 {
	if !k.remote {
		return 0
	}
	return k.latency.draw()
}

// apply lets a copy have a version, unless it has a newer one.
func (k *kernel) apply(d *data, r *replicated, c, item int32, version uint32) {
	at := &d.has[int(c)*r.items.N+int(item)]
	*at = max(*at, version)
}

// applied is the event of it.
func (k *kernel) applied(i int32) {
	a := k.accesses[i]
	r := k.program.services[a.service].replicated
	k.apply(&k.datas[r.number], r, a.copy, a.item, a.version)
	k.dropAccess(i)
}

// consult reads an item. The visit ends when enough copies have answered.
func (k *kernel) consult(f int32, s *station, d *data, item int32) bool {
	r := s.replicated
	known := d.answered[item]
	if r.mode != scenarios.Quorum {
		c := k.frames.at(f).replica - s.first
		k.judge(d, known, d.has[int(c)*r.items.N+int(item)])
		return true
	}
	// Of all copies the first to answer count; each says what it has when the
	// question reaches it.
	k.asked = k.asked[:0]
	for c := range int32(r.copies) {
		there := k.hop1()
		k.asked = append(k.asked, question{copy: c, there: there, back: there + k.hop1()})
	}
	slices.SortFunc(k.asked, func(a, b question) int {
		switch {
		case a.back < b.back:
			return -1
		case a.back > b.back:
			return 1
		}
		return int(a.copy - b.copy)
	})
	whole := k.newAccess(access{frame: f, service: int32(s.number), item: item, known: known})
	for _, q := range k.asked[:r.read] {
		if q.there == 0 {
			k.see(whole, q.copy)
			continue
		}
		k.schedule(q.there, evSee, k.newAccess(access{frame: whole, copy: q.copy}))
	}
	wait := k.asked[r.read-1].back
	k.frames.at(f).state = agreeing
	if wait == 0 {
		a := k.accesses[whole]
		k.judge(d, a.known, a.version)
		k.dropAccess(whole)
		return true
	}
	k.schedule(wait, evAnswered, whole)
	return false
}

// question is a read on its way to a copy and back.
type question struct {
	copy        int32
	there, back float64 // (s)
}

// see lets a read have the version of a copy.
func (k *kernel) see(read, c int32) {
	a := &k.accesses[read]
	r := k.program.services[a.service].replicated
	a.version = max(a.version, k.datas[r.number].has[int(c)*r.items.N+int(a.item)])
}

// seen is the event of it.
func (k *kernel) seen(i int32) {
	k.see(k.accesses[i].frame, k.accesses[i].copy)
	k.dropAccess(i)
}

// judge counts a read by how old what it read was.
func (k *kernel) judge(d *data, known, saw uint32) {
	d.reads++
	if saw < known {
		d.stale++
		d.behind += float64(known - saw)
	}
}

// settled ends an access that has waited for copies, and the visit with it.
func (k *kernel) settled(i int32) int32 {
	a := k.accesses[i]
	k.dropAccess(i)
	if k.cancels && k.bury(a.frame) {
		return nobody
	}
	d := &k.datas[k.program.services[a.service].replicated.number]
	if k.operations[k.frames.at(a.frame).op].role == writes {
		d.answered[a.item] = max(d.answered[a.item], a.version)
	} else {
		k.judge(d, a.known, a.version)
	}
	return k.finish(a.frame)
}

func (k *kernel) newAccess(a access) int32 {
	i := k.freeAccess
	if i == 0 {
		k.accesses = append(k.accesses, a)
		return int32(len(k.accesses) - 1)
	}
	k.freeAccess = k.accesses[i-1].next
	k.accesses[i-1] = a
	return i - 1
}

func (k *kernel) dropAccess(i int32) {
	k.accesses[i].next = k.freeAccess
	k.freeAccess = i + 1
}
