package queueing

import (
	"fmt"
	"math"
	"slices"
)

// ClosedStation is one station of a closed network with one class of requests.
type ClosedStation struct {
	Demand float64 // service demand of one request, all visits (s)

	// Servers is the number of servers; 0 makes it a delay without a line.
	Servers int

	// Rates, when set, replaces Servers: Rates[n−1] is the speed of the station
	// with n requests present (1), in units of one server; the last value holds
	// beyond.
	Rates []float64

	// Copies, when above 1, makes it so many equal stations, among which each
	// request picks one at random at every visit; Demand is over all of them,
	// the figures too, but for Seen and Marginal, which are of one.
	Copies int

	// OpenLoad is the load of open requests that share the station (each copy), in
	// servers kept busy (1). They slow the closed ones down as a product-form network
	// says; it has no meaning at a delay.
	OpenLoad float64
}

// ClosedNetwork is a closed network in product form with one class: queues
// under processor sharing, or in order of arrival with exponential service, and
// delays. Times, loads and speeds are 0 or from 1e-60 to 1e60.
type ClosedNetwork struct {
	Users    int     // requests that go round (1)
	Think    float64 // time between the end of a request and the next (s)
	Stations []ClosedStation
}

// ClosedResult is the steady state of a [ClosedNetwork].
type ClosedResult struct {
	Throughput float64 // requests completed (1/s)
	Response   float64 // mean time of a request, think time excluded (s)
	Stations   []ClosedFigures
}

// ClosedFigures are the figures of one station of a closed network.
type ClosedFigures struct {
	Residence   float64 // mean time of one request there, all visits (s)
	Present     float64 // mean number of closed requests there (1)
	OpenPresent float64 // mean number of open requests there (1)
	Utilization float64 // share of the servers, or of the fastest of the Rates, busy with closed requests (1); 0 for a delay
	// Seen[n] is the probability that a closed request finds n closed ones at
	// the station when it arrives (1). [MVA] leaves it out.
	Seen []float64
	// Marginal[n] is the probability of n closed requests there (1). [MVA]
	// leaves it out.
	Marginal []float64
}

// copies is the number of equal stations, one the station that each of them is.
func (s ClosedStation) copies() float64 { return float64(max(1, s.Copies)) }

func (s ClosedStation) one() ClosedStation {
	s.Demand /= s.copies()
	s.Copies = 1
	return s
}

// isDelay reports whether requests never wait at the station.
func (s ClosedStation) isDelay() bool { return s.Servers == 0 && s.Rates == nil }

// speed is the rate with n present, n ≥ 1.
func (s ClosedStation) speed(n int) float64 {
	if s.Rates != nil {
		return s.Rates[min(n, len(s.Rates))-1]
	}
	return float64(min(n, s.Servers))
}

// settled is the number present from which the speed no longer changes.
func (s ClosedStation) settled() int {
	if s.Rates != nil {
		return len(s.Rates)
	}
	return s.Servers
}

// full is the speed from there on.
func (s ClosedStation) full() float64 { return s.speed(s.settled()) }

// fastest is the speed that it has at best, which is all that it can do: where
// the speed falls with the number present, throughput can be above full.
func (s ClosedStation) fastest() float64 {
	if s.Rates != nil {
		return slices.Max(s.Rates)
	}
	return s.full()
}

// check validates a network.
func (c ClosedNetwork) check() error {
	w := want{station: "closed network"}
	w.count("users", c.Users, 0)
	w.scale("think time", c.Think)
	total := c.Think
	for i, s := range c.Stations {
		w.station = fmt.Sprintf("station %d of a closed network", i+1)
		w.scale("demand", s.Demand)
		w.scale("open load", s.OpenLoad)
		if s.Servers < 0 {
			w.count("servers", s.Servers, 0)
		}
		for _, r := range s.Rates {
			w.scaled("speed", r)
		}
		if s.Rates != nil && len(s.Rates) == 0 {
			w.fail("number of speeds", 0, "at least one")
		}
		if w.err == nil && !s.isDelay() {
			w.stable(s.OpenLoad, s.full())
		}
		total += s.Demand
	}
	if w.err == nil && c.Users > 0 && !(total > 0) {
		w.station = "closed network"
		w.fail("think time plus demands", total, "a finite time above 0, for otherwise requests go round infinitely fast")
	}
	return w.err
}

// utilization of a station by closed requests at throughput x.
func (s ClosedStation) utilization(x float64) float64 {
	if s.isDelay() {
		return 0
	}
	return math.Min(1, x*s.Demand/s.copies()/s.fastest())
}
