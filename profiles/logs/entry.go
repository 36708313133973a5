package logs

// Entry is one request as a line of a log tells of it. Its texts are parts of
// the line and hold until the next one is read.
type Entry struct {
	At     int64 // when it came, or ended where [Format] says so (ns since 1970)
	Zone   int   // of the stamp, seconds east of UTC (s)
	Method []byte
	Target []byte // path and query, as it was asked for
	Client []byte
	Agent  []byte
	Who    []byte  // what else names a session, as a cookie
	Status int     // 0 where it is not told
	Took   float64 // (s); -1 where it is not told
	Bytes  int64   // of the answer; -1 where it is not told
}

func (e *Entry) clear() {
	*e = Entry{Took: -1, Bytes: -1}
}

// field is what a piece of a line says.
type field uint8

const (
	skipped field = iota
	stamp         // when, in any form that [instant] reads
	clfStamp
	requestLine // "GET /path HTTP/1.1"
	method
	target
	query
	status
	size
	client
	agent
	who
	took     // a time, in the unit of its piece
	tookPart // one of several that are added up; negative = unknown
)

// set takes what one piece of a line says; false where that cannot be.
func (e *Entry) set(f field, unit float64, text []byte) bool {
	switch f {
	case stamp, clfStamp:
		at, zone, ok := instant(text)
		e.At, e.Zone = at, zone
		return ok
	case requestLine:
		e.requestLine(text)
	case method:
		e.Method = text
	case target:
		e.Target = pathOf(text)
	case query: // what follows the path in a place of its own; routes need none
	case status:
		n, ok := whole(text)
		if string(text) == "-" {
			n, ok = 0, true
		}
		e.Status = int(n)
		return ok && n < 1000
	case size:
		if n, ok := whole(text); ok {
			e.Bytes = n
		}
	case client:
		e.Client = text
	case agent:
		e.Agent = text
	case who:
		e.Who = text
	case took, tookPart:
		e.duration(f, unit, text)
	}
	return true
}

// duration takes a time in; what is no number stands for not known.
func (e *Entry) duration(f field, unit float64, text []byte) {
	x, ok := decimal(text)
	switch {
	case !ok || x < 0 || x*unit > maxTook:
		if f == tookPart {
			e.Took = unknownPart
		}
	case f == took:
		e.Took = x * unit
	case e.Took == unknownPart:
	case e.Took < 0:
		e.Took = x * unit
	default:
		e.Took += x * unit
	}
}

const (
	maxTook     = 86400 * 365 // (s): beyond, a number is something else
	unknownPart = -2          // one of several parts is unknown, so the sum is
)

// requestLine cuts "GET /path HTTP/1.1". What is no such line leaves the method
// empty: somebody spoke another protocol.
func (e *Entry) requestLine(text []byte) {
	first := -1
	for i, c := range text {
		if c == ' ' {
			first = i
			break
		}
		if c < 'A' || c > 'Z' {
			return
		}
	}
	if first <= 0 || first > 20 {
		return
	}
	rest := text[first+1:]
	if n := len(rest); n > 9 && rest[n-4] == '/' && string(rest[n-9:n-4]) == " HTTP" && (rest[n-2] == '.' || rest[n-2] == '-') {
		rest = rest[:n-9]
	} else if i := lastSpace(rest); i > 0 {
		rest = rest[:i]
	}
	e.Method, e.Target = text[:first], pathOf(rest)
}

func lastSpace(text []byte) int {
	for i := len(text) - 1; i >= 0; i-- {
		if text[i] == ' ' {
			return i
		}
	}
	return -1
}

// pathOf cuts scheme and host off an absolute target.
func pathOf(text []byte) []byte {
	if len(text) == 0 || text[0] == '/' {
		return text
	}
	for i := 0; i+2 < len(text) && i < 8; i++ {
		if text[i] == ':' && text[i+1] == '/' && text[i+2] == '/' {
			for j := i + 3; j < len(text); j++ {
				if text[j] == '/' || text[j] == '?' {
					return text[j:]
				}
			}
			return []byte("/")
		}
	}
	return text
}
