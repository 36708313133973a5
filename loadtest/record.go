package loadtest

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/headroom/headroom/internal/recovery"
	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// Head is what a file of hits says of the run at its start. The file is
//
//	magic   "headroom-hits/1\n"
//	head    uint32 length (little-endian), then so many bytes of JSON: a Head
//	hits    records of 40 bytes, in the order in which they ended (see [Hit]),
//	        and among them, where the target was watched, notes: a record whose
//	        outcome is 254 and whose bytes field is a length, then so many bytes
//	        of JSON: a [watch.Note]
//	end     only where the run was not killed: a record whose outcome is 255
//	        and whose bytes field is a length, then so many bytes of JSON: an [End]
type Head struct {
	Scenario    measure.Scenario `json:"scenario"`
	Seed        uint64           `json:"seed"`
	Started     time.Time        `json:"started"`
	Warmup      float64          `json:"warmup"`      // (s)
	Duration    float64          `json:"duration"`    // as planned (s)
	Timeout     float64          `json:"timeout"`     // of one request (s)
	Connections int              `json:"connections"` // most requests of open workloads in flight at once
	Target      string           `json:"target"`
	Engine      Engine           `json:"engine,omitempty"`
	Host        *measure.Host    `json:"host,omitempty"`
	Workloads   []string         `json:"workloads"`
	Operations  []string         `json:"operations"`
	// Direct says of each operation that only workloads ask for it, and no
	// operation, so that the hits are all there is to know about it.
	Direct []bool `json:"direct"`
	// Test is how the load changed, nil when it did not, and Disturbances what
	// the workloads had to recover from.
	Test         *scenarios.Test        `json:"test,omitempty"`
	Disturbances []recovery.Disturbance `json:"disturbances,omitempty"`
}

// End is what a file of hits says of the run at its end.
type End struct {
	Duration    float64          `json:"duration"` // measured time: as planned, or up to the interruption (s)
	Interrupted bool             `json:"interrupted"`
	Aborted     string           `json:"aborted,omitempty"` // the condition or cap that interrupted it
	InFlight    int              `json:"in_flight"`         // most requests of open workloads in flight at once
	Caveats     []measure.Caveat `json:"caveats,omitempty"`
	// Pressure is how busy the machine was in the measured time, nil where the system does not tell.
	Pressure *measure.Pressure `json:"pressure,omitempty"`
	// Profiles are the files of CPU profiles, by the part of the target they are of.
	Profiles map[string]string `json:"profiles,omitempty"`
}

const magic = "headroom-hits/1\n"

// recorder writes hits to a file as they end. Whoever ends a hit only adds it
// to a buffer; a goroutine of its own takes the buffer to the disk four times
// a second, so that a killed run loses a quarter of a second, and that a slow
// disk holds up the load only when it is far behind: by then the choice is
// between late requests, which the result tells of, and no memory.
type recorder struct {
	file *os.File

	mu     sync.Mutex
	room   *sync.Cond // the buffer was taken to the disk
	buffer []byte
	err    error // the first error of writing

	spare  []byte
	much   chan struct{} // the buffer is large
	stop   chan struct{}
	ended  chan struct{}
	failed chan struct{} // closed at the first error
}

const flushInterval = 250 * time.Millisecond

// newRecorder begins the file at path, or a temporary one where path is empty.
func newRecorder(path string, head *Head) (*recorder, error) {
	file, err := createHits(path)
	if err != nil {
		return nil, fmt.Errorf("loadtest: no file for the hits: %w", err)
	}
	r := &recorder{file: file, much: make(chan struct{}, 1), stop: make(chan struct{}), ended: make(chan struct{}), failed: make(chan struct{})}
	r.room = sync.NewCond(&r.mu)
	text, err := json.Marshal(head)
	if err == nil {
		r.buffer = append(r.buffer, magic...)
		r.buffer = binary.LittleEndian.AppendUint32(r.buffer, uint32(len(text)))
		r.buffer = append(r.buffer, text...)
		r.flush()
		err = r.err
	}
	if err != nil {
		_ = file.Close() // the first error says more
		return nil, fmt.Errorf("loadtest: hits file %s: %w", file.Name(), err)
	}
	go r.keepFlushing()
	return r, nil
}

func createHits(path string) (*os.File, error) {
	if path == "" {
		return os.CreateTemp("", "headroom-hits-*")
	}
	return os.Create(path)
}

func (r *recorder) add(h *Hit) {
	r.mu.Lock()
	for len(r.buffer) >= tooMuch {
		r.room.Wait()
	}
	r.buffer = h.append(r.buffer)
	much := len(r.buffer) >= muchToFlush
	r.mu.Unlock()
	if much {
		select {
		case r.much <- struct{}{}:
		default: // the one before has not been heeded yet
		}
	}
}

// muchToFlush is a buffer that is written before its time is there (B): as many
// whole hits as a megabyte holds.
const muchToFlush = 1 << 20 / recordSize * recordSize

// tooMuch is a buffer that takes no more before it is written (B): 300,000 hits.
const tooMuch = 12 << 20

// note writes what a monitor saw.
func (r *recorder) note(text []byte) {
	mark := Hit{Bytes: int64(len(text)), Outcome: noteMark}
	r.mu.Lock()
	r.buffer = append(mark.append(r.buffer), text...)
	r.mu.Unlock()
}

func (r *recorder) keepFlushing() {
	defer close(r.ended)
	tick := time.NewTicker(flushInterval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			r.flush()
		case <-r.much:
			r.flush()
		case <-r.stop:
			return
		}
	}
}

func (r *recorder) flush() {
	r.mu.Lock()
	full := r.buffer
	r.buffer = r.spare[:0]
	broken := r.err != nil
	r.mu.Unlock()
	r.room.Broadcast()
	r.spare = full
	if broken || len(full) == 0 {
		return
	}
	if _, err := r.file.Write(full); err != nil {
		r.mu.Lock()
		r.err = err
		r.mu.Unlock()
		close(r.failed)
	}
}

// finish writes the end of the file and closes it. Nothing may be added any more.
func (r *recorder) finish(end *End) error {
	close(r.stop)
	<-r.ended
	text, err := json.Marshal(end)
	if err == nil {
		mark := (&Hit{Bytes: int64(len(text)), Outcome: endMark}).append(nil)
		r.buffer = append(append(r.buffer, mark...), text...)
		r.flush()
		err = r.err
	}
	if closing := r.file.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return fmt.Errorf("loadtest: hits file %s: %w", r.file.Name(), err)
	}
	return nil
}
