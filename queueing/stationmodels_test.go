package queueing

import (
	"encoding/json"
	"strconv"
	"testing"
)

// stationAnswers are the cases about one station that is a birth–death chain or
// close to it.
var stationAnswers = answers{
	"mmc-c3-rho086":          answerStation,
	"mmc-c5-rho9975":         answerStation,
	"mmc-c1000-rho099":       answerStation,
	"mmck-c2-k5":             answerStation,
	"mmck-c3-k20-over":       answerStation,
	"erlangb-mg-insensitive": answerStation,
	"mm1-breakdowns":         answerStation,
	"engset-14-5":            answerEngset,
}

// stationOf makes the one station of a case with one class.
func stationOf(t *testing.T, c refCase) (Station, error) {
	t.Helper()
	s, class := c.Model.Stations[0], c.Model.Classes[0]
	lambda, service := 1/class.Arrival.dist(t).Mean(), s.Service[class.Name].dist(t)
	switch {
	case s.Breakdowns != nil:
		var b struct{ Up, Down lawRow }
		if err := json.Unmarshal(s.Breakdowns, &b); err != nil {
			t.Fatal(err)
		}
		return NewMM1Breakdowns(lambda, service.Mean(), b.Up.Mean, b.Down.Mean)
	case s.Capacity == s.Servers:
		return NewMGcc(lambda, service, s.Servers)
	case s.Capacity > 0:
		return NewMMcK(lambda, service.Mean(), s.Servers, s.Capacity)
	}
	return NewMMc(lambda, service.Mean(), s.Servers)
}

func answerStation(t *testing.T, c refCase) {
	q, err := stationOf(t, c)
	if err != nil {
		t.Fatal(err)
	}
	f := q.Figures()
	figures := map[string]float64{
		"utilization": f.Utilization, "number": f.Present, "number_waiting": f.InLine,
		"response_time": f.Response, "waiting_time": f.Waiting, "throughput": f.Throughput,
		"prob_wait": f.PWait, "prob_loss": f.PLoss,
	}
	if b, ok := q.(MM1Breakdowns); ok {
		figures["availability"] = b.Availability()
	}
	for key := range c.Expected {
		switch key {
		case "response_percentiles", "waiting_percentiles":
			d := q.Response()
			if key == "waiting_percentiles" {
				d = q.Waiting()
			}
			for _, p := range []string{"0.5", "0.9", "0.95", "0.99", "0.999"} {
				x, _ := strconv.ParseFloat(p, 64)
				c.want(t, d.Quantile(x), "rel", key, p)
			}
		case "p_n":
			var want map[string]float64
			if err := json.Unmarshal(c.Expected[key], &want); err != nil {
				t.Fatal(err)
			}
			for n := range want {
				i, _ := strconv.Atoi(n)
				c.want(t, q.(interface{ Present(n int) float64 }).Present(i), "rel", key, n)
			}
		default:
			got, known := figures[key]
			if !known {
				t.Errorf("nothing answers %s", key)
				continue
			}
			c.want(t, got, "rel", key)
		}
	}
}

func answerEngset(t *testing.T, c refCase) {
	q, err := NewEngset(c.Model.Sources, 1/c.Model.IdleRate, c.Model.Service.dist(t).Mean(), c.Model.Servers)
	if err != nil {
		t.Fatal(err)
	}
	f := q.Figures()
	c.want(t, q.TimeCongestion(), "rel", "prob_time_congestion")
	c.want(t, q.CallCongestion(), "rel", "prob_call_congestion")
	c.want(t, f.Utilization, "rel", "utilization")
	c.want(t, f.Throughput, "rel", "throughput")
}
