package loadtest

import (
	"sync"
	"sync/atomic"
	"time"
)

// capQueue tells what of a wait for a connection is the system's doing and what
// the cap's. As long as no connection gets free, the system answers nobody, and
// a request that had been sent would wait as well. From the first one that gets
// free on, the request waits for those before it: that is a queue which the cap
// alone makes.
//
// It remembers when connections got free while all were taken, as far back as
// the oldest request that waits; where that is many instants, it forgets every
// second one.
type capQueue struct {
	some atomic.Bool // there are instants: most loads never have one

	mu      sync.Mutex
	freed   []time.Duration // rising
	first   int             // of those that are of use
	apart   time.Duration   // instants closer than this to the one before are left out
	waiters int64           // requests that waited
	longest time.Duration   // from being due to being sent
}

// mostInstants bounds what is remembered.
const mostInstants = 1 << 16

// free notes that a connection got free while all were taken.
func (q *capQueue) free(now time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.some.Store(true)
	if last := len(q.freed) - 1; last >= 0 && now < q.freed[last]+q.apart {
		return
	}
	q.tidy()
	if len(q.freed) >= mostInstants {
		for i := range mostInstants / 2 {
			q.freed[i] = q.freed[2*i]
		}
		q.freed = q.freed[:mostInstants/2]
		q.apart = 2 * max(q.apart, time.Microsecond)
	}
	q.freed = append(q.freed, now)
}

// wait reports whether a request that was due at one time and is sent at another
// waited for a connection, and for how long others had them that got free.
// Requests must come nearly in order of their due times.
func (q *capQueue) wait(due, sent time.Duration) (waited bool, queued time.Duration) {
	if !q.some.Load() {
		return false, 0
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.first < len(q.freed) && q.freed[q.first] < due {
		q.first++ // those due later have no use for it either
	}
	if q.first == len(q.freed) || q.freed[q.first] > sent {
		return false, 0
	}
	q.waiters++
	q.longest = max(q.longest, sent-due)
	return true, sent - q.freed[q.first]
}

// tidy makes room, now and then, of what is of no more use.
func (q *capQueue) tidy() {
	if q.first > len(q.freed)/2 {
		q.freed = append(q.freed[:0], q.freed[q.first:]...)
		q.first = 0
	}
}

func (q *capQueue) waits() (n int64, longest time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.waiters, q.longest
}
