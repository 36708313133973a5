package simulate

import (
	"fmt"
	"math"

	"github.com/headroom/headroom/measure"
)

// reservations are the caveats of a result.
func (s *study) reservations(r *measure.Result) []measure.Caveat {
	var out []measure.Caveat
	if !s.stable {
		out = append(out, s.unstable())
	}
	for _, f := range s.left {
		out = append(out, measure.Caveat{What: "simulate: not modelled: " + f.What, Where: f.Where, Effect: f.Effect})
	}
	out = append(out, s.haltCaveats()...)
	out = append(out, s.testCaveats(r)...)
	out = append(out, s.faultCaveats()...)
	if s.steady && s.o.Duration == 0 {
		if !s.settling.settled() {
			out = append(out, measure.Caveat{
				What:   "simulate: the system had not settled",
				Effect: fmt.Sprintf("after %.4g s of warm-up the work in progress still grew; response times and numbers present may be too low", s.warmup),
			})
		}
		out = append(out, s.precisionCaveats()...)
	}
	out = append(out, s.callCaveats()...)
	out = append(out, s.tailCaveats(r)...)
	out = append(out, s.lossCaveats()...)
	out = append(out, s.objectiveCaveats()...)
	out = append(out, s.threadCaveats(r)...)
	out = append(out, s.momentCaveats()...)
	out = append(out, s.failureCaveats()...)
	out = append(out, s.jobCaveats()...)
	return append(out, s.dropCaveats()...)
}

// haltCaveats say which bound bit.
func (s *study) haltCaveats() []measure.Caveat {
	var out []measure.Caveat
	if s.any(outOfEvents) {
		out = append(out, measure.Caveat{
			What:   "simulate: bound on events reached",
			Effect: fmt.Sprintf("%d events are allowed; figures are of what was simulated by then", s.o.MaxEvents),
		})
	}
	if s.any(outOfRoom) {
		out = append(out, measure.Caveat{
			What:   "simulate: bound on memory reached",
			Effect: fmt.Sprintf("more than %d requests and messages were in progress in one replication", max(s.o.MaxInProgress/len(s.reps), 1)),
		})
	}
	return out
}

// cutShort says in a result why the simulation ended early.
func (s *study) cutShort(r *measure.Result, why string) {
	effect := "figures are of what was simulated by then, and cannot be repeated exactly"
	if !s.steady {
		effect = "it was still warming up: figures are of the start from an empty system; " + effect
	}
	r.Caveats = append(r.Caveats, measure.Caveat{What: "simulate: ended early, as " + why, Effect: effect})
}

// fewInTail is how many requests beyond a quantile make its interval one to trust.
const fewInTail = 100

// tailCaveats point out the percentiles of workloads that rest on few requests.
func (s *study) tailCaveats(r *measure.Result) []measure.Caveat {
	var out []measure.Caveat
	for i := range s.workloads {
		name := s.workloads[i].name
		t := r.Workloads[name].Response
		n := float64(s.responses(i).n())
		if t == nil || n*0.001 >= fewInTail {
			continue
		}
		what, beyond := "p99.9", n*0.001
		if n*0.01 < fewInTail {
			what, beyond = "p99 and above", n*0.01
		}
		out = append(out, measure.Caveat{
			What:   "simulate: few requests beyond " + what,
			Where:  "workloads." + name,
			Effect: fmt.Sprintf("it rests on %.0f requests", beyond),
		})
	}
	return out
}

// lossCaveats point out shares of failures that rest on few of them: losses come
// in bursts, so that Student's interval of a few is a guess.
func (s *study) lossCaveats() []measure.Caveat {
	var out []measure.Caveat
	w := s.windows()
	for i := range s.workloads {
		n := 0.0
		for _, p := range s.losses(i, w) {
			n += p.num
		}
		if n > 0 && n < fewInTail {
			out = append(out, measure.Caveat{
				What:   "simulate: few failures",
				Where:  "workloads." + s.workloads[i].name,
				Effect: fmt.Sprintf("the share that failed rests on %.0f requests, and its interval may be too narrow; a target on its errors simulates for longer", n),
			})
		}
	}
	return out
}

// threadCaveats point out services whose threads are busier than their cores:
// they, and not the cores, are the limit, and it is nearer than the saturation says.
func (s *study) threadCaveats(r *measure.Result) []measure.Caveat {
	var out []measure.Caveat
	w := s.windows()
	for i := range s.services {
		held, busy := s.heldThreads(i, w), s.busyCores(r, i)
		if held > 0.7 && held > busy*1.1 {
			out = append(out, measure.Caveat{
				What:   "simulate: threads are scarcer than cores",
				Where:  "services." + s.services[i].name,
				Effect: fmt.Sprintf("%.0f %% of the threads are held, with %.0f %% of the cores busy; the system saturates sooner than its cores do", 100*held, 100*busy),
			})
		}
	}
	return out
}

// momentCaveats point out demands without a variance.
func (s *study) momentCaveats() []measure.Caveat {
	var out []measure.Caveat
	for _, d := range s.draws {
		if math.IsInf(d.dist.Variance(), 1) {
			out = append(out, measure.Caveat{
				What:   "simulate: a distribution without a variance",
				Where:  d.stream,
				Effect: fmt.Sprintf("%v: what is rare and huge may not have been seen, and intervals of means cannot be trusted", d.dist),
			})
		}
	}
	return out
}

// dropCaveats point out messages that were lost.
func (s *study) dropCaveats() []measure.Caveat {
	var out []measure.Caveat
	for i := range s.topics {
		c := s.topicCol(i)
		lost := 0.0
		for _, r := range s.reps {
			lost += r.window()[c+toDropped]
		}
		if lost > 0 {
			out = append(out, measure.Caveat{
				What:   "simulate: messages dropped",
				Where:  "topics." + s.topics[i].name,
				Effect: fmt.Sprintf("%.0f messages were lost: in batches that failed, for want of room, or on the network", lost),
			})
		}
		out = append(out, s.deliveryCaveats(i)...)
	}
	return out
}
