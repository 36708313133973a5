package loadtest

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// volley carries an attack by vegeta, which keeps workers and starts more as
// requests overlap; when to send is decided by the attack as its Pacer, what by
// the attack as the transport of vegeta's client, and what is measured is
// measured there.
//
// vegeta's Targeter cannot decide what to send: it is not told the number of
// the hit, and workers call it in any order. But vegeta writes the number on
// each request, so the transport knows which of the due ones it carries.
type volley struct {
	*attack
	vegeta *vegeta.Attacker
	pace   context.Context // ends when nothing more is to be sent

	mu  sync.Mutex
	due map[uint64]request // by number: due and not sent yet
}

// workersAtStart are kept ready; vegeta adds one whenever all are busy.
const workersAtStart = 64

// newVolley makes an Attacker. It is good for one attack: its Stop channel is
// closed at the end of the first, and a second would end at random.
func newVolley(a *attack, pace context.Context) *volley {
	v := &volley{attack: a, pace: pace, due: map[uint64]request{}}
	v.vegeta = vegeta.NewAttacker(
		vegeta.Client(&http.Client{Transport: v}), // options that touch a transport would panic on this one
		vegeta.Workers(uint64(min(workersAtStart, a.connections))),
		vegeta.MaxWorkers(uint64(a.connections)),
		vegeta.MaxBody(0),
	)
	return v
}

func (v *volley) run() {
	unhook := context.AfterFunc(v.pace, func() { v.vegeta.Stop() }) // the loop may be waiting for a worker
	defer unhook()
	nowhere := func(t *vegeta.Target) error {
		t.Method, t.URL = http.MethodGet, "http://headroom.invalid" // never dialled: see RoundTrip
		return nil
	}
	// The channel of results has no buffer: workers wait for whoever reads it.
	// The hits are recorded by then, so reading is all there is to do.
	for range v.vegeta.Attack(nowhere, v, 0, "") {
	}
	for _, r := range v.due { // due when the attack was stopped
		v.held = append(v.held, r)
	}
}

var _ vegeta.Pacer = (*volley)(nil)

// Pace lets the next request go when it is due. It waits here, on a clock that
// is precise, and not in vegeta, whose sleep has a grain of a millisecond and
// cannot be interrupted.
func (v *volley) Pace(_ time.Duration, hits uint64) (wait time.Duration, stop bool) {
	r, ok := v.take(v.pace)
	if !ok {
		return 0, true
	}
	v.mu.Lock()
	v.due[hits] = r
	v.mu.Unlock()
	return 0, false
}

// Rate is for vegeta's own output, which nobody sees.
func (v *volley) Rate(time.Duration) float64 { return 0 }

var _ http.RoundTripper = (*volley)(nil)

// RoundTrip makes the request that is due under the number that vegeta wrote
// on its own.
func (v *volley) RoundTrip(numbered *http.Request) (*http.Response, error) {
	number, err := strconv.ParseUint(numbered.Header.Get("X-Vegeta-Seq"), 10, 64)
	if err != nil {
		return nil, err
	}
	v.mu.Lock()
	r := v.due[number]
	delete(v.due, number)
	v.mu.Unlock()
	v.send(r)
	return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody, Request: numbered}, nil
}
