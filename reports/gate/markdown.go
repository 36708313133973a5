package gate

import (
	"fmt"
	"io"
	"strings"
)

// Markdown writes a report for the summary of a job or a comment.
func Markdown(w io.Writer, r *Report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s %s: %s\n\n%s\n", sign(r.Outcome), cell(r.Scenario), r.Outcome, cell(r.Sentence))
	if len(r.Faults) > 0 {
		b.WriteString("\n")
		for _, f := range r.Faults {
			fmt.Fprintf(&b, "- %s\n", cell(f))
		}
	}
	if len(r.Comparisons) > 0 {
		fmt.Fprintf(&b, "\n%s\n\n| metric | before | now | change | tolerated | p | verdict |\n|---|--:|--:|--:|--:|--:|---|\n", r.heading())
		for i := range r.Comparisons {
			c := &r.Comparisons[i]
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n", cell(c.subject()), shown(c.Base, c.Unit), shown(c.Head, c.Unit), c.changed(), c.allowed(), c.odds(), cell(c.verdict()))
		}
	}
	if len(r.Checks) > 0 {
		b.WriteString("\n| limit | value | allowed | verdict | |\n|---|--:|--:|---|---|\n")
		for i := range r.Checks {
			c := &r.Checks[i]
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", cell(c.Name), figureOf(c.Value, c.Unit), c.bound(), c.Verdict, cell(c.Why))
		}
	}
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "\n> %s\n", cell(n))
	}
	if r.Command != "" {
		fmt.Fprintf(&b, "\n`%s`\n", strings.ReplaceAll(r.Command, "`", "'"))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// sign says at a glance, and without colours alone, how it ended.
func sign(o Outcome) string {
	switch o {
	case Passed:
		return "✅"
	case Regression, Broken:
		return "❌"
	case Open:
		return "❔"
	}
	return "⚠️"
}

// cell keeps a text from breaking out of a table, or becoming markup.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "\r", " ", "<", "&lt;", "`", "'").Replace(text)
}
