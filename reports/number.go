package reports

import (
	"math"
	"strconv"
	"strings"

	"github.com/headroom/headroom/measure"
)

// missing stands where a figure is not known.
const missing = "–"

// unit is what a figure is counted in.
type unit uint8

const (
	seconds   unit = iota // (s)
	perSecond             // (1/s)
	share                 // (1), shown in percent
	number                // (1)
)

// String is the unit's name in CSV and JSON, where figures are not scaled.
func (u unit) String() string {
	return [...]string{"s", "1/s", "1", "1"}[u]
}

// scale is a multiple of a unit that figures are shown in.
type scale struct {
	factor float64 // times the figure in base units
	suffix string  // with the space before it: " ms", " k/s", " %"; empty for a bare number
}

// scaleFor picks the multiple of the unit in which v reads best.
func (u unit) scaleFor(v float64) scale {
	v = math.Abs(v)
	switch u {
	case seconds:
		switch {
		case v == 0 || v >= 0.9995:
			return scale{1, " s"}
		case v >= 0.9995e-3:
			return scale{1e3, " ms"}
		default:
			return scale{1e6, " µs"}
		}
	case share:
		return scale{100, " %"}
	}
	per := ""
	if u == perSecond {
		per = "/s"
	}
	switch {
	case v >= 0.9995e9:
		return scale{1e-9, " G" + per}
	case v >= 0.9995e6:
		return scale{1e-6, " M" + per}
	case v >= 0.9995e4:
		return scale{1e-3, " k" + per}
	case u == perSecond:
		return scale{1, " /s"}
	default:
		return scale{1, ""}
	}
}

// text is a figure alone, to three significant digits, with its unit.
func (u unit) text(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return missing
	}
	sc := u.scaleFor(v)
	return u.digits(v*sc.factor, 0) + sc.suffix
}

// plain is a figure that someone chose, such as a limit or a duration: to three
// significant digits, without zeros after them, as "2 s" or "0.1 %".
func (u unit) plain(v float64) string {
	s, suffix := u.text(v), u.scaleFor(v).suffix
	s = strings.TrimSuffix(s, suffix)
	if strings.Contains(s, ".") && !strings.Contains(s, "e") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s + suffix
}

// estimate is a figure with its interval, as "34.2 ±0.1 ms".
func (u unit) estimate(e measure.Estimate) string {
	if !e.Known() || math.IsNaN(e.Value) || math.IsInf(e.Value, 0) {
		return missing
	}
	sc := u.scaleFor(e.Value)
	v, pm := u.split(e, sc)
	if pm != "" {
		v += " " + pm
	}
	return v + sc.suffix
}

// split is a figure and its interval in a given scale, without the unit. The
// digits of the figure end where its interval makes them meaningless.
func (u unit) split(e measure.Estimate, sc scale) (value, plusMinus string) {
	if !e.Known() {
		return missing, ""
	}
	v := e.Value * sc.factor
	if !e.Uncertain() {
		return u.digits(v, 0), ""
	}
	half := math.Max(e.Hi-e.Value, e.Value-e.Lo) * sc.factor
	if !(half > 0) || math.IsInf(half, 0) {
		return u.digits(v, 0), ""
	}
	if up, down := (e.Hi-e.Value)*sc.factor, (e.Value-e.Lo)*sc.factor; lopsided(v, up, down) && v != 0 {
		return u.digits(v, half), "+" + u.part(v, half, up) + "/−" + u.part(v, half, down)
	}
	if v == 0 { // nothing was seen; the interval says how rare it must be
		return "0", "≤" + strconv.FormatFloat(half, 'g', 1, 64)
	}
	return u.digits(v, half), "±" + u.part(v, half, half)
}

// lopsided reports whether the two sides of an interval are too different for
// one ± to tell of both, and large enough for that to matter.
func lopsided(v, up, down float64) bool {
	most, least := math.Max(up, down), math.Min(up, down)
	return least > 0 && most > 3*least && most > 0.05*math.Abs(v)
}

// digits writes v with three significant digits, fewer where half, the half
// width of its interval, says that they mean nothing.
func (u unit) digits(v, half float64) string {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return missing
	case v == 0:
		return "0"
	case math.Abs(v) >= 1e6 || math.Abs(v) < 1e-4:
		return strconv.FormatFloat(v, 'g', 3, 64)
	}
	return fixed(v, u.decimals(v, half))
}

// part writes one side of an interval in as many decimals as its figure has,
// or with one digit where that would leave nothing of it.
func (u unit) part(v, half, side float64) string {
	d := u.decimals(v, half)
	if math.Abs(v) >= 1e6 || math.Abs(v) < 1e-4 {
		return strconv.FormatFloat(side, 'g', 2, 64)
	}
	if s := fixed(side, d); s != fixed(0, d) {
		return s
	}
	return strconv.FormatFloat(side, 'g', 1, 64)
}

// decimals is the number of digits after the point; below 0, how many before
// it are zeros.
func (u unit) decimals(v, half float64) int {
	const significant = 3
	d := significant - 1 - exponent(v, significant)
	if u == share && d > 1 && half == 0 {
		if math.Abs(v) >= 0.9995 {
			d = 1
		} else {
			d--
		}
	}
	if half > 0 {
		d = min(d, 1-exponent(half, 2))
	}
	return d
}

// exponent is the power of ten of the first digit of v after rounding to n digits.
func exponent(v float64, n int) int {
	if v == 0 {
		return 0
	}
	s := strconv.FormatFloat(math.Abs(v), 'e', n-1, 64)
	for i := range s {
		if s[i] == 'e' {
			e, err := strconv.Atoi(s[i+1:])
			if err != nil {
				return 0
			}
			return e
		}
	}
	return 0
}

// fixed writes v with d digits after the point, or rounded to 10^-d where d is
// below 0, with a typographic minus.
func fixed(v float64, d int) string {
	if d < 0 {
		p := math.Pow(10, float64(-d))
		v, d = math.Round(v/p)*p, 0
	}
	s := strconv.FormatFloat(math.Abs(v), 'f', d, 64)
	if v < 0 && !zero(s) {
		return "−" + s
	}
	return s
}

func zero(s string) bool {
	for _, c := range s {
		if c != '0' && c != '.' {
			return false
		}
	}
	return true
}

// percent writes a relative difference with its sign: "+3.2 %", "−12 %", and
// as a factor what is more than ten times as much.
func percent(r float64) string {
	p := 100 * r
	switch {
	case math.IsNaN(p) || math.IsInf(p, 0):
		return missing
	case p >= 1000:
		return "×" + number.text(r+1)
	}
	d := 1
	if math.Abs(p) >= 9.95 {
		d = 0
	}
	s := fixed(p, d)
	switch {
	case zero(s):
		return fixed(0, d) + " %"
	case p > 0:
		return "+" + s + " %"
	}
	return s + " %"
}

// points writes a difference of two shares in percentage points.
func points(d float64) string {
	s := share.digits(100*d, 0)
	if d > 0 {
		s = "+" + s
	}
	return s + " pt"
}
