package queueing

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// agreement says how far a solution may be from simulation: the approximations
// of each scenario have their own bounds. Zero is the ordinary one, for what
// should be exact or as good as: the simulations are within 1 % or so.
type agreement struct{ mean, p50, p99, present float64 }

func agreements() map[string]agreement {
	return map[string]agreement{
		"closed-classes": {mean: 0.05, p50: 0.06, p99: 0.05}, // arrival approximation
		"consumers":      {mean: 0.05, p50: 0.06, p99: 0.13}, // batches of one partition feel each other
		"feedback":       {mean: 0.02, p50: 0.05, p99: 0.06}, // visits correlated by a mixture of two laws
		"fifo":           {mean: 0.07, p50: 0.65, p99: 0.13}, // M/G/2 with c² = 6, of which the median is nearly all wait or none
		"least-requests": {mean: 0.04, p50: 0.07, p99: 0.05},
		"parallel":       {mean: 0.04, p50: 0.04, p99: 0.05, present: 0.1}, // branches left behind are still there at the next call
		"power-of-two":   {mean: 0.03, p50: 0.05, p99: 0.03},
		"ps":             {mean: 0.03, p50: 0.11, p99: 0.05}, // general demands
		"recursion":      {mean: 0.02, p50: 0.02, p99: 0.04},
		"rejected-calls": {mean: 0.02, p50: 0.05, p99: 0.06}, // thread line and service taken as independent
		"renewal":        {mean: 0.06, p50: 0.18, p99: 0.12},
		"repeated-calls": {mean: 0.02, p50: 0.06, p99: 0.08},
		"round-robin":    {mean: 0.02, p50: 0.11, p99: 0.09},
		"threads":        {mean: 0.02, p50: 0.08, p99: 0.07},
	}
}

// simulated is one row of testdata/agree/simulated.json.
type simulated struct {
	Times map[string]struct{ Mean, Stddev, P50, P90, P99 float64 }

	Services map[string]struct {
		Present float64
		PIdle   float64 `json:"p_idle"`
		PWait   float64 `json:"p_wait"`
	}
}

// Formulas and simulation were written from the same description by different
// hands and share no step; what both say is likely so.
func TestAgreesWithSimulation(t *testing.T) {
	raw, err := os.ReadFile("testdata/agree/simulated.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows map[string]simulated
	if err := json.Unmarshal(raw, &rows); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob("testdata/agree/*.yaml")
	if len(files) != len(rows) {
		t.Fatalf("%d scenarios, %d simulated", len(files), len(rows))
	}
	for _, f := range files {
		m, err := scenarios.Load(f, scenarios.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Run(m.Name, func(t *testing.T) {
			tol := agreements()[m.Name]
			if tol == (agreement{}) {
				tol = agreement{mean: 0.02, p50: 0.02, p99: 0.03}
			}
			if tol.present == 0 {
				tol.present = tol.mean + 0.01
			}
			r := solve(t, m)
			for name, want := range rows[m.Name].Times {
				var got *measure.Times
				if w, ok := r.Workloads[name]; ok {
					got = w.Response
				} else {
					got = r.Topics[name[len("topic "):]].Delay
				}
				near(t, name+" mean", got.Mean.Value, want.Mean, tol.mean)
				near(t, name+" p50", got.P50.Value, want.P50, tol.p50)
				near(t, name+" p99", got.P99.Value, want.P99, tol.p99)
			}
			for name, want := range rows[m.Name].Services {
				near(t, name+" present", r.Services[name].Present.Value, want.Present, tol.present)
				if got := r.Services[name].PIdle.Value; math.Abs(got-want.PIdle) > 0.03 {
					t.Errorf("%s p_idle: got %v, want %v", name, got, want.PIdle)
				}
				if got := r.Services[name].PWait.Value; math.Abs(got-want.PWait) > 0.07 {
					t.Errorf("%s p_wait: got %v, want %v", name, got, want.PWait)
				}
			}
		})
	}
}
