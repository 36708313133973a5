package queueing

import (
	"fmt"
	"math"
	"testing"
)

// fork is a case with parallel branches: the rate of arrivals and the branches.
func (c refCase) fork(t *testing.T) (lambda float64, branches []refStation) {
	t.Helper()
	for _, s := range c.Model.Stations {
		if s.Kind == "queue" {
			branches = append(branches, s)
		}
	}
	return 1 / c.Model.Classes[0].Arrival.dist(t).Mean(), branches
}

func twoBranches(t *testing.T, c refCase) {
	lambda, b := c.fork(t)
	got, err := ForkJoinTwo(lambda, b[0].Service["C"].dist(t).Mean(), b[1].Service["C"].dist(t).Mean())
	if err != nil {
		t.Fatal(err)
	}
	c.want(t, got, "rel", "system", "response_time")
	c.want(t, got*lambda, "rel", "system", "number")
}

func equalBranches(t *testing.T, c refCase) {
	lambda, b := c.fork(t)
	q, err := NewForkJoin(lambda, b[0].Service["C"].dist(t).Mean(), len(b))
	if err != nil {
		t.Fatal(err)
	}
	c.want(t, q.NelsonTantawi(), "rel_approximation_formula", "approximations", "nelson_tantawi_response")
	c.want(t, q.NelsonTantawi(), "rel_analytic_approx_vs_truth", "system", "response_time")
	c.want(t, q.VarkiMerchantChen(), "rel_analytic_approx_vs_truth", "system", "response_time")
	truth, _ := c.number("system", "response_time")
	if least, most := q.Bounds(); !(least < truth && truth < most) {
		t.Errorf("%v is not within %v and %v", truth, least, most)
	}
}

// apartBranches takes the branches as independent: with constant gaps between
// arrivals they are, otherwise the mean for all of them is an upper bound and
// the one for the first a lower bound.
func apartBranches(t *testing.T, c refCase) {
	lambda, stations := c.fork(t)
	poisson := c.Model.Classes[0].Arrival.Type == "exp"
	var times []Time
	for _, s := range stations {
		service := s.Service["C"].dist(t)
		var q Station
		var err error
		if poisson {
			q, err = NewMG1(lambda, service)
		} else {
			q, err = NewGIM1(c.Model.Classes[0].Arrival.dist(t), service.Mean())
		}
		if err != nil {
			t.Fatal(err)
		}
		times = append(times, q.Response())
	}
	all, first := joined(t, len(times), times...), joined(t, 1, times...)
	mean, quantile := "rel_analytic_approx_vs_truth", "rel_analytic_approx_vs_truth"
	if !poisson {
		mean, quantile = "rel_simulation", "rel_percentile"
	}
	c.want(t, all.Mean(), mean, "system", "response_time")
	for _, p := range []float64{.5, .95, .99} {
		c.want(t, all.Quantile(p), quantile, "system", "response_percentiles", fmt.Sprint(p))
	}
	truth, _ := c.number("system", "response_time")
	soon, _ := c.number("system", "first_branch_done_mean")
	if !poisson {
		c.want(t, first.Mean(), mean, "system", "first_branch_done_mean")
		return
	}
	t.Logf("all %+.1f %%, first %+.1f %%", 100*(all.Mean()/truth-1), 100*(first.Mean()/soon-1))
	if !(all.Mean() > truth && first.Mean() < soon) || math.IsNaN(soon) {
		t.Errorf("all %v and first %v do not enclose %v and %v", all.Mean(), first.Mean(), truth, soon)
	}
}
