package queueing

import "github.com/headroom/headroom/queueing/internal/domain"

// ErrUnstable is what every [UnstableError] is, for errors.Is.
var ErrUnstable = domain.ErrUnstable

// ErrInput is what every [InputError] is, for errors.Is.
var ErrInput = domain.ErrInput

// UnstableError says that a station is offered more work than it can do, so
// that it has no steady state: Load is what it is offered and Capacity what it
// could bear, in servers kept busy (1).
type UnstableError = domain.UnstableError

// InputError says which Parameter of which Station is out of its domain: the
// Value given, in the parameter's own unit, and what to Want.
type InputError = domain.InputError

// want collects checks of one station's parameters and keeps the first that fails.
type want struct {
	station string
	err     error
}

func (w *want) fail(name string, v float64, text string) {
	w.keep(&InputError{Station: w.station, Parameter: name, Value: v, Want: text})
}

func (w *want) keep(err error) {
	if w.err == nil {
		w.err = err
	}
}

// positive wants a finite number above zero.
func (w *want) positive(name string, v float64) { w.keep(domain.Positive(w.station, name, v)) }

// notNegative wants a finite number that is zero or above.
func (w *want) notNegative(name string, v float64) { w.keep(domain.NotNegative(w.station, name, v)) }

// maxServers bounds the recursions over servers and waiting room: beyond it
// they would take seconds, and no station has that many.
const maxServers = 100_000_000

// count wants a whole number from least up.
func (w *want) count(name string, v, least int) {
	w.keep(domain.Count(w.station, name, v, least, maxServers))
}

// stable wants the offered load to be below the number of servers.
func (w *want) stable(load float64, c float64) { w.keep(domain.Stable(w.station, load, c)) }
