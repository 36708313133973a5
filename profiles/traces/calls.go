package traces

import "slices"

// call is something that a visit asked of others.
type call struct {
	op         *operation // asked for; nil of a message
	topic      string     // of a message, or of work that nobody waits for
	begin, end int64      // (ns)
	failed     bool
	attempt    uint16
	sameClock  bool // the times are by the clock of the caller
}

// callsOf finds what visit v asked of others.
func (l *Learned) callsOf(t *tree, v int32) []call {
	l.calls = l.calls[:0]
	l.stack = l.stack[:0]
	l.pushChildren(t, v)
	for len(l.stack) > 0 {
		c := l.stack[len(l.stack)-1]
		l.stack = l.stack[:len(l.stack)-1]
		s := &t.spans[c]
		switch {
		case t.visit[c]:
			l.asked(t, c, c)
		case s.kind == Producer:
			l.calls = append(l.calls, call{topic: topicOf(s), begin: s.begin, end: s.begin, sameClock: true})
			l.pushChildren(t, c)
		case s.kind == Client:
			l.client(t, c)
		default:
			l.pushChildren(t, c)
		}
	}
	slices.SortStableFunc(l.calls, func(a, b call) int {
		switch {
		case a.begin != b.begin && a.begin < b.begin:
			return -1
		case a.begin != b.begin:
			return 1
		}
		return 0
	})
	return l.calls
}

// pushChildren lets the children of a span be looked at, visits of a message's
// consumers apart.
func (l *Learned) pushChildren(t *tree, of int32) {
	for c := t.first[of]; c >= 0; c = t.next[c] {
		if t.visit[c] && t.spans[of].kind == Producer {
			continue
		}
		l.stack = append(l.stack, c)
	}
}

// asked notes a call that was seen where it was answered, and the times of span by.
func (l *Learned) asked(t *tree, v, by int32) {
	s, c := &t.spans[v], &t.spans[by]
	if s.kind == Consumer {
		l.calls = append(l.calls, call{topic: topicOf(s), begin: s.begin, end: s.begin, sameClock: true})
		return
	}
	one := call{op: l.operationOf(s), begin: c.begin, end: c.end, failed: s.failed || c.failed, attempt: c.attempt, sameClock: v != by || s.told}
	if s.links > 0 && s.kind != Server && !s.told && v == by {
		one.topic, one.end = topicOf(s), one.begin // follows from it: nobody waits
		one.op.fed = one.topic
		one.op = nil
	}
	l.calls = append(l.calls, one)
}

// client notes what a client's span asked for.
func (l *Learned) client(t *tree, c int32) {
	s := &t.spans[c]
	answers, last := 0, int32(-1)
	for k := t.first[c]; k >= 0; k = t.next[k] {
		if t.visit[k] && t.spans[k].kind != Consumer {
			answers, last = answers+1, k
		}
	}
	switch {
	case answers == 1:
		l.asked(t, last, c)
		if !t.spans[last].failed && !s.failed {
			l.crossed(s, &t.spans[last])
		}
		for k := t.first[c]; k >= 0; k = t.next[k] {
			if k != last {
				l.stack = append(l.stack, k)
			}
		}
	case answers > 1 || t.below[c]:
		l.pushChildren(t, c)
	case s.told:
		l.unanswered++
	default:
		op := l.peerOf(s)
		op.unseen = true
		x := s.seconds()
		l.visited(op, s, nil, x, 0)
		l.calls = append(l.calls, call{op: op, begin: s.begin, end: s.end, failed: s.failed, attempt: s.attempt, sameClock: true})
	}
}

// crossed notes the time that a call spent on the network both ways: what the
// client saw and the server did not. Clocks that differ do not matter to it.
func (l *Learned) crossed(client, server *span) {
	d := client.seconds() - server.seconds()
	if d < 0 {
		l.outlasted++
		d = 0
	}
	l.network.add(d)
}

// topicOf is the topic of a message, as who sent or took it calls it.
func topicOf(s *span) string {
	if s.peer != "" {
		return s.peer
	}
	return s.name
}

// settle puts calls by another clock into the visit, and forgets what lies
// outside of it.
func (l *Learned) settle(v *span, calls []call) {
	const slack = 2000 // formats with microseconds round (ns)
	for i := range calls {
		c := &calls[i]
		if c.begin >= v.begin-slack && c.end <= v.end+slack {
			continue
		}
		if !c.sameClock && c.end-c.begin <= v.end-v.begin {
			// In the middle, as if both ways took the same time.
			l.skewed++
			d := (v.end-v.begin-(c.end-c.begin))/2 + v.begin - c.begin
			c.begin, c.end = c.begin+d, c.end+d
			continue
		}
		if c.op != nil {
			l.leftBehind++
		}
	}
}

// own is the time of a visit that is in none of its calls (s).
func own(v *span, calls []call) float64 {
	rest, upTo := v.end-v.begin, v.begin
	for i := range calls { // in order of their beginnings
		from, to := max(calls[i].begin, upTo), min(calls[i].end, v.end)
		if to > from {
			rest -= to - from
			upTo = to
		}
	}
	return float64(max(rest, 0)) / 1e9
}

// retried puts attempts of one call together: a call that follows a failed one
// of the same operation tries it again.
func (l *Learned) retried(by *operation, calls []call) []call {
	out := calls[:0]
	for _, c := range calls {
		if n := len(out); n > 0 && c.op != nil {
			last := &out[n-1]
			if last.op == c.op && last.failed && last.end <= c.begin && (c.attempt == 0 || c.attempt > max(last.attempt, 1)) {
				e := by.edge(c.op)
				tries := max(c.attempt, max(last.attempt, 1)+1)
				e.retries++
				e.attempts = max(e.attempts, int(tries))
				e.backoff.add(float64(c.begin-last.end) / 1e9)
				last.end, last.failed, last.attempt = c.end, c.failed, tries
				continue
			}
		}
		out = append(out, c)
	}
	return out
}
