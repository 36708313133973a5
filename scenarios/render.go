package scenarios

import (
	"fmt"
	"strings"
	"unicode"
)

// String renders the diagnostic as a compiler would:
//
//	checkout.yaml:14:9: services.web.operations.checkout[3].call: no operation "db.writ"; did you mean "db.write"?
//	   14 |         - call: db.writ
//	      |                 ^^^^^^^
func (d Diagnostic) String() string {
	var b strings.Builder
	head := d.Msg
	if d.Path != "" {
		head = d.Path + ": " + head
	}
	if at := d.Pos.String(); at != "" {
		head = at + ": " + head
	}
	if d.Hint != "" {
		head += "; " + d.Hint
	}
	b.WriteString(printable(head) + "\n")
	if d.Pos.Col == 0 || d.Source == "" {
		return b.String()
	}
	number := ""
	if d.Pos.Line > 0 {
		number = fmt.Sprint(d.Pos.Line)
	}
	line, col := window(d.Source, d.Pos.Col, d.width)
	fmt.Fprintf(&b, "%5s | %s\n", number, printable(line))
	fmt.Fprintf(&b, "%5s | %s\n", "", marker(line, col, d.width))
	return b.String()
}

// A whole file may be one line of JSON: of a line longer than longLine
// characters, windowSize are shown before and after the place.
const (
	longLine   = 160
	windowSize = 60
)

// window cuts a long line around a column, which moves with it.
func window(line string, col, width int) (string, int) {
	r := []rune(line)
	if len(r) <= longLine {
		return line, col
	}
	from := max(0, min(col-1, len(r))-windowSize)
	to := min(len(r), from+2*windowSize+min(width, windowSize))
	cut := string(r[from:to])
	if to < len(r) {
		cut += "…"
	}
	if from > 0 {
		return "…" + cut, col - from + 1
	}
	return cut, col
}

// printable keeps what a file holds from reaching a terminal as a command.
func printable(line string) string {
	return strings.Map(func(r rune) rune {
		if r != '\t' && !unicode.IsPrint(r) && !unicode.In(r, unicode.Cf, unicode.Zs) {
			return '\uFFFD'
		}
		return r
	}, line)
}

// marker underlines width characters from a column: tabs are repeated, so
// that the terminal moves as far as in the line above, and wide characters
// count twice.
func marker(line string, col, width int) string {
	var pad, mark strings.Builder
	column := 0
	for _, r := range line {
		column++
		switch {
		case column >= col+max(width, 1):
			return pad.String() + mark.String()
		case column >= col:
			mark.WriteString(strings.Repeat("^", max(cells(r), 1)))
		case r == '\t':
			pad.WriteByte('\t')
		default:
			pad.WriteString(strings.Repeat(" ", cells(r)))
		}
	}
	if mark.Len() == 0 {
		mark.WriteByte('^')
	}
	return pad.String() + mark.String()
}

// cells is how many columns of a terminal a character takes: none for what
// combines with the one before, two for East Asian wide ones (the blocks of
// Unicode Standard Annex 11 that hold nearly all of them) and emoji.
func cells(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case r >= 0x1100 && r <= 0x115f, r >= 0x2e80 && r <= 0xa4cf && r != 0x303f,
		r >= 0xac00 && r <= 0xd7a3, r >= 0xf900 && r <= 0xfaff, r >= 0xfe30 && r <= 0xfe6f,
		r >= 0xff00 && r <= 0xff60, r >= 0xffe0 && r <= 0xffe6, r >= 0x1f300 && r <= 0x1f64f,
		r >= 0x1f900 && r <= 0x1f9ff, r >= 0x20000 && r <= 0x3fffd:
		return 2
	}
	return 1
}
