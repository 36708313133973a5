package simulate

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
)

// The calendar gives events in order of (time, scheduling), whatever mixture of
// taking and scheduling there was: against a sorted list.
func TestCalendarOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	c := newCalendar()
	c.seq = 1<<32 - 500 // the sequence wraps around on the way
	type entry struct {
		at    float64
		order int
	}
	var list []entry
	for n := range 20_000 {
		if r.IntN(5) < 2+n%2 || len(list) == 0 {
			at := float64(r.IntN(50)) // many ties
			c.push(at, uint32(n))
			list = append(list, entry{at, n})
			continue
		}
		until := float64(r.IntN(60))
		first := slices.MinFunc(list, func(a, b entry) int { return cmp.Or(cmp.Compare(a.at, b.at), a.order-b.order) })
		e, ok := c.take(until)
		if ok != (first.at <= until) {
			t.Fatalf("step %d: taken %v up to %v, first is at %v", n, ok, until, first.at)
		}
		if !ok {
			continue
		}
		if e.at != first.at || int(e.what) != first.order {
			t.Fatalf("step %d: took %v, %v; want %v", n, e.at, e.what, first)
		}
		list = slices.DeleteFunc(list, func(x entry) bool { return x == first })
		if c.len() != len(list) {
			t.Fatalf("step %d: %d events, want %d", n, c.len(), len(list))
		}
	}
}
