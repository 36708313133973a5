package layered

import (
	"fmt"
	"math"

	"github.com/headroom/headroom/queueing/internal/domain"
)

// ModelError says what in a model does not fit together. It is a
// queueing.ErrInput, which is [domain.ErrInput].
type ModelError struct {
	Where   string // "task web", "entry web.get", …
	Problem string
}

// Error implements error.
func (e *ModelError) Error() string { return "layered: " + e.Where + ": " + e.Problem }

// Is makes errors.Is(err, queueing.ErrInput) hold.
func (e *ModelError) Is(target error) bool { return target == domain.ErrInput }

// checker keeps the first thing that is wrong.
type checker struct{ err error }

func (c *checker) problem(where, format string, args ...any) {
	if c.err == nil {
		c.err = &ModelError{Where: where, Problem: fmt.Sprintf(format, args...)}
	}
}

func (c *checker) value(where, parameter string, v, least, most float64) {
	if c.err != nil || v >= least && v <= most {
		return
	}
	text := fmt.Sprintf("a number from %g to %g", least, most)
	if most == math.MaxFloat64 {
		text = fmt.Sprintf("a finite number of %g or more", least)
	}
	c.err = &domain.InputError{Station: where, Parameter: parameter, Value: v, Want: text}
}

// Bounds of a model. They keep every recursion within seconds and far from
// overflow; no system has more.
const (
	maxThreads = 20_000
	maxTime    = 1e12 // (s)
	maxMean    = 1e6  // calls in an execution (1)
	maxSCV     = 1e4
	maxRate    = 1e12 // (1/s)
)

// ConvergenceError says that the layers did not come to agree.
type ConvergenceError struct {
	Rounds int
	Change float64 // relative, in the last round (1)
}

// Error implements error.
func (e *ConvergenceError) Error() string {
	return fmt.Sprintf("layered: no agreement between the layers after %d rounds; the last still changed results by %.2g of their value", e.Rounds, e.Change)
}
