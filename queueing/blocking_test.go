package queueing

import (
	"errors"
	"math"
	"testing"
)

// cycle is a closed network that goes round its stations.
func cycle(users int, service []float64, room []int) BlockingNetwork {
	n := BlockingNetwork{Users: users}
	for k, s := range service {
		n.Stations = append(n.Stations, BlockingStation{Servers: 1, Service: s, Room: room[k]})
		next := make([]float64, len(service))
		next[(k+1)%len(service)] = 1
		n.Routes = append(n.Routes, next)
	}
	return n
}

func blocked(t *testing.T, n BlockingNetwork) BlockingResult {
	t.Helper()
	r, err := SolveBlocking(n)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Two stations in a circle, after Akyildiz.
func TestBlockingCycle(t *testing.T) {
	r := blocked(t, cycle(10, []float64{2, .9}, []int{7, 5}))
	within(t, "Q1", r.Stations[0].Present, 6.738454, 1e-6)
	within(t, "Q2", r.Stations[1].Present, 3.261546, 1e-6)
	within(t, "X", r.Stations[0].Throughput, .488511, 2e-6)
	within(t, "X", r.Stations[1].Throughput, r.Stations[0].Throughput, 1e-9)
}

// Where there is room for everybody, nothing blocks: mean value analysis.
func TestBlockingWithRoom(t *testing.T) {
	service := []float64{.3, .35, .6}
	for _, rule := range []BlockingRule{BlockAfterService, RepeatService} {
		n := cycle(5, service, []int{0, 5, 6})
		n.Rule = rule
		r := blocked(t, n)
		same := ClosedNetwork{Users: 5}
		for _, s := range service {
			same.Stations = append(same.Stations, ClosedStation{Demand: s, Servers: 1})
		}
		want, err := MVA(same)
		if err != nil {
			t.Fatal(err)
		}
		within(t, "X", r.Stations[0].Throughput, want.Throughput, 1e-9)
		within(t, "blocked", 1+r.Stations[1].Blocked, 1, 1e-12)
	}
}

// One station with limited room is M/M/c/K, also where requests go round it.
func TestBlockingOneStation(t *testing.T) {
	n := BlockingNetwork{
		Stations: []BlockingStation{{Servers: 4, Service: .08, Room: 6}},
		Routes:   [][]float64{{.2}}, Arrivals: 50, Start: []float64{1},
	}
	r := blocked(t, n)
	within(t, "loss", r.PLoss, .293543, 2e-6)
	within(t, "present", r.Present, 4.354205, 2e-6)
	within(t, "response", r.Response, .123269, 1e-5)
}

// Servers of two stations wait for the same one: checked by the laws that hold
// whatever the rule, since Little's law is not used to get there.
func TestBlockingMerge(t *testing.T) {
	n := BlockingNetwork{
		Stations: []BlockingStation{{2, .5, 4}, {1, .4, 3}, {1, .25, 2}},
		Routes:   [][]float64{{0, .3, .7}, {0, 0, 1}, {0, 0, 0}},
		Arrivals: 3, Start: []float64{.6, .4, 0},
	}
	r := blocked(t, n)
	a, b, last := r.Stations[0], r.Stations[1], r.Stations[2]
	within(t, "what goes in comes out", last.Throughput, r.Throughput, 1e-8)
	within(t, "served at 1", a.Utilization*2/.5, a.Throughput, 1e-8)
	within(t, "served at 2", b.Utilization/.4, b.Throughput, 1e-8)
	within(t, "served at 3", last.Utilization/.25, last.Throughput, 1e-8)
	within(t, "flow", last.Throughput, .7*a.Throughput+b.Throughput, 1e-8)
	if !(a.Blocked > 0 && b.Blocked > 0 && last.Blocked == 0) {
		t.Errorf("blocked: %v, %v and %v", a.Blocked, b.Blocked, last.Blocked)
	}
}

func TestBlockingBadInput(t *testing.T) {
	good := func() BlockingNetwork { return cycle(4, []float64{1, 1}, []int{3, 3}) }
	for name, spoil := range map[string]func(n *BlockingNetwork){
		"deadlock":   func(n *BlockingNetwork) { n.Users = 6 },
		"repeat":     func(n *BlockingNetwork) { n.Users, n.Rule = 6, RepeatService },
		"no place":   func(n *BlockingNetwork) { n.Users = 7 },
		"nobody":     func(n *BlockingNetwork) { n.Users = 0 },
		"both":       func(n *BlockingNetwork) { n.Arrivals = 1 },
		"rate":       func(n *BlockingNetwork) { n.Users, n.Arrivals = 0, math.NaN() },
		"service":    func(n *BlockingNetwork) { n.Stations[0].Service = math.Inf(1) },
		"servers":    func(n *BlockingNetwork) { n.Stations[0].Servers = 0 },
		"room":       func(n *BlockingNetwork) { n.Stations[0].Room = -1 },
		"routes":     func(n *BlockingNetwork) { n.Routes[0][1] = .5 },
		"no routes":  func(n *BlockingNetwork) { n.Routes = nil },
		"start":      func(n *BlockingNetwork) { n.Users, n.Arrivals = 0, 1 },
		"rule":       func(n *BlockingNetwork) { n.Rule = 7 },
		"no station": func(n *BlockingNetwork) { n.Stations = nil },
		"states":     func(n *BlockingNetwork) { *n = cycle(100, []float64{1, 1, 1, 1, 1}, make([]int, 5)) },
	} {
		n := good()
		spoil(&n)
		if _, err := SolveBlocking(n); !errors.Is(err, ErrInput) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
