package logs

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// fields is a format of lines of JSON: which of their values say what. Values
// within values have the names of both with a point between; of a list, the
// first counts.
type fields struct {
	of   map[string]meaning
	path []byte // of the value that is read, while a line is
	text []byte // of a text with escapes
}

type meaning struct {
	field field
	unit  float64 // of a time (s)
}

// maxDepth bounds values within values.
const maxDepth = 32

func newFields(of map[string]meaning, session string) *fields {
	if session != "" {
		of[session] = meaning{field: who}
	}
	return &fields{of: of, path: make([]byte, 0, 256)}
}

func caddyFields() map[string]meaning {
	return map[string]meaning{
		"ts": {field: stamp}, "request.client_ip": {field: client}, "request.remote_ip": {field: client}, "request.method": {field: method},
		"request.uri": {field: target}, "request.headers.User-Agent": {field: agent},
		"status": {field: status}, "size": {field: size}, "duration": {field: took, unit: 1},
	}
}

// envoyFields are the names of the examples of Envoy and of Istio.
func envoyFields() map[string]meaning {
	return map[string]meaning{
		"start_time": {field: stamp}, "timestamp": {field: stamp}, "method": {field: method}, "path": {field: target}, "uri_path": {field: target},
		"response_code": {field: status}, "bytes_sent": {field: size}, "duration": {field: took, unit: 1e-3},
		"user_agent": {field: agent}, "x_forwarded_for": {field: client}, "downstream_remote_address": {field: client},
	}
}

// commonFields are names that say what they are in any log; those of times
// only where the unit is told.
func commonFields() map[string]meaning {
	of := map[string]meaning{}
	add := func(f field, unit float64, names ...string) {
		for _, n := range names {
			of[n] = meaning{f, unit}
		}
	}
	add(stamp, 0, "time", "ts", "timestamp", "@timestamp", "time_iso8601", "msec", "time_local", "StartUTC", "date")
	add(requestLine, 0, "request")
	add(method, 0, "method", "request_method", "http_method", "verb", "RequestMethod", "httpRequest.requestMethod", "http.request.method", "req.method")
	add(target, 0, "uri", "path", "url", "request_uri", "request_path", "RequestPath", "httpRequest.requestUrl", "url.path", "url.original", "req.url")
	add(status, 0, "status", "status_code", "response_code", "DownstreamStatus", "httpRequest.status", "http.response.status_code", "res.statusCode")
	add(size, 0, "bytes", "size", "bytes_sent", "body_bytes_sent", "response_size", "DownstreamContentSize", "httpRequest.responseSize", "http.response.body.bytes")
	add(client, 0, "remote_addr", "client_ip", "remote_ip", "ip", "client", "ClientHost", "httpRequest.remoteIp", "client.ip", "source.ip")
	add(agent, 0, "http_user_agent", "user_agent", "userAgent", "httpRequest.userAgent", "user_agent.original", "request_User-Agent")
	add(took, 1, "request_time", "duration_s", "duration_seconds", "latency_s", "elapsed_s", "httpRequest.latency")
	add(took, 1e-3, "duration_ms", "latency_ms", "elapsed_ms", "response_time_ms", "took_ms", "responseTime")
	add(took, 1e-6, "duration_us", "latency_us")
	add(took, 1e-9, "duration_ns", "latency_ns", "event.duration")
	if _, ok := of["Duration"]; !ok {
		add(took, 1e-9, "Duration") // of Traefik
	}
	return of
}

// Fields is a format of lines of JSON by the names of their values:
// "time=ts,method=req.method,path=req.url,status=code,took=ms_taken:ms".
func Fields(text, session string) (*Format, error) {
	of := map[string]meaning{}
	hasTime := false
	for pair := range strings.SplitSeq(text, ",") {
		name, at, ok := strings.Cut(strings.TrimSpace(pair), "=")
		if !ok || at == "" {
			return nil, fmt.Errorf("--fields: %q; want pairs such as time=ts,path=req.url,took=latency:ms", pair)
		}
		m := meaning{}
		switch name {
		case "time":
			m.field, hasTime = stamp, true
		case "method":
			m.field = method
		case "path":
			m.field = target
		case "request":
			m.field = requestLine
		case "status":
			m.field = status
		case "bytes":
			m.field = size
		case "client":
			m.field = client
		case "agent":
			m.field = agent
		case "session":
			m.field = who
		case "took":
			var unit string
			at, unit, _ = strings.Cut(at, ":")
			m.unit = map[string]float64{"s": 1, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}[unit]
			if m.field = took; m.unit == 0 {
				return nil, fmt.Errorf("--fields: %q; a time wants its unit, as took=%s:ms (s, ms, us, ns)", pair, at)
			}
		default:
			return nil, fmt.Errorf("--fields: no %q; there are time, method, path, request, status, bytes, client, agent, session, took", name)
		}
		of[at] = m
	}
	if !hasTime {
		return nil, fmt.Errorf("--fields: which field is the time? Write time=NAME")
	}
	return &Format{Name: "json", AtEnd: true, line: newFields(of, session)}, nil
}

// parse reads a line that is one object.
func (f *fields) parse(line []byte, e *Entry) bool {
	f.path = f.path[:0]
	f.text = f.text[:0]
	at, ok := f.value(line, space(line, 0), 0, e)
	if !ok || len(line) == 0 || line[space(line, 0)] != '{' {
		return false
	}
	return space(line, at) == len(line)
}

// value reads one value and returns where it ends.
func (f *fields) value(line []byte, at, depth int, e *Entry) (int, bool) {
	if at >= len(line) || depth > maxDepth {
		return at, false
	}
	switch line[at] {
	case '{':
		return f.object(line, at+1, depth, e)
	case '[':
		return f.list(line, at+1, depth, e)
	case '"':
		end, escaped := textEnd(line, at+1)
		if end < 0 {
			return at, false
		}
		m, wanted := f.of[string(f.path)]
		if !wanted {
			return end + 1, true
		}
		text := line[at+1 : end]
		if escaped {
			text = f.unescape(text)
		}
		if m.field == took && len(text) > 1 && text[len(text)-1] == 's' { // "0.12s" of Google
			text = text[:len(text)-1]
		}
		return end + 1, e.set(m.field, m.unit, text)
	}
	end := at
	for end < len(line) && line[end] != ',' && line[end] != '}' && line[end] != ']' && line[end] > ' ' {
		end++
	}
	text := line[at:end]
	if end == at {
		return at, false
	}
	m, wanted := f.of[string(f.path)]
	if !wanted || string(text) == "null" {
		return end, true
	}
	return end, e.set(m.field, m.unit, text)
}

func (f *fields) object(line []byte, at, depth int, e *Entry) (int, bool) {
	mark := len(f.path)
	at = space(line, at)
	if at < len(line) && line[at] == '}' {
		return at + 1, true
	}
	for {
		at = space(line, at)
		if at >= len(line) || line[at] != '"' {
			return at, false
		}
		end, _ := textEnd(line, at+1)
		if end < 0 {
			return at, false
		}
		if mark > 0 {
			f.path = append(f.path, '.')
		}
		if f.path = append(f.path, line[at+1:end]...); len(f.path) > 1<<12 {
			return at, false
		}
		if at = space(line, end+1); at >= len(line) || line[at] != ':' {
			return at, false
		}
		var ok bool
		if at, ok = f.value(line, space(line, at+1), depth+1, e); !ok {
			return at, false
		}
		f.path = f.path[:mark]
		if at = space(line, at); at >= len(line) {
			return at, false
		}
		switch line[at] {
		case ',':
			at++
		case '}':
			return at + 1, true
		default:
			return at, false
		}
	}
}

func (f *fields) list(line []byte, at, depth int, e *Entry) (int, bool) {
	mark := len(f.path)
	defer func() { f.path = f.path[:mark] }()
	if at = space(line, at); at < len(line) && line[at] == ']' {
		return at + 1, true
	}
	for {
		var ok bool
		if at, ok = f.value(line, space(line, at), depth+1, e); !ok {
			return at, false
		}
		f.path = append(f.path[:mark], "[]"...) // the others have a name that nobody asks for
		if at = space(line, at); at >= len(line) {
			return at, false
		}
		switch line[at] {
		case ',':
			at++
		case ']':
			return at + 1, true
		default:
			return at, false
		}
	}
}

// textEnd is where the quote that ends a text is; escaped where a backslash
// comes before it.
func textEnd(line []byte, at int) (end int, escaped bool) {
	for {
		n := bytes.IndexByte(line[at:], '"')
		if n < 0 {
			return -1, false
		}
		back := bytes.IndexByte(line[at:at+n], '\\')
		if back < 0 {
			return at + n, escaped
		}
		escaped = true
		if at += back + 2; at > len(line) {
			return -1, false
		}
	}
}

// unescape keeps a text without its escapes until the end of the line.
func (f *fields) unescape(text []byte) []byte {
	from := len(f.text)
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c != '\\' || i+1 >= len(text) {
			f.text = append(f.text, c)
			continue
		}
		i++
		switch text[i] {
		case 'n':
			f.text = append(f.text, '\n')
		case 't':
			f.text = append(f.text, '\t')
		case 'r', 'b', 'f':
			f.text = append(f.text, ' ')
		case 'u':
			r := rune(0)
			for j := i + 1; j < i+5 && j < len(text); j++ {
				r = r<<4 | rune(hexValue(text[j]))
			}
			i += 4
			f.text = utf8.AppendRune(f.text, r)
		default:
			f.text = append(f.text, text[i])
		}
	}
	return f.text[from:]
}

func hexValue(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 0
}

func space(line []byte, at int) int {
	for at < len(line) && (line[at] == ' ' || line[at] == '\t' || line[at] == '\r' || line[at] == '\n') {
		at++
	}
	return at
}
