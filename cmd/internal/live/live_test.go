package live

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/headroom/headroom/loadtest"
)

// at is a snapshot after so many seconds of a run of 10.
func at(elapsed float64) *loadtest.Snapshot {
	f := loadtest.Fare{
		Name: "shoppers", Rate: 199, Offered: 200, ErrorShare: 0.005, P50: 0.0012, P90: 0.003, P99: 0.01 + elapsed/100, Max: 0.5, Late: 2e-5,
		InFlight: 3, Ended: 1000, Failed: 5, Failures: map[string]int64{"timeout": 2, "status": 3},
		Buckets: []loadtest.Bucket{{Le: 0.01, Count: 995}},
	}
	s := &loadtest.Snapshot{Elapsed: elapsed, Left: 10 - elapsed, Phase: loadtest.PhaseMeasured, All: f, Workloads: []loadtest.Fare{f, {
		Name: strings.Repeat("ü", 30), ErrorShare: math.NaN(), P50: math.NaN(), P90: math.NaN(), P99: math.NaN(), Max: math.NaN(),
	}}}
	if elapsed < 2 {
		s.Phase = loadtest.PhaseWarmup
	}
	return s
}

var escapes = regexp.MustCompile(`\x1b\[[0-9;]*[A-Za-z]`)

// TestDashboard draws on a terminal, in place, and leaves nothing behind.
func TestDashboard(t *testing.T) {
	var b strings.Builder
	d := NewDashboard(Screen{W: &b, Terminal: true, Width: 100}, "shop on http://localhost")
	for i := range 4 {
		d.Show(at(float64(i) + 1))
	}
	first := b.Len()
	text := b.String()
	for _, want := range []string{"shop on http://localhost", "warm-up", "measured", "4s, 6s left", "199 /s", "0.50 %", "1.20 ms", "20.0 ms", "▅▇█", "✗ 5 of 1000 failed: 3 status, 2 timeout", "in flight"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if strings.Contains(text, red) || strings.Contains(text, bold) {
		t.Error("colours that nobody asked for")
	}
	rows := 0
	for _, line := range strings.Split(text, "\n") {
		if n := utf8.RuneCountInString(escapes.ReplaceAllString(line, "")); n > 99 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	if rows = d.rows; rows != 8 {
		t.Errorf("%d rows", rows)
	}
	d.Done()
	d.Show(at(5))
	if got, want := b.String()[first:], fmt.Sprintf("\r\x1b[%dA\x1b[J", rows); got != want {
		t.Errorf("in the end %q; want %q", got, want)
	}
}

// TestNarrow keeps to its width, and what matters most.
func TestNarrow(t *testing.T) {
	for _, width := range []int{20, 40, 80, 200} {
		d := NewDashboard(Screen{W: io.Discard, Terminal: true, Width: width}, strings.Repeat("shop ", 50))
		lines := d.lines(at(5))
		for _, line := range lines {
			if n := utf8.RuneCountInString(line); n >= width {
				t.Errorf("%d columns of %d: %s", n, width, line)
			}
		}
		if width >= 80 && (!strings.Contains(lines[2], "p99") || !strings.Contains(lines[2], "in flight")) {
			t.Errorf("in %d columns: %s", width, lines[2])
		}
	}
}

func TestDashboardInColour(t *testing.T) {
	var b strings.Builder
	NewDashboard(Screen{W: &b, Terminal: true, Colour: true}, "shop").Show(at(5))
	if !strings.Contains(b.String(), red) {
		t.Error("errors look like any other figure")
	}
}

// TestPlain writes a line every few seconds, and one when the phase changes.
func TestPlain(t *testing.T) {
	var b strings.Builder
	now := time.Unix(0, 0)
	d := NewDashboard(Screen{W: &b, Now: func() time.Time { return now }}, "shop")
	for i := range 40 {
		now = now.Add(250 * time.Millisecond)
		d.Show(at(float64(i+1) / 4))
	}
	d.Done()
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 3 || lines[0] != "loading shop" {
		t.Errorf("%q", lines)
	}
	if want := "2s, 8s left  measured  199 /s (200 /s offered)  errors 0.50 %  p50 1.20 ms  p99 30.0 ms  3 in flight  ✗ 5 of 1000 failed: 3 status, 2 timeout"; lines[1] != want {
		t.Errorf("%s\nwant %s", lines[1], want)
	}
	if strings.Contains(b.String(), "\x1b") {
		t.Error("escape sequences in plain text")
	}
}

func TestQuiet(t *testing.T) {
	var b strings.Builder
	d := NewDashboard(Screen{W: &b, Quiet: true, Terminal: true}, "shop")
	d.Show(at(1))
	d.Done()
	if b.Len() > 0 {
		t.Errorf("%q", b.String())
	}
}

func get(t *testing.T, url string) (string, http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", url, response.Status, err)
	}
	return string(b), response.Header
}

func TestServe(t *testing.T) {
	s, err := Serve(":0", "shop <&>")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	if !s.listener.Addr().(*net.TCPAddr).IP.IsLoopback() {
		t.Errorf("an address without a host is %v", s.listener.Addr())
	}
	text, header := get(t, s.URL())
	if external := regexp.MustCompile(`(src|href)="(https?:)?//|@import|url\(`).FindString(text); external != "" {
		t.Errorf("the page asks elsewhere: %s", external)
	}
	if !strings.Contains(header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("headers %v", header)
	}
	if text, _ := get(t, s.URL()+"metrics"); !strings.HasSuffix(text, "# EOF\n") {
		t.Errorf("before the first figures: %s", text)
	}
	for i := range 40 {
		s.Show(at(float64(i) / 4))
	}
	var got struct {
		Title   string
		History []struct{ At float64 }
		Now     struct {
			Phase     string
			All       []*float64
			Workloads []struct {
				Name    string
				Figures []*float64
			}
		}
	}
	text, _ = get(t, s.URL()+"live?after=6.5")
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.History) != 3 || got.History[0].At != 7 { // 7, 8 and 9 s
		t.Errorf("history %v", got.History)
	}
	if got.Title != "shop <&>" || got.Now.Phase != "measured" || *got.Now.All[0] != 199 || *got.Now.All[8] != 3 || len(got.Now.Workloads) != 2 || got.Now.Workloads[1].Figures[5] != nil {
		t.Errorf("%s", text)
	}
	text, header = get(t, s.URL()+"metrics")
	if !strings.Contains(text, `headroom_response_time_seconds_bucket{workload="shoppers",le="0.01"} 995`) || !strings.HasPrefix(header.Get("Content-Type"), "application/openmetrics-text") {
		t.Errorf("%s", text)
	}
}

// TestLongHistory stays within its bounds, and goes on to the end.
func TestLongHistory(t *testing.T) {
	s := &Server{}
	for i := range 20000 {
		s.Show(&loadtest.Snapshot{Elapsed: float64(i)})
	}
	if n := len(s.history); n > mostMoments || n < mostMoments/3 || s.history[n-1].At < 19990 || s.history[0].At != 0 {
		t.Errorf("%d moments, from %v to %v", n, s.history[0].At, s.history[n-1].At)
	}
}

func TestServeRefuses(t *testing.T) {
	for _, bad := range []string{"", "9999", "localhost", ":port", "192.0.2.1:80"} {
		if s, err := Serve(bad, ""); err == nil {
			_ = s.Close()
			t.Errorf("%q is taken", bad)
		}
	}
}
