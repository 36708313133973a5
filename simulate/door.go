package simulate

import "github.com/headroom/headroom/scenarios"

// admit lets a visit in at the door of a service that has rules, and finds its
// replica, or says why it is turned away. Batches of a topic need no token:
// their consumer comes for them.
func (k *kernel) admit(fr *frame, s *station, op int32) (int32, outcome) {
	if s.guard.Rate > 0 && fr.kind != fed && !s.tokens.Take(k.now, s.guard.Rate, s.guard.Burst) {
		k.refuse(fr, s)
		return nobody, outRejected
	}
	i := fr.replica
	switch {
	case !s.varies && i == nobody:
		return k.apart(fr, s, k.route(s, op)), outWell
	case !s.varies:
		return i, outWell
	case len(s.up) == 0, i != nobody && fr.kind != fed && k.replicas[i].fails():
		k.refuse(fr, s)
		return nobody, outDown
	case i == nobody || !k.replicas[i].balanced():
		return k.routeUp(s, fr, op), outWell
	}
	return i, outWell
}

// refuse counts a visit that is turned away.
func (k *kernel) refuse(fr *frame, s *station) {
	s.refused++
	k.tally.operations[fr.op].failed++
}

// full says why nobody else may stand in a line, or outWell.
func (k *kernel) full(s *station, l *line) outcome {
	switch {
	case s.backlog >= 0 && s.inLine(l) >= s.backlog:
		return outRejected
	case s.guard.Shed > 0 && l.n > 0 && k.now-k.frame(l.head).since > s.guard.Shed:
		return outShed
	}
	return outWell
}

// settle lets a visit that has joined a line wait there for as long as it cares
// to. Its demand, of which it has none yet, tells when that is.
func (k *kernel) settle(v int32, fr *frame, s *station) {
	fr.demand = k.now + s.patience.draw()
	k.push(fr.demand, evQuit|uint32(v))
}

// picky reports whether a guard asks for more than a line in order of arrival.
func picky(g *scenarios.Guard) bool {
	return g.Line != scenarios.FIFOLine || !g.Patience.IsZero() || g.Rate > 0 || g.Shed > 0
}
