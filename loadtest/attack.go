package loadtest

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/headroom/headroom/measure"
)

// attack drives all open workloads: it lets each request go when it is due, or
// as soon afterwards as there is a connection for it and the policy of catching
// up allows. Who carries the requests is the engine's affair.
type attack struct {
	plan        *plan
	connections int // most requests at once
	catchUp     CatchUp
	wait        func(ctx context.Context, until time.Duration) error
	now         func() time.Duration
	carry       func(due time.Duration, r request) // makes a request and records it
	discard     func(due time.Duration, r request) // records a request that is not made
	zero        time.Duration                      // of the plan, since the start of the measured time

	gauge gauge
	cap   capQueue
	held  []request // taken from the plan and not sent; read when all has ended

	lastDue, lastGone time.Duration // of the request let go last
	dropped           atomic.Int64
	oldest            atomic.Int64 // age of the oldest that was dropped (ns)
}

// run attacks until the plan is at its end or pace ends, and returns when every
// request that was sent has ended.
func (a *attack) run(pace context.Context, e Engine) {
	if e == Lean {
		newCrew(a, pace).run()
		return
	}
	newVolley(a, pace).run()
}

// take returns the request that is due next, when it has become due. It is
// called by one goroutine at a time. False means that there is no more to send.
func (a *attack) take(pace context.Context) (request, bool) {
	for {
		r, ok := a.plan.next()
		if !ok {
			return request{}, false
		}
		due := a.dueAt(r)
		if a.catchUp.tooOld(a.now() - due) {
			a.drop(r)
			continue
		}
		if a.wait(pace, a.catchUp.release(due, a.lastDue, a.lastGone)) != nil {
			a.held = append(a.held, r)
			return request{}, false
		}
		a.lastDue, a.lastGone = due, a.now()
		return r, true
	}
}

// send makes a request, which has a connection now.
func (a *attack) send(r request) {
	due := a.dueAt(r)
	if now := a.now(); now > due {
		if a.catchUp.tooOld(now - due) {
			a.drop(r)
			return
		}
		r.waited, r.queued = a.cap.wait(due, now)
	}
	a.gauge.up()
	a.carry(due, r)
	if a.gauge.down() == int64(a.connections)-1 {
		a.cap.free(a.now())
	}
}

func (a *attack) drop(r request) {
	due := a.dueAt(r)
	a.dropped.Add(1)
	age := int64(a.now() - due)
	for old := a.oldest.Load(); age > old && !a.oldest.CompareAndSwap(old, age); old = a.oldest.Load() {
	}
	a.discard(due, r)
}

func (a *attack) dueAt(r request) time.Duration { return a.zero + duration(r.due) }

// unsent calls f for the requests that were due before the given time and never
// sent, those dropped aside. The attack must have ended.
func (a *attack) unsent(before time.Duration, f func(due time.Duration, r request)) {
	for _, r := range a.held {
		if due := a.dueAt(r); due < before {
			f(due, r)
		}
	}
	for {
		r, ok := a.plan.next()
		if !ok || a.dueAt(r) >= before {
			return
		}
		f(a.dueAt(r), r)
	}
}

// caveats tells what was sent late for want of a connection, and what was not
// sent at all.
func (a *attack) caveats() []measure.Caveat {
	var out []measure.Caveat
	say := func(effect, format string, args ...any) {
		out = append(out, measure.Caveat{What: "loadtest: " + fmt.Sprintf(format, args...), Where: "generator", Effect: effect})
	}
	if n, longest := a.cap.waits(); n > 0 {
		say("the system met them later, and closer together, than they were due; queue_time is what they waited for each other, target_time the response time without it",
			"%d requests waited for one of the %d connections, up to %v; %s", n, a.connections, round(longest), a.catchUp.describe())
	}
	if n := a.dropped.Load(); n > 0 {
		say("they count as failed (unsent); the system was spared them",
			"%d requests were dropped, up to %v after they were due, as --catch-up %s has it", n, round(time.Duration(a.oldest.Load())), a.catchUp)
	}
	return out
}

// gauge counts what is in flight and remembers the most there was.
type gauge struct{ now, most atomic.Int64 }

func (g *gauge) up() {
	n := g.now.Add(1)
	for {
		most := g.most.Load()
		if n <= most || g.most.CompareAndSwap(most, n) {
			return
		}
	}
}

// down returns how many are left.
func (g *gauge) down() int64 { return g.now.Add(-1) }
