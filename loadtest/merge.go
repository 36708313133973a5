package loadtest

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"github.com/headroom/headroom/loadtest/watch"
	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// monitorsEach is how far the numbers of the monitors of merged files are kept apart.
const monitorsEach = 64

const mostMerged = 64

// MergeHits makes one file of hits of several, as of generators that shared a
// load: each hit keeps its times from the start of the measured time of its own
// file, workloads and operations of one name are one, and rates add up. The
// files must be of the same scenario, warm-up and duration. The seed of the
// first stands for all; where one was interrupted or killed, all count as far
// as it came.
func MergeHits(out string, in ...string) (err error) {
	if len(in) < 2 {
		return errors.New("loadtest: want two files of hits or more to merge")
	}
	if len(in) > mostMerged {
		return fmt.Errorf("loadtest: %d files of hits to merge; at most %d", len(in), mostMerged)
	}
	m := &merger{}
	defer func() { err = errors.Join(err, m.close()) }()
	for _, path := range in {
		if sameFile(path, out) {
			return fmt.Errorf("loadtest: %s is to be read and written at once", path)
		}
		if err := m.open(path); err != nil {
			return err
		}
	}
	return m.write(out)
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	y, err2 := os.Stat(b)
	return err == nil && err2 == nil && os.SameFile(x, y)
}

// merger merges files of hits by when hits ended.
type merger struct {
	head Head
	in   []*merged
	out  *bufio.Writer
}

// merged is one file on its way into another.
type merged struct {
	*HitReader
	path       string
	next       Hit
	over       bool
	workloads  []int // its numbers, in the merged file
	operations []int
}

func (m *merger) close() error {
	var errs []error
	for _, f := range m.in {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// open opens a file and makes room for its names in the common head.
func (m *merger) open(path string) error {
	reader, err := OpenHits(path)
	if err != nil {
		return err
	}
	f := &merged{HitReader: reader, path: path}
	h := reader.Head
	m.in = append(m.in, f)
	if len(m.in) == 1 {
		m.head = h
		m.head.Workloads, m.head.Operations, m.head.Direct, m.head.Connections = nil, nil, nil, 0
	}
	if h.Scenario.SHA256 != m.head.Scenario.SHA256 || h.Warmup != m.head.Warmup || h.Duration != m.head.Duration {
		return fmt.Errorf("loadtest: %s is of scenario %s (%.8s), %v s after %v s; %s of %s (%.8s), %v s after %v s: they do not add up",
			path, h.Scenario.Name, h.Scenario.SHA256, h.Duration, h.Warmup,
			m.in[0].path, m.head.Scenario.Name, m.head.Scenario.SHA256, m.head.Duration, m.head.Warmup)
	}
	for _, name := range h.Workloads {
		f.workloads = append(f.workloads, place(&m.head.Workloads, name))
	}
	for i, name := range h.Operations {
		at := place(&m.head.Operations, name)
		f.operations = append(f.operations, at)
		if at == len(m.head.Direct) {
			m.head.Direct = append(m.head.Direct, h.Direct[i])
		} else {
			m.head.Direct[at] = m.head.Direct[at] && h.Direct[i]
		}
	}
	m.head.Connections = min(m.head.Connections+h.Connections, math.MaxInt32)
	if len(m.head.Workloads) > math.MaxUint16 {
		return fmt.Errorf("loadtest: more than %d workloads", math.MaxUint16)
	}
	return nil
}

// place is where a name is in a list, which it is added to if it is not there.
func place(names *[]string, name string) int {
	at := slices.Index(*names, name)
	if at < 0 {
		at = len(*names)
		*names = append(*names, name)
	}
	return at
}

func (m *merger) write(path string) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("loadtest: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	m.out = bufio.NewWriterSize(file, 1<<16)
	text, err := json.Marshal(&m.head)
	if err != nil {
		return err
	}
	_, _ = m.out.WriteString(magic) // its errors are kept, and told by Flush
	_, _ = m.out.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(text))))
	_, _ = m.out.Write(text)
	for i, f := range m.in {
		f.Note = func(text []byte) error { return m.note(i, text) }
		if err := f.advance(); err != nil {
			return err
		}
	}
	if err := m.hits(); err != nil {
		return err
	}
	if end := m.end(); end != nil {
		if err := m.mark(endMark, end); err != nil {
			return err
		}
	}
	return m.out.Flush()
}

func (f *merged) advance() error {
	h, err := f.Next()
	if errors.Is(err, io.EOF) {
		f.over = true
		return nil
	}
	f.next = h
	return err
}

// hits writes all hits in the order in which they ended.
func (m *merger) hits() error {
	var b []byte
	for {
		var first *merged
		for _, f := range m.in {
			if !f.over && (first == nil || f.next.Done < first.next.Done) {
				first = f
			}
		}
		if first == nil {
			return nil
		}
		h := first.next
		h.Workload = first.workloads[h.Workload]
		if h.Op != Session {
			h.Op = scenarios.OpID(first.operations[h.Op])
		}
		b = h.append(b[:0])
		_, _ = m.out.Write(b)
		if err := first.advance(); err != nil {
			return err
		}
	}
}

// note writes a note under a number that no other file has.
func (m *merger) note(file int, text []byte) error {
	var n watch.Note
	if err := json.Unmarshal(text, &n); err != nil {
		return err
	}
	if n.Monitor < 0 || n.Monitor >= monitorsEach {
		return fmt.Errorf("monitor %d; want fewer than %d to merge", n.Monitor, monitorsEach)
	}
	n.Monitor += file * monitorsEach
	return m.mark(noteMark, &n)
}

func (m *merger) mark(outcome Outcome, what any) error {
	text, err := json.Marshal(what)
	if err != nil {
		return err
	}
	_, _ = m.out.Write((&Hit{Bytes: int64(len(text)), Outcome: outcome}).append(nil))
	_, _ = m.out.Write(text)
	return nil
}

// end is what there is to say at the end; nil where a run was killed, as it is
// of a file of such a run.
func (m *merger) end() *End {
	out := &End{Duration: m.head.Duration}
	for _, f := range m.in {
		end := f.End()
		if end == nil {
			return nil
		}
		out.Duration = min(out.Duration, end.Duration)
		out.Interrupted = out.Interrupted || end.Interrupted
		out.InFlight += end.InFlight
		for _, c := range end.Caveats {
			if !slices.Contains(out.Caveats, c) {
				out.Caveats = append(out.Caveats, c)
			}
		}
		for part, file := range end.Profiles {
			if out.Profiles == nil {
				out.Profiles = map[string]string{}
			}
			out.Profiles[part] = file
		}
	}
	out.Caveats = append(out.Caveats, measure.Caveat{
		What:   fmt.Sprintf("loadtest: the hits of %d files were merged", len(m.in)),
		Effect: "their clocks are taken to agree on when the measured time began; requests in flight are the sum of what each had at most",
	})
	return out
}
