package logs

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"
)

// exchange is what is read of one in an HTTP archive ([Odva12]).
type exchange struct {
	Started string  `json:"startedDateTime"`
	Time    float64 `json:"time"` // (ms)
	Request struct {
		Method string `json:"method"`
		URL    string `json:"url"`
	} `json:"request"`
	Response struct {
		Status   int   `json:"status"`
		BodySize int64 `json:"bodySize"`
	} `json:"response"`
}

// isRecording reports whether a file begins as an HTTP archive does.
func isRecording(head []byte) bool {
	t := bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\ufeff")))
	if len(t) == 0 || t[0] != '{' {
		return false
	}
	if len(t) > 400 {
		t = t[:400]
	}
	return bytes.Contains(t, []byte(`"log"`)) && bytes.Contains(t, []byte(`"version"`))
}

// readRecording takes in what a browser recorded: all of it is one client's.
func (r *Reader) readRecording(name string, src *bufio.Reader) error {
	r.format = &Format{Name: "har"}
	d := json.NewDecoder(src)
	wrong := func(err error) error {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = fmt.Errorf("the file ends in the middle")
		}
		return &Error{File: name, Msg: fmt.Sprintf("not an HTTP archive: at byte %d: %v", d.InputOffset(), err)}
	}
	for { // down to log.entries; what stands beside it is skipped as it comes
		t, err := d.Token()
		if err != nil {
			return wrong(err)
		}
		if t == "entries" {
			break
		}
	}
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return wrong(fmt.Errorf("entries is no list"))
	}
	for n := int64(1); d.More(); n++ {
		var x exchange
		if err := d.Decode(&x); err != nil {
			return wrong(err)
		}
		r.lines++
		var e Entry
		if !x.entry(&e) {
			r.refuse(BadLine{name, n, excerpt([]byte(x.Request.Method + " " + x.Request.URL)), "an exchange without a time or an address"})
			continue
		}
		if err := r.take(&e); err != nil {
			return &Error{File: name, Msg: err.Error()}
		}
	}
	if _, err := d.Token(); err != nil {
		return wrong(err)
	}
	return nil
}

func (x *exchange) entry(e *Entry) bool {
	e.clear()
	at, err := time.Parse(time.RFC3339Nano, x.Started)
	if err != nil || at.Unix() <= 0 {
		return false
	}
	u, err := url.Parse(x.Request.URL)
	if err != nil || u.Host == "" {
		return false
	}
	e.At = at.UnixNano()
	_, e.Zone = at.Zone()
	e.Method = []byte(x.Request.Method)
	e.Target = []byte(u.RequestURI())
	e.Client = []byte("recording")
	if x.Response.Status > 0 && x.Response.Status < 1000 {
		e.Status = x.Response.Status
	}
	if x.Time >= 0 && x.Time < maxTook*1e3 {
		e.Took = x.Time / 1e3
	}
	if x.Response.BodySize >= 0 {
		e.Bytes = x.Response.BodySize
	}
	return true
}
