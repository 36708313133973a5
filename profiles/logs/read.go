package logs

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Bounds on what is read.
const (
	MaxLine     = 64 << 10   // longest line (B)
	MaxRequests = 20_000_000 // requests that are kept, 24 B each

	shownBad  = 5    // lines that an error shows
	looked    = 200  // lines that tell the format
	checkFrom = 1000 // lines before too many bad ones end the reading
)

// Options say how logs are read. The zero value finds the format by itself.
type Options struct {
	Format  *Format   // nil: told by the first lines
	Session string    // variable or field that tells sessions apart; empty: address and agent
	Idle    float64   // pause that ends a session (s); 0 = 30 min
	Rules   []Rule    // names for routes
	Since   time.Time // requests before it are left out
	Until   time.Time // requests from it on are left out
	MaxBad  float64   // share of lines that may be unreadable (1); 0 = 5 %

	Progress func(lines, bytes int64) // called now and then
}

// BadLine is a line that could not be read.
type BadLine struct {
	File string
	Line int64
	Text string // the beginning of it
	Why  string
}

// String is where it stands, why it could not be read, and how it begins.
func (b BadLine) String() string {
	return fmt.Sprintf("%s:%d: %s: %s", b.File, b.Line, b.Why, b.Text)
}

// Error is a log that cannot be used. Shown are the first lines that could not
// be read.
type Error struct {
	File  string
	Line  int64
	Msg   string
	Shown []BadLine
}

// Error has the place, what is wrong, and the lines that show it.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
	}
	b.WriteString(": " + e.Msg)
	for _, one := range e.Shown {
		b.WriteString("\n  " + one.String())
	}
	return b.String()
}

// Reader takes logs in, one after the other.
type Reader struct {
	options Options
	format  *Format

	log    collected
	router *router
	lines  int64
	bytes  int64
	bad    int64
	shown  []BadLine
	files  []string
}

// NewReader begins to read.
func NewReader(o Options) *Reader {
	if o.Idle == 0 {
		o.Idle = 1800
	}
	if o.MaxBad == 0 {
		o.MaxBad = 0.05
	}
	r := &Reader{options: o, format: o.Format, router: newRouter(o.Rules)}
	r.log.addresses.keys = map[uint64]seen{}
	return r
}

// Bad are the first lines that could not be read.
func (r *Reader) Bad() []BadLine { return r.shown }

// Read takes a log in, plain or compressed by gzip. The name is for messages.
func (r *Reader) Read(name string, in io.Reader) error {
	r.files = append(r.files, name)
	src := bufio.NewReaderSize(in, 64<<10)
	if magic, _ := src.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(src)
		if err != nil {
			return &Error{File: name, Msg: "compressed, and its head cannot be read: " + err.Error()}
		}
		src = bufio.NewReaderSize(z, MaxLine)
	} else if len(magic) == 2 && magic[0] == 0x28 && magic[1] == 0xb5 || len(magic) == 2 && magic[0] == 'B' && magic[1] == 'Z' {
		return &Error{File: name, Msg: "compressed by zstd or bzip2; give it as: zstdcat FILE | headroom import log -"}
	}
	head, err := src.Peek(32 << 10)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return r.unreadable(name, 0, err)
	}
	if bytes.IndexByte(head, 0) >= 0 {
		return &Error{File: name, Msg: "a binary file and no log"}
	}
	if r.format == nil && isRecording(head) || r.format != nil && r.format.Name == "har" {
		return r.readRecording(name, src)
	}
	if r.format == nil {
		if r.format, err = detect(name, head, r.options.Session); err != nil {
			return err
		}
	}
	return r.readLines(name, src)
}

func (r *Reader) readLines(name string, src *bufio.Reader) error {
	var e Entry
	badBefore, linesBefore := r.bad, r.lines
	for number := int64(1); ; number++ {
		line, err := src.ReadSlice('\n')
		r.bytes += int64(len(line))
		if errors.Is(err, bufio.ErrBufferFull) {
			text := excerpt(line)
			for errors.Is(err, bufio.ErrBufferFull) {
				line, err = src.ReadSlice('\n')
				r.bytes += int64(len(line))
			}
			r.lines++
			r.refuse(BadLine{name, number, text, fmt.Sprintf("longer than %d KiB", MaxLine>>10)})
			if err == nil {
				continue
			}
			line = nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return r.unreadable(name, number, err)
		}
		if line = trimLine(line); len(line) > 0 && line[0] != '#' {
			r.lines++
			if !r.format.Parse(line, &e) {
				r.refuse(BadLine{name, number, excerpt(line), "not of the format " + r.format.Name})
			} else if err := r.take(&e); err != nil {
				return &Error{File: name, Line: number, Msg: err.Error()}
			}
		}
		if r.lines%checkFrom == 0 || err != nil {
			if r.options.Progress != nil {
				r.options.Progress(r.lines, r.bytes)
			}
			bad, lines := r.bad-badBefore, r.lines-linesBefore
			if float64(bad) > r.options.MaxBad*float64(lines) && (bad > 10 || bad == lines) && lines > 0 {
				return &Error{File: name, Line: r.shown[0].Line, Shown: r.shown, Msg: fmt.Sprintf("%d of %d lines cannot be read as %s; name the format by --log-format, or allow more by --max-bad", bad, lines, r.format.Name)}
			}
		}
		if err != nil {
			return nil
		}
	}
}

// unreadable is the error of a file that ends in the middle or cannot be read.
func (r *Reader) unreadable(name string, number int64, err error) error {
	msg := "cannot be read: " + err.Error()
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		msg = "the compressed file ends in the middle; to use what there is of it: zcat FILE | headroom import log -"
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader):
		msg = "the compressed file is damaged: " + err.Error()
	}
	return &Error{File: name, Line: number, Msg: msg}
}

func (r *Reader) refuse(b BadLine) {
	r.bad++
	if len(r.shown) < shownBad {
		r.shown = append(r.shown, b)
	}
}

func trimLine(line []byte) []byte {
	for n := len(line); n > 0 && (line[n-1] == '\n' || line[n-1] == '\r'); n-- {
		line = line[:n-1]
	}
	return line
}

// excerpt is the beginning of a line, for people to read.
func excerpt(line []byte) string {
	const most = 120
	var b strings.Builder
	for i, c := range line {
		if i == most {
			b.WriteString("…")
			break
		}
		if c < ' ' || c >= 0x7f {
			c = '?'
		}
		b.WriteByte(c)
	}
	return strings.TrimRight(b.String(), "?")
}

// detect is the format that most of the first lines are of.
func detect(name string, head []byte, session string) (*Format, error) {
	var lines [][]byte
	for len(lines) < looked {
		i := bytes.IndexByte(head, '\n')
		if i < 0 {
			if len(lines) == 0 {
				lines = append(lines, trimLine(head))
			}
			break
		}
		if line := trimLine(head[:i]); len(line) > 0 && line[0] != '#' {
			lines = append(lines, line)
		}
		head = head[i+1:]
	}
	if len(lines) == 0 || len(lines) == 1 && len(lines[0]) == 0 {
		return nil, &Error{File: name, Msg: "no lines"}
	}
	var best *Format
	most := 0.0
	for _, text := range []string{"caddy", "envoy-json", "json", "alb", "envoy", "combined", "common"} {
		f, err := Named(text, "")
		if err != nil {
			return nil, err
		}
		if n := f.fits(lines); n > most {
			best, most = f, n
		}
	}
	if best == nil {
		return nil, &Error{File: name, Line: 1, Msg: "no known format: name one by --log-format (" + strings.Join(Names(), ", ") + ", or a log format of nginx, Apache or Envoy), or --fields of JSON", Shown: []BadLine{{name, 1, excerpt(lines[0]), "as in"}}}
	}
	if session == "" {
		return best, nil
	}
	return Named(best.Name, session)
}

// fits is how many lines are of the format, and how much of each it reads.
func (f *Format) fits(lines [][]byte) float64 {
	var e Entry
	sum := 0.0
	for _, line := range lines {
		if !f.Parse(line, &e) {
			continue
		}
		sum++
		if len(e.Target) > 0 {
			sum += 0.4
		}
		if e.Status > 0 {
			sum += 0.2
		}
		if len(e.Agent) > 0 {
			sum += 0.1
		}
		if e.Took >= 0 {
			sum += 0.05
		}
	}
	return sum
}
