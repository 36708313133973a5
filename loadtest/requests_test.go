package loadtest

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// allEngines are those that every kind of request is tried with.
func allEngines() []Engine { return []Engine{Vegeta, Lean} }

// members are users who each do the given operations one after the other, as
// one session.
func members(users int, ops ...scenarios.OpID) scenarios.Workload {
	w := scenarios.Workload{Name: "members", Users: users, Think: constantly(0.005)}
	for i, op := range ops {
		w.Steps = append(w.Steps, scenarios.Call{At: scenarios.At(fmt.Sprintf("members/%d", i)), Op: op})
	}
	return w
}

// ask sets how the operations of a shop are asked for.
func ask(m *scenarios.Model, requests ...scenarios.Request) *scenarios.Model {
	for i, r := range requests {
		m.Live.Operations[scenarios.OpID(i)] = r
	}
	return m
}

// TestSession has users that log in, take a token and a cookie from the answer,
// and do what only they may. The server knows whose token is whose.
func TestSession(t *testing.T) {
	for _, engine := range allEngines() {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			var served, foreign atomic.Int64
			url := serve(t, func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.URL.Path == "/login":
					user := r.FormValue("user")
					http.SetCookie(w, &http.Cookie{Name: "sid", Value: "cookie-of-" + user})
					w.Header().Set("Content-Type", "application/json")
					_, _ = fmt.Fprintf(w, `{"token": %q, "home": ["/of/%s"]}`, "token-of-"+user, user)
				case strings.HasPrefix(r.URL.Path, "/of/"):
					user := strings.TrimPrefix(r.URL.Path, "/of/")
					sid, err := r.Cookie("sid")
					if err != nil || sid.Value != "cookie-of-"+user || r.Header.Get("Authorization") != "Bearer token-of-"+user {
						foreign.Add(1)
						w.WriteHeader(http.StatusForbidden)
						return
					}
					var order struct{ By, Key string }
					if json.NewDecoder(r.Body).Decode(&order) != nil || order.By != user || len(order.Key) != 36 {
						foreign.Add(1)
					}
					served.Add(1)
					w.WriteHeader(http.StatusCreated)
				}
			})
			m := ask(shop(members(10, page, buy)),
				scenarios.Request{
					Method: "POST", Path: "/login", Headers: map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
					Template: "user=${users.name}", Escape: scenarios.EscapeForm,
					Captures: []scenarios.Capture{{Name: "token", At: "$.token"}, {Name: "home", At: "$.home[0]"}},
				},
				scenarios.Request{},
				scenarios.Request{
					Method: "POST", Path: "/${home|raw}", Status: 201, Auth: &scenarios.Auth{Kind: scenarios.BearerAuth, Token: "${token}"},
					Template: `{"by": "${users.name}", "key": "${uuid}"}`, Escape: scenarios.EscapeJSON,
				})
			m.Live.Cookies = true
			feed := scenarios.Feed{Name: "users", Columns: []string{"name"}}
			for i := range 50 {
				feed.Rows = append(feed.Rows, []string{fmt.Sprintf("u%d", i)})
			}
			m.Live.Data = []scenarios.Feed{feed}
			r := load(t, m, url, Options{Duration: 0.5, Engine: engine})
			w := r.Workloads["members"]
			if len(w.Failures) > 0 || foreign.Load() > 0 || served.Load() == 0 {
				t.Errorf("failures %v, %d mixed up, %d served, %v", w.Failures, foreign.Load(), served.Load(), r.Caveats)
			}
		})
	}
}

// TestFailedChecks counts answers that are not as expected, by themselves and
// within sessions, and tells which check it was.
func TestFailedChecks(t *testing.T) {
	var n atomic.Int64
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if n.Add(1)%2 == 0 {
			_, _ = io.WriteString(w, "sorry, s3cret")
			return
		}
		_, _ = io.WriteString(w, "welcome")
	})
	path := filepath.Join(t.TempDir(), "hits")
	m := ask(shop(evenly("visitors", 100, only(page))), scenarios.Request{
		Path: "/", Checks: []scenarios.Check{{Path: "expect.body.contains", Of: scenarios.CheckBody, How: scenarios.Contains, Want: "welcome"}},
	})
	r := load(t, m, url, Options{Duration: 0.5, Hits: path})
	_, hits, err := ReadHits(path)
	if err != nil {
		t.Fatal(err)
	}
	failed := int64(0)
	for _, h := range hits {
		if h.Outcome == CheckFailed {
			failed++
			if h.Status != 200 || h.Bytes != 13 {
				t.Fatalf("%+v", h)
			}
		}
	}
	w := r.Workloads["visitors"]
	if failed != int64(len(hits))/2 || w.Failures["check"] != failed {
		t.Errorf("%d of %d hits failed, %v", failed, len(hits), w.Failures)
	}
	if !hasCaveat(r, "expect.body.contains: another body than expected") || hasCaveat(r, "s3cret") {
		t.Error(r.Caveats)
	}
}

// TestDataRunOut: the load ends with the last row, and says so. No row is used
// twice.
func TestDataRunOut(t *testing.T) {
	for _, w := range []scenarios.Workload{
		evenly("visitors", 400, only(page)),
		{Name: "visitors", Users: 8, Mix: only(page)}, // without a pause
		members(8, page, item),
	} {
		var mu sync.Mutex
		seen := map[string]int{}
		url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			seen[r.URL.RequestURI()]++
		})
		m := ask(shop(w), scenarios.Request{Path: "/a", Query: []scenarios.Pair{{Name: "u", Value: "${d.v}"}}}, scenarios.Request{Path: "/b/${d.v}"})
		feed := scenarios.Feed{Name: "d", Columns: []string{"v"}, Pick: scenarios.PickUnique}
		for i := range 60 {
			feed.Rows = append(feed.Rows, []string{fmt.Sprint(i)})
		}
		m.Live.Data = []scenarios.Feed{feed}
		began := time.Now()
		r := load(t, m, url, Options{Duration: 600})
		if time.Since(began) > 300*time.Second {
			t.Error("the run went on")
		}
		mu.Lock()
		rows := 0
		for uri, times := range seen {
			if times != 1 {
				t.Errorf("%s %d times", uri, times)
			}
			if strings.HasPrefix(uri, "/a") {
				rows++
			}
		}
		mu.Unlock()
		// The last ones may have been cut when the run ended: they count as nothing.
		if rows < 30 || rows > 60 || !r.Interrupted || !hasCaveat(r, "every row of the data d was used once") || len(r.Workloads[w.Name].Failures) > 0 {
			t.Errorf("%d rows, interrupted %v, %v, %v", rows, r.Interrupted, r.Workloads[w.Name].Failures, r.Caveats)
		}
	}
}

// TestRedirectsStayHere: a redirect on this host is followed, one to a host that
// was not named is not, whatever a server says.
func TestRedirectsStayHere(t *testing.T) {
	for _, engine := range allEngines() {
		var beyond atomic.Int64
		url := serve(t, func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/page":
				http.Redirect(w, r, "/there", http.StatusFound)
			case "/item":
				http.Redirect(w, r, "http://192.0.2.1/", http.StatusFound)
			case "/there":
				beyond.Add(1)
			}
		})
		m := ask(shop(evenly("here", 50, only(page)), evenly("away", 50, only(item))), scenarios.Request{Path: "/page"}, scenarios.Request{Path: "/item"})
		m.Live.Follow = 2
		r := load(t, m, url, Options{Duration: 0.4, Engine: engine})
		if f := r.Workloads["here"].Failures; len(f) > 0 || beyond.Load() < 19 {
			t.Errorf("%s: redirects on this host: %v, %d", engine, f, beyond.Load())
		}
		if f := r.Workloads["away"].Failures; f["status"] < 19 || !hasCaveat(r, "--allow 192.0.2.1") {
			t.Errorf("%s: redirects elsewhere: %v %v", engine, f, r.Caveats)
		}
	}
}

// TestCompression: bytes are counted as sent, checks look at what was compressed.
func TestCompression(t *testing.T) {
	long := strings.Repeat("well, well; ", 1000)
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, long)
	_ = z.Close()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") == "gzip" {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(b.Bytes())
		}
	})
	for _, engine := range allEngines() {
		path := filepath.Join(t.TempDir(), "hits")
		m := ask(shop(evenly("visitors", 50, only(page))), scenarios.Request{
			Path: "/", Checks: []scenarios.Check{{Of: scenarios.CheckSize, Lo: int64(len(long)), Hi: int64(len(long))}},
		})
		m.Live.Compress = true
		load(t, m, url, Options{Duration: 0.2, Hits: path, Engine: engine})
		_, hits, err := ReadHits(path)
		if err != nil || len(hits) == 0 {
			t.Fatal(err)
		}
		for _, h := range hits {
			if h.Outcome != Answered || h.Bytes != int64(b.Len()) {
				t.Fatalf("%s: %v of %d bytes; sent were %d", engine, h.Outcome, h.Bytes, b.Len())
			}
		}
	}
}

// TestOAuth fetches a token before the run, and tells what is wrong with an
// endpoint that gives none. That it is renewed is tested in driver/message.
func TestOAuth(t *testing.T) {
	t.Setenv("HEADROOM_TEST_SECRET", "s3cr&t")
	noLeaks(t)
	var issued atomic.Int64
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/token":
			id, secret, _ := r.BasicAuth()
			if id != "app" || secret != "s3cr%26t" || r.FormValue("grant_type") != "client_credentials" || r.FormValue("scope") != "read" {
				w.WriteHeader(http.StatusUnauthorized)
				_, _ = io.WriteString(w, `{"error": "invalid_client", "error_description": "s3cr&t is wrong"}`)
				return
			}
			_, _ = fmt.Fprintf(w, `{"access_token": "t%d", "token_type": "bearer", "expires_in": 1}`, issued.Add(1))
		case "/broken":
			_, _ = io.WriteString(w, `{"token": "s3cr&t"}`)
		default:
			if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer t") {
				w.WriteHeader(http.StatusUnauthorized)
			}
		}
	})
	auth := func(at string) *scenarios.Auth {
		return &scenarios.Auth{Kind: scenarios.OAuth2, TokenURL: at, ClientID: "app", ClientSecret: "${env:HEADROOM_TEST_SECRET}", Scope: "read"}
	}
	m := shop(evenly("visitors", 50, only(page)))
	m.Live.Auth = auth(url + "/token")
	r := load(t, m, url, Options{Duration: 0.5})
	if f := r.Workloads["visitors"].Failures; len(f) > 0 || issued.Load() < 1 {
		t.Errorf("failures %v, %d tokens", f, issued.Load())
	}
	for at, want := range map[string]string{
		url + "/broken": "no access_token", url + "/none": "status 401", "http://192.0.2.1/token": "--allow 192.0.2.1",
	} {
		m.Live.Auth = auth(at)
		_, err := Run(t.Context(), m, Options{Target: url, Duration: 0.1})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cr") {
			t.Errorf("%s: %v; want %q", at, err, want)
		}
	}
	m.Live.Auth = auth(url + "/token")
	m.Live.Auth.ClientID = "other"
	if _, err := Run(t.Context(), m, Options{Target: url, Duration: 0.1}); err == nil || !strings.Contains(err.Error(), "invalid_client") || strings.Contains(err.Error(), "s3cr") {
		t.Error(err)
	}
	t.Setenv("HEADROOM_TEST_SECRET", "")
	if _, err := Run(t.Context(), m, Options{Target: url, Duration: 0.1}); err == nil || !strings.Contains(err.Error(), "${env:HEADROOM_TEST_SECRET} is not set") {
		t.Error(err)
	}
}

// certificate makes one signed by its parent, or by itself, as PEM.
func certificate(t *testing.T, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) (cert *x509.Certificate, key *ecdsa.PrivateKey, certPEM, keyPEM []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert = &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "headroom test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: parent == nil, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}
	if parent == nil {
		parent, parentKey = cert, key
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, parent, key.Public(), parentKey)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret})
}

// TestMutualTLS: a server that wants a certificate gets it; one that is not
// trusted is not asked, unless the scenario says so.
func TestMutualTLS(t *testing.T) {
	ca, caKey, caPEM, _ := certificate(t, nil, nil)
	_, _, serverCert, serverKey := certificate(t, ca, caKey)
	_, _, clientCert, clientKey := certificate(t, ca, caKey)
	pair, err := tls.X509KeyPair(serverCert, serverKey)
	if err != nil {
		t.Fatal(err)
	}
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(caPEM)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TLS.PeerCertificates) == 0 {
			w.WriteHeader(http.StatusForbidden)
		}
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: trusted, ClientAuth: tls.VerifyClientCertIfGiven}
	s.StartTLS()
	t.Cleanup(s.Close)
	for _, engine := range allEngines() {
		for _, c := range []struct {
			name string
			tls  scenarios.TLS
			want string
		}{
			{"mutual", scenarios.TLS{Cert: clientCert, Key: clientKey, CA: caPEM}, ""},
			{"without a certificate", scenarios.TLS{CA: caPEM}, "status"},
			{"not trusted", scenarios.TLS{Cert: clientCert, Key: clientKey}, "network"},
			{"not verified", scenarios.TLS{Cert: clientCert, Key: clientKey, SkipVerify: true}, ""},
		} {
			m := shop(evenly("visitors", 50, only(page)))
			m.Live.TLS = c.tls
			f := load(t, m, s.URL, Options{Duration: 0.2, Engine: engine}).Workloads["visitors"].Failures
			if c.want == "" && len(f) > 0 || c.want != "" && f[c.want] < 9 {
				t.Errorf("%s, %s: failures %v; want %q", engine, c.name, f, c.want)
			}
		}
	}
	for _, bad := range []scenarios.TLS{{Cert: clientCert, Key: serverKey}, {CA: []byte("none")}, {Cert: []byte("x"), Key: []byte("s3cret")}} {
		m := shop(evenly("visitors", 50, only(page)))
		m.Live.TLS = bad
		if _, err := Run(t.Context(), m, Options{Target: s.URL, Duration: 0.1}); err == nil || !strings.Contains(err.Error(), "live.tls") || strings.Contains(err.Error(), "s3cret") {
			t.Error(err)
		}
	}
}

// TestSecretsStayHere puts secrets into every place that may have them, lets
// every kind of failure happen, and looks for them in all that is written.
func TestSecretsStayHere(t *testing.T) {
	const secret = "xK7-s3cret/&=val\"ue"
	t.Setenv("HEADROOM_TEST_SECRET", secret)
	var n atomic.Int64
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			_, _ = io.WriteString(w, `{"access_token": "token-xK7-s3cret", "expires_in": 1}`)
			return
		}
		switch n.Add(1) % 5 {
		case 0:
			w.WriteHeader(http.StatusInternalServerError)
		case 1:
			c, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_ = c.Close()
			}
		case 2:
			_, _ = io.WriteString(w, "not what was expected: "+secret)
		case 3:
			w.Header().Set("Location", "http://192.0.2.1/?"+secret)
			w.WriteHeader(http.StatusFound)
		default:
			_, _ = io.WriteString(w, `{"id": "captured-xK7-s3cret"}`)
		}
	})
	hole := "${env:HEADROOM_TEST_SECRET}"
	m := ask(shop(evenly("visitors", 100, only(page)), members(3, item, buy)),
		scenarios.Request{
			Method: "POST", Path: "/a/" + hole, Query: []scenarios.Pair{{Name: "q", Value: hole}}, Headers: map[string]string{"X-Key": hole}, Template: `{"k": "` + hole + `"}`, Escape: scenarios.EscapeJSON,
			Checks: []scenarios.Check{{Path: "expect.body.json.$.key", Of: scenarios.CheckJSON, Name: "$.key", Want: `"` + hole + `"`}},
		},
		scenarios.Request{
			Path: "/b", Auth: &scenarios.Auth{Kind: scenarios.BasicAuth, User: hole, Password: hole},
			Captures: []scenarios.Capture{{Name: "id", At: "$.id"}},
			Checks:   []scenarios.Check{{Path: "expect.body.contains", Of: scenarios.CheckBody, How: scenarios.Contains, Want: "captured"}},
		},
		scenarios.Request{Path: "/c/${id}", Checks: []scenarios.Check{{Path: "expect.body.json.$.id", Of: scenarios.CheckJSON, Name: "$.id", Want: `"` + hole + `"`}}})
	m.Live.Auth = &scenarios.Auth{Kind: scenarios.OAuth2, TokenURL: url + "/token", ClientID: "app", ClientSecret: hole}
	m.Live.Follow, m.Live.Cookies = 2, true
	path := filepath.Join(t.TempDir(), "hits")
	var notes bytes.Buffer
	r := load(t, m, url, Options{Duration: 1, Hits: path, Progress: func(_ float64, note string) { notes.WriteString(note) }})
	var out bytes.Buffer
	if err := measure.Encode(&out, r); err != nil {
		t.Fatal(err)
	}
	hits, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	failures := r.Workloads["visitors"].Failures
	if failures["status"] == 0 || failures["connection"] == 0 || failures["check"] == 0 || !hasCaveat(r, "expect.body.") {
		t.Fatalf("not all failures came up: %v %v", failures, r.Caveats)
	}
	for what, text := range map[string]string{"result": out.String(), "hits": string(hits), "progress": notes.String(), "memory of caveats": fmt.Sprint(r.Caveats)} {
		for _, s := range []string{"xK7", "s3cret"} {
			if strings.Contains(text, s) {
				t.Errorf("the %s holds a secret: %s", what, text)
			}
		}
	}
}

// TestPlainRequestsStayPlain: what needs nothing of all this pays nothing for it.
func TestPlainRequestsStayPlain(t *testing.T) {
	m := shop(evenly("visitors", 50, only(page)))
	target, err := newReal(m, "target", "http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	live := newRequests(m, target, guard{}, nil, 1)
	if call, err := live.call(page); call != nil || err != nil {
		t.Errorf("%v, %v", call, err)
	}
	m.Live.Operations[page] = scenarios.Request{Path: "/${uuid}"}
	if call, err := live.call(page); call == nil || err != nil {
		t.Errorf("%v, %v", call, err)
	}
	if _, err := Run(context.Background(), ask(m, scenarios.Request{Path: "/${nothing.at}"}), Options{Target: "http://127.0.0.1:1"}); err == nil || !strings.Contains(err.Error(), "live.operations.web.page.path") {
		t.Error(err)
	}
}
