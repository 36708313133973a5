package foreign

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
	"github.com/headroom/headroom/scenarios/holes"
)

// harEntry is one exchange of a recording ([Odva12]), as far as it is used.
type harEntry struct {
	Started string  `json:"startedDateTime"`
	Time    float64 `json:"time"` // (ms)
	Request struct {
		Method  string    `json:"method"`
		URL     string    `json:"url"`
		Headers []harPair `json:"headers"`
		Post    *struct {
			MimeType string    `json:"mimeType"`
			Text     string    `json:"text"`
			Params   []harPair `json:"params"`
		} `json:"postData"`
	} `json:"request"`
	Response struct {
		Status  int       `json:"status"`
		Headers []harPair `json:"headers"`
	} `json:"response"`
	Timings struct {
		Wait float64 `json:"wait"` // (ms); -1 = not known
	} `json:"timings"`
	ResourceType string `json:"_resourceType"`

	line     int
	from, to float64 // since the first (s)
}

type harPair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// readHAR makes a session of a recording: its requests in their order, with the
// pauses between them.
func readHAR(d *draft, src []byte) *asks {
	entries := harEntries(d.report, src)
	if len(d.mistakes) > 0 {
		return nil
	}
	kept := entries[:0]
	var all []ask
	for _, e := range entries {
		if one, ok := e.ask(d.report); ok {
			kept, all = append(kept, e), append(all, one)
		}
	}
	if len(all) == 0 {
		d.fail(0, "no requests that can be sent")
		return nil
	}
	a := newAsks(d, busiest(d.report, all))
	var stays []stay
	for i, one := range all {
		if one.origin != a.base {
			continue
		}
		if id, ok := a.add(one); ok {
			stays = append(stays, stay{id, kept[i].from, kept[i].to})
		}
		a.cookies = a.cookies || kept[i].has("cookie") || kept[i].sets()
		a.compress = a.compress || strings.Contains(kept[i].header("accept-encoding"), "gzip")
	}
	if a.cookies {
		d.note(0, "", "cookies of the recording", "none is copied: a session gets its own and sends them back (cookies: true); what needs a login wants one in the session")
	}
	a.serviceTimes()
	a.harWorkload(stays)
	return a
}

// stay is a request and when it was under way (s).
type stay struct {
	op       scenarios.OpID
	from, to float64
}

// maxSession is how many requests one session has; more are a mix.
const maxSession = 500

// harWorkload makes a session of requests; of very many, a mix by their counts.
func (a *asks) harWorkload(stays []stay) {
	span := 0.0
	for _, s := range stays {
		span = max(span, s.to)
	}
	if len(stays) > maxSession {
		rate := max(float64(int64(float64(len(stays))/max(span, 1)*100)), 1) / 100
		a.workload("visitors", scenarios.Workload{
			Arrivals: &scenarios.Arrivals{Kind: scenarios.Poisson, Rate: rate, Gap: dist.Exponential(1 / rate)},
			Mix:      a.mix(func(ask) bool { return true }),
		})
		a.note(0, "", fmt.Sprintf("the order of %d requests", len(stays)), "they are a mix by their counts, at the rate of the recording")
		return
	}
	var steps []scenarios.Step
	end := 0.0
	for i := 0; i < len(stays); {
		if gap := stays[i].from - end; i > 0 && gap >= 0.01 {
			steps = append(steps, scenarios.Wait{Time: dist.Const(round(gap))})
		}
		group := [][]scenarios.Step{{scenarios.Call{Op: stays[i].op}}}
		end = stays[i].to
		for i++; i < len(stays) && stays[i].from < end; i++ { // under way together
			group = append(group, []scenarios.Step{scenarios.Call{Op: stays[i].op}})
			end = max(end, stays[i].to)
		}
		if len(group) == 1 {
			steps = append(steps, group[0]...)
			continue
		}
		steps = append(steps, scenarios.Parallel{Branches: group, Need: len(group)})
	}
	a.workload("visitors", scenarios.Workload{Users: 1, Think: dist.Const(1), Steps: steps})
	a.note(0, "", "how many visitors there are, is not in the file", "one, again a second after each session: set workloads.visitors.users")
}

// harEntries reads the entries in order of time.
func harEntries(r *report, src []byte) []*harEntry {
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	in := &harReader{Decoder: json.NewDecoder(bytes.NewReader(src)), src: src, line: 1}
	if err := in.read(); err != nil {
		in.at(in.InputOffset())
		r.fail(in.line, "not a HAR file: %v", err)
		return nil
	}
	var out []*harEntry
	var first time.Time
	for _, e := range in.entries {
		at, err := time.Parse(time.RFC3339Nano, e.Started)
		if err != nil {
			r.fail(e.line, "startedDateTime %q is not a time", shorten(e.Started))
			continue
		}
		if first.IsZero() || at.Before(first) {
			first = at
		}
	}
	for _, e := range in.entries {
		at, err := time.Parse(time.RFC3339Nano, e.Started)
		if err != nil {
			continue
		}
		e.from = min(at.Sub(first).Seconds(), 1e9)
		e.to = e.from + min(max(e.Time, 0)/1000, 1e6)
		out = append(out, e)
	}
	slices.SortStableFunc(out, func(a, b *harEntry) int { return cmp.Compare(a.from, b.from) })
	return out
}

// harReader finds the entries of a recording, and the line of each.
type harReader struct {
	*json.Decoder
	src     []byte
	offset  int64
	line    int
	entries []*harEntry
}

// at moves the line on to an offset.
func (h *harReader) at(offset int64) {
	offset = min(max(offset, h.offset), int64(len(h.src)))
	h.line += bytes.Count(h.src[h.offset:offset], []byte("\n"))
	h.offset = offset
}

func (h *harReader) read() error {
	found := false
	err := h.object(func(key string) error {
		if key != "log" {
			return h.skip()
		}
		return h.object(func(key string) error {
			if key != "entries" {
				return h.skip()
			}
			found = true
			return h.list()
		})
	})
	if err == nil && !found {
		err = errors.New("no log.entries")
	}
	return err
}

// object calls f for each key of an object; f reads the value.
func (h *harReader) object(f func(key string) error) error {
	if t, err := h.Token(); err != nil || t != json.Delim('{') {
		return wrong(err, "an object")
	}
	for h.More() {
		t, err := h.Token()
		if err != nil {
			return err
		}
		key, _ := t.(string)
		if err := f(key); err != nil {
			return err
		}
	}
	_, err := h.Token()
	return err
}

func (h *harReader) skip() error {
	var any json.RawMessage
	return h.Decode(&any)
}

func (h *harReader) list() error {
	if t, err := h.Token(); err != nil || t != json.Delim('[') {
		return wrong(err, "a list of entries")
	}
	for h.More() {
		start := h.InputOffset()
		for start < int64(len(h.src)) && strings.IndexByte(" \t\r\n,", h.src[start]) >= 0 {
			start++
		}
		h.at(start)
		e := &harEntry{line: h.line}
		if err := h.Decode(e); err != nil {
			return err
		}
		h.entries = append(h.entries, e)
	}
	_, err := h.Token()
	return err
}

func wrong(err error, want string) error {
	if err != nil {
		return err
	}
	return fmt.Errorf("want %s", want)
}

func (e *harEntry) header(name string) string {
	for _, h := range e.Request.Headers {
		if strings.EqualFold(h.Name, name) {
			return h.Value
		}
	}
	return ""
}

func (e *harEntry) has(name string) bool { return e.header(name) != "" }

// sets reports whether the answer set a cookie.
func (e *harEntry) sets() bool {
	return slices.ContainsFunc(e.Response.Headers, func(h harPair) bool { return strings.EqualFold(h.Name, "set-cookie") })
}

// ask is the request of an entry.
func (e *harEntry) ask(r *report) (ask, bool) {
	where := e.Request.Method + " " + shorten(e.Request.URL)
	origin, path, ok := splitURL(e.Request.URL)
	switch {
	case strings.HasPrefix(e.Request.URL, "ws"), e.Response.Status == 101, e.ResourceType == "websocket":
		r.note(e.line, where, "a WebSocket", "left out")
		return ask{}, false
	case !ok:
		if !strings.HasPrefix(e.Request.URL, "data:") && !strings.HasPrefix(e.Request.URL, "blob:") {
			r.note(e.line, where, "an address that is not one of HTTP", "left out")
		}
		return ask{}, false
	case e.Response.Status <= 0:
		r.note(e.line, where, "a request without an answer", "left out")
		return ask{}, false
	}
	out := ask{line: e.line, method: strings.ToUpper(e.Request.Method), origin: origin, path: holes.Quote(path), took: max(e.Timings.Wait, 0) / 1000}
	if out.took == 0 {
		out.took = max(e.Time, 0) / 1000
	}
	out.took = min(out.took, 3600)
	if s := e.Response.Status; s != 304 && (s < 200 || s > 299) && s >= 100 && s <= 599 {
		out.status = s
		if s >= 400 {
			r.note(e.line, where, fmt.Sprintf("an answer of status %d", s), "the same is expected again")
		}
	}
	for _, h := range e.Request.Headers {
		if carried(h.Name) && validHeader(h.Name, h.Value) {
			out.headers = append(out.headers, scenarios.Pair{Name: h.Name, Value: holes.Quote(h.Value)})
		}
	}
	if e.Request.Post != nil {
		e.post(r, where, &out)
	}
	return out, true
}

// post adds the body.
func (e *harEntry) post(r *report, where string, out *ask) {
	p := e.Request.Post
	out.body = holes.Quote(p.Text)
	if strings.HasPrefix(p.MimeType, "multipart/") && p.Text == "" {
		r.note(e.line, where, "a form with files", "sent without its body; put it into a file and write body: {file: …}")
	} else if p.Text == "" && len(p.Params) > 0 {
		var fields []string
		for _, one := range p.Params {
			fields = append(fields, encoded(one.Name)+"="+encoded(one.Value))
		}
		out.body = strings.Join(fields, "&")
	}
	if p.MimeType != "" && headerOf(out.headers, "Content-Type") == "" && validHeader("x", p.MimeType) {
		out.headers = append(out.headers, scenarios.Pair{Name: "Content-Type", Value: holes.Quote(p.MimeType)})
	}
}
