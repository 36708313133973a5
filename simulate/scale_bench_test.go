package simulate

import (
	"fmt"
	"runtime"
	"testing"
	"time"
)

// BenchmarkWorkers simulates the three tiers in many replications, one and two
// at a time. Two cores should give at least 1.8 times what one does. Where they
// have other things to do the clock cannot show it; then requests/cpu-s of two
// workers, which should be at least 0.9 times that of one, tells whether they
// are in each other's way.
func BenchmarkWorkers(b *testing.B) {
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprint(workers), func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers))
			p, err := compile(threeTier())
			if err != nil {
				b.Fatal(err)
			}
			ks := make([]*kernel, 16)
			for i := range ks {
				ks[i] = newKernel(p, streams{seed: 1, replication: i})
			}
			length := float64(b.N) / float64(len(ks)) / ks[0].sources[0].rate
			b.ResetTimer()
			start, used := time.Now(), cpuTime()
			each(len(ks), workers, func(i int) { ks[i].run(length) })
			took := time.Since(start)
			used = cpuTime() - used
			n := int64(0)
			for _, k := range ks {
				n += k.sources[0].well
			}
			b.ReportMetric(float64(n)/took.Seconds(), "requests/s")
			b.ReportMetric(float64(n)/used.Seconds(), "requests/cpu-s")
		})
	}
}
