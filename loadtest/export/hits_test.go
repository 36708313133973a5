package export

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/headroom/headroom/loadtest"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// measured makes a file of hits: of two workloads, one of which fails.
func measured(t *testing.T) (path string, hits []loadtest.Hit) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/bad" {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = fmt.Fprint(w, "hello")
	}))
	defer s.Close()
	m := &scenarios.Model{
		Name: "shop", Part: 1, Network: scenarios.Network{Latency: dist.Const(0)},
		Services:   []scenarios.Service{{Name: "web", Replicas: 1, Cores: 1, Operations: []scenarios.OpID{0, 1}}},
		Operations: []scenarios.Operation{{Name: "web.page"}, {Name: "web.bad"}},
		Live: scenarios.Live{Operations: map[scenarios.OpID]scenarios.Request{
			0: {Path: "/page"}, 1: {Path: "/bad"},
		}},
	}
	for i, name := range []string{"people", "robots"} {
		m.Workloads = append(m.Workloads, scenarios.Workload{
			Name: name, Mix: []scenarios.Share{{Op: scenarios.OpID(i), P: 1}},
			Arrivals: &scenarios.Arrivals{Kind: scenarios.Poisson, Rate: 100, Gap: dist.Exponential(0.01)},
		})
	}
	path = filepath.Join(t.TempDir(), "hits")
	if _, err := loadtest.Run(t.Context(), m, loadtest.Options{Warmup: 0.3, Duration: 1, Target: s.URL, Hits: path}); err != nil {
		t.Fatal(err)
	}
	_, hits, err := loadtest.ReadHits(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, hits
}

func converted(t *testing.T, path, format string, s Selection) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	if err := Hits(&b, path, format, s); err != nil {
		t.Fatal(err)
	}
	return &b
}

func TestHits(t *testing.T) {
	path, hits := measured(t)

	t.Run("csv", func(t *testing.T) {
		rows, err := csv.NewReader(converted(t, path, "csv", Selection{})).ReadAll()
		if err != nil || len(rows) != len(hits)+1 {
			t.Fatalf("%d rows of %d hits, %v", len(rows), len(hits), err)
		}
		for i, h := range hits {
			row := rows[i+1]
			due, err := strconv.ParseFloat(row[0], 64)
			if err != nil || math.Abs(due-h.Due.Seconds()) > 1e-12 || row[3] != []string{"people", "robots"}[h.Workload] ||
				row[4] != []string{"web.page", "web.bad"}[h.Op] || row[6] != h.Outcome.String() || row[7] != strconv.Itoa(h.Status) || row[8] != "5" {
				t.Errorf("row %v of %+v", row, h)
			}
		}
	})
	t.Run("jsonl", func(t *testing.T) {
		in := json.NewDecoder(converted(t, path, "jsonl", Selection{Workload: "robots"}))
		n := 0
		for ; ; n++ {
			var l struct {
				Due, Done         float64
				Workload, Outcome string
				Status            int
			}
			if err := in.Decode(&l); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			if l.Workload != "robots" || l.Outcome != "status" || l.Status != 404 || l.Done < l.Due {
				t.Errorf("%+v", l)
			}
		}
		if want := count(hits, func(h loadtest.Hit) bool { return h.Workload == 1 }); n != want {
			t.Errorf("%d lines; want %d", n, want)
		}
	})
	t.Run("vegeta", func(t *testing.T) {
		decode := vegeta.NewDecoder(converted(t, path, "vegeta", Selection{}))
		var m vegeta.Metrics
		for {
			var r vegeta.Result
			if err := decode(&r); err != nil {
				break
			}
			m.Add(&r)
		}
		m.Close()
		if int(m.Requests) != len(hits) || m.StatusCodes["404"] != count(hits, func(h loadtest.Hit) bool { return h.Status == 404 }) {
			t.Errorf("vegeta reads %d requests, statuses %v", m.Requests, m.StatusCodes)
		}
		var sum, longest time.Duration
		for _, h := range hits {
			sum, longest = sum+h.Done-h.Due, max(longest, h.Done-h.Due)
		}
		if m.Latencies.Total != sum || m.Latencies.Max != longest {
			t.Errorf("vegeta adds up %v, at most %v; want %v, %v", m.Latencies.Total, m.Latencies.Max, sum, longest)
		}
	})
	t.Run("hgrm", func(t *testing.T) {
		text := converted(t, path, "hgrm", Selection{}).String()
		counted := func(h loadtest.Hit) bool {
			return h.Outcome == loadtest.Answered && h.Due >= 0 && h.Due < time.Second
		}
		want := fmt.Sprintf("Total count    = %12d", count(hits, counted))
		if !strings.Contains(text, want) || !strings.Contains(text, "1/(1-Percentile)") {
			t.Errorf("want %q in\n%s", want, text)
		}
		longest := 0.0
		for _, h := range hits {
			if counted(h) {
				longest = max(longest, float64(h.Done-h.Due)/1e6)
			}
		}
		_, after, _ := strings.Cut(text, "#[Max     =")
		most, err := strconv.ParseFloat(strings.TrimSpace(after[:strings.IndexByte(after, ',')]), 64)
		if err != nil || math.Abs(most-longest) > 0.001*longest+0.002 {
			t.Errorf("at most %v ms, %v; want %v", most, err, longest)
		}
	})
}

func count(hits []loadtest.Hit, f func(loadtest.Hit) bool) int {
	n := 0
	for _, h := range hits {
		if f(h) {
			n++
		}
	}
	return n
}

func TestHitsRefuses(t *testing.T) {
	path, _ := measured(t)
	for want, try := range map[string]error{
		"no format":   Hits(io.Discard, path, "xml", Selection{}),
		"no workload": Hits(io.Discard, path, "csv", Selection{Workload: "nobody"}),
		"no such":     Hits(io.Discard, path+"x", "csv", Selection{}),
	} {
		if try == nil || !strings.Contains(try.Error(), want) {
			t.Errorf("%v; want %q", try, want)
		}
	}
}
