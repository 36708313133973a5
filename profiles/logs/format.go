package logs

import (
	"fmt"
	"slices"
	"strings"
)

// Format is a way to write a request into a line.
type Format struct {
	Name  string
	AtEnd bool // a line is stamped when its request ended, not when it came

	line interface {
		parse(line []byte, e *Entry) bool
	}
}

// Parse reads a line; false where it is not of the format.
func (f *Format) Parse(line []byte, e *Entry) bool {
	e.clear()
	return f.line.parse(line, e) && e.At > 0
}

// Texts of the formats that have a name, in the notation of whose they are.
const (
	commonText   = `$remote_addr $ident $remote_user [$time_local] "$request" $status $body_bytes_sent`
	combinedText = commonText + ` "$http_referer" "$http_user_agent"`
	albText      = `$type $time_iso8601 $elb $remote_addr $target_addr $request_processing_time $target_processing_time ` +
		`$response_processing_time $status $target_status $received_bytes $bytes_sent "$request" "$http_user_agent" `
	envoyText = `[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% ` +
		`%BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%"`
)

// Names of the formats that have one.
func Names() []string {
	return []string{"combined", "common", "caddy", "envoy", "envoy-json", "alb", "json", "har"}
}

// Named is the format of a name, or what a log format of nginx, Apache or Envoy
// says: it is told by its variables. Session names the variable or the field
// that tells sessions apart, empty for none.
func Named(text, session string) (*Format, error) {
	var err error
	f := &Format{Name: text}
	switch text {
	case "common", "combined":
		full := map[string]string{"common": commonText, "combined": combinedText}[text]
		f.AtEnd = true
		f.line, _, err = dollars(full, session)
	case "alb", "elb":
		f.AtEnd = true
		f.line, _, err = dollars(albText, session)
	case "envoy":
		f.line, err = operators(envoyText, session)
	case "caddy":
		f.AtEnd = true
		f.line = newFields(caddyFields(), session)
	case "envoy-json":
		f.line = newFields(envoyFields(), session)
	case "json":
		f.AtEnd = true
		f.line = newFields(commonFields(), session)
	default:
		return written(text, session)
	}
	if err == nil && session != "" && !slices.Contains([]string{"caddy", "envoy-json", "json"}, text) {
		err = fmt.Errorf("format %s has no field %q to tell sessions by", text, session)
	}
	return f, err
}

// written compiles a log format.
func written(text, session string) (*Format, error) {
	f := &Format{Name: "as written"}
	var err error
	switch {
	case strings.Contains(text, "$"):
		f.Name, f.AtEnd = "nginx", true
		found := false
		if f.line, found, err = dollars(text, session); err == nil && session != "" && !found {
			err = fmt.Errorf("the format has no $%s to tell sessions by", strings.TrimPrefix(session, "$"))
		}
	case operatorAt(text):
		f.Name = "envoy"
		f.line, err = operators(text, session)
	case strings.Contains(text, "%"):
		f.Name = "apache"
		f.line, f.AtEnd, err = percents(text, session)
	default:
		return nil, fmt.Errorf("no log format %q; there are %s, or write one with the variables of nginx ($remote_addr …), Apache (%%h …) or Envoy (%%START_TIME%% …)", text, strings.Join(Names(), ", "))
	}
	if err != nil {
		return nil, err
	}
	p, ok := f.line.(*pattern)
	if ok && !slices.ContainsFunc(p.pieces, func(one piece) bool { return one.field == stamp || one.field == clfStamp }) {
		return nil, fmt.Errorf("the log format says nothing of when a request came: want $time_local, $time_iso8601 or $msec of nginx, %%t of Apache, %%START_TIME%% of Envoy")
	}
	for i := 1; ok && i < len(p.pieces); i++ {
		if len(p.pieces[i].before) == 0 {
			return nil, fmt.Errorf("the log format has two values with nothing between them, which cannot be told apart")
		}
	}
	return f, nil
}

// nginxField is what a variable of nginx says.
func nginxField(name string) (field, float64) {
	switch name {
	case "remote_addr", "realip_remote_addr", "http_x_real_ip":
		return client, 0
	case "time_local":
		return clfStamp, 0
	case "time_iso8601", "msec":
		return stamp, 0
	case "request":
		return requestLine, 0
	case "request_method":
		return method, 0
	case "request_uri":
		return target, 0
	case "uri", "document_uri":
		return target, 0
	case "status":
		return status, 0
	case "body_bytes_sent", "bytes_sent":
		return size, 0
	case "request_time":
		return took, 1
	case "request_processing_time", "target_processing_time", "response_processing_time": // of load balancers of AWS
		return tookPart, 1
	case "http_user_agent":
		return agent, 0
	}
	return skipped, 0
}

// dollars compiles a log_format of nginx; found tells whether it has the
// variable that names sessions.
func dollars(text, session string) (p *pattern, found bool, err error) {
	var pieces []piece
	before := ""
	session = strings.TrimPrefix(session, "$")
	for text != "" {
		i := strings.IndexByte(text, '$')
		if i < 0 {
			before += text
			break
		}
		before += text[:i]
		text = text[i+1:]
		var name string
		if strings.HasPrefix(text, "{") {
			end := strings.IndexByte(text, '}')
			if end < 0 {
				return nil, false, fmt.Errorf("log format: ${ without }")
			}
			name, text = text[1:end], text[end+1:]
		} else {
			n := strings.IndexFunc(text, func(r rune) bool {
				return !(r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9')
			})
			if n < 0 {
				n = len(text)
			}
			name, text = text[:n], text[n:]
		}
		if name == "" {
			return nil, false, fmt.Errorf("log format: a $ without the name of a variable")
		}
		f, unit := nginxField(name)
		if name == session && session != "" {
			f, found = who, true
		}
		pieces = append(pieces, piece{before: []byte(before), field: f, unit: unit})
		before = ""
	}
	return finish(pieces, before), found, nil
}

// percents compiles a LogFormat of Apache; atEnd tells whether its stamp is of
// the end of a request.
func percents(text, session string) (p *pattern, atEnd bool, err error) {
	var pieces []piece
	before, found := "", false
	add := func(f field, unit float64) {
		pieces = append(pieces, piece{before: []byte(before), field: f, unit: unit})
		before = ""
	}
	text = strings.ReplaceAll(strings.ReplaceAll(text, `\"`, `"`), `\t`, "\t")
	for text != "" {
		i := strings.IndexByte(text, '%')
		if i < 0 {
			before += text
			break
		}
		before += text[:i]
		text = text[i+1:]
		if strings.HasPrefix(text, "%") {
			before += "%"
			text = text[1:]
			continue
		}
		text = strings.TrimLeft(text, "<>!,0123456789")
		of := ""
		if strings.HasPrefix(text, "{") {
			end := strings.IndexByte(text, '}')
			if end < 0 {
				return nil, false, fmt.Errorf("log format: %%{ without }")
			}
			of, text = text[1:end], text[end+1:]
		}
		if text == "" {
			return nil, false, fmt.Errorf("log format: a %% without its letter")
		}
		letter := text[0]
		text = text[1:]
		if letter == '^' && len(text) > 1 { // %^FB and its like
			text = text[2:]
		}
		if session != "" && (of == session || string(letter) == session) {
			add(who, 0)
			found = true
			continue
		}
		if letter == 't' {
			form, end := strings.CutPrefix(of, "end:")
			atEnd = atEnd || end
			form = strings.TrimPrefix(form, "begin:")
			switch form {
			case "":
				before += "["
				add(clfStamp, 0)
				before = "]"
			case "sec", "msec", "usec", "%s", "%Y-%m-%dT%H:%M:%S%z", "%FT%T%z", "%Y-%m-%dT%H:%M:%S", "%FT%T":
				add(stamp, 0)
			case "%d/%b/%Y:%H:%M:%S %z", "%d/%b/%Y:%T %z":
				add(clfStamp, 0)
			case "msec_frac", "usec_frac":
				add(skipped, 0)
			default:
				return nil, false, fmt.Errorf("log format: the time %%{%s}t is not one that is read; there are %%t, %%{sec}t, %%{msec}t, %%{usec}t and %%{%%Y-%%m-%%dT%%H:%%M:%%S%%z}t", of)
			}
			continue
		}
		f, unit := apacheField(letter, of)
		add(f, unit)
	}
	if session != "" && !found {
		return nil, false, fmt.Errorf("the format has no %%{%s}i or %%{%s}C to tell sessions by", session, session)
	}
	return finish(pieces, before), atEnd, nil
}

// apacheField is what a letter of Apache says.
func apacheField(letter byte, of string) (field, float64) {
	switch letter {
	case 'h', 'a':
		return client, 0
	case 'r':
		return requestLine, 0
	case 'm':
		return method, 0
	case 'U':
		return target, 0
	case 's':
		return status, 0
	case 'b', 'B', 'O':
		return size, 0
	case 'D':
		return took, 1e-6
	case 'T':
		return took, map[string]float64{"": 1, "s": 1, "ms": 1e-3, "us": 1e-6}[of]
	case 'i':
		if strings.EqualFold(of, "User-Agent") {
			return agent, 0
		}
	}
	return skipped, 0
}

// operatorAt reports whether a text has operators of Envoy: %NAME% or %NAME(…)%.
func operatorAt(text string) bool {
	i := strings.IndexByte(text, '%')
	if i < 0 {
		return false
	}
	rest := strings.TrimLeft(text[i+1:], "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789")
	return len(text[i+1:])-len(rest) >= 3 && rest != "" && (rest[0] == '%' || rest[0] == '(')
}

// operators compiles a format of Envoy.
func operators(text, session string) (*pattern, error) {
	var pieces []piece
	before, found := "", false
	text = strings.TrimSuffix(strings.TrimSuffix(text, `\n`), "\n")
	for text != "" {
		i := strings.IndexByte(text, '%')
		if i < 0 {
			before += text
			break
		}
		before += text[:i]
		text = text[i+1:]
		// The arguments of an operator may hold a %: START_TIME(%Y).
		end := strings.IndexByte(text, '%')
		if open := strings.IndexByte(text, '('); open >= 0 && open < end {
			if shut := strings.Index(text, ")%"); shut >= 0 {
				end = shut + 1
			} else if shut := strings.IndexByte(text, ')'); shut >= 0 {
				end = shut + strings.IndexByte(text[shut:], '%')
			}
		}
		if end < 0 {
			return nil, fmt.Errorf("log format: a %% of Envoy without its end")
		}
		name := text[:end]
		text = text[end+1:]
		f, unit := envoyField(name)
		if session != "" && (name == session || strings.EqualFold(name, "REQ("+session+")")) {
			f, found = who, true
		}
		pieces = append(pieces, piece{before: []byte(before), field: f, unit: unit})
		before = ""
	}
	if session != "" && !found {
		return nil, fmt.Errorf("the format has no %%REQ(%s)%% to tell sessions by", session)
	}
	return finish(pieces, before), nil
}

// envoyField is what an operator of Envoy says.
func envoyField(operator string) (field, float64) {
	name, of, _ := strings.Cut(operator, "(")
	of, _, _ = strings.Cut(strings.ToUpper(of), ")")
	switch name {
	case "START_TIME":
		return stamp, 0
	case "RESPONSE_CODE":
		return status, 0
	case "BYTES_SENT":
		return size, 0
	case "DURATION":
		return took, 1e-3
	case "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", "DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT":
		return client, 0
	case "REQ":
		switch {
		case of == ":METHOD":
			return method, 0
		case strings.HasSuffix(of, ":PATH"):
			return target, 0
		case of == "USER-AGENT":
			return agent, 0
		case of == "X-FORWARDED-FOR":
			return client, 0
		}
	}
	return skipped, 0
}
