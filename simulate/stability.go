package simulate

import (
	"fmt"
	"math"

	"github.com/headroom/headroom/measure"
)

// overloaded reports whether the open workloads ask more of the cores of some
// replica than it has, and nothing turns requests away before it. Then the
// system has no steady state, however long one waits for it.
func (s *study) overloaded() bool {
	for i := range s.services {
		if s.services[i].bounded {
			return false
		}
	}
	if s.relieves() {
		return false
	}
	_, load := s.busiest(s.sureLoad)
	return load >= 1
}

// openLoad is the load (1) on the busiest replica of service i by the open
// workloads.
func (s *study) openLoad(i int) float64 { return s.loadBy(&s.traffic, i) }

// sureLoad is the part of the load (1) that is there whatever fails.
func (s *study) sureLoad(i int) float64 { return s.loadBy(&s.sure, i) }

func (s *study) loadBy(t *traffic, i int) float64 {
	load := s.jobLoad(i)
	for w := range s.workloads {
		if s.workloads[w].open {
			load += s.workloads[w].rate * t.peak[w][i]
		}
	}
	return load / s.services[i].capacity()
}

// capacity is the number of all cores of a service.
func (s *service) capacity() float64 { return float64(s.replicas * s.cores) }

// busiest returns the service that a load is largest at, and the load.
func (s *study) busiest(load func(service int) float64) (at int, most float64) {
	at = -1
	for i := range s.services {
		if l := load(i); l > most*(1+1e-12) {
			at, most = i, l
		}
	}
	return at, most
}

// growing is by how much the number in progress must have grown from the second
// quarter of a long pilot to the last to be taken to grow without end. It grows
// 2.3 times when it grows by as much every second, and 1.5 times when it grows
// as the root of time does, at a load of exactly 1.
const growing = 1.9

// grows reports whether pilots that did not settle show a growth in proportion
// to time: a limit other than the cores, such as threads, is exceeded.
func (s *study) grows() bool { return s.settling.trend > 4 && s.settling.growth > growing }

// piles reports whether a simulation of fixed length ran out of threads while
// its work piled up: by more than a queue at its limit would by chance.
func (s *study) piles() bool {
	started, time := 0.0, 0.0
	windows := s.windows()
	for _, w := range windows {
		time += w[atTime]
		for i := range s.workloads {
			started += w[s.sourceCol(i)+srcStarted]
		}
	}
	piled := max(s.growth(), s.leftBehind()) * time
	if piled < 100*float64(len(s.reps)) || piled < 0.05*started {
		return false
	}
	for i := range s.services {
		if !s.services[i].bounded && (s.heldThreads(i, windows) > 0.95 || s.fullCores(i, windows)) {
			return true
		}
	}
	return false
}

// growth is the rate (1/s) at which the requests and messages in progress
// became more over the last part simulated.
func (s *study) growth() float64 {
	change, length := 0.0, 0.0
	for _, r := range s.reps {
		w := r.window()
		length += w[atTime]
		for i := range s.workloads {
			c := s.sourceCol(i)
			change += w[c+srcStarted] - w[c+srcWell] - w[c+srcFailed]
		}
		for i := range s.jobs {
			change += w[s.jobCol(i)+joStarted] - w[s.jobCol(i)+joEnded]
		}
		for i := range s.topics {
			c := s.topicCol(i)
			change += w[c+toPublished] - w[c+toConsumed] - w[c+toDropped] - w[c+toDead]
		}
	}
	return change / length
}

// leftBehind is the rate (1/s) at which the requests at one service became
// more where that is more than those of the workloads do, as nobody waits for
// them any more.
func (s *study) leftBehind() float64 {
	if !s.bends {
		return 0
	}
	most, length := 0.0, 0.0
	windows := s.windows()
	for _, w := range windows {
		length += w[atTime]
	}
	for i := range s.services {
		change := 0.0
		for _, op := range s.services[i].ops {
			c := s.operationCol(int(op))
			for _, w := range windows {
				change += w[c+opAsked] - w[c+opDone] - w[c+opLost]
			}
		}
		most = max(most, change)
	}
	return most / length
}

// fullCores reports whether loads bend and the cores of a service were busy all
// the time.
func (s *study) fullCores(i int, w []totals) bool {
	if !s.bends {
		return false
	}
	busy, _ := over(w, s.stationCol(i)+stBusy, atTime).per(s.services[i].capacity()).estimate()
	return busy > 0.98
}

// unstable is the caveat of a system without a steady state.
func (s *study) unstable() measure.Caveat {
	c := measure.Caveat{
		What:   "simulate: no steady state",
		Effect: fmt.Sprintf("the work in progress grows by %.3g requests a second; response times and numbers present have no limit and are left out", max(s.growth(), s.leftBehind(), 0)),
	}
	if s.limited() {
		c.Effect = "response times and numbers present are those of a run of this length, and would grow with it"
	}
	at, load := s.busiest(s.sureLoad)
	if t := s.o.Test; t != nil {
		at, load = s.loadAt(t.Factor(s.o.Duration))
		c.What = "simulate: the load that the test ends with leaves no steady state"
	}
	if at >= 0 && load >= 1 {
		c.Where = "services." + s.services[at].name
		if math.IsInf(load, 1) {
			c.Effect = "it is asked for more than it has cores for, without bound; " + c.Effect
		} else {
			c.Effect = fmt.Sprintf("it is asked for %.3g times the core time it has; %s", load, c.Effect)
		}
	}
	return c
}
