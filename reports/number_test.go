package reports

import (
	"math"
	"testing"

	"github.com/headroom/headroom/measure"
)

func TestText(t *testing.T) {
	for _, test := range []struct {
		u    unit
		v    float64
		want string
	}{
		{seconds, 0, "0 s"},
		{seconds, 0.0341, "34.1 ms"},
		{seconds, 0.00123456, "1.23 ms"},
		{seconds, 42.3e-6, "42.3 µs"},
		{seconds, 0.9996, "1.00 s"},
		{seconds, 0.99949, "999 ms"},
		{seconds, 0.0009996, "1.00 ms"},
		{seconds, 1.5, "1.50 s"},
		{seconds, 61.25, "61.2 s"},
		{seconds, 1234, "1230 s"},
		{seconds, 2e-9, "0.00200 µs"},
		{seconds, 1e-12, "1e-06 µs"},
		{seconds, 1e12, "1e+12 s"},
		{seconds, -0.5, "−500 ms"},
		{perSecond, 0.0123, "0.0123 /s"},
		{perSecond, 49.6, "49.6 /s"},
		{perSecond, 999.6, "1000 /s"},
		{perSecond, 9994, "9990 /s"},
		{perSecond, 13888.9, "13.9 k/s"},
		{perSecond, 999999, "1.00 M/s"},
		{perSecond, 4.2e9, "4.20 G/s"},
		{share, 0, "0 %"},
		{share, 0.653, "65.3 %"},
		{share, 0.0987, "9.9 %"},
		{share, 1, "100 %"},
		{share, 0.00123, "0.12 %"},
		{share, 0.000012, "0.0012 %"},
		{number, 0, "0"},
		{number, 12, "12.0"},
		{number, 9999, "10.0 k"},
		{number, 6123456, "6.12 M"},
		{number, 0.25, "0.250"},
		{number, math.NaN(), missing},
		{number, math.Inf(1), missing},
	} {
		if got := test.u.text(test.v); got != test.want {
			t.Errorf("%v of %v: got %q, want %q", test.v, test.u, got, test.want)
		}
	}
}

func TestPlain(t *testing.T) {
	for _, test := range []struct {
		u    unit
		v    float64
		want string
	}{
		{seconds, 2, "2 s"},
		{seconds, 0.15, "150 ms"},
		{seconds, 2.5, "2.5 s"},
		{seconds, 60, "60 s"},
		{share, 0.001, "0.1 %"},
		{share, 0.75, "75 %"},
		{share, 1, "100 %"},
		{perSecond, 200, "200 /s"},
		{number, 1e5, "100 k"},
		{number, 30, "30"},
	} {
		if got := test.u.plain(test.v); got != test.want {
			t.Errorf("%v: got %q, want %q", test.v, got, test.want)
		}
	}
}

// Digits that the interval makes meaningless are not shown.
func TestEstimate(t *testing.T) {
	for _, test := range []struct {
		u         unit
		v, lo, hi float64
		want      string
	}{
		{seconds, 0.042137, 0.042106, 0.042168, "42.1 ±0.03 ms"},
		{seconds, 0.042137, 0.0409, 0.0433, "42.1 ±1.2 ms"},
		{seconds, 0.042137, 0.036, 0.048, "42.1 ±6.1 ms"},
		{seconds, 0.126, 0.124, 0.128, "126 ±2 ms"},
		{seconds, 0.423, 0.362, 0.484, "423 ±61 ms"},
		{seconds, 0.423, 0.2, 0.7, "420 ±280 ms"},
		{seconds, 1.22, 1.2, 1.25, "1.22 ±0.03 s"},
		{perSecond, 13888, 13800, 13980, "13.9 ±0.1 k/s"},
		{share, 0.602, 0.597, 0.607, "60.2 ±0.5 %"},
		{share, 0.0817, 0.0814, 0.082, "8.17 ±0.03 %"},
		{share, 0, 0, 4.1e-6, "0 ≤0.0004 %"},
		{number, 1667, 1600, 1730, "1670 ±70"},
		{seconds, 0.083, 0.078, 0.142, "83 +59/−5 ms"},
		{number, 2, 2, 2, "2.00"},
		{number, 2, math.Inf(-1), math.Inf(1), "2.00"},
	} {
		if got := test.u.estimate(measure.Between(test.v, test.lo, test.hi, 0.95)); got != test.want {
			t.Errorf("%v [%v, %v]: got %q, want %q", test.v, test.lo, test.hi, got, test.want)
		}
	}
	if got := seconds.estimate(measure.Estimate{}); got != missing {
		t.Errorf("unknown: got %q", got)
	}
	if got := seconds.estimate(measure.Exactly(0.0421)); got != "42.1 ms" {
		t.Errorf("exact: got %q", got)
	}
}

func TestDifferences(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0.0 %", 0.0004: "0.0 %", -0.0004: "0.0 %", 0.032: "+3.2 %", -0.032: "−3.2 %", 0.0994: "+9.9 %", 0.0996: "+10 %",
		-0.125: "−12 %", -1: "−100 %", 5: "+500 %", 11: "×12.0", math.Inf(1): missing,
	} {
		if got := percent(v); got != want {
			t.Errorf("%v: got %q, want %q", v, got, want)
		}
	}
	if got := points(0.0123); got != "+1.2 pt" {
		t.Errorf("got %q", got)
	}
	if got := points(-0.00012); got != "−0.012 pt" {
		t.Errorf("got %q", got)
	}
	for v, want := range map[float64]string{0.0301: "4 %", 0.03: "3 %", 0.0044: "0.5 %", 0: "0.0 %"} {
		if got := share.ceiling(v); got != want {
			t.Errorf("within %v: got %q, want %q", v, got, want)
		}
	}
}

func TestTicks(t *testing.T) {
	for _, test := range []struct {
		lo, hi float64
		count  int
		want   []string
	}{
		{0, 1, 5, []string{"0", "0.2", "0.4", "0.6", "0.8", "1"}},
		{0, 223, 6, []string{"0", "50", "100", "150", "200"}},
		{-5, 60, 7, []string{"0", "10", "20", "30", "40", "50", "60"}},
		{0, 3e-7, 4, []string{"0", "1e-07", "2e-07", "3e-07"}},
		{0, 2.5e9, 3, []string{"0", "1e+09", "2e+09"}},
		{4, 4, 3, []string{"4"}},
	} {
		var got []string
		for _, x := range ticks(test.lo, test.hi, test.count) {
			got = append(got, x.Label)
		}
		if !equal(got, test.want) {
			t.Errorf("%v to %v: got %q, want %q", test.lo, test.hi, got, test.want)
		}
	}
	if got := tailTicks(-3); len(got) != 4 || got[2].Label != "1 %  p99" || got[3].Label != "0.1 %  p99.9" {
		t.Errorf("tail: got %v", got)
	}
	if got := logTicks(-1, 1); len(got) != 7 || got[0].Label != "0.1" || got[6].Label != "10" {
		t.Errorf("log: got %v", got)
	}
}

func equal(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
