// Package domain holds what a station may be asked and how it says that it was
// asked too much: the errors of queueing and of the packages below it, and the
// checks that make them.
//
// It knows no formula. [InputError] and [UnstableError] are its two types;
// queueing gives them their public names.
package domain

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

// Positive wants a finite number above zero.
func Positive(station, name string, v float64) error {
	if !(v > 0) || math.IsInf(v, 1) {
		return &InputError{Station: station, Parameter: name, Value: v, Want: "a finite number above 0"}
	}
	return nil
}

// NotNegative wants a finite number that is zero or above.
func NotNegative(station, name string, v float64) error {
	if !(v >= 0) || math.IsInf(v, 1) {
		return &InputError{Station: station, Parameter: name, Value: v, Want: "a finite number of 0 or more"}
	}
	return nil
}

// MaxScale bounds the numbers whose squares, products and quotients are taken:
// up to five of them, multiplied or divided, stay within what a float64 can
// hold with all its digits.
const MaxScale = 1e60

// Scaled wants a number from 1/[MaxScale] to it.
func Scaled(station, name string, v float64) error {
	if !(v >= 1/MaxScale && v <= MaxScale) {
		return &InputError{Station: station, Parameter: name, Value: v, Want: "a number from 1e-60 to 1e60"}
	}
	return nil
}

// Scale is [Scaled], with 0 allowed.
func Scale(station, name string, v float64) error {
	if v != 0 && !(v >= 1/MaxScale && v <= MaxScale) {
		return &InputError{Station: station, Parameter: name, Value: v, Want: "0 or a number from 1e-60 to 1e60"}
	}
	return nil
}

// Bounded wants a number from 0 to [MaxScale], which may be as small as it comes.
func Bounded(station, name string, v float64) error {
	if !(v >= 0 && v <= MaxScale) {
		return &InputError{Station: station, Parameter: name, Value: v, Want: "a number from 0 to 1e60"}
	}
	return nil
}

// Count wants a whole number from least to most.
func Count(station, name string, v, least, most int) error {
	if v < least || v > most {
		return &InputError{Station: station, Parameter: name, Value: float64(v), Want: fmt.Sprintf("a whole number from %d to %d", least, most)}
	}
	return nil
}

// Stable wants the offered load to be below what can be borne, both in servers.
func Stable(station string, load, capacity float64) error {
	if !(load < capacity) {
		return &UnstableError{Station: station, Load: load, Capacity: capacity}
	}
	return nil
}

// First is the first of several checks that failed, nil when none did.
func First(checks ...error) error {
	for _, err := range checks {
		if err != nil {
			return err
		}
	}
	return nil
}
