package queueing

import "github.com/headroom/headroom/queueing/internal/domain"

// inner wants a share strictly between 0 and 1.
func (w *want) inner(name string, p float64) {
	if !(p > 0 && p < 1) {
		w.fail(name, p, "a number above 0 and below 1")
	}
}

// sized wants a load that a countable number of servers can bear.
func (w *want) sized(load float64) {
	if !(load >= 0 && load < maxServers/2) {
		w.fail("offered load", load, "a finite number of erlangs from 0 to 5e7")
	}
}

// scaled wants a time (s) or rate (1/s) whose square, and that of its inverse,
// are numbers with all their digits.
func (w *want) scaled(name string, v float64) { w.keep(domain.Scaled(w.station, name, v)) }

// scale is scaled, with none at all allowed.
func (w *want) scale(name string, v float64) { w.keep(domain.Scale(w.station, name, v)) }
