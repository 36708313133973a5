package emulate

import (
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

	v := &visit{service: s, op: op}
	if inside {
		at = due
		if f := sys.message(sys.ctx, at); f != none {
			answer(w, at, f)
			return
		}
		v.batch, v.replica = s.assigned(r)
	}
	end, f := v.serve(sys.ctx, at)
	answer(w, end, f)
	if !inside {
		sys.lag.answer(sys.clock.Now()-end, end-at)
	}
}

// assigned reads how large a batch the request hands over and which of the
// replicas is to take it; none where the request is no batch.
func (s *service) assigned(r *http.Request) (batch int, to *replica) {
	batch, err := strconv.Atoi(r.Header.Get(HeaderBatch))
	if err != nil || batch < 1 {
		return 0, nil
	}
	i, err := strconv.Atoi(r.Header.Get(HeaderReplica))
	if err != nil || i < 0 {
		return batch, nil
	}
	return batch, s.replicas[i%len(s.replicas)]
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
