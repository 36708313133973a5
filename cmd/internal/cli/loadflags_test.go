package cli

import (
	"context"
	"errors"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/headroom/headroom/measure"
)

func TestErrorCap(t *testing.T) {
	for text, want := range map[string]struct {
		count int64
		part  float64
	}{"": {0, 0}, "1000": {1000, 0}, "5%": {0, 0.05}, "0.1%": {0, 0.001}} {
		if n, p, err := errorCap(text); n != want.count || p != want.part || err != nil {
			t.Errorf("%q: %v, %v, %v", text, n, p, err)
		}
	}
	for _, text := range []string{"0", "-1", "0%", "100%", "NaN%", "x", "5 %%", "1e3", "%"} {
		if _, _, err := errorCap(text); !errors.As(err, &usageError{}) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestTwoInterrupts: the first ends the context, the second the process.
func TestTwoInterrupts(t *testing.T) {
	quit := make(chan struct{}, 1)
	ctx, stop := interruptible(context.Background(), func() { quit <- struct{}{} })
	defer stop()
	interrupt := func() {
		if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
	}
	interrupt()
	select {
	case <-ctx.Done():
	case <-time.After(time.Minute):
		t.Fatal("the first interrupt did nothing")
	}
	select {
	case <-quit:
		t.Fatal("the first interrupt ended the process")
	default:
	}
	interrupt()
	select {
	case <-quit:
	case <-time.After(time.Minute):
		t.Fatal("the second interrupt did nothing")
	}
}

// TestJudgedTests: what a test asks decides the exit code, and a measurement
// that is not valid decides nothing.
func TestJudgedTests(t *testing.T) {
	missed := []measure.Objective{{Subject: "w", Metric: "p99", Verdict: measure.Fail}}
	for name, c := range map[string]struct {
		r      measure.Result
		strict bool
		want   int
	}{
		"sound":                 {measure.Result{Stable: true, Validity: &measure.Validity{Valid: true}}, false, ExitPassed},
		"not valid":             {measure.Result{Stable: true, Validity: &measure.Validity{Reasons: []string{"late"}}, Objectives: missed}, false, ExitFailed},
		"ended early":           {measure.Result{Stable: true, Interrupted: true, Aborted: "errors > 5%"}, false, ExitFailed},
		"a spike test fails":    {measure.Result{Stable: true, Test: &measure.Test{Kind: "spike", Verdict: measure.Fail}}, false, ExitObjective},
		"objectives of a spike": {measure.Result{Stable: true, Test: &measure.Test{Kind: "spike", Verdict: measure.Pass}, Objectives: missed}, false, ExitObjective},
		"beyond the limit":      {measure.Result{Test: &measure.Test{Kind: "stress", Verdict: measure.Pass}, Objectives: missed}, false, ExitPassed},
		"undecided":             {measure.Result{Stable: true, Test: &measure.Test{Kind: "soak", Verdict: measure.Undecided}}, false, ExitPassed},
		"undecided, strict":     {measure.Result{Stable: true, Test: &measure.Test{Kind: "soak", Verdict: measure.Undecided}}, true, ExitUndecided},
	} {
		if got := exitCode(judged(t.Context(), c.strict, &c.r)); got != c.want {
			t.Errorf("%s: exit code %d, want %d", name, got, c.want)
		}
	}
}
