package queueing

import (
	"errors"
	"fmt"
	"math"
)

// ErrUnstable is what every [UnstableError] is, for errors.Is.
var ErrUnstable = errors.New("queueing: unstable")

// ErrInput is what every [InputError] is, for errors.Is.
var ErrInput = errors.New("queueing: bad input")

// UnstableError says that a station is offered more work than it can do, so
// that it has no steady state.
type UnstableError struct {
	Station  string
	Load     float64 // offered, in servers kept busy (1)
	Capacity float64 // what it could bear, in servers (1)
}

// Error implements error.
func (e *UnstableError) Error() string {
	return fmt.Sprintf("queueing: %s: offered load %.6g is not below the %.6g servers that could bear it; lower the load by a factor of more than %.4g or add servers",
		e.Station, e.Load, e.Capacity, e.Load/e.Capacity)
}

// Is makes errors.Is(err, ErrUnstable) hold.
func (e *UnstableError) Is(target error) bool { return target == ErrUnstable }

// InputError says which parameter of which station is out of its domain.
type InputError struct {
	Station   string
	Parameter string
	Value     float64 // as given, in the parameter's own unit
	Want      string
}

// Error implements error.
func (e *InputError) Error() string {
	return fmt.Sprintf("queueing: %s: %s is %v; want %s", e.Station, e.Parameter, e.Value, e.Want)
}

// Is makes errors.Is(err, ErrInput) hold.
func (e *InputError) Is(target error) bool { return target == ErrInput }

// want collects checks of one station's parameters and keeps the first that fails.
type want struct {
	station string
	err     error
}

func (w *want) fail(name string, v float64, text string) {
	if w.err == nil {
		w.err = &InputError{Station: w.station, Parameter: name, Value: v, Want: text}
	}
}

// positive wants a finite number above zero.
func (w *want) positive(name string, v float64) {
	if !(v > 0) || math.IsInf(v, 1) {
		w.fail(name, v, "a finite number above 0")
	}
}

// notNegative wants a finite number that is zero or above.
func (w *want) notNegative(name string, v float64) {
	if !(v >= 0) || math.IsInf(v, 1) {
		w.fail(name, v, "a finite number of 0 or more")
	}
}

// maxServers bounds the recursions over servers and waiting room: beyond it
// they would take seconds, and no station has that many.
const maxServers = 100_000_000

// count wants a whole number from least up.
func (w *want) count(name string, v, least int) {
	if v < least || v > maxServers {
		w.fail(name, float64(v), fmt.Sprintf("a whole number from %d to %d", least, maxServers))
	}
}

// stable wants the offered load to be below the number of servers.
func (w *want) stable(load float64, c float64) {
	if w.err == nil && !(load < c) {
		w.err = &UnstableError{Station: w.station, Load: load, Capacity: c}
	}
}
