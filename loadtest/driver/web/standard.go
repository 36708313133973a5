package web

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"time"
)

// Options say how an engine connects.
type Options struct {
	Dial        Dial
	TLS         *tls.Config // nil is that of this machine
	Connections int         // kept alive to one host
	// HTTP2 asks for HTTP/2 and nothing else, with TLS and without. Otherwise it
	// is HTTP/1.1, and over TLS what both sides like better.
	HTTP2 bool
}

// Standard makes the engine on net/http: connections are kept alive, as many as
// are in flight, and go through no proxy.
func Standard(o Options) Engine {
	t := &http.Transport{
		DialContext:            o.Dial,
		TLSClientConfig:        o.TLS,
		MaxIdleConns:           0, // no bound of its own: the number in flight bounds it
		MaxIdleConnsPerHost:    o.Connections,
		IdleConnTimeout:        90 * time.Second,
		DisableCompression:     true, // the bytes counted are those that were sent
		MaxResponseHeaderBytes: MaxHeader,
		Protocols:              new(http.Protocols),
	}
	t.Protocols.SetHTTP1(!o.HTTP2)
	t.Protocols.SetHTTP2(true)
	t.Protocols.SetUnencryptedHTTP2(o.HTTP2)
	return standard{t}
}

type standard struct{ transport *http.Transport }

// Close implements [Engine].
func (s standard) Close() { s.transport.CloseIdleConnections() }

// Exchange implements [Engine].
func (s standard) Exchange(ctx context.Context, limit time.Duration, r *Request) (Reply, error) {
	if r.plain == nil { // net/http panics at some of what this refuses
		if err := r.check(); err != nil {
			return Reply{}, err
		}
	}
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	response, err := s.transport.RoundTrip(r.with(ctx))
	if err != nil {
		return Reply{}, err
	}
	out := Reply{Status: response.StatusCode}
	if r.KeepHeader || out.Status == http.StatusServiceUnavailable {
		out.Header = response.Header
	}
	out.Body, out.Bytes, err = drain(response.Body, r.KeepBody)
	_ = response.Body.Close() // what matters of the answer has been read
	return out, err
}

// drain reads a body to its end and keeps its beginning.
func drain(body io.Reader, keep int) (kept []byte, n int64, err error) {
	if keep > 0 {
		kept, err = io.ReadAll(io.LimitReader(body, int64(keep)))
	}
	if err == nil {
		n, err = io.Copy(io.Discard, body)
	}
	return kept, n + int64(len(kept)), err
}

// with returns a request to be sent once. A transport only reads URL and header.
func (r *Request) with(ctx context.Context) *http.Request {
	plain := r.plain
	if plain == nil {
		plain = r.standard()
	}
	out := plain.WithContext(ctx)
	if len(r.Body) > 0 {
		out.Body = io.NopCloser(bytes.NewReader(r.Body))
		out.ContentLength = int64(len(r.Body))
		out.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(r.Body)), nil }
	}
	return out
}

// standard is the request as net/http has it, without a context and a body.
func (r *Request) standard() *http.Request {
	out := &http.Request{
		Method: r.method(), URL: r.URL, Host: r.host(), Header: r.Header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
	if out.Header == nil {
		out.Header = http.Header{}
	}
	return out
}
