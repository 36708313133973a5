package emulate

import (
	"context"
	"math"
	"slices"
	"strconv"
	"sync/atomic"

	"github.com/headroom/headroom/loadtest/internal/alarm"
)

// race is one attempt of a call: its copies that are out ([DeBa13], hedged
// requests), and what is to happen next, by the model. What comes in is put in
// the order of the model's instants as far as the machine lets it.
type race struct {
	frame *frame
	ask   *asking
	to    int
	name  string // of the attempt, where there are several copies
	above string // name of the frame that waits, where it matters

	life    context.Context // of the requests
	end     context.CancelFunc
	users   atomic.Int64 // of life: the copies under way, and the attempt
	answers chan heard

	sent, out int
	deadline  float64 // (s)
	hedge     float64 // when the next copy is sent (s)
	later     []heard // answers that are there later by the model, by instant

	bell *alarm.Entry
	rung chan struct{}
}

// race sends the copies of one attempt and returns what becomes of it.
func (f *frame) race(ctx context.Context, a *asking, to int, now float64) (float64, fault) {
	sys := f.visit.service.system
	copies := 1
	if h := a.options.Hedge; h != nil {
		copies = h.Copies
	}
	r := &race{
		frame: f, ask: a, to: to, answers: make(chan heard, copies), rung: make(chan struct{}, 1),
		deadline: math.Inf(1), hedge: math.Inf(1),
	}
	r.life, r.end = context.WithCancel(sys.ctx)
	r.users.Store(1)
	defer r.leave()
	// Who is taken back takes back what it asked for; what a replica that fails
	// had asked for goes on.
	unlink := context.AfterFunc(ctx, func() {
		if _, why := stopped(ctx, 0); why != down {
			r.end()
		}
	})
	defer unlink()
	r.bell = sys.clock.Entry(func() {
		select {
		case r.rung <- struct{}{}:
		default:
		}
	})
	defer r.bell.Stop()

	if a.options.Timeout > 0 {
		r.deadline = now + a.options.Timeout
	}
	if sys.holding.watched {
		r.above = sys.holding.name(&waiter{frame: f})
		defer sys.holding.forget(r.above)
	}
	if copies > 1 {
		r.name = strconv.FormatUint(sys.attempts.Add(1), 36)
	}
	n := 1
	if copies > 1 && a.options.Hedge.After == 0 {
		n = copies
	}
	for range n {
		if !r.send(now) {
			return now, closing
		}
	}
	r.plan(now)
	return r.run(ctx, now)
}

// leave lets the context of the requests go when nobody needs it any more.
func (r *race) leave() {
	if r.users.Add(-1) == 0 {
		r.end()
	}
}

// plan sets when the next copy is sent, if there is one to come.
func (r *race) plan(now float64) {
	r.hedge = math.Inf(1)
	if h := r.ask.options.Hedge; h != nil && r.sent < h.Copies {
		r.hedge = now + h.After
	}
}

// send sends a copy at the instant now. The first goes where its caller was
// told to ask, if it was. It reports whether the system still takes work.
func (r *race) send(now float64) bool {
	sys := r.frame.visit.service.system
	if !sys.work.begin() {
		return false
	}
	v := r.frame.visit
	o := order{
		op: r.ask.op, from: v.service, at: now, replica: anyReplica, rank: v.rank,
		attempt: r.name, frame: r.above, silent: r.ask.options.Timeout > 0,
	}
	if r.sent == 0 {
		o.replica = r.to
	}
	r.sent++
	r.out++
	r.users.Add(1)
	go func() {
		defer sys.work.end()
		defer r.leave()
		if a, ok := sys.send(r.life, r.frame.visit.service.client, o); ok {
			r.answers <- a
		}
	}()
	return true
}

// run lets happen what is due, until the attempt has ended.
func (r *race) run(ctx context.Context, now float64) (float64, fault) {
	sys := r.frame.visit.service.system
	for {
		r.listen()
		at := min(r.next(), r.hedge, r.deadline)
		if late := sys.clock.Now() - at; late < 0 {
			if !math.IsInf(at, 1) {
				r.bell.Set(at)
			}
			select {
			case a := <-r.answers:
				r.hear(a)
			case <-r.rung:
				sys.lag.wakes.record(max(0, sys.clock.Now()-at))
			case <-ctx.Done():
				return stopped(ctx, now)
			}
			continue
		}
		switch {
		case r.next() <= at:
			a := r.later[0]
			r.later = r.later[1:]
			r.out--
			if a.fault == none || r.out == 0 {
				r.giveUp()
				return max(now, a.at), a.fault
			}
		case r.hedge <= at:
			if !r.send(at) {
				return at, closing
			}
			r.plan(at)
		default:
			r.giveUp()
			return at, timeout
		}
	}
}

// next is when the next answer is there, +Inf when none has come.
func (r *race) next() float64 {
	if len(r.later) == 0 {
		return math.Inf(1)
	}
	return r.later[0].at
}

// listen takes all answers that have come.
func (r *race) listen() {
	for {
		select {
		case a := <-r.answers:
			r.hear(a)
		default:
			return
		}
	}
}

func (r *race) hear(a heard) {
	sys := r.frame.visit.service.system
	sys.lag.messages.record(sys.clock.Now() - a.at)
	i := len(r.later)
	for i > 0 && r.later[i-1].at > a.at {
		i--
	}
	r.later = slices.Insert(r.later, i, a)
}

// giveUp takes back what is still out, where the call says so; otherwise it
// works on for nobody.
func (r *race) giveUp() {
	if r.ask.options.Cancel {
		r.end()
	}
}
