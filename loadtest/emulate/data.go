package emulate

import (
	"cmp"
	"slices"

	"github.com/headroom/headroom/internal/rules"
	"github.com/headroom/headroom/scenarios"
)

// data is the data of a replicated service at work: versions of items. The lock
// of the service guards it.
type data struct {
	spec  *scenarios.Replication
	items rules.Popularity
	item  *stream // "services.<service>.replication/item"
	lag   *stream // "services.<service>.replication/lag"

	newest   []uint32  // by item: last version that a write made
	answered []history // by item: versions that were answered
	has      []history // by copy and item

	span   span
	reads  int64
	stale  int64
	behind float64 // Σ versions that reads were behind (1)
}

// history is since when there is which version, for a moment that goes back as
// far as messages may be late.
type history []since

type since struct {
	at      float64 // (s)
	version uint32
}

// add lets there be a version from the instant at on; what was before the
// instant old is forgotten but for the last.
func (h *history) add(at float64, version uint32, old float64) {
	list := *h
	i := len(list)
	for i > 0 && list[i-1].at > at {
		i--
	}
	list = slices.Insert(list, i, since{at, version})
	n := 0
	for n+1 < len(list) && list[n+1].at < old {
		list[n+1].version = max(list[n+1].version, list[n].version)
		n++
	}
	*h = slices.Delete(list, 0, n)
}

// version is the newest at the instant at.
func (h history) version(at float64) uint32 {
	v := uint32(0)
	for _, s := range h {
		if s.at > at {
			break
		}
		v = max(v, s.version)
	}
	return v
}

func newData(seed uint64, m *scenarios.Service) *data {
	r := m.Replication
	if r == nil {
		return nil
	}
	where := "services." + m.Name + ".replication"
	return &data{
		spec: r, items: rules.Zipf(r.Keys, r.Skew), item: newStream(seed, where+"/item"), lag: newStream(seed, where+"/lag"),
		newest: make([]uint32, r.Keys), answered: make([]history, r.Keys), has: make([]history, r.Keys*r.Copies),
	}
}

// led is the replica that a request for an operation goes to because it writes
// or reads; false where balancing is to say.
func (d *data) led(op scenarios.OpID, random *stream) (int, bool) {
	r := d.spec
	writes := slices.Contains(r.Writes, op)
	switch {
	case !writes && !slices.Contains(r.Reads, op):
		return 0, false
	case r.Mode != scenarios.Quorum && (writes || r.From == scenarios.Leader):
		return 0, true
	case r.Mode != scenarios.Quorum && r.From == scenarios.Followers && r.Copies > 1:
		return 1 + random.below(r.Copies-1), true
	}
	return random.below(r.Copies), true
}

// settleData does what is left of a visit to replicated data when its steps
// have ended, and returns the instant at which that is done.
func (v *visit) settleData(now float64) (float64, fault) {
	s := v.service
	d := s.data
	if d == nil {
		return now, none
	}
	sys := s.system
	switch {
	case slices.Contains(d.spec.Writes, v.op):
		s.mu.Lock()
		at := d.write(now, sys.clock.Now(), sys.latency)
		s.mu.Unlock()
		return sys.until(v.ctx, now, at)
	case !slices.Contains(d.spec.Reads, v.op):
		return now, none
	}
	s.mu.Lock()
	look := d.ask(now, v.replica.index, sys.latency)
	s.mu.Unlock()
	now, why := sys.until(v.ctx, now, look.back)
	if why == none {
		s.mu.Lock()
		d.judge(look)
		s.mu.Unlock()
	}
	return now, why
}

// write sends a write to the copies, and returns when enough have it.
func (d *data) write(now, real float64, latency func() float64) float64 {
	r := d.spec
	old := min(now, real) - 10 // (s); no message is later
	item := d.items.Pick(d.item.share())
	d.newest[item]++
	version := d.newest[item]
	acks := make([]float64, r.Copies)
	for c := range acks {
		acks[c] = now
		at := now
		if c > 0 || r.Mode == scenarios.Quorum {
			at += d.lag.sample(r.Lag)
			acks[c] = at + latency()
		}
		d.has[c*r.Keys+int(item)].add(at, version, old)
	}
	slices.Sort(acks)
	done := acks[r.Write-1]
	d.answered[item].add(done, version, old)
	return done
}

// glimpse is a read: when which copies are asked, and what it should see.
type glimpse struct {
	item  int32
	began float64 // (s)
	back  float64 // when enough have answered (s)
	asked []question
}

// question is a read on its way to a copy and back.
type question struct {
	copy        int
	there, back float64 // instants (s)
}

// ask reads an item at a copy, or at as many as the quorum says.
func (d *data) ask(now float64, own int, latency func() float64) glimpse {
	r := d.spec
	g := glimpse{item: d.items.Pick(d.item.share()), began: now, back: now}
	if r.Mode != scenarios.Quorum {
		g.asked = []question{{own, now, now}}
		return g
	}
	for c := range r.Copies {
		there := now + latency()
		g.asked = append(g.asked, question{c, there, there + latency()})
	}
	slices.SortFunc(g.asked, func(a, b question) int { return cmp.Or(cmp.Compare(a.back, b.back), a.copy-b.copy) })
	g.asked = g.asked[:r.Read]
	g.back = g.asked[r.Read-1].back
	return g
}

// judge counts a read that has ended by how old what it read was.
func (d *data) judge(g glimpse) {
	if !d.span.has(g.began) {
		return
	}
	known, saw := d.answered[g.item].version(g.began), uint32(0)
	for _, q := range g.asked {
		saw = max(saw, d.has[q.copy*d.spec.Keys+int(g.item)].version(q.there))
	}
	d.reads++
	if saw < known {
		d.stale++
		d.behind += float64(known - saw)
	}
}

func (d *data) begin(at float64) {
	d.span, d.reads, d.stale, d.behind = openSpan(at), 0, 0, 0
}
