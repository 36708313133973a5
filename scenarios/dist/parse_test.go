package dist

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// TestErrors pins the place, the message and the way out of each kind of
// mistake. A caret stands under the offset.
func TestErrors(t *testing.T) {
	for _, c := range [][]string{
		{"", "^", `no distribution; write 3ms or exp(3ms)`},
		{"expp(3ms)", "^", `no distribution family "expp"; did you mean "exp"?`},
		{"poisson(3ms)", "^", `no distribution family "poisson"; families are const exp erlang hyperexp gamma lognormal weibull pareto uniform normal mixture empirical`},
		{"Exponential(3ms)", "^", `no distribution family "Exponential"; did you mean "exp"?`},
		{"nan", "^", `nan is not a number that a system can have; write 3ms or exp(3ms)`},
		{"exp", "   ^", `exp needs its parameters in parentheses; write exp(3ms) or exp(p99=20ms)`},
		{"exp(3)", "    ^", `3 has no unit; write 3ms, 3s or 3m`},
		{"exp(3 ms)", "     ^", `a space between 3 and its unit; write 3ms`},
		{"exp(3msec)", "     ^", `no unit of time "msec"; did you mean "ms"? units are ns us ms s m h d`},
		{"1m30s", "  ^", `a duration has one number and one unit; write 90s in place of 1m30s`},
		{"exp(-3ms)", "    ^", `-3ms is negative`},
		{"exp(0s)", "    ^", `mean is 0; want more than 0`},
		{"exp(1e13s)", "    ^", `1e13s is too large; want at most 1e+12`},
		{"exp(1e999s)", "    ^", `1e999s is too large; want at most 1e+12`},
		{"exp(1e-18s)", "    ^", `1e-18s is too small; want 0 or at least 1e-15`},
		{"exp(inf)", "    ^", `inf is not a finite number; write exp(3ms) or exp(p99=20ms)`},
		{"exp(3ms", "       ^", `want , or ) after a parameter, not the end of the text`},
		{"exp(3ms))", "        ^", `unexpected ")"`},
		{"exp()", "^", `exp needs parameters; write exp(3ms) or exp(p99=20ms)`},
		{"exp(3ms, 4ms)", "         ^", `exp takes one parameter, not 2; write exp(3ms) or exp(p99=20ms)`},
		{"exp(mean=)", "         ^", `want a number, not ")"`},
		{"exp(mean=3ms, mean=4ms)", "              ^", `parameter "mean" is given twice`},
		{"lognormal(mean=9ms, vc=2)", "                    ^", `lognormal has no parameter "vc"; did you mean "cv"? write lognormal(mean=9ms, cv=1.8), lognormal(p50=0.3ms, p99=2ms) or lognormal(mu=-5, sigma=0.8)`},
		{"lognormal(mean=9ms)", "^", `lognormal cannot be made from mean alone; write lognormal(mean=9ms, cv=1.8), lognormal(p50=0.3ms, p99=2ms) or lognormal(mu=-5, sigma=0.8)`},
		{"lognormal(mean=9ms, cv=1, p99=1s)", "^", `lognormal cannot be made from mean, cv and p99 together; write lognormal(mean=9ms, cv=1.8), lognormal(p50=0.3ms, p99=2ms) or lognormal(mu=-5, sigma=0.8)`},
		{"lognormal(p50=2ms, p99=1ms)", "                   ^", `p50 and p99 contradict each other; a higher percentile has a higher value`},
		{"lognormal(mean=9ms, cv=1.8ms)", "                          ^", `this parameter takes no unit "ms"; write the number alone`},
		{"gamma(9ms, 2)", "      ^", `gamma takes its parameters by name; write gamma(mean=9ms, cv=1.5) or gamma(shape=2, scale=4ms)`},
		{"gamma(mean=9ms, cv=0)", "                ^", `cv is 0; want 0.0001 to 1000`},
		{"gamma(mean=9ms, cv=-1)", "                ^", `cv is -1; want 0.0001 to 1000`},
		{"erlang(9ms, 2.5)", "            ^", `k is 2.5; want a whole number of stages; gamma(mean=, cv=) takes any cv`},
		{"erlang(mean=9ms, cv=0.9)", "                 ^", `no Erlang distribution has cv 0.9: it is 1/√k for a whole number k; the nearest is 1, with k=1; gamma(mean=, cv=) takes any`},
		{"hyperexp(mean=9ms, cv=0.5)", "                   ^", `cv is 0.5; want 1 to 1000; below 1 gamma, erlang and lognormal serve`},
		{"hyperexp(30%: 2ms, 60%: 3ms)", "^", `the weights sum to 0.9; want 1, or 100%`},
		{"hyperexp(2ms, 3ms)", "         ^", `hyperexp takes its parameters by name; write hyperexp(mean=9ms, cv=2) or hyperexp(30%: 2ms, 70%: 12ms)`},
		{"pareto(alpha=0.9, min=1ms)", "       ^", `alpha is 0.9, which has no finite mean or nearly none; a mean above all bounds loads a system above all bounds: want alpha above 1.001`},
		{"uniform(3ms, 1ms)", "             ^", `max 0.001 is not above min 0.003; write the smaller first`},
		{"normal(mean=9ms, cv=0.6)", "                 ^", `a normal distribution with cv 0.6 is so often negative that keeping the positive part moves its mean by 6.3 %; use gamma(mean=, cv=0.6) or lognormal(mean=, cv=0.6)`},
		{"mixture(exp(1ms))", "        ^", `a part of a mixture without a weight; write mixture(90%: exp(1ms), 10%: exp(50ms))`},
		{"mixture(1ms)", "        ^", `a part of a mixture without a weight; write mixture(90%: exp(1ms), 10%: exp(50ms))`},
		{"mixture(90%: exp(1ms), 20%: expo(2ms))", "                            ^", `no distribution family "expo"; did you mean "exp"?`},
		{"mixture(120%: exp(1ms))", "        ^", `weight 120% is not between 0 and 1; write 85% or 0.85`},
		{"exp(50%: 3ms)", "      ^", `no unit of time "%"; units are ns us ms s m h d`},
		{"empirical(1ms, 50%: 2ms)", "               ^", `some values have a weight and some have none; give every value a weight, or none`},
		{"empirical(0s, 0s)", "^", `every value of empirical is 0`},
		{"empirical(gone.csv)", "          ^", `cannot read "gone.csv": open gone.csv: file does not exist`},
		{"empirical(bad.csv)", "          ^", `bad.csv:3: want a number, not "x"; want a value a line, with a unit or in seconds, and its weight after a comma if it has one`},
		{"\x00", "^", `want a number, not "\x00"`},
		{"1..2ms", "^", `"1..2" is not a number`},
	} {
		files := fstest.MapFS{"bad.csv": {Data: []byte("seconds\n1\nx\n")}}
		_, err := Env{ReadFile: func(n string) ([]byte, error) { return fs.ReadFile(files, n) }}.Parse(c[0])
		var p *ParseError
		if !errors.As(err, &p) {
			t.Errorf("%q: error %v, want %s", c[0], err, c[2])
			continue
		}
		got := strings.Repeat(" ", p.Offset) + "^\n" + strings.TrimPrefix(p.Error(), fmt.Sprintf("dist: offset %d: ", p.Offset))
		if diff := cmp.Diff(c[1]+"\n"+c[2], got); diff != "" {
			t.Errorf("%q: %s", c[0], diff)
		}
	}
}

// TestCountErrors makes sure that counts are explained without units.
func TestCountErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                "dist: offset 0: no distribution; write 3 or uniform(1, 5)",
		"3ms":             `dist: offset 1: a count has no unit "ms"; write the number alone`,
		"exp()":           "dist: offset 0: exp needs parameters; write exp(3) or exp(p99=20)",
		"gamma(mean=3)":   "dist: offset 0: gamma cannot be made from mean alone; write gamma(mean=9, cv=1.5) or gamma(shape=2, scale=4)",
		"exp(14_000, -1)": "dist: offset 12: -1 is negative",
	} {
		if _, err := Parse(text, Count); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	if d, err := Parse("uniform(1, 14_000)", Count); err != nil || d.Max() != 14000 || d.String() != "uniform(1, 14000)" || d.Unit() != Count {
		t.Errorf("%v, %v", d, err)
	}
}

func TestHostileTexts(t *testing.T) {
	for name, text := range map[string]string{
		"deep":  strings.Repeat("mixture(1: ", 100_000) + "1ms" + strings.Repeat(")", 100_000),
		"long":  "empirical(" + strings.Repeat("1ms, ", 100_000) + "1ms)",
		"huge":  strings.Repeat("x", mostText+1),
		"word":  strings.Repeat("x", 100_000) + "(1ms)",
		"digit": strings.Repeat("9", 100_000) + "ms",
		"name":  "exp(" + strings.Repeat("p", 100_000) + "=1ms)",
	} {
		_, err := Parse(text, Seconds)
		if err == nil || len(err.Error()) > 400 {
			t.Errorf("%s: %.300v", name, err)
		}
	}
}

func TestUnits(t *testing.T) {
	for _, c := range []struct {
		read func(string) (float64, error)
		text string
		want float64
	}{
		{ParseDuration, "3ms", 0.003},
		{ParseDuration, "0.3ms", 0.0003},
		{ParseDuration, "250us", 250e-6},
		{ParseDuration, "250µs", 250e-6},
		{ParseDuration, "250μs", 250e-6},
		{ParseDuration, "10ns", 1e-8},
		{ParseDuration, "1.5h", 5400},
		{ParseDuration, "2d", 172800},
		{ParseDuration, "10m", 600},
		{ParseDuration, "10min", 600},
		{ParseDuration, "0", 0},
		{ParseDuration, "1_000s", 1000},
		{ParseDuration, " 1e-3s ", 0.001},
		{ParseRate, "200/s", 200},
		{ParseRate, "12k/min", 200},
		{ParseRate, "1.2e9/day", 1.2e9 / 86400},
		{ParseRate, "14_000/s", 14000},
		{ParseRate, "3M / h", 3e6 / 3600},
		{ParseRate, "1/ms", 1000},
		{ParseRate, "0.5/second", 0.5},
		{ParseShare, "85%", 0.85},
		{ParseShare, "0.85", 0.85},
		{ParseShare, "100%", 1},
		{ParseShare, "0", 0},
		{ParseShare, "0.1 %", 0.001},
		{ParseCount, "14_000", 14000},
		{ParseCount, "2.5", 2.5},
	} {
		if got, err := c.read(c.text); err != nil || got != c.want {
			t.Errorf("%q is %v, %v; want %v", c.text, got, err, c.want)
		}
	}
	for _, c := range []struct {
		read func(string) (float64, error)
		text string
		want string
	}{
		{ParseDuration, "", "offset 0: a number is missing at the end"},
		{ParseDuration, "abc", `offset 0: want a number, not "abc"`},
		{ParseDuration, "5", "offset 0: 5 has no unit; write 5ms, 5s or 5m"},
		{ParseDuration, "5s 3", `offset 3: unexpected "3"`},
		{ParseRate, "200", "offset 3: a rate says per what, not the end of the text; write a rate as 200/s, 12k/min or 1.2e9/day"},
		{ParseRate, "200rps", `offset 3: a rate has no unit "rps"; write a rate as 200/s, 12k/min or 1.2e9/day`},
		{ParseRate, "200/week", `offset 4: no period "week"; a rate is per ms, s, min, h or d`},
		{ParseRate, "-200/s", "offset 0: -200/s is negative"},
		{ParseRate, "0/s", "offset 0: the rate 0/s is 0; want more than 0"},
		{ParseRate, "1e20/s", "offset 0: 1e20/s is too large; want at most 1e+12"},
		{ParseRate, "nan/s", `offset 0: want a number, not "nan/s"`},
		{ParseShare, "120%", "offset 0: a share of 120% is more than all; write 85% or 0.85"},
		{ParseShare, "-1%", "offset 0: -1% is negative"},
		{ParseShare, "5ms", `offset 1: a share has no unit "ms"; write 85% or 0.85`},
		{ParseCount, "5s", `offset 1: a count has no unit "s"; write the number alone`},
	} {
		if v, err := c.read(c.text); err == nil || err.Error() != "dist: "+c.want {
			t.Errorf("%q is %v, %v; want %s", c.text, v, err, c.want)
		}
	}
}

func TestFile(t *testing.T) {
	files := fstest.MapFS{
		"plain.csv":  {Data: []byte("# seconds\nduration\n0.001\n2ms\n\n5ms\n")},
		"weight.csv": {Data: []byte("value,count\n1ms, 1\r\n3ms, 3\r\n9ms,0\r\n")},
		"my file":    {Data: []byte("1\n3\n")},
		"empty.csv":  {Data: []byte("value\n")},
	}
	env := Env{ReadFile: func(n string) ([]byte, error) { return fs.ReadFile(files, n) }}
	for text, want := range map[string]string{
		"empirical(plain.csv)": "empirical(1ms, 2ms, 5ms)", "empirical( weight.csv )": "empirical(25%: 1ms, 75%: 3ms)", `empirical("my file")`: "empirical(1s, 3s)",
	} {
		d, err := env.Parse(text)
		if err != nil {
			t.Error(err)
			continue
		}
		w := parse(t, want)
		if d.Mean() != w.Mean() || d.Variance() != w.Variance() || d.Quantile(0.6) != w.Quantile(0.6) {
			t.Errorf("%s: mean %v, want %v", text, d.Mean(), w.Mean())
		}
		if back, err := env.Parse(d.String()); err != nil || !back.Equal(d) {
			t.Errorf("%v reads back as %v, %v", d, back, err)
		}
		if half := d.Scaled(0.5); half.Mean() != w.Mean()/2 || !parse(t, half.String()).Equal(half) {
			t.Errorf("half of %v is %v", d, half)
		}
	}
	for text, want := range map[string]string{
		"empirical(empty.csv)":      "no values",
		"empirical(plain.csv, 1ms)": "nothing beside a file",
		"empirical(1ms, plain.csv)": "not both",
		"exp(plain.csv)":            "want plain.csv=value",
	} {
		if _, err := env.Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	if _, err := Parse("empirical(plain.csv)", Seconds); err == nil || !strings.Contains(err.Error(), "files cannot be read here") {
		t.Errorf("without ReadFile: %v", err)
	}
}

func TestAmountsReadBack(t *testing.T) {
	for _, v := range []float64{0, 1e-15, 1.5e-9, 123e-9, 0.3e-3, 1.0 / 3, 0.1 + 0.2, 2.0 / 3e3, 1, 59.99, 1e12, 123456.789} {
		text := formatAmount(v, Seconds)
		if got, err := ParseDuration(text); err != nil || got != v {
			t.Errorf("%v is written %s and reads %v, %v", v, text, got, err)
		}
	}
	for v, want := range map[float64]string{0.003: "3ms", 0.0003: "300us", 0.25: "250ms", 90: "90s", 1.5e-6: "1.5us", 2e-9: "2ns"} {
		if got := formatAmount(v, Seconds); got != want {
			t.Errorf("%v is written %s, want %s", v, got, want)
		}
	}
}

// FuzzParse: no text panics; what parses is a distribution that obeys the
// simplest laws, and prints as a text that parses to the same; an error points
// into the text.
func FuzzParse(f *testing.F) {
	for _, text := range everyFamily() {
		f.Add(text, false)
	}
	for _, text := range []string{"", "exp(", "mixture(1: mixture(1: 0s))", "3", "uniform(1, 5)", "normal(mean=3, sd=1)", "lognormal(mu=-800, sigma=1)", "empirical(x.csv)", "exp(p99.9=1_0ms)"} {
		f.Add(text, true)
	}
	f.Fuzz(func(t *testing.T, text string, count bool) {
		unit := Seconds
		if count {
			unit = Count
		}
		d, err := Env{Unit: unit, ReadFile: func(string) ([]byte, error) { return []byte("1\n2,3\n"), nil }}.Parse(text)
		if err != nil {
			var p *ParseError
			if !errors.As(err, &p) || p.Offset < 0 || p.Offset > len(text) || p.Msg == "" {
				t.Fatalf("%q: %#v", text, err)
			}
			return
		}
		if m := d.Mean(); !(m >= 0) || math.IsInf(m, 1) || !(d.Variance() >= 0) || math.IsNaN(d.SCV()) {
			t.Fatalf("%q: mean %v, variance %v", text, m, d.Variance())
		}
		if lo, hi := d.Quantile(0.1), d.Quantile(0.9); !(lo <= hi) || lo < 0 {
			t.Fatalf("%q: quantiles %v, %v", text, lo, hi)
		}
		back, err := Env{Unit: unit, ReadFile: func(string) ([]byte, error) { return []byte("1\n2,3\n"), nil }}.Parse(d.String())
		if err != nil || !back.Equal(d) || back.String() != d.String() {
			t.Fatalf("%q prints as %q, which is %v, %v", text, d, back, err)
		}
	})
}
