package reports

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// Markdown writes the page as GitHub-flavoured Markdown, for a pull request or
// a step summary.
func Markdown(w io.Writer, p Page) error {
	b := bufio.NewWriter(w)
	d := p.document()
	// Errors of a bufio.Writer stay until Flush.
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(b, format+"\n", args...) }
	line("# %s\n", escapeMarkdown(d.title))
	for _, s := range d.lines {
		line("%s\n", strings.TrimSpace(s.mood.symbol()+" "+escapeMarkdown(s.text)))
	}
	for _, n := range d.notes {
		line("- %s", escapeMarkdown(n))
	}
	for _, s := range d.sections {
		level := "##"
		if s.title != "" {
			line("\n## %s", escapeMarkdown(s.title))
			level = "###"
		}
		line("")
		for _, r := range s.runs {
			line("- %s", escapeMarkdown(r))
		}
		for _, t := range s.tables {
			line("\n%s %s\n", level, t.title)
			markdownTable(line, t)
		}
	}
	for _, c := range d.chapters {
		line("\n## %s\n", escapeMarkdown(c.title))
		for _, s := range c.sentences {
			line("- %s", escapeMarkdown(s))
		}
		if !c.table.empty() {
			if len(c.sentences) > 0 {
				line("")
			}
			markdownTable(line, c.table)
		}
	}
	if len(d.caveats) > 0 {
		line("\n## Caveats\n")
		for _, c := range d.caveats {
			line("- %s: %s", escapeMarkdown(strings.Join(c.of, ", ")), escapeMarkdown(c.String()))
		}
	}
	return b.Flush()
}

func markdownTable(line func(string, ...any), t *table) {
	var head, rule strings.Builder
	for _, c := range t.columns {
		head.WriteString(" " + escapeMarkdown(c.head) + " |")
		if c.numeric {
			rule.WriteString(" ---: |")
		} else {
			rule.WriteString(" --- |")
		}
	}
	line("|%s", head.String())
	line("|%s", rule.String())
	for _, r := range t.rows {
		var b strings.Builder
		for _, c := range r.cells {
			s := escapeMarkdown(c.text)
			if c.pm != "" {
				s = strings.TrimSpace(s + " " + escapeMarkdown(c.pm))
			}
			b.WriteString(" " + s + " |")
		}
		line("|%s", b.String())
	}
	if t.foot != "" {
		line("\n%s", escapeMarkdown(t.foot))
	}
}

// escapeMarkdown keeps names of a scenario from being read as markup.
func escapeMarkdown(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch r {
		case '\\', '|', '*', '_', '`', '<', '>', '[', ']', '#':
			b.WriteByte('\\')
		case '\n', '\r':
			r = ' '
		}
		b.WriteRune(r)
	}
	return b.String()
}
