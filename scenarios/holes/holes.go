// Package holes reads texts with holes that are filled when a request is sent,
// as "/users/${users.id}?at=${now:unix}". It knows what holes there are, not
// what fills them.
package holes

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Kind says what fills a hole.
type Kind uint8

const (
	Literal  Kind = iota // no hole: text as it is
	Variable             // ${name}: what an earlier answer of the session left
	Data                 // ${feeder.column}: a row of a data file
	Env                  // ${env:NAME}: the environment; where secrets come from
	UUID                 // ${uuid}: a random one, version 4
	Counter              // ${counter}: 1, 2, 3, … over the whole run
	Now                  // ${now}, ${now:unix}, ${now:ms}, ${now:http}: the time of day
	Random               // ${random:1..100}: a whole number, both ends included
)

// Piece is a part of a text.
type Piece struct {
	Kind   Kind
	Text   string // the literal text, or what stood in the braces
	Name   string // of the variable, the feeder, or in the environment; the layout of the time
	Column string // of the feeder
	Lo, Hi int64  // of a random number
	Raw    bool   // ${…|raw}: filled in as it is, not escaped
	Offset int    // where it begins in the text (bytes)
}

// Text is a text with holes.
type Text []Piece

// Error says what is wrong with a text, and where.
type Error struct {
	Offset int // in the text (bytes)
	Msg    string
	Hint   string // may be empty
}

// Error implements error.
func (e *Error) Error() string {
	if e.Hint != "" {
		return e.Msg + "; " + e.Hint
	}
	return e.Msg
}

// Words are the names of what is built in; no variable and no feeder has one.
func Words() []string { return []string{"uuid", "counter", "now", "random", "env"} }

// Layouts are the ways in which the time of day is written: ${now:unix}.
func Layouts() []string { return []string{"iso", "unix", "ms", "http"} }

// Parse reads a text. "$${" stands for "${", and a $ before anything else for
// itself. An error is an [*Error].
func Parse(text string) (Text, error) {
	var out Text
	var plain strings.Builder
	flush := func(end int) {
		if plain.Len() > 0 {
			out = append(out, Piece{Text: plain.String(), Offset: end - plain.Len()})
			plain.Reset()
		}
	}
	for i := 0; i < len(text); {
		switch rest := text[i:]; {
		case strings.HasPrefix(rest, "$${"):
			plain.WriteString("${")
			i += 3
		case strings.HasPrefix(rest, "${"):
			length := strings.IndexByte(rest, '}')
			if length < 0 {
				return nil, &Error{i, "${ without }", "write $${ for the characters themselves"}
			}
			flush(i)
			p, err := hole(rest[2:length], i)
			if err != nil {
				return nil, err
			}
			out = append(out, p)
			i += length + 1
		default:
			plain.WriteByte(text[i])
			i++
		}
	}
	flush(len(text))
	return out, nil
}

// hole reads what stands in the braces of a hole at an offset.
func hole(inside string, at int) (Piece, error) {
	p := Piece{Text: inside, Offset: at}
	fail := func(hint, format string, args ...any) (Piece, error) {
		return Piece{}, &Error{at, fmt.Sprintf(format, args...), hint}
	}
	name, how, filtered := strings.Cut(strings.TrimSpace(inside), "|")
	name = strings.TrimSpace(name)
	if filtered {
		if strings.TrimSpace(how) != "raw" {
			return fail("only |raw is known", "${%s}: no filter %q", short(inside), short(how))
		}
		p.Raw = true
	}
	word, argument, with := strings.Cut(name, ":")
	feeder, column, dotted := strings.Cut(name, ".")
	switch {
	case with && word == "env":
		if !isName(argument) {
			return fail("write ${env:NAME}", "${%s} names no variable of the environment", short(inside))
		}
		p.Kind, p.Name = Env, argument
	case word == "uuid" && !with, word == "counter" && !with:
		p.Kind = map[string]Kind{"uuid": UUID, "counter": Counter}[word]
	case word == "now":
		if !with {
			argument = "iso"
		}
		if !slices.Contains(Layouts(), argument) {
			return fail("there are "+strings.Join(Layouts(), ", "), "${%s}: no layout %q", short(inside), short(argument))
		}
		p.Kind, p.Name = Now, argument
	case word == "random":
		lo, hi, ok := bounds(argument)
		if !ok {
			return fail("write ${random:1..100}", "${%s} wants two whole numbers, the smaller first", short(inside))
		}
		p.Kind, p.Lo, p.Hi = Random, lo, hi
	case with:
		return fail("what takes a colon are env, now and random", "no hole ${%s}", short(inside))
	case dotted && isName(feeder) && strings.TrimSpace(column) != "":
		p.Kind, p.Name, p.Column = Data, feeder, strings.TrimSpace(column)
	case isName(name) && name != "env":
		p.Kind, p.Name = Variable, name
	default:
		return fail("write $${ for the characters themselves", "no hole ${%s}", short(inside))
	}
	return p, nil
}

// bounds reads "1..100". Both ends are no further apart than draws can be.
func bounds(text string) (lo, hi int64, ok bool) {
	from, to, ok := strings.Cut(text, "..")
	lo, err1 := strconv.ParseInt(strings.TrimSpace(from), 10, 64)
	hi, err2 := strconv.ParseInt(strings.TrimSpace(to), 10, 64)
	const most = 1 << 62
	return lo, hi, ok && err1 == nil && err2 == nil && lo <= hi && lo > -most/2 && hi < most/2
}

// isName reports whether a text is a letter or _, then letters, digits, _ and -.
func isName(text string) bool {
	for i, r := range text {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_'
		if !letter && (i == 0 || (r < '0' || r > '9') && r != '-') {
			return false
		}
	}
	return text != ""
}

func short(text string) string {
	if r := []rune(text); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return text
}

// Constant reports whether the text has no holes.
func (t Text) Constant() bool {
	return !slices.ContainsFunc(t, func(p Piece) bool { return p.Kind != Literal })
}

// Literal is the text of one without holes.
func (t Text) Literal() string {
	var b strings.Builder
	for _, p := range t {
		b.WriteString(p.Text)
	}
	return b.String()
}

// Quote is a text in which nothing is a hole.
func Quote(text string) string { return strings.ReplaceAll(text, "${", "$${") }
