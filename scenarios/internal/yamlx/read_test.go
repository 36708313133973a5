package yamlx

import (
	"fmt"
	"strings"
	"testing"
)

// show writes a tree in one line: values with their places.
func show(n *Node) string {
	at := fmt.Sprintf("@%d:%d", n.Line, n.Column)
	var parts []string
	switch n.Kind {
	case Null:
		return "null" + at
	case Scalar:
		return fmt.Sprintf("%q%s+%d", n.Text, at, n.Width)
	case Sequence:
		for _, item := range n.Items {
			parts = append(parts, show(item))
		}
		return "[" + strings.Join(parts, " ") + "]" + at
	}
	for _, e := range n.Entries {
		parts = append(parts, show(e.Key)+": "+show(e.Value))
	}
	return "{" + strings.Join(parts, " ") + "}" + at
}

func TestRead(t *testing.T) {
	for src, want := range map[string]string{
		"a: 1":                            `{"a"@1:1+1: "1"@1:4+1}@1:1`,
		"\ufeffa: 1":                      `{"a"@1:1+1: "1"@1:4+1}@1:1`,
		"日本: é # x\r\nb:":                 `{"日本"@1:1+2: "é"@1:5+1 "b"@2:1+1: null@2:3}@1:1`,
		"- [a, 'b c', \"d\\n\"]":          `[["a"@1:4+1 "b c"@1:7+5 "d\n"@1:14+4]@1:3]@1:1`,
		"{a: f(x, y), b: 1}":              `{"a"@1:2+1: "f(x, y)"@1:5+7 "b"@1:14+1: "1"@1:17+1}@1:1`,
		"[f(x,y),g(z)]":                   `["f(x,y)"@1:2+6 "g(z)"@1:9+4]@1:1`,
		"[a: f(x, y), b: g(1, 2)]":        `[{"a"@1:2+1: "f(x, y)"@1:5+7}@1:2 {"b"@1:14+1: "g(1, 2)"@1:17+7}@1:14]@1:1`,
		"{a: f(g(x, y), h(z)), b: }":      `{"a"@1:2+1: "f(g(x, y), h(z))"@1:5+16 "b"@1:23+1: null@1:26}@1:1`,
		"[\"f(x\", y]":                    `["f(x"@1:2+5 "y"@1:9+1]@1:1`, // a quoted parenthesis is a character
		"{a: f(x, b: 1}":                  `{"a"@1:2+1: "f(x"@1:5+3 "b"@1:10+1: "1"@1:13+1}@1:1`,
		"a: &x {b: 1}\nc: *x":             `{"a"@1:1+1: {"b"@1:8+1: "1"@1:11+1}@1:4 "c"@2:1+1: {"b"@1:8+1: "1"@1:11+1}@1:4}@1:1`,
		"a: &x {b: 1}\nc: {<<: *x, b: 2}": `{"a"@1:1+1: {"b"@1:8+1: "1"@1:11+1}@1:4 "c"@2:1+1: {"b"@2:13+1: "2"@2:16+1}@2:4}@1:1`,
		"a: |\n  x\n  y\n":                `{"a"@1:1+1: "x\ny\n"@1:4+1}@1:1`,
		"a: x\n  y":                       `{"a"@1:1+1: "x y"@1:4+1}@1:1`,
	} {
		n, _, problems := Read("x", []byte(src))
		if len(problems) > 0 || n == nil {
			t.Errorf("%q: %+v", src, problems)
		} else if got := show(n); got != want {
			t.Errorf("%q:\n got %s\nwant %s", src, got, want)
		}
	}
}

func TestProblems(t *testing.T) {
	for src, want := range map[string]string{
		"":                       "1:1 the file is empty",
		"a: 1\n---\nb: 2":        "2:1 a second document",
		"a: \x00":                "1:4 a binary file",
		"é: \xff":                "1:4 not UTF-8",
		"\xfe\xff":               "1:1 the file is UTF-16",
		"a: [1":                  "1:4 this [ is not closed",
		"a: \"x\n":               "1:4 the quote",
		"a:\n\tb: 1":             "2:1 a tab",
		"a: @x":                  "1:4 a value cannot start with @",
		"a: b: c":                "1:5 a colon",
		"a: 1\na: 2":             `2:1 "a" is here twice`,
		"? [a]\n: 1":             "1:3 a key must be a word",
		": 1":                    "1:1 a key is missing",
		"a: !x 1":                "1:4 the tag !x",
		"a: *x":                  "1:4 an alias to an anchor",
		"a: &x [*x]":             "1:8 the alias *x contains itself",
		"<<: 1":                  "1:5 << takes a mapping",
		strings.Repeat("[", 200): "1:101 lists and mappings are nested",
		"a: 1\n- b":              "2:1 a key is expected",
		"{a: 1, b":               "1:1 this { is not closed",
	} {
		_, _, problems := Read("x", []byte(src))
		if len(problems) == 0 {
			t.Errorf("%q passed", src)
			continue
		}
		p := problems[0]
		if got := fmt.Sprintf("%d:%d %s", p.Line, p.Column, p.Msg); !strings.HasPrefix(got, want) {
			t.Errorf("%q: got %s, want %s", src, got, want)
		}
	}
}

// TestAliasBudget holds that aliases may be used in earnest and not as a bomb.
func TestAliasBudget(t *testing.T) {
	thousand := "a: &a [" + strings.Repeat("x,", 999) + "x]\n"
	use := func(n int) string { return thousand + "b: [" + strings.Repeat("*a, ", n) + "]\n" }
	if _, _, problems := Read("x", []byte(use(90))); len(problems) > 0 {
		t.Errorf("90 000 values: %+v", problems)
	}
	root, _, problems := Read("x", []byte(use(110)))
	if root != nil || len(problems) != 1 || problems[0].Line != 2 {
		t.Errorf("110 000 values: %+v", problems)
	}
}
