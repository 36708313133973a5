package cli

import (
	"context"
	"errors"
	"strings"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/foreign"
)

// Exit codes, the same for every command.
const (
	ExitPassed    = 0 // done, and every objective passed
	ExitFailed    = 1 // could not run, or was interrupted
	ExitUsage     = 2 // wrong usage, or a scenario that is not valid
	ExitObjective = 3 // an objective or a gate failed
	ExitUndecided = 4 // an objective could not be decided, under --strict
)

// usageError is a mistake in how a command was called.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// verdictError ends a command that did its work and found an objective not met.
type verdictError struct {
	code int
	why  string
}

func (e verdictError) Error() string { return e.why }

// errInterrupted ends a command that was stopped and has shown what it had.
var errInterrupted = errors.New("interrupted: what is shown was measured until then")

// exitCode is the code that stands for an error.
func exitCode(err error) int {
	var (
		verdict     verdictError
		usage       usageError
		diagnostics scenarios.Diagnostics
		mistakes    foreign.Mistakes
	)
	switch {
	case err == nil:
		return ExitPassed
	case errors.As(err, &verdict):
		return verdict.code
	case errors.As(err, &diagnostics), errors.As(err, &mistakes), errors.As(err, &usage):
		return ExitUsage
	default:
		return ExitFailed
	}
}

// beyond reports a kind of test that asks for more than the system can do:
// objectives over all of it say nothing.
func beyond(kind string) bool {
	return kind == scenarios.StressTest.String() || kind == scenarios.ScalabilityTest.String() || kind == scenarios.BreakpointTest.String()
}

// judged turns the outcome of a run into the error that ends its command.
// Interruption comes first: a verdict on half a run is no verdict.
func judged(ctx context.Context, strict bool, results ...*measure.Result) error {
	if ctx.Err() != nil {
		return errInterrupted
	}
	undecided := 0
	for _, r := range results {
		if r.Aborted != "" {
			return errors.New("ended early: " + r.Aborted)
		}
		if r.Interrupted {
			return errInterrupted
		}
		if r.Validity != nil && !r.Validity.Valid {
			return errors.New("the measurement is not valid: " + strings.Join(r.Validity.Reasons, "; "))
		}
		if r.Test != nil && r.Test.Verdict != "" {
			switch r.Test.Verdict {
			case measure.Fail:
				return verdictError{ExitObjective, "the " + r.Test.Kind + " test fails: " + r.Test.Answer}
			case measure.Undecided:
				undecided++
			}
			if beyond(r.Test.Kind) {
				continue
			}
		}
		if !r.Stable {
			return verdictError{ExitObjective, "the system is unstable under this load"}
		}
		for _, o := range r.Objectives {
			switch o.Verdict {
			case measure.Fail:
				return verdictError{ExitObjective, "an objective is not met: " + o.Subject + " " + o.Metric}
			case measure.Undecided:
				undecided++
			}
		}
	}
	if strict && undecided > 0 {
		return verdictError{ExitUndecided, "an objective, or what a test asks, is undecided"}
	}
	return nil
}
