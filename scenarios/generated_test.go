package scenarios

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// small is a scenario that is as short as one can be.
const small = "headroom: 1\nname: shop\nservices: {web: {operations: {page: [{cpu: 1ms}]}}}\nworkloads: {w: {arrivals: poisson(1/s), does: web.page}}\n"

// aliasBomb is ten billion times one value in a few lines.
func aliasBomb() string {
	var b strings.Builder
	b.WriteString("headroom: 1\nname: bomb\na: &a [x,x,x,x,x,x,x,x,x,x]\n")
	for c := 'b'; c <= 'j'; c++ {
		alias := "*" + string(c-1)
		fmt.Fprintf(&b, "%c: &%c [%s]\n", c, c, strings.Join([]string{alias, alias, alias, alias, alias, alias, alias, alias, alias, alias}, ", "))
	}
	return b.String()
}

// unfit are the texts that are no scenario at all, made by a program since no
// editor likes to keep them.
func unfit() map[string]string {
	return map[string]string{
		"alias-bomb":      aliasBomb(),
		"binary":          "\x7fELF\x02\x01\x01\x00\x00\x00",
		"png":             "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
		"invalid-utf8":    "headroom: 1\nname: caf\xe9\n",
		"utf16":           "\xff\xfeh\x00e\x00",
		"empty":           "",
		"blank":           " \n\n\t\n",
		"escape-codes":    "headroom: 1\nname: \x1b[2J\n",
		"escaped-codes":   "headroom: 1\nname: \"a\\e[2Jb\"\n\"c\\e[2Jd\": 1\n",
		"line-separator":  "headroom: 1\n# \u2028\nname: x\n",
		"deep-flow":       "headroom: 1\nname: deep\nservices: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + "\n",
		"deep-block":      "headroom: 1\nname: deep\n" + deepBlock(200),
		"one-mebibyte":    "headroom: 1\n# " + strings.Repeat("x", 1<<20) + "\n",
		"one-line":        `{"headroom": 1, "name": "json", "services": {"web": {"operations": {"page": [{"cpu": "1ms"}, {"cpu": "2ms"}, {"cpu": "3ms"}, {"cpu": "4 parsecs"}, {"cpu": "5ms"}, {"cpu": "6ms"}]}}}, "workloads": {"w": {"arrivals": "poisson(1/s)", "does": "web.pages"}}}`,
		"crlf":            strings.ReplaceAll("headroom: 1\nname: shop\nservices:\n  web:\n    core: 1\n    operations: {page: []}\nworkloads: {w: {arrivals: poisson(1/s), does: web.pag}}\n", "\n", "\r\n"),
		"cr":              strings.ReplaceAll("headroom: 1\nname: shop\nservices:\n  web:\n    core: 1\n    operations: {page: []}\n", "\n", "\r"),
		"bom":             "\ufeffheadroom: 1\nname: shop\nservcies: {}\n",
		"many-errors":     "headroom: 1\nname: shop\nservices:\n  web: {operations: {page: []}}\n" + manyErrors(80),
		"unclosed-list":   "headroom: 1\nname: [",
		"long-name":       strings.Replace(small, "shop", strings.Repeat("a", 100), 1),
		"yaml-directive":  "%YAML 1.2\n---\n" + small,
		"merge-of-scalar": "headroom: 1\nname: shop\nservices:\n  <<: 3\n",
	}
}

func deepBlock(depth int) string {
	var b strings.Builder
	for i := range depth {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

func manyErrors(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "key%d: 1\n", i)
	}
	return b.String()
}

func TestUnfitTexts(t *testing.T) {
	for name, src := range unfit() {
		t.Run(name, func(t *testing.T) {
			m, diags := Parse(name+".yaml", []byte(src), nil)
			if m != nil || len(diags) == 0 {
				t.Fatal("passed")
			}
			if len(src) <= 1<<20 {
				checkPlaces(t, src, diags)
			}
			got := diags.Error() + "\n"
			if strings.ContainsRune(got, '\x1b') {
				t.Error("a control character reaches the terminal")
			}
			golden(t, filepath.Join("testdata", "unfit", name+".golden"), got)
		})
	}
}

// TestTolerated holds what is unusual and no fault.
func TestTolerated(t *testing.T) {
	want, diags := Parse("shop.yaml", []byte(small), nil)
	if diags != nil {
		t.Fatal(diags)
	}
	for name, src := range map[string]string{
		"byte order mark":  "\ufeff" + small,
		"CR LF":            strings.ReplaceAll(small, "\n", "\r\n"),
		"CR":               strings.ReplaceAll(small, "\n", "\r"),
		"no last newline":  strings.TrimSuffix(small, "\n"),
		"document markers": "---\n" + small + "...\n",
		"tab as a space":   strings.ReplaceAll(small, "name: shop", "name:\tshop\t# a comment"),
		"JSON":             `{"headroom":1,"name":"shop","services":{"web":{"operations":{"page":[{"cpu":"1ms"}]}}},"workloads":{"w":{"arrivals":"poisson(1/s)","does":"web.page"}}}`,
	} {
		m, diags := Parse("shop.yaml", []byte(src), nil)
		if diags != nil {
			t.Errorf("%s: %v", name, diags)
			continue
		}
		if len(m.Digest) != 64 || m.Digest == want.Digest {
			t.Errorf("%s: digest %s", name, m.Digest)
		}
		m.Digest = want.Digest
		if got := fmt.Sprintf("%+v", m.Operations); got != fmt.Sprintf("%+v", want.Operations) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestLargeFile holds that a file is refused by its size, unread.
func TestLargeFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "big.yaml")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(file, 100<<20); err != nil {
		t.Fatal(err)
	}
	_, err := Load(file, Options{})
	want := file + ": the file has 100 MiB; a scenario has at most 1 MiB; is this the right file?"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	_, err = Load("-", Options{Stdin: bytes.NewReader(make([]byte, 2<<20))})
	if want = "<stdin>: the file has more than 1 MiB; a scenario has at most 1 MiB; is this the right file?"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestHugeButHonest reads a scenario that fills the limit of size in good time.
func TestHugeButHonest(t *testing.T) {
	var b strings.Builder
	b.WriteString("headroom: 1\nname: huge\nworkloads: {w: {arrivals: poisson(1/s), does: s0.op}}\nservices:\n")
	for i := 0; b.Len() < 1<<20-200; i++ {
		fmt.Fprintf(&b, "  s%d: {operations: {op: [{cpu: 1ms}, {call: s%d.op}]}}\n", i, i+1)
	}
	m, diags := Parse("huge.yaml", []byte(b.String()), nil)
	if m != nil || len(diags) != 1 || !strings.Contains(diags[0].Msg, "no operation") {
		t.Fatalf("%d diagnostics; want one, of the last call", len(diags))
	}
}
