package measure_test

import (
	"fmt"

	"github.com/headroom/headroom/measure"
)

// Little's law: 80 requests a second that take 50 ms each are 4 at a time.
func ExampleResult_Check() {
	r := &measure.Result{Stable: true, Workloads: map[string]*measure.Workload{"shoppers": {
		Throughput: measure.Exactly(80),
		InSystem:   measure.Exactly(5),
		Response:   &measure.Times{Mean: measure.Exactly(0.05)},
	}}}
	for _, v := range r.Check(1e-9) {
		fmt.Println(v)
	}
	// Output:
	// measure: workloads.shoppers: Little's law: in system = throughput × mean response time: 5 against 4
}
