package queueing

import (
	"context"
	"math"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// mmcModel is a model that is one M/M/c station, or equal ones over which its
// requests are spread at random.
type mmcModel struct {
	service int
	mean    float64 // (s)
	servers int
	groups  int
}

// aloneMMc finds out whether a model is one: Poisson requests, each of a single
// exponential step at one and the same service.
func aloneMMc(m *scenarios.Model) (mmcModel, bool) {
	out := mmcModel{service: -1}
	var demand dist.Dist
	for i := range m.Workloads {
		w := &m.Workloads[i]
		if !w.Open() || w.Arrivals.Kind != scenarios.Poisson || len(w.Mix) == 0 {
			return out, false
		}
		for _, s := range w.Mix {
			op := &m.Operations[s.Op]
			if len(op.Steps) != 1 {
				return out, false
			}
			cpu, ok := op.Steps[0].(scenarios.CPU)
			if !ok || cpu.Demand.Family() != dist.FamilyExponential {
				return out, false
			}
			if out.service >= 0 && (out.service != int(op.Service) || !demand.Equal(cpu.Demand)) {
				return out, false
			}
			out.service, demand = int(op.Service), cpu.Demand
		}
	}
	if out.service < 0 {
		return out, false
	}
	s := &m.Services[out.service]
	out.mean, out.servers, out.groups = demand.Mean(), s.Cores, s.Replicas
	if s.Balancing == scenarios.Shared && s.Threads == 0 {
		out.servers, out.groups = s.Cores*s.Replicas, 1
	}
	spread := out.groups == 1 || s.Balancing == scenarios.Random
	return out, spread && s.Threads == 0
}

// mostTransientWork bounds states times jumps of a transient.
const mostTransientWork = 4e9

// rate is the rate of requests to one of the equal stations (1/s).
func (t *timed) rate(s mmcModel, at float64) float64 {
	sum := 0.0
	for w := range t.m.Workloads {
		sum += t.m.Workloads[w].Arrivals.Rate * t.factor(w, at)
	}
	return sum / float64(s.groups)
}

// room is a number present that is as good as never reached: the backlog of a
// fluid, its random spread nine times over, and the queue of a steady state.
func (t *timed) room(s mmcModel) float64 {
	capacity := float64(s.servers) / s.mean
	backlog, most, came, peak := 0.0, 0.0, 0.0, 0.0
	steps := 10 * t.intervals
	h := t.duration / float64(steps)
	for i := range steps {
		r := t.rate(s, (float64(i)+0.5)*h)
		came += r * h
		peak = math.Max(peak, r)
		backlog = math.Max(0, backlog+(r-capacity)*h)
		most = math.Max(most, backlog)
	}
	chance := 9 * math.Sqrt(came+peak*s.mean+1)
	if rho := peak / capacity; rho < 1 {
		chance = math.Min(chance, math.Log(1e-14)/math.Log(math.Max(rho, 0.01)))
	}
	return float64(s.servers) + most + chance + 40
}

// small reports whether the states are few enough to be followed one by one.
func (t *timed) small(s mmcModel) bool {
	peak := 1.0
	if t.o.Test != nil {
		peak = t.o.Test.Peak()
	}
	jumps := (t.rate(s, 0)*peak + float64(s.servers)/s.mean) * t.duration
	return t.room(s)*jumps <= mostTransientWork
}

// exactly follows the station through all its states.
func (t *timed) exactly(ctx context.Context, s mmcModel) error {
	q, err := NewTransientMMc(s.mean, s.servers, int(t.room(s)))
	if err != nil {
		return err
	}
	n := len(t.m.Workloads)
	out := &FluidSeries{
		Present: matrix(n, t.intervals), Last: matrix(n, t.intervals), Offered: matrix(n, t.intervals), Throughput: matrix(n, t.intervals), Response: matrix(n, t.intervals),
		Busy: matrix(len(t.m.Services), t.intervals), AtStation: matrix(len(t.m.Services), t.intervals),
	}
	total := []xPoint{{}}
	gone := []xPoint{{}}
	breaks := t.breaks()
	groups := float64(s.groups)
	at := 0.0
	for j := range t.intervals {
		if err := ctx.Err(); err != nil {
			return err
		}
		end := t.interval * float64(j+1)
		for at < end*(1-1e-12) {
			to := math.Min(end, at+t.interval/2)
			for _, b := range breaks {
				if b > at*(1+1e-12)+1e-12*t.interval && b < to {
					to = b
				}
			}
			h := to - at
			rate := t.rate(s, at+h/2)
			// Simpson's rule over the two halves of the step.
			present, busy := q.Present(), q.Busy()
			for half := range 2 {
				if err := q.Pass(rate, h/2); err != nil {
					return err
				}
				weight := 4.0 - 3*float64(half)
				present += weight * q.Present()
				busy += weight * q.Busy()
			}
			share := h / t.interval / 6 * groups
			out.AtStation[s.service][j] += share * present
			out.Busy[s.service][j] += share * busy
			now := total[len(total)-1].n + rate*h*groups
			total = append(total, xPoint{to, now})
			gone = append(gone, xPoint{to, now - groups*q.Present()})
			at = to
		}
	}
	if edge := q.Edge() + q.bound; edge > 1e-6 {
		t.caveats = append(t.caveats, measure.Caveat{What: "queueing: states left out", Effect: "figures over time may be off by a millionth and more"})
	}
	t.shareOut(out, s, total, gone)
	t.series = out
	t.detail = "the Markov chain of M/M/c through all its states (uniformization)"
	if s.groups > 1 {
		t.detail += ", one for each replica"
	}
	return nil
}

// shareOut gives each workload its part of what is present: that of the
// requests that come, as all of them are served alike.
func (t *timed) shareOut(out *FluidSeries, s mmcModel, total, gone []xPoint) {
	for j := range t.intervals {
		a, b := t.interval*float64(j), t.interval*float64(j+1)
		response := betweenFlows(total, gone, a, b)
		all := (flowAt(total, b) - flowAt(total, a)) / t.interval
		for w := range t.m.Workloads {
			part := 1.0
			own := 0.0
			const looks = 16
			for i := range looks {
				own += t.m.Workloads[w].Arrivals.Rate * t.factor(w, a+(b-a)*(float64(i)+0.5)/looks) / looks
			}
			if all > 0 {
				part = own / all
			}
			if len(t.m.Workloads) == 1 {
				part, own = 1, all
			}
			out.Offered[w][j] = own
			out.Present[w][j] = part * out.AtStation[s.service][j]
			out.Last[w][j] = part * (flowAt(total, b) - flowAt(gone, b))
			out.Throughput[w][j] = part * (flowAt(gone, b) - flowAt(gone, a)) / t.interval
			out.Response[w][j] = response
		}
	}
}
