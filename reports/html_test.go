package reports

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/headroom/headroom/measure"
)

func page(t testing.TB, p Page) string {
	t.Helper()
	var b bytes.Buffer
	if err := HTML(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestHTMLHasEveryFigure(t *testing.T) {
	h := page(t, samplePage(t))
	for _, id := range []string{
		"figure-system", "figure-tail-0", "figure-tail-1", "figure-tail-2", "figure-delay-0",
		"figure-time-0", "figure-time-1", "figure-time-2", "figure-utilization", "errors", "goals",
		"part0-workload", "part1-workload", "part1-service", "part1-topic",
	} {
		if strings.Count(h, ` id="`+id+`"`) != 1 {
			t.Errorf("%d elements with id %q", strings.Count(h, ` id="`+id+`"`), id)
		}
	}
	for _, text := range []string{
		"album holds at this load: all 8 objectives pass.", "8 of 8 met", "1.47 × the load", "The model can be trusted here",
		"can be trusted", "one of 280 equal cells", "headroom run album --seed 7", "batches are approximated", "3ab6bf898d77",
	} {
		if !strings.Contains(h, text) {
			t.Errorf("the page does not say %q", text)
		}
	}
}

// Nothing may be fetched: the only addresses in the page name XML vocabularies
// or are texts, such as the target of a load test.
func TestHTMLIsSelfContained(t *testing.T) {
	h := page(t, samplePage(t))
	for _, m := range regexp.MustCompile(`(?i)(src|href|action|data|poster|srcset)\s*=\s*"([^"]*)"`).FindAllStringSubmatch(h, -1) {
		if link := m[2]; !strings.HasPrefix(link, "#") && link != "data:," && !strings.HasPrefix(link, "{") {
			t.Errorf("a link that leads out of the page: %s", m[0])
		}
	}
	rest := strings.NewReplacer(
		`xmlns="http://www.w3.org/2000/svg"`, "", `createElementNS("http://www.w3.org/2000/svg"`, "",
		"<dd>http://127.0.0.1:40123</dd>", "",
	).Replace(h)
	if i := strings.Index(rest, "://"); i >= 0 {
		t.Errorf("an address: %s", rest[max(0, i-40):min(len(rest), i+40)])
	}
	for _, bad := range []string{"@import", "url(http", "NaN", "%!", "<nil>", "ZgotmplZ", "Inf"} {
		if strings.Contains(h, bad) {
			t.Errorf("the page contains %q", bad)
		}
	}
}

// Every tag that opens is closed, in order; every id is the only one of its
// name; what an element refers to is there; figures are well-formed XML.
func TestHTMLIsWellFormed(t *testing.T) {
	for name, p := range map[string]Page{
		"full": samplePage(t), "one": onePage(t, 1), "failing": failingPage(t), "unstable": unstablePage(t), "empty": {},
	} {
		h := page(t, p)
		if err := balanced(h); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var ids []string
		for _, m := range regexp.MustCompile(`\sid="([^"]*)"`).FindAllStringSubmatch(h, -1) {
			if slices.Contains(ids, m[1]) {
				t.Errorf("%s: two elements with id %q", name, m[1])
			}
			ids = append(ids, m[1])
		}
		for _, m := range regexp.MustCompile(`\s(?:aria-labelledby|href|marker-end)="(?:url\()?#?([^")]*)`).FindAllStringSubmatch(h, -1) {
			for _, ref := range strings.Fields(m[1]) {
				if ref != "data:," && !slices.Contains(ids, ref) {
					t.Errorf("%s: nothing has the id %q that is referred to", name, ref)
				}
			}
		}
		for _, svg := range regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(h, -1) {
			if err := parse(svg); err != nil {
				t.Errorf("%s: %v in %.200s", name, err, svg)
			}
		}
	}
}

func balanced(h string) error {
	h = regexp.MustCompile(`(?s)<(script|style)>.*?</(script|style)>`).ReplaceAllString(h, "")
	var open []string
	for _, m := range regexp.MustCompile(`<(/?)([a-zA-Z][a-zA-Z0-9]*)[^>]*?(/?)>`).FindAllStringSubmatch(h, -1) {
		name := strings.ToLower(m[2])
		switch {
		case slices.Contains([]string{"meta", "link", "br", "hr", "img", "input"}, name) || m[3] == "/":
		case m[1] == "":
			open = append(open, name)
		case len(open) == 0 || open[len(open)-1] != name:
			return errors.New("unexpected </" + name + "> within " + strings.Join(open, " > "))
		default:
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		return errors.New("not closed: " + strings.Join(open, " > "))
	}
	return nil
}

func parse(s string) error {
	d := xml.NewDecoder(strings.NewReader(s))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// The page says the same for those who do not see it.
func TestHTMLIsAccessible(t *testing.T) {
	h := page(t, samplePage(t))
	for _, want := range []string{`<html lang="en">`, "<main", "<header>", "<footer>", `class="skip"`, `<meta name="viewport"`} {
		if !strings.Contains(h, want) {
			t.Errorf("no %s", want)
		}
	}
	if n := strings.Count(h, "<h1"); n != 1 {
		t.Errorf("%d first headings", n)
	}
	for _, m := range regexp.MustCompile(`<svg[^>]*>`).FindAllString(h, -1) {
		if !strings.Contains(m, `role="img" aria-labelledby="`) && !strings.Contains(m, `aria-hidden="true"`) {
			t.Errorf("a figure without a name: %s", m)
		}
	}
	for _, m := range regexp.MustCompile(`<td[^>]*class="[^"]*(good|doubtful|bad)[^"]*"[^>]*>(.*?)</td>`).FindAllStringSubmatch(h, -1) {
		if !strings.ContainsAny(m[2], "✓✗?") {
			t.Errorf("a judgement by colour alone: %s", m[0])
		}
	}
}

// Names are the user's; none may become markup.
func TestHTMLEscapes(t *testing.T) {
	const evil = `<script>alert("x")</script>&'`
	r := onePage(t, 4).Results[0].Result
	r.Workloads[evil] = r.Workloads["uploads"]
	r.Services[evil] = r.Services["search"]
	r.Topics[evil] = r.Topics["photos"]
	r.Series.Workloads[evil] = r.Series.Workloads["uploads"]
	r.Caveats = []measure.Caveat{{What: evil}}
	m := sampleModel(t)
	m.Workloads[0].Name, m.Services[0].Name, m.Topics[0].Name = evil, evil, evil
	h := page(t, Page{Title: evil, Model: m, Notes: []string{evil}, Command: evil, Results: []Named{{evil, r}}})
	if strings.Contains(h, "<script>alert") {
		t.Error("a name became markup")
	}
	if err := balanced(h); err != nil {
		t.Error(err)
	}
	var b bytes.Buffer
	if err := Markdown(&b, Page{Title: "a|b\n# <x>", Results: []Named{{"*n*", r}}}); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(b.String(), "# a\\|b \\# \\<x\\>\n") {
		t.Errorf("got %.40q", b.String())
	}
}

// Whatever a result holds, every renderer ends with a page or an error.
func TestOddResults(t *testing.T) {
	odd := func(v float64) *measure.Result {
		e := measure.Between(v, -v, 2*v, 0.95)
		times := &measure.Times{Mean: e, P50: e, P99: e, Histogram: []measure.Point{{Le: v, P: 0.5}, {Le: v, P: 0.5}, {Le: 2 * v, P: 1, Lo: 2, Hi: -3}, {Le: -v, P: v}}}
		return &measure.Result{
			Stable: true, Bottleneck: "s", Saturation: map[string]float64{"w": v, "x": 0}, Scenario: measure.Scenario{Part: v},
			Workloads: map[string]*measure.Workload{"w": {Offered: e, Throughput: e, Failed: e, Response: times}, "nil": nil},
			Services:  map[string]*measure.Service{"s": {Utilization: e, Present: e, Response: times}, "nil": nil},
			Topics:    map[string]*measure.Topic{"t": {Depth: e, Delay: times}, "nil": nil},
			Series: &measure.Series{Interval: v, Start: -v, Workloads: map[string]measure.WorkloadSeries{
				"w": {Throughput: measure.Values{v, math.NaN(), v}, P99: measure.Values{math.NaN(), math.NaN()}},
			}},
			Objectives: []measure.Objective{{Subject: "w", Metric: "p99", Limit: v, Value: e}, {Subject: "s", Metric: "utilization", Limit: v}},
		}
	}
	var results []Named
	for _, v := range []float64{0, 1e-300, 1e-9, 1, 1e9, 1e300, -1, math.NaN(), math.Inf(1), math.Inf(-1)} {
		results = append(results, Named{"", odd(v)})
	}
	pages := []Page{{}, {Results: []Named{{}}}, {Results: []Named{{Result: &measure.Result{}}}}, {Results: results}}
	for _, n := range results {
		pages = append(pages, Page{Model: sampleModel(t), Results: []Named{n}}, Page{Results: []Named{n, {Name: "other", Result: odd(2)}}})
	}
	for i, p := range pages {
		for name, render := range map[string]func(io.Writer) error{
			"text":     func(w io.Writer) error { return Text(w, p, Style{}) },
			"markdown": func(w io.Writer) error { return Markdown(w, p) },
			"csv":      func(w io.Writer) error { return CSV(w, p) },
			"html":     func(w io.Writer) error { return HTML(w, p) },
		} {
			if err := render(io.Discard); err != nil {
				t.Errorf("page %d as %s: %v", i, name, err)
			}
		}
		_ = JSON(io.Discard, p) // refuses what is not finite
	}
}

// The same page is the same file, byte by byte.
func TestHTMLIsDeterministic(t *testing.T) {
	first := page(t, samplePage(t))
	for range 5 {
		if page(t, samplePage(t)) != first {
			t.Fatal("the same page is written differently")
		}
	}
}
