package simulate

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"testing"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// withSlower is M/M/1 in which 0.5 requests a second take so long each.
func withSlower(demand float64) *scenarios.Model {
	return single(fifo(1), dist.Exponential(demand), 0.5)
}

// differenceOf picks a figure; it fails the test where there is none.
func differenceOf(t *testing.T, v *measure.Versus, subject, metric string) measure.Difference {
	t.Helper()
	for _, d := range v.Differences {
		if d.Subject == subject && d.Metric == metric {
			return d
		}
	}
	t.Fatalf("no difference of %s.%s in %+v", subject, metric, v.Differences)
	return measure.Difference{}
}

// A demand 1 % longer makes the response time of M/M/1 longer by 1/(1/1.01 − 0.5)
// − 2, which is 1.0202 times as long. Of 40 seeds at least 33 hold it; of
// intervals that hold it in 95 %, fewer than that do for one set of seeds in a
// thousand. The variance of the difference over the seeds is at most a tenth
// of that of runs with seeds of their own: it is some
// 1/1000, and 40 seeds tell a variance to a factor of two.
func TestCompareCommonNumbers(t *testing.T) {
	if testing.Short() {
		t.Skip("forty simulations")
	}
	const seeds = 40
	want := 1/(1/1.01-0.5) - 2
	var mean, ratio, p99 int
	var by, base, other []float64
	for seed := range seeds {
		v, err := Compare(context.Background(), withSlower(1), withSlower(1.01), Options{Seed: uint64(seed + 1), Duration: 4000, Warmup: 100, Replications: 32})
		if err != nil {
			t.Fatal(err)
		}
		d := differenceOf(t, v, "users", "mean")
		if d.By.Lo <= want && want <= d.By.Hi {
			mean++
		}
		if r := want/2 + 1; d.Ratio.Lo <= r && r <= d.Ratio.Hi {
			ratio++
		}
		if d := differenceOf(t, v, "users", "p99"); d.By.Lo <= want*math.Log(100) && want*math.Log(100) <= d.By.Hi {
			p99++
		}
		by, base, other = append(by, d.By.Value), append(base, d.Base.Value), append(other, d.Other.Value)
	}
	if mean < 33 || ratio < 33 || p99 < 33 {
		t.Errorf("the difference is covered by %d, the ratio by %d, the difference of the p99 by %d of %d", mean, ratio, p99, seeds)
	}
	var apart []float64
	for i := range base {
		apart = append(apart, other[(i+1)%seeds]-base[i])
	}
	gain := scatter(apart) / scatter(by)
	t.Logf("covered %d, %d, %d; gain %.0f", mean, ratio, p99, gain)
	if gain < 10 {
		t.Errorf("the variance of the difference is 1/%.3g of that of independent runs, want at most 1/10", gain)
	}
}

func scatter(xs []float64) float64 {
	mean, sum := average(xs), 0.0
	for _, x := range xs {
		sum += square(x - mean)
	}
	return sum
}

// Services that call one another, share cores and are chosen by who has least
// to do: what is drawn does not depend on a demand that is 1 % longer, so that
// pairs still gain ten times over independent runs.
func TestCompareTiers(t *testing.T) {
	if testing.Short() {
		t.Skip("some simulations")
	}
	other := tiers()
	page := other.Operations[1].Steps[0].(scenarios.CPU)
	page.Demand = dist.LognormalOf(0.003*1.01, 1.2)
	other.Operations[1].Steps[0] = page
	v, err := Compare(context.Background(), tiers(), other, Options{Seed: 1, Precision: 0.005, MaxTime: -1})
	if err != nil {
		t.Fatal(err)
	}
	d := differenceOf(t, v, "shoppers", "mean")
	if !d.Known() || d.By.Lo < 0 || d.Gain.Value < 10 {
		t.Errorf("%+v", d)
	}
	if (d.By.Hi-d.By.Lo)/2 > 0.005*d.Base.Value {
		t.Errorf("±%v, want ±0.5 %% of %v", (d.By.Hi-d.By.Lo)/2, d.Base.Value)
	}
	// 1 % of a mean demand of 3 ms, at 700/s, of 6 cores.
	if u := differenceOf(t, v, "app", "utilization"); u.By.Lo > 0.0035 || u.By.Hi < 0.0035 {
		t.Errorf("utilization %+v, want a difference of 0.0035", u.By)
	}
	if a, b := v.Base.Workloads["shoppers"].Response.Mean, v.Other.Workloads["shoppers"].Response.Mean; d.Base != a || d.Other != b {
		t.Errorf("the figures are %v and %v, those of the results %v and %v", d.Base, d.Other, a, b)
	}
}

// A model and itself: nothing differs, by nothing, for certain. The same
// seed gives the same comparison on any number of workers.
func TestCompareSame(t *testing.T) {
	var want []byte
	for _, workers := range []int{1, 3} {
		v, err := Compare(context.Background(), everything(), everything(), Options{Seed: 3, Duration: 50, Replications: 4, Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range v.Differences {
			if d.By.Value != 0 || d.By.Lo != 0 || d.By.Hi != 0 || d.Known() || d.Ratio.Known() && d.Ratio.Value != 1 {
				t.Errorf("%+v", d)
			}
		}
		got, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if want != nil && !bytes.Equal(got, want) {
			t.Errorf("%d workers: another comparison", workers)
		}
		want = got
	}
}

// What has no steady state, and what is in one model only, is said.
func TestCompareUnlike(t *testing.T) {
	v, err := Compare(context.Background(), mmc(1, 0.5), mmc(1, 1.5), Options{Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Differences) > 0 || len(v.Caveats) != 1 || v.Other.Stable {
		t.Errorf("differences %v, caveats %v", v.Differences, v.Caveats)
	}
	v, err = Compare(context.Background(), mmc(1, 0.5), tiers(), Options{Seed: 3, Duration: 10})
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Caveats) != 1 || v.Caveats[0].Where != "workloads.users" {
		t.Errorf("caveats %v", v.Caveats)
	}
	for _, o := range []Options{{Replications: 1}, {Precision: -1}, {Targets: []Target{{Subject: "users", Metric: "speed"}}}} {
		if _, err := Compare(context.Background(), mmc(1, 0.5), mmc(1, 0.5), o); err == nil {
			t.Errorf("no error for %+v", o)
		}
	}
}
