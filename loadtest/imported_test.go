package loadtest

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/headroom/headroom/scenarios/foreign"
)

// TestImportedIsSentAtOnce: what is imported is sent as it was recorded or
// written, without a change to the scenario.
func TestImportedIsSentAtOnce(t *testing.T) {
	t.Setenv("AUTHORIZATION", "Bearer mine")
	t.Setenv("PASSWORD", "mine")
	var mu sync.Mutex
	seen := map[string]int{}
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body := make([]byte, 1000)
		n, _ := r.Body.Read(body)
		mu.Lock()
		seen[fmt.Sprintf("%s %s %s %s %s", r.Method, r.URL.RequestURI(), r.Header.Get("Authorization"), r.Header.Get("Content-Type"), body[:n])]++
		mu.Unlock()
		if r.URL.Path == "/made" {
			w.WriteHeader(http.StatusCreated)
		}
	})
	for _, c := range []struct {
		format foreign.Format
		src    string
		want   []string
	}{
		{
			foreign.Curl, "curl URL/a?b=1%202 -H 'authorization: Bearer theirs'; curl -XPUT URL/b --json '{\"x\": \"${1}\"}'; curl -u me:theirs -d 'a=b c' URL/c",
			[]string{
				"GET /a?b=1%202 Bearer mine  ", `PUT /b  application/json {"x": "${1}"}`,
				"POST /c Basic bWU6bWluZQ== application/x-www-form-urlencoded a=b c",
			},
		},
		{
			foreign.HAR, `{"log": {"entries": [
				{"startedDateTime": "2026-03-01T10:00:00.000Z", "time": 5, "request": {"method": "GET", "url": "URL/d"}, "response": {"status": 200}},
				{"startedDateTime": "2026-03-01T10:00:00.002Z", "time": 5, "request": {"method": "GET", "url": "URL/e%2Ff?x=a+b"}, "response": {"status": 200}},
				{"startedDateTime": "2026-03-01T10:00:00.030Z", "time": 5, "request": {"method": "POST", "url": "URL/made", "postData": {"mimeType": "application/json", "text": "{\"password\": \"theirs\"}"}}, "response": {"status": 201}}]}}`,
			[]string{"GET /d   ", "GET /e%2Ff?x=a+b   ", `POST /made  application/json {"password": "mine"}`},
		},
		{
			foreign.OpenAPI, `{"openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "URL/v1"}], "paths": {"/p/{id}": {
				"get": {"parameters": [{"name": "id", "in": "path", "required": true, "example": "a/b"}, {"name": "q", "in": "query", "required": true, "example": "x&y"}], "responses": {"200": {"description": "ok"}}},
				"delete": {"responses": {"204": {"description": "gone"}}}}}}`,
			[]string{"GET /v1/p/a%2Fb?q=x%26y   "},
		},
	} {
		clear(seen)
		got, err := foreign.Import(c.format, "f", []byte(strings.ReplaceAll(c.src, "URL", url)))
		if err != nil {
			t.Fatal(err)
		}
		m := *got.Model
		if m.Workloads[0].Open() {
			m.Workloads[0] = evenly("visitors", 100, m.Workloads[0].Mix)
		} else {
			m.Workloads[0].Think = constantly(0.01)
		}
		r := load(t, &m, "", Options{Duration: 0.5})
		if f := r.Workloads["visitors"].Failures; len(f) > 0 {
			t.Errorf("%s: failures %v, %v", c.format, f, r.Caveats)
		}
		mu.Lock()
		for _, want := range c.want {
			if seen[want] == 0 {
				t.Errorf("%s: %q was not sent; sent were %v", c.format, want, seen)
			}
			delete(seen, want)
		}
		if len(seen) > 0 {
			t.Errorf("%s: sent besides: %v", c.format, seen)
		}
		mu.Unlock()
	}
}
