package emulate

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/headroom/headroom/scenarios"
)

// rankedAt is one job of a timetable with a priority; it is taken off at an
// instant, if that is not +Inf.
type rankedAt struct {
	at, demand float64
	rank       int
	off        float64
}

// naiveOrder serves in tiny equal steps, each of the n cores one of the most
// urgent: an oracle that shares nothing with heaps. It returns what each job
// got, and when it was over.
func naiveOrder(n int, d scenarios.Discipline, table []rankedAt, dt float64, pace func(float64) float64) (got, ends []float64) {
	got, ends = make([]float64, len(table)), make([]float64, len(table))
	left := make([]float64, len(table))
	running := map[int]bool{}
	for i := range table {
		left[i] = table[i].demand
	}
	key := func(i int) (float64, int) {
		switch d {
		case scenarios.LIFO:
			return -table[i].at, i
		case scenarios.Priority, scenarios.PreemptivePriority:
			return float64(table[i].rank), i
		case scenarios.SJF, scenarios.SRPT:
			return left[i], i
		}
		return table[i].at, i
	}
	preempts := d == scenarios.PreemptivePriority || d == scenarios.SRPT
	for step, done := 0, 0; done < len(table); step++ {
		now := float64(step) * dt
		var here []int
		for i := range table {
			if ends[i] != 0 || table[i].at > now {
				continue
			}
			if table[i].off <= now {
				ends[i] = now
				done++
				delete(running, i)
				continue
			}
			here = append(here, i)
		}
		if preempts {
			clear(running)
		}
		for len(running) < n {
			best := -1
			for _, i := range here {
				if running[i] {
					continue
				}
				if best >= 0 {
					a, x := key(i)
					b, y := key(best)
					if a > b || a == b && x > y {
						continue
					}
				}
				best = i
			}
			if best < 0 {
				break
			}
			running[best] = true
		}
		for i := range running {
			left[i] -= dt * pace(now)
			got[i] += dt * pace(now)
			if left[i] <= 0 {
				ends[i] = now + dt
				done++
				delete(running, i)
			}
		}
	}
	return got, ends
}

// driveRanked runs the same timetable through cores; they are slowed down and
// stand still as pace says.
func driveRanked(c cores, table []rankedAt, changes []change) (got, ends []float64) {
	got, ends = make([]float64, len(table)), make([]float64, len(table))
	jobs := make([]*job, len(table))
	index := map[*job]int{}
	met := func(j *job) { got[index[j]], ends[index[j]] = table[index[j]].demand, j.ended }
	type event struct {
		at float64
		do func()
	}
	var events []event
	times := 1.0
	for i, d := range table {
		events = append(events, event{d.at, func() {
			jobs[i] = newJob(nil, d.demand*times)
			jobs[i].rank = d.rank
			index[jobs[i]] = i
			c.add(jobs[i], d.at)
		}})
		if !math.IsInf(d.off, 1) {
			events = append(events, event{d.off, func() {
				if ends[i] == 0 {
					c.remove(jobs[i], d.off)
					got[i], ends[i] = jobs[i].demand, d.off
				}
			}})
		}
	}
	for _, x := range changes {
		events = append(events, event{x.at, func() {
			if x.times == 0 {
				c.halt(x.at, x.still)
				return
			}
			times *= x.times
			c.stretch(x.at, x.times)
		}})
	}
	for len(events) > 0 {
		next := 0
		for i := range events {
			if events[i].at < events[next].at {
				next = i
			}
		}
		c.advance(events[next].at, met)
		events[next].do()
		events = append(events[:next], events[next+1:]...)
	}
	c.advance(math.Inf(1), met)
	return got, ends
}

// change is a moment at which cores become slower, or stand still or go on.
type change struct {
	at, times float64
	still     bool
}

// The seed is one by which no two events are so close that steps mistake their
// order.
func TestOrdersAgainstTinySteps(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	const dt = 1e-3
	names := []string{"ps", "fifo", "lifo", "priority", "preemptive-priority", "srpt", "sjf"}
	for d := scenarios.FIFO; d <= scenarios.SJF; d++ {
		name := names[d]
		for _, n := range []int{1, 2} {
			var table []rankedAt
			at := 0.0
			for range 30 {
				at += r.ExpFloat64()
				x := rankedAt{at: at, demand: 0.1 + r.ExpFloat64()*float64(n), rank: r.IntN(3), off: math.Inf(1)}
				if r.IntN(5) == 0 {
					x.off = at + 2*r.ExpFloat64()
				}
				table = append(table, x)
			}
			got, ends := driveRanked(newOrderedCores(n, d), table, nil)
			wantGot, wantEnds := naiveOrder(n, d, table, dt, func(float64) float64 { return 1 })
			for i := range table {
				// Each job before costs the oracle up to a step.
				if math.Abs(ends[i]-wantEnds[i]) > 60*dt || math.IsInf(table[i].off, 1) && math.Abs(got[i]-wantGot[i]) > 60*dt {
					t.Errorf("%s, %d cores, job %d %+v: got %.3f by %.3f, in tiny steps %.3f by %.3f", name, n, i, table[i], got[i], ends[i], wantGot[i], wantEnds[i])
				}
			}
		}
	}
}

// Cores at half their speed for a time, and then still for a time, do what the
// oracle does at that pace.
func TestSlowAndStillCores(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	const dt = 1e-3
	changes := []change{{at: 5, times: 2}, {at: 10, times: 0.5}, {at: 12, still: true}, {at: 15}}
	pace := func(now float64) float64 {
		switch {
		case now >= 5 && now < 10:
			return 0.5
		case now >= 12 && now < 15:
			return 0
		}
		return 1
	}
	for _, d := range []scenarios.Discipline{scenarios.FIFO, scenarios.PreemptivePriority, scenarios.SRPT} {
		var table []rankedAt
		at := 0.0
		for range 30 {
			at += r.ExpFloat64()
			table = append(table, rankedAt{at: at, demand: 0.1 + r.ExpFloat64(), rank: r.IntN(3), off: math.Inf(1)})
		}
		_, ends := driveRanked(newOrderedCores(1, d), table, changes)
		_, want := naiveOrder(1, d, table, dt, pace)
		for i := range table {
			if math.Abs(ends[i]-want[i]) > 60*dt {
				t.Errorf("discipline %d, job %d %+v: met at %.3f, in tiny steps at %.3f", d, i, table[i], ends[i], want[i])
			}
		}
	}
	// Shared cores: 1 s of work begun at 4 is met after 1 s at full speed and
	// half of it at 5..10: 4 to 5 is enough. One of 3 s: 1, then 2.5 by 10, is
	// met at 10.5... of 4 s: 1, 2.5, then 0.5 left at 10, met at 10.5.
	_, ends := driveRanked(newPSCores(1), []rankedAt{{at: 4, demand: 4, off: math.Inf(1)}}, changes)
	if math.Abs(ends[0]-10.5) > 1e-9 {
		t.Errorf("ps: met at %v, want 10.5", ends[0])
	}
	_, ends = driveRanked(newPSCores(1), []rankedAt{{at: 11, demand: 2, off: math.Inf(1)}}, changes)
	if math.Abs(ends[0]-16) > 1e-9 {
		t.Errorf("ps: met at %v after standing still from 12 to 15, want 16", ends[0])
	}
}
