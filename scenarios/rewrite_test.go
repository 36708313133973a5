package scenarios

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

const shop = "# a shop\nheadroom: 1\nname: shop   # keep me\nservices:\n" +
	"  web:\n    threads: 8\n    operations:\n      page:\n" +
	"        - cpu: exp(3ms)   # by Ann; from load 2026-01-01, 95 % 2–4ms\n        - call: db.query\n" +
	"  db:\n    cores: 2\n    operations:\n" +
	"      query: [{cpu: lognormal(mean=4ms, cv=1.3)}, {wait: 1ms}]\n      put: [ {cpu: \"2ms\"} ]\n" +
	"workloads:\n  people: {arrivals: poisson(50/s), does: web.page}\n"

func TestRewrite(t *testing.T) {
	profile := &Provenance{From: "profile", Date: "2026-12-01", Confidence: 0.95, Lo: 0.0039, Hi: 0.0043}
	for _, c := range []struct {
		name     string
		edits    []Edit
		old, new string
	}{
		{"a value", []Edit{{Path: "services.web.threads", Value: "16"}}, "threads: 8", "threads: 16"},
		{
			"a comment of ours",
			[]Edit{{"services.web.operations.page[0].cpu", "exp(4.1ms)", profile}},
			"cpu: exp(3ms)   # by Ann; from load 2026-01-01, 95 % 2–4ms", "cpu: exp(4.1ms)   # from profile 2026-12-01, 95 % 3.9–4.3ms; by Ann",
		},
		{
			"two values of a line",
			[]Edit{{"services.db.operations.query[0].cpu", "exp(4.1ms)", profile}, {"services.db.operations.query[1].wait", "4.2ms", profile}},
			"[{cpu: lognormal(mean=4ms, cv=1.3)}, {wait: 1ms}]",
			"[{cpu: exp(4.1ms)}, {wait: 4.2ms}]  # cpu from profile 2026-12-01, 95 % 3.9–4.3ms; wait from profile 2026-12-01, 95 % 3.9–4.3ms",
		},
		{"in quotes", []Edit{{Path: "services.db.operations.put[0].cpu", Value: "exp(4ms)"}}, `"2ms"`, `"exp(4ms)"`},
		{
			"a key that is missing",
			[]Edit{{"services.db.threads", "7", &Provenance{From: "2 load tests", Confidence: 0.9, Lo: 6, Hi: 9}}},
			"    cores: 2\n", "    threads: 7  # from 2 load tests, 90 % 6–9\n    cores: 2\n",
		},
		{
			"a section that is missing",
			[]Edit{{"network.latency", "4.1ms", profile}},
			"does: web.page}\n", "does: web.page}\nnetwork:\n  latency: 4.1ms  # from profile 2026-12-01, 95 % 3.9–4.3ms\n",
		},
		{"in braces", []Edit{{Path: "workloads.people.think", Value: "1s"}}, "{arrivals:", "{think: 1s, arrivals:"},
	} {
		for _, ends := range []string{"\n", "\r\n"} {
			src := strings.ReplaceAll(shop, "\n", ends)
			got, diags := Rewrite("shop.yaml", []byte(src), c.edits)
			if len(diags) > 0 {
				t.Fatalf("%s: %v", c.name, diags)
			}
			want := strings.ReplaceAll(strings.Replace(shop, c.old, c.new, 1), "\n", ends)
			if string(got) != want {
				t.Errorf("%s: got\n%s\nwant\n%s", c.name, got, want)
			}
		}
	}
}

// TestRewriteRefuses holds that what would change anything else is an error.
func TestRewriteRefuses(t *testing.T) {
	for _, c := range []struct{ src, path, value, want string }{
		{shop, "services.web.operations", "3", "want a value to replace"},
		{shop, "services.shop.threads", "3", "no services.shop"},
		{shop, "services.web.threads", "3 # ha", "not a value of one line"},
		{shop, "services.web.threads", "3, cores: 4}", ""},
		{"a: &x {c: 3}\nb: *x\n", "b.c", "4", "would change"},
		{"a: &x 3\nb: *x\n", "b", "4", "cannot be replaced"},
		{"a: one\n  two\n", "a", "4", "cannot be replaced"},
		{"a: \"o\\u006ee\"\n", "a", "4", "cannot be replaced"},
	} {
		_, diags := Rewrite("s.yaml", []byte(c.src), []Edit{{Path: c.path, Value: c.value}})
		if c.want == "" {
			continue
		}
		if !strings.Contains(diags.Error(), c.want) {
			t.Errorf("%s=%s: %q; want %q", c.path, c.value, diags.Error(), c.want)
		}
	}
	if _, diags := Rewrite("s.json", []byte(`{"a": 3}`), []Edit{{"a", "4", &Provenance{From: "x"}}}); !strings.Contains(diags.Error(), "JSON") {
		t.Errorf("a comment in JSON: %v", diags)
	}
}

func TestProvenances(t *testing.T) {
	src := strings.Replace(shop, "{wait: 1ms}]", "{wait: 1ms}]  # cpu from profile 2026-12-01, 95 % 3.5–4.6ms; wait from a friend", 1)
	got, diags := Provenances("shop.yaml", []byte(src))
	if len(diags) > 0 || len(got) != 3 {
		t.Fatalf("%v, %v; want 3", got, diags)
	}
	if g := got[1]; g.Path != "services.db.operations.query[0].cpu" || g.From != "profile" || g.Lo != 0.0035 || g.Hi != 0.0046 || g.Confidence != 0.95 || !g.Uncertain() {
		t.Errorf("%+v", g)
	}
	if got[2].Uncertain() || got[2].From != "a friend" {
		t.Errorf("%+v", got[2])
	}
	for bad, want := range map[string]string{
		"from load, 95 % 5–9ms":      "does not hold",
		"from load, 95 % 2–4":        "not in the unit",
		"from load, 95 % 4–2ms":      "ends before",
		"from load, 95 % 2 to 4ms":   "cannot be read",
		"from load, 100 % 2–4ms":     "confidence",
		"from load, 95 % 1ns–90ms":   "so wide",
		"pages from load, 95 % 2–4s": "not clear",
	} {
		_, diags := Provenances("shop.yaml", []byte(strings.Replace(shop, "from load 2026-01-01, 95 % 2–4ms", bad, 1)))
		if !strings.Contains(diags.Error(), want) {
			t.Errorf("%s: %q; want %q", bad, diags.Error(), want)
		}
	}
}

// TestWrittenIsRead holds that what is written is read back, whatever it counts.
func TestWrittenIsRead(t *testing.T) {
	for _, c := range []struct {
		value  string
		lo, hi float64
	}{
		{"exp(3ms)", 0.0029, 0.0031},
		{"3us", 2e-6, 4e-6},
		{"0.5s", 0.41, 0.62},
		{"12", 11, 14},
		{"30%", 0.28, 0.33},
		{"200/s", 180, 230},
		{"poisson(200/s)", 199.99, 200.02},
		{"4ms", 0, 0.005},
		{"950us", 0.0009, 0.0011},
	} {
		src := "services: {web: {x: 1}}\nname: y\nz:\n  a: " + c.value + "\n"
		got, diags := Rewrite("s", []byte(src), []Edit{{"z.a", c.value, &Provenance{From: "here", Confidence: 0.95, Lo: c.lo, Hi: c.hi}}})
		if len(diags) > 0 {
			t.Fatal(diags)
		}
		back, diags := Provenances("s", got)
		if len(diags) > 0 || len(back) != 1 || math.Abs(back[0].Lo-c.lo) > 0.01*(c.hi-c.lo) || math.Abs(back[0].Hi-c.hi) > 0.01*(c.hi-c.lo) {
			t.Errorf("%s: %s, %+v, %v", c.value, got, back, diags)
		}
	}
}

// TestDraw compares the middle 95 % of 4000 draws with the interval: the ends of
// sample quantiles are within 4 standard errors but in one of 10^4 seeds, which
// is fixed.
func TestDraw(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		comment string
		lo, hi  float64
		log     bool
	}{
		{"a: exp(4.1ms)  # from x, 95 % 3.9–4.3ms", 0.0039, 0.0043, false},
		{"a: exp(2ms)  # from x, 95 % 1–4ms", 0.001, 0.004, true},
		{"a: poisson(100/s)  # from x, 95 % 90–110/s", 90, 110, false},
		{"a: 30%  # from x, 95 % 28–32%", 0.28, 0.32, false},
	} {
		s, diags := Provenances("s", []byte(c.comment+"\n"))
		if len(diags) > 0 {
			t.Fatal(diags)
		}
		if s[0].logarithmic() != c.log {
			t.Errorf("%s: logarithmic is %v", c.comment, !c.log)
		}
		var got []float64
		for range 4000 {
			_, value, _ := strings.Cut(s[0].Draw(r), "=")
			f, ok := figureOf(value)
			if !ok {
				t.Fatalf("drew %s", value)
			}
			got = append(got, f.mean)
		}
		slices.Sort(got)
		width := c.hi - c.lo
		if lo, hi := got[100], got[3900]; math.Abs(lo-c.lo) > 0.08*width || math.Abs(hi-c.hi) > 0.08*width {
			t.Errorf("%s: middle is %v to %v", c.comment, lo, hi)
		}
	}
	whole, diags := Provenances("s", []byte("a: 7  # from x, 95 % 0–9\n"))
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	for range 100 {
		if drawn := whole[0].Draw(r); strings.Contains(drawn, ".") || drawn == "a=0" {
			t.Fatalf("drew %s of whole numbers", drawn)
		}
	}
}

// FuzzRewrite holds that the text around a value survives, whatever it is.
func FuzzRewrite(f *testing.F) {
	f.Add(shop, "services.web.threads", "3")
	f.Add("a: {b: 1, c: 2}  # from x, 95 % 1–2; d", "a.b", "exp(3ms)")
	f.Fuzz(func(t *testing.T, src, path, value string) {
		p := &Provenance{From: "here", Confidence: 0.95, Lo: 1, Hi: 2}
		out, diags := Rewrite("f", []byte(src), []Edit{{path, value, p}})
		if (out == nil) != (len(diags) > 0) {
			t.Fatalf("%q and %v", out, diags)
		}
		_, _ = Provenances("f", []byte(src))
	})
}
