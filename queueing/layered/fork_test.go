package layered_test

import (
	"testing"

	"github.com/headroom/headroom/queueing/layered"
)

// A fork to two branches that each call a delay a random number of times. The
// number is geometric of mean v, so that with p = v/(1+v) a branch takes an
// exponential time of mean s·v/p, and otherwise none; then
//
//	E[max] = v·s + w·t − p·q/(p/(v·s) + q/(w·t))
//
// where s and t are the means of one call, p and q those probabilities.
func TestForkOfCalls(t *testing.T) {
	const s, u, think = 0.3, 0.5, 1.0
	for _, mean := range [][2]float64{{1, 1}, {1, 4}, {0.2, 0.7}} {
		v, w := mean[0], mean[1]
		front := layered.Task{
			Name: "front", Processor: "desk", Entries: []layered.Entry{{Name: "front", Start: "start"}},
			Activities: []layered.Activity{
				{Name: "start"},
				{Name: "left", Phase: layered.Phase{Calls: []layered.Call{{Entry: "x", Mean: v}}}},
				{Name: "right", Phase: layered.Phase{Calls: []layered.Call{{Entry: "y", Mean: w}}}},
				{Name: "end", Replies: []string{"front"}},
			},
			Order: []layered.Precedence{
				{From: []string{"start"}, Fork: layered.And, To: []layered.Branch{{Activity: "left"}, {Activity: "right"}}},
				{From: []string{"left", "right"}, Join: layered.And, To: []layered.Branch{{Activity: "end"}}},
			},
		}
		x, y := alone("x", 0, work(s)), alone("y", 0, work(u))
		x.Processor, y.Processor = "desk", "desk"
		r := solve(t, &layered.Model{
			Processors: []layered.Processor{{Name: "desk", Discipline: layered.Delay}},
			Tasks:      []layered.Task{users(3, think, "front"), front, x, y},
		})
		p, q := v/(1+v), w/(1+w)
		longest := v*s + w*u - p*q/(p/(v*s)+q/(w*u))
		near(t, "throughput", r.Tasks[0].Throughput, 3/(think+longest), 1e-6)
	}
}

// Twelve branches at once are within the bounds. All on one processor, they
// work one after the other.
func TestTwelveBranches(t *testing.T) {
	u := users(1, 1, "")
	u.Processor, u.Entries[0] = "cpu", layered.Entry{Name: "use", Start: "start"}
	u.Activities = []layered.Activity{{Name: "start"}}
	fork := layered.Precedence{From: []string{"start"}, Fork: layered.And}
	for i := range 12 {
		name := string(rune('a' + i))
		u.Activities = append(u.Activities, layered.Activity{Name: name, Phase: work(0.1)})
		fork.To = append(fork.To, layered.Branch{Activity: name})
	}
	u.Order = []layered.Precedence{fork}
	r := solve(t, &layered.Model{
		Processors: []layered.Processor{{Name: "cpu", Servers: 1}},
		Tasks:      []layered.Task{u},
	})
	near(t, "throughput", r.Tasks[0].Throughput, 1/(1+1.2), 1e-3)
}
