package layered_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/headroom/headroom/queueing/layered"
)

// chase is users who call a disk, and a server whose second phase calls the same
// disk.
func chase(seed uint64) *layered.Model {
	r := rand.New(rand.NewPCG(seed, 4))
	n := 1 + r.IntN(3)
	u := users(n, r.Float64(), "a")
	p := &u.Entries[0].Phases[0]
	p.Demand = 0.5 * r.Float64()
	p.Calls = append(p.Calls, layered.Call{Entry: "disk", Mean: 0.5 + r.Float64()})
	second := work(0.2*r.Float64(), layered.Call{Entry: "disk", Mean: 0.5 + r.Float64()})
	return &layered.Model{
		Processors: []layered.Processor{{Name: "desk", Discipline: layered.Delay}, {Name: "a", Servers: 1}, {Name: "disk", Servers: 1}},
		Tasks:      []layered.Task{u, alone("a", 1, work(0.2*r.Float64()), second), alone("disk", 1, work(0.1+0.3*r.Float64()))},
	}
}

// A second phase that goes where its caller goes next meets it less or more often
// than by chance; taking the two for independent, these are off by 3.2 % on
// average and by 9.2 % at worst.
func TestSecondPhaseMeetsCaller(t *testing.T) {
	if testing.Short() {
		t.Skip("simulates for seconds")
	}
	worst, sum := 0.0, 0.0
	for seed := range uint64(30) {
		m := chase(seed)
		s := simulate(m, seed, 20_000)
		off := solve(t, m).Tasks[0].Throughput/(s.count["use"]/18_000) - 1
		worst = math.Max(worst, math.Abs(off))
		sum += math.Abs(off)
		t.Logf("seed %d: %d users, %+.2f %%", seed, m.Tasks[0].Threads, 100*off)
	}
	t.Logf("off by %.2f %% on average, %.2f %% at worst", 100*sum/30, 100*worst)
	if !(sum/30 <= 0.025 && worst <= 0.07) {
		t.Errorf("throughputs are off by %.2g on average, %.2g at worst", sum/30, worst)
	}
}
