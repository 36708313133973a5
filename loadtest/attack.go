package loadtest

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// attack drives all open workloads as one vegeta attack. vegeta has the part
// of keeping workers, and starting more as requests overlap; when to send is
// decided by the attack as its Pacer, what by the attack as the transport of
// vegeta's client, and what is measured is measured there.
//
// vegeta's Targeter cannot decide what to send: it is not told the number of
// the hit, and workers call it in any order. But vegeta writes the number on
// each request, so the transport knows which of the due ones it carries.
type attack struct {
	plan  *plan
	wait  func(ctx context.Context, until time.Duration) error
	carry func(due time.Duration, r request) // makes a request and records it
	zero  time.Duration                      // of the plan, since the start of the measured time

	vegeta *vegeta.Attacker
	gauge  gauge

	mu   sync.Mutex
	due  map[uint64]request // by number: due and not sent yet
	pace context.Context    // ends when nothing more is to be sent
}

// workersAtStart are kept ready; vegeta adds one whenever all are busy.
const workersAtStart = 64

// newAttack makes an attack of at most connections requests at once. An Attacker
// is good for one attack: its Stop channel is closed at the end of the first,
// and a second would end at random.
func newAttack(p *plan, connections int) *attack {
	a := &attack{plan: p, due: map[uint64]request{}}
	a.vegeta = vegeta.NewAttacker(
		vegeta.Client(&http.Client{Transport: a}), // options that touch a transport would panic on this one
		vegeta.Workers(uint64(min(workersAtStart, connections))),
		vegeta.MaxWorkers(uint64(connections)),
		vegeta.MaxBody(0),
	)
	return a
}

// run attacks until the plan is at its end or pace ends, and returns when every
// request that was sent has ended.
func (a *attack) run(pace context.Context) {
	a.pace = pace
	unhook := context.AfterFunc(pace, func() { a.vegeta.Stop() }) // the loop may be waiting for a worker
	defer unhook()
	nowhere := func(t *vegeta.Target) error {
		t.Method, t.URL = http.MethodGet, "http://headroom.invalid" // never dialled: see RoundTrip
		return nil
	}
	// The channel of results has no buffer: workers wait for whoever reads it.
	// The hits are recorded by then, so reading is all there is to do.
	for range a.vegeta.Attack(nowhere, a, 0, "") {
	}
}

var _ vegeta.Pacer = (*attack)(nil)

// Pace lets the next request go when it is due. It waits here, on a clock that
// is precise, and not in vegeta, whose sleep has a grain of a millisecond and
// cannot be interrupted.
func (a *attack) Pace(_ time.Duration, hits uint64) (wait time.Duration, stop bool) {
	r, ok := a.plan.next()
	if !ok {
		return 0, true
	}
	a.mu.Lock()
	a.due[hits] = r
	a.mu.Unlock()
	if a.wait(a.pace, a.dueAt(r)) != nil {
		return 0, true
	}
	return 0, false
}

// Rate is for vegeta's own output, which nobody sees.
func (a *attack) Rate(time.Duration) float64 { return 0 }

func (a *attack) dueAt(r request) time.Duration { return a.zero + duration(r.due) }

var _ http.RoundTripper = (*attack)(nil)

// RoundTrip makes the request that is due under the number that vegeta wrote
// on its own.
func (a *attack) RoundTrip(numbered *http.Request) (*http.Response, error) {
	number, err := strconv.ParseUint(numbered.Header.Get("X-Vegeta-Seq"), 10, 64)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	r := a.due[number]
	delete(a.due, number)
	a.mu.Unlock()
	a.gauge.up()
	a.carry(a.dueAt(r), r)
	a.gauge.down()
	return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody, Request: numbered}, nil
}

// unsent calls f for the requests that were due before the given time and never
// sent. The attack must have ended.
func (a *attack) unsent(before time.Duration, f func(due time.Duration, r request)) {
	for _, r := range a.due {
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

func (g *gauge) down() { g.now.Add(-1) }
