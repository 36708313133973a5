package simulate

import (
	"context"
	"strings"
	"testing"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// Objectives on what is rare are named where a run shows too little of it, and
// only there.
func TestObjectivesJudgedByLittle(t *testing.T) {
	for name, c := range map[string]struct {
		o    scenarios.Objective
		want string // part of the caveat; "" is none
	}{
		"p99.9 of a service":    {scenarios.Objective{Subject: "web", Kind: scenarios.OfService, Metric: "p999", Limit: 9}, "longest times"},
		"p99.9 of an operation": {scenarios.Objective{Subject: "web.get", Kind: scenarios.OfOperation, Metric: "p999", Limit: 9}, "longest times"},
		"p99.9 of a workload":   {scenarios.Objective{Subject: "users", Kind: scenarios.OfWorkload, Metric: "p999", Limit: 9}, "rests on"},
		"p50 of a service":      {scenarios.Objective{Subject: "web", Kind: scenarios.OfService, Metric: "p50", Limit: 9}, ""},
		"a loss of 1e-6":        {scenarios.Objective{Subject: "users", Kind: scenarios.OfWorkload, Metric: "errors", Limit: 1e-6}, "at the limit of 1e-06"},
		"a refusal of 1e-6":     {scenarios.Objective{Subject: "web", Kind: scenarios.OfService, Metric: "rejected", Limit: 1e-6}, "at the limit of 1e-06"},
		"a loss of 10 %":        {scenarios.Objective{Subject: "users", Kind: scenarios.OfWorkload, Metric: "errors", Limit: 0.1}, ""},
	} {
		m := mmc(1, 0.5)
		m.Objectives = []scenarios.Objective{c.o}
		r, err := Run(context.Background(), m, Options{Seed: 1, Duration: 10_000, Replications: 4})
		if err != nil {
			t.Fatal(err)
		}
		named := func(x measure.Caveat) bool {
			return strings.HasPrefix(x.Where, "objectives") || c.want != "" && strings.Contains(x.Effect, c.want)
		}
		found := false
		for _, x := range r.Caveats {
			if named(x) {
				found = true
				if !strings.Contains(x.Effect, c.want) || c.want == "" {
					t.Errorf("%s: %+v, want %q", name, x, c.want)
				}
			}
		}
		if found != (c.want != "") {
			t.Errorf("%s: caveats %+v, want one with %q", name, r.Caveats, c.want)
		}
	}
}
