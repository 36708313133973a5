package emulate

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/headroom/headroom/scenarios"
)

// demandAt is one job of a timetable: when it comes and what it asks for.
type demandAt struct{ at, demand float64 }

// drive runs a timetable through cores and returns when each job was met.
func drive(c cores, table []demandAt) []float64 {
	ends := make([]float64, len(table))
	index := map[*job]int{}
	met := func(j *job) { ends[index[j]] = j.ended }
	for i, d := range table {
		j := newJob(nil, d.demand)
		index[j] = i
		c.advance(d.at, met)
		c.add(j, d.at)
	}
	c.advance(math.Inf(1), met)
	return ends
}

func near(t *testing.T, what string, got, want []float64) {
	t.Helper()
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-9 {
			t.Errorf("%s: got %v, want %v", what, got, want)
			return
		}
	}
}

// The timetables are worked out by hand.
func TestTimetables(t *testing.T) {
	three := []demandAt{{0, 0.02}, {0, 0.02}, {0, 0.02}}
	near(t, "fifo, 1 core", drive(newOrderedCores(1, scenarios.FIFO), three), []float64{0.02, 0.04, 0.06})
	near(t, "fifo, 2 cores", drive(newOrderedCores(2, scenarios.FIFO), three), []float64{0.02, 0.02, 0.04})
	near(t, "ps, 1 core", drive(newPSCores(1), three), []float64{0.06, 0.06, 0.06})
	near(t, "ps, 2 cores", drive(newPSCores(2), three), []float64{0.03, 0.03, 0.03})

	// A: alone to 1, half of the core to 3 (2 done), so done at 3.
	// B: comes at 1 with 1, has got 1 at 3 as well: both at 3.
	// C: comes at 5, alone.
	apart := []demandAt{{0, 2}, {1, 1}, {5, 0.5}}
	near(t, "ps, one by one", drive(newPSCores(1), apart), []float64{3, 3, 5.5})
	near(t, "fifo, one by one", drive(newOrderedCores(1, scenarios.FIFO), apart), []float64{2, 3, 5.5})

	// A short job overtakes a long one under ps only: A has got 1 when B comes,
	// B is met at 1.4, A then still wants 8.8.
	short := []demandAt{{0, 10}, {1, 0.2}}
	near(t, "ps, short", drive(newPSCores(1), short), []float64{10.2, 1.4})
	near(t, "fifo, short", drive(newOrderedCores(1, scenarios.FIFO), short), []float64{10, 10.2})
}

// naivePS serves in tiny equal steps: an oracle that shares nothing with
// virtual time.
func naivePS(n int, table []demandAt, dt float64) []float64 {
	left, ends := make([]float64, len(table)), make([]float64, len(table))
	for i := range table {
		left[i] = table[i].demand
	}
	for step, done := 0, 0; done < len(table); step++ {
		now := float64(step) * dt
		var here []int
		for i := range table {
			if table[i].at <= now && left[i] > 0 {
				here = append(here, i)
			}
		}
		for _, i := range here {
			left[i] -= dt * min(1, float64(n)/float64(len(here)))
			if left[i] <= 0 {
				ends[i] = now + dt
				done++
			}
		}
	}
	return ends
}

func TestPSAgainstTinySteps(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 3} {
		var table []demandAt
		at := 0.0
		for range 40 {
			at += r.ExpFloat64()
			table = append(table, demandAt{at, r.ExpFloat64() * float64(n)})
		}
		const dt = 1e-4
		got, want := drive(newPSCores(n), table), naivePS(n, table, dt)
		for i := range got {
			// Each of the jobs that come or go meanwhile costs the oracle up to dt.
			if math.Abs(got[i]-want[i]) > 80*dt {
				t.Errorf("%d cores, job %d: met at %.4f, in tiny steps at %.4f", n, i, got[i], want[i])
			}
		}
	}
}

// What the cores did, cut to the time measured, worked out by hand.
func TestUse(t *testing.T) {
	// Two cores. Jobs [0,4], [1,2], then one that comes at 1.5 and waits to 2,
	// [2,5]. Both are busy in [1,2], [2,4].
	table := []demandAt{{0, 4}, {1, 1}, {1.5, 3}}
	for _, x := range []struct {
		name     string
		from, to float64
		want     usage
	}{
		{"all", 0, 10, usage{busy: 8, full: 3, waiting: 0.5}},
		{"cut before", 1.75, 10, usage{busy: 2.25 + 0.25 + 3, full: 2.25, waiting: 0.25}},
		{"cut after", 0, 3, usage{busy: 3 + 1 + 1, full: 2, waiting: 0.5}},
		{"inside", 1.6, 1.8, usage{busy: 0.4, full: 0.2, waiting: 0.2}},
	} {
		c := newOrderedCores(2, scenarios.FIFO)
		c.begin(x.from)
		run(c, table, x.to)
		sameUse(t, "fifo, "+x.name, c.use(x.to), x.want)
	}
	// The same under ps: [0,1] one busy; [1,1.5] two; from 1.5 three jobs at 2/3.
	// B has 0.5 left: met at 2.25. Then two on two cores: A has 2 left (0.5 less
	// than 2.5 by then), met at 4.25; C has 2.5 left, met at 4.75.
	c := newPSCores(2)
	c.begin(0.5)
	run(c, table, 6)
	sameUse(t, "ps", c.use(6), usage{busy: 0.5 + 2*3.25 + 0.5, full: 3.25})
	c = newPSCores(2)
	run(c, table, 2)
	sameUse(t, "ps, cut", c.use(2), usage{busy: 1 + 2, full: 1, jobs: 3})
}

func run(c cores, table []demandAt, to float64) {
	met := func(*job) {}
	for _, d := range table {
		c.advance(d.at, met)
		c.add(newJob(nil, d.demand), d.at)
	}
	c.advance(to, met)
}

func sameUse(t *testing.T, what string, got, want usage) {
	t.Helper()
	for _, x := range [][2]float64{{got.busy, want.busy}, {got.full, want.full}, {got.waiting, want.waiting}} {
		if math.Abs(x[0]-x[1]) > 1e-9 {
			t.Errorf("%s: got %+v, want %+v", what, got, want)
			return
		}
	}
}

// A job whose message was slow is not charged for it where nothing had been
// said yet, and takes nothing back where it had.
func TestLateArrivals(t *testing.T) {
	met := func(*job) {}
	f := newOrderedCores(1, scenarios.FIFO)
	f.advance(5, met)
	j := newJob(nil, 2)
	f.add(j, 4)
	f.advance(9, met)
	if j.ended != 6 {
		t.Errorf("fifo: an idle core at 4 meets 2 at 6, got %v", j.ended)
	}
	p := newPSCores(1)
	a, b := newJob(nil, 1), newJob(nil, 1)
	p.add(a, 0)
	p.advance(1.5, met)
	p.add(b, 0.5)
	p.advance(9, met)
	if a.ended != 1 || b.ended != 2 {
		t.Errorf("ps: the first was met at 1 already, the second starts then: got %v and %v, want 1 and 2", a.ended, b.ended)
	}
}

// Nothing is lost or made up over many jobs: all the work asked for is done,
// and the time in which cores idle is what is left.
func TestConservation(t *testing.T) {
	for _, c := range []cores{newOrderedCores(3, scenarios.FIFO), newPSCores(3)} {
		r := rand.New(rand.NewPCG(3, 4))
		var table []demandAt
		at, asked := 0.0, 0.0
		for range 20_000 {
			at += r.ExpFloat64()
			d := demandAt{at, 2.4 * r.ExpFloat64()}
			asked += d.demand
			table = append(table, d)
		}
		ends := drive(c, table)
		end := slices.Max(ends)
		if u := c.use(end); math.Abs(u.busy-asked) > 1e-6*asked || u.full > end || u.jobs != 0 {
			t.Errorf("%T: %v s of work asked for, use %+v", c, asked, u)
		}
	}
}

// With exponential demands the time in which all c cores are busy is the
// probability of having to wait (PASTA), which Erlang's C formula gives:
// 0.6472 for three servers at a load of 2.4.
func TestFullIsErlangC(t *testing.T) {
	for _, c := range []cores{newOrderedCores(3, scenarios.FIFO), newPSCores(3)} {
		r := rand.New(rand.NewPCG(5, 6))
		var table []demandAt
		at := 0.0
		for range 400_000 {
			at += r.ExpFloat64()
			table = append(table, demandAt{at, 2.4 * r.ExpFloat64()})
		}
		end := slices.Max(drive(c, table))
		if got := c.use(end).full / end; math.Abs(got-0.6472) > 0.03 {
			t.Errorf("%T: all cores busy for %.4f of the time, want 0.6472", c, got)
		}
	}
}

func BenchmarkPS(b *testing.B) {
	c := newPSCores(4)
	r := rand.New(rand.NewPCG(1, 2))
	met := func(*job) {}
	at := 0.0
	for b.Loop() {
		at += r.ExpFloat64()
		c.advance(at, met)
		c.add(newJob(nil, 3*r.ExpFloat64()), at)
	}
}
