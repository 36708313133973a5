package emulate

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
)

// ServeHTTP answers requests for operations, from within the system and from
// outside. A request from outside begins when it comes, as at any server; one
// from within when its message is due.
func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sys := s.system
	at := sys.clock.Now()
	op, known := s.paths[r.URL.EscapedPath()]
	if !known {
		s.other(w, r)
		return
	}
	due, inside := parseInstant(r.Header.Get(HeaderDue))
	if !sys.work.admit(inside) {
		answer(w, at, closing)
		return
	}
	defer sys.work.end()

	v := newVisit(s, op)
	defer v.drop()
	s.read(v, r.Header)
	if inside || r.Header.Get(HeaderCancel) == "1" {
		// Who closes the connection takes the request back.
		unlink := context.AfterFunc(r.Context(), func() { v.cancel(cause{givenUp, sys.clock.Now()}) })
		defer unlink()
	}
	if inside {
		at = due
		if f := sys.message(v.ctx, at); f != none {
			answer(w, at, f)
			return
		}
	}
	end, f := v.serve(at)
	answer(w, end, f)
	if !inside {
		sys.lag.answer(sys.clock.Now()-end, end-at)
	}
}

// read takes from the header of a request what it says beside the operation.
func (s *service) read(v *visit, h http.Header) {
	v.attempt = h.Get(HeaderAttempt)
	v.above = s.system.holding.waiter(h.Get(HeaderFrame))
	if n, ok := parseCount(h.Get(HeaderBatch)); ok {
		v.batch = n
	}
	if n, ok := parseCount(h.Get(HeaderPriority)); ok {
		v.rank = n
	}
	if n, ok := parseCount(h.Get(HeaderReplica)); ok {
		v.replica = s.replicas[n%len(s.replicas)]
	}
}

// parseCount reads a whole number from 0 up.
func parseCount(text string) (n int, ok bool) {
	if text == "" {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 0
}

// answer writes what became of a request, in as few bytes as will do.
func answer(w http.ResponseWriter, end float64, why fault) {
	h := w.Header()
	h["Date"] = nil // to format it costs more than it tells
	h["Content-Type"] = []string{"text/plain"}
	h[HeaderDone] = []string{formatInstant(end)}
	if why == rejected {
		h[HeaderRejected] = []string{"1"}
	}
	if why != none {
		h[HeaderFault] = []string{why.String()}
	}
	body := why.String() + "\n"
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(why.status())
	// A client that has gone away is not a fault of the system.
	_, _ = io.WriteString(w, body)
	// The answer goes out before the request counts as ended: a system that is
	// closed then cuts the connection.
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
}

// status is what a service says about itself.
type status struct {
	Service    string   `json:"service"`
	Replicas   int      `json:"replicas"`
	Cores      int      `json:"cores"`   // of one replica
	Present    int      `json:"present"` // requests waiting and in progress
	Operations []string `json:"operations"`
}

// other answers what is not an operation: the state of the service at / and
// /healthz, and where to go elsewhere.
func (s *service) other(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	present := s.meter.present.level
	s.mu.Unlock()
	st := status{Service: s.model.Name, Replicas: s.model.Replicas, Cores: s.model.Cores, Present: present}
	for path := range s.paths {
		st.Operations = append(st.Operations, path)
	}
	slices.Sort(st.Operations)
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Path != "/" && r.URL.Path != "/healthz" {
		w.WriteHeader(http.StatusNotFound)
	}
	_ = json.NewEncoder(w).Encode(st)
}
