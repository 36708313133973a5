package dist

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// quantileName reads "p50", "p99", "p99.9" or "p999" as the probability it
// stands for. One or two digits, or digits with a point, are per cent; three
// digits or more are what the field writes without the point, and must begin
// with a 9: p999 is 99.9 %.
func quantileName(name string) (p float64, ok bool) {
	digits, found := strings.CutPrefix(name, "p")
	if !found || digits == "" || len(digits) > 12 {
		return 0, false
	}
	for _, c := range digits {
		if (c < '0' || c > '9') && c != '.' {
			return 0, false
		}
	}
	text := digits + "e-2"
	if len(digits) > 2 && !strings.Contains(digits, ".") {
		if digits[0] != '9' {
			return 0, false
		}
		text = "0." + digits
	}
	p, err := strconv.ParseFloat(text, 64)
	return p, err == nil && p > 0 && p < 1
}

// fitQuantiles builds a law from the values that it must have at given
// probabilities.
func fitQuantiles(s signature, args []arg) (law, *fault) {
	q := make([]fixed, len(args))
	for i, a := range args {
		p, _ := quantileName(a.name)
		q[i] = fixed{p, a.value}
		if a.value <= 0 {
			return nil, faultf(i, "", "%s is %v; want more than 0", a.name, a.value)
		}
	}
	if len(q) == 2 {
		lo, hi := 0, 1
		if q[0].p > q[1].p {
			lo, hi = 1, 0
		}
		if q[0].p == q[1].p || q[lo].x >= q[hi].x {
			return nil, faultf(1, "a higher percentile has a higher value",
				"%s and %s contradict each other", args[lo].name, args[hi].name)
		}
		q[0], q[1] = q[lo], q[hi]
	}
	return s.fit(q)
}

// line fits ln x = a + b·z through two quantiles, for the families whose
// logarithm is a location and scale family: z is the standard quantile.
func line(q []fixed, z func(p float64) float64) (a, b float64) {
	z0, z1 := z(q[0].p), z(q[1].p)
	l0, l1 := math.Log(q[0].x), math.Log(q[1].x)
	b = (l1 - l0) / (z1 - z0)
	return l0 - b*z0, b
}

// within refuses a parameter outside the range in which the family's moments
// and transform keep their accuracy.
func within(i int, name string, v, least, most float64) *fault {
	if v >= least && v <= most {
		return nil
	}
	return faultf(i, fmt.Sprintf("want %v to %v", least, most), "%s is %.6g", name, v)
}

func positive(i int, name string, v float64) *fault {
	if v > 0 && !math.IsInf(v, 1) {
		return nil
	}
	return faultf(i, "want more than 0", "%s is %v", name, v)
}

// first is the first of the faults that is one.
func first(f ...*fault) *fault {
	for _, x := range f {
		if x != nil {
			return x
		}
	}
	return nil
}

// Cv and shape bounds: beyond them moments overflow or the law is, to the
// precision of a float64, a constant or never seen.
const (
	leastCV, mostCV       = 1e-4, 1e3
	leastSigma, mostSigma = 1e-4, 10
)

// ParseQuantileName reads the name of a percentile, "p50", "p99.9" or "p999", as
// the probability it stands for.
func ParseQuantileName(name string) (p float64, ok bool) { return quantileName(name) }
