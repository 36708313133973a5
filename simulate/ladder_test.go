package simulate

import (
	"container/heap"
	"math"
	"math/rand/v2"
	"testing"
)

// plainHeap is a calendar from the standard library.
type plainHeap []event

func (h plainHeap) Len() int           { return len(h) }
func (h plainHeap) Less(i, j int) bool { return h[i].before(&h[j]) }
func (h plainHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *plainHeap) Push(x any)        { *h = append(*h, x.(event)) }
func (h *plainHeap) Pop() any {
	last := len(*h) - 1
	e := (*h)[last]
	*h = (*h)[:last]
	return e
}

// A calendar of so many events that most wait in the ladder gives the same ones
// in the same order as a heap of the standard library, whatever the times are
// like, while it fills, while it is full and while it empties.
func TestLadderOrder(t *testing.T) {
	for name, delay := range map[string]func(r *rand.Rand) float64{
		"exponential": func(r *rand.Rand) float64 { return r.ExpFloat64() },
		"all at once": func(*rand.Rand) float64 { return 0 },
		"all alike":   func(*rand.Rand) float64 { return 1 },
		"few values":  func(r *rand.Rand) float64 { return float64(r.IntN(4)) },
		"two scales":  func(r *rand.Rand) float64 { return math.Pow(1e6, float64(r.IntN(2))) * r.Float64() },
		"heavy tail":  func(r *rand.Rand) float64 { return min(math.Pow(r.Float64(), -20), longest) },
		"all scales":  func(r *rand.Rand) float64 { return math.Exp2(600 * (r.Float64() - 1)) },
		"for ever":    func(r *rand.Rand) float64 { return 1 / float64(r.IntN(3)) },
		"neighbours":  func(r *rand.Rand) float64 { return 1 + float64(r.IntN(3))*0x1p-52 },
	} {
		t.Run(name, func(t *testing.T) { compareCalendars(t, 16_000, delay) })
	}
}

func compareCalendars(t *testing.T, size int, delay func(r *rand.Rand) float64) {
	r := rand.New(rand.NewPCG(1, 2))
	c := newCalendar()
	var want plainHeap
	now, in := 0.0, 0
	push := func() {
		at := now + delay(r)
		seq := c.push(at, uint32(in))
		heap.Push(&want, event{at: at, seq: seq, what: uint32(in)})
		in++
	}
	take := func() {
		e, ok := c.take(math.Inf(1))
		w := heap.Pop(&want).(event)
		if !ok || e != w {
			t.Fatalf("after %d events: took %v, want %v", in, e, w)
		}
		now = w.at
	}
	for range size { // two in, one out
		push()
		push()
		take()
	}
	if size > 2*spreadFrom && c.later.n == 0 && c.most <= spreadFrom {
		t.Error("nothing waits in the ladder")
	}
	for range size {
		take()
		push()
	}
	seen := 0
	c.each(func(event) { seen++ })
	if seen != len(want) || c.len() != len(want) {
		t.Errorf("%d events counted and %d seen, want %d", c.len(), seen, len(want))
	}
	for len(want) > 0 { // two out, one in, now and then
		take()
		if r.IntN(4) == 0 {
			push()
		}
	}
	if e, ok := c.take(math.Inf(1)); ok || c.len() != 0 {
		t.Errorf("took %v from an empty calendar of %d", e, c.len())
	}
}
