package loadtest

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"time"
)

// HitReader reads a file of hits from its start to its end.
type HitReader struct {
	Head Head
	// Note, if any, is given what monitors of the target wrote, as it is passed.
	Note func([]byte) error

	name  string
	file  io.Closer
	in    *bufio.Reader
	count int64
	over  bool // nothing more is to be read
	end   *End
}

// OpenHits opens a file of hits and reads its [Head]. The file may be that of a
// run that was killed, or of one that is still going on.
func OpenHits(path string) (*HitReader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("loadtest: %w", err)
	}
	r, err := newHitReader(path, f)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	r.file = f
	return r, nil
}

// IsHits tells a file of hits by how it starts.
func IsHits(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	start := make([]byte, len(magic))
	_, err = io.ReadFull(f, start)
	return err == nil && string(start) == magic
}

// ReadHits reads a whole file of hits into memory (80 bytes a hit). A run that
// was killed has all hits up to its last quarter of a second.
func ReadHits(path string) (Head, []Hit, error) {
	r, err := OpenHits(path)
	if err != nil {
		return Head{}, nil, err
	}
	var hits []Hit
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return r.Head, hits, r.Close()
		}
		if err != nil {
			return r.Head, hits, errors.Join(err, r.Close())
		}
		hits = append(hits, h)
	}
}

// largestJSON bounds the JSON in a file, so that a damaged length asks for no
// more memory than this.
const largestJSON = 16 << 20

func newHitReader(name string, in io.Reader) (*HitReader, error) {
	r := &HitReader{name: name, in: bufio.NewReaderSize(in, 1<<16)}
	start := make([]byte, len(magic)+4)
	if _, err := io.ReadFull(r.in, start); err != nil || string(start[:len(magic)]) != magic {
		return nil, fmt.Errorf("loadtest: %s is not a file of hits: it does not start with %q", name, magic)
	}
	b := start[len(magic):]
	size := uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
	if err := r.json(size, &r.Head); err != nil {
		return nil, fmt.Errorf("loadtest: %s: its head cannot be read: %w", name, err)
	}
	if err := r.Head.check(); err != nil {
		return nil, fmt.Errorf("loadtest: %s: its head says %w", name, err)
	}
	return r, nil
}

func (r *HitReader) json(size uint32, into any) error {
	if size > largestJSON {
		return fmt.Errorf("%d bytes of JSON; at most %d", size, largestJSON)
	}
	text := make([]byte, size)
	if _, err := io.ReadFull(r.in, text); err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

// check says what no run can have been like.
func (h *Head) check() error {
	longest := longestRun.Seconds()
	switch {
	case !(h.Duration > 0 && h.Duration <= longest):
		return fmt.Errorf("a duration of %v s", h.Duration)
	case !(h.Warmup >= 0 && h.Warmup <= longest):
		return fmt.Errorf("a warm-up of %v s", h.Warmup)
	case len(h.Workloads) == 0 || len(h.Workloads) > math.MaxUint16:
		return fmt.Errorf("%d workloads", len(h.Workloads))
	case len(h.Direct) != len(h.Operations):
		return fmt.Errorf("%d operations and %d marks on them", len(h.Operations), len(h.Direct))
	}
	if h.Test == nil {
		return nil
	}
	if err := h.Test.Check(); err != nil {
		return fmt.Errorf("a test with %w", err)
	}
	return nil
}

// Next returns the next hit, and [io.EOF] after the last whole one.
func (r *HitReader) Next() (Hit, error) {
	if r.over {
		return Hit{}, io.EOF
	}
	b, err := r.in.Peek(recordSize)
	if errors.Is(err, io.EOF) {
		return Hit{}, io.EOF // a last part of a record is what a kill leaves behind
	}
	if err != nil {
		return Hit{}, fmt.Errorf("loadtest: %s: %w", r.name, err)
	}
	h := decode(b)
	switch h.Outcome {
	case endMark:
		return Hit{}, r.readEnd(uint32(h.Bytes))
	case noteMark:
		if err := r.readNote(uint32(h.Bytes)); err != nil {
			return Hit{}, err
		}
		return r.Next()
	}
	if err := h.check(&r.Head); err != nil {
		return Hit{}, fmt.Errorf("loadtest: %s: hit %d is damaged: %w", r.name, r.count, err)
	}
	r.count++
	_, err = r.in.Discard(recordSize)
	return h, err
}

// readNote reads a note; one that is not all there is the last thing that a
// killed run wrote.
func (r *HitReader) readNote(size uint32) error {
	if size > largestJSON {
		return fmt.Errorf("loadtest: %s: a note of %d bytes after hit %d; at most %d", r.name, size, r.count, largestJSON)
	}
	if _, err := r.in.Discard(recordSize); err != nil {
		return io.EOF
	}
	text := make([]byte, size)
	if _, err := io.ReadFull(r.in, text); err != nil {
		r.over = true
		return io.EOF
	}
	if r.Note == nil {
		return nil
	}
	if err := r.Note(text); err != nil {
		return fmt.Errorf("loadtest: %s: after hit %d: %w", r.name, r.count, err)
	}
	return nil
}

// readEnd reads what follows the last hit; an end that is not all there is as
// good as none.
func (r *HitReader) readEnd(size uint32) error {
	r.over = true
	if _, err := r.in.Discard(recordSize); err != nil {
		return io.EOF
	}
	var end End
	if err := r.json(size, &end); err != nil {
		return io.EOF
	}
	if !(end.Duration > 0 && end.Duration <= longestRun.Seconds()) {
		return fmt.Errorf("loadtest: %s: its end says a duration of %v s", r.name, end.Duration)
	}
	r.end = &end
	return io.EOF
}

// End returns what the file says at its end, once Next has returned [io.EOF];
// nil when the run was killed before it came to that.
func (r *HitReader) End() *End { return r.end }

// Close closes the file.
func (r *HitReader) Close() error {
	if r.file == nil {
		return nil
	}
	return r.file.Close()
}

// seconds is d in seconds, as results have it.
func seconds(d time.Duration) float64 { return float64(d) / float64(time.Second) }
