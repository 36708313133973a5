package queueing

import (
	"errors"
	"math"
	"testing"
)

func exponentials(means ...float64) (out []Time) {
	for _, m := range means {
		out = append(out, newExpMix(0, expTerm{1, 1 / m}))
	}
	return out
}

func joined(t *testing.T, need int, branches ...Time) Join {
	t.Helper()
	j, err := NewJoin(need, branches...)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// Order statistics of exponential times are sums of exponential times.
func TestJoinExponential(t *testing.T) {
	three := exponentials(1, 1, 1)
	within(t, "2 of 3", joined(t, 2, three...).Mean(), 1/3.+1/2., 1e-6)
	within(t, "2 of 3, variance", joined(t, 2, three...).Variance(), 1/9.+1/4., 1e-6)
	within(t, "3 of 3", joined(t, 3, three...).Mean(), 1+1/2.+1/3., 1e-6)
	within(t, "1 of 3", joined(t, 1, three...).Mean(), 1/3., 1e-6)
	within(t, "unequal", joined(t, 2, exponentials(2, .5)...).Mean(), 2+.5-1/2.5, 1e-6)
	q := joined(t, 3, three...)
	within(t, "p99", q.Quantile(.99), -math.Log(1-math.Cbrt(.99)), 1e-9)
	within(t, "p99", q.CDF(q.Quantile(.99)), .99, 1e-9)
	within(t, "far tail", q.Survival(60), 3*math.Exp(-60), 1e-9)
}

func TestJoinBadInput(t *testing.T) {
	for _, need := range []int{0, -1, 3} {
		if _, err := NewJoin(need, exponentials(1, 1)...); !errors.Is(err, ErrInput) {
			t.Errorf("%d of 2: %v", need, err)
		}
	}
	if _, err := NewJoin(1, nil); !errors.Is(err, ErrInput) {
		t.Errorf("no time: %v", err)
	}
	if _, err := NewJoin(1, exponentials(math.Inf(1))...); !errors.Is(err, ErrInput) {
		t.Errorf("infinite mean: %v", err)
	}
	q := joined(t, 2, exponentials(1, 2)...)
	if !math.IsNaN(q.Quantile(math.NaN())) || q.Quantile(0) != 0 || !math.IsInf(q.Quantile(1), 1) {
		t.Error("edges of the quantile")
	}
}
