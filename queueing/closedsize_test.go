package queueing

import (
	"errors"
	"strings"
	"testing"
)

// Exact recursions that would take hours or all memory are refused at once.
func TestClosedNetworksTooLarge(t *testing.T) {
	one := func(users int, s MixedStation, classes int) MixedNetwork {
		m := MixedNetwork{Stations: []MixedStation{s}}
		for range classes {
			m.Classes = append(m.Classes, MixedClass{Users: users, Think: 1, Demands: []float64{1e-3}})
		}
		return m
	}
	for name, solve := range map[string]func() error{
		"users": func() error {
			_, err := Convolution(ClosedNetwork{Users: maxServers, Think: 1, Stations: []ClosedStation{{Demand: 1, Servers: 1}}})
			return err
		},
		"servers": func() error {
			_, err := Convolution(ClosedNetwork{Users: 1_000_000, Think: 1, Stations: []ClosedStation{{Demand: 1, Servers: maxServers}}})
			return err
		},
		"falling speeds": func() error {
			_, err := Convolution(ClosedNetwork{Users: 1_000_000, Think: 1, Stations: []ClosedStation{{Demand: 1, Rates: []float64{2, 1}}}})
			return err
		},
		"copies": func() error {
			_, err := Convolution(ClosedNetwork{Users: 1_000_000, Think: 1, Stations: []ClosedStation{{Demand: 1, Servers: 1, Copies: maxServers}}})
			return err
		},
		"MVA": func() error {
			_, err := MVA(ClosedNetwork{Users: maxServers, Stations: make([]ClosedStation, 100), Think: 1})
			return err
		},
		"several classes": func() error {
			_, err := MixedConvolution(one(2000, MixedStation{Servers: 4000}, 2))
			return err
		},
		"probabilities": func() error { _, err := ServersMVA(one(3, MixedStation{Servers: maxServers}, 2)); return err },
		"populations":   func() error { _, err := MixedMVA(one(10_000, MixedStation{Servers: 1}, 2)); return err },
	} {
		if err := solve(); !errors.Is(err, ErrInput) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if r, err := Convolution(ClosedNetwork{Users: 100_000, Think: 1, Stations: []ClosedStation{{Demand: 1e-3, Servers: 1}}}); err != nil || r.Throughput < 999 {
		t.Errorf("what can be solved is: %v/s, %v", r.Throughput, err)
	}
}

// A scenario of too many users is solved all the same, and says by what.
func TestTooManyUsersForConvolution(t *testing.T) {
	r := solveText(t, `services:
  s: {cores: 2, operations: {do: [{cpu: exp(1ms)}]}}
workloads: {w: {users: 50000000, think: exp(100000s), does: s.do}}`)
	// 500/s of the 2000/s that two cores can do
	if x := r.Workloads["w"].Throughput.Value; x < 499 || x > 501 {
		t.Errorf("%v/s", x)
	}
	for _, c := range r.Caveats {
		if strings.Contains(c.What, "very many users") {
			return
		}
	}
	t.Errorf("no caveat: %v", r.Caveats)
}
