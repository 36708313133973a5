package loadtest

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/headroom/headroom/loadtest/watch"
	"github.com/headroom/headroom/measure"
)

// record keeps a hit and shows it to whoever watches.
func (r *run) record(h *Hit) {
	r.recorder.add(h)
	r.live.add(h)
}

// observe readies the monitors that the scenario wants. What they ask is asked
// for by the rules that hold for the load. An emulated system is not the one
// that the scenario has the addresses of, and tells of itself.
func (r *run) observe(ctx context.Context, g guard) error {
	if r.options.URL != nil && r.options.Target == "" || len(r.model.Live.Observe) == 0 {
		return nil
	}
	urls, err := watch.URLs(r.model.Live.Observe)
	if err != nil {
		return err
	}
	for _, u := range urls {
		if err := g.admit(ctx, u); err != nil {
			return err
		}
	}
	r.watcher, err = watch.New(r.model.Live.Observe, watch.Options{
		Transport: &http.Transport{DialContext: g.dialer()},
		Now:       r.now,
		Length:    duration(r.options.Warmup + r.options.Duration),
		Note:      func(text []byte) { r.recorder.note(text) },
		Profile:   r.options.Profiles,
	})
	return err
}

// snapshot is how the load fares now; started is when it began, since the start
// of the measured time.
func (r *run) snapshot(started time.Duration) Snapshot {
	return r.live.snapshot(r.now(), started, duration(r.options.Duration))
}

// watch looks at the target, and tells Options.Watch how the load fares, until
// the function it returns is called: that adds what is to be said to the end of
// the file of hits.
func (r *run) watch(ctx context.Context, started time.Duration) (stop func(*End)) {
	over := make(chan struct{})
	var all sync.WaitGroup
	if r.options.Watch != nil {
		all.Go(func() { r.tellWatcher(started, over) })
	}
	within, cancel := context.WithCancel(ctx)
	if r.watcher != nil {
		r.watcher.Start(within)
		all.Go(func() {
			if r.wait(within, 0) == nil {
				r.watcher.Profile(within, duration(r.options.Duration))
			}
		})
	}
	return func(end *End) {
		close(over)
		cancel()
		all.Wait()
		if r.watcher != nil {
			end.Caveats = append(end.Caveats, r.watcher.Stop()...)
			end.Profiles = r.watcher.Profiles()
		}
	}
}

func (r *run) tellWatcher(started time.Duration, over <-chan struct{}) {
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
}

// fillTarget adds to a result what monitors saw of the target.
func (s *summary) fillTarget(r *measure.Result, scale watch.Scale) {
	s.watched.Fill(r, scale)
	for part, file := range s.end.Profiles {
		if r.Target == nil {
			r.Target = map[string]*measure.Target{}
		}
		if r.Target[part] == nil {
			r.Target[part] = &measure.Target{}
		}
		r.Target[part].Profile = file
	}
}
