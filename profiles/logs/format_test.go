package logs

import (
	"math"
	"strings"
	"testing"
	"time"
)

// known is what a line says.
type known struct {
	at             string
	method, target string
	status         int
	took           float64
	bytes          int64
	client, agent  string
	who            string
}

// Lines as the programs write them.
func TestFormats(t *testing.T) {
	for name, c := range map[string]struct {
		format, session, line string
		want                  known
	}{
		"common, the example of Apache's manual": {
			"common", "", `127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326`,
			known{at: "2000-10-10T20:55:36Z", method: "GET", target: "/apache_pb.gif", status: 200, took: -1, bytes: 2326, client: "127.0.0.1"},
		},
		"combined, with an escaped quote and a user of two words": {
			"combined", "", `2001:db8::1 - ada l [30/Nov/2026:23:59:59 +0100] "POST /a?b=c HTTP/1.1" 503 - "https://x.example/" "a \"b\" c" "extra" 0.1`,
			known{at: "2026-11-30T22:59:59Z", method: "POST", target: "/a?b=c", status: 503, took: -1, bytes: -1, client: "2001:db8::1", agent: `a \"b\" c`},
		},
		"combined, another protocol": {
			"combined", "", `10.0.0.9 - - [30/Nov/2026:23:59:59 +0000] "\x16\x03\x01" 400 157 "-" "-"`,
			known{at: "2026-11-30T23:59:59Z", status: 400, took: -1, bytes: 157, client: "10.0.0.9", agent: "-"},
		},
		"nginx": {
			`$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" rt=$request_time uct="$upstream_connect_time" sid=$cookie_sid`, "cookie_sid",
			`10.1.2.3 - - [01/Dec/2026:00:00:00 +0000] "GET /x HTTP/2.0" 200 15 "-" "curl/8.5" rt=0.123 uct="0.001" sid=abc`,
			known{at: "2026-12-01T00:00:00Z", method: "GET", target: "/x", status: 200, took: 0.123, bytes: 15, client: "10.1.2.3", agent: "curl/8.5", who: "abc"},
		},
		"nginx, stamps without brackets and in milliseconds": {
			`$msec|$time_local|$request_method|$request_uri|$status|${request_time}`, "", `1764547200.250|01/Dec/2025:00:00:00 +0000|PUT|/y|201|1.500`,
			known{at: "2025-12-01T00:00:00.25Z", method: "PUT", target: "/y", status: 201, took: 1.5, bytes: -1},
		},
		"Apache": {
			`%v:%p %h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\" %D`, "",
			`shop.example:443 192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "DELETE /z HTTP/1.1" 204 512 "-" "Mozilla/5.0" 45123`,
			known{at: "2000-10-10T20:55:36Z", method: "DELETE", target: "/z", status: 204, took: 0.045123, bytes: 512, client: "192.0.2.7", agent: "Mozilla/5.0"},
		},
		"Apache, parts": {
			`%a %{msec}t %m %U%q %s %{ms}T`, "", `192.0.2.7 971211336000 GET /a?b=1 200 12`,
			known{},
		},
		"Caddy, the example of its manual": {
			"caddy", "", `{"level":"info","ts":1646861401.5241024,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"127.0.0.1","remote_port":"41342","client_ip":"127.0.0.1","proto":"HTTP/2.0","method":"GET","host":"localhost","uri":"/a\u0062?c=\"1\"","headers":{"User-Agent":["curl/7.82.0","x"],"Accept":["*/*"]},"tls":{"resumed":false,"version":772}},"bytes_read":0,"user_id":"","duration":0.000929675,"size":10900,"status":200,"resp_headers":{"Server":["Caddy"]}}`,
			known{at: "2022-03-09T21:30:01.5241024Z", method: "GET", target: `/ab?c="1"`, status: 200, took: 0.000929675, bytes: 10900, client: "127.0.0.1", agent: "curl/7.82.0"},
		},
		"Envoy, its default": {
			"envoy", "", `[2016-04-15T20:17:00.310Z] "POST /api/v1/locations HTTP/2" 204 - 154 0 226 100 "10.0.35.28" "nsq2http" "cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2" "locations" "tcp://10.0.2.1:80"`,
			known{at: "2016-04-15T20:17:00.31Z", method: "POST", target: "/api/v1/locations", status: 204, took: 0.226, bytes: 0, client: "10.0.35.28", agent: "nsq2http"},
		},
		"Envoy, written": {
			`[%START_TIME(%s.%3f)%] %REQ(:METHOD)% %REQ(:PATH)% %RESPONSE_CODE% %DURATION%`, "", `[1460751420.310] GET /p 200 12`,
			known{at: "2016-04-15T20:17:00.31Z", method: "GET", target: "/p", status: 200, took: 0.012, bytes: -1},
		},
		"Envoy, JSON": {
			"envoy-json", "", `{"start_time":"2016-04-15T20:17:00.310Z","method":"GET","path":"/q","response_code":200,"duration":7,"bytes_sent":5,"user_agent":null,"downstream_remote_address":"10.0.0.1:5555"}`,
			known{at: "2016-04-15T20:17:00.31Z", method: "GET", target: "/q", status: 200, took: 0.007, bytes: 5, client: "10.0.0.1:5555"},
		},
		"AWS, the example of its manual": {
			"alb", "", `http 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 "GET http://www.example.com:80/a HTTP/1.1" "curl/7.46.0" - - arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067 "Root=1-58337262-36d228ad5d99923122bbe354" "-" "-" 0 2018-07-02T22:22:48.364000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-"`,
			known{at: "2018-07-02T22:23:00.186641Z", method: "GET", target: "/a", status: 200, took: 0.001, bytes: 366, client: "192.168.131.39:2817", agent: "curl/7.46.0"},
		},
		"AWS, nobody answered": {
			"alb", "", `https 2018-07-02T22:23:00.186641Z app/x/5 192.168.131.39:2817 - -1 -1 -1 502 - 34 366 "GET https://x.example:443 HTTP/1.1" "curl/7.46.0" - -`,
			known{at: "2018-07-02T22:23:00.186641Z", method: "GET", target: "/", status: 502, took: unknownPart, bytes: 366, client: "192.168.131.39:2817", agent: "curl/7.46.0"},
		},
		"JSON": {
			"json", "sid", `{"time":"2026-12-01T08:00:00,5+01:00","req":{"method":"GET","url":"/j","deep":[[{"a":1}],2]},"status_code":"404","duration_ms":2.5,"sid":"s1"}`,
			known{at: "2026-12-01T07:00:00.5Z", method: "GET", target: "/j", status: 404, took: 0.0025, bytes: -1, who: "s1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := Named(c.format, c.session)
			if c.want.at == "" { // two values with nothing between them
				if err == nil || !strings.Contains(err.Error(), "nothing between") {
					t.Fatalf("error %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var e Entry
			if !f.Parse([]byte(c.line), &e) {
				t.Fatal("not read")
			}
			got := known{
				time.Unix(0, e.At).UTC().Format(time.RFC3339Nano), string(e.Method), string(e.Target), e.Status,
				math.Round(e.Took*1e9) / 1e9, e.Bytes, string(e.Client), string(e.Agent), string(e.Who),
			}
			if got != c.want {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
			for n := range len(c.line) { // cut anywhere, it is read or refused
				f.Parse([]byte(c.line[:n]), &e)
			}
		})
	}
}

// instant agrees with the standard library over all days of four hundred years.
func TestInstant(t *testing.T) {
	zone := time.FixedZone("", -(3*3600 + 30*60))
	for at := time.Date(1970, 1, 2, 5, 7, 9, 123456789, zone); at.Year() < 2260; at = at.Add(37*time.Hour + 59*time.Second) {
		for layout, grain := range map[string]time.Duration{
			"02/Jan/2006:15:04:05 -0700": time.Second, "2006-01-02T15:04:05.999999999Z07:00": 1, "2006-01-02 15:04:05.000-0700": time.Millisecond,
		} {
			text := at.Format(layout)
			got, off, ok := instant([]byte(text))
			want := at.Truncate(grain)
			if !ok || got != want.UnixNano() || off != -12600 {
				t.Fatalf("%s: %v, zone %d, %v", text, time.Unix(0, got).In(zone), off, ok)
			}
		}
	}
	for _, text := range []string{"1764547200", "1764547200000", "1764547200000000", "1764547200000000000", "1.7645472e9", "1764547200.000"} {
		if got, _, ok := instant([]byte(text)); !ok || got != 1764547200*second {
			t.Errorf("%s: %d %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "-", "10/Foo/2000:13:55:36 -0700", "10/Oct/2000:25:55:36 -0700", "2026-13-01T00:00:00Z", "2026-12-01T00:00:00+99:99", "99999999999999999999", "12a"} {
		if _, _, ok := instant([]byte(text)); ok {
			t.Errorf("%q is read", text)
		}
	}
}

func TestRoutes(t *testing.T) {
	r := newRouter(nil)
	for path, want := range map[string]string{
		"/":                         "GET /",
		"/users/42/orders?x=1":      "GET /users/{id}/orders",
		"/v2/items/item-12345/edit": "GET /v2/items/item-{n}/edit",
		"/o/550e8400-e29b-41d4-a716-446655440000": "GET /o/{uuid}",
		"/static/app.3f2a9c1b.js":                 "GET /static/app.{hex}.js",
		"/b/d41d8cd98f00b204e9800998ecf8427e":     "GET /b/{hex}",
		"/t/eyJhbGciOiJIUzI1NiIsInR5cCI6":         "GET /t/{token}",
		"/facade/decade/dead-beef":                "GET /facade/decade/dead-beef",
		"/2026/12/01/some-post":                   "GET /{id}/{id}/{id}/some-post",
		"/img_01.png":                             "GET /img_01.png",
		"//double//slash/":                        "GET //double//slash/",
		"/" + strings.Repeat("x", 150):            "GET /{long}",
		"/caf\xc3\xa9":                            "GET /caf??",
		"http://x.example/abs/7":                  "GET /abs/{id}",
	} {
		e := Entry{Method: []byte("GET"), Target: pathOf([]byte(path))}
		if got := r.names[r.route(&e)]; got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// A place of the path with very many names is a value, unless a name is asked
// for often; what is kept stays bounded.
func TestRoutesFold(t *testing.T) {
	r := newRouter(nil)
	counts := []int64{}
	see := func(path string, times int64) {
		id := r.route(&Entry{Method: []byte("GET"), Target: []byte(path)})
		for int(id) >= len(counts) {
			counts = append(counts, 0)
		}
		counts[id] += times
	}
	see("/login", 5000)
	for i := range 30_000 {
		name := string([]byte{'a' + byte(i%26), 'a' + byte(i/26%26), 'a' + byte(i/676%26), 'a' + byte(i/17576)})
		see("/people/"+name+"/photos", 1)
	}
	final, names, _ := r.fold(counts)
	if len(names) != 2 || names[0] != "GET /people/{name}/photos" || names[1] != "GET /login" {
		t.Errorf("names %v", names)
	}
	if len(r.names) > maxSeen+1 || len(final) != len(r.names) {
		t.Errorf("%d routes are kept", len(r.names))
	}
}

func TestParseRefusesFormats(t *testing.T) {
	for text, want := range map[string]string{
		"nonsense":              "no log format",
		"$remote_addr $status":  "when a request came",
		"$time_local$status":    "nothing between",
		"%h %{%j}t":             "not one that is read",
		"%h %t %{x":             "without }",
		"[%START_TIME%] %REQ(A": "without its end",
	} {
		if _, err := Named(text, ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %s", text, err, want)
		}
	}
	if _, err := Named("combined", "sid"); err == nil {
		t.Error("combined has no session")
	}
	for _, text := range []string{"x", "time", "path=a", "time=t,took=x", "time=t,foo=x"} {
		if _, err := Fields(text, ""); err == nil {
			t.Errorf("fields %q are taken", text)
		}
	}
}

// Nothing that a log may hold makes a reader panic.
func FuzzParse(f *testing.F) {
	f.Add(`10.0.0.9 - - [30/Nov/2026:23:59:59 +0000] "GET / HTTP/1.1" 400 157 "-" "-"`)
	f.Add(`{"ts":1646861401.5,"request":{"uri":"/a\u00"},"duration":1e9,"l":[1,[2,{"a":"\\"}]]}`)
	f.Add(`[2016-04-15T20:17:00.310Z] "POST /a HTTP/2" 204 - 154 0 226 100 "10.0.35.28" "x"`)
	f.Fuzz(func(t *testing.T, line string) {
		for _, name := range []string{"combined", "common", "caddy", "envoy", "envoy-json", "alb", "json"} {
			format, err := Named(name, "")
			if err != nil {
				t.Fatal(err)
			}
			var e Entry
			if format.Parse([]byte(line), &e) {
				newRouter(nil).route(&e)
				if e.At <= 0 || math.IsNaN(e.Took) || math.IsInf(e.Took, 0) {
					t.Fatalf("%s: %+v", name, e)
				}
			}
		}
	})
}

// Nor does a format that somebody writes.
func FuzzNamed(f *testing.F) {
	for _, text := range []string{combinedText, albText, envoyText, `%h %{%s}t \"%r\" %^FB`, "${", "%", "%{", "%REQ("} {
		f.Add(text, "x")
	}
	f.Fuzz(func(t *testing.T, text, line string) {
		format, err := Named(text, "")
		if err != nil {
			return
		}
		var e Entry
		format.Parse([]byte(line), &e)
	})
}
