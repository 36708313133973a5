package gate

import (
	"fmt"
	"io"
	"strings"

	"github.com/headroom/headroom/measure"
)

// Annotations writes a report as workflow commands of GitHub's runners, which
// show them beside the change: an error for what is worse or broken, a warning
// for what is undecided, and one notice where all is well. A file, if any, is
// what they are shown at.
func Annotations(w io.Writer, r *Report, file string) error {
	var b strings.Builder
	say := func(kind, title, text string) {
		where := ""
		if file != "" {
			where = "file=" + property(file) + ",line=1,"
		}
		fmt.Fprintf(&b, "::%s %stitle=%s::%s\n", kind, where, property("headroom: "+title), message(text))
	}
	for i := range r.Comparisons {
		c := &r.Comparisons[i]
		text := fmt.Sprintf("%s before, %s now: %s, tolerated %s", shown(c.Base, c.Unit), shown(c.Head, c.Unit), c.changed(), c.allowed())
		switch {
		case r.Outcome == Invalid:
		case c.Verdict == measure.Fail:
			say("error", c.subject()+" is worse", text)
		case c.Verdict == measure.Undecided:
			say("warning", c.subject()+" is undecided", text+"; "+c.Why)
		}
	}
	for i := range r.Checks {
		c := &r.Checks[i]
		text := strings.TrimSuffix(fmt.Sprintf("%s, allowed %s; %s", figureOf(c.Value, c.Unit), c.bound(), c.Why), "; ")
		switch c.Verdict {
		case measure.Fail:
			say("error", c.Name+" does not hold", text)
		case measure.Undecided:
			say("warning", c.Name+" is undecided", text)
		}
	}
	switch r.Outcome {
	case Invalid:
		say("error", "the runs cannot be judged", r.Sentence+" "+strings.Join(r.Faults, "; "))
	case Passed:
		say("notice", "passed", r.Sentence)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// message and property escape as GitHub's toolkit does (@actions/core, command.ts).
func message(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}

func property(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(text)
}
