package jsonpath_test

import (
	"errors"
	"testing"

	"github.com/headroom/headroom/scenarios/jsonpath"
)

// TestFind follows paths of the example of [Goes24] §1.5, and some beside it.
func TestFind(t *testing.T) {
	v, err := jsonpath.Decode([]byte(`{"store": {"book": [{"title": "Sayings", "price": 8.95}, {"title": "Sword", "price": 12.990}],
		"bicycle": {"color": "red", "unit price": 12345678901234567890}}, "ok": true, "none": null, "a'b": [[1, 2]]}`))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"$.store.book[0].title": "Sayings", "$.store.book[1].price": "12.990", "$.store.book[-1]['title']": "Sword",
		`$["store"]["bicycle"]['unit price']`: "12345678901234567890", "$.ok": "true", "$.none": "null",
		`$['a\'b'][0][1]`: "2", "$.store.bicycle.color": "red", "$.store.book[0]": `{"price":8.95,"title":"Sayings"}`,
	} {
		p, err := jsonpath.Parse(path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if got, ok := p.Find(v); !ok || jsonpath.Text(got) != want {
			t.Errorf("%s is %v %v; want %s", path, jsonpath.Text(got), ok, want)
		}
	}
	for _, path := range []string{"$.nothing", "$.store.book[2]", "$.store.book[-3]", "$.store[0]", "$.ok.x", "$.store.book.title"} {
		p, err := jsonpath.Parse(path)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := p.Find(v); ok {
			t.Errorf("%s is %v; want nothing", path, got)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for text, offset := range map[string]int{"": 0, "token": 0, "$.": 1, "$..x": 1, "$.a[*]": 3, "$.*": 1, "$[": 1, "$['a]": 1, "$['a'": 1, "$x": 1, "$.a[1:2]": 3, "$.a[?@.b]": 3} {
		_, err := jsonpath.Parse(text)
		var e *jsonpath.Error
		if !errors.As(err, &e) || e.Offset != offset {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{"", "{", "{} {}", "nope"} {
		if _, err := jsonpath.Decode([]byte(text)); err == nil {
			t.Errorf("%q is a document", text)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("$.a[0]['b']", `{"a":[{"b":1}]}`)
	f.Fuzz(func(t *testing.T, text, document string) {
		p, err := jsonpath.Parse(text)
		var e *jsonpath.Error
		if err != nil {
			if !errors.As(err, &e) || e.Offset < 0 || e.Offset > len(text) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if v, err := jsonpath.Decode([]byte(document)); err == nil {
			_, _ = p.Find(v)
		}
	})
}
