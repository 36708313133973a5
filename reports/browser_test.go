package reports

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// chromium is the path of a browser to test in; without one the test is skipped.
func chromium(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a browser")
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("no Chromium to open the report in: apt-get install chromium (make test does it)")
	return ""
}

// browser starts Chromium with a profile of its own, and nothing that would
// talk to the network by itself.
func browser(t *testing.T) context.Context {
	t.Helper()
	path := chromium(t)
	profile, err := os.MkdirTemp("", "report-test")
	if err != nil {
		t.Fatal(err)
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(profile), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
	ctx, stop := context.WithTimeout(context.Background(), 90*time.Second)
	ctx, stopAllocator := chromedp.NewExecAllocator(ctx, opts...)
	ctx, stopTab := chromedp.NewContext(ctx)
	t.Cleanup(func() {
		stopTab()
		stopAllocator()
		stop()
		for range 50 { // its children may write for a moment longer
			if os.RemoveAll(profile) == nil {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
	})
	return ctx
}

// The report as a person meets it: in a browser, on a desk and on a telephone,
// by day and by night.
func TestReportInBrowser(t *testing.T) {
	ctx := browser(t)
	pages := map[string]string{"/full": page(t, samplePage(t)), "/failing": page(t, failingPage(t)), "/unstable": page(t, unstablePage(t))}
	var (
		mu    sync.Mutex
		asked []string
	)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, r.URL.Path)
		mu.Unlock()
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprint(w, pages[r.URL.Path])
	}))
	defer server.Close()

	if err := chromedp.Do(ctx); err != nil { // starts it
		t.Fatal(err)
	}
	quiet, stopListening := context.WithCancel(ctx)
	messages := chromedp.Console(quiet)
	views := 0
	for path := range pages {
		for _, width := range []int64{1400, 420} {
			views++
			if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(server.URL+path)); err != nil {
				t.Fatalf("%s at %d: %v", path, width, err)
			}
			for _, theme := range []string{"light", "dark"} {
				name := fmt.Sprintf("%s at %d, %s", path, width, theme)
				evaluate(ctx, t, name, `(document.documentElement.dataset.theme = "`+theme+`", [])`)
				for what, script := range checks {
					for _, wrong := range evaluate(ctx, t, name, script) {
						t.Errorf("%s: %s: %s", name, what, wrong)
					}
				}
			}
		}
	}
	time.Sleep(200 * time.Millisecond)
	stopListening()
	for m, err := range messages {
		if err != nil {
			break
		}
		t.Errorf("the console says %s: %s", m.Type, m.Text)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(asked) != views {
		t.Errorf("%d pages were opened, and the server was asked for %v", views, asked)
	}
}

func evaluate(ctx context.Context, t *testing.T, name, script string) []string {
	t.Helper()
	out, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](script))
	if err != nil {
		t.Fatalf("%s: %v in %.80s", name, err, script)
	}
	return out
}

// checks are scripts that each return what they find wrong, in words.
var checks = map[string]string{
	"requests": `performance.getEntriesByType("resource").map(e => e.name)`,

	"the page scrolls sideways": `(() => {
		const root = document.documentElement;
		return root.scrollWidth > root.clientWidth ? [root.scrollWidth + " > " + root.clientWidth] : [];
	})()`,

	"figures that cannot be seen": `[...document.querySelectorAll("figure svg")].filter(s => {
		const r = s.getBoundingClientRect();
		return !(r.width > 150 && r.height > 40) || !s.checkVisibility();
	}).map(s => s.id)`,

	"no figures": `document.querySelectorAll("figure svg").length ? [] : ["none"]`,

	"texts on each other": `[...document.querySelectorAll("figure svg")].flatMap(svg => {
		const texts = [...svg.querySelectorAll("text")].filter(t => t.textContent.trim());
		const boxes = texts.map(t => t.getBoundingClientRect());
		const out = [];
		for (let i = 0; i < boxes.length; i++) for (let k = 0; k < i; k++) {
			const a = boxes[i], b = boxes[k], slack = 0.25 * Math.min(a.height, b.height);
			if (a.left < b.right && b.left < a.right && a.top + slack < b.bottom - slack && b.top + slack < a.bottom - slack)
				out.push(svg.id + ": " + texts[k].textContent + " | " + texts[i].textContent);
		}
		return out;
	})`,

	"texts cut off": `[...document.querySelectorAll("figure svg")].flatMap(svg => {
		const s = svg.getBoundingClientRect();
		return [...svg.querySelectorAll("text")].filter(t => {
			const r = t.getBoundingClientRect();
			return t.textContent.trim() && (r.left < s.left - 1 || r.right > s.right + 1 || r.top < s.top - 2 || r.bottom > s.bottom + 2);
		}).map(t => svg.id + ": " + t.textContent);
	})`,

	// WCAG 2.2, 1.4.3: 4.5 for text; what is large may have 3.
	"too little contrast": `(() => {
		const parse = c => (c.match(/[\d.]+/g) || []).map(Number);
		const light = c => { const [r, g, b] = c.map(v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
			return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
		const behind = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] === 1) return c; } return [255, 255, 255]; };
		const out = new Set();
		for (const e of document.querySelectorAll("body *")) {
			if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || !e.checkVisibility() || e.closest("script, .skip, .aside, svg title, svg desc")) continue;
			const style = getComputedStyle(e), inSVG = e.closest("svg");
			const box = e.closest("g.box"), shape = box && box.querySelector("rect");
			const front = parse(inSVG ? style.fill : style.color), back = shape ? parse(getComputedStyle(shape).fill) : behind(e);
			const [hi, lo] = [light(front.slice(0, 3)), light(back.slice(0, 3))].sort((a, b) => b - a);
			const ratio = (hi + 0.05) / (lo + 0.05);
			if (ratio < (parseFloat(style.fontSize) >= 18 ? 3 : 4.5)) out.add(e.tagName + "." + (e.getAttribute("class") || "") + " " + ratio.toFixed(1) + ": " + e.textContent.trim().slice(0, 30));
		}
		return [...out];
	})()`,

	"nothing to read under the pointer": `[...document.querySelectorAll("figure.tail")].filter(f => {
		const svg = f.querySelector("svg"), r = svg.getBoundingClientRect();
		f.querySelector(".frame").dispatchEvent(new PointerEvent("pointermove", {bubbles: true, clientX: r.left + 0.55 * r.width, clientY: r.top + 50}));
		const box = f.querySelector(".reading");
		return !box || box.hidden || !/slower than [\d.]+ (ms|s|µs)/.test(box.textContent) || !/[\d.]+ %/.test(box.textContent);
	}).map(f => f.textContent.slice(0, 40))`,

	"the theme button": `(() => {
		const b = document.getElementById("theme"), root = document.documentElement, before = root.dataset.theme, seen = [];
		for (let i = 0; i < 3; i++) { b.click(); seen.push(b.textContent.trim() + "=" + (root.dataset.theme || "auto")); }
		if (before) root.dataset.theme = before;
		return seen.filter(s => { const [label, is] = s.split("="); return label !== "Theme: " + is; });
	})()`,
}
