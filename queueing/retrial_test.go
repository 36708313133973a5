package queueing

import (
	"math"
	"testing"
)

// retrialChain is built from the description, states (busy, orbit).
func retrialChain(lambda, service, pause float64, c, longest int) (n int, jumps []jump) {
	at := func(busy, orbit int) int { return orbit*(c+1) + busy }
	for orbit := range longest + 1 {
		for busy := range c + 1 {
			from := at(busy, orbit)
			if busy < c {
				jumps = append(jumps, jump{from, at(busy+1, orbit), lambda})
				if orbit > 0 {
					jumps = append(jumps, jump{from, at(busy+1, orbit-1), float64(orbit) / pause})
				}
			} else if orbit < longest {
				jumps = append(jumps, jump{from, at(busy, orbit+1), lambda})
			}
			if busy > 0 {
				jumps = append(jumps, jump{from, at(busy-1, orbit), float64(busy) / service})
			}
		}
	}
	return (longest + 1) * (c + 1), jumps
}

func TestRetrial(t *testing.T) {
	one, err := NewRetrial(0.5, 1, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "L", one.Figures().Present, 1.5, 1e-12)
	for _, r := range []struct {
		lambda, pause float64
		c             int
	}{{0.5, 1, 1}, {0.3, 4, 1}, {1.2, 0.5, 2}, {2, 3, 4}, {0.01, 1, 3}} {
		q, err := NewRetrial(r.lambda, 1, r.pause, r.c)
		if err != nil {
			t.Fatal(err)
		}
		n, jumps := retrialChain(r.lambda, 1, r.pause, r.c, 90)
		var orbit, blocked float64
		for s, p := range luStationary(t, n, jumps) {
			orbit += p * float64(s/(r.c+1))
			if s%(r.c+1) == r.c {
				blocked += p
			}
		}
		near(t, "orbit", q.Figures().InLine, orbit, 1e-8)
		near(t, "P(blocked)", q.Figures().PWait, blocked, 1e-8)
	}
}

// Tries that follow one another at once are a line, as far as numbers go, and
// the chain of one server is what the formula says.
func TestRetrialLimits(t *testing.T) {
	m, _ := NewMMc(2.4, 1, 3)
	q, err := NewRetrial(2.4, 1, 1e-7, 3)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "L", q.Figures().Present, m.Figures().Present, 1e-5)
	near(t, "P(blocked)", q.Figures().PWait, m.Figures().PWait, 1e-5)
	one := Retrial{c: 1, lambda: 0.9, service: 1, pause: 7}
	if err := one.solve(); err != nil {
		t.Fatal(err)
	}
	near(t, "orbit", one.orbit, 0.9*(0.9+0.9*7)/0.1, 1e-8)
	if _, err := NewRetrial(49.9999, 1, 1e6, 50); err == nil {
		t.Error("an orbit of millions must be refused")
	}
}

// setupChain is built from the description, states (on, present).
func setupChain(lambda, service, setup float64, c, longest int) (states [][2]int, jumps []jump) {
	number := map[[2]int]int{}
	for present := range longest + 1 {
		for on := range min(present, c) + 1 {
			number[[2]int{on, present}] = len(states)
			states = append(states, [2]int{on, present})
		}
	}
	for from, s := range states {
		on, present := s[0], s[1]
		if present < longest {
			jumps = append(jumps, jump{from, number[[2]int{on, present + 1}], lambda})
		}
		if starting := min(c, present) - on; starting > 0 {
			jumps = append(jumps, jump{from, number[[2]int{on + 1, present}], float64(starting) / setup})
		}
		if on > 0 { // with nobody in line the server switches off
			jumps = append(jumps, jump{from, number[[2]int{min(on, present-1), present - 1}], float64(on) / service})
		}
	}
	return states, jumps
}

func TestSetup(t *testing.T) {
	one, err := NewSetup(0.5, 1, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "R", one.Figures().Response, 4, 1e-12)
	for _, r := range []struct {
		lambda, setup float64
		c             int
	}{{0.5, 2, 1}, {1.1, 0.7, 2}, {2, 5, 4}, {0.05, 3, 3}} {
		q, err := NewSetup(r.lambda, 1, r.setup, r.c)
		if err != nil {
			t.Fatal(err)
		}
		states, jumps := setupChain(r.lambda, 1, r.setup, r.c, 150)
		var present, on, starting float64
		for s, p := range luStationary(t, len(states), jumps) {
			present += p * float64(states[s][1])
			on += p * float64(states[s][0])
			starting += p * float64(min(r.c, states[s][1])-states[s][0])
		}
		near(t, "L", q.Figures().Present, present, 1e-9)
		near(t, "Lq", q.Figures().InLine, present-on, 1e-9)
		near(t, "starting", q.Starting(), starting, 1e-9)
		near(t, "on", q.on, r.lambda, 1e-9)
	}
	checkTime(t, "response", one.Response(), 1e-6)
	checkTime(t, "waiting", one.Waiting(), 1e-6)
}

// One server by the chain is what the formula says, and no set-up M/M/c.
func TestSetupLimits(t *testing.T) {
	one := Setup{c: 1, lambda: 0.8, service: 1, setup: 3}
	if err := one.solve(); err != nil {
		t.Fatal(err)
	}
	near(t, "L", one.present, 0.8*(1/(1-0.8)+3), 1e-9)
	m, _ := NewMMc(45, 1, 50)
	q, err := NewSetup(45, 1, 1e-9, 50)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "L", q.Figures().Present, m.Figures().Present, 1e-6)
	if f := q.Figures(); math.Abs(f.Present-f.Throughput*f.Response) > 1e-9*f.Present {
		t.Errorf("Little's law fails: %+v", f)
	}
}
