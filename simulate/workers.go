package simulate

import (
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// each calls f for 0 … n−1, so many at a time. What f(i) does depends on i
// alone, so the number of workers changes nothing but the time it takes.
func each(n, workers int, f func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(n, max(workers, 1)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	wg.Wait()
}

// progress tells the caller now and then how far the clocks of the replications
// have come.
type progress struct {
	clocks []atomic.Uint64 // simulated time, as bits
	goal   atomic.Uint64   // the time that all will come to, as far as is known
	note   atomic.Value
	done   chan struct{}
	ended  chan struct{}
}

// newProgress begins to tell; stop ends it.
func newProgress(n int, tell func(done float64, note string)) *progress {
	p := &progress{clocks: make([]atomic.Uint64, n), done: make(chan struct{}), ended: make(chan struct{})}
	p.say("warming up")
	go p.run(tell)
	return p
}

func (p *progress) say(note string) { p.note.Store(note) }

func (p *progress) aim(goal float64) { p.goal.Store(math.Float64bits(goal)) }

func (p *progress) run(tell func(done float64, note string)) {
	defer close(p.ended)
	if tell == nil {
		<-p.done
		return
	}
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	most := 0.0
	for {
		select {
		case <-p.done:
			return
		case <-tick.C:
			most = max(most, p.share())
			tell(most, p.note.Load().(string))
		}
	}
}

// share is how much of all clocks' way is behind them.
func (p *progress) share() float64 {
	goal := math.Float64frombits(p.goal.Load())
	if !(goal > 0) {
		return 0
	}
	sum := 0.0
	for i := range p.clocks {
		sum += min(1, math.Float64frombits(p.clocks[i].Load())/goal)
	}
	return sum / float64(len(p.clocks))
}

func (p *progress) stop() {
	close(p.done)
	<-p.ended
}
