package foreign

import (
	"math"
	"strconv"
	"strings"

	"github.com/headroom/headroom/scenarios/dist"
)

// most is the largest number taken from a file; the language of scenarios has
// the same bound.
const most = 1e12

// number reads a number of at least 0 (s, 1/s or 1). Older files have a decimal comma.
func (r *report) number(line int, what, text string) (float64, bool) {
	plain := text
	if strings.Count(text, ",") == 1 && !strings.Contains(text, ".") {
		plain = strings.Replace(text, ",", ".", 1)
	}
	x, err := strconv.ParseFloat(plain, 64)
	switch {
	case strings.HasPrefix(text, "$"):
		r.fail(line, "%s is the variable %s, which has no value here", what, shorten(text))
	case text == "":
		r.fail(line, "%s has no value", what)
	case err != nil && !math.IsInf(x, 0), strings.ContainsAny(plain, "xXpP_"):
		r.fail(line, "%s is %q; want a number", what, shorten(text))
	case !(x >= 0 && x <= most):
		r.fail(line, "%s is %s; want a number from 0 to 1e12", what, shorten(text))
	default:
		return x, true
	}
	return 0, false
}

// whole reads a whole number of at least lo.
func (r *report) whole(line int, what, text string, lo int) (int, bool) {
	x, ok := r.number(line, what, text)
	if !ok {
		return lo, false
	}
	if x != math.Trunc(x) || x < float64(lo) || x > 1e9 {
		r.fail(line, "%s is %s; want a whole number of at least %d", what, shorten(text), lo)
		return lo, false
	}
	return int(x), true
}

// dist reads a distribution of times as the language writes it.
func (r *report) dist(line int, what, text string) dist.Dist {
	d, err := dist.Parse(text, dist.Seconds)
	if err != nil {
		r.fail(line, "%s: %s cannot be said in a scenario: %s", what, shorten(text), reason(err))
		return dist.Const(0)
	}
	return d
}

// reason is what a parser of distributions complains of, without its offset.
func reason(err error) string {
	text := strings.TrimPrefix(err.Error(), "dist: ")
	if rest, ok := strings.CutPrefix(text, "offset "); ok {
		if _, after, found := strings.Cut(rest, ": "); found {
			return after
		}
	}
	return text
}

// exponential is an exponential distribution with the given mean (s), the
// constant 0 where that is 0.
func (r *report) exponential(line int, what string, mean float64) dist.Dist {
	if mean == 0 {
		return dist.Const(0)
	}
	return r.dist(line, what, "exp("+seconds(mean)+")")
}

// moments is a distribution with the given mean (s) and squared coefficient of
// variation (1): exponential, constant or gamma.
func (r *report) moments(line int, what string, mean, scv float64) dist.Dist {
	switch {
	case mean == 0 || scv == 1:
		return r.exponential(line, what, mean)
	case scv == 0:
		return r.dist(line, what, seconds(mean))
	}
	return r.dist(line, what, "gamma(mean="+seconds(mean)+", cv="+plain(math.Sqrt(scv))+")")
}

// plain writes a number (1) with the fewest digits that read back as it.
func plain(x float64) string {
	if a := math.Abs(x); a != 0 && (a < 1e-4 || a >= 1e15) {
		return strconv.FormatFloat(x, 'g', -1, 64)
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

// seconds writes a time (s).
func seconds(x float64) string { return plain(x) + "s" }

// reciprocal is 1/x, and of the numbers whose reciprocal is x the shortest one:
// a mean that was written as a rate and back is the same again.
func reciprocal(x float64) float64 {
	exact := 1 / x
	for _, digits := range []int{15, 16} {
		short, err := strconv.ParseFloat(strconv.FormatFloat(exact, 'g', digits, 64), 64)
		if err == nil && 1/short == x {
			return short
		}
	}
	for _, near := range []float64{exact, math.Nextafter(exact, 0), math.Nextafter(exact, math.Inf(1))} {
		if 1/near == x {
			return near
		}
	}
	return exact
}

// neat takes the rounding of a sum away: a number that is one of at most 12
// digits up to 1e-14 of it is that one.
func neat(x float64) float64 {
	near, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 14, 64), 64)
	if err == nil && strconv.FormatFloat(near, 'g', 12, 64) == strconv.FormatFloat(near, 'g', -1, 64) {
		return near
	}
	return x
}
