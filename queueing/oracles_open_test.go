package queueing_test

import (
	"testing"

	"github.com/headroom/headroom/queueing"
)

func TestOraclesOpen(t *testing.T) {
	// Bolch 7.4
	n := queueing.OpenNetwork{Classes: []queueing.OpenClass{{Arrivals: 4, SCV: 1, Start: []float64{0, 0, 0, 1}}}}
	for _, s := range []float64{.04, .03, .06, .05} {
		n.Stations = append(n.Stations, queueing.OpenStation{Servers: 1})
		n.Classes[0].Service = append(n.Classes[0].Service, queueing.OpenService{Mean: s, SCV: 1})
	}
	for _, r := range []struct {
		from, to int
		p        float64
	}{{1, 2, .5}, {1, 3, .5}, {2, 1, 1}, {3, 1, .6}, {4, 1, 1}} {
		n.Routes = append(n.Routes, queueing.OpenRoute{
			From: queueing.OpenPlace{Station: r.from - 1}, To: queueing.OpenPlace{Station: r.to - 1}, P: r.p,
		})
	}
	for name, solve := range map[string]func(queueing.OpenNetwork) (queueing.OpenResult, error){"product form": queueing.ProductForm, "either": queueing.SolveOpen} {
		res := must(solve(n))(t)
		var x, u, r []float64
		for _, s := range res.Stations {
			x, u, r = append(x, s.Throughput), append(u, s.Utilization), append(r, s.Response)
		}
		agree(t, "Bolch 7.4 by "+name+": throughput", x, "20 10 10 4")
		agree(t, "Bolch 7.4 by "+name+": utilization", u, ".8 .3 .6 .2")
		agree(t, "Bolch 7.4 by "+name+": time of a visit", r, ".2 ~.0429 .15 .0625")
	}

	l := queueing.OpenNetwork{
		Stations: []queueing.OpenStation{{Servers: 1}, {Servers: 1}, {Servers: 1}},
		Classes: []queueing.OpenClass{{
			Arrivals: .3, SCV: 1, Visits: []float64{121, 70, 50},
			Service: []queueing.OpenService{{Mean: .005, SCV: 1}, {Mean: .03, SCV: 1}, {Mean: .027, SCV: 1}},
		}},
	}
	s := must(queueing.ProductForm(l))(t).Stations[0]
	agree(t, "Lazowska p. 113", []float64{s.Utilization, s.Throughput, s.Present}, ".1815 36.3 ~.2217")
}

func TestOraclesBlocking(t *testing.T) {
	ring := func(users int, service []float64, room ...int) queueing.BlockingNetwork {
		n := queueing.BlockingNetwork{Users: users}
		for k, s := range service {
			n.Stations = append(n.Stations, queueing.BlockingStation{Servers: 1, Service: s, Room: room[k]})
			n.Routes = append(n.Routes, make([]float64, len(service)))
			n.Routes[k][(k+1)%len(service)] = 1
		}
		return n
	}
	res := must(queueing.SolveBlocking(ring(10, []float64{2, .9}, 7, 5)))(t)
	agree(t, "blocked after service", []float64{res.Stations[0].Present, res.Stations[1].Present, res.Stations[0].Throughput}, "6.738454 3.261546 .488511")

	for _, c := range []struct {
		n    queueing.BlockingNetwork
		want string
	}{
		{ring(27, []float64{1, 1. / 2, 1. / 3}, 12, 10, 14), "~11.80 ~1.66 ~14.4"},
		{ring(10, []float64{1.5, 2, 1}, 4, 5, 5), "~6.925 ~8.061 ~4.185"},
	} {
		res := must(queueing.MVABLO(c.n))(t)
		var r []float64
		for _, s := range res.Stations {
			r = append(r, s.Response)
		}
		agree(t, "MVABLO", r, c.want)
	}
}
