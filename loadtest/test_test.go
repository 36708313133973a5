package loadtest

import (
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/headroom/headroom/internal/arrivals"
	"github.com/headroom/headroom/internal/variate"
	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
	"github.com/headroom/headroom/simulate"
)

func phases(p ...scenarios.Phase) *scenarios.Test {
	return &scenarios.Test{Name: "t", Kind: scenarios.SpikeTest, Phases: p}
}

// everyArrival are workloads of all arrival processes.
func everyArrival() []scenarios.Workload {
	kinds := map[string]*scenarios.Arrivals{
		"constant": {Kind: scenarios.Constant, Rate: 40, Gap: dist.Const(1.0 / 40)},
		"renewal":  {Kind: scenarios.Renewal, Rate: 40, Gap: dist.ErlangOf(1.0/40, 3)},
		"mmpp":     {Kind: scenarios.MMPP, Rate: 40, Gap: dist.Exponential(1.0 / 40), States: []scenarios.MMPPState{{Rate: 20, Stay: 2}, {Rate: 80, Stay: 1}}},
		"batch":    {Kind: scenarios.Batch, Rate: 40, Gap: dist.Exponential(2.0 / 40), Size: dist.UniformOf(1, 3)},
		"replay":   {Kind: scenarios.Replay, Rate: 4, Gap: dist.Exponential(0.25), Times: []float64{0.25, 0.31, 0.87, 0.87, 1.23}},
	}
	out := []scenarios.Workload{poisson("poisson", 40, only(page))}
	for _, name := range []string{"constant", "renewal", "mmpp", "batch", "replay"} {
		w := poisson(name, 1, only(page))
		w.Arrivals = kinds[name]
		out = append(out, w)
	}
	return out
}

// TestArrivalsAreThoseOfTheSimulator: at one seed, the simulator's replications
// see as many requests in every second as the schedule has, under every kind of
// load. Its figures are the means of two replications.
func TestArrivalsAreThoseOfTheSimulator(t *testing.T) {
	test := phases(
		scenarios.Phase{For: 3, From: 1, To: 1}, scenarios.Phase{For: 4, From: 0, To: 3}, scenarios.Phase{For: 3, From: 3, To: 0},
		scenarios.Phase{For: 2}, scenarios.Phase{For: 6, From: 0.5, To: 2, Period: 3}, scenarios.Phase{For: 2, From: 1, To: 1},
	)
	const seed, reps = 11, 2
	length := int(test.Duration())
	for _, w := range everyArrival() {
		m := shop(w)
		m.Operations[page].Steps = []scenarios.Step{scenarios.CPU{At: "web.page/0", Demand: dist.Const(1e-6)}}
		r, err := simulate.Run(t.Context(), m, simulate.Options{Seed: seed, Test: test, Interval: 1, Replications: reps})
		if err != nil {
			t.Fatal(err)
		}
		want := make([]float64, length)
		shape := arrivals.NewShape(test, 0)
		s := newSource(&w, 0, shape, seed, test.Duration())
		for q, ok := s.next(); ok; q, ok = s.next() {
			want[int(q.due)] += 1.0 / reps
		}
		second := func(name string) *rand.Rand { return variate.Stream(seed, 1, name) }
		p := arrivals.New(w.Arrivals, w.Name, shape, second("arrivals/"+w.Name), second)
		for at := p.Next(test.Duration()); at < test.Duration(); at = p.Next(test.Duration()) {
			want[int(at)] += float64(p.Batch()) / reps
		}
		got := r.Series.Workloads[w.Name].Offered
		if len(got) != length {
			t.Fatalf("%s: %d seconds", w.Name, len(got))
		}
		for i := range want {
			if math.Abs(got[i]-want[i]) > 1e-6 {
				t.Errorf("%s, second %d: the simulator saw %v, due are %v", w.Name, i, got[i], want[i])
			}
		}
	}
}

// TestRampsAreExact: evenly spaced requests on a ramp from 0 come at √(2n/s), s
// the slope, and on one to 0 none is lost.
func TestRampsAreExact(t *testing.T) {
	w := evenly("visitors", 100, only(page))
	up := arrivals.NewShape(phases(scenarios.Phase{For: 10, From: 0, To: 2}), 0)
	s := newSource(&w, 0, up, 1, 10)
	n := 0
	for q, ok := s.next(); ok; q, ok = s.next() {
		n++
		if want := math.Sqrt(2 * float64(n) / 20); math.Abs(q.due-want) > 1e-9 {
			t.Fatalf("request %d at %v, want %v", n, q.due, want)
		}
	}
	if n < 999 || n > 1000 {
		t.Errorf("%d requests up, want 1000", n)
	}
	down := newSource(&w, 0, arrivals.NewShape(phases(scenarios.Phase{For: 10, From: 2, To: 0}), 0), 1, 10)
	n = 0
	for _, ok := down.next(); ok; _, ok = down.next() {
		n++
	}
	if n < 999 || n > 1000 {
		t.Errorf("%d requests down, want 1000", n)
	}
}

// TestUsersJoinAndLeave: each is in a request nearly all the time, so as many
// are in the system as the load has users.
func TestUsersJoinAndLeave(t *testing.T) {
	noLeaks(t)
	var now, most atomic.Int64
	url := serve(t, func(http.ResponseWriter, *http.Request) {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		time.Sleep(40 * time.Millisecond)
		now.Add(-1)
	})
	m := shop(scenarios.Workload{Name: "staff", Users: 4, Mix: only(page)})
	m.Workloads[0].Think = constantly(1e-4)
	r := load(t, m, url, Options{Test: phases(
		scenarios.Phase{For: 1, From: 1, To: 1}, scenarios.Phase{For: 1, From: 3, To: 3}, scenarios.Phase{For: 1}, scenarios.Phase{For: 1, From: 0.5, To: 0.5},
	)})
	if n := most.Load(); n > 12 {
		t.Errorf("%d users at once; want 12 at most", n)
	}
	w := r.Series.Workloads["staff"]
	per := len(w.InSystem) / 4
	mean := func(phase int) float64 { // of the last half of it
		sum := 0.0
		for _, x := range w.InSystem[phase*per+per/2 : (phase+1)*per] {
			sum += x / float64(per-per/2)
		}
		return sum
	}
	for phase, want := range []float64{4, 12, 0, 2} {
		if got := mean(phase); got > want+1e-9 || got < 0.5*want {
			t.Errorf("phase %d: %v users in a request, want about %v", phase, got, want)
		}
	}
	if r.Test == nil || r.Test.Kind != "spike" || r.Test.Peak != 3 {
		t.Errorf("%+v", r.Test)
	}
}

// TestSpikeIsMeasured: a server that does 200 a second gets 600 for half a
// second, and is seen to come back.
func TestSpikeIsMeasured(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes 9 s")
	}
	turn := make(chan struct{}, 1)
	url := serve(t, func(http.ResponseWriter, *http.Request) {
		turn <- struct{}{}
		time.Sleep(4 * time.Millisecond)
		<-turn
	})
	r := load(t, shop(evenly("visitors", 100, only(page))), url, Options{Test: phases(
		scenarios.Phase{For: 2, From: 1, To: 1}, scenarios.Phase{For: 0.5, From: 6, To: 6}, scenarios.Phase{For: 6, From: 1, To: 1},
	)})
	if len(r.Test.Recovery) != 1 {
		t.Fatalf("%+v", r.Test)
	}
	x := r.Test.Recovery[0]
	// 200 are left when the burst is over, and 100 a second more are done than come.
	if x.Recovered == 1 && (x.Time.Value < 0.5 || x.Time.Value > 6) || x.Slowest.Value < 3*x.Usual || x.Lost.Value != 0 {
		t.Errorf("%+v", x)
	}
	if v := r.Test.Verdict; v != measure.Pass && v != measure.Fail {
		t.Errorf("verdict %q: %s", v, r.Test.Answer)
	}
}

func TestLevels(t *testing.T) {
	url := serve(t, func(http.ResponseWriter, *http.Request) {})
	test := phases(scenarios.Phase{For: 1, From: 1, To: 1}, scenarios.Phase{For: 1, From: 2, To: 2}, scenarios.Phase{For: 1, From: 4, To: 4})
	test.Kind = scenarios.ScalabilityTest
	r := load(t, shop(evenly("visitors", 80, only(page))), url, Options{Test: test})
	if len(r.Test.Levels) != 3 || len(r.Test.Scaling) != 1 {
		t.Fatalf("%+v", r.Test)
	}
	for i, l := range r.Test.Levels {
		want := 80 * math.Exp2(float64(i))
		near(t, "offered", l.Offered.Value, want, 1.4/0.75)
		near(t, "seconds", l.Seconds, 0.75, 1e-9)
	}
}

func condition(t *testing.T, text string) scenarios.Abort {
	t.Helper()
	a, err := scenarios.ParseAbort(text, shop(poisson("visitors", 1, only(page)), poisson("robots", 1, only(page))))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestWarden feeds hits to conditions, second by second.
func TestWarden(t *testing.T) {
	const s = time.Second
	hit := func(w int, due, took time.Duration, o Outcome) Hit {
		return Hit{Workload: w, Due: due, Sent: due, Done: due + took, Outcome: o}
	}
	for _, c := range []struct {
		text string
		hits []Hit
		open []time.Duration // due and under way at 4 s
		want bool
	}{
		{"errors > 20% for 2s", []Hit{hit(0, 2*s, s/10, Answered), hit(0, 3*s, s/10, TimedOut)}, nil, true},
		{"errors > 50% for 2s", []Hit{hit(0, 2*s, s/10, Answered), hit(0, 3*s, s/10, TimedOut)}, nil, false},
		{"errors >= 50% for 2s", []Hit{hit(0, 2*s, s/10, Answered), hit(0, 3*s, s/10, TimedOut)}, nil, true},
		{"errors > 20% for 2s", []Hit{hit(0, 3*s, s/10, Answered), hit(0, s, s/10, TimedOut)}, nil, false}, // longer ago
		{"errors > 20% for 2s", []Hit{hit(0, 3*s, s/10, Cut)}, nil, false},
		{"robots.errors > 20%", []Hit{hit(0, 3*s, s/10, TimedOut)}, nil, false},
		{"robots.errors > 20% for 3s", []Hit{hit(1, 3*s, s/10, TimedOut)}, nil, true},
		{"mean > 200ms for 2s", []Hit{hit(0, 3*s, s/10, Answered), hit(0, 3*s, s/2, Answered)}, nil, true},
		{"p50 > 200ms for 2s", []Hit{hit(0, 3*s, s/10, Answered), hit(0, 3*s, s/2, Answered)}, nil, false},
		{"max > 200ms for 2s", []Hit{hit(0, 3*s, s/10, Answered), hit(0, 3*s, s/2, Answered)}, nil, true},
		{"p99 > 1s for 2s", nil, []time.Duration{s}, true}, // nothing ends at all
		{"mean > 1s for 2s", nil, []time.Duration{s}, true},
		{"p99 > 3s for 2s", nil, []time.Duration{s}, false},
		{"throughput < 1/s for 2s", []Hit{hit(0, 3*s, s/10, Answered)}, nil, true},
		{"throughput < 0.5/s for 2s", []Hit{hit(0, 3*s, s/10, Answered)}, nil, false},
		{"throughput < 1/s for 5s", nil, nil, false}, // not run as long yet
		{"p99 < 1s", nil, nil, false},
	} {
		w := newWarden(Caps{}, condition(t, c.text))
		for i := range c.hits {
			w.began(c.hits[i].Workload, c.hits[i].Due)
			w.ends(&c.hits[i])
		}
		for _, due := range c.open {
			w.began(0, due)
		}
		if why := w.broken(4*s, 0); (why != "") != c.want {
			t.Errorf("%s: %q", c.text, why)
		}
	}
	w := newWarden(Caps{Failed: 2, FailedShare: 0.5})
	for i := range 4 {
		h := hit(0, s, s, TimedOut)
		if why := w.broken(s, 0); (why != "") != (i > 2) {
			t.Errorf("after %d errors: %q", i, why)
		}
		w.ends(&h)
	}
	if newWarden(Caps{}) != nil || (*warden)(nil).broken(s, 0) != "" {
		t.Error("something to watch for where nothing is")
	}
}

// TestAborted: a server that fails, and one that hangs, end a run of a minute.
func TestAborted(t *testing.T) {
	noLeaks(t)
	release := make(chan struct{})
	defer close(release)
	failing := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	hanging := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-release:
		}
	})
	m := shop(evenly("visitors", 100, only(page)))
	for _, c := range []struct {
		name, url string
		o         Options
		want      string
	}{
		{"errors", failing, Options{Abort: []scenarios.Abort{condition(t, "errors > 5% for 1s")}}, "errors > 5% for 1s: it was 100 %"},
		{"hang", hanging, Options{Abort: []scenarios.Abort{condition(t, "p99 > 1s for 1s")}}, "p99 > 1s"},
		{"errors in number", failing, Options{Caps: Caps{Failed: 20}}, "at most 20 may"},
		{"errors by share", failing, Options{Caps: Caps{FailedShare: 0.1}}, "at most 10 % may"},
		{"too long", failing, Options{Warmup: 0.2, Caps: Caps{Duration: 0.7}}, "lasted 700ms"},
	} {
		o := c.o
		o.Duration = 60
		r := load(t, m, c.url, o)
		if !r.Interrupted || !strings.Contains(r.Aborted, c.want) || r.Run.Duration > 30 || !hasCaveat(r, "ended early") {
			t.Errorf("%s: %q after %v s", c.name, r.Aborted, r.Run.Duration)
		}
	}
	test := phases(scenarios.Phase{For: 60, From: 1, To: 1})
	test.Abort = []scenarios.Abort{condition(t, "errors > 5% for 1s")}
	if r := load(t, m, failing, Options{Test: test}); r.Aborted == "" {
		t.Error("the condition of the test did not end it")
	}
}

func TestCaps(t *testing.T) {
	m := shop(poisson("visitors", 100, only(page)))
	spike := phases(scenarios.Phase{For: 1, From: 1, To: 5})
	for name, o := range map[string]Options{
		"beyond the cap":            {Caps: Caps{Rate: 99}},
		"beyond the cap at a peak":  {Caps: Caps{Rate: 499}, Test: spike},
		"a cap of NaN":              {Caps: Caps{Rate: math.NaN()}},
		"a cap below 0":             {Caps: Caps{Duration: -1}},
		"a share above 1":           {Caps: Caps{FailedShare: 2}},
		"errors below 0":            {Caps: Caps{Failed: -1}},
		"a test and a duration":     {Test: spike, Duration: 5},
		"a test without phases":     {Test: phases()},
		"a test without any load":   {Test: phases(scenarios.Phase{For: 1})},
		"a test that is not finite": {Test: phases(scenarios.Phase{For: math.Inf(1), From: 1, To: 1})},
	} {
		o.Target = "http://127.0.0.1:1"
		if _, err := Run(t.Context(), m, o); err == nil || !strings.HasPrefix(err.Error(), "loadtest: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	closed := shop(poisson("visitors", 100, only(page)), scenarios.Workload{Name: "staff", Users: 3, Mix: only(page)})
	if _, err := (Caps{Rate: 100}).throttle(closed, nil); err == nil {
		t.Error("nothing is left for users, and nobody says so")
	}
	if th, err := (Caps{Rate: 100}).throttle(m, nil); err != nil || th != nil {
		t.Errorf("just the cap: %v, %v", th, err)
	}
}

// TestUsersAreThrottled: users who would ask thousands of times a second are
// held to the cap.
func TestUsersAreThrottled(t *testing.T) {
	var served atomic.Int64
	url := serve(t, func(http.ResponseWriter, *http.Request) { served.Add(1) })
	m := shop(scenarios.Workload{Name: "staff", Users: 4, Mix: only(page)})
	m.Workloads[0].Think = constantly(1e-5)
	r := load(t, m, url, Options{Duration: 2, Caps: Caps{Rate: 50}})
	if n := served.Load(); n > 101 || n < 20 {
		t.Errorf("%d requests in 2 s; want 100", n)
	}
	if !hasCaveat(r, "held back by the cap") {
		t.Errorf("%v", r.Caveats)
	}
}

// TestValidity: a run is not valid when its generator was the slow part.
func TestValidity(t *testing.T) {
	s := newSummary(testHead, &End{Duration: 10, InFlight: 5})
	for i := range 1000 {
		due := time.Duration(i) * 10 * time.Millisecond
		s.add(&Hit{Due: due, Sent: due + 50*time.Millisecond, Done: due + 51*time.Millisecond})
	}
	if v := s.result().Validity; v.Valid || len(v.Reasons) != 1 || !strings.Contains(v.Reasons[0], "after they were due") {
		t.Errorf("%+v", v)
	}
	sound := newSummary(testHead, &End{Duration: 10, InFlight: 5})
	for i := range 1000 {
		due := time.Duration(i) * 10 * time.Millisecond
		sound.add(&Hit{Due: due, Sent: due, Done: due + 5*time.Millisecond})
	}
	if v := sound.result().Validity; !v.Valid || v.Reasons != nil {
		t.Errorf("%+v", v)
	}
	if out := pressure(machine{}, machine{busy: 19.5, total: 20, own: 19.4}, 10); !slices.ContainsFunc(out, func(c measure.Caveat) bool { return c.Effect == notTrusted }) {
		t.Errorf("a saturated machine is trusted: %v", out)
	}
}

// TestTestsSurviveInTheFile: a file of hits says what the test found.
func TestTestsSurviveInTheFile(t *testing.T) {
	url := serve(t, func(http.ResponseWriter, *http.Request) {})
	path := t.TempDir() + "/hits"
	r := load(t, shop(poisson("visitors", 60, only(page))), url, Options{Hits: path, Seed: 3, Test: phases(
		scenarios.Phase{For: 1, From: 1, To: 1}, scenarios.Phase{For: 0.5, From: 2, To: 2}, scenarios.Phase{For: 1.5, From: 1, To: 1},
	)})
	again, err := ResultOf(path)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := encode(t, r), encode(t, again); !slices.Equal(a, b) {
		t.Errorf("the hits say\n%s\nthe run said\n%s", b, a)
	}
}
