package scenarios

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/headroom/headroom/scenarios/dist"
)

// Provenance says where a value of a scenario comes from and how sure it is. In
// the file it stands in a comment behind the value:
//
//	cpu: lognormal(mean=4.1ms, cv=1.3)  # from profile 2026-12-01, 95 % 3.9–4.3ms
//
// The interval is of the mean where the value is a distribution, and of the
// value itself otherwise.
type Provenance struct {
	From       string  // what it was learned from: "profile", "2 load tests"
	Date       string  // "2026-12-01", or empty
	Confidence float64 // that the truth is within the interval (1); 0 where there is none
	Lo, Hi     float64 // of the interval, in base units
}

// quantity is what a value counts, which is how its interval is written.
type quantity uint8

const (
	aTime  quantity = iota // a duration or a distribution of durations (s)
	aCount                 // a number or a distribution of numbers (1)
	aShare                 // written with % (1)
	aRate                  // (1/s)
)

// figure is a value of a scenario as one number that may be uncertain.
type figure struct {
	of    quantity
	mean  float64
	law   dist.Dist // of aTime and aCount
	whole bool      // a whole number, such as one of replicas
	head  string    // what stands before a rate: "poisson("
	tail  string
}

// rateCall is how arrivals are written that one rate describes.
var rateCall = regexp.MustCompile(`^((?:poisson|constant)\()\s*([^(),]+?)\s*(\))$`)

// figureOf reads a value as one number; false for words and whatever else has
// none.
func figureOf(text string) (figure, bool) {
	if law, err := dist.Parse(text, dist.Seconds); err == nil {
		return figure{of: aTime, mean: law.Mean(), law: law}, true
	}
	if law, err := dist.Parse(text, dist.Count); err == nil {
		mean := law.Mean()
		return figure{of: aCount, mean: mean, law: law, whole: law.Family() == dist.FamilyConst && mean == math.Trunc(mean)}, true
	}
	if x, err := dist.ParseShare(text); err == nil {
		return figure{of: aShare, mean: x}, true
	}
	rate := figure{of: aRate}
	if m := rateCall.FindStringSubmatch(text); m != nil {
		rate.head, text, rate.tail = m[1], m[2], m[3]
	}
	x, err := dist.ParseRate(text)
	rate.mean = x
	return rate, err == nil
}

// with is the value, as the language writes it, with another mean.
func (f figure) with(mean float64) string {
	switch f.of {
	case aShare:
		return strconv.FormatFloat(100*mean, 'g', 8, 64) + "%"
	case aRate:
		return f.head + strconv.FormatFloat(mean, 'g', 8, 64) + "/s" + f.tail
	case aTime, aCount:
	}
	if f.whole {
		return strconv.FormatFloat(math.Max(1, math.Round(mean)), 'f', -1, 64)
	}
	if f.mean == 0 && f.of == aTime {
		return strconv.FormatFloat(mean, 'g', 8, 64) + "s"
	} else if f.mean == 0 {
		return strconv.FormatFloat(mean, 'g', 8, 64)
	}
	return f.law.Scaled(mean / f.mean).String()
}

// parse reads an end of an interval of such a value.
func (f figure) parse(text string) (float64, error) {
	switch f.of {
	case aTime:
		return dist.ParseDuration(text)
	case aShare:
		return dist.ParseShare(text)
	case aRate:
		if x, err := dist.ParseCount(strings.TrimSuffix(text, "/s")); err == nil && x == 0 {
			return 0, nil
		}
		return dist.ParseRate(text)
	default:
		return dist.ParseCount(text)
	}
}

// format writes an interval with the unit of its upper end, and enough digits
// to tell the ends apart.
func (f figure) format(lo, hi float64) string {
	scale, unit := 1.0, ""
	switch f.of {
	case aTime:
		scale, unit = timeUnit(hi)
	case aShare:
		scale, unit = 100, "%"
	case aRate:
		unit = "/s"
	case aCount:
	}
	digits := 3
	if width := hi - lo; width > 0 {
		digits = min(max(3, 2+int(math.Ceil(math.Log10(hi/width)))), 12)
	}
	one := func(v float64) string {
		rounded, err := strconv.ParseFloat(strconv.FormatFloat(v*scale, 'g', digits, 64), 64)
		if err != nil {
			rounded = v * scale
		}
		return strconv.FormatFloat(rounded, 'f', -1, 64)
	}
	return one(lo) + "–" + one(hi) + unit
}

// timeUnit is the unit in which a time reads well, and how many make a second.
func timeUnit(t float64) (perSecond float64, unit string) {
	switch {
	case t >= 1:
		return 1, "s"
	case t >= 1e-3:
		return 1e3, "ms"
	case t >= 1e-6:
		return 1e6, "us"
	default:
		return 1e9, "ns"
	}
}

// write puts the provenance of a value into words.
func (p Provenance) write(f figure) string {
	text := "from " + p.From
	if p.Date != "" {
		text += " " + p.Date
	}
	if p.Confidence > 0 {
		text += fmt.Sprintf(", %s %% %s", strconv.FormatFloat(100*p.Confidence, 'g', 6, 64), f.format(p.Lo, p.Hi))
	}
	return text
}

// clause is the grammar of one provenance: the part of the path that tells
// values of one line apart, the origin, its date, and the interval.
var clause = regexp.MustCompile(`^(?:(\S+) )?from ([^,;]+?)(?: (\d{4}-\d{2}-\d{2}))?(?:, *([0-9.]+) ?% +(\S+?) ?[–—-] ?([0-9]\S*))?$`)

// looksLike finds comments that were meant as a provenance with an interval.
var looksLike = regexp.MustCompile(`^(?:\S+ )?from .*, *[0-9.]+ ?%`)

// said is one provenance as it stands in a comment.
type said struct {
	of         string // suffix of a path, or empty
	from, date string
	confidence string
	lo, hi     string
}

// clauses splits a comment at its semicolons; a part that is no provenance is
// free text and has no said.
func clauses(comment string) (texts []string, parts []*said) {
	for text := range strings.SplitSeq(comment, ";") {
		text = strings.TrimSpace(text)
		texts = append(texts, text)
		m := clause.FindStringSubmatch(text)
		if m == nil {
			parts = append(parts, nil)
			continue
		}
		parts = append(parts, &said{m[1], m[2], m[3], m[4], m[5], m[6]})
	}
	return texts, parts
}

// mostSpread is how many times its lower end the upper end of an interval may be.
const mostSpread = 10_000

// unitTail is the unit at the end of a quantity.
var unitTail = regexp.MustCompile(`[^0-9.eE_+-]+$`)

// about reads what is said of a value. The message is of what cannot be meant.
func (s said) about(f figure) (p Provenance, msg string) {
	p = Provenance{From: s.from, Date: s.date}
	if s.confidence == "" {
		return p, ""
	}
	level, err := strconv.ParseFloat(s.confidence, 64)
	if err != nil || !(level >= 50 && level <= 99.99) {
		return p, fmt.Sprintf("a confidence of %s %%; want 50 to 99.99", s.confidence)
	}
	lo := s.lo
	if unitTail.FindString(lo) == "" {
		lo += unitTail.FindString(s.hi)
	}
	var errLo, errHi error
	p.Confidence = level / 100
	p.Lo, errLo = f.parse(lo)
	p.Hi, errHi = f.parse(s.hi)
	// What was rounded for the eye may leave the value out by a last digit.
	slack := 0.01 * math.Max(p.Hi-p.Lo, 0.01*f.mean)
	switch {
	case errLo != nil || errHi != nil:
		return p, fmt.Sprintf("the interval %s–%s is not in the unit of the value", s.lo, s.hi)
	case p.Lo > p.Hi:
		return p, fmt.Sprintf("the interval %s–%s ends before it begins", s.lo, s.hi)
	case p.Lo > 0 && p.Hi > mostSpread*p.Lo:
		return p, fmt.Sprintf("the interval %s–%s is so wide that it says nothing; want a factor of at most %d", s.lo, s.hi, mostSpread)
	case f.mean < p.Lo-slack || f.mean > p.Hi+slack:
		return p, fmt.Sprintf("the interval %s–%s does not hold the mean of the value, %s", s.lo, s.hi, f.one(f.mean))
	}
	return p, ""
}

// one writes a single number of the kind.
func (f figure) one(v float64) string {
	_, text, _ := strings.Cut(f.format(v, v), "–")
	return text
}
