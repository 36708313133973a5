package emulate

import (
	"context"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// parse reads the services, topics and network of a scenario written in the
// test, and gives it a workload that asks for one of its operations.
func parse(t testing.TB, does, text string) *scenarios.Model {
	t.Helper()
	src := "headroom: 1\nname: test\n" + text + "\nworkloads: {some: {arrivals: poisson(1/s), does: " + does + "}}\n"
	m, problems := scenarios.Parse("test.yaml", []byte(src), nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return m
}

// start brings a scenario up for the length of the test.
func start(t testing.TB, does, text string) *System {
	t.Helper()
	s, err := Start(t.Context(), parse(t, does, text), Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// reply is the answer to one request from outside.
type reply struct {
	status   int
	rejected bool
	fault    string        // empty when it did not fail
	after    time.Duration // from when it was sent
}

// ask sends one request; it fails the test when there is no answer.
func ask(t testing.TB, s *System, op string) reply {
	t.Helper()
	began := time.Now()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, s.URL(op), nil)
	if err != nil {
		t.Error(err)
		return reply{}
	}
	res, err := outside.Do(req)
	if err != nil {
		t.Error(err)
		return reply{}
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	return reply{status: res.StatusCode, rejected: res.Header.Get(HeaderRejected) != "", fault: res.Header.Get(HeaderFault), after: time.Since(began)}
}

// outside is the client of the tests, with a connection for every request.
var outside = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1000}}

// askAll sends n requests at once and returns the answers as they came.
func askAll(t testing.TB, s *System, op string, n int) []reply {
	t.Helper()
	replies := make(chan reply, n)
	for range n {
		go func() { replies <- ask(t, s, op) }()
	}
	var all []reply
	for range n {
		all = append(all, <-replies)
	}
	return all
}

// poisson sends requests at a rate for a time and waits for the answers. They
// say when they are due, as those between services do, so that the services
// see the arrivals of the schedule whatever else the machine does.
func poisson(t testing.TB, s *System, op string, rate float64, d time.Duration) {
	t.Helper()
	id, ok := s.model.OpByName(op)
	if !ok {
		t.Errorf("no operation %q", op)
		return
	}
	client := newClient()
	defer client.CloseIdleConnections()
	arrivals := newStream(7, "arrivals/"+op)
	var sent sync.WaitGroup
	at := s.clock.Now()
	for end := at + d.Seconds(); ; {
		at += arrivals.r.ExpFloat64() / rate
		if at > end {
			break
		}
		if err := s.clock.WaitUntil(t.Context(), at); err != nil {
			t.Error(err)
			break
		}
		o := order{op: id, at: at, replica: anyReplica}
		sent.Go(func() { s.send(t.Context(), client, o) })
	}
	sent.Wait()
}

// measured runs f as the measured time and returns what the meters say.
func measured(s *System, f func()) *measure.Result {
	s.Begin()
	f()
	r := &measure.Result{}
	s.End(r)
	return r
}

// eventually tries up to ten times for what a machine busy with other work may
// spoil by being late, and fails with what was wrong the last time.
func eventually(t *testing.T, try func() error) {
	t.Helper()
	var err error
	for range 10 {
		if err = try(); err == nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error(err)
}

// settled waits until nothing is in progress any more.
func settled(t *testing.T, s *System) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		s.work.mu.Lock()
		n := s.work.inside
		s.work.mu.Unlock()
		if n == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d things still in progress", n)
		}
	}
}
