package lean

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"os"
	"strings"

	"github.com/headroom/headroom/loadtest/driver/web"
)

var errTimeout = fmt.Errorf("lean: %w", os.ErrDeadlineExceeded)

// errMalformed is wrapped by what says that an answer is not HTTP.
var errMalformed = errors.New("lean: malformed answer")

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{errMalformed}, args...)...)
}

// head is what the head of an answer says of what follows.
type head struct {
	status  int
	length  int64 // of the body; -1 where it is not told
	chunked bool
	close   bool // the connection ends with the answer
	header  http.Header
}

// answer reads an answer to its end ([FiNR22b], sections 4 to 7).
func (e *exchange) answer(k *conn) (web.Reply, error) {
	var h head
	if err := e.lastHead(k, &h); err != nil {
		return web.Reply{}, err
	}
	err := e.body(k, &h)
	k.broken = k.broken || h.close
	return web.Reply{Status: h.status, Header: h.header, Bytes: e.n, Body: e.kept}, err
}

// lastHead reads heads up to that of the answer itself. One that is as the last
// on this connection was, to the byte, need not be read again.
func (e *exchange) lastHead(k *conn, h *head) error {
	if n := len(k.seen); n > 0 && !e.request.KeepHeader && bytes.HasPrefix(k.in[k.first:k.last], k.seen) {
		*h = k.seenHead
		k.first += n
		return nil
	}
	start, fills := k.first, e.fills
	for budget := web.MaxHeader; ; {
		if err := e.head(k, h, &budget); err != nil {
			return err
		}
		if h.status >= 200 || h.status == http.StatusSwitchingProtocols {
			break
		}
	}
	k.seen = k.seen[:0]
	if e.fills == fills && k.first-start <= bufferSize && h.header == nil { // nothing was read meanwhile, so nothing moved
		k.seen, k.seenHead = append(k.seen, k.in[start:k.first]...), *h
	}
	return nil
}

// head reads the head of an answer, or of one that announces it.
func (e *exchange) head(k *conn, h *head, budget *int) error {
	line, err := e.line(k, budget)
	if err != nil {
		return err
	}
	*h = head{length: -1}
	if err := h.begin(line); err != nil {
		return err
	}
	wanted := e.request.KeepHeader || h.status == http.StatusServiceUnavailable
	for {
		line, err := e.line(k, budget)
		switch {
		case errors.Is(err, io.EOF):
			return io.ErrUnexpectedEOF
		case err != nil:
			return err
		case len(line) == 0:
			return nil
		case line[0] == ' ' || line[0] == '\t':
			continue // the rest of a value, in a manner given up
		}
		colon := nameEnd(line)
		if colon <= 0 {
			return malformed("header line %.40q", line)
		}
		if err := h.note(line[:colon], line[colon+1:]); err != nil {
			return err
		}
		if wanted {
			h.keep(line[:colon], line[colon+1:])
		}
	}
}

// line reads a line, without its end. What it returns is good until the next
// read.
func (e *exchange) line(k *conn, budget *int) ([]byte, error) {
	seen := 0
	for {
		if at := bytes.IndexByte(k.in[k.first+seen:k.last], '\n'); at >= 0 {
			line := k.in[k.first : k.first+seen+at]
			k.first += len(line) + 1
			if *budget -= len(line) + 1; *budget < 0 {
				return nil, malformed("a head of more than %d bytes", web.MaxHeader)
			}
			return bytes.TrimSuffix(line, []byte("\r")), nil
		}
		if seen = k.last - k.first; seen > *budget {
			return nil, malformed("a head of more than %d bytes", web.MaxHeader)
		}
		if seen == len(k.in) {
			k.in = append(k.in, make([]byte, len(k.in))...)
		}
		if err := e.fill(k); err != nil {
			if seen > 0 && errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
	}
}

// begin reads the line of the status: HTTP/1.1 200 OK.
func (h *head) begin(line []byte) error {
	const status = len("HTTP/1.1 ")
	if len(line) < status+3 || string(line[:7]) != "HTTP/1." || line[8] != ' ' || len(line) > status+3 && line[status+3] != ' ' {
		return malformed("status line %.40q", line)
	}
	switch line[7] {
	case '0':
		h.close = true // unless it says otherwise
	case '1':
	default:
		return malformed("status line %.40q", line)
	}
	for _, c := range line[status : status+3] {
		if c < '0' || c > '9' {
			return malformed("status line %.40q", line)
		}
		h.status = 10*h.status + int(c-'0')
	}
	if h.status < 100 {
		return malformed("status %d", h.status)
	}
	return nil
}

// note heeds the headers that say where an answer ends.
func (h *head) note(name, value []byte) error {
	switch len(name) {
	case len("Connection"):
		if is(name, "connection") {
			value = trim(value)
			h.close = h.close && !has(value, "keep-alive") || has(value, "close")
		}
	case len("Content-Length"):
		if is(name, "content-length") {
			return h.noteLength(trim(value))
		}
	case len("Transfer-Encoding"):
		if is(name, "transfer-encoding") {
			if h.chunked || !is(trim(value), "chunked") {
				return malformed("transfer encoding %.40q", value)
			}
			h.chunked = true
		}
	}
	return nil
}

func (h *head) noteLength(value []byte) error {
	n := int64(0)
	for _, c := range value {
		if c < '0' || c > '9' || n > (1<<62)/10 {
			return malformed("a body of %.40q bytes", value)
		}
		n = 10*n + int64(c-'0')
	}
	if len(value) == 0 || h.length >= 0 && h.length != n {
		return malformed("bodies of %d and %.40q bytes", h.length, value)
	}
	h.length = n
	return nil
}

// is compares with a text in lower case, whatever the case of b.
func is(b []byte, text string) bool {
	return len(b) == len(text) && strings.EqualFold(string(b), text) // the conversion allocates nothing
}

// has reports whether a list has a word.
func has(list []byte, word string) bool {
	for len(list) > 0 {
		first, rest, _ := bytes.Cut(list, []byte(","))
		if is(trim(first), word) {
			return true
		}
		list = rest
	}
	return false
}

// nameEnd is where the name of a header ends, at its colon; -1 where there is none.
func nameEnd(line []byte) int {
	for i, c := range line {
		if c == ':' {
			return i
		}
		if c <= ' ' || c >= 0x7f {
			return -1
		}
	}
	return -1
}

func trim(value []byte) []byte { return bytes.Trim(value, " \t") }

func (h *head) keep(name, value []byte) {
	if h.header == nil {
		h.header = http.Header{}
	}
	key := textproto.CanonicalMIMEHeaderKey(string(name))
	h.header[key] = append(h.header[key], string(trim(value)))
}
