package scenarios

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func liveScenario(t *testing.T) *Model {
	t.Helper()
	m, err := Load("testdata/live.yaml", Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestLive holds what requests are compiled to against what was written.
func TestLive(t *testing.T) {
	m := liveScenario(t)
	zero := 0
	want := Live{
		Base: "https://localhost:8443", Cells: 1, Follow: 2, Compress: true, Cookies: true,
		TLS: TLS{SkipVerify: true},
		Auth: &Auth{
			Kind: OAuth2, TokenURL: "https://localhost:8443/token", ClientID: "${env:ID}", ClientSecret: "${env:SECRET}", Scope: "read write",
		},
		Data: []Feed{
			{Name: "users", Columns: []string{"name", "first name", "id"}, Rows: [][]string{{"ada", "Ada, Countess", "1"}, {"bob", "Bob", "2"}}, Pick: PickUnique},
			{Name: "items", Columns: []string{"id", "tags"}, Rows: [][]string{{"7", `["a","b"]`}, {"8", "[]"}}, Pick: PickRandom},
		},
		Operations: map[OpID]Request{
			0: {
				Method: "POST", Path: "/login", Headers: map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
				Template: "first+name=a+b+${users.first name}&n=1", Escape: EscapeForm,
				Auth:     &Auth{Kind: BasicAuth, User: "${users.name}", Password: "${env:PASSWORD}"},
				Statuses: []StatusRange{{200, 299}, {302, 302}},
				Checks: []Check{
					{Path: "expect.header.Content-Type.contains", Name: "Content-Type", How: Contains, Want: "json"},
					{Path: "expect.header.Content-Type.matches", Name: "Content-Type", How: Matches, Want: "^app"},
					{Path: "expect.header.X-User", Name: "X-User", Want: "${users.name}"},
					{Path: "expect.body.contains", Of: CheckBody, How: Contains, Want: "token"},
					{Path: "expect.body.contains", Of: CheckBody, How: Contains, Want: "$${"},
					{Path: "expect.body.matches", Of: CheckBody, How: Matches, Want: "tok.n"},
					{Path: "expect.body.json.$.ok", Of: CheckJSON, Name: "$.ok", Want: "true"},
					{Path: "expect.body.json.$.user['id']", Of: CheckJSON, Name: "$.user['id']", Want: `"${users.id}"`},
					{Path: "expect.body.size", Of: CheckSize, Lo: 1, Hi: 4096},
				},
				Captures: []Capture{{"token", FromJSON, "$.token"}, {"sid", FromCookie, "sid"}, {"at", FromHeader, "Location"}, {"n", FromRegexp, `n=(\d+)`}},
			},
			1: {
				Method: "PUT", Path: "/orders/${n}?at=${at}", Query: []Pair{{"q", "x&y ${items.tags}"}, {"z", "1"}},
				Headers:  map[string]string{"Content-Type": "application/json"},
				Template: `{"id":${items.id|raw},"key":"${uuid}","n":3,"text":"$${x}"}`, Escape: EscapeJSON,
				Auth: &Auth{Kind: BearerAuth, Token: "${token}"}, Follow: &zero,
			},
			2: {Method: "GET", Path: "/find", Auth: &Auth{}, Statuses: []StatusRange{{200, 299}}},
			3: {
				Method: "POST", Path: "/up", Headers: map[string]string{"Content-Type": "application/json"},
				Template: "{\"item\": ${items.id}, \"by\": \"${users.name}\", \"cost\": \"$5\"}\n", Escape: EscapeJSON,
			},
			4: {
				Method: "POST", Path: "/raw", Headers: map[string]string{"content-type": "text/xml"}, Template: "<a>${n}</a>", Escape: EscapeXML,
				Checks: []Check{{Path: "expect.body.size", Of: CheckSize, Lo: 10, Hi: 10}},
			},
		},
	}
	if diff := cmp.Diff(want, m.Live); diff != "" {
		t.Error(diff)
	}
}

// TestSchemaTakesLiveRequests holds the schema against a scenario that uses all
// words of live requests.
func TestSchemaTakesLiveRequests(t *testing.T) {
	src, err := os.ReadFile("testdata/live.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := against(t, compiledSchema(t), "live", src); err != nil {
		t.Errorf("%#v", err)
	}
}

// TestDataFilesChangeTheDigest: what is sent is part of what was asked.
func TestDataFilesChangeTheDigest(t *testing.T) {
	dir := t.TempDir()
	src, err := os.ReadFile("testdata/live.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := string(src)
	load := func(users string) *Model {
		for name, content := range map[string]string{"live.yaml": text, "users.csv": users, "items.jsonl": `{"id": 1, "tags": 2}`, "order.json": "{}"} {
			if err := os.WriteFile(dir+"/"+name, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		m, err := Load(dir+"/live.yaml", Options{})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	a, b := load("name,first name,id\nx,y,1\n"), load("\ufeffname , first name,id\r\nx,y,2\r\n")
	if a.Digest == b.Digest {
		t.Error("other data have the same digest")
	}
	if diff := cmp.Diff(a.Live.Data[0].Columns, b.Live.Data[0].Columns); diff != "" {
		t.Errorf("byte order mark and spaces: %s", diff)
	}
}

func TestReadRowsRefuses(t *testing.T) {
	for _, c := range []struct{ name, content, want string }{
		{"a.csv", "", "empty"},
		{"a.csv", "a,b\n", "no rows"},
		{"a.csv", "a,a\n1,2\n", "different names"},
		{"a.csv", "a,\n1,2\n", "different names"},
		{"a.csv", "a,b\n1,\"2\n", "line 2"},
		{"a.tsv", "a\tb\n1,2\n", "line 2: 1 values for 2 columns"},
		{"a.jsonl", "", "no rows"},
		{"a.jsonl", "[1]\n", "line 1: want one JSON object"},
		{"a.jsonl", "{\"a\": 1}\n\n{\"a\" 2}\n", "line 3, column 6"},
		{"a.jsonl", "{} {}\n", "line 1"},
		{"a.csv", "a\n" + strings.Repeat("1\n", maxRows+1), "more than 1000000 rows"},
	} {
		if _, _, err := readRows(c.name, []byte(c.content)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.20q: %v; want %q", c.content, err, c.want)
		}
	}
}
