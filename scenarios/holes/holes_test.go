package holes_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headroom/headroom/scenarios/holes"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text string
		want holes.Text
	}{
		{"", nil},
		{"plain $5 {x} $", holes.Text{{Text: "plain $5 {x} $"}}},
		{"a${token}b", holes.Text{{Text: "a"}, {Kind: holes.Variable, Text: "token", Name: "token", Offset: 1}, {Text: "b", Offset: 9}}},
		{"${ users.first name |raw}", holes.Text{{Kind: holes.Data, Text: " users.first name |raw", Name: "users", Column: "first name", Raw: true}}},
		{"${env:API_KEY}", holes.Text{{Kind: holes.Env, Text: "env:API_KEY", Name: "API_KEY"}}},
		{"${uuid}${counter}", holes.Text{{Kind: holes.UUID, Text: "uuid"}, {Kind: holes.Counter, Text: "counter", Offset: 7}}},
		{"${now}", holes.Text{{Kind: holes.Now, Text: "now", Name: "iso"}}},
		{"${now:ms}", holes.Text{{Kind: holes.Now, Text: "now:ms", Name: "ms"}}},
		{"${random:-3..7}", holes.Text{{Kind: holes.Random, Text: "random:-3..7", Lo: -3, Hi: 7}}},
	} {
		got, err := holes.Parse(c.text)
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%q: %v %s", c.text, err, diff)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct {
		text   string
		offset int
	}{
		{"ab${x", 2},
		{"${}", 0},
		{"x${a b}", 1},
		{"${env:}", 0},
		{"${env}", 0},
		{"${env:A B}", 0},
		{"${now:tea}", 0},
		{"${random}", 0},
		{"${random:5}", 0},
		{"${random:9..1}", 0},
		{"${random:1..99999999999999999999}", 0},
		{"${random:-9223372036854775808..9223372036854775807}", 0},
		{"${uuid:4}", 0},
		{"${x|json}", 0},
		{"${.x}", 0},
		{"${x.}", 0},
		{"${4x}", 0},
		{"${a:b}", 0},
	} {
		_, err := holes.Parse(c.text)
		var e *holes.Error
		if !errors.As(err, &e) || e.Offset != c.offset || e.Msg == "" {
			t.Errorf("%q: %+v", c.text, err)
		}
	}
}

// FuzzParse: no panic, places within the text, and what is quoted has no holes
// and is the text itself.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"a${b}c", "$${x}", "${random:1..2|raw}", "${", "$$$${"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := holes.Parse(text)
		var e *holes.Error
		if err != nil && (!errors.As(err, &e) || e.Offset < 0 || e.Offset >= len(text)) {
			t.Fatalf("%q: %v", text, err)
		}
		for _, p := range got {
			if p.Offset < 0 || p.Offset >= len(text) {
				t.Fatalf("%q: piece at %d", text, p.Offset)
			}
		}
		if strings.Contains(text, "$${") || strings.HasSuffix(text, "$") {
			return // quoting twice is another text
		}
		quoted, err := holes.Parse(holes.Quote(text))
		if err != nil || !quoted.Constant() || quoted.Literal() != text {
			t.Fatalf("%q quoted is %q: %v %v", text, holes.Quote(text), quoted, err)
		}
	})
}
