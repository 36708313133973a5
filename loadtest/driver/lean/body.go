package lean

import (
	"errors"
	"io"
	"net/http"
)

// body reads the body of an answer, counts it and keeps its beginning.
type body struct {
	*exchange
	conn *conn
	keep int
	kept []byte
	n    int64
}

// read reads a body to its end, which is where [RFC9112], section 6.3, puts it.
func (b *body) read(h *head) error {
	switch {
	case b.request.Method == http.MethodHead, h.status == http.StatusNoContent, h.status == http.StatusNotModified:
		return nil
	case h.status == http.StatusSwitchingProtocols:
		h.close = true // what follows is no HTTP
		return nil
	case h.chunked:
		if h.length >= 0 {
			h.close = true // two lengths: an attempt to smuggle, or a broken server
		}
		return b.chunks()
	case h.length >= 0:
		return b.exactly(h.length)
	}
	h.close = true
	return b.toTheEnd()
}

// exactly takes n bytes.
func (b *body) exactly(n int64) error {
	for {
		n -= b.take(n)
		if n == 0 {
			return nil
		}
		if n > int64(len(b.conn.in)) && len(b.conn.in) < longBuffer {
			b.conn.in = make([]byte, longBuffer) // all that was read is taken
			b.conn.first, b.conn.last = 0, 0
		}
		if err := b.more(); err != nil {
			return err
		}
	}
}

// longBuffer is what a connection reads at a time where answers are long (B).
const longBuffer = 64 << 10

// more reads on; the connection must not end here.
func (b *body) more() error {
	err := b.fill(b.conn)
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// take takes what was read, at most most bytes, and returns how many.
func (b *body) take(most int64) int64 {
	k := b.conn
	n := min(int64(k.last-k.first), most)
	if room := int64(b.keep - len(b.kept)); room > 0 {
		b.kept = append(b.kept, k.in[k.first:k.first+int(min(n, room))]...)
	}
	k.first += int(n)
	b.n += n
	return n
}

func (b *body) toTheEnd() error {
	for {
		b.take(int64(len(b.conn.in)))
		if err := b.fill(b.conn); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

// chunks takes a body in chunks ([RFC9112], section 7.1), and the fields after
// it.
func (b *body) chunks() error {
	for {
		n, err := b.chunkSize()
		if err != nil {
			return err
		}
		if n == 0 {
			return b.trailer()
		}
		if err := b.exactly(n); err != nil {
			return err
		}
		if line, err := b.short(); err != nil || len(line) > 0 {
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
func (b *body) short() ([]byte, error) {
	budget := longestLine
	line, err := b.line(b.conn, &budget)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return line, err
}

// longestLine bounds a line between chunks (B).
const longestLine = 4 << 10

func (b *body) chunkSize() (int64, error) {
	line, err := b.short()
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

func (b *body) trailer() error {
	for budget := longestTrailer; ; {
		line, err := b.line(b.conn, &budget)
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil || len(line) == 0 {
			return err
		}
	}
}

const longestTrailer = 64 << 10 // (B)
