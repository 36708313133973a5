package foreign

import (
	"fmt"
	"net/textproto"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
	"github.com/headroom/headroom/scenarios/holes"
)

// ask is a request of a recording or a description on its way to a live
// operation. Its path, headers and body are texts with holes.
type ask struct {
	line    int
	method  string
	origin  string // scheme://host:port
	path    string // with the query
	headers []scenarios.Pair
	body    string
	status  int     // expected; 0 = any 2xx
	auth    string  // as YAML; empty = none
	name    string  // wished for; empty = made of method and path
	took    float64 // (s), 0 = not known
}

// asks collects requests as operations of one service of one system.
type asks struct {
	*draft
	service scenarios.ServiceID
	base    string
	ops     []ask // by operation
	index   map[string]scenarios.OpID
	counts  []int
	took    []float64 // sums (s)

	cookies, compress, insecure bool
	follow                      int
	variables                   map[string]bool // of the environment, that must be set
}

// newAsks begins a system whose requests go to a base URL.
func newAsks(d *draft, base string) *asks {
	d.about = []string{"secrets are left out where their names tell them: look through it before you pass it on"}
	return &asks{draft: d, service: d.service("web"), base: base, index: map[string]scenarios.OpID{}, variables: map[string]bool{}}
}

// maxAsks bounds the different requests of a scenario, and maxAskBody the body
// of one (B): a scenario is for people to read.
const (
	maxAsks    = 500
	maxAskBody = 16 << 10
)

// add takes a request in; ok is false where it is left out.
func (a *asks) add(r ask) (id scenarios.OpID, ok bool) {
	if !slices.Contains([]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}, r.method) {
		a.note(r.line, "", fmt.Sprintf("requests of method %q", shorten(r.method)), "left out")
		return 0, false
	}
	if !strings.HasPrefix(r.path, "/") {
		r.path = "/" + r.path
	}
	r.path, _, _ = strings.Cut(r.path, "#")
	if len(r.body) > maxAskBody || !utf8.ValidString(r.body) {
		a.note(r.line, r.method+" "+shorten(r.path), "a body that is long or no text", "sent without it; put it into a file and write body: {file: …}")
		r.body = ""
	}
	a.hide(&r)
	key := fmt.Sprint(r.method, " ", r.path, " ", r.headers, " ", r.body, " ", r.status)
	if id, ok := a.index[key]; ok {
		a.counts[id]++
		a.took[id] += r.took
		return id, true
	}
	if len(a.ops) >= maxAsks {
		a.note(0, "", fmt.Sprintf("more than %d different requests", maxAsks), "the rest is left out")
		return 0, false
	}
	if r.name == "" {
		r.name = nameOf(r.method, r.path)
	}
	id = a.operation(a.service, r.name)
	a.index[key] = id
	a.ops, a.counts, a.took = append(a.ops, r), append(a.counts, 1), append(a.took, r.took)
	return id, true
}

// nameOf makes a name of a request: get-orders for GET /orders/${uuid}?x=1.
func nameOf(method, path string) string {
	path, _, _ = strings.Cut(path, "?")
	name := strings.ToLower(method)
	for part := range strings.SplitSeq(path, "/") {
		if part != "" && !strings.Contains(part, "${") && len(name)+len(part) < 50 {
			name += "-" + part
		}
	}
	if name == strings.ToLower(method) {
		name += "-root"
	}
	return name
}

// service times: what was measured, or a millisecond.
func (a *asks) serviceTimes() {
	guessed := false
	for i := range a.ops {
		o := &a.m.Operations[i]
		if mean := a.took[i] / float64(a.counts[i]); mean > 0 {
			o.Steps = []scenarios.Step{scenarios.Wait{Time: dist.Const(round(mean))}}
			continue
		}
		guessed = true
		o.Steps = []scenarios.Step{scenarios.CPU{Demand: dist.Const(0.001)}}
	}
	if guessed {
		a.note(0, "", "how long requests take is not in the file", "1ms of a core stands for each: predictions need measured times, load tests do not")
	}
}

// round leaves milliseconds, and at least one.
func round(x float64) float64 {
	return max(float64(int64(x*1000+0.5)), 1) / 1000
}

// mix is the operations by how often they came.
func (a *asks) mix(wanted func(ask) bool) []scenarios.Share {
	sum := 0
	var out []scenarios.Share
	for i, r := range a.ops {
		if wanted(r) {
			sum += a.counts[i]
			out = append(out, scenarios.Share{Op: scenarios.OpID(i)})
		}
	}
	left := 1.0
	for i := range out {
		p, err := strconv.ParseFloat(fmt.Sprintf("%.6f", float64(a.counts[out[i].Op])/float64(sum)), 64)
		if err != nil || i == len(out)-1 {
			p = neat(left)
		}
		out[i].P = p
		left -= p
	}
	return out
}

// gently is an open load of one request a second, for who has not said more.
func (a *asks) gently(mix []scenarios.Share) {
	if len(mix) == 0 {
		a.fail(0, "no requests that can be sent")
		return
	}
	rate := 1.0
	a.workload("visitors", scenarios.Workload{
		Arrivals: &scenarios.Arrivals{Kind: scenarios.Poisson, Rate: rate, Gap: dist.Exponential(1 / rate)}, Mix: mix,
	})
	a.note(0, "", "how much load there is, is not in the file", "one request a second: set workloads.visitors.arrivals")
}

// What must not be copied from a recording into a file that is passed around.
var (
	secretName  = regexp.MustCompile(`(?i)(^|[-_.])(authorization|cookie|api[-_]?key|apikey|auth|token|secret|password|passwd|pwd|session[-_]?id|sid|signature|sig|csrf|xsrf|x-csrf-token|x-xsrf-token|access[-_]?token|refresh[-_]?token|client[-_]?secret|id[-_]?token|credentials?|jwt|otp|assertion)$|password|secret`)
	secretJSON  = regexp.MustCompile(`"([A-Za-z0-9_.-]+)"(\s*:\s*)"((?:[^"\\]|\\.)*)"`)
	secretField = regexp.MustCompile(`(^|[?&])([A-Za-z0-9_.\[\]%-]+)=([^&]*)`)
	notAName    = regexp.MustCompile(`[^A-Z0-9]+`)
)

// hide puts holes for the environment where secrets stand.
func (a *asks) hide(r *ask) {
	where := r.method + " " + r.path
	if path, query, ok := strings.Cut(r.path, "?"); ok {
		where = r.method + " " + path
		r.path = path + "?" + a.hideFields(r.line, where, query)
	}
	for i := range r.headers {
		h := &r.headers[i]
		if secretName.MatchString(h.Name) && !hasHole(h.Value) {
			h.Value = a.hidden(r.line, where, h.Name)
		}
	}
	kind := headerOf(r.headers, "Content-Type")
	switch {
	case strings.Contains(kind, "form-urlencoded"):
		r.body = a.hideFields(r.line, where, r.body)
	case strings.HasPrefix(strings.TrimSpace(r.body), "{"), strings.HasPrefix(strings.TrimSpace(r.body), "["):
		r.body = secretJSON.ReplaceAllStringFunc(r.body, func(pair string) string {
			m := secretJSON.FindStringSubmatch(pair)
			if !secretName.MatchString(m[1]) || m[3] == "" || hasHole(m[3]) {
				return pair
			}
			return `"` + m[1] + `"` + m[2] + `"` + a.hidden(r.line, where, m[1]) + `"`
		})
	}
}

func (a *asks) hideFields(line int, where, text string) string {
	return secretField.ReplaceAllStringFunc(text, func(field string) string {
		m := secretField.FindStringSubmatch(field)
		if !secretName.MatchString(m[2]) || m[3] == "" || hasHole(m[3]) {
			return field
		}
		return m[1] + m[2] + "=" + a.hidden(line, where, m[2])
	})
}

// hidden is the hole for a secret.
func (a *asks) hidden(line int, where, name string) string {
	variable := strings.Trim(notAName.ReplaceAllString(strings.ToUpper(name), "_"), "_")
	if variable == "" || variable[0] >= '0' && variable[0] <= '9' {
		variable = "SECRET_" + variable
	}
	a.variables[variable] = true
	a.note(line, shorten(where), fmt.Sprintf("the value of %s, which may be a secret", shorten(name)), fmt.Sprintf("${env:%s} stands there: set it where the load is started, or capture it from an earlier answer", variable))
	return "${env:" + variable + "}"
}

// hasHole reports whether a text has a hole.
func hasHole(text string) bool {
	t, err := holes.Parse(text)
	return err == nil && !t.Constant()
}

func headerOf(headers []scenarios.Pair, name string) string {
	for _, h := range headers {
		if strings.EqualFold(h.Name, name) {
			return h.Value
		}
	}
	return ""
}

// carried reports whether a header of a recording belongs to what is asked, and
// not to the connection, the browser's cache, or the browser itself.
func carried(name string) bool {
	name = strings.ToLower(name)
	if strings.HasPrefix(name, ":") || strings.HasPrefix(name, "sec-") || strings.HasPrefix(name, "proxy-") {
		return false
	}
	return !slices.Contains([]string{
		"host", "content-length", "connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "upgrade-insecure-requests",
		"accept-encoding", "cookie", "if-none-match", "if-modified-since", "cache-control", "pragma", "priority", "dnt", "expect", "user-agent",
	}, name)
}

// validHeader reports whether a header can be sent.
func validHeader(name, value string) bool {
	return name != "" && !strings.ContainsAny(name, " \t\r\n:") && !strings.ContainsAny(value, "\r\n\x00")
}

// liveText writes the live section.
func (a *asks) liveText() []byte {
	t := texter{m: &a.m}
	t.line(0, "")
	t.line(0, "live:")
	t.line(2, "base: %s", quotedText(a.base))
	for _, w := range []struct {
		word string
		on   bool
	}{{"cookies", a.cookies}, {"compress", a.compress}} {
		if w.on {
			t.line(2, "%s: true", w.word)
		}
	}
	if a.follow > 0 {
		t.line(2, "follow: %d", a.follow)
	}
	if a.insecure {
		t.line(2, "tls: {verify: false}")
	}
	t.line(2, "operations:")
	for i, r := range a.ops {
		t.ask(a.m.Operations[i].Name, r)
	}
	return []byte(t.b.String())
}

func (t *texter) ask(name string, r ask) {
	t.line(4, "%s:", name)
	method := "GET"
	if r.body != "" {
		method = "POST"
	}
	if r.method != method {
		t.line(6, "method: %s", r.method)
	}
	t.line(6, "path: %s", quotedText(r.path))
	if len(r.headers) > 0 {
		t.line(6, "headers:")
		seen := map[string]bool{}
		for _, h := range r.headers {
			if name := textproto.CanonicalMIMEHeaderKey(h.Name); !seen[name] {
				seen[name] = true
				t.line(8, "%s: %s", quotedText(h.Name), quotedText(h.Value))
			}
		}
	}
	if r.auth != "" {
		t.line(6, "auth: %s", r.auth)
	}
	if r.body != "" {
		t.line(6, "body: %s", quotedText(r.body))
	}
	if r.status != 0 {
		t.line(6, "expect: {status: %d}", r.status)
	}
}

// plainText are texts that YAML reads as they stand.
var plainText = regexp.MustCompile(`^[A-Za-z/][A-Za-z0-9/._?=&%+~-]*$`)

// quotedText is a text as a value or a key of YAML.
func quotedText(text string) string {
	if plainText.MatchString(text) && tidy(text) != text+"_" {
		return text
	}
	return doubleQuoted(text)
}

// doubleQuoted is a text in the double quotes of YAML.
func doubleQuoted(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x20 || r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0x2028 || r == 0x2029 || r == 0xfeff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// splitURL cuts an address into scheme://host and the rest, and reports whether
// it is one of HTTP. It may have holes.
func splitURL(address string) (origin, path string, ok bool) {
	scheme, rest, found := strings.Cut(address, "://")
	scheme = strings.ToLower(scheme)
	if !found || scheme != "http" && scheme != "https" {
		return "", "", false
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	host, path := rest[:end], rest[end:]
	if _, after, user := strings.Cut(host, "@"); user {
		host = after // a user and a password have no place in a scenario
	}
	if u, err := url.Parse(scheme + "://" + host); err != nil || host == "" || u.Host != host || strings.Contains(host, "${") {
		return "", "", false
	}
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return scheme + "://" + strings.ToLower(host), path, true
}

// several is a number of things in words.
func several(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// busiest is the origin that most requests go to, the first of equals; the
// others are named.
func busiest(r *report, all []ask) string {
	counts := map[string]int{}
	best := ""
	for _, one := range all {
		counts[one.origin]++
	}
	for _, one := range all {
		if counts[one.origin] > counts[best] {
			best = one.origin
		}
	}
	told := map[string]bool{best: true}
	for _, one := range all {
		if !told[one.origin] {
			told[one.origin] = true
			r.note(one.line, "", fmt.Sprintf("%s to %s", several(counts[one.origin], "request"), shorten(one.origin)), "left out: a scenario has one base, here "+best)
		}
	}
	return best
}
