package capacity

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

const journalSchema = "headroom/whatif-journal/v1"

// journalHead is the first line of a journal: what study it is of.
type journalHead struct {
	Schema string `json:"schema"`
	Study  string `json:"study"` // digest of the scenario, the points, the metrics and the engine
	Points int    `json:"points"`
}

// journal keeps the finished points of a sweep, a line of JSON each. A line is
// written at once, when its point is finished, and is on its way to the disk
// from then on; a process that is killed leaves at most one line that is cut,
// which is cut off when the journal is opened again.
type journal struct {
	mu    sync.Mutex
	f     *os.File
	dirty chan struct{}
	done  chan struct{}
	bad   error // of a write or a sync
}

// ErrJournal is that a journal cannot be gone on with.
var ErrJournal = errors.New("capacity: the journal cannot be used")

// openJournal opens or begins the journal of a study and returns the points
// that it holds.
func openJournal(name string, head journalHead) (*journal, []Point, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrJournal, err)
	}
	points, err := recoverJournal(f, head)
	if err != nil {
		_ = f.Close() // the first error counts
		return nil, nil, fmt.Errorf("%w: %s: %w", ErrJournal, name, err)
	}
	j := &journal{f: f, dirty: make(chan struct{}, 1), done: make(chan struct{})}
	go j.keepSynced()
	return j, points, nil
}

func recoverJournal(f *os.File, head journalHead) ([]Point, error) {
	data, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	whole := bytes.LastIndexByte(data, '\n') + 1
	if err := f.Truncate(int64(whole)); err != nil {
		return nil, err
	}
	if _, err := f.Seek(int64(whole), io.SeekStart); err != nil {
		return nil, err
	}
	lines := bytes.Split(data[:whole], []byte("\n"))
	if whole == 0 {
		line, err := json.Marshal(head)
		if err != nil {
			return nil, err
		}
		_, err = f.Write(append(line, '\n'))
		return nil, errors.Join(err, f.Sync())
	}
	var was journalHead
	switch err := json.Unmarshal(lines[0], &was); {
	case err != nil || was.Schema != journalSchema:
		return nil, errors.New("it is no journal of a sweep; give another name")
	case was != head:
		return nil, errors.New("it is of another study: the scenario, its overrides, the metrics, the seed or the engine differ; give another name, or remove it")
	}
	var out []Point
	seen := map[int]bool{}
	for n, line := range lines[1 : len(lines)-1] {
		var p Point
		if err := json.Unmarshal(line, &p); err != nil || p.Index < 0 || p.Index >= head.Points {
			return nil, fmt.Errorf("line %d is no point of the study; remove that line to have it done again", n+2)
		}
		if !seen[p.Index] {
			seen[p.Index] = true
			out = append(out, p)
		}
	}
	return out, nil
}

// keepSynced asks for the disk whenever something was written since it last did.
func (j *journal) keepSynced() {
	defer close(j.done)
	for range j.dirty {
		if err := j.f.Sync(); err != nil {
			j.mu.Lock()
			j.bad = errors.Join(j.bad, err)
			j.mu.Unlock()
		}
	}
}

// add writes a point.
func (j *journal) add(p *Point) error {
	line, err := json.Marshal(p)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, err := j.f.Write(append(line, '\n')); err != nil {
		j.bad = errors.Join(j.bad, err)
	}
	select {
	case j.dirty <- struct{}{}:
	default:
	}
	return j.bad
}

// close waits for the disk.
func (j *journal) close() error {
	close(j.dirty)
	<-j.done
	return errors.Join(j.bad, j.f.Sync(), j.f.Close())
}
