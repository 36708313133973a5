package simulate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// BenchmarkHold is the hold model of [Jone86]: with n events scheduled,
// take the first and schedule another, an exponential time later. The cost of
// an event should grow with n no faster than log n.
func BenchmarkHold(b *testing.B) {
	for exponent := 2; exponent <= 7; exponent++ {
		n := int(math.Pow10(exponent))
		b.Run(fmt.Sprintf("n=1e%d", exponent), func(b *testing.B) {
			r := rand.New(rand.NewPCG(1, 2))
			c := newCalendar()
			for range n {
				c.push(r.ExpFloat64(), 0)
			}
			hold := func(times int) {
				for range times {
					e, _ := c.take(math.Inf(1))
					c.push(e.at+r.ExpFloat64(), 0)
				}
			}
			hold(2 * n)
			b.ResetTimer()
			used := cpuTime()
			hold(b.N)
			each := float64(cpuTime()-used) / float64(b.N)
			b.ReportMetric(each, "cpu-ns/event")
			b.ReportMetric(each/math.Log2(float64(n)), "cpu-ns/event/log2n")
		})
	}
}
