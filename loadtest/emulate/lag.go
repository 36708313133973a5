package emulate

import (
	"sync"
	"sync/atomic"
)

// Lag says how far behind the model the services ran: what the machine adds to
// the times that the model says. All in seconds.
type Lag struct {
	// Wakes is how late a request was woken at an instant it waited for.
	Wakes Lateness
	// Messages is how late messages between services were there, 0 where the
	// latency of the emulated network was longer than the real way.
	Messages Lateness
	// Answers is how late answers to requests from outside were ready to go
	// out: what is left of the others when all was made good that could be.
	Answers Lateness
	// Lost counts calls between services that failed on the way (1).
	Lost int64
}

// Lateness is a distribution of lateness.
type Lateness struct {
	Count  int64   // (1)
	Mean   float64 // (s)
	Median float64 // (s)
	P99    float64 // (s)
	Max    float64 // (s)
}

// lags are the meters behind [Lag].
type lags struct {
	wakes, messages, answers lateness
	responses                lateness // times of requests from outside, by the model
	lost                     atomic.Int64
}

// lateness is a clock of times that several goroutines write to.
type lateness struct {
	mu    sync.Mutex
	times times
}

// begin forgets all.
func (l *lags) begin() {
	for _, x := range []*lateness{&l.wakes, &l.messages, &l.answers, &l.responses} {
		x.mu.Lock()
		x.times = times{}
		x.mu.Unlock()
	}
	l.lost.Store(0)
}

// answer records a request from outside that was late to be answered and took
// response by the model.
func (l *lags) answer(late, response float64) {
	l.answers.record(late)
	l.responses.record(response)
}

func (l *lateness) record(late float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.times.record(max(0, late))
}

func (l *lateness) read() Lateness {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Lateness{
		Count:  l.times.n,
		Mean:   l.times.mean,
		Median: l.times.quantile(0.5),
		P99:    l.times.quantile(0.99),
		Max:    l.times.max,
	}
}

// Lag returns how far behind the model the services ran since Begin, or since
// the start before that.
func (s *System) Lag() Lag {
	return Lag{
		Wakes:    s.lag.wakes.read(),
		Messages: s.lag.messages.read(),
		Answers:  s.lag.answers.read(),
		Lost:     s.lag.lost.Load(),
	}
}
