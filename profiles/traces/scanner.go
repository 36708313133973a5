package traces

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner reads JSON piece by piece and keeps none of it but what it is asked
// for, so that a file of any length takes the room of its buffer. Errors say the
// line and the column.
type scanner struct {
	in    io.Reader
	buf   []byte
	pos   int
	read  int64 // bytes before the buffer
	line  int
	start int64 // of the line
	depth int
	text  []byte // the last string
	key   []byte // of a pair
	ended bool
	fault error // of the reader
}

const (
	maxDepth = 200
	maxText  = 4096 // bytes of a string that are kept
)

func newScanner(in io.Reader) *scanner {
	return &scanner{in: in, buf: make([]byte, 0, 1<<16), line: 1}
}

// SyntaxError is a place in a file where it cannot be read.
type SyntaxError struct {
	Line, Column int   // from 1; 0 in binary files
	Offset       int64 // (B)
	Msg          string
}

// Error has the place in front.
func (e *SyntaxError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("byte %d: %s", e.Offset, e.Msg)
	}
	return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Msg)
}

func (s *scanner) errorf(format string, args ...any) error {
	if err := s.broken(); err != nil {
		return err
	}
	at := s.read + int64(s.pos)
	return &SyntaxError{Line: s.line, Column: int(at-s.start) + 1, Offset: at, Msg: fmt.Sprintf(format, args...)}
}

// broken is why the reader ended early; nil where it did not.
func (s *scanner) broken() error {
	if errors.Is(s.fault, io.EOF) {
		return nil
	}
	return s.fault
}

// more reads on when the buffer is used up; false at the end.
func (s *scanner) more() bool {
	if s.pos < len(s.buf) {
		return true
	}
	if s.ended {
		return false
	}
	s.read += int64(len(s.buf))
	s.buf, s.pos = s.buf[:cap(s.buf)], 0
	for range 100 {
		n, err := s.in.Read(s.buf)
		if err != nil {
			s.ended, s.fault = true, err
		}
		if n > 0 || s.ended {
			s.buf = s.buf[:n]
			return n > 0
		}
	}
	s.buf, s.ended, s.fault = s.buf[:0], true, io.ErrNoProgress
	return false
}

// peek is the next byte that is no space; 0 at the end.
func (s *scanner) peek() byte {
	for s.more() {
		for s.pos < len(s.buf) {
			switch c := s.buf[s.pos]; c {
			case '\n':
				s.pos++
				s.line, s.start = s.line+1, s.read+int64(s.pos)
			case ' ', '\t', '\r':
				s.pos++
			default:
				return c
			}
		}
	}
	return 0
}

func (s *scanner) expect(c byte, where string) error {
	switch got := s.peek(); got {
	case c:
		s.pos++
		return nil
	case 0:
		return s.cut()
	default:
		return s.errorf("%q %s; want %q", got, where, c)
	}
}

func (s *scanner) cut() error { return s.errorf("the file ends in the middle: it is cut off") }

func (s *scanner) deeper() error {
	s.depth++
	if s.depth > maxDepth {
		return s.errorf("nested deeper than %d: no trace is", maxDepth)
	}
	return nil
}

// object calls each with every key; each must read or skip the value. A value
// that is null has no keys.
func (s *scanner) object(each func(key []byte) error) error {
	if s.peek() == 'n' {
		return s.skip()
	}
	if err := s.expect('{', "where an object should begin"); err != nil {
		return err
	}
	if err := s.deeper(); err != nil {
		return err
	}
	defer func() { s.depth-- }()
	if s.peek() == '}' {
		s.pos++
		return nil
	}
	for {
		if s.peek() != '"' {
			return s.expect('"', "where a key should be")
		}
		key, err := s.string()
		if err != nil {
			return err
		}
		if err := s.expect(':', "after a key"); err != nil {
			return err
		}
		if err := each(key); err != nil {
			return err
		}
		if s.peek() == ',' {
			s.pos++
			continue
		}
		return s.expect('}', "in an object")
	}
}

// array calls each before every element, which it must read or skip.
func (s *scanner) array(each func() error) error {
	if s.peek() == 'n' {
		return s.skip()
	}
	if err := s.expect('[', "where a list should begin"); err != nil {
		return err
	}
	if err := s.deeper(); err != nil {
		return err
	}
	defer func() { s.depth-- }()
	if s.peek() == ']' {
		s.pos++
		return nil
	}
	for {
		if err := each(); err != nil {
			return err
		}
		if s.peek() == ',' {
			s.pos++
			continue
		}
		return s.expect(']', "in a list")
	}
}

// string reads one; its text is good until the next is read.
func (s *scanner) string() ([]byte, error) {
	s.pos++ // the quote
	s.text = s.text[:0]
	for s.more() {
		rest := s.buf[s.pos:]
		i := bytes.IndexByte(rest, '"')
		part := rest
		if i >= 0 {
			part = rest[:i]
		}
		if j := bytes.IndexByte(part, '\\'); j >= 0 {
			s.keep(part[:j])
			s.pos += j
			if err := s.escape(); err != nil {
				return nil, err
			}
			continue
		}
		if j := bytes.IndexByte(part, '\n'); j >= 0 {
			s.pos += j
			return nil, s.errorf("a line ends within a string")
		}
		s.keep(part)
		s.pos += len(part)
		if i >= 0 {
			s.pos++
			return s.text, nil
		}
	}
	return nil, s.cut()
}

func (s *scanner) keep(part []byte) {
	s.text = append(s.text, part[:min(len(part), maxText-min(maxText, len(s.text)))]...)
}

// escape reads what begins with a backslash.
func (s *scanner) escape() error {
	s.pos++
	if !s.more() {
		return s.cut()
	}
	c := s.buf[s.pos]
	s.pos++
	switch c {
	case '"', '\\', '/':
	case 'b':
		c = '\b'
	case 'f':
		c = '\f'
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	case 'u':
		return s.unicode()
	default:
		return s.errorf("no escape \\%c", c)
	}
	s.keep([]byte{c})
	return nil
}

func (s *scanner) unicode() error {
	var digits [4]byte
	for i := range digits {
		if !s.more() {
			return s.cut()
		}
		digits[i] = s.buf[s.pos]
		s.pos++
	}
	n, err := strconv.ParseUint(string(digits[:]), 16, 16)
	if err != nil {
		return s.errorf("no escape \\u%s", digits)
	}
	r := rune(n)
	if utf16.IsSurrogate(r) {
		r = utf8.RuneError // halves of a pair: names of operations have none
	}
	s.keep(utf8.AppendRune(nil, r))
	return nil
}

// word reads a number, true, false or null.
func (s *scanner) word() ([]byte, error) {
	s.text = s.text[:0]
	for s.more() {
		c := s.buf[s.pos]
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && c != '-' && c != '+' && c != '.' && c != 'E' {
			break
		}
		s.keep(s.buf[s.pos : s.pos+1])
		s.pos++
	}
	if len(s.text) == 0 {
		if !s.more() {
			return nil, s.cut()
		}
		return nil, s.errorf("%q where a value should begin", s.buf[s.pos])
	}
	return s.text, nil
}

// scalar is the text of a string, a number or a word; nil of anything else,
// which is skipped.
func (s *scanner) scalar() ([]byte, error) {
	switch s.peek() {
	case '"':
		return s.string()
	case '{', '[':
		return nil, s.skip()
	}
	w, err := s.word()
	if err == nil && string(w) == "null" {
		return nil, nil
	}
	return w, err
}

// given gives the text of a scalar, where there is one.
func (s *scanner) given(give func(text []byte)) error {
	text, err := s.scalar()
	if err == nil && text != nil {
		give(text)
	}
	return err
}

// pairs reads a list of {"key": …, "value": …}, in either order; value gives the
// texts of a value.
func (s *scanner) pairs(value func(give func(text []byte)) error, each func(key, value []byte)) error {
	return s.array(func() error {
		s.key = s.key[:0]
		var early []byte // a value that stands before its key
		err := s.object(func(field []byte) error {
			switch string(field) {
			case "key":
				return s.given(func(text []byte) { s.key = append(s.key, text...) })
			case "value":
				return value(func(text []byte) {
					if len(s.key) > 0 {
						each(s.key, text)
					} else {
						early = append([]byte{}, text...)
					}
				})
			}
			return s.skip()
		})
		if early != nil && len(s.key) > 0 {
			each(s.key, early)
		}
		return err
	})
}

// skip passes over a value of any kind.
func (s *scanner) skip() error {
	switch s.peek() {
	case '"':
		_, err := s.string()
		return err
	case '{':
		return s.object(func([]byte) error { return s.skip() })
	case '[':
		return s.array(s.skip)
	case 0:
		return s.cut()
	}
	w, err := s.word()
	if err != nil {
		return err
	}
	switch string(w) {
	case "true", "false", "null":
		return nil
	}
	if _, err := strconv.ParseFloat(string(w), 64); err != nil && !errors.Is(err, strconv.ErrRange) {
		return s.errorf("%q is no value", w)
	}
	return nil
}

// whole is a number of nanoseconds, kinds and so on: a JSON number or a string.
func (s *scanner) whole(what string) (int64, error) {
	text, err := s.scalar()
	if err != nil || text == nil {
		return 0, err
	}
	if n, ok := digits(text); ok {
		return n, nil
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil || !(f > -9.2e18 && f < 9.2e18) {
		return 0, s.errorf("%s is %.40q; want a whole number", what, text)
	}
	return int64(f), nil
}

// digits reads a number of at most 18 digits.
func digits(text []byte) (int64, bool) {
	if len(text) == 0 || len(text) > 19 {
		return 0, false
	}
	var n uint64
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return int64(n), n < 1<<63
}
