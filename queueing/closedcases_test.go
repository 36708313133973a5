package queueing

import (
	"encoding/json"
	"testing"
)

// refStationOf makes a station of a case ours.
func refStationOf(s refStation, classes []refClass) MixedStation {
	out := MixedStation{Servers: s.Servers, FIFO: s.Discipline == "fcfs", Rates: s.Load}
	if s.Kind == "delay" {
		return MixedStation{}
	}
	for _, c := range classes {
		if s.Weights != nil {
			out.Weights = append(out.Weights, s.Weights[c.Name])
		}
		if out.FIFO {
			out.SCV = append(out.SCV, refSCV(s.Service[c.Name]))
		}
	}
	return out
}

func refSCV(l lawRow) float64 {
	switch l.Type {
	case "erlang":
		return 1 / float64(l.K)
	case "hyperexp":
		first, second := 0.0, 0.0
		for i, p := range l.P {
			first += p * l.Means[i]
			second += 2 * p * l.Means[i] * l.Means[i]
		}
		return second/(first*first) - 1
	}
	return 1
}

func refMean(l lawRow) float64 {
	if l.Type == "hyperexp" {
		sum := 0.0
		for i, p := range l.P {
			sum += p * l.Means[i]
		}
		return sum
	}
	return l.Mean
}

// refLaw is the service law of a case, by its phases.
func refLaw(l lawRow) ServiceLaw {
	var out ServiceLaw
	switch l.Type {
	case "exp":
		return ServiceLaw{{1, 1 / l.Mean, 1}}
	case "erlang":
		for i := range l.K {
			out = append(out, ServicePhase{boolTo(i == 0), float64(l.K) / l.Mean, boolTo(i == l.K-1)})
		}
	case "hyperexp":
		for i, p := range l.P {
			out = append(out, ServicePhase{p, 1 / l.Means[i], 1})
		}
	}
	return out
}

// switching makes a case with routing ours.
func (c refCase) switching(t *testing.T) SwitchingNetwork {
	t.Helper()
	var n SwitchingNetwork
	station, class := map[string]int{}, map[string]int{}
	for k, s := range c.Model.Stations {
		station[s.Name] = k
		n.Stations = append(n.Stations, refStationOf(s, c.Model.Classes))
	}
	for j, cl := range c.Model.Classes {
		class[cl.Name] = j
		n.Users = append(n.Users, cl.Population)
		n.Reference = append(n.Reference, station[cl.Reference])
		n.Service = append(n.Service, nil)
		for _, s := range c.Model.Stations {
			n.Service[j] = append(n.Service[j], refMean(s.Service[cl.Name]))
		}
		for from, ways := range c.Model.Routing[cl.Name] {
			for _, way := range ways {
				n.Hops = append(n.Hops, Hop{station[from], j, station[way[0].(string)], j, way[1].(float64)})
			}
		}
	}
	for _, raw := range c.Model.Switching {
		var row struct {
			From [2]string
			To   [][3]any
		}
		if err := json.Unmarshal(raw, &row); err != nil {
			t.Fatal(err)
		}
		for _, way := range row.To {
			n.Hops = append(n.Hops, Hop{station[row.From[0]], class[row.From[1]], station[way[0].(string)], class[way[1].(string)], way[2].(float64)})
		}
	}
	return n
}

// mixed makes a case with visits ours.
func (c refCase) mixed() MixedNetwork {
	var m MixedNetwork
	for _, s := range c.Model.Stations {
		m.Stations = append(m.Stations, refStationOf(s, c.Model.Classes))
	}
	for _, cl := range c.Model.Classes {
		mc := MixedClass{Users: cl.Population}
		if cl.Type == "open" {
			mc.Rate = 1 / cl.Arrival.Mean
		}
		for _, s := range c.Model.Stations {
			v := c.Model.Visits[cl.Name][s.Name]
			mc.Visits = append(mc.Visits, v)
			mc.Demands = append(mc.Demands, v*refMean(s.Service[cl.Name]))
		}
		m.Classes = append(m.Classes, mc)
	}
	return m
}
