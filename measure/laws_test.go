package measure

import (
	"math"
	"strings"
	"testing"
)

func TestSoundResultKeepsEveryLaw(t *testing.T) {
	for _, v := range mm1().Check(1e-9) {
		t.Error(v)
	}
}

// Each law has a result that breaks it and no other, so that a law that is
// never looked at would be noticed.
func TestEachLawCanBeBroken(t *testing.T) {
	tests := []struct {
		law, where string
		spoil      func(*Result)
	}{
		{"finite figures", "services.web.p_idle.value", func(r *Result) { r.Services["web"].PIdle = Exactly(math.NaN()) }},
		{"finite figures", "workloads.users.response_time.p99.hi", func(r *Result) { r.Workloads["users"].Response.P99 = Between(1, 0, math.Inf(1), 0.95) }},
		{"no negative figure", "services.web.threads_busy", func(r *Result) { r.Services["web"].ThreadsBusy = Exactly(-1) }},
		{"confidence", "services.web.p_idle", func(r *Result) { r.Services["web"].PIdle = Between(0.2, 0.1, 0.3, 95) }},
		{"interval", "services.web.p_idle", func(r *Result) { r.Services["web"].PIdle = Between(0.2, 0.3, 0.4, 0.95) }},
		{"interval", "services.web.p_wait", func(r *Result) { r.Services["web"].PWait = Between(0.8, 0.6, 0.7, 0.95) }},
		{"shares", "services.web.p_wait", func(r *Result) { r.Services["web"].PWait = Exactly(1.2) }},
		{"shares", "series.services.web.utilization", func(r *Result) { r.Series.Services["web"] = ServiceSeries{Utilization: Values{math.NaN(), 3}} }},
		{"series", "series.interval", func(r *Result) { r.Series.Interval = 0 }},
		{"percentiles rise", "topics.mails.delay", func(r *Result) {
			d := r.Topics["mails"].Delay
			d.P90, d.Histogram = Exactly(0.2), nil
		}},
		{"percentiles rise", "topics.mails.delay", func(r *Result) {
			*r.Topics["mails"].Delay = Times{Mean: Exactly(0.02), Max: Exactly(0.01)}
		}},
		{"distribution function", "topics.mails.delay.histogram", func(r *Result) { r.Topics["mails"].Delay.Histogram[3].P = 0.2 }},
		{"distribution function", "topics.mails.delay.histogram", func(r *Result) { r.Topics["mails"].Delay.Histogram[3].Le = 0 }},
		{"distribution function", "topics.mails.delay.histogram", func(r *Result) { r.Topics["mails"].Delay.Histogram[9].P = 1.5 }},
		{"distribution function", "topics.mails.delay.histogram", func(r *Result) { scaleTimes(r.Topics["mails"].Delay, 1e3) }},
		{"distribution function", "topics.mails.delay.histogram", func(r *Result) { scaleTimes(r.Topics["mails"].Delay, 1e-3) }},
		{"Little's law", "workloads.users", func(r *Result) { r.Workloads["users"].InSystem = Exactly(5) }},
		{"Little's law", "services.web", func(r *Result) { r.Services["web"].Present = Exactly(4.1) }},
		{"Little's law", "services.web", func(r *Result) { r.Services["web"].Waiting = Exactly(3) }},
		{"Little's law", "topics.mails", func(r *Result) { r.Topics["mails"].Depth = Exactly(2) }},
		{"utilization law", "services.web", func(r *Result) { r.Services["web"].Utilization = Exactly(0.7) }},
		{"utilization law", "services.web", func(r *Result) { r.Services["web"].Utilization = Exactly(0) }},
		{"balance of flow", "workloads.users", func(r *Result) { r.Workloads["users"].Offered = Exactly(90) }},
		{"balance of flow", "workloads.users", func(r *Result) { // an unstable system cannot carry more than it is offered
			r.Stable = false
			r.Workloads["users"].Offered = Exactly(70)
		}},
		{"balance of flow", "services.web", func(r *Result) {
			r.Operations["web.other"] = &Operation{Throughput: Exactly(1)}
		}},
		{"forced flow law", "operations.web.page", func(r *Result) { r.Operations["web.page"].Visits = Exactly(2) }},
		{"line and station", "services.web", func(r *Result) {
			s := r.Services["web"]
			s.WaitingTime, s.Waiting = nil, Exactly(9)
		}},
		{"line and station", "services.web", func(r *Result) { r.Services["web"].ThreadsBusy = Exactly(9) }},
		{"batches", "topics.mails", func(r *Result) { r.Topics["mails"].Batch = Exactly(0.5) }},
		{"names", "bottleneck", func(r *Result) { r.Bottleneck = "db" }},
		{"saturation", "saturation.users", func(r *Result) { r.Saturation["users"] = 60 }},
		{"saturation", "saturation.users", func(r *Result) { r.Saturation["users"], r.Stable = -1, false }},
	}
	for _, test := range tests {
		r := mm1()
		test.spoil(r)
		got := r.Check(1e-9)
		if len(got) != 1 || got[0].Law != test.law || got[0].Where != test.where {
			t.Errorf("want %q at %s alone, got %v", test.law, test.where, got)
		}
		for _, v := range got {
			if !strings.Contains(v.String(), test.where) {
				t.Errorf("%q does not say where", v)
			}
		}
	}
}

func scaleTimes(t *Times, f float64) {
	for i := range t.Histogram {
		t.Histogram[i].Le *= f
	}
}

func TestWhatIsNotKnownBreaksNothing(t *testing.T) {
	for _, r := range []*Result{
		{},
		{Stable: true, Workloads: map[string]*Workload{"a": nil, "b": {Offered: Exactly(1)}}, Services: map[string]*Service{"s": {Utilization: Exactly(1)}}},
		{Topics: map[string]*Topic{"t": {}}, Operations: map[string]*Operation{"s.o": {Visits: Exactly(1)}}},
	} {
		if got := r.Check(1e-9); len(got) > 0 {
			t.Errorf("got %v", got)
		}
	}
}

func TestIntervalsThatOverlapAgree(t *testing.T) {
	r := mm1()
	r.Workloads["users"].InSystem = Between(4.2, 3.9, 4.5, 0.95)
	if got := r.Check(1e-9); len(got) > 0 {
		t.Errorf("4.2 in [3.9, 4.5] is as good as 4: %v", got)
	}
	r.Workloads["users"].InSystem = Between(4.2, 4.1, 4.3, 0.95)
	if got := r.Check(1e-9); len(got) != 1 {
		t.Errorf("4 is outside [4.1, 4.3]: %v", got)
	}
}

// With failures, the times of those that failed are not known, and Little's
// law with the times of the others does not hold.
func TestFailuresSuspendTheLawsOfTime(t *testing.T) {
	r := mm1()
	w := r.Workloads["users"]
	w.Failed, w.Throughput, w.InSystem = Exactly(0.1), Exactly(72), Exactly(7)
	if got := r.Check(1e-9); len(got) > 0 {
		t.Errorf("got %v", got)
	}
	w.Throughput = Exactly(79)
	if got := r.Check(1e-9); len(got) != 1 || got[0].Law != "balance of flow" {
		t.Errorf("79/s of 80/s with 10 %% failed: got %v", got)
	}
}

// An M/M/2 of two replicas: the number of cores follows from the figures.
func TestUtilizationLawFindsCores(t *testing.T) {
	r := mm1()
	s := r.Services["web"]
	s.Replicas, s.Utilization = Exactly(2), Exactly(0.8/4) // 2 replicas × 2 cores
	if got := r.Check(1e-9); len(got) > 0 {
		t.Errorf("got %v", got)
	}
	s.Utilization = Exactly(0.8 / 5) // 2.5 cores each: there is no such thing
	if got := r.Check(1e-9); len(got) != 1 || got[0].Law != "utilization law" {
		t.Errorf("got %v", got)
	}
}
