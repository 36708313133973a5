package loadtest

import (
	"sync"
	"time"
)

// record keeps a hit and shows it to whoever watches.
func (r *run) record(h *Hit) {
	r.recorder.add(h)
	r.live.add(h)
}

// snapshot is how the load fares now; started is when it began, since the start
// of the measured time.
func (r *run) snapshot(started time.Duration) Snapshot {
	return r.live.snapshot(r.now(), started, duration(r.options.Duration))
}

// watch tells Options.Watch how the load fares until the function it returns is
// called, and then once more.
func (r *run) watch(started time.Duration) (stop func()) {
	if r.options.Watch == nil {
		return func() {}
	}
	over := make(chan struct{})
	var told sync.WaitGroup
	told.Go(func() {
		tick := time.NewTicker(watchInterval)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				r.options.Watch(r.snapshot(started))
			case <-over:
				r.options.Watch(r.snapshot(started))
				return
			}
		}
	})
	return func() { close(over); told.Wait() }
}
