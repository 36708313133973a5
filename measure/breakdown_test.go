package measure

import (
	"math"
	"strings"
	"testing"
)

// brokenDown is a sound result whose response time has been taken apart.
func brokenDown() *Result {
	r := mm1()
	w := r.Workloads["users"]
	mean := w.Response.Mean.Value
	w.Breakdown = &Breakdown{
		Services: map[string]*Parts{"web": {Core: Exactly(0.8 * mean), Service: Exactly(0.15 * mean)}},
		Session:  &Parts{Wait: Exactly(0.05 * mean)},
	}
	return r
}

func TestBreakdown(t *testing.T) {
	r := brokenDown()
	b := r.Workloads["users"].Breakdown
	if got, want := b.Total(), r.Workloads["users"].Response.Mean.Value; math.Abs(got-want) > 1e-12 {
		t.Errorf("the parts add up to %v, want %v", got, want)
	}
	for _, v := range r.Check(1e-9) {
		t.Error(v)
	}
	if err := validate(t, compiled(t), encoded(t, r)); err != nil {
		t.Error(err)
	}
	b.Services["web"].Retry = Exactly(0.1)
	found := false
	for _, v := range r.Check(1e-9) {
		found = found || strings.HasPrefix(v.Law, "breakdown")
	}
	if !found {
		t.Error("parts that exceed the mean break no law")
	}
	b.Services["web"].Retry = Exactly(-0.1)
	if len(r.Check(1e-9)) < 2 {
		t.Error("a part below 0 is no fault")
	}
}
