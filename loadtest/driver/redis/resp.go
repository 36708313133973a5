package redis

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/headroom/headroom/loadtest/driver"
)

// Bounds on what is taken for a reply.
const (
	maxLine  = 64 << 10  // (B), also of the reader's buffer
	maxBulk  = 512 << 20 // (B), what a server allows by itself
	maxItems = 1 << 24
	maxDepth = 32
)

// appendCommand writes a command as an array of bulk strings ([Redi23], sending commands).
func appendCommand(b []byte, words []string) []byte {
	b = append(b, '*')
	b = strconv.AppendInt(b, int64(len(words)), 10)
	b = append(b, "\r\n"...)
	for _, w := range words {
		b = append(b, '$')
		b = strconv.AppendInt(b, int64(len(w)), 10)
		b = append(b, "\r\n"...)
		b = append(b, w...)
		b = append(b, "\r\n"...)
	}
	return b
}

// reply is what is kept of a reply: its content is not.
type reply struct {
	bytes   int64 // as sent, with its frame (B)
	problem error // of a reply that is an error, at the top or within
}

// read reads one reply of any kind to its end.
func (r *reply) read(in *bufio.Reader, depth int) error {
	line, err := r.line(in)
	if err != nil {
		return err
	}
	kind, rest := line[0], line[1:]
	switch kind {
	case '+':
		return nil
	case '-':
		r.problem = problem(rest)
		return nil
	case ':':
		if _, err := strconv.ParseInt(rest, 10, 64); err != nil {
			return driver.Malformed("a number that is none")
		}
		return nil
	case '$':
		n, err := length(rest, maxBulk)
		if err != nil || n < 0 {
			return err
		}
		return r.bulk(in, n)
	case '*':
		n, err := length(rest, maxItems)
		if err != nil {
			return err
		}
		if depth >= maxDepth {
			return driver.Malformed("arrays within %d arrays", maxDepth)
		}
		for range n {
			if err := r.read(in, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	return driver.Malformed("a reply of no kind of RESP2")
}

// line reads a line, which has one character at least.
func (r *reply) line(in *bufio.Reader) (string, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		r.bytes += int64(len(part))
		if err == nil {
			break
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			if errors.Is(err, io.EOF) && r.bytes > 0 {
				err = io.ErrUnexpectedEOF
			}
			return "", err
		}
		if len(line) > maxLine {
			return "", driver.Malformed("a line of more than %d bytes", maxLine)
		}
	}
	text, ok := strings.CutSuffix(string(line), "\r\n")
	if !ok || text == "" {
		return "", driver.Malformed("a line that does not end as lines do, or is empty")
	}
	return text, nil
}

// bulk reads n bytes and the end of their line.
func (r *reply) bulk(in *bufio.Reader, n int) error {
	done, err := in.Discard(n)
	r.bytes += int64(done)
	var end [2]byte
	if err == nil {
		done, err = io.ReadFull(in, end[:])
		r.bytes += int64(done)
	}
	switch {
	case errors.Is(err, io.EOF):
		return io.ErrUnexpectedEOF
	case err != nil:
		return err
	case string(end[:]) != "\r\n":
		return driver.Malformed("a string that is longer than it says")
	}
	return nil
}

// length reads a length; −1 stands for nothing there.
func length(text string, most int) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < -1 || n > most {
		return 0, driver.Malformed("a length that is none, or beyond %d", most)
	}
	return n, nil
}

// maxCode is how long the word is that an error begins with.
const maxCode = 20

// problem is the error of a reply: for want of room, or any other by the word
// that it begins with.
func problem(text string) error {
	if strings.HasPrefix(text, "OOM ") || strings.HasPrefix(text, "ERR max number of clients") {
		return driver.ErrRejected
	}
	code, _, _ := strings.Cut(text, " ")
	if len(code) > maxCode || strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		code = "ERR"
	}
	return fmt.Errorf("%w: %s", driver.ErrUnexpected, code)
}
