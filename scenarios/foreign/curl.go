package foreign

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/holes"
)

// readCurl makes a mix of the curl commands of a script, as browsers copy them
// and people write them.
func readCurl(d *draft, src []byte) *asks {
	var all []ask
	c := curlReader{report: d.report}
	for _, words := range commands(d.report, string(src)) {
		all = append(all, c.command(words)...)
	}
	if len(d.mistakes) > 0 {
		return nil
	}
	if len(all) == 0 {
		d.fail(0, "no curl command")
		return nil
	}
	a := newAsks(d, busiest(d.report, all))
	a.follow, a.compress, a.insecure = c.follow, c.compress, c.insecure
	for _, one := range all {
		if one.origin == a.base {
			a.add(one)
		}
	}
	if c.insecure {
		d.note(0, "", "-k, a server that need not prove who it is", "tls: {verify: false}")
	}
	a.serviceTimes()
	a.gently(a.mix(func(ask) bool { return true }))
	return a
}

type curlReader struct {
	*report
	follow             int
	compress, insecure bool
}

// encoded is a value of a form that may have holes.
func encoded(text string) string { return holes.Quote(url.QueryEscape(text)) }

// curlArguments are the options that take an argument, by their long names.
func curlArguments() []string {
	return []string{
		"request", "header", "data", "data-ascii", "data-raw", "data-binary", "data-urlencode", "json", "form", "form-string", "user", "cookie",
		"user-agent", "referer", "url", "url-query", "proxy", "output", "max-time", "connect-timeout", "upload-file", "cookie-jar", "cacert", "capath",
		"cert", "key", "cert-type", "key-type", "resolve", "connect-to", "retry", "retry-delay", "retry-max-time", "limit-rate", "write-out",
		"dump-header", "range", "max-redirs", "interface", "ciphers", "noproxy", "proxy-user", "oauth2-bearer", "aws-sigv4", "config", "pass",
		"speed-limit", "speed-time", "keepalive-time", "tls-max", "unix-socket", "time-cond", "stderr", "trace", "trace-ascii", "rate", "parallel-max",
	}
}

// curlShort are the short options, by the long ones that they stand for.
func curlShort() map[byte]string {
	return map[byte]string{
		'X': "request", 'H': "header", 'd': "data", 'F': "form", 'u': "user", 'b': "cookie", 'A': "user-agent", 'e': "referer", 'x': "proxy",
		'o': "output", 'm': "max-time", 'T': "upload-file", 'c': "cookie-jar", 'E': "cert", 'w': "write-out", 'D': "dump-header", 'r': "range",
		'U': "proxy-user", 'K': "config", 'z': "time-cond", 'y': "speed-time", 'Y': "speed-limit",
		'k': "insecure", 'L': "location", 'G': "get", 'I': "head", 's': "silent", 'S': "show-error", 'v': "verbose", 'i': "include", 'f': "fail",
		'N': "no-buffer", 'g': "globoff", 'O': "remote-name", 'J': "remote-header-name", '#': "progress-bar", 'q': "disable", 'Z': "parallel",
		'4': "ipv4", '6': "ipv6", '0': "http1.0", '2': "sslv2", '3': "sslv3", '1': "tlsv1", 'j': "junk-session-cookies", 'a': "append", 'n': "netrc", 'l': "list-only", 'p': "proxytunnel",
	}
}

// curlQuiet are the options that change nothing that a load test does.
func curlQuiet() []string {
	return []string{
		"silent", "show-error", "verbose", "include", "fail", "fail-with-body", "no-buffer", "globoff", "remote-name", "remote-header-name", "progress-bar",
		"output", "write-out", "dump-header", "max-time", "connect-timeout", "no-progress-meter", "stderr", "trace", "trace-ascii", "parallel", "parallel-max",
		"disable", "http1.1", "junk-session-cookies", "keepalive-time", "ipv4", "create-dirs", "styled-output", "no-keepalive", "location-trusted", "cookie-jar", "tcp-nodelay",
	}
}

// curlCommand is what is known of one command.
type curlCommand struct {
	ask
	addresses []word
	data      []string
	json      bool
	get, head bool
	query     []string
}

// command reads one command; it may have several addresses, and --next.
func (c *curlReader) command(words []word) []ask {
	var out []ask
	one := &curlCommand{ask: ask{line: words[0].line}}
	flags := true
	for i := 1; i < len(words); i++ {
		w := words[i]
		switch {
		case !flags || !strings.HasPrefix(w.text, "-") || w.text == "-":
			one.addresses = append(one.addresses, w)
		case w.text == "--":
			flags = false
		case w.text == "--next" || w.text == "-:":
			out = append(out, c.finish(one)...)
			one = &curlCommand{ask: ask{line: w.line}}
		case strings.HasPrefix(w.text, "--"):
			name, argument, joined := strings.Cut(w.text[2:], "=")
			if !slices.Contains(curlArguments(), name) {
				c.flag(one, w.line, w.text[2:])
				continue
			}
			if !joined { // curl itself does not join them, but people write it
				if i++; i == len(words) {
					c.fail(w.line, "--%s without its argument", shorten(name))
					break
				}
				argument = words[i].text
			}
			c.option(one, w.line, name, argument)
		default:
			i = c.shorts(one, words, i)
		}
	}
	return append(out, c.finish(one)...)
}

// shorts reads short options, which may stand together; it returns the index of
// the last word that belongs to them.
func (c *curlReader) shorts(one *curlCommand, words []word, i int) int {
	w := words[i]
	for k := 1; k < len(w.text); k++ {
		name, ok := curlShort()[w.text[k]]
		if !ok {
			c.note(w.line, "", fmt.Sprintf("option -%c", w.text[k]), "left out")
			continue
		}
		if !slices.Contains(curlArguments(), name) {
			c.flag(one, w.line, name)
			continue
		}
		if k+1 < len(w.text) {
			c.option(one, w.line, name, w.text[k+1:])
			return i
		}
		if i+1 == len(words) {
			c.fail(w.line, "-%c without its argument", w.text[k])
			return i
		}
		c.option(one, w.line, name, words[i+1].text)
		return i + 1
	}
	return i
}

// flag reads an option without an argument.
func (c *curlReader) flag(one *curlCommand, line int, name string) {
	switch name {
	case "insecure":
		c.insecure = true
	case "location":
		c.follow = max(c.follow, 10)
	case "compressed":
		c.compress = true
	case "get":
		one.get = true
	case "head":
		one.head = true
	default:
		if !slices.Contains(curlQuiet(), name) {
			c.note(line, "", "option --"+shorten(name), "left out")
		}
	}
}

// option reads an option with an argument, which may have holes.
func (c *curlReader) option(one *curlCommand, line int, name, argument string) {
	header := func(name, value string) {
		one.headers = append(one.headers, scenarios.Pair{Name: name, Value: value})
	}
	switch name {
	case "request":
		one.method = strings.ToUpper(argument)
	case "header":
		c.header(one, line, argument)
	case "data", "data-ascii", "data-raw", "data-binary", "json":
		if strings.HasPrefix(argument, "@") && name != "data-raw" {
			c.note(line, "", "a body from the file "+shorten(argument[1:]), "sent without it; write body: {file: …}")
			argument = ""
		}
		one.json = one.json || name == "json"
		one.data = append(one.data, argument)
	case "data-urlencode":
		one.data = append(one.data, c.urlencoded(line, argument))
	case "url-query":
		one.query = append(one.query, c.urlencoded(line, argument))
	case "user":
		c.user(one, line, argument)
	case "oauth2-bearer":
		header("Authorization", "Bearer "+argument)
	case "cookie":
		if strings.Contains(argument, "=") {
			header("Cookie", argument)
		} else {
			c.note(line, "", "cookies from the file "+shorten(argument), "left out")
		}
	case "user-agent":
		header("User-Agent", argument)
	case "referer":
		header("Referer", strings.TrimSuffix(argument, ";auto"))
	case "range":
		header("Range", "bytes="+argument)
	case "url":
		one.addresses = append(one.addresses, word{argument, line})
	case "form", "form-string", "upload-file":
		c.note(line, "", "--"+name, "left out: put the whole body into a file and write body: {file: …}, with its Content-Type")
		if one.method == "" {
			one.method = map[bool]string{true: "PUT", false: "POST"}[name == "upload-file"]
		}
	case "cert", "key", "cacert":
		c.note(line, "", "--"+name, "left out: put the file beside the scenario and write live.tls")
	case "max-redirs":
		// how many is up to the scenario
	default:
		if !slices.Contains(curlQuiet(), name) {
			c.note(line, "", "option --"+name, "left out")
		}
	}
}

func (c *curlReader) header(one *curlCommand, line int, text string) {
	name, value, ok := strings.Cut(text, ":")
	if !ok {
		name, ok = strings.CutSuffix(text, ";") // an empty header
	}
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	switch lower := strings.ToLower(name); {
	case !ok || !validHeader(name, value) || hasHole(name):
		c.note(line, "", fmt.Sprintf("header %q", shorten(text)), "left out")
	case lower == "accept-encoding":
		c.compress = c.compress || strings.Contains(value, "gzip")
	case lower == "cookie", lower == "user-agent", lower == "cache-control", lower == "pragma", carried(name):
		one.headers = append(one.headers, scenarios.Pair{Name: name, Value: value})
	}
}

// user reads name:password; a password in clear becomes a hole.
func (c *curlReader) user(one *curlCommand, line int, text string) {
	user, password, _ := strings.Cut(text, ":")
	if hasHole(text) && !strings.Contains(text, ":") || strings.HasPrefix(text, "${") && strings.HasSuffix(text, "}") && strings.Count(text, "${") == 1 {
		c.note(line, "", "a user and a password in one variable", "left out: write auth: {basic: {user: …, password: …}}")
		return
	}
	if !hasHole(password) {
		c.note(line, "", "the password of -u", "${env:PASSWORD} stands there: set it where the load is started")
		password = "${env:PASSWORD}"
	}
	one.auth = "{basic: {user: " + doubleQuoted(user) + ", password: " + doubleQuoted(password) + "}}"
}

// urlencoded is an argument of --data-urlencode: content, =content, name=content.
func (c *curlReader) urlencoded(line int, text string) string {
	name, value, ok := strings.Cut(text, "=")
	switch {
	case !ok && strings.Contains(text, "@"):
		c.note(line, "", "a value from a file", "left out")
		return ""
	case !ok:
		name, value = "", text
	}
	t, err := holes.Parse(value)
	if err != nil {
		return ""
	}
	var b strings.Builder
	for _, p := range t {
		if p.Kind == holes.Literal {
			b.WriteString(encoded(p.Text))
			continue
		}
		b.WriteString("${" + p.Text + "}") // escaped where it is filled
	}
	if name == "" {
		return b.String()
	}
	return name + "=" + b.String()
}

// finish makes the requests of a command.
func (c *curlReader) finish(one *curlCommand) []ask {
	if len(one.addresses) == 0 {
		c.fail(one.line, "a curl command without an address")
		return nil
	}
	data := strings.Join(one.data, "&")
	if one.json {
		data = strings.Join(one.data, "")
	}
	if one.get {
		one.query, data = append(one.query, data), ""
	}
	one.body = data
	switch {
	case one.method != "":
	case one.head:
		one.method = "HEAD"
	case len(one.data) > 0 && !one.get:
		one.method = "POST"
	default:
		one.method = "GET"
	}
	kind := ""
	switch {
	case one.json:
		kind = "application/json"
		if headerOf(one.headers, "Accept") == "" {
			one.headers = append(one.headers, scenarios.Pair{Name: "Accept", Value: kind})
		}
	case len(one.data) > 0 && !one.get:
		kind = "application/x-www-form-urlencoded"
	}
	if kind != "" && headerOf(one.headers, "Content-Type") == "" {
		one.headers = append(one.headers, scenarios.Pair{Name: "Content-Type", Value: kind})
	}
	var out []ask
	for _, w := range one.addresses {
		address := w.text
		if !strings.Contains(address, "://") {
			address = "http://" + address
		}
		r := one.ask
		var ok bool
		if r.origin, r.path, ok = splitURL(address); !ok {
			c.note(w.line, "", fmt.Sprintf("address %q", shorten(withoutUser(w.text))), "left out: not one of HTTP, or its host is not known")
			continue
		}
		if strings.Contains(strings.SplitN(address, "://", 2)[1], "@") && withoutUser(address) != address {
			c.note(w.line, "", "a user and a password within an address", "left out: write auth: {basic: …}")
		}
		for _, q := range one.query {
			if q == "" {
				continue
			}
			if strings.Contains(r.path, "?") {
				r.path += "&" + q
			} else {
				r.path += "?" + q
			}
		}
		out = append(out, r)
	}
	return out
}

// withoutUser is an address without who asks.
func withoutUser(address string) string {
	before, rest, ok := strings.Cut(address, "://")
	if !ok {
		before, rest = "", address
	}
	host, path := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		host, path = rest[:i], rest[i:]
	}
	if _, after, user := strings.Cut(host, "@"); user {
		host = after
	}
	if !ok {
		return host + path
	}
	return before + "://" + host + path
}
