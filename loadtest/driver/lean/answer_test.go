package lean

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/headroom/headroom/loadtest/driver/web"
)

// said is a connection on which the other side said this and closed it.
type said struct {
	net.Conn
	in io.Reader
}

func (s said) Read(b []byte) (int, error)  { return s.in.Read(b) }
func (s said) SetDeadline(time.Time) error { return nil }
func (s said) Write(b []byte) (int, error) { return len(b), nil }
func (s said) Close() error                { return nil }
func read(text []byte, room int, method string) (web.Reply, error) {
	c := said{in: bytes.NewReader(text)}
	e := exchange{
		client: New(web.Options{}), ctx: context.Background(), until: never,
		request: &web.Request{Method: method, URL: &url.URL{Scheme: "http", Host: "h"}, KeepBody: 1 << 20},
	}
	return e.answer(&conn{Conn: c, bare: c, in: make([]byte, room)})
}

// FuzzAnswer: no bytes whatever make the reader fall over, and what both it and
// net/http take for an answer, both take for the same one, however little fits
// into the buffer.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "HTTP/1.0 404 No\n\ngone", "HTTP/1.1 204 \r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0\r\nX: y\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok", "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the end", "SSH-2.0-x\r\n", "",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", "HTTP/1.1 999 X\r\nContent-Length: -1\r\n\r\n",
	} {
		f.Add([]byte(seed), uint8(16), false)
	}
	f.Fuzz(func(t *testing.T, text []byte, room uint8, head bool) {
		method := http.MethodGet
		if head {
			method = http.MethodHead
		}
		got, err := read(text, 1+int(room), method)
		if got.Bytes > int64(len(text)) || int64(len(got.Body)) != got.Bytes {
			t.Fatalf("%d bytes counted and %d kept of %d", got.Bytes, len(got.Body), len(text))
		}
		if whole, again := read(text, 4096, method); whole.Status != got.Status || !bytes.Equal(whole.Body, got.Body) || (again == nil) != (err == nil) {
			t.Fatalf("%+v, %v with little room; %+v, %v with more", got, err, whole, again)
		}
		in := bufio.NewReader(bytes.NewReader(text))
		r, other := http.ReadResponse(in, &http.Request{Method: method})
		for other == nil && r.StatusCode < 200 && r.StatusCode != 101 {
			r, other = http.ReadResponse(in, &http.Request{Method: method})
		}
		if err != nil || other != nil {
			return
		}
		body, other := io.ReadAll(r.Body)
		if other == nil && r.StatusCode != 101 && (r.StatusCode != got.Status || !bytes.Equal(body, got.Body)) {
			t.Fatalf("status %d and body %q; net/http says %d and %q", got.Status, got.Body, r.StatusCode, body)
		}
	})
}

// BenchmarkAnswer is the cost of reading what nginx says of a small file.
func BenchmarkAnswer(b *testing.B) {
	text := []byte("HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Mon, 30 Nov 2026 21:54:11 GMT\r\nContent-Type: text/plain\r\nContent-Length: 128\r\n" +
		"Last-Modified: Mon, 30 Nov 2026 21:54:09 GMT\r\nConnection: keep-alive\r\nETag: \"6b0df081-80\"\r\nAccept-Ranges: bytes\r\n\r\n" + string(make([]byte, 128)))
	in := bytes.NewReader(text)
	c := said{in: in}
	e := exchange{client: New(web.Options{}), ctx: b.Context(), until: never, request: &web.Request{}}
	k := &conn{Conn: c, bare: c, in: make([]byte, bufferSize)}
	b.ReportAllocs()
	for b.Loop() {
		in.Reset(text)
		if _, err := e.answer(k); err != nil {
			b.Fatal(err)
		}
	}
}
