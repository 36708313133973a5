package pprof

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"github.com/google/pprof/profile"
)

// Limits bound what one file may cost, however it is made: few bytes may unpack
// to very many, and many records of a byte or two take a hundred each in memory.
type Limits struct {
	Compressed   int64 // of the file as it is (B)
	Uncompressed int64 // of what it unpacks to (B)
	Records      int64 // samples, frames, functions, labels and strings together (1)
}

// DefaultLimits admit the profiles of large services many times over: they have
// some ten thousand samples, and unpack to a few megabytes.
func DefaultLimits() Limits {
	return Limits{Compressed: 64 << 20, Uncompressed: 256 << 20, Records: 16 << 20}
}

// Read reads one profile, packed by gzip or not. The name is what messages call
// it. The zero Limits are [DefaultLimits].
func Read(r io.Reader, name string, l Limits) (*Profile, error) {
	if l == (Limits{}) {
		l = DefaultLimits()
	}
	p, err := read(r, l)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	p.Name = name
	return p, nil
}

var errText = errors.New("no profile in the pprof format, which is protocol buffers, mostly packed by gzip; " +
	"what Go serves under /debug/pprof without ?debug=, what perf_to_profile and async-profiler's or other converters write")

func read(r io.Reader, l Limits) (*Profile, error) {
	data, err := unpack(r, l)
	if err != nil {
		return nil, err
	}
	if err := bounded(data, l.Records); err != nil {
		return nil, err
	}
	raw, err := profile.ParseUncompressed(data)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", errText, err)
	}
	if err := raw.CheckValid(); err != nil {
		return nil, fmt.Errorf("a profile that contradicts itself: %w", err)
	}
	return reduce(raw)
}

// unpack reads all of a file within the limits.
func unpack(r io.Reader, l Limits) ([]byte, error) {
	in := bufio.NewReader(&capped{r: r, left: l.Compressed, why: fmt.Errorf("the file is larger than %d MB", l.Compressed>>20)})
	head, err := in.Peek(2)
	if len(head) == 0 {
		if err == nil || errors.Is(err, io.EOF) {
			err = errors.New("an empty file")
		}
		return nil, err
	}
	var from io.Reader = in
	if bytes.Equal(head, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("its gzip header is broken: %w", err)
		}
		from = z
	}
	data, err := io.ReadAll(&capped{r: from, left: l.Uncompressed, why: fmt.Errorf("it unpacks to more than %d MB, which no profile needs", l.Uncompressed>>20)})
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, errors.New("the file ends too early; was the capture cut off?")
	case err != nil:
		return nil, fmt.Errorf("it cannot be unpacked: %w", err)
	case len(data) == 0:
		return nil, errors.New("an empty profile")
	}
	return data, nil
}

// capped reads no more than it may, and then says why.
type capped struct {
	r    io.Reader
	left int64
	why  error
}

func (c *capped) Read(b []byte) (int, error) {
	if c.left < 0 {
		return 0, c.why
	}
	if int64(len(b)) > c.left+1 {
		b = b[:c.left+1] // one byte more tells an end from too much
	}
	n, err := c.r.Read(b)
	if c.left -= int64(n); c.left < 0 {
		return 0, c.why
	}
	return n, err
}
