package reports_test

import (
	"fmt"
	"os"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/reports"
)

// Two results of the same system, side by side.
func ExampleText() {
	mean := func(m measure.Method, k measure.Kind, e measure.Estimate) *measure.Result {
		return &measure.Result{
			Kind: k, Method: m, Stable: true,
			Workloads: map[string]*measure.Workload{"shoppers": {Response: &measure.Times{Mean: e}}},
		}
	}
	page := reports.Page{
		Title: "shop",
		Results: []reports.Named{
			{Name: "simulated", Result: mean(measure.Simulation, measure.Prediction, measure.Between(0.0421, 0.0418, 0.0424, 0.95))},
			{Name: "measured", Result: mean(measure.LoadTest, measure.Measurement, measure.Between(0.0449, 0.0437, 0.0461, 0.95))},
		},
	}
	if err := reports.Text(os.Stdout, page, reports.Style{}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// shop
	// ✓ shop is stable at this load. No objectives are set.
	// ✓ The model can be trusted here: response times measured and simulated agree within 7 % in the mean.
	//
	// simulated (seed 0)
	// measured (seed 0)
	//
	// Workloads
	//                                                   measured
	// workload  figure  unit  simulated   measured  vs simulated
	// shoppers  mean    ms    42.1 ±0.3  44.9 ±1.2      +6.7 % *
	// * more than the intervals explain
}
