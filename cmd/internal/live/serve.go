package live

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/headroom/headroom/loadtest"
	"github.com/headroom/headroom/loadtest/export"
	"github.com/headroom/headroom/measure"
)

//go:embed page.html
var page []byte

// Server serves a load while it runs: a page that draws it, what the page asks
// for, and /metrics for Prometheus.
type Server struct {
	title    string
	listener net.Listener
	server   *http.Server
	over     sync.WaitGroup

	mu      sync.Mutex
	newest  *loadtest.Snapshot
	history []moment
}

// mostMoments bounds what a page is told of the past; of a longer run every
// other moment is dropped, as often as it takes.
const mostMoments = 3600

// Serve listens on an address such as :9999. An address without a host is one
// of this machine only.
func Serve(address, title string) (*Server, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("--serve %s: %w; want an address such as :9999", address, err)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	s := &Server{title: title}
	if s.listener, err = (&net.ListenConfig{}).Listen(context.Background(), "tcp", net.JoinHostPort(host, port)); err != nil {
		return nil, fmt.Errorf("--serve %s: %w", address, err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.page)
	mux.HandleFunc("GET /live", s.live)
	mux.HandleFunc("GET /metrics", s.metrics)
	s.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	s.over.Go(func() { _ = s.server.Serve(s.listener) }) // ends by Close
	return s, nil
}

// URL is where the page is.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() + "/" }

// Show takes the newest snapshot.
func (s *Server) Show(n *loadtest.Snapshot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.newest = n
	if last := len(s.history) - 1; last >= 0 && n.Elapsed-s.history[last].At < 0.99*s.step() {
		return
	}
	s.history = append(s.history, momentOf(n))
	if len(s.history) > mostMoments {
		kept := s.history[:0]
		for i := 0; i < len(s.history); i += 2 {
			kept = append(kept, s.history[i])
		}
		s.history = kept
	}
}

// step is the time between two moments that are kept (s). The lock is held.
func (s *Server) step() float64 {
	if len(s.history) < 2 {
		return 1
	}
	return max(1, s.history[1].At-s.history[0].At)
}

// Close ends the server.
func (s *Server) Close() error {
	err := s.server.Close()
	s.over.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// moment is a snapshot as the page wants it; what is not known is null.
type moment struct {
	At        float64         `json:"at"`   // since the start of the load (s)
	Left      float64         `json:"left"` // (s)
	Phase     string          `json:"phase"`
	All       measure.Values  `json:"all"`       // see figures
	Workloads []workloadState `json:"workloads"` // of the newest only
}

type workloadState struct {
	Name     string           `json:"name"`
	Figures  measure.Values   `json:"figures"`
	Failures map[string]int64 `json:"failures,omitempty"`
}

// figures are rate, offered, error share, p50, p90, p99, max, lateness,
// requests in flight, ended and failed, in this order.
func figures(f *loadtest.Fare) measure.Values {
	return measure.Values{f.Rate, f.Offered, f.ErrorShare, f.P50, f.P90, f.P99, f.Max, f.Late, float64(f.InFlight), float64(f.Ended), float64(f.Failed)}
}

func momentOf(s *loadtest.Snapshot) moment {
	return moment{At: s.Elapsed, Left: s.Left, Phase: s.Phase, All: figures(&s.All)}
}

func secure(w http.ResponseWriter) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'")
}

func (s *Server) page(w http.ResponseWriter, _ *http.Request) {
	secure(w)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(page)
}

// live answers with the moments after the one that the page has last, and the
// newest in full.
func (s *Server) live(w http.ResponseWriter, r *http.Request) {
	after, err := strconv.ParseFloat(r.URL.Query().Get("after"), 64)
	if err != nil {
		after = -1
	}
	s.mu.Lock()
	out := struct {
		Title   string   `json:"title"`
		History []moment `json:"history"`
		Now     *moment  `json:"now"`
	}{Title: s.title, History: []moment{}}
	for _, m := range s.history {
		if m.At > after {
			out.History = append(out.History, m)
		}
	}
	if n := s.newest; n != nil {
		m := momentOf(n)
		for i := range n.Workloads {
			f := &n.Workloads[i]
			m.Workloads = append(m.Workloads, workloadState{f.Name, figures(f), f.Failures})
		}
		out.Now = &m
	}
	s.mu.Unlock()
	secure(w)
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(out) // who asked is gone
}

func (s *Server) metrics(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	n := s.newest
	s.mu.Unlock()
	if n == nil {
		n = &loadtest.Snapshot{}
	}
	secure(w)
	w.Header().Set("Content-Type", export.OpenMetricsType)
	_ = export.OpenMetrics(w, n) // who asked is gone
}

// sorted goes through a map in the order of its keys.
func sorted[V any](m map[string]V) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for _, k := range slices.Sorted(maps.Keys(m)) {
			if !yield(k, m[k]) {
				return
			}
		}
	}
}
