package message

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headroom/headroom/loadtest/driver"
	"github.com/headroom/headroom/scenarios"
)

// environment is that of the tests.
func environment(name string) (string, bool) {
	value, ok := map[string]string{"KEY": "k&y", "EMPTY": "", "LINES": "a\nb"}[name]
	return value, ok
}

// onlyLocal admits localhost.
func onlyLocal(_ context.Context, u *url.URL) error {
	if u.Hostname() != "localhost" {
		return errors.New("not this machine")
	}
	return nil
}

func sourceOf(live *scenarios.Live) *Source { return NewSource(live, 7, environment, onlyLocal) }

// compiled makes a request at http://localhost/base, or fails the test.
func compiled(t *testing.T, s *Source, r scenarios.Request) *Request {
	t.Helper()
	out, err := s.Compile("web.page", &r, &url.URL{Scheme: "http", Host: "localhost", Path: "/base"}, http.Header{"User-Agent": {"us"}})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// answers replies to each message in turn, the last one over and over, and keeps
// what was sent.
type answers struct {
	mu      sync.Mutex
	replies []*Reply
	sent    []*Message
}

func (a *answers) send(_ context.Context, m *Message, keep int64) (*Reply, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	r := *a.replies[min(len(a.sent), len(a.replies)-1)]
	a.sent = append(a.sent, m)
	if r.Header == nil {
		r.Header = http.Header{}
	}
	if r.Bytes == 0 {
		r.Bytes = int64(len(r.Body))
	}
	r.Body = r.Body[:min(int64(len(r.Body)), keep)]
	return &r, nil
}

func ok(body string) *answers { return &answers{replies: []*Reply{{Status: 200, Body: []byte(body)}}} }

func people() scenarios.Feed {
	return scenarios.Feed{Name: "users", Columns: []string{"name", "id"}, Rows: [][]string{{"ada", "1"}, {"bob/../x?", "2"}, {`c"<&`, "x y"}}}
}

// TestEscapes fills every place of a request with values that would break it.
func TestEscapes(t *testing.T) {
	s := sourceOf(&scenarios.Live{Data: []scenarios.Feed{people()}})
	r := compiled(t, s, scenarios.Request{
		Method: "POST", Path: "/u/${users.name}/x?k=${env:KEY}", Query: []scenarios.Pair{{Name: "a b", Value: "1 ${users.id}"}},
		Headers:  map[string]string{"X-Name": "n ${users.name}", "Host": "shop", "X-Plain": "$${x}"},
		Template: `{"name": "${users.name}", "quoted \" ${users.id}": ${users.id}, "raw": ${users.id|raw}}`, Escape: scenarios.EscapeJSON,
	})
	a := ok("")
	for range 3 {
		if got := r.Ask(t.Context(), a.send, nil); got.Err != nil || got.Status != 200 {
			t.Fatal(got)
		}
	}
	type sent struct{ url, host, name, plain, agent, body string }
	var got []sent
	for _, m := range a.sent {
		got = append(got, sent{m.URL.String(), m.Host, m.Header.Get("X-Name"), m.Header.Get("X-Plain"), m.Header.Get("User-Agent"), string(m.Body)})
	}
	want := []sent{
		{"http://localhost/base/u/ada/x?k=k%26y&a+b=1+1", "shop", "n ada", "${x}", "us", `{"name": "ada", "quoted \" 1": 1, "raw": 1}`},
		{"http://localhost/base/u/bob%2F..%2Fx%3F/x?k=k%26y&a+b=1+2", "shop", "n bob/../x?", "${x}", "us", `{"name": "bob/../x?", "quoted \" 2": 2, "raw": 2}`},
		{"http://localhost/base/u/c%22%3C&/x?k=k%26y&a+b=1+x+y", "shop", `n c"<&`, "${x}", "us", `{"name": "c\"<&", "quoted \" x y": "x y", "raw": x y}`},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(sent{})); diff != "" {
		t.Error(diff)
	}
}

func TestBodiesOfOtherKinds(t *testing.T) {
	s := sourceOf(&scenarios.Live{Data: []scenarios.Feed{{Name: "d", Columns: []string{"v"}, Rows: [][]string{{"<a&'\" b>"}}}}})
	for escape, want := range map[scenarios.Escape]string{
		scenarios.Verbatim: "x=<a&'\" b>", scenarios.EscapeXML: "x=&lt;a&amp;&#39;&#34; b&gt;", scenarios.EscapeForm: "x=%3Ca%26%27%22+b%3E",
	} {
		a := ok("")
		if got := compiled(t, s, scenarios.Request{Path: "/", Template: "x=${d.v}", Escape: escape}).Ask(t.Context(), a.send, nil); got.Err != nil {
			t.Fatal(got.Err)
		}
		if got := string(a.sent[0].Body); got != want {
			t.Errorf("escape %d: %s; want %s", escape, got, want)
		}
	}
}

// TestDotsAreNoWayUp: a value that is .. is a name within the path.
func TestDotsAreNoWayUp(t *testing.T) {
	s := sourceOf(&scenarios.Live{Data: []scenarios.Feed{{Name: "d", Columns: []string{"v"}, Rows: [][]string{{".."}}}}})
	a := ok("")
	compiled(t, s, scenarios.Request{Path: "/a/${d.v}/b"}).Ask(t.Context(), a.send, nil)
	if got := a.sent[0].URL.RequestURI(); got != "/base/a/%2E%2E/b" {
		t.Error(got)
	}
}

// TestBuiltIn: what is built in differs between requests and is the same within
// one; a seed gives the same values again.
func TestBuiltIn(t *testing.T) {
	run := func(seed uint64) (out []string) {
		s := NewSource(&scenarios.Live{}, seed, environment, onlyLocal)
		r := compiled(t, s, scenarios.Request{
			Path: "/${uuid}/${counter}/${random:5..7}", Headers: map[string]string{"Key": "${uuid}", "At": "${now}, ${now:unix}, ${now:ms}, ${now:http}"},
		})
		a := ok("")
		for range 300 {
			r.Ask(t.Context(), a.send, nil)
		}
		for _, m := range a.sent {
			parts := strings.Split(m.URL.Path, "/")
			if m.Header.Get("Key") != parts[2] {
				t.Fatalf("%s and %s in one request", m.Header.Get("Key"), parts[2])
			}
			if !regexp.MustCompile(`^\d{4}-\d\d-\d\dT.*Z, \d{10}, \d{13}, \w{3}, \d\d \w{3} \d{4} .* GMT$`).MatchString(m.Header.Get("At")) {
				t.Fatal(m.Header.Get("At"))
			}
			out = append(out, m.URL.Path)
		}
		return out
	}
	one, again, other := run(1), run(1), run(2)
	if diff := cmp.Diff(one, again); diff != "" {
		t.Error("one seed, two runs: ", diff)
	}
	if one[0] == other[0] {
		t.Error("two seeds, one run")
	}
	pattern := regexp.MustCompile(`^/base/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/([0-9]+)/([567])$`)
	ids, drawn := map[string]bool{}, map[string]int{}
	for _, path := range one {
		found := pattern.FindStringSubmatch(path)
		if found == nil {
			t.Fatal(path)
		}
		ids[path], drawn[found[2]] = true, drawn[found[2]]+1
	}
	// 300 draws of three numbers: fewer than 60 of one have a probability of
	// less than 1e-6, and the seed is fixed.
	if len(ids) != 300 || min(drawn["5"], drawn["6"], drawn["7"]) < 60 || !strings.Contains(one[299], "/300/") {
		t.Errorf("%d identifiers, %v, last %s", len(ids), drawn, one[299])
	}
}

// TestFeeds: rows are picked as is said, and a session keeps its own.
func TestFeeds(t *testing.T) {
	rows := [][]string{{"a"}, {"b"}, {"c"}}
	ask := func(pick scenarios.Pick, times int) (names string, last error) {
		s := sourceOf(&scenarios.Live{Data: []scenarios.Feed{{Name: "d", Columns: []string{"v"}, Rows: rows, Pick: pick}}})
		r := compiled(t, s, scenarios.Request{Path: "/${d.v}"})
		a := ok("")
		for range times {
			var session driver.Values
			r.Ask(t.Context(), a.send, &session)
			last = r.Ask(t.Context(), a.send, &session).Err
		}
		for i := 0; i < len(a.sent); i += 2 {
			if a.sent[i].URL.Path != a.sent[i+1].URL.Path {
				t.Fatal("a session has two rows")
			}
			names += strings.TrimPrefix(a.sent[i].URL.Path, "/base/")
		}
		return names, last
	}
	if names, err := ask(scenarios.PickSequential, 7); names != "abcabca" || err != nil {
		t.Error(names, err)
	}
	if names, err := ask(scenarios.PickUnique, 4); names != "abc" || !errors.Is(err, driver.ErrExhausted) {
		t.Error(names, err)
	}
	names, err := ask(scenarios.PickRandom, 300) // each less than 60 times: below 1e-6, seed fixed
	if err != nil || min(strings.Count(names, "a"), strings.Count(names, "b"), strings.Count(names, "c")) < 60 {
		t.Error(names, err)
	}
}

// TestUniqueUnderConcurrency: no row goes to two requests, and none is left out.
func TestUniqueUnderConcurrency(t *testing.T) {
	const n = 2000
	feed := scenarios.Feed{Name: "d", Columns: []string{"v"}, Pick: scenarios.PickUnique}
	for i := range n {
		feed.Rows = append(feed.Rows, []string{strings.Repeat("x", i%7) + string(rune('0'+i%10)) + "-" + strings.Repeat("y", i/10)})
	}
	s := sourceOf(&scenarios.Live{Data: []scenarios.Feed{feed}})
	r := compiled(t, s, scenarios.Request{Path: "/", Headers: map[string]string{"V": "${d.v}"}})
	a := ok("")
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			for range n/20 + 5 {
				r.Ask(t.Context(), a.send, nil)
			}
		})
	}
	all.Wait()
	seen := map[string]bool{}
	for _, m := range a.sent {
		seen[m.Header.Get("V")] = true
	}
	if len(a.sent) != n || len(seen) != n {
		t.Errorf("%d requests of %d different rows; want %d", len(a.sent), len(seen), n)
	}
	if got := s.Exhausted(); len(got) != 1 || got[0] != "d" {
		t.Errorf("exhausted: %v", got)
	}
}

func packed(t *testing.T, text, how string) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser = gzip.NewWriter(&b)
	if how == "deflate" {
		w = zlib.NewWriter(&b)
	}
	if _, err := io.WriteString(w, text); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestChecks has an answer that passes and one that fails for each check.
func TestChecks(t *testing.T) {
	body := func(how scenarios.Relation, want string) scenarios.Check {
		return scenarios.Check{Path: "p", Of: scenarios.CheckBody, How: how, Want: want}
	}
	header := func(how scenarios.Relation, want string) scenarios.Check {
		return scenarios.Check{Path: "p", Name: "x-a", How: how, Want: want}
	}
	value := func(path, want string) scenarios.Check {
		return scenarios.Check{Path: "p", Of: scenarios.CheckJSON, Name: path, Want: want}
	}
	size := func(lo, hi int64) scenarios.Check {
		return scenarios.Check{Path: "p", Of: scenarios.CheckSize, Lo: lo, Hi: hi}
	}
	document := `{"ok": true, "n": 1.0, "big": 9007199254740993, "huge": 1e400, "list": [{"id": "ada"}], "none": null}`
	s := sourceOf(&scenarios.Live{Data: []scenarios.Feed{people()}})
	for _, c := range []struct {
		name   string
		reply  Reply
		check  scenarios.Check
		passes bool
	}{
		{"contains", Reply{Body: []byte("all is well")}, body(scenarios.Contains, "is w"), true},
		{"does not contain", Reply{Body: []byte("all is well")}, body(scenarios.Contains, "wall"), false},
		{"matches", Reply{Body: []byte("id=42;")}, body(scenarios.Matches, `id=\d+;`), true},
		{"does not match", Reply{Body: []byte("id=x;")}, body(scenarios.Matches, `id=\d+;`), false},
		{"with a hole", Reply{Body: []byte("by k&y")}, body(scenarios.Contains, "by ${env:KEY}"), true},
		{"header", Reply{Header: http.Header{"X-A": {"1", "2"}}}, header(scenarios.Equals, "2"), true},
		{"other header", Reply{Header: http.Header{"X-A": {"12"}}}, header(scenarios.Equals, "2"), false},
		{"no header", Reply{}, header(scenarios.Contains, ""), false},
		{"header contains", Reply{Header: http.Header{"X-A": {"12"}}}, header(scenarios.Contains, "2"), true},
		{"header matches", Reply{Header: http.Header{"X-A": {"12"}}}, header(scenarios.Matches, "^2"), false},
		{"true", Reply{Body: []byte(document)}, value("$.ok", "true"), true},
		{"text is not true", Reply{Body: []byte(document)}, value("$.ok", `"true"`), false},
		{"number", Reply{Body: []byte(document)}, value("$.n", "1"), true},
		{"number by its digits", Reply{Body: []byte(document)}, value("$.big", "9007199254740992"), false},
		{"huge number", Reply{Body: []byte(document)}, value("$.huge", "1e999999999"), false},
		{"null", Reply{Body: []byte(document)}, value("$.none", "null"), true},
		{"object", Reply{Body: []byte(document)}, value("$.list", `[{"id": "ada"}]`), true},
		{"other object", Reply{Body: []byte(document)}, value("$.list", `[{"id": "ada", "x": 1}]`), false},
		{"no value", Reply{Body: []byte(document)}, value("$.gone", "null"), false},
		{"not JSON", Reply{Body: []byte("<html>")}, value("$.ok", "true"), false},
		{"size", Reply{Body: []byte("12345")}, size(5, 5), true},
		{"too short", Reply{Body: []byte("1234")}, size(5, 9), false},
		{"too long to look at", Reply{Body: []byte("1234"), Bytes: MaxBody + 1}, size(0, 1<<40), false},
		{"gzip", Reply{Header: http.Header{"Content-Encoding": {"gzip"}}, Body: packed(t, "12345", "gzip")}, size(5, 5), true},
		{"deflate", Reply{Header: http.Header{"Content-Encoding": {"deflate"}}, Body: packed(t, "all well", "deflate")}, body(scenarios.Contains, "well"), true},
		{"not gzip", Reply{Header: http.Header{"Content-Encoding": {"gzip"}}, Body: []byte("12345")}, size(5, 5), false},
		{"gzip cut short", Reply{Header: http.Header{"Content-Encoding": {"gzip"}}, Body: packed(t, "12345", "gzip")[:20]}, size(0, 100), false},
		{"unknown compression", Reply{Header: http.Header{"Content-Encoding": {"br"}}, Body: []byte("12345")}, size(5, 5), false},
		{"bomb", Reply{Header: http.Header{"Content-Encoding": {"gzip"}}, Body: packed(t, strings.Repeat("0", MaxBody+1), "gzip")}, size(0, 1<<40), false},
	} {
		r := compiled(t, s, scenarios.Request{Path: "/", Checks: []scenarios.Check{c.check}})
		c.reply.Status = 200
		got := r.Ask(t.Context(), (&answers{replies: []*Reply{&c.reply}}).send, nil)
		if (got.Err == nil) != c.passes || got.Err != nil && !errors.Is(got.Err, driver.ErrCheck) {
			t.Errorf("%s: %v; want it to pass: %v", c.name, got.Err, c.passes)
		}
	}
	if p := s.Problems(); len(p) < 5 || p[0].Operation != "web.page" || p[0].Times < p[1].Times {
		t.Errorf("problems %v", p)
	}
}

func TestStatuses(t *testing.T) {
	s := sourceOf(&scenarios.Live{})
	for _, c := range []struct {
		request scenarios.Request
		reply   Reply
		want    error
	}{
		{scenarios.Request{}, Reply{Status: 204}, nil},
		{scenarios.Request{}, Reply{Status: 302}, driver.ErrUnexpected},
		{scenarios.Request{Status: 404}, Reply{Status: 404}, nil},
		{scenarios.Request{Status: 404}, Reply{Status: 200}, driver.ErrUnexpected},
		{scenarios.Request{Statuses: []scenarios.StatusRange{{Lo: 200, Hi: 299}, {Lo: 404, Hi: 404}}}, Reply{Status: 404}, nil},
		{scenarios.Request{Statuses: []scenarios.StatusRange{{Lo: 200, Hi: 299}, {Lo: 404, Hi: 404}}}, Reply{Status: 405}, driver.ErrUnexpected},
		{scenarios.Request{}, Reply{Status: 503, Header: http.Header{RejectedHeader: {"1"}}}, driver.ErrRejected},
		{scenarios.Request{}, Reply{Status: 503}, driver.ErrUnexpected},
	} {
		c.request.Path = "/"
		got := compiled(t, s, c.request).Ask(t.Context(), (&answers{replies: []*Reply{&c.reply}}).send, nil)
		if !errors.Is(got.Err, c.want) || c.want == nil && got.Err != nil {
			t.Errorf("%+v: %v; want %v", c.reply, got.Err, c.want)
		}
	}
}

// TestCaptures: what one answer leaves, the next request of the session has.
func TestCaptures(t *testing.T) {
	s := sourceOf(&scenarios.Live{})
	first := compiled(t, s, scenarios.Request{Path: "/login", Captures: []scenarios.Capture{
		{Name: "token", From: scenarios.FromJSON, At: "$.token"},
		{Name: "n", From: scenarios.FromJSON, At: "$.n"},
		{Name: "at", From: scenarios.FromHeader, At: "location"},
		{Name: "sid", From: scenarios.FromCookie, At: "sid"},
		{Name: "id", From: scenarios.FromRegexp, At: `"id-(\d+)"`},
		{Name: "all", From: scenarios.FromRegexp, At: `id-\d+`},
	}})
	second := compiled(t, s, scenarios.Request{Path: "/${n}/${id}/${all}/${at|raw}", Auth: &scenarios.Auth{Kind: scenarios.BearerAuth, Token: "${token}"}, Headers: map[string]string{"S": "${sid}"}})
	a := &answers{replies: []*Reply{{Status: 200, Header: http.Header{"Location": {"/orders/9"}, "Set-Cookie": {"sid=old", "sid=s1; Path=/"}}, Body: []byte(`{"token": "t\"1", "n": 12.50, "x": "id-42"}`)}}}
	var session driver.Values
	if got := first.Ask(t.Context(), a.send, &session); got.Err != nil {
		t.Fatal(got.Err)
	}
	if got := second.Ask(t.Context(), a.send, &session); got.Err != nil {
		t.Fatal(got.Err)
	}
	m := a.sent[1]
	if got := m.URL.Path + " " + m.Header.Get("Authorization") + " " + m.Header.Get("S"); got != `/base/12.50/42/id-42/orders/9 Bearer t"1 s1` {
		t.Error(got)
	}
	// Without the first request there is nothing to fill the second with.
	if got := second.Ask(t.Context(), a.send, &driver.Values{}); !errors.Is(got.Err, driver.ErrCheck) || len(a.sent) != 2 {
		t.Errorf("%v, %d sent", got.Err, len(a.sent))
	}
	// An answer that lacks what is to be kept of it is not as expected.
	a.replies = []*Reply{{Status: 200, Body: []byte(`{"n": 1}`)}}
	if got := first.Ask(t.Context(), a.send, &session); !errors.Is(got.Err, driver.ErrCheck) {
		t.Error(got.Err)
	}
	if p := s.Problems(); len(p) != 2 || p[0].What != "${n} has no value: no earlier request of the session left one" || p[1].What != "capture.token: no such value" {
		t.Errorf("problems %v", p)
	}
}

func TestRedirects(t *testing.T) {
	moved := func(status int, to string) *Reply {
		return &Reply{Status: status, Header: http.Header{"Location": {to}, "Set-Cookie": {"seen=1"}}, Body: []byte("moved")}
	}
	fine := &Reply{Status: 200, Body: []byte("fine")}
	post := scenarios.Request{Method: "POST", Path: "/a", Body: []byte("x"), Headers: map[string]string{"Authorization": "s3cret", "Content-Type": "text/plain"}}
	for _, c := range []struct {
		name    string
		follow  int
		replies []*Reply
		sent    string // of the last message
		status  int
		hops    int
	}{
		{"not followed", 0, []*Reply{moved(302, "/b"), fine}, "POST http://localhost/base/a x s3cret", 302, 1},
		{"302", 1, []*Reply{moved(302, "/b?q=1#f"), fine}, "GET http://localhost/b?q=1  s3cret", 200, 2},
		{"303", 1, []*Reply{moved(303, "b"), fine}, "GET http://localhost/base/b  s3cret", 200, 2},
		{"307", 1, []*Reply{moved(307, "/b"), fine}, "POST http://localhost/b x s3cret", 200, 2},
		{"308 to another port", 1, []*Reply{moved(308, "http://localhost:81/b"), fine}, "POST http://localhost:81/b x ", 200, 2},
		{"to a host not admitted", 5, []*Reply{moved(302, "http://example.com/b"), fine}, "POST http://localhost/base/a x s3cret", 302, 1},
		{"to another scheme", 5, []*Reply{moved(302, "file:///etc/passwd"), fine}, "POST http://localhost/base/a x s3cret", 302, 1},
		{"to nonsense", 5, []*Reply{moved(302, "http://[::1"), fine}, "POST http://localhost/base/a x s3cret", 302, 1},
		{"300 is none", 5, []*Reply{moved(300, "/b"), fine}, "POST http://localhost/base/a x s3cret", 300, 1},
		{"round and round", 3, []*Reply{moved(302, "/b")}, "GET http://localhost/b  s3cret", 302, 4},
	} {
		s := sourceOf(&scenarios.Live{Follow: c.follow})
		a := &answers{replies: c.replies}
		got := compiled(t, s, post).Ask(t.Context(), a.send, nil)
		m := a.sent[len(a.sent)-1]
		last := m.Method + " " + m.URL.String() + " " + string(m.Body) + " " + m.Header.Get("Authorization")
		bytes := int64(0)
		for i := range a.sent {
			bytes += int64(len(a.replies[min(i, len(a.replies)-1)].Body))
		}
		if last != c.sent || got.Status != c.status || len(a.sent) != c.hops || got.Bytes != bytes {
			t.Errorf("%s: %q, status %d after %d hops, %d bytes; want %q, %d, %d, %d", c.name, last, got.Status, len(a.sent), got.Bytes, c.sent, c.status, c.hops, bytes)
		}
		if m.Method == "GET" && m.Header.Get("Content-Type") != "" {
			t.Errorf("%s: a Content-Type without content", c.name)
		}
	}
}

// TestCookies: a session has a jar, a request by itself has none.
func TestCookies(t *testing.T) {
	s := sourceOf(&scenarios.Live{Cookies: true})
	r := compiled(t, s, scenarios.Request{Path: "/", Headers: map[string]string{"Cookie": "own=1"}})
	a := &answers{replies: []*Reply{{Status: 200, Header: http.Header{"Set-Cookie": {"sid=s1; Path=/", "gone=1; Max-Age=0", "other=2; Path=/elsewhere"}}}}}
	var session, another driver.Values
	for _, values := range []*driver.Values{&session, &session, &another, nil, nil} {
		r.Ask(t.Context(), a.send, values)
	}
	var got []string
	for _, m := range a.sent {
		got = append(got, m.Header.Get("Cookie"))
	}
	if diff := cmp.Diff([]string{"own=1", "own=1; sid=s1", "own=1", "own=1", "own=1"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestAuthorization(t *testing.T) {
	s := sourceOf(&scenarios.Live{
		Auth: &scenarios.Auth{Kind: scenarios.BasicAuth, User: "me", Password: "${env:KEY}"}, Compress: true, Data: []scenarios.Feed{people()},
	})
	for want, r := range map[string]scenarios.Request{
		"Basic bWU6ayZ5":     {},
		"":                   {Auth: &scenarios.Auth{}},
		"Bearer k&y":         {Auth: &scenarios.Auth{Kind: scenarios.BearerAuth, Token: "${env:KEY}"}},
		"Basic YWRhOjE=":     {Auth: &scenarios.Auth{Kind: scenarios.BasicAuth, User: "${users.name}", Password: "${users.id}"}},
		"Custom k&y, me too": {Headers: map[string]string{"authorization": "Custom ${env:KEY}, me too"}},
	} {
		r.Path = "/"
		a := ok("")
		if got := compiled(t, s, r).Ask(t.Context(), a.send, nil); got.Err != nil {
			t.Fatal(got.Err)
		}
		if got := a.sent[0].Header.Get("Authorization"); got != want || a.sent[0].Header.Get("Accept-Encoding") != "gzip" {
			t.Errorf("%q; want %q", got, want)
		}
	}
}

// TestCompileRefuses: what models made by hand may hold is an error, and never
// tells what is in the environment.
func TestCompileRefuses(t *testing.T) {
	for _, c := range []struct {
		r    scenarios.Request
		want string
	}{
		{scenarios.Request{Path: "/${"}, "path"},
		{scenarios.Request{Path: "/%zz"}, "escapes nothing"},
		{scenarios.Request{Path: "/", Query: []scenarios.Pair{{Name: "a", Value: "${b c}"}}}, "path"},
		{scenarios.Request{Path: "/", Headers: map[string]string{"A": "${env:NONE}"}}, "${env:NONE} is not set"},
		{scenarios.Request{Path: "/", Headers: map[string]string{"A": "${env:EMPTY}"}}, "${env:EMPTY} is not set"},
		{scenarios.Request{Path: "/", Headers: map[string]string{"A": "${env:LINES}"}}, "several lines"},
		{scenarios.Request{Path: "/", Template: "${nobody.x}"}, "no \"nobody\""},
		{scenarios.Request{Path: "/", Template: "${users.x}"}, "no column \"x\""},
		{scenarios.Request{Path: "/", Auth: &scenarios.Auth{Kind: scenarios.BearerAuth, Token: "${env:NONE}"}}, "auth"},
		{scenarios.Request{Path: "/", Auth: &scenarios.Auth{Kind: scenarios.OAuth2, ClientSecret: "${uuid}"}}, "only the environment"},
		{scenarios.Request{Path: "/", Checks: []scenarios.Check{{How: scenarios.Matches, Want: "("}}}, "expect"},
		{scenarios.Request{Path: "/", Checks: []scenarios.Check{{Of: scenarios.CheckJSON, Name: "x", Want: "1"}}}, "expect"},
		{scenarios.Request{Path: "/", Captures: []scenarios.Capture{{At: "x"}}}, "capture"},
	} {
		s := sourceOf(&scenarios.Live{Data: []scenarios.Feed{people()}})
		_, err := s.Compile("web.page", &c.r, &url.URL{Scheme: "http", Host: "localhost"}, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "live.operations.web.page") {
			t.Errorf("%+v: %v; want %q", c.r, err, c.want)
		} else if strings.Contains(err.Error(), "k&y") || strings.Contains(err.Error(), "a\nb") {
			t.Errorf("the error tells a secret: %v", err)
		}
	}
}

func TestPlain(t *testing.T) {
	zero := 0
	for _, c := range []struct {
		live scenarios.Live
		r    scenarios.Request
		want bool
	}{
		{scenarios.Live{}, scenarios.Request{Path: "/a?b=$1", Headers: map[string]string{"A": "$b"}, Body: []byte("${x}"), Status: 201}, true},
		{scenarios.Live{}, scenarios.Request{Path: "/${uuid}"}, false},
		{scenarios.Live{}, scenarios.Request{Path: "/", Headers: map[string]string{"A": "$${b}"}}, false},
		{scenarios.Live{}, scenarios.Request{Path: "/", Template: "x"}, false},
		{scenarios.Live{}, scenarios.Request{Path: "/", Follow: &zero}, false},
		{scenarios.Live{Cookies: true}, scenarios.Request{Path: "/"}, false},
		{scenarios.Live{Compress: true}, scenarios.Request{Path: "/"}, false},
		{scenarios.Live{Follow: 1}, scenarios.Request{Path: "/"}, false},
	} {
		if got := Plain(&c.live, &c.r); got != c.want {
			t.Errorf("%+v %+v is plain: %v", c.live, c.r, got)
		}
	}
}

// BenchmarkAsk is what a request with holes costs beyond a plain one.
func BenchmarkAsk(b *testing.B) {
	s := sourceOf(&scenarios.Live{Data: []scenarios.Feed{people()}})
	r, err := s.Compile("x", &scenarios.Request{
		Path: "/u/${users.name}", Template: `{"id": "${uuid}", "n": ${users.id}}`, Escape: scenarios.EscapeJSON,
		Checks: []scenarios.Check{{Of: scenarios.CheckJSON, Name: "$.ok", Want: "true"}},
	}, &url.URL{Scheme: "http", Host: "localhost"}, nil)
	if err != nil {
		b.Fatal(err)
	}
	body := []byte(`{"ok": true, "name": "somebody"}`)
	send := func(context.Context, *Message, int64) (*Reply, error) {
		return &Reply{Status: 200, Body: body, Bytes: int64(len(body)), Header: http.Header{}}, nil
	}
	b.ReportAllocs()
	for b.Loop() {
		if a := r.Ask(b.Context(), send, nil); a.Err != nil {
			b.Fatal(a.Err)
		}
	}
}
