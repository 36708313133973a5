package lean

import (
	"errors"
	"io"
	"net/http"
)

// body reads the body of an answer to its end, which is where [FiNR22b], section
// 6.3, puts it.
func (e *exchange) body(k *conn, h *head) error {
	switch {
	case e.request.Method == http.MethodHead, h.status == http.StatusNoContent, h.status == http.StatusNotModified:
		return nil
	case h.status == http.StatusSwitchingProtocols:
		h.close = true // what follows is no HTTP
		return nil
	case h.chunked:
		if h.length >= 0 {
			h.close = true // two lengths: an attempt to smuggle, or a broken server
		}
		return e.chunks(k)
	case h.length >= 0:
		return e.exactly(k, h.length)
	}
	h.close = true
	return e.toTheEnd(k)
}

// exactly takes n bytes.
func (e *exchange) exactly(k *conn, n int64) error {
	for {
		n -= e.take(k, n)
		if n == 0 {
			return nil
		}
		if n > int64(len(k.in)) && len(k.in) < longBuffer {
			k.in = make([]byte, longBuffer) // all that was read is taken
			k.first, k.last = 0, 0
		}
		if err := e.more(k); err != nil {
			return err
		}
	}
}

// longBuffer is what a connection reads at a time where answers are long (B).
const longBuffer = 64 << 10

// more reads on; the connection must not end here.
func (e *exchange) more(k *conn) error {
	err := e.fill(k)
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// take takes what was read, at most most bytes, and returns how many.
func (e *exchange) take(k *conn, most int64) int64 {
	n := min(int64(k.last-k.first), most)
	if room := int64(e.request.KeepBody - len(e.kept)); room > 0 {
		e.kept = append(e.kept, k.in[k.first:k.first+int(min(n, room))]...)
	}
	k.first += int(n)
	e.n += n
	return n
}

func (e *exchange) toTheEnd(k *conn) error {
	for {
		e.take(k, int64(len(k.in)))
		if err := e.fill(k); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

// chunks takes a body in chunks ([FiNR22b], section 7.1), and the fields after
// it.
func (e *exchange) chunks(k *conn) error {
	for {
		n, err := e.chunkSize(k)
		if err != nil {
			return err
		}
		if n == 0 {
			return e.trailer(k)
		}
		if err := e.exactly(k, n); err != nil {
			return err
		}
		if line, err := e.short(k); err != nil || len(line) > 0 {
			return orMalformed(err, "a chunk that does not end")
		}
	}
}

func orMalformed(err error, what string) error {
	if err != nil {
		return err
	}
	return malformed("%s", what)
}

// short reads a line between chunks.
func (e *exchange) short(k *conn) ([]byte, error) {
	budget := longestLine
	line, err := e.line(k, &budget)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return line, err
}

// longestLine bounds a line between chunks (B).
const longestLine = 4 << 10

func (e *exchange) chunkSize(k *conn) (int64, error) {
	line, err := e.short(k)
	if err != nil {
		return 0, err
	}
	n, digits := int64(0), 0
	for _, c := range line {
		d := hex(c)
		if d < 0 {
			break
		}
		n = n<<4 | d
		digits++
	}
	rest := line[digits:]
	if digits == 0 || digits > 15 || len(rest) > 0 && rest[0] != ';' && rest[0] != ' ' && rest[0] != '\t' {
		return 0, malformed("a chunk of size %.40q", line)
	}
	return n, nil
}

func hex(c byte) int64 {
	switch {
	case c >= '0' && c <= '9':
		return int64(c - '0')
	case c >= 'a' && c <= 'f':
		return int64(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int64(c-'A') + 10
	}
	return -1
}

func (e *exchange) trailer(k *conn) error {
	for budget := longestTrailer; ; {
		line, err := e.line(k, &budget)
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil || len(line) == 0 {
			return err
		}
	}
}

const longestTrailer = 64 << 10 // (B)
