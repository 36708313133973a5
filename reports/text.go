package reports

import (
	"bufio"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Style says how text looks.
type Style struct {
	Color bool // colour judgements; they carry a symbol anyway
	Width int  // columns to wrap sentences at, 0 for 100; tables may take ten more
}

// Text writes the page for a terminal: headline, tables, notes and caveats.
func Text(w io.Writer, p Page, s Style) error {
	if s.Width <= 0 {
		s.Width = 100
	}
	t := &textWriter{Writer: bufio.NewWriter(w), Style: s}
	d := p.document()
	t.head(d)
	for _, sec := range d.sections {
		t.section(sec)
	}
	for _, c := range d.chapters {
		t.heading(c.title)
		for _, s := range c.sentences {
			t.wrapped("", "  ", s)
		}
		if !c.table.empty() {
			t.table(c.table)
		}
	}
	if len(d.caveats) > 0 {
		t.heading("Caveats")
		for _, c := range d.caveats {
			t.wrapped("- ", "  ", strings.Join(c.of, ", ")+": "+c.String())
		}
	}
	if t.lines > screen {
		t.line("")
		t.verdict(d)
	}
	return t.Flush()
}

// screen is how many lines a terminal shows at once; after more, the verdict
// is said again at the end, where the reader is.
const screen = 40

func (t *textWriter) head(d *document) {
	t.line(t.paint(ansiBold, d.title))
	t.verdict(d)
	for _, n := range d.notes {
		t.wrapped("- ", "  ", n)
	}
}

func (t *textWriter) verdict(d *document) {
	for _, x := range d.lines {
		t.sentence(x)
	}
}

func (t *textWriter) section(s section) {
	if s.title != "" {
		t.heading("== " + s.title + " ==")
	} else {
		t.line("")
	}
	for _, r := range s.runs {
		t.wrapped("", "  ", r)
	}
	for _, tab := range s.tables {
		t.heading(tab.title)
		t.table(tab)
	}
}

func (t *textWriter) heading(s string) {
	t.line("")
	t.line(t.paint(ansiBold, s))
}

type textWriter struct {
	*bufio.Writer
	Style
	lines int // written so far
}

const (
	ansiBold   = "1"
	ansiDim    = "2"
	ansiRed    = "31"
	ansiGreen  = "32"
	ansiYellow = "33"
)

func (t *textWriter) paint(code, s string) string {
	if !t.Color || code == "" || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func moodCode(m mood) string {
	return [...]string{"", ansiGreen, ansiYellow, ansiRed}[m]
}

// line writes a line; an error stays in the writer until Flush.
func (t *textWriter) line(s string) {
	_, _ = t.WriteString(strings.TrimRight(s, " ") + "\n")
	t.lines++
}

func (t *textWriter) sentence(s sentence) {
	mark := s.mood.symbol()
	if mark == "" {
		mark = " "
	}
	first := true
	for _, l := range wrap(s.text, t.Width-2) {
		if first {
			t.line(t.paint(moodCode(s.mood), mark) + " " + l)
		} else {
			t.line("  " + l)
		}
		first = false
	}
}

func (t *textWriter) wrapped(first, rest, s string) {
	for i, l := range wrap(s, t.Width-utf8.RuneCountInString(rest)) {
		if i == 0 {
			t.line(first + l)
		} else {
			t.line(rest + l)
		}
	}
}

// wrap breaks a text at spaces into lines of at most width characters.
func wrap(s string, width int) []string {
	var out []string
	line := ""
	for _, word := range strings.Fields(s) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width:
			out = append(out, line)
			line = word
		default:
			line += " " + word
		}
	}
	return append(out, line)
}

// table writes a table without rules: a bold head, two spaces between columns.
func (t *textWriter) table(tab *table) {
	tab = tab.fitting(t.Width + 10)
	heads := headLines(tab)
	widths := measureColumns(tab, heads)
	for _, h := range heads {
		var b strings.Builder
		for i, c := range tab.columns {
			pad(&b, h[i], widths[i].total(), c.numeric)
		}
		t.line(t.paint(ansiDim, strings.TrimRight(b.String(), " ")))
	}
	for _, r := range tab.rows {
		var b strings.Builder
		for i, c := range r.cells {
			t.cell(&b, c, widths[i], tab.columns[i].numeric)
		}
		t.line(b.String())
	}
	if tab.foot != "" {
		t.line(t.paint(ansiDim, tab.foot))
	}
}

// fitting is the table without its minor columns, the last ones first, as far
// as that takes to fit into a width.
func (t *table) fitting(width int) *table {
	for {
		total := -2
		for _, w := range measureColumns(t, headLines(t)) {
			total += w.total() + 2
		}
		drop := -1
		for i, c := range t.columns {
			if c.minor {
				drop = i
			}
		}
		if total <= width || drop < 0 {
			return t
		}
		out := *t
		out.columns = slices.Delete(slices.Clone(t.columns), drop, drop+1)
		out.rows = nil
		for _, r := range t.rows {
			out.rows = append(out.rows, row{cells: slices.Delete(slices.Clone(r.cells), drop, drop+1), first: r.first})
		}
		t = &out
	}
}

// headLines breaks "measured against simulated" over two lines.
func headLines(tab *table) [][]string {
	two := make([]string, len(tab.columns))
	one := make([]string, len(tab.columns))
	split := false
	for i, c := range tab.columns {
		if a, b, ok := strings.Cut(c.head, " against "); ok {
			one[i], two[i], split = a, "vs "+b, true
		} else {
			two[i] = c.head
		}
	}
	if split {
		return [][]string{one, two}
	}
	return [][]string{two}
}

// colWidth is the width of a column: of its figures, and of their intervals.
type colWidth struct{ text, pm, head int }

func (w colWidth) total() int { return max(w.body(), w.head) }

func (w colWidth) body() int {
	if w.pm == 0 {
		return w.text
	}
	return w.text + 1 + w.pm
}

func measureColumns(tab *table, heads [][]string) []colWidth {
	out := make([]colWidth, len(tab.columns))
	for i := range out {
		for _, h := range heads {
			out[i].head = max(out[i].head, utf8.RuneCountInString(h[i]))
		}
	}
	for _, r := range tab.rows {
		for i, c := range r.cells {
			out[i].text = max(out[i].text, utf8.RuneCountInString(c.text))
			out[i].pm = max(out[i].pm, utf8.RuneCountInString(c.pm))
		}
	}
	return out
}

func (t *textWriter) cell(b *strings.Builder, c cell, w colWidth, right bool) {
	if !right {
		n := w.total() - utf8.RuneCountInString(c.text)
		b.WriteString(t.paint(moodCode(c.mood), c.text) + strings.Repeat(" ", n+2))
		return
	}
	b.WriteString(strings.Repeat(" ", w.total()-w.body()))
	b.WriteString(strings.Repeat(" ", w.text-utf8.RuneCountInString(c.text)))
	b.WriteString(t.paint(moodCode(c.mood), c.text))
	if w.pm > 0 {
		b.WriteString(" " + t.paint(ansiDim, c.pm) + strings.Repeat(" ", w.pm-utf8.RuneCountInString(c.pm)))
	}
	b.WriteString("  ")
}

func pad(b *strings.Builder, s string, width int, right bool) {
	gap := strings.Repeat(" ", width-utf8.RuneCountInString(s))
	if right {
		b.WriteString(gap + s + "  ")
	} else {
		b.WriteString(s + gap + "  ")
	}
}
