package scenarios

import (
	"strings"
	"testing"
)

// TestMarker holds the underline below the place, whatever stands before it.
func TestMarker(t *testing.T) {
	for _, c := range []struct {
		line       string
		col, width int
		want       string
	}{
		{"call: db.writ", 7, 7, "      ^^^^^^^"},
		{"\tcall: db.writ", 8, 3, "\t      ^^^"},
		{"日本: x", 5, 1, "      ^"},              // two wide characters take four columns
		{"日本: x", 1, 2, "^^^^"},                 // and so does their underline
		{"e\u0301: x", 5, 1, "   ^"},            // a combining accent takes none
		{"\u200bx: y", 5, 1, "   ^"},            // nor does what is invisible
		{"🎉: x", 4, 1, "    ^"},                 // an emoji takes two
		{"name:", 6, 1, "     ^"},               // after the end of the line
		{"", 1, 1, "^"},                         // of an empty one
		{"ab", 2, 9, " ^"},                      // no further than the line
		{"a\tb\tc: d", 8, 1, " \t \t   ^"},      // tabs within
		{"key: \"x\\ty\"", 6, 6, "     ^^^^^^"}, // escapes are as they stand
	} {
		if got := marker(c.line, c.col, c.width); got != c.want {
			t.Errorf("%q, column %d: %q, want %q", c.line, c.col, got, c.want)
		}
	}
}

// TestWindow holds that of a long line the place stays in sight.
func TestWindow(t *testing.T) {
	long := strings.Repeat("a", 1000) + "HERE" + strings.Repeat("b", 1000)
	for _, col := range []int{1, 50, 100, 1001, 1900, 2004, 2005} {
		line, at := window(long, col, 4)
		r := []rune(line)
		if len(r) > 200 {
			t.Errorf("column %d: %d characters", col, len(r))
		}
		if col <= 2004 && string(r[at-1]) != long[col-1:col] {
			t.Errorf("column %d: points at %q, want %q", col, r[at-1], long[col-1:col])
		}
	}
	if line, at := window("short", 3, 1); line != "short" || at != 3 {
		t.Errorf("short line: %q %d", line, at)
	}
}

// TestPositions holds line and column, in characters, of what is wrong.
func TestPositions(t *testing.T) {
	head := "headroom: 1\nname: x\nworkloads: {w: {arrivals: poisson(1/s), does: a.b}}\nservices: {a: {operations: {b: [{cpu: 1ms}]}}}\n"
	for _, c := range []struct {
		text string
		line int
		col  int
	}{
		{"nope: 1\n", 5, 1},
		{"network: {latency: 3}\n", 5, 20},
		{"network: {latency: exp(3)}\n", 5, 24},
		{"network: {latency: \"exp(3)\"}\n", 5, 25},
		{"network: {latency: 'lognormal(mean=1ms, cv=x)'}\n", 5, 44},
		{"network: {latency: lognormal(mean=1ms, cv=x)}\n", 5, 43},
		{"network: {latency: lognormal(mean=1ms,\n  cv=x)}\n", 5, 20}, // over two lines: at the start
		{"network:\n  latency:\t3\n", 6, 12},
		{"description: 日本語 # 日本\nnetwork: {日本: 1}\n", 6, 11},
		{"network: {\"\\u0061\": 1}\n", 5, 11},
		{"# é\r\nnetwork: {latency: 3}\r\n", 6, 20},
		{"description: |\n  two\n  lines\nnope: 1\n", 8, 1},
		{"network: &n {latency: 3}\n", 5, 23},
		{"network: {latency: \"exp(\\x33)\"}\n", 5, 20}, // an escape: at the start
	} {
		_, diags := Parse("x.yaml", []byte(head+c.text), nil)
		if len(diags) != 1 || diags[0].Pos.Line != c.line || diags[0].Pos.Col != c.col {
			t.Errorf("%q: want one diagnostic at %d:%d, got\n%v", c.text, c.line, c.col, diags)
		}
	}
}

func TestDiagnosticsAreSorted(t *testing.T) {
	d := Diagnostics{
		{Pos: Pos{Line: 2, Col: 1}, Msg: "c"},
		{Pos: Pos{Line: 1, Col: 2}, Msg: "b"},
		{Pos: Pos{Line: 1, Col: 1}, Msg: "a"},
		{Pos: Pos{Line: 1, Col: 1}, Msg: "a"},
		{Pos: Pos{Line: 1, Col: 1}, Msg: "z", order: 1},
	}.sorted()
	var got strings.Builder
	for _, one := range d {
		got.WriteString(one.Msg)
	}
	if got.String() != "abcz" {
		t.Errorf("order %q", got.String())
	}
	if (Diagnostics{}).Err() != nil || d.Err() == nil {
		t.Error("Err")
	}
}

func TestNearest(t *testing.T) {
	names := []string{"replicas", "cores", "threads", "backlog", "db.read", "db.write"}
	for word, want := range map[string]string{
		"replica": "replicas", "Replicas": "replicas", "relpicas": "replicas", "treads": "threads", "db.wirte": "db.write",
		"db.writ": "db.write", "cors": "cores", "x": "", "colour": "", "": "", strings.Repeat("cores", 1000): "",
	} {
		if got := nearest(word, names); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"kitten", "sitting", 3}, {"ca", "abc", 3}, {"ab", "ba", 1}, {"é", "e", 1}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance of %q and %q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
