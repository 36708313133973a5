package foreign

import (
	"fmt"
	"slices"
	"strings"
)

// Note is something that one language says and the other cannot.
type Note struct {
	File   string // empty for an export
	Line   int    // 0 where there is none
	Where  string // the element: "station CPU", "services.web"
	What   string // what is not carried over
	Effect string // what stands there instead, may be empty
}

// String puts the note into one line.
func (n Note) String() string {
	out := place(n.File, n.Line)
	if n.Where != "" {
		out += n.Where + ": "
	}
	out += n.What
	if n.Effect != "" {
		out += "; " + n.Effect
	}
	return out
}

// Mistake is something in a file that cannot be read, or in a model that cannot
// be written.
type Mistake struct {
	File string // empty for an export
	Line int    // 0 where there is none
	Msg  string
}

// Mistakes are all that were found, in order of place. They are an error.
type Mistakes []Mistake

// maxShown bounds how many mistakes a message shows.
const maxShown = 50

// Error has a line a mistake.
func (m Mistakes) Error() string {
	var lines []string
	for i, one := range m {
		if i == maxShown {
			lines = append(lines, fmt.Sprintf("and %d more", len(m)-maxShown))
			break
		}
		lines = append(lines, place(one.File, one.Line)+one.Msg)
	}
	return strings.Join(lines, "\n")
}

func place(file string, line int) string {
	switch {
	case file == "":
		return ""
	case line == 0:
		return file + ": "
	}
	return fmt.Sprintf("%s:%d: ", file, line)
}

// report collects what is to be said of a conversion.
type report struct {
	file     string
	notes    []Note
	mistakes Mistakes
}

func (r *report) fail(line int, format string, args ...any) {
	m := Mistake{File: r.file, Line: line, Msg: fmt.Sprintf(format, args...)}
	if !slices.Contains(r.mistakes, m) {
		r.mistakes = append(r.mistakes, m)
	}
}

func (r *report) note(line int, where, what, effect string) {
	n := Note{File: r.file, Line: line, Where: where, What: what, Effect: effect}
	if !slices.Contains(r.notes, n) {
		r.notes = append(r.notes, n)
	}
}

// err is the mistakes in order of place, nil when there are none.
func (r *report) err() error {
	if len(r.mistakes) == 0 {
		return nil
	}
	slices.SortStableFunc(r.mistakes, func(a, b Mistake) int { return a.Line - b.Line })
	return r.mistakes
}

// shorten keeps a message readable whatever the file holds.
func shorten(text string) string {
	const most = 60
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}
