package dist

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

func (p *parser) errorAt(at int, hint, format string, args ...any) *ParseError {
	return &ParseError{Offset: min(at, len(p.text)), Msg: fmt.Sprintf(format, args...), Hint: hint}
}

func (p *parser) space() {
	for p.pos < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.pos]) >= 0 {
		p.pos++
	}
}

func (p *parser) take(c byte) bool {
	if p.pos < len(p.text) && p.text[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

func (p *parser) since(start int) string { return p.text[start:p.pos] }

// butSee is ", not X" for a message, or ", not the end".
func (p *parser) butSee() string {
	if p.pos >= len(p.text) {
		return ", not the end of the text"
	}
	_, n := utf8.DecodeRuneInString(p.text[p.pos:])
	return fmt.Sprintf(", not %q", p.text[p.pos:p.pos+n])
}

func (p *parser) end() *ParseError {
	p.space()
	if p.pos == len(p.text) {
		return nil
	}
	return p.errorAt(p.pos, "", "unexpected %q", clip(p.text[p.pos:]))
}

// clip shortens a text for a message.
func clip(s string) string {
	const most = 24
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }

// word reads a family or parameter name: letters, digits, and points between
// digits, as in p99.9.
func (p *parser) word() string {
	start := p.pos
	for p.pos < len(p.text) {
		c := p.text[p.pos]
		if !isLetter(c) && !isDigit(c) && c != '_' && c != '-' && c != '.' {
			break
		}
		p.pos++
	}
	return p.since(start)
}

// digits reads a decimal number, without what underscores divide, and the rest
// of the word that follows it: its unit.
func (p *parser) digits() (number, unit string, err *ParseError) {
	start := p.pos
	if p.pos < len(p.text) && (p.text[p.pos] == '-' || p.text[p.pos] == '+') {
		p.pos++
	}
	seen := false
	for p.pos < len(p.text) && (isDigit(p.text[p.pos]) || p.text[p.pos] == '.' || p.text[p.pos] == '_') {
		seen = seen || isDigit(p.text[p.pos])
		p.pos++
	}
	if !seen {
		return "", "", p.noNumber(start)
	}
	p.exponent()
	number = strings.ReplaceAll(p.since(start), "_", "")
	if _, e := strconv.ParseFloat(number, 64); e != nil && !isRange(e) {
		return "", "", p.errorAt(start, "", "%q is not a number", clip(p.since(start)))
	}
	from := p.pos
	for p.pos < len(p.text) && (isLetter(p.text[p.pos]) || p.text[p.pos] >= utf8.RuneSelf || p.text[p.pos] == '%') {
		p.pos++
	}
	return number, p.since(from), nil
}

func (p *parser) noNumber(start int) *ParseError {
	p.pos = start
	if p.pos >= len(p.text) {
		return p.errorAt(start, "", "a number is missing at the end")
	}
	w := p.text[start:]
	if i := strings.IndexAny(w, ",():= "); i > 0 {
		w = w[:i]
	}
	return p.errorAt(start, "", "want a number, not %q", clip(w))
}

// exponent moves over "e9" or "e-3", if there is one.
func (p *parser) exponent() {
	i := p.pos
	if i >= len(p.text) || p.text[i] != 'e' && p.text[i] != 'E' {
		return
	}
	i++
	if i < len(p.text) && (p.text[i] == '-' || p.text[i] == '+') {
		i++
	}
	from := i
	for i < len(p.text) && isDigit(p.text[i]) {
		i++
	}
	if i > from {
		p.pos = i
	}
}

// signed reads a bare number of either sign.
func (p *parser) signed() (float64, *ParseError) {
	start := p.pos
	text, unit, err := p.digits()
	if err != nil {
		return 0, err
	}
	if unit != "" {
		return 0, p.errorAt(p.pos-len(unit), "write the number alone", "this parameter takes no unit %q", clip(unit))
	}
	v, e := strconv.ParseFloat(text, 64)
	if e != nil || math.Abs(v) > mostAmount {
		return 0, p.tooLarge(start)
	}
	return v, nil
}

func (p *parser) tooLarge(start int) *ParseError {
	return p.errorAt(start, fmt.Sprintf("want at most %g", float64(mostAmount)), "%s is too large", clip(p.since(start)))
}

func isRange(err error) bool { return strings.HasSuffix(err.Error(), strconv.ErrRange.Error()) }

// amount reads a time with its unit, or a bare count; it is finite and not
// negative.
func (p *parser) amount(u Unit) (float64, *ParseError) {
	start := p.pos
	text, unit, err := p.digits()
	if err != nil {
		return 0, err
	}
	exponent, factor := 0, 1.0
	switch {
	case u == Count && unit != "":
		return 0, p.errorAt(p.pos-len(unit), "write the number alone", "a count has no unit %q", clip(unit))
	case u == Count:
	case unit == "":
		if v, e := strconv.ParseFloat(text, 64); e == nil && v == 0 {
			return 0, nil
		}
		return 0, p.noUnit(text, start)
	default:
		var ok bool
		if exponent, factor, ok = secondsOf(unit); !ok {
			return 0, p.badUnit(unit)
		}
		if p.pos < len(p.text) && isDigit(p.text[p.pos]) {
			return 0, p.errorAt(p.pos, "write 90s in place of 1m30s", "a duration has one number and one unit")
		}
	}
	v, e := shift(text, exponent)
	v *= factor
	return p.inRange(v, e, start)
}

func (p *parser) noUnit(text string, start int) *ParseError {
	text = clip(text)
	after := parser{text: p.text, pos: p.pos}
	after.space()
	if unit := after.word(); unit != "" {
		if _, _, ok := secondsOf(unit); ok {
			return p.errorAt(p.pos, "write "+text+unit, "a space between %s and its unit", text)
		}
	}
	return p.errorAt(start, fmt.Sprintf("write %sms, %ss or %sm", text, text, text), "%s has no unit", text)
}

func (p *parser) badUnit(unit string) *ParseError {
	at := p.pos - len(unit)
	if w := unitWord(unit); w != "" {
		return p.errorAt(at, fmt.Sprintf("did you mean %q? %s", w, unitHint), "no unit of time %q", clip(unit))
	}
	return p.errorAt(at, unitHint, "no unit of time %q", clip(unit))
}

func (p *parser) inRange(v float64, e error, start int) (float64, *ParseError) {
	switch {
	case e != nil || v > mostAmount:
		return 0, p.tooLarge(start)
	case v < 0:
		return 0, p.errorAt(start, "", "%s is negative", clip(p.since(start)))
	case v != 0 && v < leastAmount:
		return 0, p.errorAt(start, fmt.Sprintf("want 0 or at least %g", leastAmount), "%s is too small", clip(p.since(start)))
	}
	return v, nil
}

// share reads "85%" or "0.85", at least 0.
func (p *parser) share() (float64, *ParseError) {
	start := p.pos
	text, unit, err := p.digits()
	if err != nil {
		return 0, err
	}
	if unit == "" {
		if p.space(); p.take('%') {
			unit = "%"
		}
	}
	exponent := 0
	switch unit {
	case "":
	case "%":
		exponent = -2
	default:
		return 0, p.errorAt(p.pos-len(unit), "write 85% or 0.85", "a share has no unit %q", clip(unit))
	}
	v, e := shift(text, exponent)
	switch {
	case e != nil:
		return 0, p.tooLarge(start)
	case v < 0:
		return 0, p.errorAt(start, "", "%s is negative", clip(p.since(start)))
	}
	return v, nil
}

// rate reads "12k/min" (1/s), above 0.
func (p *parser) rate() (float64, *ParseError) {
	start := p.pos
	text, unit, err := p.digits()
	if err != nil {
		return 0, err
	}
	exponent := 0
	switch unit {
	case "":
	case "k", "K":
		exponent = 3
	case "M":
		exponent = 6
	case "G":
		exponent = 9
	default:
		return 0, p.errorAt(p.pos-len(unit), "write a rate as 200/s, 12k/min or 1.2e9/day", "a rate has no unit %q", clip(unit))
	}
	v, e := shift(text, exponent)
	period, err := p.period()
	if err != nil {
		return 0, err
	}
	if e == nil && v == 0 {
		return 0, p.errorAt(start, "want more than 0", "the rate %s is 0", clip(p.since(start)))
	}
	return p.inRange(v/period, e, start)
}

func (p *parser) period() (float64, *ParseError) {
	p.space()
	if !p.take('/') {
		return 0, p.errorAt(p.pos, "write a rate as 200/s, 12k/min or 1.2e9/day", "a rate says per what%s", p.butSee())
	}
	p.space()
	at := p.pos
	w := p.word()
	period, ok := periodOf(w)
	if !ok {
		return 0, p.errorAt(at, "a rate is per ms, s, min, h or d", "no period %q", clip(w))
	}
	return period, nil
}
