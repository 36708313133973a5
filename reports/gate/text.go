package gate

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// Text writes a report for a terminal.
func Text(w io.Writer, r *Report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s. %s\n", r.Scenario, r.Outcome, r.Sentence)
	for _, f := range r.Faults {
		fmt.Fprintf(&b, "  ! %s\n", f)
	}
	if len(r.Comparisons) > 0 {
		fmt.Fprintf(&b, "\n%s\n", r.heading())
		t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "metric\tbefore\tnow\tchange\ttolerated\tp\tverdict\t")
		for i := range r.Comparisons {
			c := &r.Comparisons[i]
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", c.subject(), shown(c.Base, c.Unit), shown(c.Head, c.Unit), c.changed(), c.allowed(), c.odds(), c.verdict())
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	if len(r.Checks) > 0 {
		fmt.Fprintln(&b, "\nlimits")
		t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		for i := range r.Checks {
			c := &r.Checks[i]
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t\n", c.Name, figureOf(c.Value, c.Unit), c.bound(), c.Verdict, c.Why)
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "\nnote: %s", n)
	}
	if len(r.Notes) > 0 {
		b.WriteString("\n")
	}
	_, err := io.WriteString(w, trimLines(b.String()))
	return err
}

// trimLines takes the spaces off the ends of lines that tables leave there.
func trimLines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

func (r *Report) heading() string {
	text := fmt.Sprintf("%d pairs of runs, intervals of %.4g %%", r.Pairs, 100*r.Confidence)
	if r.MaxPairs > r.Pairs || r.Looks > 1 {
		text += fmt.Sprintf(", look %d of what may become %d pairs", r.Looks, r.MaxPairs)
	}
	return text
}

// odds is the p-value that speaks for the verdict.
func (c *Comparison) odds() string {
	if c.Why != "" && c.PWorse == 1 && c.PWithin == 1 {
		return "–"
	}
	return fmt.Sprintf("%.2g", min(c.PWorse, c.PWithin))
}

func (c *Comparison) verdict() string {
	switch c.Verdict {
	case "fail":
		return string(Regression)
	case "pass":
		return string(Passed)
	}
	return strings.TrimSuffix(string(Open)+": "+c.Why, ": ")
}

// JSON writes a report as it is.
func JSON(w io.Writer, r *Report) error { return asJSON(w, r) }

func asJSON(w io.Writer, x any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(x)
}
