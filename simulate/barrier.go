package simulate

// barrier holds the users of one closed workload together. A user who has come
// to it n times goes on when every user has come n − slack times, slack being
// that of the step.
type barrier struct {
	floor   int32   // the fewest times that any user has come
	at      []int32 // users who have come floor + i times
	waiting []line  // those who go on when floor has risen to floor + i
}

func (k *kernel) setUpBarriers() {
	k.barriers = make([]barrier, len(k.program.workloads))
	for i, w := range k.program.workloads {
		if w.slack < 0 {
			continue
		}
		b := &k.barriers[i]
		b.at = make([]int32, w.slack+3)
		b.at[0] = int32(w.users)
		for range w.slack + 3 {
			b.waiting = append(b.waiting, newLine())
		}
	}
}

// meet brings user f to a barrier. It reports whether it may go on at once.
func (k *kernel) meet(f, slack int32) bool {
	fr := k.frames.at(f)
	b := &k.barriers[fr.source]
	size := int32(len(b.at))
	b.at[fr.batch%size]--
	fr.batch++
	b.at[fr.batch%size]++
	for b.at[b.floor%size] == 0 {
		b.floor++
		l := &b.waiting[b.floor%size]
		for l.n > 0 {
			next := k.dequeue(l)
			if k.inside != nil {
				k.account(next)
			}
			k.frames.at(next).state = atWork
			k.ready = append(k.ready, next)
		}
	}
	need := fr.batch - slack
	if need <= b.floor {
		return true
	}
	fr.state = meeting
	k.enqueue(&b.waiting[need%size], f)
	return false
}
