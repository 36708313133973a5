package emulate

import (
	"context"
	"io"
	"math"
	"net/http"
	"strconv"

	"github.com/headroom/headroom/scenarios"
)

// order is what one service asks of another, once.
type order struct {
	op      scenarios.OpID
	from    *service // nil: a topic
	at      float64  // instant at which it is sent
	batch   int      // messages handed over, 0 for a call
	replica int      // that is to do it, or anyReplica
	rank    int      // how urgent it is
	attempt string   // that it is a copy of; empty where there is one copy
	frame   string   // that waits for it, where it matters
	silent  bool     // nothing is heard of it when a message is lost
}

// anyReplica leaves the choice of a replica to the service that is called.
const anyReplica = -1

// heard is what a caller hears: when the answer is there by the model, which
// may be later than it is.
type heard struct {
	at    float64
	fault fault
}

// newClient makes the client of one service. A connection serves one request
// at a time and there are as many as there are requests in progress, so none
// waits for one: the emulated system has no connection pools of its own.
func newClient() *http.Transport {
	return &http.Transport{
		MaxIdleConns:        0, // no bound
		MaxIdleConnsPerHost: math.MaxInt32,
		DisableCompression:  true,
		Proxy:               nil, // never leave the machine because of the environment
		WriteBufferSize:     1 << 10,
		ReadBufferSize:      1 << 10,
	}
}

// send asks for an operation over HTTP and returns what the caller hears, as
// soon as the answer has come; false when it hears nothing, as a message was
// lost. The request is taken back when ctx ends.
func (s *System) send(ctx context.Context, client *http.Transport, o order) (heard, bool) {
	due := o.at
	if o.from != nil {
		due += s.latency()
	}
	if s.loses(o.from, o.op) {
		return heard{due, lost}, !o.silent
	}
	done, f := s.post(ctx, client, o, due)
	if f == broken || f == closing {
		return heard{max(due, s.clock.Now()), f}, true
	}
	if o.from != nil {
		done += s.latency()
	}
	if s.loses(o.from, o.op) {
		return heard{done, lost}, !o.silent
	}
	return heard{done, f}, true
}

// post sends the request that is due at the callee at an instant, and returns
// the instant at which the callee had done with it.
func (s *System) post(ctx context.Context, client *http.Transport, o order, due float64) (float64, fault) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.urls[o.op], nil)
	if err != nil {
		return 0, broken
	}
	o.head(req.Header, due)
	res, err := client.RoundTrip(req)
	if err != nil {
		return 0, s.unreached(ctx)
	}
	_, err = io.Copy(io.Discard, res.Body)
	if closed := res.Body.Close(); err != nil || closed != nil {
		return 0, s.unreached(ctx)
	}
	done, ok := parseInstant(res.Header.Get(HeaderDone))
	if !ok {
		return 0, broken // an answer that no service of ours gives
	}
	return done, faultOf(res)
}

// head writes the headers of the request of an order.
func (o *order) head(h http.Header, due float64) {
	h[HeaderDue] = []string{formatInstant(due)}
	if o.batch > 0 {
		h[HeaderBatch] = []string{strconv.Itoa(o.batch)}
	}
	if o.replica != anyReplica {
		h[HeaderReplica] = []string{strconv.Itoa(o.replica)}
	}
	if o.rank > 0 {
		h[HeaderPriority] = []string{strconv.Itoa(o.rank)}
	}
	if o.attempt != "" {
		h[HeaderAttempt] = []string{o.attempt}
	}
	if o.frame != "" {
		h[HeaderFrame] = []string{o.frame}
	}
}

// unreached tells a request that was taken back, or a system that is being
// closed, from a service out of reach.
func (s *System) unreached(ctx context.Context) fault {
	if ctx.Err() != nil {
		return closing
	}
	s.lag.lost.Add(1)
	return broken
}

// formatInstant writes an instant (s) in whole nanoseconds.
func formatInstant(at float64) string {
	return strconv.FormatInt(int64(math.Round(at*1e9)), 10)
}

// parseInstant reads what formatInstant writes.
func parseInstant(text string) (at float64, ok bool) {
	ns, err := strconv.ParseInt(text, 10, 64)
	return float64(ns) / 1e9, err == nil && ns >= 0
}
