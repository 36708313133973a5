package loadtest

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// patient is a workload of one user whose request is one call with options.
func patient(o scenarios.CallOptions) scenarios.Workload {
	call := scenarios.Call{At: "patient/0", Op: page, Options: o}
	return scenarios.Workload{Name: "patient", Users: 1, Think: dist.Const(0.005), Steps: []scenarios.Step{call}}
}

// counting answers the nth request (from 1) as f says, and counts them.
func counting(t *testing.T, f func(n int64, w http.ResponseWriter, r *http.Request)) (string, *atomic.Int64) {
	t.Helper()
	var n atomic.Int64
	return serve(t, func(w http.ResponseWriter, r *http.Request) { f(n.Add(1), w, r) }), &n
}

func ends(r *measure.Result) (well, failed float64) {
	w := r.Workloads["patient"]
	return w.Throughput.Value * r.Run.Duration, w.Throughput.Value * r.Run.Duration * w.Failed.Value / max(1e-9, 1-w.Failed.Value)
}

// Every other answer is bad: each request needs two attempts, and ends well.
func TestSessionsTryAgain(t *testing.T) {
	url, n := counting(t, func(n int64, w http.ResponseWriter, _ *http.Request) {
		if n%2 == 1 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	r := load(t, shop(patient(scenarios.CallOptions{Retry: &scenarios.Retry{Attempts: 2, Factor: 1, Most: 1}})), url, Options{Duration: 0.5})
	well, failed := ends(r)
	if failed != 0 || well < 1 || float64(n.Load()) < 2*well || float64(n.Load()) > 2*well+4 {
		t.Errorf("%v good answers and %v bad ones of %d attempts, want all good and two attempts each", well, failed, n.Load())
	}
}

// The first answer is late and the second is not: the late one is given up, and
// its connection closed where the step says so.
func TestSessionsGiveUp(t *testing.T) {
	for _, cancel := range []bool{false, true} {
		closed := make(chan struct{})
		url, n := counting(t, func(n int64, _ http.ResponseWriter, r *http.Request) {
			if n > 1 {
				return
			}
			select {
			case <-r.Context().Done():
				close(closed)
			case <-time.After(700 * time.Millisecond):
			}
		})
		o := scenarios.CallOptions{Timeout: 0.1, Cancel: cancel, Retry: &scenarios.Retry{Attempts: 5, Factor: 1, Most: 1}}
		r := load(t, shop(patient(o)), url, Options{Duration: 0.5})
		if well, failed := ends(r); failed != 0 || well < 1 || float64(n.Load()) < well+1 {
			t.Errorf("cancel %v: %v good answers and %v bad ones of %d attempts", cancel, well, failed, n.Load())
		}
		if cancel {
			select {
			case <-closed:
			case <-time.After(5 * time.Second):
				t.Error("what was given up was not taken back")
			}
		}
	}
}

// A request that is never answered in time fails as that.
func TestSessionsTimeOut(t *testing.T) {
	url, _ := counting(t, func(_ int64, _ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-time.After(time.Second):
		}
	})
	r := load(t, shop(patient(scenarios.CallOptions{Timeout: 0.05, Cancel: true})), url, Options{Duration: 0.5})
	w := r.Workloads["patient"]
	if w.Failed.Value != 1 || w.Failures["timeout"] < 1 {
		t.Errorf("failed %v, of %v, want timeouts only", w.Failed.Value, w.Failures)
	}
}

// The first copy hangs; the second answers.
func TestSessionsHedge(t *testing.T) {
	url, n := counting(t, func(n int64, _ http.ResponseWriter, r *http.Request) {
		if n == 1 {
			select {
			case <-r.Context().Done():
			case <-time.After(5 * time.Second):
			}
		}
	})
	o := scenarios.CallOptions{Cancel: true, Hedge: &scenarios.Hedge{After: 0.05, Copies: 2}}
	r := load(t, shop(patient(o)), url, Options{Duration: 0.5})
	if well, failed := ends(r); failed != 0 || well < 1 || float64(n.Load()) < well+1 {
		t.Errorf("%v good answers and %v bad ones of %d copies", well, failed, n.Load())
	}
}

// An emulated system is told how urgent a request is; a real one is not.
func TestPriorityIsTold(t *testing.T) {
	told := make(chan string, 1000)
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) { told <- r.Header.Get(priorityHeader) })
	m := shop(evenly("low", 50, only(page)))
	m.Workloads[0].Priority = 2
	if _, err := Run(t.Context(), m, Options{Duration: 0.2, URL: func(scenarios.OpID) string { return url }}); err != nil {
		t.Fatal(err)
	}
	if got := <-told; got != "2" {
		t.Errorf("priority %q, want 2", got)
	}
	for len(told) > 0 {
		<-told
	}
	load(t, m, url, Options{Duration: 0.2})
	if got := <-told; got != "" {
		t.Errorf("a real system is told of priority %q", got)
	}
}
