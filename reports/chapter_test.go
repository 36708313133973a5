package reports

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// A chapter says the same in every form that people read.
func TestChapter(t *testing.T) {
	p := onePage(t, 0)
	p.Chapters = []Chapter{{
		Title:     "Where the *work* goes",
		Sentences: []string{"db is full first, at 2.33 times the load."},
		Columns:   []ChapterColumn{{Head: "service"}, {Head: "demand", Numeric: true}},
		Rows:      [][]string{{"db", Seconds(0.0123)}, {"web"}},
	}}
	for name, c := range map[string]struct {
		render func(io.Writer) error
		want   []string
	}{
		"text": {
			func(w io.Writer) error { return Text(w, p, Style{}) },
			[]string{"Where the *work* goes\ndb is full first", "service   demand\n", "db       12.3 ms\n", "web            –\n"},
		},
		"Markdown": {
			func(w io.Writer) error { return Markdown(w, p) },
			[]string{`## Where the \*work\* goes`, "- db is full first", "| db | 12.3 ms |", "| web | – |"},
		},
		"HTML": {
			func(w io.Writer) error { return HTML(w, p) },
			[]string{"<h2 id=\"h-chapter0\">Where the *work* goes</h2>", "<p>db is full first", "12.3 ms"},
		},
	} {
		var b bytes.Buffer
		if err := c.render(&b); err != nil {
			t.Fatal(err)
		}
		for _, want := range c.want {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s: no %q in\n%s", name, want, b.String())
			}
		}
	}
}

func TestFigures(t *testing.T) {
	for got, want := range map[string]string{
		Seconds(0.025): "25.0 ms", PerSecond(12300): "12.3 k/s", Share(0.447): "44.7 %", Number(2.5): "2.5", Change(-0.12): "−12 %",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
