package dist

import (
	"math"
	"strconv"
	"strings"
)

// Largest and smallest values that the language takes, other than 0: beyond
// them a scenario is surely mistyped, and cubes leave the range of a float64.
const (
	mostAmount  = 1e12
	leastAmount = 1e-15
)

const unitHint = "units are ns us ms s m h d"

// ParseDuration reads a duration such as "3ms", "0.5s" or "10m" (s). Units are
// ns us µs ms s m min h d; only 0 may stand without one.
func ParseDuration(text string) (float64, error) {
	return parseWhole(text, func(p *parser) (float64, *ParseError) { return p.amount(Seconds) })
}

// ParseCount reads a bare number of at least 0, such as "14_000" or "2.5" (1).
func ParseCount(text string) (float64, error) {
	return parseWhole(text, func(p *parser) (float64, *ParseError) { return p.amount(Count) })
}

// ParseShare reads a share from 0 to 1, such as "85%" or "0.85" (1).
func ParseShare(text string) (float64, error) {
	return parseWhole(text, func(p *parser) (float64, *ParseError) {
		start := p.pos
		v, err := p.share()
		if err == nil && v > 1 {
			return 0, p.errorAt(start, "write 85% or 0.85", "a share of %s is more than all", p.since(start))
		}
		return v, err
	})
}

// ParseRate reads a rate above 0 (1/s), such as "200/s", "12k/min" or
// "1.2e9/day". k, M and G stand for 1e3, 1e6 and 1e9; periods are ms, s, m,
// min, h, hour, d and day.
func ParseRate(text string) (float64, error) {
	return parseWhole(text, (*parser).rate)
}

// parseWhole reads all of a text as one value.
func parseWhole(text string, read func(*parser) (float64, *ParseError)) (float64, error) {
	p := &parser{text: text}
	p.space()
	v, err := read(p)
	if err == nil {
		err = p.end()
	}
	if err != nil {
		return 0, err
	}
	return v, nil
}

// secondsOf is a unit as a decimal exponent and a whole factor, so that "0.3ms"
// becomes exactly the float64 nearest to 0.0003.
func secondsOf(unit string) (exponent int, factor float64, ok bool) {
	switch unit {
	case "s":
		return 0, 1, true
	case "ms":
		return -3, 1, true
	case "us", "µs", "μs": // both code points of the micro sign
		return -6, 1, true
	case "ns":
		return -9, 1, true
	case "m", "min":
		return 0, 60, true
	case "h":
		return 0, 3600, true
	case "d":
		return 0, 86400, true
	}
	return 0, 0, false
}

func unitNames() []string { return []string{"ns", "us", "ms", "s", "m", "min", "h", "d"} }

// unitWords maps what people write to what the language has.
func unitWord(w string) string {
	switch strings.ToLower(w) {
	case "sec", "secs", "second", "seconds":
		return "s"
	case "msec", "millis", "millisecond", "milliseconds":
		return "ms"
	case "usec", "micros", "microsecond", "microseconds":
		return "us"
	case "mins", "minute", "minutes":
		return "m"
	case "hr", "hrs", "hour", "hours":
		return "h"
	case "day", "days":
		return "d"
	}
	return nearest(w, unitNames())
}

// periodOf is the length (s) of what a rate is "per".
func periodOf(word string) (float64, bool) {
	switch word {
	case "ms":
		return 1e-3, true
	case "s", "sec", "second":
		return 1, true
	case "m", "min", "minute":
		return 60, true
	case "h", "hour":
		return 3600, true
	case "d", "day":
		return 86400, true
	}
	return 0, false
}

// shift multiplies decimal digits by a power of ten as text, which rounds once.
func shift(digits string, exponent int) (float64, error) {
	if i := strings.IndexAny(digits, "eE"); i >= 0 {
		e, err := strconv.Atoi(digits[i+1:])
		if err != nil {
			return 0, err
		}
		digits, exponent = digits[:i], exponent+e
	}
	return strconv.ParseFloat(digits+"e"+strconv.Itoa(exponent), 64)
}

// formatAmount writes v so that it reads back as exactly v.
func formatAmount(v float64, u Unit) string {
	if u == Count {
		return formatNumber(v)
	}
	switch {
	case v == 0:
		return "0s"
	case v >= 1:
		return formatNumber(v) + "s"
	case v >= 1e-3:
		return unshift(v, 3) + "ms"
	case v >= 1e-6:
		return unshift(v, 6) + "us"
	default:
		return unshift(v, 9) + "ns"
	}
}

func formatNumber(v float64) string {
	if a := math.Abs(v); a != 0 && (a < 1e-4 || a >= 1e15) {
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// unshift writes v·10ⁿ with the shortest digits that shift back to v.
func unshift(v float64, n int) string {
	text := strconv.FormatFloat(v, 'e', -1, 64)
	i := strings.IndexByte(text, 'e')
	digits := strings.Replace(text[:i], ".", "", 1)
	e, _ := strconv.Atoi(text[i+1:]) // FormatFloat always writes one
	e += n
	switch {
	case e < -4:
		return text[:i] + "e" + strconv.Itoa(e)
	case e < 0:
		return "0." + strings.Repeat("0", -e-1) + digits
	case len(digits) <= e+1:
		return digits + strings.Repeat("0", e+1-len(digits))
	default:
		return digits[:e+1] + "." + digits[e+1:]
	}
}
