package traces

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Format names a way in which traces are written.
type Format string

// The formats. OTLP is JSON, lines of JSON or protobuf; what is in a file tells.
const (
	OTLP   Format = "otlp"
	Jaeger Format = "jaeger"
	Zipkin Format = "zipkin"
)

// Formats are the names of the formats.
func Formats() []string { return []string{string(OTLP), string(Jaeger), string(Zipkin)} }

// Options say how to read.
type Options struct {
	// Hold is how many spans are held at once, at most; 0 means a million, in
	// about 200 MB. See [Read] for what happens beyond.
	Hold int
	// Progress hears how much is read, of how much (B); nil is for nobody.
	Progress func(done, total int64)
}

const defaultHold = 1_000_000

// Read learns from a file of traces, or from all files in a directory and below.
//
// A trace is learned from when everything is read, since its spans may stand
// anywhere. When more spans than Options.Hold are held before, the traces that
// have waited longest for another span are learned from and forgotten; what
// comes of them later counts as traces with missing parents, and a note says so.
func Read(f Format, path string, o Options) (*Learned, error) {
	files, total, err := filesIn(path)
	if err != nil {
		return nil, err
	}
	r := newReader(f, o)
	for _, name := range files {
		err := func() error {
			in, err := os.Open(name)
			if err != nil {
				return err
			}
			defer func() { _ = in.Close() }()
			return r.read(name, &counted{in: in, done: &r.done, total: total, tell: o.Progress})
		}()
		if err != nil {
			return nil, err
		}
	}
	return r.end(path)
}

// ReadFrom learns from a stream; the name is for messages.
func ReadFrom(f Format, name string, in io.Reader, o Options) (*Learned, error) {
	r := newReader(f, o)
	if err := r.read(name, &counted{in: in, done: &r.done, tell: o.Progress}); err != nil {
		return nil, err
	}
	return r.end(name)
}

type reader struct {
	format Format
	filler filler
	learn  *Learned
	traces *assembler
	done   int64
}

func newReader(f Format, o Options) *reader {
	r := &reader{format: f}
	r.learn = newLearned(&r.filler)
	hold := o.Hold
	if hold <= 0 {
		hold = defaultHold
	}
	r.traces = newAssembler(hold, r.learn.trace)
	return r
}

func (r *reader) end(name string) (*Learned, error) {
	r.traces.end()
	r.learn.early, r.learn.held = r.traces.early, r.traces.peak
	if r.learn.Spans == 0 {
		return nil, fmt.Errorf("%s: no spans in it, read as %s", name, r.format)
	}
	return r.learn, nil
}

// read reads one file; an error has its name and the place.
func (r *reader) read(name string, in io.Reader) error {
	b := bufio.NewReaderSize(in, 1<<16)
	head, _ := b.Peek(2)
	if bytes.Equal(head, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(b)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		b = bufio.NewReaderSize(&bounded{in: z, done: &r.done}, 1<<16)
	}
	if head, _ := b.Peek(3); string(head) == "\ufeff" {
		_, _ = b.Discard(3)
	}
	err := r.parse(b)
	var at *SyntaxError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &at) && at.Line > 0:
		return fmt.Errorf("%s:%w", name, err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%s: the file ends in the middle: it is cut off", name)
	}
	return fmt.Errorf("%s: %w", name, err)
}

func (r *reader) parse(b *bufio.Reader) error {
	give := r.traces.add
	switch r.format {
	case OTLP:
		if looksJSON(b) {
			return readOTLPJSON(b, &r.filler, give)
		}
		return readOTLPProto(b, &r.filler, give)
	case Jaeger:
		return readJaeger(b, &r.filler, give)
	case Zipkin:
		return readZipkin(b, &r.filler, give)
	}
	return fmt.Errorf("no format %q of traces; there are %s", r.format, strings.Join(Formats(), ", "))
}

// looksJSON reports whether what comes begins as JSON does. In protobuf the
// first byte is the tag 0x0a, a line feed, and the second a length: where that is
// that of a brace, what comes then decides.
func looksJSON(b *bufio.Reader) bool {
	head, _ := b.Peek(64)
	rest := bytes.TrimLeft(head, " \t\r\n")
	if len(rest) == 0 || rest[0] != '{' && rest[0] != '[' {
		return false
	}
	rest = bytes.TrimLeft(rest[1:], " \t\r\n")
	return len(rest) == 0 || rest[0] == '"' || rest[0] == '}' || rest[0] == '{' || rest[0] == ']'
}

// counted counts what is read.
type counted struct {
	in    io.Reader
	done  *int64
	total int64
	tell  func(done, total int64)
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	*c.done += int64(n)
	if c.tell != nil {
		c.tell(*c.done, c.total)
	}
	return n, err
}

// bounded ends a stream that becomes so much larger than what it was packed in
// that it is none of traces.
type bounded struct {
	in   io.Reader
	out  int64
	done *int64 // packed
}

const (
	mostRatio  = 400
	freeOfSize = 256 << 20 // (B)
)

func (z *bounded) Read(p []byte) (int, error) {
	n, err := z.in.Read(p)
	z.out += int64(n)
	if z.out > freeOfSize && z.out > mostRatio*max(*z.done, 1) {
		return n, fmt.Errorf("unpacks to more than %d times its size: traces do not; unpack it yourself if it is meant", mostRatio)
	}
	return n, err
}

// filesIn are the files of a directory and below in order of their names, those
// hidden left out, or the one file; and their size (B).
func filesIn(path string) ([]string, int64, error) {
	var files []string
	total := int64(0)
	err := filepath.WalkDir(path, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if hidden := strings.HasPrefix(e.Name(), "."); hidden && name != path {
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		info, err := os.Stat(name)
		if err != nil || !info.Mode().IsRegular() {
			return err
		}
		files, total = append(files, name), total+info.Size()
		return nil
	})
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s: no files in it", path)
	}
	slices.Sort(files)
	return files, total, err
}

// FormatIn guesses the format of traces from the beginning of a file, or of the
// first in a directory.
func FormatIn(path string) (Format, bool) {
	files, _, err := filesIn(path)
	if err != nil {
		return "", false
	}
	in, err := os.Open(files[0])
	if err != nil {
		return "", false
	}
	defer func() { _ = in.Close() }()
	var magic [2]byte
	if _, err := io.ReadFull(in, magic[:]); err != nil {
		return "", false
	}
	src := io.MultiReader(bytes.NewReader(magic[:]), in)
	if magic == [2]byte{0x1f, 0x8b} {
		if src, err = gzip.NewReader(src); err != nil {
			return "", false
		}
	}
	head, _ := io.ReadAll(io.LimitReader(src, 64<<10))
	switch {
	case bytes.Contains(head, []byte(`"resourceSpans"`)):
		return OTLP, true
	case bytes.Contains(head, []byte(`"traceID"`)) && bytes.Contains(head, []byte(`"operationName"`)):
		return Jaeger, true
	case bytes.Contains(head, []byte(`"traceId"`)) && bytes.Contains(head, []byte(`"localEndpoint"`)):
		return Zipkin, true
	case len(head) > 0 && head[0] == 0x0a && bytes.Contains(head, []byte("service.name")):
		return OTLP, true
	}
	return "", false
}
