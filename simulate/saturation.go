package simulate

import (
	"math"

	"github.com/headroom/headroom/measure"
)

// limits says what saturates first, and at which rates. Cores fill in proportion
// to the load, whatever it is. Threads do not: where they run out before the
// cores do, the rates are those that were carried then. Where calls time out, are
// tried again or taken back the load does not grow in proportion, and no rate is
// given.
func (s *study) limits(r *measure.Result) {
	if s.bends {
		if at, _ := s.busiest(func(i int) float64 { return s.busyCores(r, i) }); at >= 0 {
			r.Bottleneck = s.services[at].name
		}
		return
	}
	at, _ := s.busiest(func(i int) float64 { return s.loadNow(i, r) })
	carried := 1.0
	if full := s.outOfThreads(r); full >= 0 {
		at, carried = full, s.carried(r, full)
	}
	if at >= 0 {
		r.Bottleneck = s.services[at].name
	}
	r.Saturation = make(map[string]float64)
	_, open := s.busiest(s.openLoad)
	for w := range s.workloads {
		wl := &s.workloads[w]
		limit := math.Inf(1)
		if wl.open && open > 0 {
			limit = wl.rate / open
			if carried < 1 {
				limit = math.Min(limit, wl.rate*carried)
			}
		}
		if !wl.open {
			_, demand := s.busiest(func(i int) float64 { return s.traffic.peak[w][i] / s.services[i].capacity() })
			limit = 1 / demand
		}
		if !math.IsInf(limit, 0) && limit > 0 {
			r.Saturation[wl.name] = limit
		}
	}
}

// loadNow is the load on service i: that of the open workloads as offered and
// of the closed ones as measured.
func (s *study) loadNow(i int, r *measure.Result) float64 {
	load := s.openLoad(i)
	for w := range s.workloads {
		if wl := &s.workloads[w]; !wl.open {
			load += r.Workloads[wl.name].Throughput.Value * s.traffic.peak[w][i] / s.services[i].capacity()
		}
	}
	return load
}

// outOfThreads is the service whose threads are why the system has no steady
// state: one that has none left and waits for no other that has none. It is -1
// where cores are the reason.
func (s *study) outOfThreads(r *measure.Result) int {
	if at, load := s.busiest(s.openLoad); s.stable || at < 0 || load >= 1 && s.busyCores(r, at) > 0.98 {
		return -1
	}
	full, windows := make([]bool, len(s.services)), s.windows()
	for i := range s.services {
		full[i] = s.heldThreads(i, windows) > 0.95
	}
	nodes := s.nodes()
	waits := make([]bool, len(s.services))
	for _, n := range nodes {
		for to := range n.next {
			if called := nodes[to]; called.topic < 0 && called.service != n.service && full[called.service] {
				waits[n.service] = true
			}
		}
	}
	for i := range full {
		if full[i] && !waits[i] {
			return i
		}
	}
	return -1
}

// carried is the part of what service i is offered that it gets done. It is read
// off its cores where it uses them: what ends is less than what is carried while
// requests that are half done pile up.
func (s *study) carried(r *measure.Result, i int) float64 {
	if load := s.openLoad(i); load > 0 {
		return s.busyCores(r, i) / load
	}
	part := 1.0
	for w := range s.workloads {
		if wl := &s.workloads[w]; wl.open && wl.rate > 0 {
			part = math.Min(part, r.Workloads[wl.name].Throughput.Value/wl.rate)
		}
	}
	return part
}

func (s *study) busyCores(r *measure.Result, i int) float64 {
	return r.Services[s.services[i].name].Utilization.Value
}

// heldThreads is the part of a service's threads that is held; w is what
// happened in the measured part ([study.windows]).
func (s *study) heldThreads(i int, w []totals) float64 {
	svc := &s.services[i]
	if svc.threads == 0 {
		return 0
	}
	held, _ := s.held(i, w).estimate()
	return held / float64(svc.threads*svc.replicas)
}
