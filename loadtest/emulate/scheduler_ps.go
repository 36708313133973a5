package emulate

import (
	"container/heap"
	"math"
)

// psCores shares its cores equally among the jobs: with n jobs on c cores each
// is served at rate min(1, c/n).
//
// It is exact, by virtual time: v is the work that a job present since the
// cores were last idle would have got, and grows at the rate each job is served
// at. A job that comes at v₀ with demand d is met when v reaches v₀ + d, an
// order that later arrivals do not change. This is the bookkeeping of the
// simulated processor sharing server behind fair queueing in [DeKS89].
type psCores struct {
	cores int
	v     float64 // (s)
	last  float64 // instant up to which v is brought
	jobs  jobs    // by the v at which they are met
	still bool    // they stand still

	from float64 // of the use counted
	sum  usage
}

func newPSCores(n int) *psCores { return &psCores{cores: n} }

// rate is how fast each job is served (1).
func (p *psCores) rate() float64 {
	if p.still {
		return 0
	}
	if n := len(p.jobs); n > p.cores {
		return float64(p.cores) / float64(n)
	}
	return 1
}

// add takes a job in. One that shows up after a later event has been settled,
// because its message was slow, comes at that event: nothing already said is
// taken back.
func (p *psCores) add(j *job, at float64) {
	at = max(at, p.last)
	p.move(at)
	j.arrived, j.started = at, at
	j.key = p.v + j.demand
	heap.Push(&p.jobs, j)
}

func (p *psCores) full(float64) bool { return len(p.jobs) >= p.cores }

func (p *psCores) next() float64 {
	if len(p.jobs) == 0 || p.still {
		return math.Inf(1)
	}
	return p.last + max(0, p.jobs[0].key-p.v)/p.rate()
}

func (p *psCores) advance(t float64, met func(*job)) {
	for len(p.jobs) > 0 && !p.still {
		at := p.next()
		if at > t+tie {
			return
		}
		p.move(at)
		j := heap.Pop(&p.jobs).(*job)
		p.v = max(p.v, j.key) // no rounding is left behind for the next
		if len(p.jobs) == 0 {
			p.v = 0 // nor does v grow for ever
		}
		j.ended = at
		met(j)
	}
}

// move brings v and the use to the instant t; no job is met before.
func (p *psCores) move(t float64) {
	if t <= p.last {
		return
	}
	p.sum = p.upTo(t)
	p.v += (t - p.last) * p.rate()
	p.last = t
}

// upTo is the use up to t, given that nothing comes or goes from last to t.
func (p *psCores) upTo(t float64) usage {
	u := p.sum
	n := len(p.jobs)
	if p.still {
		return u
	}
	dt := clipped(p.last, t, p.from, t)
	u.busy += dt * float64(min(n, p.cores))
	if n >= p.cores {
		u.full += dt
	}
	return u
}

func (p *psCores) remove(j *job, at float64) {
	if j.index == gone {
		return
	}
	p.move(at)
	heap.Remove(&p.jobs, j.index)
	j.demand -= max(0, j.key-p.v)
	j.index = gone
}

func (p *psCores) clear(at float64) {
	for len(p.jobs) > 0 {
		p.remove(p.jobs[0], at)
	}
}

func (p *psCores) stretch(at, times float64) {
	p.move(at)
	for _, j := range p.jobs { // their order stays
		j.left = max(0, j.key-p.v)
		j.stretch(times)
		j.key = p.v + j.left
	}
}

func (p *psCores) halt(at float64, still bool) {
	p.move(at)
	p.still = still
}

func (p *psCores) begin(at float64) { p.from, p.sum = at, usage{} }

func (p *psCores) use(t float64) usage {
	u := p.upTo(t)
	u.jobs = len(p.jobs)
	return u
}
