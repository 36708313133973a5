package foreign

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// requestSamples are files that describe requests, with what they become beside
// them.
func requestSamples(t testing.TB) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for _, name := range []string{"shop.har", "browser.sh", "petstore.yaml", "three-one.json"} {
		src, err := os.ReadFile("testdata/requests/" + name)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = src
	}
	return out
}

func formatOfSample(t testing.TB, name string, src []byte) Format {
	t.Helper()
	if f, ok := FormatOf(name); ok {
		return f
	}
	f, ok := FormatIn(src)
	if !ok {
		t.Fatalf("%s: no format", name)
	}
	return f
}

// TestRequestsGolden: each sample becomes the scenario, with the notes, that
// stands beside it, and no secret of it is in either.
func TestRequestsGolden(t *testing.T) {
	for name, src := range requestSamples(t) {
		t.Run(name, func(t *testing.T) {
			got, err := Import(formatOfSample(t, name, src), name, src)
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			for _, n := range got.Notes {
				fmt.Fprintf(&b, "# note: %s\n", n)
			}
			b.Write(got.Text)
			golden := filepath.Join("testdata/requests", name+".golden")
			if *update {
				if err := os.WriteFile(golden, []byte(b.String()), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if b.String() != string(want) {
				t.Errorf("got\n%s\nwant\n%s", b.String(), want)
			}
			if strings.Contains(b.String(), "s3cret") {
				t.Error("a secret was copied")
			}
		})
	}
}

// TestManyRequestsAreAMix: a recording of more requests than a session has is a
// mix by their counts, at its rate.
func TestManyRequestsAreAMix(t *testing.T) {
	var entries []string
	for i := range 600 {
		entries = append(entries, fmt.Sprintf(`{"startedDateTime": "2026-03-01T10:%02d:%02d.000Z", "time": 10, "request": {"method": "GET", "url": "http://a.example/%d"}, "response": {"status": 200}, "timings": {"wait": 5}}`, i/60, i%60, min(i%3, 1)))
	}
	got, err := Import(HAR, "big.har", []byte(`{"log": {"entries": [`+strings.Join(entries, ",\n")+`]}}`))
	if err != nil {
		t.Fatal(err)
	}
	w := got.Model.Workloads[0]
	if !w.Open() || w.Arrivals.Rate < 0.99 || w.Arrivals.Rate > 1.01 || len(w.Mix) != 2 {
		t.Errorf("%+v", w)
	}
	if a, b := w.Mix[0].P, w.Mix[1].P; a < 0.333 || a > 0.334 || b < 0.666 || b > 0.667 {
		t.Errorf("shares %v and %v", a, b)
	}
}

// TestRequestsThatCannotBeRead are mistakes, with their lines.
func TestRequestsThatCannotBeRead(t *testing.T) {
	for _, c := range []struct {
		format    Format
		src, want string
	}{
		{HAR, "", "f:1: not a HAR file"},
		{HAR, "{\"log\": {\n\"entries\": [\n{\"startedDateTime\": \"yesterday\"}]}}", "f:3: startedDateTime"},
		{HAR, "{\"log\": {\n\"entries\": 1}}", "want a list"},
		{HAR, "{\"log\": {}}", "no log.entries"},
		{HAR, "{\"log\": {\n\n\"entries\": [{]}}", "f:3: not a HAR file"},
		{HAR, `{"log": {"entries": []}}`, "no requests"},
		{HAR, strings.Repeat("[", 100000), "not a HAR file"},
		{OpenAPI, "", "not an OpenAPI description"},
		{OpenAPI, "swagger: '2.0'\ninfo: {title: x, version: y}\npaths: {}", "Swagger 2.0"},
		{OpenAPI, "openapi: 4.0.0\ninfo: {title: x, version: y}\npaths: {}", "want 3.0 or 3.1"},
		{OpenAPI, "openapi: 3.0.0\ninfo: {title: x, version: y}\npaths: {}", "no paths"},
		{OpenAPI, "openapi: 3.0.0\npaths: [\n", "f:"},
		{OpenAPI, "openapi: 3.0.0\ninfo: {title: x, version: y}\npaths: {/a: {$ref: 'http://192.0.2.1/x.yaml'}}", "not an OpenAPI description"},
		{OpenAPI, "openapi: 3.0.0\ninfo: {title: x, version: y}\npaths: {/a: {get: {parameters: [{$ref: '../../../../../etc/passwd'}], responses: {}}}}", "not an OpenAPI description"},
		{Curl, "", "no curl command"},
		{Curl, "curl", "f:1: a curl command without an address"},
		{Curl, "\n\ncurl 'http://a", "f:3: a ' without another"},
		{Curl, "curl \"http://a", "f:1: a \" without another"},
		{Curl, "curl $'http://a", "f:1: a $' without another"},
		{Curl, "curl http://a -d \"$(cat x)\"", "only a shell"},
		{Curl, "curl http://a -d `cat x`", "only a shell"},
		{Curl, "curl ^\"http://a^\"", "Windows"},
		{Curl, "curl http://a -X", "f:1: -X without its argument"},
		{Curl, "curl http://a --header", "f:1: --header without its argument"},
		{Curl, "curl http://a < body", "only a shell"},
	} {
		_, err := Import(c.format, "f", []byte(c.src))
		var m Mistakes
		if !errors.As(err, &m) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %.40q: %v; want %q", c.format, c.src, err, c.want)
		}
	}
	if _, err := Import(Curl, "f", []byte("curl http://a/"+strings.Repeat("x", MaxSize))); err == nil || !strings.Contains(err.Error(), "more than 8 MiB") {
		t.Error(err)
	}
	if _, err := Export(HAR, importText(t, JMVA, "m.jmva", fmt.Appendf(nil, network, "3", "1", "1")).Model); err == nil || !strings.Contains(err.Error(), `no format "har"`) {
		t.Error(err)
	}
}

// TestShellWords holds the words of a script against those that bash makes.
func TestShellWords(t *testing.T) {
	for src, want := range map[string]string{
		`curl a 'b c' "d \" \$ \x" e\ f`:        `curl|a|b c|d " $ \x|e f`,
		`curl a$B"${C}d"'$E' \$F $ "5$"`:        `curl|a${env:B}${env:C}d$E|$F|$|5$`,
		"curl a\\\n  b # c\ncurl 'x\ny'":        "curl|a|b\ncurl|x\ny",
		`curl $'a\'b\n\t\x41\u00fc\q\\' '${x}'`: "curl|a'b\n\tA\u00fc\\q\\|$${x}",
		`$ curl a;/usr/bin/curl b&&curl.exe c`:  "curl|a\n/usr/bin/curl|b\ncurl.exe|c",
		`A=1 curl a'' ""`:                       "curl|a|",
		"curl 'a#b' a#b":                        "curl|a#b|a#b",
	} {
		r := &report{file: "f"}
		var lines []string
		for _, c := range commands(r, src) {
			var words []string
			for _, w := range c {
				words = append(words, w.text)
			}
			lines = append(lines, strings.Join(words, "|"))
		}
		if got := strings.Join(lines, "\n"); got != want || len(r.mistakes) > 0 {
			t.Errorf("%s\nis   %q %v\nwant %q", src, got, r.mistakes, want)
		}
	}
}

// TestOddTextsAreNoHoles: what looks like a hole in a description is a text.
func TestOddTextsAreNoHoles(t *testing.T) {
	got, err := Import(OpenAPI, "odd.json", []byte(`{"openapi": "3.0.0", "info": {"title": "odd", "version": "1"}, "servers": [{"url": "http://a.example/${v"}],
		"paths": {"/${x/{id}": {"get": {"parameters": [{"name": "id", "in": "path", "required": true, "example": "${y"}], "responses": {}}},
		"/b": {"post": {"requestBody": {"content": {"application/json${": {"example": {"a": "${z"}}}}, "responses": {}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`path: "/%24{v/%24{x/$%7By"`, `Content-Type: "application/json$${"`, `{\"a\": \"$${z\"}`} {
		if !strings.Contains(string(got.Text), want) {
			t.Errorf("no %s in\n%s", want, got.Text)
		}
	}
	if _, err := Import(OpenAPI, "odd.json", []byte(`{"openapi": "3.0.0", "info": {"title": "odd", "version": "1"}, "servers": [{"url": "http://a|b/"}], "paths": {"/a": {"get": {"responses": {}}}}}`)); err != nil {
		t.Errorf("a host that is none: %v", err)
	}
}

func TestFormatOfRequests(t *testing.T) {
	for file, want := range map[string]Format{"a.har": HAR, "a.sh": Curl, "a.curl": Curl, "a.json": "", "a.yaml": ""} {
		if got, _ := FormatOf(file); got != want {
			t.Errorf("%s is %q", file, got)
		}
	}
	for src, want := range map[string]Format{
		"curl http://a": Curl, "openapi: 3.0.0": OpenAPI, `{"openapi": "3.1.0"}`: OpenAPI, `{"log": {"creator": {}}}`: HAR, "headroom: 1": "", "": "",
	} {
		if got, _ := FormatIn([]byte(src)); got != want {
			t.Errorf("%q is %q", src, got)
		}
	}
}

// Whatever a file holds, it is a valid scenario or a list of mistakes.
func fuzzRequests(f *testing.F, format Format) {
	for name, src := range requestSamples(f) {
		if formatOfSample(f, name, src) == format {
			f.Add(src)
		}
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		_, err := Import(format, "fuzz", src)
		var mistakes Mistakes
		if err != nil && (!errors.As(err, &mistakes) || len(mistakes) == 0) {
			t.Fatalf("%T is no list of mistakes: %v", err, err)
		}
		if err != nil && strings.Contains(err.Error(), "the scenario made of this file is not valid") {
			t.Fatalf("%v\n%s", err, src)
		}
	})
}

func FuzzHAR(f *testing.F)     { fuzzRequests(f, HAR) }
func FuzzOpenAPI(f *testing.F) { fuzzRequests(f, OpenAPI) }
func FuzzCurl(f *testing.F)    { fuzzRequests(f, Curl) }
