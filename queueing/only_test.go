package queueing_test

import (
	"testing"

	"github.com/headroom/headroom/queueing"
	"github.com/headroom/headroom/scenarios"
)

// What a result says of the subjects asked for is what it says of them among all.
func TestOnlyIsPartOfAll(t *testing.T) {
	m, err := scenarios.Load("albumly", scenarios.Options{})
	if err != nil {
		t.Fatal(err)
	}
	all, err := queueing.Solve(t.Context(), m, queueing.Options{})
	if err != nil {
		t.Fatal(err)
	}
	some, err := queueing.Solve(t.Context(), m, queueing.Options{Only: []string{"uploads", "photos", "cache"}})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := all.Workloads["uploads"].Response, some.Workloads["uploads"].Response; b == nil || a.P99 != b.P99 || a.Mean != b.Mean || len(b.Histogram) > 0 {
		t.Errorf("uploads: %+v, among all %+v", b, a)
	}
	if a, b := all.Topics["photos"].Delay, some.Topics["photos"].Delay; b == nil || a.P99 != b.P99 || a.Mean != b.Mean {
		t.Errorf("photos: %+v, among all %+v", b, a)
	}
	if a, b := all.Services["cache"].Response, some.Services["cache"].Response; b == nil || a.P99 != b.P99 {
		t.Errorf("cache: %+v, among all %+v", b, a)
	}
	if some.Workloads["views"].Response != nil || some.Services["search"].Response != nil {
		t.Error("times that nobody asked for")
	}
	for name, a := range all.Services {
		if b := some.Services[name]; a.Utilization != b.Utilization || a.PWait != b.PWait {
			t.Errorf("%s: %+v, among all %+v", name, b, a)
		}
	}
	if a, b := all.Workloads["views"].InSystem, some.Workloads["views"].InSystem; a != b {
		t.Errorf("views: %v in system, among all %v", b, a)
	}
}
