package capacity

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// LoadPath is the path of [Varied] that is no key of a scenario: what the load
// is multiplied by, of every open workload or, without any, of the users.
const LoadPath = "load"

// Bounds of what is taken for a study and not for a slip.
const (
	evenPoints = 10      // of a range that is not said how to divide
	mostWhole  = 20      // whole numbers that a range takes one by one
	mostValues = 10_000  // of one hole
	mostPoints = 1 << 22 // of a grid
)

// Varied is an override of a scenario some of whose value is to be varied: the
// text of the value between, before and after its holes.
type Varied struct {
	Path   string
	Pieces []string // one more than there are holes
	Holes  []Hole
}

// Hole is one parameter that is varied: the values of a list or of a range.
type Hole struct {
	Name   string    // the path, with the rest of the value where there is more: workloads.web.arrivals=poisson(…/s)
	Texts  []string  // as they are put into the scenario
	Values []float64 // as numbers, in the unit that is written (1); NaN for a word

	Ranged    bool    // a range: what lies between may be sampled
	Low, High float64 // of a range, in the unit that is written (1)
	Whole     bool    // whole numbers only
	Log       bool    // evenly in the logarithm
	unit      string
}

// RangeError is a value to vary that cannot be read.
type RangeError struct {
	Text   string // the override
	Column int    // in characters, from 1
	Msg    string
}

// Error names the place.
func (e *RangeError) Error() string {
	return fmt.Sprintf("--set %s: column %d: %s", e.Text, e.Column, e.Msg)
}

// Split parts overrides into plain ones and those that vary something.
func Split(sets []string) (plain []string, varied []Varied, err error) {
	for _, s := range sets {
		v, err := Parse(s)
		switch {
		case err != nil:
			return nil, nil, err
		case len(v.Holes) == 0 && v.Path != LoadPath:
			plain = append(plain, s)
		default:
			varied = append(varied, v)
		}
	}
	return plain, varied, nil
}

// Parse reads an override, path=value. In the value
//
//	a..b              is a range: every whole number where there are at most 20, else 10 even points
//	a..b step s       its points every s
//	a..b x20          20 even points; a..b log x20 evenly in the logarithm
//	a|b|c             is a list, of whole values or, within brackets, of arguments
//
// A unit may follow either end, and what follows the range stays where it is:
// 1..8, 10ms..50ms, poisson(100..1000 step 100/s). What is in quotes is text.
func Parse(text string) (Varied, error) {
	path, value, ok := strings.Cut(text, "=")
	if !ok {
		return Varied{Path: text}, nil // the scenario says what is wrong
	}
	r := rangeReader{text: text, shift: len([]rune(path)) + 1}
	v := Varied{Path: strings.TrimSpace(path)}
	if err := r.read(value, 0, &v); err != nil {
		return v, err
	}
	if v.Path == LoadPath && len(v.Holes) == 0 {
		f, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil || !(f >= leastLoad && f <= mostLoad) {
			return v, r.fail(0, "%q is no multiple of the load; write load=0.5..1.5", value)
		}
	}
	for i := range v.Holes {
		h := &v.Holes[i]
		h.Name = v.Path
		if before, after := strings.TrimSpace(strings.Join(v.Pieces[:i+1], "…")), strings.TrimSpace(strings.Join(v.Pieces[i+1:], "…")); before+after != "" {
			h.Name += "=" + before + "…" + after
			if len(v.Holes) > 1 {
				h.Name += fmt.Sprintf(" #%d", i+1)
			}
		}
		if h.unit != "" {
			h.Name += " (" + h.unit + ")"
		}
	}
	return v, nil
}

// set is the override with values in its holes.
func (v *Varied) set(texts []string) string {
	var b strings.Builder
	b.WriteString(v.Path + "=")
	for i, p := range v.Pieces {
		b.WriteString(p)
		if i < len(texts) {
			b.WriteString(texts[i])
		}
	}
	return b.String()
}

type rangeReader struct {
	text  string
	shift int // characters before the value
}

func (r *rangeReader) fail(at int, format string, args ...any) error {
	return &RangeError{Text: r.text, Column: r.shift + at + 1, Msg: fmt.Sprintf(format, args...)}
}

const number = `[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?`

// A range, and how to divide it.
var rangeForm = regexp.MustCompile(`(` + number + `)([A-Za-zµ%]*)\.\.(` + number + `)([A-Za-zµ%]*)(?:\s+step\s+(` + number + `)([A-Za-zµ%]*)|(\s+log)?(?:\s+x\s?(\d+))|(\s+log)\b)?`)

// read finds the holes of a value, of which the first stands at the given
// number of characters.
func (r *rangeReader) read(value string, at int, v *Varied) error {
	from, to, ok := listIn(value)
	if !ok {
		return r.ranges(value, at, v)
	}
	if err := r.ranges(value[:from], at, v); err != nil {
		return err
	}
	h := Hole{}
	for _, one := range splitTop(value[from:to]) {
		one = strings.TrimSpace(one)
		if one == "" {
			return r.fail(at+len([]rune(value[:from])), "a value of the list is missing; write a|b|c")
		}
		var part Varied
		if err := r.read(one, at+len([]rune(value[:from])), &part); err != nil {
			return err
		}
		texts, err := r.expand(&part)
		if err != nil {
			return err
		}
		for _, t := range texts {
			h.Texts = append(h.Texts, t)
			h.Values = append(h.Values, leading(t))
		}
	}
	v.Holes = append(v.Holes, h)
	rest := Varied{}
	if err := r.read(value[to:], at+len([]rune(value[:to])), &rest); err != nil {
		return err
	}
	v.Pieces = append(v.Pieces, rest.Pieces...)
	v.Holes = append(v.Holes, rest.Holes...)
	return nil
}

// expand is every text that a value with holes may have.
func (r *rangeReader) expand(v *Varied) ([]string, error) {
	n := 1
	for _, h := range v.Holes {
		n *= len(h.Texts)
		if n > mostValues {
			return nil, r.fail(0, "more than %d values", mostValues)
		}
	}
	out := make([]string, n)
	for i := range out {
		rest := i
		var b strings.Builder
		for k, p := range v.Pieces {
			b.WriteString(p)
			if k < len(v.Holes) {
				texts := v.Holes[k].Texts
				b.WriteString(texts[rest%len(texts)])
				rest /= len(texts)
			}
		}
		out[i] = b.String()
	}
	return out, nil
}

var leadingForm = regexp.MustCompile(`^` + number)

// leading is the number that a text is, whatever its unit; NaN for others.
func leading(text string) float64 {
	m := leadingForm.FindString(text)
	if m == "" || strings.ContainsAny(text[len(m):], "(,") {
		return math.NaN()
	}
	f, err := strconv.ParseFloat(m, 64)
	if err != nil {
		return math.NaN()
	}
	return f
}

// ranges finds the ranges of a value without lists.
func (r *rangeReader) ranges(value string, at int, v *Varied) error {
	plain := unquoted(value)
	for {
		m := rangeForm.FindStringSubmatchIndex(plain)
		if m == nil {
			v.Pieces = append(v.Pieces, value)
			return nil
		}
		from, to := m[0], m[1]
		if from > 0 && wordEnd.MatchString(plain[:from]) {
			return r.fail(at+len([]rune(value[:from])), "a range begins within a word; put brackets around it, or quotes where it is none")
		}
		group := func(i int) string {
			if m[2*i] < 0 {
				return ""
			}
			return plain[m[2*i]:m[2*i+1]]
		}
		h, err := r.hole(at+len([]rune(value[:from])), group)
		if err != nil {
			return err
		}
		v.Pieces, v.Holes = append(v.Pieces, value[:from]), append(v.Holes, h)
		at += len([]rune(value[:to]))
		value, plain = value[to:], plain[to:]
	}
}

var wordEnd = regexp.MustCompile(`[\pL\d_.]$`)

// hole reads the parts of a range.
func (r *rangeReader) hole(at int, group func(int) string) (Hole, error) {
	lowText, lowUnit, highText, unit := group(1), group(2), group(3), group(4)
	h := Hole{Ranged: true, unit: unit, Log: group(7) != "" || group(9) != ""}
	var err error
	if h.Low, err = strconv.ParseFloat(lowText, 64); err != nil {
		return h, r.fail(at, "%s is out of range", lowText)
	}
	if h.High, err = strconv.ParseFloat(highText, 64); err != nil {
		return h, r.fail(at, "%s is out of range", highText)
	}
	switch {
	case lowUnit != "" && lowUnit != unit:
		return h, r.fail(at, "the ends are in %q and %q; write both in one unit", lowUnit, unit)
	case !(h.Low < h.High):
		return h, r.fail(at, "the range goes from %s to %s; want the smaller end first", lowText, highText)
	case h.Log && h.Low <= 0:
		return h, r.fail(at, "a logarithm of %s; want both ends above 0", lowText)
	}
	h.Whole = !strings.ContainsAny(lowText+highText, ".eE") && unit == ""
	if step := group(5); step != "" {
		s, err := strconv.ParseFloat(step, 64)
		if err != nil || !(s > 0) || group(6) != "" && group(6) != unit {
			return h, r.fail(at, "a step of %s%s; want one above 0 in the unit of the range", step, group(6))
		}
		n := int(math.Min(mostValues+1, math.Floor((h.High-h.Low)/s+1e-9)+1))
		if n > mostValues {
			return h, r.fail(at, "more than %d values", mostValues)
		}
		h.Whole = h.Whole && s == math.Trunc(s)
		for i := range n {
			h.add(h.Low + float64(i)*s)
		}
		return h, nil
	}
	n := evenPoints
	if span := h.High - h.Low; h.Whole && !h.Log && span < mostWhole {
		n = int(span) + 1
	}
	if times := group(8); times != "" {
		if n, err = strconv.Atoi(times); err != nil || n < 2 || n > mostValues {
			return h, r.fail(at, "%s points; want 2 to %d", times, mostValues)
		}
	}
	for i := range n {
		h.add(h.at(float64(i) / float64(n-1)))
	}
	return h, nil
}

// at is the point of a range after a part of it.
func (h *Hole) at(part float64) float64 {
	v := h.Low + part*(h.High-h.Low)
	if h.Log {
		v = h.Low * math.Pow(h.High/h.Low, part)
	}
	if h.Whole {
		v = math.Round(v)
	}
	return math.Max(h.Low, math.Min(h.High, v))
}

// add takes a value in, unless rounding made it the last one again.
func (h *Hole) add(v float64) {
	text := h.text(v)
	if n := len(h.Texts); n > 0 && h.Texts[n-1] == text {
		return
	}
	h.Texts, h.Values = append(h.Texts, text), append(h.Values, v)
}

func (h *Hole) text(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return strconv.FormatFloat(v, 'f', 0, 64) + h.unit
	}
	return strconv.FormatFloat(v, 'g', 9, 64) + h.unit
}

// unquoted blanks what stands in quotes.
func unquoted(s string) string {
	out := []byte(s)
	quote := byte(0)
	for i, c := range out {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
			out[i] = ' '
		case c == '"' || c == '\'':
			quote = c
			out[i] = ' '
		}
	}
	return string(out)
}

// listIn finds the first list of a value: from the bracket or comma before its
// first bar to the one after its last; all of the value outside of brackets.
func listIn(value string) (from, to int, ok bool) {
	plain := unquoted(value)
	bar := strings.IndexByte(plain, '|')
	if bar <= 0 {
		return 0, 0, false
	}
	depth := 0
	for from = bar; from > 0; from-- {
		switch c := plain[from-1]; {
		case strings.IndexByte(")]}", c) >= 0:
			depth++
		case strings.IndexByte("([{", c) >= 0 && depth > 0:
			depth--
		case strings.IndexByte("([{", c) >= 0, strings.IndexByte(",=", c) >= 0 && depth == 0 && inside(plain[:bar]):
			return from, endOf(plain, bar), true
		}
	}
	return from, endOf(plain, bar), true
}

// inside reports whether a bracket is still open after a text.
func inside(s string) bool {
	return strings.Count(s, "(")+strings.Count(s, "[")+strings.Count(s, "{") > strings.Count(s, ")")+strings.Count(s, "]")+strings.Count(s, "}")
}

// endOf is where the list ends that has a bar at the given place.
func endOf(plain string, bar int) int {
	depth, in := 0, inside(plain[:bar])
	for i := bar; i < len(plain); i++ {
		switch c := plain[i]; {
		case strings.IndexByte("([{", c) >= 0:
			depth++
		case strings.IndexByte(")]}", c) >= 0:
			if depth == 0 {
				return i
			}
			depth--
		case c == ',' && depth == 0 && in:
			return i
		}
	}
	return len(plain)
}

// splitTop cuts a list at its bars, those within brackets left alone.
func splitTop(list string) []string {
	plain := unquoted(list)
	var out []string
	depth, last := 0, 0
	for i := range len(plain) {
		switch c := plain[i]; {
		case strings.IndexByte("([{", c) >= 0:
			depth++
		case strings.IndexByte(")]}", c) >= 0:
			depth--
		case c == '|' && depth == 0:
			out, last = append(out, list[last:i]), i+1
		}
	}
	return append(out, list[last:])
}
