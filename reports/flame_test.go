package reports

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/headroom/headroom/measure"
)

// flamePage has two flame graphs, the second compared, and no results.
func flamePage() Page {
	tree := &measure.CallTree{Name: "all", Calls: []*measure.CallTree{
		{Name: "net/http.(*conn).serve", Group: "net/http", Calls: []*measure.CallTree{
			{Name: "example.com/shop.(*App).buy", Group: "example.com/shop", Self: 0.001, Base: 0.001, Calls: []*measure.CallTree{
				{Name: "example.com/shop.hash</figure><script>", Group: "example.com/shop", Self: 0.006, Base: 0.003},
			}},
			{Name: "example.com/shop.(*App).find", Group: "example.com/shop", Self: 0.002, Base: 0.003},
		}},
		{Name: "runtime.gcBgMarkWorker", Group: "runtime", Self: 0.001, Base: 0.001},
	}}
	return Page{
		Title: "Profile", Notes: []string{"Processor time a request: 10.0 ms"}, Command: "headroom profile x",
		Flames: []Flame{
			{Title: "Flame graph: cpu", Unit: "s", Per: " a request", Tree: tree},
			{Title: "Flame graph of the difference", Unit: "s", Per: " a request", Tree: tree, Against: "before"},
		},
		Chapters: []Chapter{{Title: "By function", Columns: []ChapterColumn{{Head: "function"}}, Rows: [][]string{{"shop.hash"}}}},
	}
}

// TestFlamePage draws a page of flame graphs without any result.
func TestFlamePage(t *testing.T) {
	p := flamePage()
	html := page(t, p)
	for _, want := range []string{"Flame graph: cpu", "Widths as before", "By function", "Processor time a request", `<noscript>`} {
		if !strings.Contains(html, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	for _, not := range []string{"hash</figure>", "stable at this load", "What it rests on"} {
		if strings.Contains(html, not) {
			t.Errorf("the page has %q", not)
		}
	}
	var b bytes.Buffer
	if err := Text(&b, p, Style{}); err != nil || !strings.Contains(b.String(), "By function") || strings.Contains(b.String(), "stable") {
		t.Errorf("%v: %s", err, b.String())
	}
	plain := page(t, Page{Title: "x"})
	if strings.Contains(plain, "figure.flame") || strings.Contains(plain, ".flame") {
		t.Error("a page without flame graphs carries their script")
	}
}

// TestFlameData keeps what is spent, with every name once.
func TestFlameData(t *testing.T) {
	p := flamePage()
	views, err := p.flames()
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Names []string
		Tree  []any
	}
	if err := json.Unmarshal([]byte(views[1].Data), &d); err != nil {
		t.Fatal(err)
	}
	if len(d.Names) != 6 || d.Names[0] != "all" || len(d.Tree) != 4 {
		t.Errorf("%v, %v", d.Names, d.Tree)
	}
}

// The flame graph as a person uses it: looks, searches, zooms, by keyboard too.
func TestFlameInBrowser(t *testing.T) {
	ctx := browser(t)
	html := page(t, flamePage())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(html))
	}))
	defer server.Close()
	if err := chromedp.Do(ctx); err != nil { // starts it
		t.Fatal(err)
	}
	for _, width := range []int64{1400, 420} {
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(server.URL)); err != nil {
			t.Fatal(err)
		}
		for _, theme := range []string{"light", "dark"} {
			evaluate(ctx, t, theme, `(document.documentElement.dataset.theme = "`+theme+`", [])`)
			for _, what := range []string{"requests", "the page scrolls sideways", "figures that cannot be seen", "no figures", "texts on each other", "texts cut off", "too little contrast"} {
				for _, wrong := range evaluate(ctx, t, what, checks[what]) {
					t.Errorf("%d, %s: %s: %s", width, theme, what, wrong)
				}
			}
			for _, wrong := range evaluate(ctx, t, "contrast", flameContrast) {
				t.Errorf("%d, %s: %s", width, theme, wrong)
			}
		}
		for _, wrong := range evaluate(ctx, t, "use", flameUse) {
			t.Errorf("%d: %s", width, wrong)
		}
	}
}

// flameContrast wants texts that can be read on their boxes.
const flameContrast = `(() => {
	const c = document.createElement("canvas").getContext("2d");
	const rgb = s => { c.fillStyle = "#000"; c.fillStyle = s; c.fillRect(0, 0, 1, 1); return [...c.getImageData(0, 0, 1, 1).data]; };
	const light = s => { const [r, g, b] = rgb(s).map(v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
	return [...document.querySelectorAll(".flame g")].flatMap(g => {
		const t = g.querySelector("text");
		if (!t) return [];
		const [hi, lo] = [light(getComputedStyle(t).fill), light(getComputedStyle(g.querySelector("rect")).fill)].sort((a, b) => b - a);
		const ratio = (hi + 0.05) / (lo + 0.05);
		return ratio < 4.5 ? [t.textContent + ": contrast " + ratio.toFixed(1)] : [];
	});
})()`

const flameUse = `(() => {
	const out = [], want = (is, what) => { if (!is) out.push(what); };
	document.querySelectorAll("figure.flame").forEach((f, i) => {
		const svg = f.querySelector("svg"), boxes = () => svg.querySelectorAll("g").length, key = k => svg.dispatchEvent(new KeyboardEvent("keydown", {key: k, bubbles: true}));
		const chosen = () => f.querySelector(".chosen strong").textContent, search = f.querySelector("input"), whole = f.querySelector(".whole");
		want(boxes() === 6, "boxes: " + boxes());
		search.value = "hash"; search.dispatchEvent(new Event("input"));
		want(f.querySelector(".found").textContent === "60 % in what matches", f.querySelector(".found").textContent);
		want(svg.querySelectorAll("g.hit").length === 1, "hits");
		search.value = "(*App"; search.dispatchEvent(new Event("input"));
		want(svg.querySelectorAll("g.hit").length === 2, "what is no expression is searched for as it is");
		search.value = ""; search.dispatchEvent(new Event("input"));
		key("ArrowDown"); key("ArrowDown");
		want(chosen().endsWith(".buy"), "arrows lead to " + chosen());
		key("ArrowRight");
		want(chosen().endsWith(".find"), "to the right is " + chosen());
		key("ArrowLeft"); key("Enter");
		want(boxes() === 4 && !whole.disabled, "zoomed: " + boxes());
		key("Escape");
		want(boxes() === 6 && whole.disabled, "whole: " + boxes());
		const r = svg.getBoundingClientRect();
		const at = {bubbles: true, clientX: r.left + 5, clientY: r.top + 45};
		svg.dispatchEvent(new PointerEvent("pointermove", at));
		const box = f.querySelector(".reading");
		want(!box.hidden && /App\).buy/.test(box.textContent) && /7 ms a request, 70 % of all/.test(box.textContent), "tooltip: " + box.textContent);
		want(i === 0 || /before 4 ms: \+3 ms, \+75 %/.test(box.textContent), "difference: " + box.textContent);
		svg.dispatchEvent(new MouseEvent("click", at));
		want(boxes() === 4, "clicked: " + boxes());
		whole.click();
		const widths = f.querySelector(".widths");
		if (widths) { widths.click(); want(widths.getAttribute("aria-pressed") === "true", "widths"); widths.click(); }
	});
	return out;
})()`
