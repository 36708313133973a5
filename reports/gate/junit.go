package gate

import (
	"encoding/xml"
	"fmt"
	"io"

	"github.com/headroom/headroom/measure"
)

// The elements of JUnit's XML that its readers have in common: the schema of
// Jenkins' xunit plug-in and GitLab's reader.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name       string          `xml:"name,attr"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Errors     int             `xml:"errors,attr"`
		Skipped    int             `xml:"skipped,attr"`
		Time       string          `xml:"time,attr"`
		Properties *junitProps     `xml:"properties,omitempty"`
		Cases      []junitTestcase `xml:"testcase"`
	}
	junitProps struct {
		Property []junitProperty `xml:"property"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitTestcase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Time    string        `xml:"time,attr"`
		Skipped *junitMessage `xml:"skipped,omitempty"`
		Error   *junitMessage `xml:"error,omitempty"`
		Failure *junitMessage `xml:"failure,omitempty"`
	}
	junitMessage struct {
		Message string `xml:"message,attr,omitempty"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes a report as JUnit XML: a test case for every metric of every
// workload and every limit. What is worse has failed; what is undecided is
// skipped; where the runs cannot be judged, every case is an error.
func JUnit(w io.Writer, r *Report) error {
	s := junitSuite{Name: "headroom gate: " + r.Scenario, Time: "0", Properties: &junitProps{[]junitProperty{
		{"outcome", string(r.Outcome)}, {"sentence", r.Sentence}, {"pairs", fmt.Sprint(r.Pairs)}, {"confidence", fmt.Sprintf("%.4g", r.Confidence)},
	}}}
	for i := range r.Comparisons {
		c := &r.Comparisons[i]
		detail := fmt.Sprintf("before %s, now %s, change %s, tolerated %s, p %s", shown(c.Base, c.Unit), shown(c.Head, c.Unit), c.changed(), c.allowed(), c.odds())
		s.add(r, r.Scenario+"."+whole(c.Workload), c.Metric, c.Verdict, string(Regression), detail, c.Why)
	}
	for i := range r.Checks {
		c := &r.Checks[i]
		detail := fmt.Sprintf("%s, allowed %s", figureOf(c.Value, c.Unit), c.bound())
		s.add(r, r.Scenario+"."+c.Kind, c.Name+" "+c.bound(), c.Verdict, c.Kind, detail, c.Why)
	}
	if len(s.Cases) == 0 {
		s.add(r, r.Scenario, "gate", measure.Undecided, string(Invalid), r.Sentence, "")
	}
	s.Tests = len(s.Cases)
	out := junitSuites{Tests: s.Tests, Failures: s.Failures, Errors: s.Errors, Suites: []junitSuite{s}}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(out); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func whole(workload string) string {
	if workload == "" {
		return "target"
	}
	return workload
}

func (s *junitSuite) add(r *Report, class, name string, v measure.Verdict, kind, detail, why string) {
	c := junitTestcase{Class: class, Name: name, Time: "0"}
	switch {
	case r.Outcome == Invalid:
		c.Error = &junitMessage{Message: r.Sentence, Type: string(Invalid), Text: detail}
		s.Errors++
	case v == measure.Fail:
		c.Failure = &junitMessage{Message: detail, Type: kind, Text: why}
		s.Failures++
	case v == measure.Undecided:
		c.Skipped = &junitMessage{Message: "undecided: " + detail + "; " + why}
		s.Skipped++
	}
	s.Cases = append(s.Cases, c)
}
