package layered_test

import (
	"testing"

	"github.com/headroom/headroom/queueing/layered"
)

// pair is two populations whose tasks share a processor.
func pair(d layered.Discipline, first, second float64) *layered.Model {
	a, b := users(3, 1, "a"), users(4, 0.5, "b")
	b.Name, b.Entries[0].Name = "others", "others"
	ta, tb := alone("a", 0, work(first)), alone("b", 0, work(second))
	ta.Processor, tb.Processor = "cpu", "cpu"
	ta.Priority = 1
	return &layered.Model{
		Processors: []layered.Processor{{Name: "desk", Discipline: layered.Delay}, {Name: "cpu", Discipline: d, Servers: 1}},
		Tasks:      []layered.Task{a, b, ta, tb},
	}
}

// Processor sharing of two classes has product form ([BCMP75]); the normalizing
// constant is a sum over the numbers of both that are there. A layered answer is
// not exact, since each task sees the other's threads on average only.
func TestProcessorSharing(t *testing.T) {
	const s1, s2, z1, z2 = 0.1, 0.25, 1.0, 0.5
	g := func(n1, n2 int) float64 {
		sum := 0.0
		for i := range n1 + 1 {
			for j := range n2 + 1 {
				term := 1.0
				for k := 1; k <= i; k++ {
					term *= s1 * float64(i+j-k+1) / float64(i-k+1)
				}
				for k := 1; k <= j; k++ {
					term *= s2
				}
				for k := 1; k <= n1-i; k++ {
					term *= z1 / float64(k)
				}
				for k := 1; k <= n2-j; k++ {
					term *= z2 / float64(k)
				}
				sum += term
			}
		}
		return sum
	}
	r := solve(t, pair(layered.PS, s1, s2))
	near(t, "throughput of the first", r.Tasks[0].Throughput, g(2, 4)/g(3, 4), 0.05)
	near(t, "throughput of the second", r.Tasks[1].Throughput, g(3, 3)/g(3, 4), 0.05)
}

// Whoever may interrupt does not notice the others: with priority, the first
// population has the processor to itself.
func TestPreemptive(t *testing.T) {
	r := solve(t, pair(layered.Preemptive, 0.1, 0.25))
	b := 1.0
	for i := 1; i <= 3; i++ {
		b = 10 * b / (float64(i) + 10*b)
	}
	near(t, "throughput of the first", r.Tasks[0].Throughput, (1-b)/0.1, 1e-3)
	fair := solve(t, pair(layered.PS, 0.1, 0.25))
	if !(r.Tasks[1].Throughput < fair.Tasks[1].Throughput) {
		t.Errorf("the second population has %g with priorities above it, %g without", r.Tasks[1].Throughput, fair.Tasks[1].Throughput)
	}
}
