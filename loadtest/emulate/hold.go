package emulate

import (
	"context"
	"slices"
	"strconv"
	"sync"
)

// holding guards all locks and pools of a system: a circle of requests that wait
// for each other may go through several services.
type holding struct {
	sync.Mutex
	watched bool // there are locks, so that it matters who waits for whom
	named   map[string]*waiter
	last    uint64
}

// waiter is a frame that waits for another one, until it does not any more.
type waiter struct {
	frame *frame
	gone  bool
}

// name gives a waiter a name that a message can carry.
func (h *holding) name(w *waiter) string {
	h.Lock()
	defer h.Unlock()
	h.last++
	name := strconv.FormatUint(h.last, 36)
	h.named[name] = w
	return name
}

// forget ends the wait of the waiter of a name.
func (h *holding) forget(name string) {
	h.Lock()
	defer h.Unlock()
	if w := h.named[name]; w != nil {
		w.gone = true
		delete(h.named, name)
	}
}

func (h *holding) waiter(name string) *waiter {
	if name == "" {
		return nil
	}
	h.Lock()
	defer h.Unlock()
	return h.named[name]
}

// upper is the frame that waits for f to end, or nil. The lock is held.
func (f *frame) upper() *frame {
	if f.above == nil || f.above.gone {
		return nil
	}
	return f.above.frame
}

// hold is a key of a lock, or one of a pool, that a frame has, waits for, or,
// under an optimistic lock, has looked at.
type hold struct {
	frame      *frame
	from       holder
	key        int32 // of a lock
	shared     bool
	optimistic bool
	has        bool
	asked      float64      // (s)
	granted    chan float64 // gets the instant at which it got it, after waiting (s)
}

// holder is what can be held: a lock, or a pool of a replica. The lock on
// what is held is held.
type holder interface {
	// back gives a hold back at the instant at, and on to those who wait.
	back(h *hold, at float64)
	// quit takes a hold that waits out of its line.
	quit(h *hold, at float64)
}

// wait waits in line until h is granted, not for longer than until expires
// ends. It returns why it stopped waiting.
func (f *frame) wait(ctx context.Context, h *hold, expired <-chan struct{}, now float64) (float64, fault) {
	sys := f.visit.service.system
	var why fault
	select {
	case at := <-h.granted:
		return at, none
	case <-expired:
		why = timeout
	case <-ctx.Done():
		now, why = stopped(ctx, now)
	}
	sys.holding.Lock()
	defer sys.holding.Unlock()
	if h.has { // meanwhile
		return <-h.granted, none
	}
	h.from.quit(h, now)
	return now, why
}

// unhold gives back what was taken after the first n holds, the last first.
func (f *frame) unhold(n int, now float64) {
	if len(f.holds) <= n {
		return
	}
	sys := f.visit.service.system
	sys.holding.Lock()
	defer sys.holding.Unlock()
	for len(f.holds) > n {
		h := f.holds[len(f.holds)-1]
		f.holds = f.holds[:len(f.holds)-1]
		if h.has {
			h.from.back(h, now)
		}
	}
}

// letGo gives back whatever a frame that ends still holds.
func (f *frame) letGo(now float64) { f.unhold(0, now) }

// standIn puts a hold in a line by the instant at which it was asked for.
func standIn(line []*hold, h *hold) []*hold {
	i := len(line)
	for i > 0 && line[i-1].asked > h.asked {
		i--
	}
	return slices.Insert(line, i, h)
}

// without is a line without a hold.
func without(line []*hold, h *hold) []*hold {
	if i := slices.Index(line, h); i >= 0 {
		return slices.Delete(line, i, i+1)
	}
	return line
}

// holdMeter counts what happens at a lock or a pool. It is guarded by the lock
// on all that is held.
type holdMeter struct {
	span    span
	held    gauge
	waiting gauge
	asked   int64
	blocked int64
	failed  int64
	waited  float64 // of those that got what they waited for (s)
}

func (m *holdMeter) begin(at float64) {
	m.span = openSpan(at)
	m.held.begin(at)
	m.waiting.begin(at)
	m.asked, m.blocked, m.failed, m.waited = 0, 0, 0, 0
}

// ask counts one that asks at the instant at, and whether it finds none free.
func (m *holdMeter) ask(at float64, blocked bool) {
	if !m.span.has(at) {
		return
	}
	m.asked++
	if blocked {
		m.blocked++
	}
}

// fail counts one that did not get what it asked for.
func (m *holdMeter) fail(at float64) {
	if m.span.has(at) {
		m.failed++
	}
}

// grant hands one that waited what it waited for, at the instant at. The lock is held.
func (m *holdMeter) grant(h *hold, at float64) {
	at = max(at, h.asked)
	h.has = true
	m.waiting.add(at, -1)
	m.held.add(at, 1)
	if m.span.has(h.asked) {
		m.waited += at - h.asked
	}
	h.granted <- at
}
