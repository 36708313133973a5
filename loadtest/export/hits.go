// Package export hands what a load test has measured to other tools: a file of
// hits as CSV, JSON lines, vegeta's gob or a percentile distribution of
// HdrHistogram, and the figures of a load that is under way as OpenMetrics, by
// remote write or as OTLP.
//
// It never drives a load, and sends nothing to a host that its caller did not name.
package export

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/headroom/headroom/loadtest"
)

// Selection says which hits of a file are meant; its zero is all of them.
type Selection struct {
	Workload string // one workload; empty: all
	Service  bool   // of times, that from when a request was sent in place of when it was due
}

// Formats are the forms that a file of hits can be turned into.
func Formats() []string { return []string{"csv", "jsonl", "vegeta", "hgrm"} }

// Hits writes a file of hits in another form. Of a run that was killed these
// are the hits that were saved.
//
//   - csv and jsonl hold every hit, those of the warm-up and parts of sessions
//     included, with times in seconds from the start of the measured time.
//   - vegeta holds gob-encoded results as vegeta's own commands read them: no
//     parts of sessions; the latency is the response time, from the due time,
//     which is its time stamp. The wall clock of the start is known to some
//     milliseconds.
//   - hgrm is the percentile distribution (ms) of the response times of the
//     requests due in the measured time and answered well, within 0.1 % or 1 µs,
//     as wrk2 and the plotter of HdrHistogram have it.
func Hits(w io.Writer, path, format string, s Selection) error {
	if !slices.Contains(Formats(), format) {
		return fmt.Errorf("export: no format %q; want one of %s", format, strings.Join(Formats(), ", "))
	}
	in, err := loadtest.OpenHits(path)
	if err != nil {
		return err
	}
	if s.Workload != "" && !slices.Contains(in.Head.Workloads, s.Workload) {
		err = fmt.Errorf("export: %s has no workload %q; it has %s", path, s.Workload, strings.Join(in.Head.Workloads, ", "))
		return errors.Join(err, in.Close())
	}
	out := bufio.NewWriterSize(w, 1<<16)
	err = convert(out, in, format, s)
	return errors.Join(err, out.Flush(), in.Close())
}

// writer takes hits one by one, and is told of the end.
type writer interface {
	hit(h *loadtest.Hit) error
	end() error
}

func convert(out io.Writer, in *loadtest.HitReader, format string, s Selection) error {
	to := writerOf(out, &in.Head, format, s)
	for {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return to.end()
		}
		if err != nil {
			return err
		}
		if s.Workload != "" && in.Head.Workloads[h.Workload] != s.Workload {
			continue
		}
		if err := to.hit(&h); err != nil {
			return err
		}
	}
}

func writerOf(out io.Writer, head *loadtest.Head, format string, s Selection) writer {
	switch format {
	case "csv":
		return &csvWriter{out: csv.NewWriter(out), head: head}
	case "jsonl":
		return &lineWriter{out: json.NewEncoder(out), head: head}
	case "vegeta":
		return &vegetaWriter{encode: vegeta.NewEncoder(out), head: head, service: s.Service}
	default:
		return &hgrmWriter{out: out, head: head, service: s.Service, times: hdrhistogram.New(1, time.Hour.Microseconds(), 3)}
	}
}

// line is a hit as a record that people and programs read.
type line struct {
	Due       seconds `json:"due"`
	Sent      seconds `json:"sent"`
	Done      seconds `json:"done"`
	Workload  string  `json:"workload"`
	Operation string  `json:"operation"` // empty for a session or a route
	Part      bool    `json:"part"`      // made by a session or a route on its way
	Outcome   string  `json:"outcome"`
	Status    int     `json:"status"`
	Bytes     int64   `json:"bytes"`
}

// seconds is written to the nanosecond.
type seconds time.Duration

func (s seconds) String() string {
	return strconv.FormatFloat(time.Duration(s).Seconds(), 'f', 9, 64)
}

func (s seconds) MarshalJSON() ([]byte, error) { return []byte(s.String()), nil }

func lineOf(head *loadtest.Head, h *loadtest.Hit) line {
	l := line{
		Due: seconds(h.Due), Sent: seconds(h.Sent), Done: seconds(h.Done), Workload: head.Workloads[h.Workload],
		Part: h.Part, Outcome: h.Outcome.String(), Status: h.Status, Bytes: h.Bytes,
	}
	if h.Op >= 0 {
		l.Operation = head.Operations[h.Op]
	}
	return l
}

type csvWriter struct {
	out   *csv.Writer
	head  *loadtest.Head
	began bool
}

func (c *csvWriter) header() error {
	if c.began {
		return nil
	}
	c.began = true
	return c.out.Write([]string{"due", "sent", "done", "workload", "operation", "part", "outcome", "status", "bytes"})
}

func (c *csvWriter) hit(h *loadtest.Hit) error {
	l := lineOf(c.head, h)
	return errors.Join(c.header(), c.out.Write([]string{
		l.Due.String(), l.Sent.String(), l.Done.String(), l.Workload, l.Operation,
		strconv.FormatBool(l.Part), l.Outcome, strconv.Itoa(l.Status), strconv.FormatInt(l.Bytes, 10),
	}))
}

func (c *csvWriter) end() error {
	err := c.header()
	c.out.Flush()
	return errors.Join(err, c.out.Error())
}

type lineWriter struct {
	out  *json.Encoder
	head *loadtest.Head
}

func (l *lineWriter) hit(h *loadtest.Hit) error { return l.out.Encode(lineOf(l.head, h)) }
func (l *lineWriter) end() error                { return nil }

type vegetaWriter struct {
	encode  vegeta.Encoder
	head    *loadtest.Head
	service bool
	seq     uint64
}

func (v *vegetaWriter) hit(h *loadtest.Hit) error {
	if h.Part || h.Outcome == loadtest.Cut {
		return nil
	}
	l := lineOf(v.head, h)
	from := h.Due
	if v.service {
		from = h.Sent
	}
	zero := v.head.Started.Add(time.Duration(v.head.Warmup * float64(time.Second)))
	r := vegeta.Result{
		Attack: l.Workload, Seq: v.seq, Code: uint16(max(h.Status, 0)), Timestamp: zero.Add(from), Latency: h.Done - from,
		BytesIn: uint64(max(h.Bytes, 0)), URL: l.Operation,
	}
	if h.Outcome != loadtest.Answered {
		r.Error = l.Outcome
	}
	v.seq++
	return v.encode(&r)
}

func (v *vegetaWriter) end() error { return nil }

type hgrmWriter struct {
	out     io.Writer
	head    *loadtest.Head
	service bool
	times   *hdrhistogram.Histogram // (µs)
}

func (g *hgrmWriter) hit(h *loadtest.Hit) error {
	if h.Part || h.Outcome != loadtest.Answered || h.Due < 0 || h.Due.Seconds() >= g.head.Duration {
		return nil
	}
	took := h.Done - h.Due
	if g.service {
		took = h.Done - h.Sent
	}
	return g.times.RecordValue(int64((min(max(took, 0), time.Hour) + time.Microsecond/2) / time.Microsecond))
}

// ticksPerHalf is how many lines there are from one percentile to the one half
// as far from the end: what wrk2 writes.
const ticksPerHalf = 5

func (g *hgrmWriter) end() error {
	_, err := g.times.PercentilesPrint(g.out, ticksPerHalf, 1000) // µs to ms
	return err
}
