package emulate

import (
	"context"
	"io"
	"math"
	"net/http"
	"strconv"

	"github.com/headroom/headroom/scenarios"
)

// order is what one service asks of another.
type order struct {
	op      scenarios.OpID
	at      float64 // instant at which it is sent
	local   bool    // does not cross the network
	batch   int     // messages handed over, 0 for a call
	replica int     // that is to do it, where batch is not 0
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

// call asks for an operation over HTTP and returns the instant at which its
// answer is there by the model, not before that has come.
func (s *System) call(ctx context.Context, client *http.Transport, o order) (float64, fault) {
	due := o.at
	if !o.local {
		due += s.latency()
	}
	done, f := s.post(ctx, client, o, due)
	if f == broken || f == closing {
		return max(due, s.clock.Now()), f
	}
	if !o.local {
		done += s.latency()
	}
	if cut := s.message(ctx, done); cut != none {
		return done, cut
	}
	return done, f
}

// post sends the request that is due at the callee at an instant, and returns
// the instant at which the callee had done with it.
func (s *System) post(ctx context.Context, client *http.Transport, o order, due float64) (float64, fault) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.urls[o.op], nil)
	if err != nil {
		return 0, broken
	}
	req.Header[HeaderDue] = []string{formatInstant(due)}
	if o.batch > 0 {
		req.Header[HeaderBatch] = []string{strconv.Itoa(o.batch)}
		req.Header[HeaderReplica] = []string{strconv.Itoa(o.replica)}
	}
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

// unreached tells a system that is being closed from a service out of reach.
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
