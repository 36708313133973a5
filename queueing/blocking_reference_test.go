package queueing

import "testing"

// limitedRoom solves networks that block by their Markov chain.
func limitedRoom(t *testing.T, c refCase) {
	n := BlockingNetwork{Users: c.Model.Classes[0].Population, Rule: BlockAfterService}
	at := map[string]int{}
	for k, s := range c.Model.Stations {
		at[s.Name] = k
		n.Stations = append(n.Stations, BlockingStation{Servers: s.Servers, Service: s.Service["C"].dist(t).Mean(), Room: s.Capacity})
		n.Routes = append(n.Routes, make([]float64, len(c.Model.Stations)))
		if s.Overflow == "repetitive-service" {
			n.Rule = RepeatService
		}
	}
	n.Start = make([]float64, len(at))
	for from, targets := range c.Model.Routing["C"] {
		for _, to := range targets {
			name, p := to[0].(string), to[1].(float64)
			switch {
			case name == "sink":
			case from == "source":
				n.Start[at[name]] = p
			default:
				n.Routes[at[from]][at[name]] = p
			}
		}
	}
	if n.Users == 0 {
		n.Arrivals = 1 / c.Model.Classes[0].Arrival.dist(t).Mean()
	}
	r := blocked(t, n)
	seen := 0
	for name, k := range at {
		f := r.Stations[k]
		at := func(figure string, v float64) { seen += c.wantIf(t, v, "stations", name, figure) }
		at("number", f.Present)
		at("throughput", f.Throughput)
		at("prob_blocked", f.Blocked)
		at("utilization", f.Utilization)
	}
	if n.Users > 0 {
		seen += c.wantIf(t, r.Stations[0].Throughput, "system", "throughput")
	} else {
		seen += c.wantIf(t, r.Throughput, "system", "throughput")
		seen += c.wantIf(t, r.PLoss, "system", "prob_loss")
		seen += c.wantIf(t, r.Response, "system", "response_time")
		seen += c.wantIf(t, r.Present, "system", "number")
	}
	if seen < 9 {
		t.Errorf("only %d figures compared", seen)
	}
}
